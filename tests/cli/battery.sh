# What BATTERY.md says of the generators at 1e6 numbers is what the battery says today: the legal ones stay silent, and those
# that must be found are. SPDX-License-Identifier: MIT
. "$(dirname "$0")/lib.sh"

sampled=$(rows "$source/conformance/mutants/normal/distribution.txt" | cut -d ' ' -f 1)
if [ -z "$sampled" ]; then
  echo "1..0 # SKIP part $TENBIN_SAMPLE holds no generator"
  exit
fi
sh "$source/conformance/battery/power.sh" "$build" mutants 1 $sampled >"$scratch/rows" || exit 1
while IFS='|' read -r _ id dtype calls numbers _ first _; do
  case $id in ' generator ' | '---') continue ;; esac
  want=$(grep "^|$id|$dtype|$calls|" "$source/conformance/battery/BATTERY.md" | cut -d '|' -f 7)
  # How many seeds and which statistic; the p-value may differ with another libm's rounding.
  [ "$(echo "$first" | cut -d ' ' -f 2-3)" = "$(echo "$want" | cut -d ' ' -f 2-3)" ]
  point $? "$(echo $id $dtype: $first, as BATTERY.md says)"
  case $numbers in
  ' silent ') [ "${first%%/*}" = ' 0' ] ;;
  ' 1e6 ') [ "${first#* 5/5 }" != "$first" ] ;;
  *) continue ;;
  esac
  point $? "$(echo $id $dtype: $numbers)"
done <"$scratch/rows"
finish
