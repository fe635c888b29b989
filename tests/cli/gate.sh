# tenbin gate: its verdicts, its reports, and what goes wrong. SPDX-License-Identifier: MIT
# The two sides' times are scripted (clock.c): what a verdict says of them is exact, on a machine that does other work too. How often
# the gate errs on real time, `tenbin gate --calibrate` measures.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/scripted.sh"
small='conv_transpose2d n1 c8:8 in8x8 k3 s2 p1'
other='conv_transpose2d n1 c4:6 in9x7 k2 s2'
trigger='conv_transpose2d n1 c3:4 in3x2 k3x2 s2x3 d2x3' # where the plugins of misbehave do
csv=$scratch/gate.csv

# gate BASE CANDIDATE OPTION..: without a judgement of the kernels, which takes seconds, and with time for as many processes as it
# takes.
gate() {
  base=$1 candidate=$2
  shift 2
  case " $* " in *' --budget '*) ;; *) set -- --budget 100000 "$@" ;; esac
  env $scripted_time "$tenbin" gate --base "$base" --candidate "$candidate" --no-check "$@"
}

scripted one 150000
scripted slow 190000
scripted fast 110000
one=$scratch/one.so

# single FOLDER SOURCE NAME ID..: compiles each of these kernels of a table to a plugin with one kernel called NAME, so that any two
# can be timed: $scratch/FOLDER/ID.so.
single() {
  folder=$1 file=$2 called=$3
  shift 3
  mkdir -p "$scratch/$folder"
  for id in "$@"; do
    kernel=$(kernel_of "$folder" "$file" "$id")
    compile -DFROM="\"${kernel%:*}\"" -DKERNEL="\"${kernel##*:}\"" -DNAME="\"$called\"" -o "$scratch/$folder/$id.so" \
      "$source/tests/cli/single.c"
  done
}
single mutants scatter.c mutant SCATTER OUTPUT_PADDING_IGNORED
single mutants styles.c mutant COMPENSATED BACKWARDS F64
single misbehave misbehave.c misbehave NONE CLOSE_STANDARD_FILES HUGE_WORKSPACE
mutants=$scratch/mutants
bad_kernels=$scratch/misbehave

expect 0 '^usage: tenbin gate' "tenbin gate --help" "$tenbin" gate --help
expect 2 '--base is missing' "no base" "$tenbin" gate --candidate "$mutants/SCATTER.so"
expect 2 '--candidate is missing' "no candidate" "$tenbin" gate --base "$mutants/SCATTER.so"
expect 2 'unexpected argument' "an argument too many" gate a.so b.so c.so
expect 2 "^tenbin gate: unknown option '--tolerence'; did you mean --tolerance. known are --base " "a mistyped option" gate a.so b.so --tolerence 1
for wrong in '--tolerance 0: percent from 0.01' '--budget soon: seconds from 1' '--alpha 50: percent from' '--threads 0: an integer from 1' \
  '--operator conv: conv_transpose2d, normal' '--seed x: an integer from 0' '--extra -1: percent from 0'; do
  option=${wrong%%:*}
  expect 2 "${wrong#*: }" "a mistake in $option" gate a.so b.so ${option% *} "${option#* }"
done
# Numbers are numbers from their first character to their last, and no word is empty.
for option in tolerance budget alpha threads seed extra; do
  for wrong in ' 2' +3 '2 ' 2x nan inf 0x2 1e999 18446744073709551616 -2 .; do
    expect 2 "^tenbin gate: --$option: expected .*, got '" "no number: --$option '$wrong'" gate a.so b.so "--$option" "$wrong"
  done
done
for option in base candidate kernel layer layers operator tolerance budget alpha threads csv markdown record seed extra; do
  expect 2 "^tenbin gate: --$option: expected .*, got ''" "an empty --$option" "$tenbin" gate --base a.so --candidate b.so "--$option" ""
