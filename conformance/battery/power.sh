#!/bin/sh
# What the battery detects, and how often it gives a false alarm: the tables of BATTERY.md. SPDX-License-Identifier: MIT
#
#     conformance/battery/power.sh BUILD             measures, and writes both tables into BATTERY.md: some ten minutes
#     conformance/battery/power.sh BUILD null        prints the table of the right generator
#     conformance/battery/power.sh BUILD mutants 1   prints that of the wrong ones, up to 1e6 numbers (2: 1e7, 3: 1e8); ids after
#                                            number: of these alone
set -u
here=$(cd "$(dirname "$0")" && pwd)
build=${1:?the build folder}
power=$build/tests/power
generators=$build/generators/distribution.so # a kernel a row, of its id in lower case

# verdict: of power's lines, how many seeds were found out, and by what with the least p.
verdict() {
  awk -F '\t' '
    $3 > 0 || $4 >= 0 || $5 < 1e-6 {
      found++
      if ($3 > 0) by = "NaN or infinity"
      else if ($4 >= 0) by = "repeat"
      else if (by == "" || $7 < least) { by = $6 " " ($7 < 1e-300 ? "< 1e-300" : sprintf("%.0e", $7)); least = $7 }
    }
    END { if (NR == 0) exit 1; printf "%d/%d%s%s", found, NR, found ? " " : "", by }'
}

# mutants COLUMNS [ID]..: a row for each generator and dtype, or each of these.
mutants() {
  columns=$1
  shift
  echo '| generator | dtype | calls | must be found at | trial | 1e6 | 1e7 | 1e8 | what is wrong |'
  echo '|---|---|---|---|---|---|---|---|---|'
  grep '^[A-Z]' "$here/../mutants/normal/distribution.txt" | while read -r id dtypes calls numbers trial what; do
    case " $* " in "  " | *" $id "*) ;; *) continue ;; esac
    for dtype in $(echo "$dtypes" | tr , ' '); do
      printf '| %s | %s | %s | %s | %s ' "$id" "$dtype" "$calls" "$numbers" "$(echo "$trial" | sed 's/,/, /g')"
      found=no
      for column in 1:1e6:5 2:1e7:2 3:1e8:1; do
        IFS=: read -r index n seeds <<END
$column
END
        if [ "$found" = yes ] || [ "$index" -gt "$columns" ]; then
          printf '| . '
          continue
        fi
        found_by=$("$power" --dtype "$dtype" --calls "$(echo "$calls" | tr - 0)" --numbers "$n" --seeds "$seeds" \
          --first "${index}01" "$generators:$(echo "$id" | tr A-Z a-z)" | verdict) || exit 1
        printf '| %s ' "$found_by"
        case $found_by in "$seeds/"*) found=yes ;; esac
      done
      echo "| $what |"
    done
  done
}

# null: the right generator under several laws, 200 seeds each at 1e6 numbers.
null() {
  echo '| generator | dtype | mean | std | calls | seeds | p < 5 % | p < 1 % | of all p | least 24 p |'
  echo '|---|---|---|---|---|---|---|---|---|---|'
  first=1
  while read -r id dtype mean std calls; do
    first=$((first + 1000))
    "$power" --all --dtype "$dtype" --mean "$mean" --std "$std" --calls "$calls" --seeds 200 --first $first \
      "$generators:$(echo "$id" | tr A-Z a-z)" |
      awk -F '\t' -v row="| $id | $dtype | $mean | $std | $calls " '
        { if (NR == 1 || $5 < least) least = $5
          for (i = 9; i < NF; i += 3) if ($i != "ks" && $i != "ad") { all++; five += $(i + 2) < 0.05; one += $(i + 2) < 0.01 } }
        END { printf "%s| %d | %.2f %% | %.2f %% | %d | %.1e |\n", row, NR, 100 * five / all, 100 * one / all, all, least }'
  done <<END
NONE f32 0 1 0
NONE f64 0 1 0
NONE f32 3.25 0.1 0
NONE f16 0 1 0
NONE f16 3.25 0.1 0
NONE f16 0 0.02 0
NONE bf16 0 1 0
NONE bf16 3.25 0.1 0
NONE f32 0 1 1
NONE f32 0 1 3
NONE f32 0 1 17
NONE f32 0 1 31
BITS_24 f32 0 1 0
BITS_24 bf16 0 0.02 0
ERFINV_23 f32 0 1 0
END
}

# replace NAME FILE: the part of BATTERY.md between its two marks.
replace() {
  awk -v name="$1" -v file="$2" '
    $0 == "<!-- end of " name " -->" { inside = 0 }
    !inside
    $0 == "<!-- " name " -->" { inside = 1; while ((getline line < file) > 0) print line }' "$here/BATTERY.md" >"$2.md" &&
    cat "$2.md" >"$here/BATTERY.md"
}

case ${2:-all} in
null) null ;;
mutants)
  columns=${3:-3}
  shift $(($# < 3 ? $# : 3))
  mutants "$columns" "$@"
  ;;
all)
  scratch=$(mktemp -d) || exit 1
  trap 'rm -rf "$scratch"' EXIT
  null >"$scratch/null" && replace null "$scratch/null"
  mutants 3 >"$scratch/mutants" && replace mutants "$scratch/mutants"
  ;;
esac
