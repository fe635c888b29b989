# tenbin gate: its verdicts, its reports, and what goes wrong. SPDX-License-Identifier: MIT
. "$(dirname "$0")/lib.sh"
mutants=$build/mutants
bad_kernels=$build/misbehave
small='conv_transpose2d n1 c8:8 in8x8 k3 s2 p1'
other='conv_transpose2d n1 c4:6 in9x7 k2 s2'
trigger='conv_transpose2d n1 c3:4 in3x2 k3x2 s2x3 d2x3' # where the plugins of misbehave do
csv=$scratch/gate.csv

# gate BASE CANDIDATE OPTION..: without a judgement of the kernels, which takes seconds. Where the two are other binaries, with a
# wide tolerance: where the linker puts a loop is worth some percent.
gate() {
  base=$1 candidate=$2
  shift 2
  "$tenbin" gate --base "$base" --candidate "$candidate" --no-check "$@"
}

awk '/^```c$/ {on = 1; next} /^```$/ {on = 0} on' "$source/README.md" >"$scratch/mine.c"
compile() {
  ${CC:-cc} -std=gnu17 -O2 -fPIC -shared -I"$source/kernels" "$@"
}
compile -o "$scratch/one.so" "$scratch/mine.c"

expect 0 '^usage: tenbin gate' "tenbin gate --help" "$tenbin" gate --help
expect 2 '--base is missing' "no base" "$tenbin" gate --candidate "$mutants/SCATTER.so"
expect 2 '--candidate is missing' "no candidate" "$tenbin" gate --base "$mutants/SCATTER.so"
expect 2 'unexpected argument' "an argument too many" gate a.so b.so c.so
expect 2 'unknown or ambiguous option --tolerence' "a mistyped option" gate a.so b.so --tolerence 1
for wrong in '--tolerance 0: percent from 0.01' '--budget soon: seconds from 1' '--alpha 50: percent from' '--threads 0: a whole number from 1' \
  '--op conv: conv_transpose2d or normal' '--seed x: a whole number' '--extra -1: percent from 0'; do
  option=${wrong%%:*}
  expect 2 "${wrong#*: }" "a mistake in $option" gate a.so b.so ${option% *} "${option#* }"
done
expect 2 'does not go with' "--calibrate and a candidate" gate a.so b.so --calibrate
expect 3 'none.so: cannot be loaded' "a base that does not exist" gate "$scratch/none.so" "$mutants/SCATTER.so"
echo 'no shared object' >"$scratch/text.so"
expect 3 'text.so: cannot be loaded' "a candidate that is no shared object" gate "$mutants/SCATTER.so" "$scratch/text.so"
expect 3 'no kernel in common' "plugins that share no kernel" gate "$mutants/SCATTER.so" "$bad_kernels/NONE.so"
expect 2 "no kernel 'mutamt'; did you mean mutant" "an unknown kernel" gate "$mutants/SCATTER.so" "$mutants/SCATTER.so" --kernel mutamt
expect 2 "did you mean dcgan1_n1" "an unknown layer" gate "$mutants/SCATTER.so" "$mutants/SCATTER.so" --layer dcgan1_n2
expect 3 'nowhere' "a CSV that cannot be written" gate "$mutants/SCATTER.so" "$mutants/SCATTER.so" --layer "$small" --csv "$scratch/nowhere/x"

expect 0 'layer1 +not slower' "a kernel is not slower than itself" \
  gate "$mutants/SCATTER.so" "$mutants/SCATTER.so" --layer "$small" --layer "$other" --csv "$csv" --markdown "$scratch/gate.md" \
  --record "$scratch/pairs" --tolerance 50
[ "$(head -n 1 "$csv" | cut -d, -f1,9,16)" = schema,kernel,verdict ] && [ "$(grep -c '^tenbin-gate-1,.*,not slower,' "$csv")" -eq 2 ]
point $? "the CSV has a row for each kernel and layer"
[ "$(awk -F, '{ print NF }' "$csv" | sort -u | wc -l)" -eq 1 ]
point $? "of equal length"
grep -q '^| mutant | layer2 | .* not slower |' "$scratch/gate.md"
point $? "the Markdown has a table"
awk 'NR > 1 && (NF != 11 || $10 <= 0 || $11 <= 0) { wrong = 1 } END { exit wrong || NR < 100 }' "$scratch/pairs"
point $? "the record has all pairs"
expect 1 'layer1 +slower +\+[23]' "extra work is found" gate "$mutants/SCATTER.so" "$mutants/SCATTER.so" --layer "$small" --extra 30
expect 1 '^not ok 1 - mutant on layer1: slower' "and told in TAP" \
  gate "$mutants/SCATTER.so" "$mutants/SCATTER.so" --layer "$small" --extra 30 --tap
