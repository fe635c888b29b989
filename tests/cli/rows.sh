# tenbin check --csv: the results as rows. SPDX-License-Identifier: MIT
. "$(dirname "$0")/lib.sh"
csv=$scratch/rows.csv

# sum FILE [COLUMN VALUE]..: of the column count, over the rows that have these values. Commas stand in the last two columns
# alone, which nobody asks for.
sum() {
  file=$1
  shift
  awk -F, -v want="$*" 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; n = split(want, w, " "); next }
    { for (i = 1; i < n; i += 2) if ($at[w[i]] != w[i + 1]) next; sum += $at["count"] } END { print sum + 0 }' "$file"
}

# is NAME VALUE WANT: a point.
is() {
  [ "$2" = "$3" ]
  point $? "$1: $2 of $3"
}

expect 0 '^1\.\.' "two kernels" "$tenbin" check --kernel ziggurat --kernel naive --cases normal/distribution \
  --cases conv_transpose2d/catalogue --csv "$csv"
is "the columns" "$(head -n 1 "$csv")" "schema,kernel,library,suite,suite_digest,golden_digest,kernel_digest,group,operator,direction,\
dtype,layout,region,claim,verdict,count,first_case,reason"
is "all rows are of the schema" "$(grep -c '^tenbin-check-1,' "$csv")" "$(($(wc -l <"$csv") - 1))"
for kernel in naive ziggurat; do
  set -- $(grep "^$kernel  *[0-9]" "$scratch/err")
  is "$kernel's cases" "$(sum "$csv" kernel $kernel)" "$2"
  is "those that passed" "$(sum "$csv" kernel $kernel verdict passed)" "$3"
  is "those that are unsupported" "$(sum "$csv" kernel $kernel verdict unsupported)" "$4"
done
is "what is unsupported claims nothing" "$(sum "$csv" verdict unsupported claim '')" "$(sum "$csv" verdict unsupported)"
is "naive claims" "$(sum "$csv" kernel naive claim exact)" "$(sum "$csv" kernel naive verdict passed)"
is "ziggurat claims" "$(sum "$csv" kernel ziggurat claim distribution)" "$(sum "$csv" kernel ziggurat verdict passed)"
is "operators" "$(sum "$csv" kernel naive operator conv_transpose2d direction forward dtype f32 layout nchw)" "$(sum "$csv" kernel naive)"
grep -q ',stride+padding+output_padding+bias,exact,passed,' "$csv"
point $? "the region is what differs from the defaults"
grep -q ',stream=any,distribution,passed,' "$csv" && grep -q ',default,exact,passed,' "$csv"
point $? "a stream has its value, and defaults have a name"
golden=$(sed -n 's/.*DIGEST "\(.*\)"/\1/p' "$source/golden/manifest.h")
is "the golden data" "$(sum "$csv" golden_digest "$golden")" "$(sum "$csv")"

# Parts of a suite are rows of the same suite.
for part in 1 2; do
  expect 0 '^1\.\.' "part $part of 2" "$tenbin" check --kernel naive --cases conv_transpose2d/catalogue --cases normal/distribution \
    --shard "$part/2" --csv "$scratch/$part.csv"
done
is "the parts add up" "$(($(sum "$scratch/1.csv") + $(sum "$scratch/2.csv")))" "$(sum "$csv" kernel naive)"
is "ledgers have rows, too" "$("$tenbin" check --kernel naive --shard 1/16 --csv "$scratch/ledger.csv" >"$scratch/out" 2>"$scratch/err"
sum "$scratch/ledger.csv")" "$(sed -n 's/^naive  *\([0-9]*\) .*/\1/p' "$scratch/err")"
grep -q ',conv_transpose2d/grid/' "$scratch/ledger.csv" && grep -q ',conv_transpose2d/space,' "$scratch/ledger.csv"
point $? "by their groups"

# A failing kernel.
expect 1 '^not ok' "a kernel that crashes" "$tenbin" check --no-diagnosis "$build/misbehave/misbehave.so:crash" \
  --case 'conv_transpose2d n1 c3:4 in3x2 k3x2 s2x3 d2x3' --csv "$csv"
is "its verdict" "$(sum "$csv" kernel crash verdict crashed)" 1
if command -v python3 >/dev/null; then
  python3 -c '
import csv, sys
rows = list(csv.reader(open(sys.argv[1])))
assert len(rows) == 2 and len(rows[1]) == len(rows[0]) and rows[1][-2].startswith("conv_transpose2d n1 c3:4 in3x2 k3x2 s2x3 d2x3") and rows[1][-1]' "$csv"
  point $? "its case, and its reason"
fi

# Files that cannot be written, or must not.
expect 3 '^tenbin check: --csv: .*none/a.csv' "a folder that is not there" "$tenbin" check --kernel naive --case 'conv_transpose2d c1:1 in2 k2' --csv "$scratch/none/a.csv"
! grep -q '^ok' "$scratch/out"
point $? "nothing was run"
printf 'conv_transpose2d c1:1 in2 k2\n' >"$scratch/mine.cases"
expect 2 '^tenbin check: --csv: .* is read too, as a file of cases' "over the cases" "$tenbin" check --kernel naive --cases "$scratch/mine.cases" --csv "$scratch/mine.cases"
grep -q '^conv' "$scratch/mine.cases"
point $? "which are as they were"
expect 2 '^tenbin diagnose: --csv is for tenbin check' "of diagnose" "$tenbin" diagnose --kernel naive --csv "$csv"
expect 2 '^tenbin check: --csv: expected a file, got nothing' "without a file" "$tenbin" check --csv
no_workers "no worker is left"
finish
