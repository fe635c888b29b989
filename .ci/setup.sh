# What ./run reads: how it installs what a command needs, and shows how far a step is. ./run sets $wheels, $onednn and
# $onednn_wheels, and defines die. SPDX-License-Identifier: MIT

# failed LOG WHAT: the end of a log, and what may have been the cause.
failed() {
  [ ! -s "$1" ] || grep -Ev '^(dl|pm)status:' "$1" | tail -n 40 >&2
  free=$(df -Pm build | awk 'NR == 2 {print $4}')
  [ "$free" -ge 50 ] || echo "run: the disk of build/ is full, or nearly: $free MB are free" >&2
  die "$2; see $1"
}

# make_build: the folder of all that is made here.
make_build() {
  mkdir -p build 2>/dev/null && [ -w build ] || die "$PWD/build cannot be written by $(id -un); choose a folder of yours for tenbin"
}

# span SECONDS: a time in words.
span() {
  if [ "$1" -lt 180 ]; then echo "$1 s"; else echo "$((($1 + 30) / 60)) min"; fi
}

# How much is done of how much, by what the last line of a log says that can be counted; nothing where none can.
done_of() {
  case $1 in
  build/pip.log) # what has come, in kB, of the files that have been begun
    wanted=$(sed -n 's/.*Downloading .*(\([0-9.]*\) \([kM]\)B.*/\1 \2/p' "$1" | awk '{sum += $1 * ($2 == "M" ? 1000 : 1)} END {print int(sum)}')
    [ "$wanted" -eq 0 ] || echo "$(du -sk build/tmp | cut -f 1) $wanted"
    ;;
  *) tail -c 4000 "$1" | sed -n 's/^\[\([0-9]*\)\/\([0-9]*\)\] .*/\1 \2/p; s/^[dp][lm]status:.*:\([0-9]*\)\.[0-9]*:.*/\1 100/p' | tail -n 1 ;;
  esac
}

# watch WHAT LOG: says how far the command is that writes this log: on a terminal in one line, elsewhere every ten seconds.
watch() {
  began=$(date +%s) printed=$(date +%s) before=0
  while sleep 1 && kill -0 $$ 2>/dev/null; do
    now=$(date +%s)
    [ -t 2 ] || [ $((now - printed)) -ge 10 ] || continue
    printed=$now count=$(done_of "$2")
    finished=${count% *} total=${count#* }
    [ "${finished:-0}" -ge "$before" ] || began=$now # what is counted is another thing now: a file, or packages that are unpacked
    before=${finished:-0} line="$1: $(span $((now - began)))"
    if [ -n "$count" ] && [ "$finished" -gt 0 ] && [ "$finished" -lt "$total" ]; then
      line="$1: $((100 * finished / total)) %, about $(span $(((now - began) * (total - finished) / finished))) left"
    fi
    if [ -t 2 ]; then printf '\r\033[K%s' "$line" >&2; else echo "$line" >&2; fi
  done
}

# follow WHAT LOG COMMAND..: runs the command with all that it says in the log, and is watched meanwhile.
follow() {
  what=$1 log=$2 status=0 from=$(date +%s)
  shift 2
  : >"$log" || die "$log cannot be written"
  watch "$what" "$log" >/dev/null &
  watcher=$!
  "$@" >"$log" 2>&1 || status=$?
  kill -KILL $watcher 2>/dev/null || true # a signal that can be caught may come before the new shell has dropped its traps
  wait $watcher 2>/dev/null || true
  [ ! -t 2 ] || printf '\r\033[K' >&2
  [ $status -ne 0 ] || [ $(($(date +%s) - from)) -lt 3 ] || echo "$what: $(span $(($(date +%s) - from)))"
  return $status
}

# packages GROUP..: the Debian packages of what a command needs, each with the reason why.
packages() {
  for group; do
    case $group in
    build)
      cat <<'END'
build-essential the compiler
cmake the build
ninja-build the build
pkg-config finds libraries
libbenchmark-dev Google Benchmark, the clock of tenbin bench
libopenblas-serial-dev OpenBLAS, the GEMM of col2im_gemm
libjansson-dev JSON, in the header of the golden data
libxxhash-dev XXH3, the digests of the golden data
perl prove, which runs the tests
END
      ;;
    tests) command -v python3 >/dev/null || echo 'python3 the test of bench-pytorch' ;;
    onednn) echo 'libdnnl-dev oneDNN 3, of onednn_plain and onednn_blocked' ;;
    wheels) python3 -c 'import ensurepip, venv' 2>/dev/null || echo "python3-venv Python wheels: $wheels" ;;
    sources) echo 'git names the sources' ;;
    esac
  done
}

# The version of a package, or nothing where it is not installed.
installed() {
  dpkg-query -W -f '${db:Status-Status} ${Version}' "$1" 2>/dev/null | sed -n 's/^installed //p'
}

missing() {
  packages "$@" | while read -r name why; do [ -n "$(installed "$name")" ] || echo "$name: $why"; done
}

# The version of oneDNN that this distribution has, by apt's lists; nothing where they are empty, as in images of containers.
candidate() {
  apt-cache $private policy libdnnl-dev 2>/dev/null | sed -n 's/^ *Candidate: *\([0-9].*\)/\1/p'
}

