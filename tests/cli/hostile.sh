# Kernels that do to their process whatever a kernel can do: each costs the case that it has to, and nothing else. hostile.txt says
# what is expected. SPDX-License-Identifier: MIT
# After the folders may come the id of a row, which then is run alone, also where it is open, and commands, such as check.
. "$(dirname "$0")/lib.sh"
folder=$source/tests/hostile
table=$folder/hostile.txt
plugin=$build/hostile/hostile.so
only=${3:-}
commands=${4:-}
mark=none
trap 'end_marked; rm -rf "$scratch"' EXIT
mkdir "$scratch/cwd" "$scratch/tmp"

# One that passes, one that fails, the one that is hit, and again one that passes and one that fails. Of the layers the first is
# hit. A diagnosis is to find no other failure.
cat >"$scratch/hostile_conv.cases" <<'END'
[hostile fill=wide-x]
conv_transpose2d n1 c3:4 in3x2 k3x2 s2x3
conv_transpose2d n2 c3:4 in3x2 k3x2 s2x3
conv_transpose2d n1 c3:4 in3x2 k3x2 s2x3 d2x3
conv_transpose2d n1 c3:4 in3x2 k3x2 s1x2 d2x3
conv_transpose2d n2 c3:4 in3x2 k3x2 s1x2 d2x3
END
cat >"$scratch/hostile_normal.cases" <<'END'
[hostile]
normal seed=0 calls=1,1
normal seed=1 calls=2
normal seed=42 calls=1,1 std=0.02
normal seed=0 calls=2
normal seed=1 calls=2x3
END
sed -n 4,5p "$scratch/hostile_conv.cases" >"$scratch/hostile_conv.layers"
for each in hostile_conv hostile_normal; do
  sed '3d; 6d' "$scratch/$each.cases" >"$scratch/$each.right"
done
printf 'normal seed=42 calls=2\nnormal seed=0 calls=2\n' >"$scratch/hostile_normal.layers"
complain() {
  printf '%s\n' "$1" >>"$scratch/faults"
}

# The processes of the attack that runs, in whatever session: they have its environment.
marked() {
  grep -lzsx "HOSTILE_MARK=$mark" /proc/[0-9]*/environ | cut -d / -f 3
}

end_marked() {
  for pid in $(marked); do kill -KILL "$pid"; done
}

none_marked() {
  [ -z "$(marked)" ]
}

# attack ID COMMAND..: runs a command of tenbin with that row, and looks for what is left of it.
attack() {
  mark=$$.$1 ran="HOSTILE=$*"
  (
    cd "$scratch/cwd" && ulimit -c 0 && ulimit -s 8192 || exit 125
    export HOSTILE="$1" HOSTILE_MARK="$mark" TMPDIR="$scratch/tmp"
    shift
    exec timeout -k 1 90 "$tenbin" "$@"
  ) >"$scratch/out" 2>"$scratch/err" </dev/null
  got=$?
  until_ok none_marked || complain "left behind: $(for pid in $(marked); do tr '\0' ' ' <"/proc/$pid/cmdline"; done)"
  end_marked
  left=$(find "$scratch/cwd" "$scratch/tmp" -mindepth 1 | tr '\n' ' ')
  [ -z "$left" ] || complain "left behind, files: $left"
  rm -rf "$scratch/cwd/"* "$scratch/tmp/"*
  ! ls -A /dev/shm 2>/dev/null | grep tenbin >"$scratch/shm" || complain "left behind, in /dev/shm: $(cat "$scratch/shm")"
  ! cat "$scratch/out" "$scratch/err" | grep -q "$(printf '\033')" || complain "escape codes in the output"
}

# fits OUTCOME EXPECTED: whether VERDICT: REASON is what a row expects, VERDICT|..: PATTERN & ..
fits() {
  printf '%s\n' "$1" | grep -Eq "^(${2%%: *})(: |\$)" || return 1
  case $1 in passed | timed) return ;; esac
  case $2 in *': '*) ;; *) return ;; esac
  printf '%s\n' "${2#*: }" | sed 's/ & /\n/g' | while read -r pattern; do
    printf '%s\n' "$1" | grep -Eqw -- "$pattern" || exit 1
  done
}

# reasons EXPECTED: its patterns, after a colon.
reasons() {
  printf '%s\n' "${1#"${1%%: *}"}"
}

# expected_code CODE: of the last attack.
expected_code() {
  [ "$got" -eq "$1" ] || complain "exit code $got, and $1 is right"
}

# Whether the plugin was refused. That is said of the file, whose name counts for nothing.
refused() {
  outcome="refused: $(sed -n 's|.*/hostile[.]so: ||p' "$scratch/err" | head -n 1)"
  [ "$got" -eq 3 ]
}