only_tap "which is all that is on standard output"
# The sanitizers end a crash in their own way, and make right kernels slow in other ways.
if nm -D "$build/tenbin-pairs" | grep -Eq '__(asan|tsan)_init'; then
  finish
  exit
fi

expect 0 'mutant +layer1 +faster +-' "a kernel that carries its rounding error is slower than one that does not" \
  gate "$mutants/COMPENSATED.so" "$mutants/BACKWARDS.so" --layer "$other" --layer "$small"
expect 0 'the answers differ in [1-9][0-9]* of' "answers that differ are told" \
  gate "$mutants/F64.so" "$mutants/SCATTER.so" --layer 'conv_transpose2d n1 c16:8 in8x8 k3 s2 p1' --tolerance 1000

if command -v valgrind >/dev/null; then
  expect 0 '[0-9]+ instructions a run, and were [0-9]+ \(\+0.000 %\)|could not count' "instructions are counted" \
    gate "$mutants/SCATTER.so" "$mutants/SCATTER.so" --layer "$small" --instructions --tolerance 50
fi

# Undecided is never green.
expect 4 'undecided' "a budget that is too small" gate "$mutants/SCATTER.so" "$mutants/SCATTER.so" --budget 1
grep -q 'Most rows are undecided' "$scratch/out"
point $? "which is said"

# Of a smaller problem and the layer itself, neither may be green alone.
sed 's/^  for (int64_t n = 0; n < batch; n++)/  for (volatile int64_t i = 0; i < (x_size[0] == 64 ? 20000000 : 0); i++);\n&/' "$source/README.md" |
  awk '/^```c$/ {on = 1; next} /^```$/ {on = 0} on' >"$scratch/large.c"
compile -o "$scratch/large.so" "$scratch/large.c"
expect 4 'the whole layer was slower 9 times of 9' "a candidate that is slower on the whole layer alone" \
  gate "$scratch/one.so" "$scratch/large.so" --layer 'conv_transpose2d n1 c64:8 in16x16 k3 s2' --tolerance 50

# Conformance first.
expect 1 'failed' "a candidate that is wrong is not timed" \
  "$tenbin" gate --base "$mutants/SCATTER.so" --candidate "$mutants/OUTPUT_PADDING_IGNORED.so" --layer "$small"
grep -q 'the candidate does not conform' "$scratch/out" && grep -q 'ignores output_padding' "$scratch/err"
point $? "and its mistake is told"

# What goes wrong on one layer is told, and the others are weighed.
for kind in 'CRASH: SIGSEGV' 'EXIT: exit code 7' 'LOOP: hung'; do
  expect 1 "the candidate .*${kind#*: }" "a candidate that does: ${kind%%:*}" \
    gate "$bad_kernels/NONE.so" "$bad_kernels/${kind%%:*}.so" --layer "$small" --layer "$trigger" --layer "$other" --tolerance 50
  [ "$(grep -c 'misbehave +layer[13] +not slower\|misbehave  layer[13]  *not slower' "$scratch/out")" -eq 2 ]
  point $? "the other rows are decided"
done
expect 4 'the base crashed: SIGSEGV' "a base that crashes" \
  gate "$bad_kernels/CRASH.so" "$bad_kernels/NONE.so" --layer "$small" --layer "$trigger" --tolerance 50
expect 0 'layer2 +not slower' "a kernel that closes the standard files" \
  gate "$bad_kernels/NONE.so" "$bad_kernels/CLOSE_STANDARD_FILES.so" --layer "$small" --layer "$trigger" --tolerance 1000

# Kernels that one side has not.
sed 's/kernels\[\] = {&kernel};/kernels[] = {\&kernel, \&second};/; s/\.kernels = 1/.kernels = 2/
  s/^  static const tenbin_kernel \*const/  static tenbin_kernel second;\n  second = kernel;\n  second.name = "second";\n&/' \
  "$scratch/mine.c" >"$scratch/two.c"