# Whether this user may install packages: as root, or by sudo, which asks for a password where there is a terminal.
may_install() {
  [ "$(id -u)" -ne 0 ] || { sudo='' && return 0; }
  sudo=sudo
  command -v sudo >/dev/null && { sudo -n true 2>/dev/null || { [ -t 0 ] && sudo true; }; }
}

# apt_get LOG WHAT OPTION..: waits for another program that has the lock of apt or dpkg.
apt_get() {
  log=$1 task=$2 tries=60 # of ten seconds
  shift 2
  while ! follow "$task" "$log" $sudo env DEBIAN_FRONTEND=noninteractive apt-get -o APT::Status-Fd=1 "$@"; do
    grep -q 'Could not get lock' "$log" && [ $tries -gt 0 ] || failed "$log" "apt-get failed"
    [ $tries -ne 60 ] || echo "Waiting for another program that installs packages: $(grep -m 1 -o 'Could not get lock.*' "$log")"
    tries=$((tries - 1))
    sleep 10
  done
}

# Fetches apt's lists: the system's or, where this user may not, lists in build/, so that it is known which packages there are.
update() {
  if may_install; then
    private=
  else
    sudo='' private='-o Dir::State::lists=./build/apt/lists -o Dir::Cache=./build/apt'
    mkdir -p build/apt/lists/partial
  fi
  apt_get build/apt-update.log "Fetching the lists of packages" $private update
  updated=yes
}

# Where oneDNN 3 comes from: nothing where it is there, or onednn for the package, or wheels.
onednn_source() {
  [ "$onednn" = ON ] || return 0
  here=$(installed libdnnl-dev)
  if [ "${here%%.*}" -ge 3 ] 2>/dev/null || [ "$(cat build/onednn/wheels 2>/dev/null)" = "$onednn_wheels" ]; then
    return 0
  fi
  have=$(candidate)
  if [ "${have%%.*}" -ge 3 ] 2>/dev/null; then echo onednn; else echo wheels; fi
}

# ask_root COMMAND: what somebody else has to type.
ask_root() {
  if ! command -v sudo >/dev/null; then
    echo "run: this is not root, and there is no sudo. Type this as root, and then ./run again:" >&2
  elif [ -t 0 ]; then
    echo "run: sudo does not let $(id -un) install packages. Type this as root, and then ./run again:" >&2
  else
    echo "run: sudo needs a password, and there is no terminal to ask for it. Type this as root, and then ./run again:" >&2
  fi
  echo "  $1" >&2
  exit 3
}

# setup GROUP..: what a command needs; with the group build, oneDNN too.
setup() {
  make_build
  updated='' private='' source=''
  case " $* " in *" build "*)
    if [ "$onednn" = ON ] && command -v apt-cache >/dev/null && [ "$(onednn_source)" = wheels ] && [ -z "$(candidate)" ]; then
      update
    fi
    source=$(onednn_source)
    rm -rf build/apt # 150 MB, of use for this question alone
    ;;
  esac
  install_packages "$@" $source
  if [ "$source" = wheels ]; then
    echo "oneDNN 3 is no package of this distribution: onednn_plain and onednn_blocked get it from wheels"
    venv onednn $onednn_wheels || die "oneDNN cannot be installed (see above); TENBIN_ONEDNN=OFF does without it"
  fi
  case " $* " in *" build "*) new_enough ;; esac
}

install_packages() {
  command -v dpkg-query >/dev/null || {
    echo "run: this is no Debian system: these have to be there already:" >&2
    packages "$@" | sed 's/^/  /' >&2
    return
  }
  wanted=$(missing "$@")
  [ -n "$wanted" ] || return 0
  set -- $(echo "$wanted" | sed 's/:.*//')
  may_install || ask_root "apt-get update && apt-get install --yes --no-install-recommends $*"
  [ -n "$updated" ] || update
  echo "Installing Debian packages:"
  echo "$wanted" | sed 's/^/  /'
  apt_get build/apt.log "Installing these and what they need" install --yes --no-install-recommends "$@"
  sed -n 's/^Need to get \(.*\) of archives.*/  downloaded: \1/p; s/^After this operation, \(.*\) of additional.*/  on the disk: \1/p' build/apt.log
}

# CMakePresets.json needs this much.
new_enough() {
  version=$(cmake --version | sed -n 's/^cmake version //p')
  minor=${version#*.}
  [ "${version%%.*}" -gt 3 ] || [ "${minor%%.*}" -ge 25 ] ||
    die "CMake 3.25 or newer is needed, and $(command -v cmake) is $version"
}

# venv FOLDER WHEEL..: a virtual environment that holds these wheels; its mark is written last.
venv() {
  folder=build/$1
  shift
  [ "$(cat "$folder/wheels" 2>/dev/null)" = "$*" ] && return 0
  echo "Installing into $folder: $*"
  rm -rf "$folder" build/tmp
  mkdir -p build/tmp
  follow "Making $folder" build/pip.log python3 -m venv "$folder" &&
    TMPDIR=$PWD/build/tmp follow "Installing into $folder" build/pip.log \
      "$folder/bin/pip" install --disable-pip-version-check --progress-bar off --only-binary :all: "$@" ||
    { tail -n 15 build/pip.log >&2; rm -rf "$folder" build/tmp; return 1; }
  rm -rf build/tmp
  echo "$*" >"$folder/wheels"
}