# outcomes: of each case in TAP, `passed`, `unsupported` or VERDICT: REASON.
outcomes() {
  awk '
    /^    (not )?ok [0-9]+ - / { n++; line[n] = $1 != "ok" ? "no verdict" : / # SKIP/ ? "unsupported" : "passed" }
    sub(/^      verdict: "/, "") { sub(/"$/, ""); line[n] = $0 }
    sub(/^      reason: "/, "") { sub(/"$/, ""); line[n] = line[n] ": " $0 }
    END { for (i = 1; i <= 5; i++) print i in line ? line[i] : "no verdict" }' "$scratch/out"
}

# of_all ID: whether what it does belongs to no case.
of_all() {
  case $1 in LOAD_* | INIT_* | LIBRARY_*) true ;; *) false ;; esac
}

# of_others ID: whether another case may show what it has done, too: worker/README.md, Limits.
of_others() {
  case $1 in *_THREAD_CRASH | *_PARENT_TERM | *_REPLACE_5 | *_OVERWRITE | *_UNSUPPORTED) true ;; *) of_all "$1" ;; esac
}

# try_COMMAND ID EXPECTED STATUS: the columns check and bench.
try_check() {
  attack "$1" check --jobs 1 --no-diagnosis --kernel "$plugin:$kernel" --cases "$scratch/$kernel.cases"
  if refused; then
    fits "$outcome" "$2" || complain "$outcome"
    return
  fi
  outcomes >"$scratch/outcomes"
  place=0
  while read -r outcome; do
    place=$((place + 1))
    case $place in 1 | 4) wanted=passed ;; 2 | 5) wanted='failed: elements differ' ;; *) wanted=$2 ;; esac
    fits "$outcome" "$wanted" || { of_others "$1" && [ "$outcome" != passed ] && fits "$outcome" "$2"; } || complain "case $place: $outcome"
    case $outcome in *': '*) grep -q "^$kernel: ${outcome%%:*}: " "$scratch/err" || complain "no line for people names $kernel" ;; esac
  done <"$scratch/outcomes"
  expected_code 1
  ! grep -Evq '^( *(TAP version 13|(not )?ok [0-9]+|1\.\.[0-9]+|---|\.\.\.)|  )' "$scratch/out" || complain "standard output is not TAP"
}

try_diagnose() {
  attack "$1" diagnose --jobs 1 --kernel "$plugin:$kernel" --cases "$scratch/$kernel.right"
  if refused; then
    fits "$outcome" "$2" || complain "$outcome"
    return
  fi
  # What is done once in a process does not come again when the case is tried by itself.
  outcome=$(sed -n 's/^ *\([a-z ]*: .*\)/\1/p; s/^ *\([a-z ]*\) in the suite; .*/\1/p' "$scratch/out" | grep -E "^(${2%%: *})(: |\$)" | head -n 1)
  case $outcome in *': '*) expected=$2 ;; *) expected=${2%%: *} ;; esac
  fits "${outcome:-passed}" "$expected" || complain "the diagnosis says: ${outcome:-nothing}"
  expected_code $([ -z "$outcome" ] && echo 0 || echo 1)
}

# row_of LAYER KERNEL: what a table of times says of them: `timed`, or STATUS: REASON.
row_of() {
  sed -n "s|^line$1  *$2:* *||p" "$scratch/out" | sed 's/^[0-9].*/timed/; s/^is [0-9].*/timed/'
}

# time_layers ID EXPECTED STATUS ARGUMENT..: the row of the layer that is hit. Those of the other one are times.
time_layers() {
  id=$1 expected=$3$(reasons "$2")
  shift 3
  attack "$id" bench --min-time 0.01 --layers "$scratch/$kernel.layers" "$@"
  if refused; then
    fits "$outcome" "$expected" || complain "$outcome"
    return 1
  fi
  outcome=$(row_of 1 "$plugin:$kernel")
  outcome=${outcome:-$(row_of 1 "$beside")}
  fits "${outcome:-no row}" "$expected" || complain "the layer that is hit: ${outcome:-no row}"
  [ "$(row_of 2 "$beside")" = timed ] || complain "the other layer has no times"
  expected_code $([ "$outcome" = timed ] && echo 0 || echo 1)
}

try_bench() {
  time_layers "$@" --kernel "$beside" --kernel "$plugin:$kernel" || return
  [ "$(row_of 1 "$beside") $(row_of 2 "$plugin:$kernel")" = 'timed timed' ] || complain "other rows have no times"
}

try_compare() {
  time_layers "$@" --compare "$beside,$plugin:$kernel"
}

