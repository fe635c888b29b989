#!/bin/sh
# Where on the grid each wrong kernel of conv_transpose2d fails: the table of REGIONS.md. SPDX-License-Identifier: MIT
#
#     conformance/mutants/regions.sh BUILD   learns from all combinations for each, and writes REGIONS.md: some twenty minutes
set -u
here=$(cd "$(dirname "$0")" && pwd)
build=${1:?the build folder}
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
export build

# Those whose verdict is `failed`: others crash, hang, leak, or are wrong from time to time.
sed '/^#/d; /^$/d; s/   */\t/g' "$here/conv_transpose2d/mutants.txt" | awk -F '\t' '$3 == "failed"' >"$scratch/rows"
# Eight share a reference; where one of them ends the program, each is asked by itself.
awk -F '\t' -v folder="$build/mutants" '{ sub(/\.c$/, ".so", $2); print folder "/" $2 ":" tolower($1) }' "$scratch/rows" | xargs -P "$(nproc)" -n 8 sh -c '
  "$build/tests/regions" "$@" 2>/dev/null ||
    for file in "$@"; do timeout 300 "$build/tests/regions" "$file" 2>/dev/null; done' sh |
  awk -F '\t' -v OFS='\t' '{ sub(/.*:/, "", $1); $1 = toupper($1); print }' >"$scratch/regions"

# table EXACT: the rows of those with (1) or without (0) an exact region of at most three conditions.
table() {
  echo '| kernel | what it does | wrong in | conditions | misclassified | region |'
  echo '|---|---|---|---|---|---|'
  awk -F '\t' -v exact="$1" 'NR == FNR {region[$1] = $0; next}
    $1 in region {
      split(region[$1], r)
      if (r[3] > 0 && (r[5] == 0) == exact)
        printf "| `%s` | %s | %d of %d | %d | %d | %s |\n", $1, $5, r[3], r[2], r[4], r[5], r[6]
    }' "$scratch/regions" "$scratch/rows"
}

# count EXACT: how many these are.
count() {
  awk -F '\t' -v exact="$1" '$3 > 0 && ($5 == 0) == exact {n++} END {print n + 0}' "$scratch/regions"
}

{
  cat <<END
# Where on the grid the wrong kernels fail

Written by \`regions.sh\`, never by an editor. A region is the simplest condition that is true of all combinations of the grid
that a kernel gets wrong, and false of those that it gets right; \`tests/tools/regions.c\` says what counts as wrong. It has at most three
conditions on the parameters and on quantities derived from them. Combinations that it misclassifies are counted over all 2,625,240.

## Exact: $(count 1)

END
  table 1
  printf '\n## Not exact: %s\n\nNo formula of at most three conditions on these quantities is exact, or none was found.\n\n' "$(count 0)"
  table 0
  printf '\n## Right on the grid\n\nThese fail elsewhere, or cannot be called without a worker around them:\n\n'
  awk -F '\t' 'NR == FNR {wrong[$1] = $3; next} !wrong[$1] {printf "- `%s`: %s\n", $1, $5}' "$scratch/regions" "$scratch/rows"
} >"$here/results/REGIONS.md"
