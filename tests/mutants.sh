# Every wrong kernel ends in its own verdict, by a case that is flagged with its mistake; the right ones pass the whole quick
# suite. SPDX-License-Identifier: MIT
. "$(dirname "$0")/lib.sh"
table=$source/conformance/mutants/mutants.txt
catalogue=$source/conformance/cases/catalogue.cases
lanes=$(nproc)

# rows: the table's, as fields separated by tabs: id, source, verdict, flag, what, reports.
rows() {
  sed '/^#/d; /^$/d; s/   */\t/g' "$table"
}

# flagged FLAG: the groups of the catalogue with only the cases that are so flagged.
flagged() {
  awk -v flag="$1" '/^\[/ {group = $0; next}
    match($0, /# [^:]*:/) && index(substr($0, RSTART, RLENGTH - 1) " ", " " flag " ") {
      if (group) print group
      group = ""
      print
    }' "$catalogue"
}

# verdict_of: what the TAP stream of $1 says of its failing cases, one verdict or several.
verdict_of() {
  sed -n 's/^ *verdict: "\(.*\)"$/\1/p' "$1" | sort -u | tr ' \n' '-,' | sed 's/,$//'
}

# killed ID ARGUMENTS..: the verdict of the first case that fails, and its flags in $scratch/ID.flags.
killed() {
  id=$1
  shift
  "$tenbin" check "$build/mutants/$id.so" --jobs 1 --until-failure "$@" >"$scratch/$id.out" 2>"$scratch/$id.err" </dev/null
  sed -n 's/^ *catches: "\(.*\)"$/\1/p' "$scratch/$id.out" >"$scratch/$id.flags"
  verdict_of "$scratch/$id.out"
}

# prove ID VERDICT FLAG: the two results, each ok or what it is instead, in $scratch/ID.result.
prove() {
  if [ "$2" = passed ]; then
    "$tenbin" check "$build/mutants/$1.so" --jobs 1 --suite quick >"$scratch/$1.out" 2>"$scratch/$1.err" </dev/null &&
      grep -Eq '^mutant +([0-9]{5}) +\1 +0 +0 ' "$scratch/$1.err" && echo ok || cat "$scratch/$1.err"
    return
  fi
  found=$(killed "$1" --suite quick)
  [ "$found" = "$2" ] && echo ok || echo "the quick suite ends in verdict ${found:-none}"
  [ "$3" = - ] && return
  if ! grep -qw "$3" "$scratch/$1.flags"; then
    found=$(killed "$1" --cases "$scratch/$3.cases")
    [ "$found" = "$2" ] || { echo "the cases flagged with $3 end in verdict ${found:-none}"; return; }
  fi
  echo ok
}

for flag in $(rows | cut -f 4 | grep -v '^-$' | sort -u); do
  flagged "$flag" >"$scratch/$flag.cases"
done
lane=0
while [ $lane -lt "$lanes" ]; do
  rows | awk -v lane=$lane -v lanes="$lanes" 'NR % lanes == lane' | while IFS=$(printf '\t') read -r id _ verdict flag _; do
    prove "$id" "$verdict" "$flag" >"$scratch/$id.result"
  done &
  lane=$((lane + 1))
done
wait
rows >"$scratch/rows"
while IFS=$(printf '\t') read -r id _ verdict flag what _; do
  [ "$(sed -n 1p "$scratch/$id.result")" = ok ]
  point $? "$id: $verdict: $what"
  if [ "$flag" != - ]; then
    [ "$(sed -n 2p "$scratch/$id.result")" = ok ]
    point $? "$id: by a case that is flagged with $flag"
  fi
  grep -v '^ok$' "$scratch/$id.result" | sed 's/^/  # /'
done <"$scratch/rows"
no_workers "no worker is left"
finish