# A right kernel of the same name is what the gate compares with.
try_gate() {
  sed 's/"mine"/"hostile_conv"/' "$source/kernels/example.c" >"$scratch/right.c"
  [ -f "$scratch/right.so" ] || ${CC:-cc} -std=c17 -O2 -fPIC -shared -I"$source/kernels" -o "$scratch/right.so" "$scratch/right.c"
  attack "$1" gate --no-check --budget 3 --base "$scratch/right.so" --candidate "$plugin" --layers "$scratch/$kernel.layers"
  if ! refused; then
    outcome=$(sed -n 's/^ *the candidate /failed: /p' "$scratch/out" | head -n 1)
    outcome=${outcome:-$(sed -n "s/^$kernel  *line1  *\(not slower\|faster\|slower\|undecided\) .*/timed/p" "$scratch/out")}
    grep -Eq "^$kernel +line2 +(not slower|faster|slower|undecided) " "$scratch/out" || complain "the other layer was not timed"
    case "$outcome/$got" in failed:*/1 | timed/[014]) ;; *) complain "exit code $got" ;; esac
  fi
  fits "${outcome:-no row}" "$3$(reasons "$2")" || complain "the layer that is hit: ${outcome:-no row}"
}

try_list() {
  attack "$1" list kernels "$plugin"
  if refused; then
    fits "$outcome" "$2" || complain "$outcome"
    return
  fi
  ! of_all "$1" || fits passed "$2" || complain "it is listed"
  grep -q "^$kernel " "$scratch/out" || complain "$kernel is not listed"
  expected_code 0
}

# commands_of ID: check runs every row, the others some.
commands_of() {
  case $1 in
  RUN_CRASH | RUN_LOOP | RUN_STOP | RUN_EXIT_0 | RUN_PTHREAD_EXIT | RUN_EXEC | RUN_FORK_SESSION | RUN_FORK_RETURN | RUN_THREAD_CRASH | \
    RUN_PARENT_TERM | RUN_RAISE_KILL | RUN_HANDLERS | RUN_LIMIT_MEMORY | RUN_PRINT_ESCAPES | RUN_CLOSE_ALL | RUN_REPORT_GARBAGE | \
    RUN_UNMAP | RUN_TRUNCATE | RUN_SIZES | RUN_ROUNDING | RUN_DIRECTORY | RUN_HEAP | SUPPORTS_CRASH | PREPARE_CRASH | WORKSPACE_CRASH | \
    RELEASE_CRASH | LOAD_CRASH | LOAD_SLEEP | LOAD_EXIT_0 | LOAD_FORK_SESSION | INIT_CRASH | INIT_STOP | LIBRARY_CRASH | LIBRARY_EXIT_77)
    echo check bench compare gate diagnose list
    ;;
  OPEN_CRASH | SEED_CRASH | CLOSE_CRASH) echo check bench compare diagnose list ;;
  *) echo check ;;
  esac
}

# run_row ID CHECK BENCH WHAT OPEN
run_row() {
  case $1 in OPEN_* | SEED_* | CLONE_* | SAVE_* | RESTORE_* | CLOSE_*) kernel=hostile_normal beside=box_muller ;; *) kernel=hostile_conv beside=naive ;; esac
  for command in ${commands:-$(commands_of "$1")}; do
    case " $5 " in
    *" $command "*) [ -n "$only" ] || { point 0 "$1: $command: $4 # SKIP open"; continue; } ;;
    esac
    : >"$scratch/faults"
    try_$command "$1" "$2" "$3"
    [ ! -s "$scratch/faults" ]
    point $? "$1: $command: $4"
    sed 's/^/# /' "$scratch/faults"
  done
}

if [ -z "$only" ]; then
  for stage in $(sed -n 's/.*\<\(at\|in_case\)("\([A-Z]*\)");$/\2/p' "$folder/hostile.c"); do
    sed -n "s/^    {\"\([A-Z0-9_]*\)\", .*/${stage}_\1/p" "$folder/actions.c"
  done | sort >"$scratch/wanted"
  sed '/^#/d; /^$/d; s/ .*//' "$table" | sort | diff "$scratch/wanted" - >"$scratch/diff"
  awk -F '  +' '/^[A-Z]/ && !$4 { print $1 " does not say what it does, or why it is impossible" }' "$table" >>"$scratch/diff"
  [ ! -s "$scratch/diff" ]
  point $? "each of $(wc -l <"$scratch/wanted") actions at a stage has a row, which says what it does or why it is impossible; nothing else has"
  sed 's/^/# /' "$scratch/diff"
fi
rows "$table" | grep "^${only:-.*}$(printf '\t')" >"$scratch/rows"
[ -n "$only" ] && [ ! -s "$scratch/rows" ] && echo "# there is no row $only"
while IFS=$(printf '\t') read -r id check bench what open; do
  [ "$check" = impossible ] || run_row "$id" "$check" "$bench" "$what" "$open"
done <"$scratch/rows"
finish
