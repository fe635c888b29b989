# What the built-in kernels support is compared with conformance/support.txt: each case, in shards as well, and in whole suites
# their number.
# SPDX-License-Identifier: MIT
. "$(dirname "$0")/lib.sh"
data=$scratch/data
mkdir -p "$data/conformance"
ln -s "$source/golden" "$data/golden"
ln -s "$source/conformance/cases" "$data/conformance/cases"
ln -s "$source/conformance/known.txt" "$data/conformance/known.txt"

# committed SED CODE PATTERN NAME ARGUMENTS..: a run whose support.txt has been edited.
committed() {
  sed "$1" "$source/conformance/support.txt" >"$data/conformance/support.txt"
  code=$2 pattern=$3 name=$4
  shift 4
  expect "$code" "$pattern" "$name" env TENBIN_DATA="$data" "$tenbin" check --kernel inverse_cdf "$@"
}
committed '' 0 'ok [0-9]+ - inverse_cdf: supports 26 cases of the quick suite; 26 are committed' "as it is committed"
committed '/^inverse_cdf /s/ stream = .*/ never/' 1 \
  'not ok .*; [0-9]+ more are unsupported than conformance/support.txt says' "cases of which the row does not say it" --shard 1/9
grep -q '^ *first: "normal .*"$' "$scratch/out"
point $? "the first of them is in the TAP"
committed '/^inverse_cdf /s/torch-\*/torch-cpu-*/' 1 'the first is normal .*stream=torch-cuda:' "a pattern that holds for some of them" --shard 1/9
committed '/^inverse_cdf /s/$/ or stream = any/' 0 \
  'supports [0-9]+ cases that conformance/support.txt calls unsupported; the first is normal' "a row that says too much" --shard 1/9
committed '/^inverse_cdf /s/$/ or stream = any except stream = any/' 0 '^1\.\.' "but for an exception" --shard 1/9
! grep -q 'calls unsupported' "$scratch/err"
point $? "it is right"
committed '/^inverse_cdf /s/$/ except case = *seed=0*/' 1 'not ok .*more are unsupported' "an exception that is none" --shard 1/9
committed '/^inverse_cdf /d' 0 '# conformance/support.txt has no row for inverse_cdf' "no row" --shard 1/9

# pasted KERNEL COLUMN COUNT OPTION..: the row that a run without one prints, beside a -, is the one that is missing. COUNT is "all"
# where the kernel supports all cases. The data is small; that the counts are the committed ones, known and
# check_full_max_pool_naive show.
small=$scratch/small
small_data "$small"
rm "$small/conformance/support.txt"
row=$small/conformance/support.txt
pasted() {
  kernel=$1 column=$2 count=$3
  shift 3
  : >"$row"
  expect 0 "# conformance/support.txt has no row for $kernel with " "no row for $kernel $*" \
    env TENBIN_DATA="$small" TENBIN_MANIFEST="$small_manifest" "$tenbin" check --kernel "$kernel" "$@"
  [ "$count" != all ] || count=$(sed -n "s/^$kernel  *\([1-9][0-9]*\)  *\1  *0  *0 .*/\1/p" "$scratch/err")
  sed -n "s/^#   \($kernel  .*\)/\1/p" "$scratch/out" >"$row"
  [ -n "$count" ] && [ "$(awk -F '   *' -v at="$column" '{ print $1, $at, $(7 - at) }' "$row")" = "$kernel $count -" ]
  point $? "it is printed, with a count and a -"
}
pasted max_pool_naive 4 all --suite full
grep -q '^# --suite quick gives the other count' "$scratch/out"
point $? "of the full suite, too"
pasted max_pool_naive 3 all
grep -q '^# --suite full gives the other count' "$scratch/out" && grep -q '^max_pool_naive  -  .*  never$' "$row"
point $? "and which suite gives the other"

# of_quick COUNT CODE PATTERN NAME: the same run, with the pasted row and so many cases.
of_quick() {
  echo "max_pool_naive  -  $1  -  never" >"$row"
  expect "$2" "$3" "$4" env TENBIN_DATA="$small" TENBIN_MANIFEST="$small_manifest" "$tenbin" check --kernel max_pool_naive
}
of_quick "$count" 0 "^ok [0-9]+ - max_pool_naive: supports $count cases of the quick suite; $count are committed" "a row that was pasted"
of_quick $((count + 1)) 1 "^not ok .*supports $count cases of the quick suite; $((count + 1)) are committed" "fewer cases than are committed"
of_quick $((count - 1)) 0 "supports $count cases of the quick suite; $((count - 1)) are committed" "more"
pasted inverse_cdf 3 - --shard 1/9
grep -q '^# CONDITION has to say which cases are unsupported, here [1-9]' "$scratch/out" && grep -q '^# without --shard, ' "$scratch/out"
point $? "a shard counts nothing, and where not all is supported it says so"
expect 3 'support.txt:[0-9]+: malformed row' "a condition has to be written" \
  env TENBIN_DATA="$small" TENBIN_MANIFEST="$small_manifest" "$tenbin" check --kernel inverse_cdf

for row in 'inverse_cdf  -  22' 'inverse_cdf  -  many  27  never' 'inverse_cdf  -  4294967295  27  never' \
  'inverse_cdf  -  +22  27  never' 'inverse_cdf  -  22  27  colour = red' \
  'inverse_cdf  -  22  27  stride >= hue' 'inverse_cdf  -  22  27  stride = 2' 'inverse_cdf  -  22  27  stream > a' \
  'inverse_cdf  -  22  27  stream = any except ' 'inverse_cdf  -  22  27  never except stream = any' 'inverse_cdf  -  22  27  stride >= stride +' 'inverse_cdf  -  22  27  padding >= '; do
  committed "s/^naive .*/$row/" 3 'support.txt:[0-9]+: malformed row' "malformed: $row"
done
rm "$data/conformance/support.txt"
expect 3 'support.txt: No such file' "no file" env TENBIN_DATA="$data" "$tenbin" check --kernel inverse_cdf
no_workers "no worker is left"
finish
