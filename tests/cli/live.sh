# PyTorch is asked now, for more sequences than the golden data hold, and the kernels of its stream draw what it says.
# SPDX-License-Identifier: MIT
. "$(dirname "$0")/lib.sh"
python=$source/build/pytorch/bin/python
if ! "$python" -c 'import torch' 2>/dev/null; then
  echo "1..0 # SKIP PyTorch is not installed in build/pytorch; ./run golden does that"
  exit 0
fi

"$python" "$source/golden/export/live.py" --tenbin "$tenbin" box_muller box_muller_simd >"$scratch/tap" 2>"$scratch/table"
status=$?
if [ $status -eq 77 ]; then
  echo "1..0 # SKIP $(tail -n 1 "$scratch/table")"
  exit 0
fi
cat "$scratch/table" >&2
point $status "no kernel is contradicted"

# passes KERNEL CASES: the row of the table.
passes() {
  awk -v kernel="$1" -v cases="$2" '$1 == kernel && $2 == 400 {found = $3 == cases} END {exit !found}' "$scratch/table"
  point $? "$1 draws all $2 sequences of its streams"
}
passes box_muller 400
passes box_muller_simd 200
finish
