# Damaged golden data: each damage ends with a message that names the file, and exit code 3. SPDX-License-Identifier: MIT
. "$(dirname "$0")/lib.sh"

mkdir -p "$scratch/data/conformance" && cp -r "$source/conformance/cases" "$source/conformance/known.txt" "$source/conformance/support.txt" "$scratch/data/conformance/" || exit 1
TENBIN_DATA=$scratch/data
export TENBIN_DATA
fresh() {
  unset TENBIN_MANIFEST
  rm -rf "$scratch/data/golden"
  mkdir "$scratch/data/golden"
  cp "$source"/golden/MANIFEST "$source"/golden/*.safetensors "$source"/golden/*.vectors "$source"/golden/*.ledger "$scratch/data/golden/"
}
g=$scratch/data/golden
run="$tenbin check --kernel naive"

# accept: what MANIFEST says now is what the reader is to take.
accept() {
  TENBIN_MANIFEST=$("$build/tests/digest" "$g/MANIFEST") || exit 1
  export TENBIN_MANIFEST
}

fresh
rm "$g/normal-normal.safetensors"
expect 3 'normal-normal.safetensors: listed in MANIFEST, but missing' "a missing file" $run
fresh
rm "$g/MANIFEST"
expect 3 'MANIFEST: No such file' "a missing MANIFEST" $run
fresh
rm "$g/MANIFEST"
mkfifo "$g/MANIFEST"
expect 3 'MANIFEST: is no regular file' "a pipe as MANIFEST is not waited for" $run
rm "$g/MANIFEST"
mkdir "$g/MANIFEST"
expect 3 'MANIFEST: is no regular file' "a folder as MANIFEST" $run
fresh
: >"$g/MANIFEST"
expect 3 'MANIFEST: damaged, .* its XXH3-128 is [0-9a-f]{32}, and .[0-9a-f]{32}. is expected' "an empty MANIFEST" $run
accept
expect 3 'MANIFEST: lists no golden data' "an empty MANIFEST that is vouched for" $run
# One byte: a line becomes a comment.
for cases in '--cases conv_transpose2d/catalogue' '--suite quick' '--case conv_transpose2d\ c1:1\ in1\ k1'; do
  for file in conv_transpose2d-catalogue.safetensors grid.ledger; do
    fresh
    sed -i "s/^.\(.*$file\)/#\1/" "$g/MANIFEST"
    eval "expect 3 'MANIFEST: damaged' \"$file is struck from MANIFEST: $cases\" $run $cases"
  done
done
fresh
echo >>"$g/MANIFEST"
expect 3 'MANIFEST: damaged' "a line more in MANIFEST" $run
expect 3 'MANIFEST: damaged' "for the list of cases, too" "$tenbin" list cases
fresh
TENBIN_MANIFEST=00000000000000000000000000000000
export TENBIN_MANIFEST
expect 3 'MANIFEST: damaged' "a MANIFEST that another digest is expected of" $run
fresh
TENBIN_MANIFEST=
export TENBIN_MANIFEST
expect 3 'MANIFEST: damaged' "and one of no digest" $run
for line in 'deadbeef 12 x.safetensors' "$(printf '%032d -1 x.safetensors' 0)" "$(printf '%032d 1 x.safetensors again' 0)" \
  "$(printf '%032d 1 ../x.safetensors' 0)" "$(printf '%0600d' 0)"; do
  fresh
  echo "$line" >>"$g/MANIFEST"
  accept
  expect 3 "MANIFEST: malformed line: $(echo "$line" | cut -c 1-40)" "a malformed line of MANIFEST: $(echo "$line" | cut -c 30-60)" $run
done

# Who takes other golden data says so, and what is judged by less than PyTorch's answers is counted.
fresh
sed -i 's/^.\(.*conv_transpose2d-catalogue.safetensors\)/#\1/' "$g/MANIFEST"
accept
expect 0 "the golden data is not the committed one, but that of the MANIFEST $TENBIN_MANIFEST" "another MANIFEST is reported" \
  $run --cases conv_transpose2d/catalogue
cases=$(sed -n 's/^naive *\([0-9]*\) .*/\1/p' "$scratch/err")
grep -q "^naive: $cases passed as: right by tenbin's reference: there is no golden answer" "$scratch/err"
point $? "all of its cases passed by the reference, which is counted"
[ "$(grep -c "passed_as: \"right by tenbin's reference" "$scratch/out")" -eq "$cases" ] && grep -q '^# the golden data is not' "$scratch/out"
point $? "and reported in TAP"
expect 3 'catalogue.cases:[0-9]+: the golden data holds no answer for this case' "a suite needs its answers" $run
fresh
size=$(wc -c <"$g/conv_transpose2d-catalogue.safetensors")
head -c $((size - 1)) "$source/golden/conv_transpose2d-catalogue.safetensors" >"$g/conv_transpose2d-catalogue.safetensors"
expect 3 'conv_transpose2d-catalogue.safetensors: damaged: it has [0-9]+ bytes' "a file cut short" $run
fresh
printf '\001' | dd of="$g/conv_transpose2d-catalogue.safetensors" bs=1 seek=$((size - 5)) conv=notrunc 2>/dev/null
expect 3 'conv_transpose2d-catalogue.safetensors: damaged: its XXH3-128' "one byte changed" $run

# vouch FILE: MANIFEST takes the file as it is.
vouch() {
  digest=$("$build/tests/digest" "$g/$1") || exit 1
  sed -i "/$1/d" "$g/MANIFEST"
  echo "$digest $(wc -c <"$g/$1") $1" >>"$g/MANIFEST"
  accept
}

fresh
sed -i '/grid.ledger/d' "$g/MANIFEST"
accept
expect 3 'MANIFEST lists no grid.ledger' "a ledger that is not listed" $run
fresh
sed -i 's/^c3:2 bias 5 4 3 3 2 655 ./c3:2 bias 5 4 3 3 2 655 /' "$g/grid.ledger"
vouch grid.ledger
expect 3 'grid.ledger:[0-9]+: malformed line: c3:2 bias 5 4 3 3 2' "a malformed line of a ledger" $run
fresh
for case in 'c1:1 in1x1 k1 quick' 'c1:1 in1x1 k1 op1'; do
  sed -i "\$s/.*/conv_transpose2d $case $(printf '%032d' 0)/" "$g/space.ledger"
  vouch space.ledger
  expect 3 "space.ledger:[0-9]+: malformed line: conv_transpose2d $case" "a line of a ledger that is no valid case: $case" $run --suite full
done
fresh
awk '$1 == "c3:2" {$9 = "00000000000000000000000000000000"} {print}' "$source/golden/grid.ledger" >"$g/grid.ledger"
vouch grid.ledger
expect 1 "reference and its golden data disagree: this is a fault of tenbin" "a ledger that the reference contradicts" $run --shard 1/8

fresh
printf 'c3:2 bias\000' >>"$g/grid.ledger"
vouch grid.ledger
expect 3 'grid.ledger:[0-9]+: malformed line: c3:2 bias' "a line of a ledger with a NUL" $run

# A case that is gone leaves its answer behind; an edited one has none.
fresh
cases=$scratch/data/conformance/cases/conv_transpose2d
sed -i '0,/^conv/{/^conv/d}' "$cases/catalogue.cases"
expect 3 'an answer that no committed file of cases asks for; is the case gone' "a case that is struck from a committed file" $run
cp "$source/conformance/cases/conv_transpose2d/catalogue.cases" "$cases/"
sed -i '0,/^conv/{/^conv/s/^/#/}' "$cases/cover.cases"
expect 3 'an answer that no committed file of cases asks for; is the case gone' "a case that becomes a comment" $run
cp "$source/conformance/cases/conv_transpose2d/cover.cases" "$cases/"
sed -i '0,/ k3/s// k4/' "$cases/layers.cases"
expect 3 'layers.cases:[0-9]+: the golden data holds no answer' "a heavy case that is changed, though quick leaves it out" $run
cp "$source/conformance/cases/conv_transpose2d/layers.cases" "$cases/"

fresh
LC_ALL=C sed -i 's/"libm.log1p"/"libm.LOG1P"/' "$g/normal-normal.safetensors"
vouch normal-normal.safetensors
expect 3 'normal-normal.safetensors: case 0 lacks the C library .* no digest libm' "a C library of which nothing was measured" $run

# Records that MANIFEST vouches for, and that are damaged: a sed command of the same length, and what is said.
while IFS='|' read -r file edit says; do
  fresh
  LC_ALL=C sed -i "$edit" "$g/$file.safetensors"
  vouch "$file.safetensors"
  expect 3 "$file.safetensors: case [0-9]+ $says" "a record: $edit" $run
done <<'END'
max_pool2d-catalogue|s/\\"digests\\":{\\"y/\\"digests\\":{\\"z/|lacks the digest of an output
max_pool2d-catalogue|s/\\"inputs\\":{\\"x/\\"inputs\\":{\\"v/|lacks the digest of an input
max_pool2d-catalogue|s/\\"shape\\":\[2,/\\"shape\\":[3,/|has a shape that is malformed, or not its descriptor
conv_transpose2d-catalogue|s/"dtype":"F32"/"dtype":"I32"/|has an output that is malformed, or of another size
conv_transpose2d-layers|s/\\"kind\\":\\"real/\\"kind\\":\\"rule/|is of an unknown kind
conv_transpose2d-layers|s/\\"flags\\"/\\"flogs\\"/|lacks one of descriptor
END

# Files that MANIFEST vouches for, but that are not ours.
foreign() {
  fresh
  cat >"$g/normal-normal.safetensors"
  vouch normal-normal.safetensors # in a shell of its own: accept follows
}
printf 'PK\003\004 this is no tensor file at all' | foreign
accept
expect 3 'normal-normal.safetensors: is no safetensors file' "a foreign file" $run
printf '\002\000\000\000\000\000\000\000{}' | foreign
accept
expect 3 'normal-normal.safetensors: is no golden data of this version' "somebody else's safetensors" $run
printf '\003\000\000\000\000\000\000\000{"a' | foreign
accept
expect 3 'normal-normal.safetensors: has a malformed header' "a header that is no JSON" $run
printf '\017\000\000\000\000\000\000\000[[[[[[[[[[[[[[[' | foreign
accept
expect 3 'normal-normal.safetensors: has a malformed header' "a header that is nested and broken" $run
for count in 10000000 3 0 -1 +1 ' 1' 18446744073709551617; do
  header="{\"__metadata__\":{\"format\":\"tenbin-golden 1\",\"cases\":\"$count\"}}"
  printf "\\$(printf %03o ${#header})\\000\\000\\000\\000\\000\\000\\000%s" "$header" | foreign
  accept
  expect 3 'normal-normal.safetensors: has no number of cases: from 1 to its 2 entries is expected' "a file of '$count' cases" $run
done
printf 'abc' | foreign
accept
expect 3 'normal-normal.safetensors: is shorter than' "three bytes" $run
fresh
TENBIN_DATA=$scratch/nowhere
expect 3 'nowhere/golden/MANIFEST: No such file' "no data at all" $run
finish
