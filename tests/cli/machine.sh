# tenbin machine: what it measures, its CSV, and mistakes in its options. No bound on a figure: machines differ.
# SPDX-License-Identifier: MIT
. "$(dirname "$0")/lib.sh"
csv=$scratch/out.csv

expect 0 '^usage: tenbin machine' "tenbin machine --help" "$tenbin" machine --help
expect 0 '^  portable +[0-9]+\.[0-9]+$' "the machine is measured" "$tenbin" machine --csv "$csv"
for level in L1 memory; do
  grep -Eq "^  $level +[0-9]+ [KM]iB( +[0-9]+\.[0-9]+){4}$" "$scratch/out"
  point $? "read, write, copy and nt-write of $level"
done
[ "$(head -n 1 "$csv")" = schema,time,machine,cores,os,compiler,tenbin,threads,figure,where,set_bytes,value,unit ]
point $? "the CSV has a header"
awk -F, 'NR > 1 && ($1 != "tenbin-machine-1" || !($(NF - 1) > 0) || $NF !~ /^G(B|FLOP)\/s$/) { bad = 1 } END { exit bad || NR < 10 }' "$csv"
point $? "and figures that are positive"
for threads in 1 $(nproc); do
  [ "$(grep -c ",$threads,nt-write,memory," "$csv")" -eq 1 ] && [ "$(grep -c ",$threads,fma,portable," "$csv")" -eq 1 ]
  point $? "for $threads of its cores"
done
expect 0 'TENBIN_ISA=portable: no instruction set beyond' "TENBIN_ISA lowers the instruction sets" \
  env TENBIN_ISA=portable "$tenbin" machine --threads 1
[ "$(grep -Ec '^  (portable|AVX)' "$scratch/out")" -eq 1 ] && [ "$(grep -c '^1 thread$' "$scratch/out")" -eq 1 ]
point $? "and --threads asks for one number of threads"
expect 0 'warning: .* share' "more threads than cores" "$tenbin" machine --threads $(($(nproc) + 1))
expect 2 "^tenbin machine: --threads: expected an integer from 1 to 1024, got '" "no threads" "$tenbin" machine --threads 0
expect 2 "^tenbin machine: unknown option '--cores'; " "an unknown option" "$tenbin" machine --cores
expect 2 "unexpected argument 'all'" "an argument" "$tenbin" machine all
expect 3 'nowhere' "a CSV that cannot be written" "$tenbin" machine --csv "$scratch/nowhere/out.csv"
for wrong in ' 2' +3 0x2 1e0 '2 ' 18446744073709551617; do
  expect 2 "^tenbin machine: --threads: expected an integer from 1 to 1024, got '" "no number: '$wrong'" "$tenbin" machine --threads "$wrong"
done
for option in threads csv; do
  expect 2 "^tenbin machine: --$option: expected .*, got ''" "an empty --$option" "$tenbin" machine "--$option" ""
done
for what in --help "--threads 1"; do
  expect 3 'tenbin machine: standard output cannot be written' "a full standard output: $what" sh -c "'$tenbin' machine $what >/dev/full"
  expect 3 'tenbin machine: standard output cannot be written' "a closed one: $what" sh -c "'$tenbin' machine $what >&-"
done
: >"$scratch/both"
expect 2 'both is standard output too' "a CSV over standard output" sh -c "'$tenbin' machine --csv '$scratch/both' >>'$scratch/both'"

# A signal after some looks at a clock that is scripted, in the second or third figure: what is measured is kept, whole.
${CC:-cc} -std=gnu17 -D_GNU_SOURCE -O2 -fPIC -shared -o "$scratch/clock.so" "$source/tests/cli/clock.c"
for signal in INT:2 TERM:15 HUP:1; do
  rm -f "$csv"
  expect 130 '^tenbin machine: interrupted: not all figures are measured' "SIG${signal%:*} ends it with exit code 130 and a message" \
    env TEST_SIGNAL="${signal#*:}" TEST_LOOKS=100 LD_PRELOAD="$scratch/clock.so" ASAN_OPTIONS="verify_asan_link_order=0:${ASAN_OPTIONS:-}" \
    "$tenbin" machine --threads 1 --csv "$csv"
  rows=$(grep -c '^tenbin-machine-1' "$csv")
  figures=$(grep -Ec '^  (portable|AVX.*) +[0-9.]+$' "$scratch/out")
  levels=$(grep -Ec '^  (L[0-9]|memory) +[0-9]+ [KM]iB( +[0-9]+\.[0-9]+){4}$' "$scratch/out")
  [ "$rows" -ge 1 ] && [ "$rows" -eq $((figures + 4 * levels)) ] && ! grep -q '^  memory' "$scratch/out"
  point $? "with the figures that are measured, in the CSV too ($rows)"
done
expect 130 'interrupted' "an interrupt before the first figure" env TEST_SIGNAL=1 TEST_LOOKS=1 LD_PRELOAD="$scratch/clock.so" \
  ASAN_OPTIONS="verify_asan_link_order=0:${ASAN_OPTIONS:-}" "$tenbin" machine --threads 1 --csv "$scratch/none.csv"
finish