done
expect 2 'does not go with' "--calibrate and a candidate" gate a.so b.so --calibrate
expect 3 'none.so: cannot be loaded' "a base that does not exist" gate "$scratch/none.so" "$mutants/SCATTER.so"
echo 'no shared object' >"$scratch/text.so"
expect 3 'text.so: cannot be loaded' "a candidate that is no shared object" gate "$mutants/SCATTER.so" "$scratch/text.so"
expect 3 'no kernel in common' "plugins that share no kernel" gate "$mutants/SCATTER.so" "$bad_kernels/NONE.so"
expect 2 "no kernel 'mutamt'; did you mean mutant. known are mutant" "an unknown kernel" gate "$mutants/SCATTER.so" "$mutants/SCATTER.so" --kernel mutamt
expect 2 "has no layer 'dcgan1_n2'; did you mean dcgan1_n1. known are " "an unknown layer" gate "$mutants/SCATTER.so" "$mutants/SCATTER.so" --layer dcgan1_n2
expect 3 'nowhere' "a CSV that cannot be written" gate "$mutants/SCATTER.so" "$mutants/SCATTER.so" --layer "$small" --csv "$scratch/nowhere/x"

# What is written are files of their own, which can be written before anything is timed.
cp "$one" "$scratch/copy.so"
printf '%s\n' "$small" >"$scratch/list"
ln -s out.md "$scratch/soft"
timing="gate $scratch/copy.so $scratch/copy.so --layers $scratch/list"
for same in out.md ./out.md soft; do
  expect 2 'csv and --markdown are one file' "a CSV and a table in one file: $same" $timing --csv "$scratch/$same" --markdown "$scratch/out.md"
done
: >"$scratch/out.md"
ln "$scratch/out.md" "$scratch/hard"
for same in out.md ./out.md soft hard; do
  expect 2 'markdown and --record are one file' "and a record, in one that is there: $same" \
    $timing --markdown "$scratch/$same" --record "$scratch/out.md"
done
expect 2 'is read too, as a file of layers' "a CSV over the file of layers" $timing --csv "$scratch/list"
expect 2 'is read too, as --base' "a record over a plugin" $timing --record "$scratch/./copy.so"
cmp -s "$one" "$scratch/copy.so" && [ "$(cat "$scratch/list")" = "$small" ] && [ ! -s "$scratch/out.md" ]
point $? "they are as they were"
for option in csv markdown record; do
  expect 3 "$option: .*cannot be written" "a folder that is not there: --$option" $timing "--$option" "$scratch/nowhere/x"
  expect 3 "$option: .*regular file" "a folder: --$option" $timing "--$option" "$scratch"
done
for what in '--help' "--base '$one' --candidate '$one' --layer '$small' --budget 1" "--base '$one' --calibrate --budget 1 --layer '$small'"; do
  expect 3 'tenbin( gate)?: standard output cannot be written' "a full standard output: ${what%% *}" sh -c "'$tenbin' gate $what >/dev/full"
  expect 3 'tenbin( gate)?: standard output cannot be written' "a closed one: ${what%% *}" sh -c "'$tenbin' gate $what >&-"
done
expect 3 'standard output cannot be written' "nor can tenbin-pairs write there" sh -c "'$build/tenbin-pairs' list '$one' >/dev/full"
expect 3 'standard output cannot be used' "or to none" sh -c "'$build/tenbin-pairs' list '$one' >&-"

expect 0 'layer1 +not slower +\+0\.00 % +[+]0\.00 \.\. [+]0\.00 % +200\.0 us +12 +the layer$' "a kernel is not slower than itself" \
  gate "$one" "$one" --layer "$small" --layer "$other" --csv "$csv" --markdown "$scratch/gate.md" --record "$scratch/pairs"
[ "$(head -n 1 "$csv" | cut -d, -f1,9,16)" = schema,kernel,verdict ] && [ "$(grep -c '^tenbin-gate-1,.*,not slower,' "$csv")" -eq 2 ]
point $? "the CSV has a row for each kernel and layer"
[ "$(awk -F, '{ print NF }' "$csv" | sort -u | wc -l)" -eq 1 ]
point $? "of equal length"
grep -q '^| mine | layer2 | .* not slower |' "$scratch/gate.md"
point $? "the Markdown has a table"
awk 'NR > 1 && (NF != 11 || $10 <= 0 || $11 <= 0) { wrong = 1 } END { exit wrong || NR < 100 }' "$scratch/pairs"
point $? "the record has all pairs"
expect 1 'layer1 +slower +\+20\.00 % +\+20\.00 \.\. \+20\.00 % +200\.0 us +12 ' "a slower one is found" gate "$one" "$scratch/slow.so" --layer "$small"
expect 1 '^not ok 1 - mine on layer1: slower' "and reported in TAP" gate "$one" "$scratch/slow.so" --layer "$small" --tap
only_tap "which is all that is on standard output"
expect 0 'layer1 +faster +-20\.00 % +-20\.00 \.\. -20\.00 % ' "a faster one" gate "$one" "$scratch/fast.so" --layer "$small"
expect 0 'layer1 +not slower +\+20\.00 % ' "20 % are not slower where 21 are allowed" \
  gate "$one" "$scratch/slow.so" --layer "$small" --tolerance 21
