# Wrong kernels in other styles than the zoo's are named as the one of the zoo that answers the same, and as no other; and of those
# that are none of the zoo's, the region or the footprint says where they fail.
# SPDX-License-Identifier: MIT
. "$(dirname "$0")/lib.sh"
table=$source/tests/independent/independent.txt
catalogue=$source/conformance/cases/conv_transpose2d/catalogue.cases

# named ID KERNEL: the names of the last diagnosis, separated by commas; none, or passed.
named() {
  if [ ! -s "$scratch/$1.out" ]; then
    grep -Eq "^${2##*:} +([0-9]+) +\\1 +0 +0 " "$scratch/$1.err" && echo passed
  else
    sed -nE 's/^ +(this kernel answers as|or as) one that .* \(([A-Z0-9_]+)[,;)].*/\2/p;
      s/^ +none of the [0-9]+ wrong kernels that tenbin knows answers as this one$/none/p' "$scratch/$1.out" | paste -sd ,
  fi
}

# diagnosed ID SOURCE: its diagnosis is left in $scratch/ID.out.
diagnosed() {
  "$tenbin" diagnose "$(kernel_of independent "$2" "$1")" --jobs 1 --cases "$catalogue" >"$scratch/$1.out" 2>"$scratch/$1.err" </dev/null
}

in_lanes "$table" diagnosed
rows "$table" >"$scratch/rows"
while IFS=$(printf '\t') read -r id file name what says; do
  found=$(named "$id" "$(kernel_of independent "$file" "$id")")
  [ "$found" = "$name" ]
  point $? "$id: $name: $what"
  [ "$found" = "$name" ] || echo "# found: ${found:-nothing}"
  [ -z "$says" ] && continue
  sed -n '/^  the region$/,/^  to reproduce it$/p' "$scratch/$id.out" | grep -Eq -- "$says"
  point $? "$id: $says"
done <"$scratch/rows"
no_workers "no worker is left"
finish
