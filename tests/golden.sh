# Damaged golden data: each damage ends with a message that names the file, and exit code 3. SPDX-License-Identifier: MIT
. "$(dirname "$0")/lib.sh"

mkdir -p "$scratch/data/conformance" && cp -r "$source/conformance/cases" "$scratch/data/conformance/" || exit 1
TENBIN_DATA=$scratch/data
export TENBIN_DATA
fresh() {
  rm -rf "$scratch/data/golden"
  mkdir "$scratch/data/golden"
  cp "$source"/golden/MANIFEST "$source"/golden/*.safetensors "$source"/golden/*.vectors "$source"/golden/*.ledger "$scratch/data/golden/"
}
g=$scratch/data/golden
run="$tenbin check --kernel naive"

fresh
rm "$g/normal.safetensors"
expect 3 'normal.safetensors: listed in MANIFEST, but missing' "a missing file" $run
fresh
rm "$g/MANIFEST"
expect 3 'MANIFEST: No such file' "a missing MANIFEST" $run
fresh
: >"$g/MANIFEST"
expect 3 'MANIFEST: lists no golden data' "an empty MANIFEST" $run
fresh
echo 'deadbeef 12 x.safetensors' >>"$g/MANIFEST"
expect 3 'MANIFEST: malformed line: deadbeef' "a malformed line of MANIFEST" $run
fresh
size=$(wc -c <"$g/catalogue.safetensors")
head -c $((size - 1)) "$source/golden/catalogue.safetensors" >"$g/catalogue.safetensors"
expect 3 'catalogue.safetensors: damaged: it has [0-9]+ bytes' "a file cut short" $run
fresh
printf '\001' | dd of="$g/catalogue.safetensors" bs=1 seek=$((size - 5)) conv=notrunc 2>/dev/null
expect 3 'catalogue.safetensors: damaged: its XXH3-128' "one byte changed" $run

# vouch FILE: MANIFEST takes the file as it is.
vouch() {
  digest=$("$build/tests/digest" "$g/$1") || exit 1
  sed -i "/$1/d" "$g/MANIFEST"
  echo "$digest $(wc -c <"$g/$1") $1" >>"$g/MANIFEST"
}

fresh
sed -i '/grid.ledger/d' "$g/MANIFEST"
expect 3 'MANIFEST lists no grid.ledger' "a ledger that is not listed" $run
fresh
sed -i 's/^c3:2 bias 5 4 3 3 2 655 ./c3:2 bias 5 4 3 3 2 655 /' "$g/grid.ledger"
vouch grid.ledger
expect 3 'grid.ledger:[0-9]+: malformed line: c3:2 bias 5 4 3 3 2' "a malformed line of a ledger" $run
fresh
awk '$1 == "c3:2" {$9 = "00000000000000000000000000000000"} {print}' "$source/golden/grid.ledger" >"$g/grid.ledger"
vouch grid.ledger
expect 1 "reference and its golden data disagree: this is a fault of tenbin" "a ledger that the reference contradicts" $run

# Files that MANIFEST vouches for, but that are not ours.
foreign() {
  fresh
  cat >"$g/normal.safetensors"
  vouch normal.safetensors
}
printf 'PK\003\004 this is no tensor file at all' | foreign
expect 3 'normal.safetensors: is no safetensors file' "a foreign file" $run
printf '\002\000\000\000\000\000\000\000{}' | foreign
expect 3 'normal.safetensors: is no golden data of this version' "somebody else's safetensors" $run
printf '\003\000\000\000\000\000\000\000{"a' | foreign
expect 3 'normal.safetensors: has a malformed header' "a header that is no JSON" $run
printf '\017\000\000\000\000\000\000\000[[[[[[[[[[[[[[[' | foreign
expect 3 'normal.safetensors: has a malformed header' "a header that is nested and broken" $run
printf 'abc' | foreign
expect 3 'normal.safetensors: is shorter than' "three bytes" $run
fresh
TENBIN_DATA=$scratch/nowhere
expect 3 'nowhere/golden/MANIFEST: No such file' "no data at all" $run
finish