# On real time nothing is asked but a row: its verdict is this minute's.
"$tenbin" gate --base "$mutants/SCATTER.so" --candidate "$mutants/SCATTER.so" --no-check --layer "$small" --extra 30 --budget 2 \
  >"$scratch/out" 2>"$scratch/err"
code=$?
{ [ $code -eq 0 ] || [ $code -eq 1 ] || [ $code -eq 4 ]; } && grep -Eq '^extra +30 % of real work' "$scratch/out" &&
  grep -Eq '^mutant +layer1 +(not slower|faster|slower|undecided) ' "$scratch/out"
point $? "extra work is done"
# The sanitizers end a crash in their own way, and make right kernels slow in other ways.
if sanitized; then
  finish
  exit
fi

expect 0 'the answers differ in [1-9][0-9]* of' "answers that differ are counted" \
  gate "$mutants/F64.so" "$mutants/SCATTER.so" --layer 'conv_transpose2d n1 c16:8 in8x8 k3 s2 p1'

# valgrind is there or is not, and may not know the processor: one of these is reported, never both or none.
expect 0 'layer1 +not slower' "instructions are counted, or a note says that they are not" gate "$one" "$one" --layer "$small" --instructions
counted=$(grep -Ec '^ +([0-9]+) instructions a run, and were \1 \(\+0.000 %\)$' "$scratch/out")
refused=$(grep -c 'note: mine: valgrind could not count its instructions' "$scratch/out")
[ $((counted + refused)) -eq 1 ] && { [ "$refused" -eq 1 ] || command -v valgrind >"$scratch/valgrind"; }
point $? "once"

# A library that is slower where it is loaded second: neither a slowdown nor a pass. Undecided is never green.
scripted late '(x_size[0] == 8 ? 150000 + 40000 * late : 150000)'
expect 4 'layer1 +undecided' "what no time would decide" gate "$scratch/late.so" "$scratch/late.so" --layer "$small" --budget 1
grep -q 'Most rows are undecided' "$scratch/out"
point $? "which is reported"

