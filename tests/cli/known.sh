# What built-in kernels are known to get wrong: conformance/known.txt, its rows and their faults. SPDX-License-Identifier: MIT
. "$(dirname "$0")/lib.sh"
data=$scratch/data
mkdir -p "$data/conformance"
ln -s "$source/golden" "$data/golden"
ln -s "$source/conformance/cases" "$data/conformance/cases"
ln -s "$source/conformance/support.txt" "$data/conformance/support.txt"

# listed ROW CODE PATTERN NAME ARGUMENTS..: a run with that row instead of the committed ones.
listed() {
  printf '# a comment\n\n%s\n' "$1" >"$data/conformance/known.txt"
  code=$2 pattern=$3 name=$4
  shift 4
  expect "$code" "$pattern" "$name" env TENBIN_DATA="$data" "$tenbin" check "$@"
}
listed '' 0 'ok [0-9]+ - max_pool_naive: supports' "no rows" --kernel max_pool_naive
listed 'max_pool_naive  -  max_pool2d *  a report' 1 "not ok .*conformance/known.txt knows 'max_pool2d \*', and no such case fails" \
  "a row that no failing case matches" --kernel max_pool_naive
listed 'max_pool_naive  1.0  max_pool2d *  a report' 0 'ok [0-9]+ - max_pool_naive: supports' "a row of another library" --kernel max_pool_naive
listed 'naive  -  max_pool2d *  a report' 0 'ok [0-9]+ - max_pool_naive: supports' "a row of another kernel" --kernel max_pool_naive
listed 'max_pool_naive  -  max_pool2d *  a report' 0 '^1\.\.' "a part of a suite does not miss cases" --kernel max_pool_naive --shard 1/4
listed 'max_pool_naive  -  max_pool2d *  a report' 0 '^1\.\.' "neither does a case" --kernel max_pool_naive --case 'max_pool2d c1 in4 k2'
for row in 'max_pool_naive' 'max_pool_naive  -' 'max_pool_naive  -  max_pool2d *' 'max_pool_naive  -    '; do
  listed "$row" 3 'known.txt:3: malformed row' "malformed: $row" --kernel max_pool_naive --shard 1/4
done
listed "# $(printf '%0597d' 0)max_pool_naive  -  max_pool2d *  a report" 0 'ok [0-9]+ - max_pool_naive: supports' "a long comment is one" --kernel max_pool_naive
rm "$data/conformance/known.txt"
expect 3 'known.txt: No such file' "no file" env TENBIN_DATA="$data" "$tenbin" check --kernel max_pool_naive --shard 1/4

if "$tenbin" list kernels | grep -q '^max_pool_onednn '; then
  nan='max_pool2d c1 in1x2 k1x2 fill=ties seed=0 set=x@0:nan'
  listed '' 1 '^max_pool_onednn: failed: ' "without its row a wrong answer fails" --kernel max_pool_onednn --case "$nan"
  library=$("$tenbin" list kernels | sed -n 's/^max_pool_onednn .*\(oneDNN [0-9.]*\).*/\1/p')
  listed "max_pool_onednn  $library  *@0:nan  a report of it" 0 'not ok 1 - max_pool2d .* # TODO known: a report of it' \
    "with it, it is known" --kernel max_pool_onednn --case "$nan"
  grep -q '^max_pool_onednn: 1 known: a report of it$' "$scratch/err" &&
    grep -Eq '^kernel .* unsupported +known +failed ' "$scratch/err" && grep -Eq '^max_pool_onednn +1 +0 +0 +1 +0 ' "$scratch/err"
  point $? "and counted, in a column of the table"
  listed "max_pool_onednn  $library  *@1:nan  a report of it" 1 '^max_pool_onednn: failed: ' "a row of another case" \
    --kernel max_pool_onednn --case "$nan"
  listed "max_pool_onednn  $library  *  a report of it" 0 '^ok 1 - max_pool_onednn' "what passes stays passed" \
    --kernel max_pool_onednn --case 'max_pool2d c1 in4 k2'
else
  echo "# max_pool_onednn is not built: nothing is known"
fi
no_workers "no worker is left"
finish
