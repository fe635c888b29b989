# Every wrong kernel of a zoo ends in its own verdict, by a case that is flagged with its mistake; the right ones pass the whole
# quick suite. SPDX-License-Identifier: MIT
# After the folders come the plugins' folder, their table, and the files of the cases with the flags.
. "$(dirname "$0")/lib.sh"
folder=$3
table=$source/conformance/mutants/$4
shift 4

# flagged FLAG WHICH FILE..: the cases that are so flagged, in their groups; WHICH is `heavy` or `light`.
flagged() {
  flag=$1 which=$2
  shift 2
  (cd "$source/conformance/cases" &&
    awk -v flag="$flag" -v which="$which" '/^\[/ {group = $0; of = /^[^]]* heavy/ ? "heavy" : "light"; next}
    of == which && match($0, /# [^:]*:/) && index(substr($0, RSTART + 1, RLENGTH - 2) " ", " " flag " ") {
      if (group) print group
      group = ""
      print
    }' "$@")
}

# killed ID KERNEL ARGUMENTS..: the verdict of the first case that fails, or `passed`; its flags are left in $scratch/ID.flags.
# Passed has who leaves out nothing but streams that are not his own.
killed() {
  id=$1 kernel=$2
  shift 2
  "$tenbin" check "$kernel" --jobs 1 --until-failure "$@" >"$scratch/$id.out" 2>"$scratch/$id.err" </dev/null
  code=$?
  sed -n 's/^ *catches: "\(.*\)"$/\1/p' "$scratch/$id.out" >"$scratch/$id.flags"
  verdict=$(sed -n 's/^ *verdict: "\(.*\)"$/\1/p' "$scratch/$id.out" | sort -u | tr ' \n' '-,' | sed 's/,$//')
  if [ "$code" -eq 0 ] && [ -z "$verdict" ]; then
    verdict=$(sed -n '/ unsupported: .*stream/d; s/^'"${kernel##*:}"': \([0-9]* unsupported\): .*/\1/p' "$scratch/$id.err")
    verdict=${verdict:-passed}
  fi
  echo "${verdict:-exit code $code}"
}

# prove ID SOURCE VERDICT FLAG: leaves in $scratch/ID.result what `proof` says.
prove() {
  proof "$1" "$(kernel_of "$folder" "$2" "$1")" "$3" "$4" >"$scratch/$1.result"
}

# proof ID KERNEL VERDICT FLAG: what the quick suite, and then the cases so flagged, say instead of the verdict, each `ok` if
# nothing.
proof() {
  quick=$3
  case $4 in */heavy) quick=passed ;; esac
  found=$(killed "$1" "$2" --suite quick)
  [ "$found" = "$quick" ] && echo ok || echo "the quick suite ends in verdict $found"
  [ "$4" = - ] && return
  if [ "$quick" = passed ]; then
    found=$(killed "$1" "$2" --cases "$scratch/${4%/heavy}.heavy.cases")
  elif ! grep -qw "$4" "$scratch/$1.flags"; then
    found=$(killed "$1" "$2" --cases "$scratch/$4.light.cases")
  fi
  [ "$found" = "$3" ] && echo ok || echo "the cases flagged with $4 end in verdict $found"
}

for each in $(rows "$table" | cut -f 4 | grep -v '^-$' | sort -u); do
  case $each in
  */heavy) flagged "${each%/heavy}" heavy "$@" >"$scratch/${each%/heavy}.heavy.cases" ;;
  *) flagged "$each" light "$@" >"$scratch/$each.light.cases" ;;
  esac
done
in_lanes "$table" prove
rows "$table" >"$scratch/rows"
while IFS=$(printf '\t') read -r id _ verdict flag what _; do
  [ "$(sed -n 1p "$scratch/$id.result")" = ok ]
  point $? "$id: $verdict: $what"
  if [ "$flag" != - ]; then
    [ "$(sed -n 2p "$scratch/$id.result")" = ok ]
    point $? "$id: by a case that is flagged with $flag"
  fi
  grep -v '^ok$' "$scratch/$id.result" | sed 's/^/# /'
done <"$scratch/rows"
no_workers "no worker is left"
finish
