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
expect 2 'threads wants a whole number from 1' "no threads" "$tenbin" machine --threads 0
expect 2 'unknown or ambiguous option --cores' "an unknown option" "$tenbin" machine --cores
expect 2 "unexpected argument 'all'" "an argument" "$tenbin" machine all
expect 3 'nowhere' "a CSV that cannot be written" "$tenbin" machine --csv "$scratch/nowhere/out.csv"
finish
