# tenbin diagnose: which mistake a wrong kernel makes, in each of its parts. SPDX-License-Identifier: MIT
. "$(dirname "$0")/lib.sh"
catalogue=$source/conformance/cases/conv_transpose2d/catalogue.cases

# says PATTERN NAME: a line of the last diagnosis.
says() {
  grep -Eq -- "$1" "$scratch/out"
  point $? "$2"
}

expect 1 '^output_padding_ignored: [0-9]+ of [0-9]+ cases fail' "a wrong kernel of the zoo" \
  "$tenbin" diagnose "$build/mutants/scatter.so:output_padding_ignored" --cases "$catalogue"
says '^      conv_transpose2d c1:1 in1x1 k1 .*op' "the smallest case has little but output_padding"
says 'answers as one that ignores output_padding \(OUTPUT_PADDING_IGNORED, M01; seen in apache/tvm#15060' "its name"
says 'fails exactly where .*: on [0-9]+ of [0-9]+ points' "its region is exact"
says '^  the footprint$' "its footprint"
says "tenbin check --kernel .*/scatter.so:output_padding_ignored --case 'conv_transpose2d c1:1 in1x1 k1 " "the line that repeats it"
says 'torch.nn.functional.conv_transpose2d' "and PyTorch's"

# Independent mutants: kernels/example.c with a mistake in it.
cp "$source/kernels/example.c" "$scratch/mine.c"
example() {
  sed "$1" "$scratch/mine.c" >"$scratch/wrong.c"
  cc -O1 -fPIC -shared -I"$source/kernels" -o "$scratch/wrong.so" "$scratch/wrong.c"
}
example 's/i \* a->stride\[0\]/i * a->stride[1]/; s/j \* a->stride\[1\]/j * a->stride[0]/'
expect 1 'answers as one that swaps height and width of stride \(STRIDE_SWAPPED' "an independent mutant that swaps the stride is named" \
  "$tenbin" diagnose "$scratch/wrong.so" --cases "$catalogue"
says 'the same answers in all [0-9]+ cases that were tried; [0-9]+ of them fail$' "by its answers to all cases, of which many fail"
# Trials, not seconds, end the search for the smallest case.
example 's/^#include "kernel.h"/&\n#include <unistd.h>/; s/kh \* a->dilation\[0\]/kh/; s/^  for (int64_t n = 0; n < batch; n++)/  usleep(20000);\n&/'
expect 1 '^      conv_transpose2d c1:1 in1x1 k2x1 d2x1 fill=wide-x seed=0$' "a slow kernel's smallest case is minimal too" \
  "$tenbin" diagnose "$scratch/wrong.so" --case 'conv_transpose2d n2 c8:6 in5x4 k3x4 s2x3 p1 d2x3 g2 bias'
# Stopped on the way, it says so.
example 's/^#include "kernel.h"/&\n#include <unistd.h>/; s/kh \* a->dilation\[0\]/kh/; s/^  for (int64_t n = 0; n < batch; n++)/  usleep(300000);\n&/'
: >"$scratch/out"
"$tenbin" diagnose "$scratch/wrong.so" --case 'conv_transpose2d n2 c8:6 in5x4 k3x4 s2x3 p1 d2x3 g2 bias' >"$scratch/out" 2>"$scratch/err" </dev/null &
stopped=$!
until_line 'cases fail' "$scratch/out" && kill -TERM $stopped
wait $stopped
[ $? -eq 130 ]
point $? "a diagnosis that is interrupted: the exit code"
says '^  \(interrupted: the diagnosis ends here\)$' "in its text"
grep -q '^tenbin diagnose: interrupted; these are the results so far$' "$scratch/err"
point $? "on standard error"
example 's/y\[i\] = b ? b\[o\] : 0;/y[i] = (b ? b[o] : 0) + (i == 5);/'
expect 1 'none of the [0-9]+ wrong kernels that tenbin knows answers as this one' "a mistake that nobody has made has no name" \
  "$tenbin" diagnose "$scratch/wrong.so" --cases "$catalogue"
