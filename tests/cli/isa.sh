# Kernels that choose by the processor, on a path that it would not choose: $3, as TENBIN_ISA names it. What follows are options
# of tenbin check. Skipped where it would choose just that, for then the other tests have been there.
# SPDX-License-Identifier: MIT
tenbin=$1/tenbin
isa=$3
shift 3
if [ "$("$tenbin" list kernels)" = "$(TENBIN_ISA=$isa "$tenbin" list kernels)" ]; then
  echo "1..0 # SKIP this processor's kernels take the path $isa anyway"
  exit
fi
TENBIN_ISA=$isa exec "$tenbin" check "$@"