# Signals. Of two rows one is decided; the other, which no time would decide, has more than seven processes of each order.
for signal in INT:2 TERM:15 HUP:1; do
  rm -f "$scratch/loads" "$csv" "$scratch/gate.md" "$scratch/pairs"
  expect 130 'tenbin gate: interrupted: 1 of 2 rows are decided' "SIG${signal%:*} ends it with exit code 130 and a message" \
    env $scripted_time TEST_LOADS="$scratch/loads" TEST_MOST=60 TEST_SIGNAL=${signal#*:} "$tenbin" gate --base "$scratch/late.so" --candidate "$scratch/late.so" --no-check --budget 100000 --layer "$small" --layer "$other" \
    --csv "$csv" --markdown "$scratch/gate.md" --record "$scratch/pairs"
  grep -Eq '^mine +layer2 +not slower +\+0\.00 % ' "$scratch/out" && grep -Eq '^mine +layer1 +undecided ' "$scratch/out" &&
    grep -Eq 'interrupted when [0-9]+ of [0-9]+ processes had seen it slower' "$scratch/out"
  point $? "with the decided row"
  grep -q ',layer2,.*,not slower,' "$csv" && grep -q '^| mine | layer2 | . not slower ' "$scratch/gate.md" && [ -s "$scratch/pairs" ]
  point $? "in all outputs"
  grep -Eq 'where the candidate was loaded first, .*a bias of the order' "$scratch/out"
  point $? "a bias of the order of loading is reported"
done
: >"$scratch/err"
"$tenbin" gate --base "$one" --candidate "$one" --layer "$small" --budget 100000 >"$scratch/out" 2>"$scratch/err" </dev/null &
pid=$!
until_line 'the candidate is judged' "$scratch/err"
kill -TERM $pid
wait $pid
[ $? -eq 130 ] && grep -q 'interrupted before it was timed' "$scratch/out"
point $? "so does one while the kernels are judged"
: >"$scratch/err"
"$tenbin" gate --base "$one" --candidate "$one" --layer "$small" --budget 100000 >"$scratch/out" 2>"$scratch/err" </dev/null &
pid=$!
until_line 'the candidate is judged' "$scratch/err"
below=$(children $pid)
kill -KILL $pid
wait $pid 2>/dev/null
gone $below
point $? "killed while the kernels are judged, it takes its \`tenbin check\` with it"
killed "killed while they are timed, it leaves no process" \
  "$tenbin" gate --base "$one" --candidate "$scratch/stuck.so" --no-check --budget 100000 --layer "$five"
no_workers "no process is left"

# Of a smaller problem and the layer itself, neither may be green alone; and no figure says what the verdict does not.
layer='conv_transpose2d n1 c64:8 in16x16 k3 s2'
scripted large '(x_size[0] == 64 ? 500000 : 150000)'
scripted larger '(x_size[0] == 64 ? 700000 : 150000)'
expect 4 'the whole layer was slower 9 times of 9, by 36\.4 %' "a candidate that is slower on the whole layer alone" \
  gate "$scratch/large.so" "$scratch/larger.so" --layer "$layer"
grep -Eq '; the layer \+36\.4 %, \+36\.4 \.\. \+36\.4 %$' "$scratch/out"
point $? "with an interval"
scripted jumping '(x_size[0] == 64 ? 500000 * (1 + calls * calls % 5) : 150000)'
expect 0 'layer1 +not slower .*; 5 times on the layer$' "a few random times on the layer give no figure" \
  gate "$scratch/jumping.so" "$scratch/jumping.so" --layer "$layer" --csv "$csv"
[ "$(awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "whole_percent") at = i } NR > 1 { print "(" $at ")" $(at + 1) }' "$csv")" = '()5' ]
point $? "nor in the CSV"

# Conformance first.
small_data "$scratch/small"
expect 1 'failed' "a candidate that is wrong is not timed" \
  env TENBIN_DATA="$scratch/small" TENBIN_MANIFEST="$small_manifest" "$tenbin" gate --base "$mutants/SCATTER.so" --candidate "$mutants/OUTPUT_PADDING_IGNORED.so" --layer "$small"
grep -q 'the candidate does not conform' "$scratch/out" && grep -q 'ignores output_padding' "$scratch/err"
point $? "and its mistake is reported"

# What goes wrong on one layer is reported, and the others are compared.
gate_wrong() {
  expect 1 "the candidate $2" "a candidate that does: $1" gate "$one" "$scratch/wrong.so" --layer "$five"
}
misdeeds gate_wrong
nothing_left "no process of these is left"
while IFS='|' read -r what statement pattern; do
  scripted wrong 150000 "-DIN_LOAD=$statement"
  expect 3 "wrong.so: as it was loaded, it $pattern" "as it is loaded: $what" gate "$one" "$scratch/wrong.so" --layer "$five"
done <<'END'
crash|crash()|crashed: SIGSEGV
exit(0)|exit(0)|ended the process: exit code 0
answer what is no kernel|say("kernel nix nix nix\n")|wrote into tenbin's pipe: 'kernel nix nix nix'
close the pipe|hush()|closed tenbin's pipe
END
# The process that lists it may be spared, and the one that times it not.
scripted wrong 150000 '-DIN_LOAD=if (getenv("OMP_NUM_THREADS")) crash()'
expect 1 'the candidate crashed in load: SIGSEGV' "as it is loaded to be timed" env -u OMP_NUM_THREADS $scripted_time "$tenbin" gate --base "$one" --candidate "$scratch/wrong.so" --no-check --layer "$five"
scripted crash 150000 '-DIN_RUN=crash()'
expect 1 "the candidate crashed in run: SIGSEGV" "a layer that crashes, between others" \
  gate "$one" "$scratch/crash.so" --layer "$small" --layer "$five" --layer "$other"
[ "$(grep -Ec '^mine +layer([13] +not slower|2 +failed) ' "$scratch/out")" -eq 3 ]
point $? "these are decided"
expect 4 'the base crashed in run: SIGSEGV' "a base that crashes" gate "$scratch/crash.so" "$one" --layer "$small" --layer "$five"
scripted scribble 150000 '-DIN_RUN=scribble()'
expect 0 'layer1 +not slower' "what a kernel writes over the page that it shares is overwritten" gate "$one" "$scratch/scribble.so" --layer "$five"
scripted scribble 150000 '-DIN_RUN=scribble(); crash()'
expect 4 'one of the two crashed: SIGSEGV; the page that tells which is overwritten' "or else neither is blamed, nor called right" \
  gate "$one" "$scratch/scribble.so" --layer "$five"
for leave in 'leave(0)' 'leave(1)'; do
  scripted leaving 150000 "-DIN_RUN=$leave"
  expect 0 'layer1 +not slower' "a kernel that starts a process: $leave" gate "$one" "$scratch/leaving.so" --layer "$five"
  nothing_left "which ends with it"
done
expect 4 'the base workspace asks for 1099511627776 bytes, and may have [0-9]+$' "a workspace of 2^40 bytes" \
  gate "$bad_kernels/HUGE_WORKSPACE.so" "$bad_kernels/HUGE_WORKSPACE.so" --layer "$trigger"
expect 0 'layer2 +not slower' "a kernel that closes the standard files" \
  gate "$bad_kernels/NONE.so" "$bad_kernels/CLOSE_STANDARD_FILES.so" --layer "$small" --layer "$trigger"

# Kernels that one side has not.
sed 's/kernels\[\] = {&kernel};/kernels[] = {\&kernel, \&second};/; s/\.kernels = 1/.kernels = 2/
  s/^  static const tenbin_kernel \*const/  static tenbin_kernel second;\n  second = kernel;\n  second.name = "second";\n&/' \
  "$scratch/scripted.c" >"$scratch/two.c"
compile -I"$source/tests/cli" -DCOST=150000 -o "$scratch/two.so" "$scratch/two.c"
expect 0 'second: the base does not have it' "a new kernel" gate "$one" "$scratch/two.so" --layer "$small"
expect 4 'second: the candidate does not have it any more' "a kernel that is gone" \
  gate "$scratch/two.so" "$one" --layer "$small"
expect 0 '1 not slower' "the others alone" gate "$scratch/two.so" "$one" --kernel mine --layer "$small"
expect 0 '1 not slower' "a kernel that is named twice is compared once" \
  gate "$one" "$one" --kernel mine --kernel mine --layer "$small"

# A layer that one side does not support.
sed 's/^  answer->claim = /  if (problem->input[0].size[1] == 4) return TENBIN_UNSUPPORTED;\n&/' "$scratch/scripted.c" >"$scratch/less.c"
compile -I"$source/tests/cli" -DCOST=150000 -o "$scratch/less.so" "$scratch/less.c"
expect 1 'layer2 +unsupported now' "a layer that is lost" gate "$one" "$scratch/less.so" --layer "$small" --layer "$other"
expect 0 'layer2 +new' "a layer that is new" gate "$scratch/less.so" "$one" --layer "$small" --layer "$other"
expect 4 'layer1 +unsupported' "nothing to compare" gate "$scratch/less.so" "$scratch/less.so" --layer "$other"

! ldd "$build/tenbin-pairs" | grep -Eq 'openblas|dnnl|gomp'
point $? "tenbin-pairs brings no library that a plugin might stand on"

# Two versions of a library of one name: the second must not silently use the first's.
mkdir "$scratch/a" "$scratch/b"
echo 'long cost(void);' >"$scratch/below.h"
for version in a b; do
  echo "long cost(void); long cost(void) { return $([ $version = a ] && echo 150000 || echo 190000); }" |
    compile -Wl,-soname,libbelow.so -o "$scratch/$version/libbelow.so" -x c -
  scripted $version 'cost()' -include "$scratch/below.h" "$scratch/$version/libbelow.so" -Wl,-rpath,"$scratch/$version"
done
expect 1 'layer1 +slower +\+20\.00 %' "another version of a library below" gate "$scratch/a.so" "$scratch/b.so" --layer "$small"
grep -q 'libbelow.so is another file for the candidate' "$scratch/out"
point $? "is reported"

# The gate judged by itself, in little.
expect 0 'covered' "--calibrate" "$tenbin" gate --calibrate --base "$mutants/SCATTER.so" --no-check --budget 2 --layer "$small" --csv "$csv"
grep -q '^tenbin-gate-calibration-1,.*layer1' "$csv"
point $? "and its CSV"
rm -f "$scratch/loads"
expect 130 'tenbin gate: interrupted' "an interrupted one" env TEST_LOADS="$scratch/loads" TEST_MOST=20 TEST_SIGNAL=1 \
  "$tenbin" gate --calibrate --base "$one" --no-check --budget 100000 --layer "$small" --csv "$scratch/cut.csv"
! ls "$scratch" | grep -q cut
point $? "leaves no file without results"
no_workers "no process is left"
finish