expect 1 '^  its name$' "tenbin check also reports it" "$tenbin" check "$scratch/wrong.so" --cases "$catalogue"
only_tap "on standard error"
{ echo '[some]'; grep -E '^normal (f64 )?seed=[0-9]+ calls=([0-9]{1,4}|reseed)(,([0-9]{1,4}|reseed))* +#' "$source/conformance/cases/normal/normal.cases"; } >"$scratch/some.cases"
expect 1 'answers as one that keeps the waiting number when it is seeded' "a wrong kernel of normal" \
  "$tenbin" diagnose "$build/streams/stream.so:cache_kept_by_seed" --cases "$scratch/some.cases"
expect 0 '^naive ' "nothing is wrong with a right kernel" "$tenbin" diagnose --kernel naive --cases "$catalogue"
[ ! -s "$scratch/out" ]
point $? "and nothing is reported"
# A tenbin without its zoo names the folder that it would be in.
mkdir "$scratch/bin"
for program in tenbin tenbin-worker; do
  cp "$build/$program" "$scratch/bin/$program"
done
for zoo in 'mutants/scatter.so:stride_swapped conv_transpose2d c1:1 in2 k1 s2x1' 'pools/pool.so:start_zero max_pool2d c1 in3 k1' \
  'streams/stream.so:cache_of_one_call normal seed=0 calls=1,1'; do
  folder=${zoo%%/*}
  expect 1 "not looked for: the folder .$folder. beside tenbin holds no wrong kernels" "without the folder $folder" \
    env TENBIN_DATA="$source" "$scratch/bin/tenbin" diagnose "$build/${zoo%% *}" --case "${zoo#* }"
done
# A mistake in one dtype, on data that most shapes do not have: the smallest case is a case, and has little but that data. No wrong
# kernel makes it in that dtype alone, which no single answer shows.
sed 's/^static bool real_replaces/static bool first_stays(double value, double best) {\n  return value > best || (isnan(value) \&\& !isnan(best));\n}\n\n&/
  s/^BEST(f16, uint16_t, from_f16, real_replaces)/BEST(f16, uint16_t, from_f16, first_stays)/' "$source/kernels/max_pool2d/naive.c" >"$scratch/pool.c"
cat >>"$scratch/pool.c" <<'END'
const tenbin_plugin *tenbin_plugin_table(void) {
  static const tenbin_kernel *const kernels[] = {&tenbin_kernel_max_pool_naive};
  static const tenbin_plugin plugin = {
      .struct_size = sizeof plugin, .abi = TENBIN_ABI, .name = "mine", .version = "1", .kernels = 1, .kernel = kernels};
  return &plugin;
}
END
cc -O1 -fPIC -shared -I"$source/kernels" -o "$scratch/pool.so" "$scratch/pool.c" -lm
for case in 'max_pool2d n2 c3 in5x6 k2 s1 p1 d2 indices f16 nhwc fill=special seed=0' 'max_pool2d n1 c1 in17x33 k5 s1 p2 indices f16 fill=special seed=0'; do
  expect 1 '^      max_pool2d c1 in1x2 k1x2 s1 indices f16 fill=ties seed=0 set=x@0:nan,x@1:nan$' "the smallest case of $case" \
    "$tenbin" diagnose "$scratch/pool.so" --case "$case"
  says 'none of the [0-9]+ wrong kernels that tenbin knows answers as this one' "and no name"
done
expect 1 '^      the same answers in all [2-9] cases that were tried, which is little evidence$' "few cases that fail" \
  "$tenbin" diagnose "$build/pools/pool.so:start_zero" --case 'max_pool2d c1 in2 k1 fill=special'
expect 1 '^      the same answer in the one case that was tried, which is little evidence$' "one case" \
  "$tenbin" diagnose "$build/pools/pool.so:start_zero" --case 'max_pool2d c1 in1x1 k1 fill=ties seed=0'
for option in no-diagnosis until-failure verbose csv=rows.csv; do
  expect 2 "^tenbin diagnose: --${option%=*} is for tenbin check" "--$option" "$tenbin" diagnose --$option --kernel naive
done
expect 2 "^tenbin diagnose: unknown option '--fast'; " "an unknown option" "$tenbin" diagnose --fast
no_workers "no worker is left"
finish
