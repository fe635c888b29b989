# A C library of the same name and version that gives other bits: glibc's functions without fused multiply-adds, which it takes on
# processors that have none. SPDX-License-Identifier: MIT
. "$(dirname "$0")/lib.sh"
{
  echo '[libm]'
  echo 'normal f64 seed=0 calls=78400   # B6: log and sincos'
  echo 'normal f64 seed=3 calls=15 repeat=1000   # B4: log1p and sincos'
  echo 'normal stream=torch-cpu-default seed=0 calls=78400   # B6: logf and sincosf'
  echo 'normal seed=0 calls=78400   # B6: none'
} >"$scratch/libm.cases"
set -- "$tenbin" check --kernel box_muller --cases "$scratch/libm.cases"

expect 0 '^ok ' "right on this machine" "$@"
sed -n 's/^ *passed_as: //p' "$scratch/out" >"$scratch/usual"
expect 0 '^ok ' "right with the functions of a processor without fused multiply-adds" \
  env GLIBC_TUNABLES=glibc.cpu.hwcaps=-FMA,-AVX2 "$@"
sed -n 's/^ *passed_as: //p' "$scratch/out" >"$scratch/other"
if cmp -s "$scratch/usual" "$scratch/other"; then
  echo "ok $((points += 1)) # SKIP this machine's C library gives the same bits without fused multiply-adds"
else
  grep -Eq 'another C library: (glibc [0-9.]+) gives other bits here for log, sincos than glibc 2.36 gave PyTorch' "$scratch/other"
  point $? "the report names the functions of f64"
  grep -q 'for log1p, sincos than' "$scratch/other"
  point $? "and those of the numbers that are drawn one by one"
  ! grep -q 'logf' "$scratch/other"
  point $? "those of f32 are the same, and every bit is compared"
fi
finish
