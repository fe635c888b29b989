# --operator of all commands: kernels and cases of an operator, and what a run of them leaves out. SPDX-License-Identifier: MIT
. "$(dirname "$0")/lib.sh"
conv='conv_transpose2d n1 c2:3 in4x3 k3x2 s2x1'
pool='max_pool2d c1 in5 k3'

# The list.
expect 0 '^max_pool2d +[0-9]+ kernels?, +3 files of cases, +f32 f64 f16 bf16 s8 u8 s32 s64$' "tenbin list operators" "$tenbin" list operators
sed -n 's/^OPERATOR(\(.*\))/\1/p' "$source/reference/operators.inc" >"$scratch/known"
[ "$(sed 's/ .*//' "$scratch/out")" = "$(cat "$scratch/known")" ]
point $? "names all of them"
[ "$(awk '{ sum += $2 } END { print sum }' "$scratch/out")" -eq "$("$tenbin" list kernels | wc -l)" ]
point $? "with the numbers of their kernels"
# only WORDS PATTERN: no line of the last command is another operator's.
only() {
  [ -s "$scratch/out" ] && ! grep -Evq "$2" "$scratch/out"
  point $? "tenbin $1 --operator: no others"
}
expect 0 '^max_pool_naive ' "tenbin list kernels --operator" "$tenbin" list kernels --operator max_pool2d
only 'list kernels' '^[a-z0-9_]+ +max_pool2d '
expect 0 '^box_muller ' "a plugin's, of two operators" "$tenbin" list kernels "$build/tenbin-kernels.so" --operator max_pool2d --operator normal
only 'list kernels FILE' '^[a-z0-9_]+ +(max_pool2d|normal) '
expect 0 '^randn_1Ki_f32 ' "tenbin list layers --operator" "$tenbin" list layers --operator normal
only 'list layers' '^[A-Za-z0-9_]+ +normal '
expect 0 '^.normal/' "tenbin list cases --operator" "$tenbin" list cases --operator normal
only 'list cases' '^(\[|  )normal[/ ]'
expect 2 '^tenbin list: networks has no layer of normal' "a file without its layers" "$tenbin" list layers networks --operator normal
expect 2 'scatter.so has no kernel of normal' "a plugin without its kernels" "$tenbin" list kernels "$build/mutants/scatter.so" --operator normal

# Those that are judged.
names=$(tr '\n' ' ' <"$scratch/known" | sed 's/ $//; s/ \([^ ]*\)$/ or \1/; s/\([^r]\) \([^o]\)/\1, \2/g')
for command in check diagnose list; do
  expect 2 "^tenbin $command: --operator: expected $names, got 'pool'" "$command: an unknown operator" "$tenbin" $command --operator pool
done
expect 0 '^max_pool_naive +1 +1 ' "tenbin check --operator" "$tenbin" check --operator max_pool2d --case "$pool" --case "$conv"
grep -q 'cases left out: 1 of other operators than --operator names' "$scratch/err" && ! grep -Eq '^naive |^box_muller ' "$scratch/err"
point $? "judges its kernels on its cases alone, and says so"
expect 0 '^naive +1 +1 ' "two operators" "$tenbin" check --operator max_pool2d --operator=conv_transpose2d --case "$pool" --case "$conv"
grep -Eq '^max_pool_naive +1 +1 ' "$scratch/err" && ! grep -q '^box_muller ' "$scratch/err"
point $? "both"
expect 0 '^validator +[0-9]+ ' "with a suite" "$tenbin" check --operator max_pool2d --shard 1/20
! grep 'Subtest' "$scratch/out" | grep -Ev ': max_pool2d/'
point $? "the validator's cases are its own, too"
expect 0 '^max_pool_naive +1 +1 ' "--kernel and --operator" \
  "$tenbin" check --operator max_pool2d --kernel naive --kernel max_pool_naive --case "$pool"
grep -q 'left out: naive, without a kernel of max_pool2d' "$scratch/err" && ! grep -q '^naive ' "$scratch/err"
point $? "mean what both do"
expect 0 '^philox +1 +0 +1 ' "a plugin's kernels" "$tenbin" check "$build/tenbin-kernels.so" --operator normal --case 'normal calls=17'
! grep -q '^naive ' "$scratch/err"
point $? "of the operator alone"
expect 0 '^ok .* max_pool_naive: max_pool2d/catalogue/' "--cases" "$tenbin" check --operator max_pool2d --kernel max_pool_naive --cases max_pool2d/catalogue --shard 1/9
expect 1 'nothing was executed' "a case of another operator" "$tenbin" check --operator max_pool2d --case "$conv"
expect 2 '^tenbin check: --operator: no chosen kernel is one of max_pool2d$' "no kernel of it" \
  "$tenbin" check --operator max_pool2d --operator conv_transpose2d --kernel naive
[ ! -s "$scratch/out" ]
point $? "nothing has run"
expect 2 'no chosen kernel is one of normal' "nor in a plugin" "$tenbin" check "$build/mutants/scatter.so" --operator normal
expect 2 "tenbin has no kernel 'fast'" "an unknown kernel" "$tenbin" check --kernel fast --operator max_pool2d
expect 1 '^stride_swapped: ' "tenbin diagnose --operator" "$tenbin" diagnose "$build/mutants/scatter.so:stride_swapped" --operator conv_transpose2d --case 'conv_transpose2d c1:1 in2 k1 s2x1'

# left_out KERNEL: as many cases as the full suite has beyond the quick one, by support.txt.
left_out() {
  want=$(awk -v kernel="$1" '$1 == kernel { print $4 - $3 }' "$source/conformance/support.txt")
  expect 0 "cases left out" "what a shard of the quick suite leaves out of $1" "$tenbin" check --kernel "$1" --shard 1/300
  got=$(sed -n 's/.*cases left out: \([0-9]*\) heavy ones and \([0-9]*\) of the ledgers.*/\1 \2/p' "$scratch/err" | awk '{ print $1 + $2 }')
  [ "$got" = "$want" ]
  point $? "is what the full suite adds: $got of $want cases"
}
left_out max_pool_naive
left_out naive
expect 0 'cases left out' "and a shard" "$tenbin" check --kernel max_pool_naive --shard 1/2
other=$(sed -n 's/.*cases left out: \([0-9]*\) of other shards/\1/p' "$scratch/err")
[ "$other" -gt 0 ] && [ "$other" -lt "$(awk '$1 == "max_pool_naive" { print $3 }' "$source/conformance/support.txt")" ]
point $? "leaves cases of the operator alone: $other"
no_workers "no worker is left"
finish
