# What the shell tests share: points of TAP, and what a command leaves behind. SPDX-License-Identifier: MIT
# A test is run with the build folder as $1 and the source folder as $2.
set -u
build=$1
source=$2
tenbin=$build/tenbin
points=0
bad=0
scratch=$(mktemp -d "${TMPDIR:-/tmp}/tenbin-test.XXXXXX") || exit 1
ran= got=0
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
echo "TAP version 13"

# last_output: what expect ran last, and what it left. A comment begins with its #: prove shows no others.
last_output() {
  [ -n "$ran" ] || return 0
  echo "# the last command was: $ran"
  echo "# exit code $got; its standard error and output begin:"
  head -n 12 "$scratch/err" 2>/dev/null | sed 's/^/#   /'
  head -n 12 "$scratch/out" 2>/dev/null | sed 's/^/#   /'
}

# point STATUS NAME: one point, ok when STATUS is 0. One that fails shows what it may be about.
point() {
  points=$((points + 1))
  if [ "$1" -eq 0 ]; then
    echo "ok $points - $2"
  else
    echo "not ok $points - $2"
    bad=$((bad + 1))
    last_output
  fi
}

# expect CODE PATTERN NAME COMMAND..: the command ends with that exit code, and prints a line that matches the extended regular
# expression. Its output is left in $scratch/out and $scratch/err.
expect() {
  code=$1 pattern=$2 name=$3
  shift 3
  ran=$(echo "$*" | tr '\n' ' ')
  "$@" >"$scratch/out" 2>"$scratch/err" </dev/null
  got=$?
  if [ "$got" -eq "$code" ] && cat "$scratch/err" "$scratch/out" | grep -Eq -- "$pattern"; then
    point 0 "$name"
  else
    point 1 "$name"
    echo "# wanted: exit code $code, and a line like: $pattern"
  fi
}

# only_tap NAME: the last command of expect wrote nothing on standard output but TAP.
only_tap() {
  grep -Evq '^( *(TAP version 13|(not )?ok [0-9]+|1\.\.[0-9]+|#|---|\.\.\.|Bail out!)|  )' "$scratch/out"
  point $((1 - $?)) "$1"
}

# children PID: the processes that it has started.
children() {
  cat /proc/"$1"/task/*/children 2>/dev/null
}

# alive PID..: whether any of these still runs; one that waits to be reaped does not.
alive() {
  for each in "$@"; do
    state=$(sed 's/.*) //; s/ .*//' "/proc/$each/stat" 2>/dev/null)
    [ -n "$state" ] && [ "$state" != Z ] && return 0
  done
  return 1
}

# until_ok COMMAND..: waits until it succeeds. Its status after a minute, so that a test that hangs fails.
until_ok() {
  tries=0
  while ! "$@" && [ $tries -lt 1200 ]; do
    sleep 0.05
    tries=$((tries + 1))
  done
  [ $tries -lt 1200 ]
}

# until_line PATTERN FILE: a line of it is there. A file that a command is yet to empty is emptied before it is started.
until_line() {
  until_ok grep -q -- "$1" "$2"
}

has_child() {
  children "$1" | grep -q .
}

# until_child PID: it has started a process.
until_child() {
  until_ok has_child "$1"
}

dead() {
  ! alive "$@"
}

# gone PID..: they end, sooner or later.
gone() {
  until_ok dead "$@"
}

# no_workers NAME: this test has left no process behind.
no_workers() {
  gone $(children $$)
  point $? "$1"
}

# kernel_of FOLDER SOURCE ID: the kernel of a table's row, FILE.so:NAME.
kernel_of() {
  plugin=${2##*/}
  echo "$build/$1/${plugin%.c}.so:$(echo "$3" | tr A-Z a-z)"
}

# in_sample: of lines, those of this test's sample (sample.sh), by their first field.
in_sample() {
  awk -v sample="${TENBIN_SAMPLE:-1/1}" '
    BEGIN { split(sample, part, "/"); for (i = 32; i < 127; i++) code[sprintf("%c", i)] = i }
    { hash = 0; for (i = 1; i <= length($1); i++) hash = (hash * 31 + code[substr($1, i, 1)]) % 1000003 }
    hash % part[2] == part[1] - 1'
}

# rows TABLE: its rows of this test's sample, as fields separated by tabs.
rows() {
  sed '/^#/d; /^$/d; s/   */\t/g' "$1" | in_sample
}

# in_lanes TABLE COMMAND: runs the command with the fields of each row, as many at once as there are processors.
in_lanes() {
  lane=0 lanes=$(nproc)
  while [ $lane -lt "$lanes" ]; do
    rows "$1" | awk -v lane=$lane -v lanes="$lanes" 'NR % lanes == lane' | while IFS=$(printf '\t') read -r id source third fourth rest; do
      "$2" "$id" "$source" "$third" "$fourth"
    done &
    lane=$((lane + 1))
  done
  wait
}

# small_data FOLDER: the committed golden data and cases, but without the files of cases whose images are large, and with one line
# of each ledger: a quick suite of a second, for tests of what is done beside it. Its MANIFEST is vouched for by $small_manifest.
small_data() {
  mkdir -p "$1/golden" "$1/conformance"
  ln -s "$source"/conformance/*.txt "$source/conformance/mutants" "$1/conformance/"
  cp -r "$source/conformance/cases" "$1/conformance/cases"
  ln -s "$source"/golden/*.safetensors "$source"/golden/*.vectors "$source/golden/rejections.ledger" "$1/golden/"
  sed '/-cover[.]/d; /-wide[.]/d; / grid[.]/d; / space[.]/d; / max_pool2d[.]/d' "$source/golden/MANIFEST" >"$1/golden/MANIFEST"
  for cases in conv_transpose2d/cover conv_transpose2d/wide; do
    sed -n '/^\[/,/^[cm]/p; /^[cm]/q' "$source/conformance/cases/${cases%/*}/catalogue.cases" >"$1/conformance/cases/$cases.cases"
  done
  for ledger in grid space max_pool2d; do
    sed '/^[^#]/q' "$source/golden/$ledger.ledger" >"$1/golden/$ledger.ledger"
    echo "$("$build/tests/digest" "$1/golden/$ledger.ledger") $(wc -c <"$1/golden/$ledger.ledger") $ledger.ledger" >>"$1/golden/MANIFEST"
  done
  small_manifest=$("$build/tests/digest" "$1/golden/MANIFEST")
}

# Whether the programs are built with a sanitizer.
sanitized() {
  nm -D "$build/tenbin" | grep -Eq '__(asan|tsan)_init'
}

finish() {
  echo "1..$points"
  [ "$bad" -eq 0 ]
}
