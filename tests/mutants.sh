# Every wrong kernel ends in its own verdict, and in no other; the right one they are made from passes. SPDX-License-Identifier: MIT
. "$(dirname "$0")/lib.sh"

while read -r id verdict flag what; do
  case $id in '#'* | '') continue ;; esac
  so=$build/mutants/$id.so
  "$tenbin" check --kernel "$so" --suite quick >"$scratch/out" 2>"$scratch/err" </dev/null
  code=$?
  # A kernel that hangs is given up after three time-outs.
  found=$(sed -n 's/^ *verdict: "\(.*\)"$/\1/p' "$scratch/out" | grep -v '^not run$' | sort -u | tr ' \n' '-,' | sed 's/,$//')
  if [ "$verdict" = passed ]; then
    [ "$code" -eq 0 ] && [ -z "$found" ]
  else
    [ "$code" -eq 1 ] && [ "$found" = "$verdict" ]
  fi
  ok=$?
  point $ok "$id: $verdict: $what"
  killers=$(grep -c '^ *verdict:' "$scratch/out")
  echo "  # exit code $code, $killers cases with verdict(s) ${found:-none}"
  [ "$verdict" = passed ] && continue
  # What a verdict is worth: a crash or a hang leaves the rest of the run intact.
  case $verdict in
  crashed | guard)
    grep -q '^    ok ' "$scratch/out" || [ "$verdict" = guard ]
    point $? "$id: the rest of the run is intact"
    ;;
  esac
  if [ "$flag" != - ]; then
    grep -A6 '^    not ok' "$scratch/out" | grep -Eq "catches: \".*$flag"
    point $? "$id: a case that is flagged with $flag catches it"
  fi
done <"$source/conformance/mutants/mutants.txt"
no_workers "no worker is left"
finish
