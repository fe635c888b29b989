# A part of the quick suite, and by shards. SPDX-License-Identifier: MIT
. "$(dirname "$0")/lib.sh"

# cases ARGUMENTS..: how many cases of the quick suite naive passes. Its TAP is left in $scratch/out.
cases() {
  "$tenbin" check --kernel naive "$@" 2>&1 >"$scratch/out" | sed -n 's/^naive *\([0-9]*\) *\1 .*/\1/p'
}
# A half, and its two halves.
all=$(cases --shard 1/2)
point $([ "$all" -gt 20000 ] && echo 0 || echo 1) "the quick suite has one of 64 of the grid (a half: $all cases)"
[ "$(grep -c '# Subtest: naive: conv_transpose2d/grid/' "$scratch/out")" -eq 6 ] && ! grep -A1 '# Subtest: naive: conv_transpose2d/grid/' "$scratch/out" | grep -q '1\.\.0'
point $? "of all six settings of the channels"
sum=$(($(cases --shard 1/4) + $(cases --shard 3/4)))
point $([ "$sum" -eq "$all" ] && echo 0 || echo 1) "its two halves are the whole of it"
finish