compile -o "$scratch/two.so" "$scratch/two.c"
expect 0 'second: the base does not have it' "a new kernel" gate "$scratch/one.so" "$scratch/two.so" --layer "$small" --tolerance 50
expect 4 'second: the candidate does not have it any more' "a kernel that is gone" \
  gate "$scratch/two.so" "$scratch/one.so" --layer "$small" --tolerance 50
expect 0 '1 not slower' "the others alone" gate "$scratch/two.so" "$scratch/one.so" --kernel mine --layer "$small" --tolerance 50

# A layer that one side does not support.
sed 's/^  answer->claim = /  if (problem->input[0].size[1] == 4) return TENBIN_UNSUPPORTED;\n&/' "$scratch/mine.c" >"$scratch/less.c"
compile -o "$scratch/less.so" "$scratch/less.c"
expect 1 'layer2 +unsupported now' "a layer that is lost" gate "$scratch/one.so" "$scratch/less.so" --layer "$small" --layer "$other" --tolerance 50
expect 0 'layer2 +new' "a layer that is new" gate "$scratch/less.so" "$scratch/one.so" --layer "$small" --layer "$other" --tolerance 50
expect 4 'layer1 +unsupported' "nothing to compare" gate "$scratch/less.so" "$scratch/less.so" --layer "$other"

! ldd "$build/tenbin-pairs" | grep -Eq 'openblas|dnnl|gomp'
point $? "tenbin-pairs brings no library that a plugin might stand on"

# Two versions of a library of one name: the second must not silently use the first's.
mkdir "$scratch/a" "$scratch/b"
for version in a b; do
  echo "int wait_a_bit(void); int wait_a_bit(void) { for (volatile int i = 0; i < $([ $version = a ] && echo 100 || echo 20000); i++); return 0; }" |
    compile -Wl,-soname,libbelow.so -o "$scratch/$version/libbelow.so" -x c -
  sed 's/^#include "kernel.h"/&\nint wait_a_bit(void);/; s/^  return TENBIN_OK;$/  wait_a_bit();\n&/' "$scratch/mine.c" >"$scratch/below.c"
  compile -o "$scratch/$version.so" "$scratch/below.c" "$scratch/$version/libbelow.so" -Wl,-rpath,"$scratch/$version"
done
expect 1 'layer1 +slower' "another version of a library below" gate "$scratch/a.so" "$scratch/b.so" --layer "$small"
grep -q 'libbelow.so is another file for the candidate' "$scratch/out"
point $? "is told"

# A library that is slower where it is loaded second: neither a slowdown nor a pass.
sed 's/^#include "kernel.h"/&\n#include <stdlib.h>\nstatic int late;\n__attribute__((constructor)) static void load(void) { late = getenv("TEST_LOADED") != NULL; setenv("TEST_LOADED", "", 1); }/
  s/^  return TENBIN_OK;$/  for (volatile int i = 0; i < 20000 * late; i++);\n&/' "$scratch/mine.c" >"$scratch/late.c"
compile -o "$scratch/late.so" "$scratch/late.c"
expect 4 'where the candidate was loaded first, .*a bias of the order' "a bias of the order of loading is told" \
  gate "$scratch/late.so" "$scratch/late.so" --layer "$small" --budget 5
grep -q 'layer1 *undecided' "$scratch/out"
point $? "and is no slowdown"

# Ctrl-C
"$tenbin" gate --base "$mutants/SCATTER.so" --candidate "$mutants/SCATTER.so" --no-check >"$scratch/out" 2>"$scratch/err" &
pid=$!
tries=0
while ! children $pid | grep -q . && [ $tries -lt 100 ]; do sleep 0.1; tries=$((tries + 1)); done
kill -INT $pid
wait $pid
[ $? -eq 130 ]
point $? "Ctrl-C ends it with 130"
no_workers "no process is left"

# The gate judged by itself, in little.
expect 0 'covered' "--calibrate" "$tenbin" gate --calibrate --base "$mutants/SCATTER.so" --no-check --budget 2 --layer "$small" --csv "$csv"
grep -q '^tenbin-gate-calibration-1,.*layer1' "$csv"
point $? "and its CSV"
finish
