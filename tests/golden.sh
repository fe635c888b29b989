# Damaged golden data: each damage ends with a message that names the file, and exit code 3. SPDX-License-Identifier: MIT
. "$(dirname "$0")/lib.sh"

mkdir -p "$scratch/data/conformance" && cp -r "$source/conformance/cases" "$scratch/data/conformance/" || exit 1
TENBIN_DATA=$scratch/data
export TENBIN_DATA
fresh() {
  rm -rf "$scratch/data/golden"
  mkdir "$scratch/data/golden"
  cp "$source"/golden/MANIFEST "$source"/golden/*.safetensors "$scratch/data/golden/"
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

# Files that MANIFEST vouches for, but that are not ours.
foreign() {
  fresh
  cat >"$g/normal.safetensors"
  digest=$("$build/tests/digest" "$g/normal.safetensors") || exit 1
  sed -i "/normal.safetensors/d" "$g/MANIFEST"
  echo "$digest $(wc -c <"$g/normal.safetensors") normal.safetensors" >>"$g/MANIFEST"
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
