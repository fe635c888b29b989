# What a plugin's table and texts may hold, and how a command line names plugins. SPDX-License-Identifier: MIT
. "$(dirname "$0")/lib.sh"
cc=${CC:-cc}
case="conv_transpose2d n1 c2:3 in4x3 k3x2 s2x1"
cp "$source/kernels/example.c" "$scratch/mine.c"

# plugin NAME MACRO..: tests/misbehave/plugin_table.c as $scratch/NAME.so
plugin() {
  name=$1
  shift
  $cc -std=c17 -O1 -fPIC -shared -I"$source/kernels" -I"$scratch" "$@" -o "$scratch/$name.so" "$source/tests/misbehave/plugin_table.c"
}

# repeat N: a string of so many letters
repeat() {
  printf '%*s' "$1" '' | tr ' ' a
}

# Undecided (4), which is a matter of time, is as good as decided here.
gate() {
  "$tenbin" gate --base "$1" --candidate "$1" --no-check --layer "$case" --budget 1 --tolerance 1000
  ended=$?
  [ $ended -eq 4 ] || return $ended
}

# everywhere CODE PATTERN NAME FILE: in each subcommand that loads plugins.
everywhere() {
  expect "$1" "$2" "$3: check" "$tenbin" check "$4" --case "$case"
  expect "$1" "$2" "$3: diagnose" "$tenbin" diagnose "$4" --case "$case"
  expect "$1" "$2" "$3: list" "$tenbin" list kernels "$4"
  expect "$1" "$2" "$3: bench" "$tenbin" bench --kernel "$4" --layer "$case" --min-time 0.01
  expect "$1" "$2" "$3: bench --compare" "$tenbin" bench --compare "naive,$4" --layer "$case" --min-time 0.01
  expect "$1" "$2" "$3: gate" gate "$4"
}

# What a table may not hold is refused by name. The macros may not hold spaces.
while read -r id pattern macros; do
  plugin "$id" $(eval echo "\"$macros\"")
  expect 3 "$id.so: $pattern" "$id" "$tenbin" check "$scratch/$id.so" --case "$case"
done <<END
many    its.table.holds.257.kernels..1.to.256           -DKERNELS=257
zero    its.table.holds.0.kernels..1.to.256             -DKERNELS=0
less    its.table.holds.-3.kernels..1.to.256            -DKERNELS=-3
huge    its.table.holds.10000.kernels..1.to.256         -DKERNELS=10000
array   its.table.s.array.of.kernels.is.NULL            -DNO_ARRAY
same    two.kernels.of.its.table,.0.and.2,.are.named.mine0  -DKERNELS=3 -DSAME
name    kernel.0.*name.that.takes.more.than.63.bytes    -DNAME=\\"$(repeat 64)\\"
sum     its.kernel.mine0.has.a.summary.that.takes.more.than.159.bytes  -DSUMMARY=\\"$(repeat 160)\\"
long_op its.kernel.mine0.is.for.the.operator.*unknown   -DOP=\\"$(repeat 200)\\"
plugin  its.table.has.a.name.that.takes.more.than.63    -DPLUGIN=\\"$(repeat 64)\\"
version its.table.has.a.version.that.takes.more.than.31 -DVERSION=\\"$(repeat 32)\\"
millions its.worker.says.that.it.has.2139062143.kernels  -DGREET=0x7f
negative its.worker.says.that.it.has.-16843010.kernels   -DGREET=0xfe
no_text its.kernel.mine0.has.no.summary                 -DSUMMARY=NULL
END
plugin op -DOP='"conv_transposed2d"'
everywhere 3 "its kernel mine0 is for the operator 'conv_transposed2d', which is unknown; there are conv_transpose2d and normal" \
  "a misspelt operator" "$scratch/op.so"
everywhere 3 'its table holds 257 kernels' "too many kernels" "$scratch/many.so"

# The limits themselves are right.
plugin most -DKERNELS=256
"$tenbin" list kernels "$scratch/most.so" >"$scratch/out"
[ "$(wc -l <"$scratch/out")" -eq 256 ]
point $? "256 kernels are listed"
expect 0 '^mine255 +1 +1 +0 +0 ' "and the last of them is judged" "$tenbin" check "$scratch/most.so:mine255" --case "$case"
plugin edge -DNAME="\"$(repeat 63)\"" -DSUMMARY="\"$(repeat 159)\"" -DPLUGIN="\"$(repeat 63)\"" -DVERSION="\"$(repeat 31)\""
everywhere 0 "$(repeat 63)" "texts as long as may be" "$scratch/edge.so"
plugin wide -DKERNELS=2 -DNAME="(i ? names[i] : \"$(repeat 63)\")"
"$tenbin" list kernels "$scratch/wide.so" >"$scratch/out"
[ "$(awk '{ print index($0, "conv_transpose2d") }' "$scratch/out" | uniq -c | awk '{ print $1, $2 }')" = "2 65" ]
point $? "columns are as wide as the longest name"

# clean NAME: nothing of the last command is a control character but the ends of lines.
clean() {
  ! cat "$scratch/out" "$scratch/err" | LC_ALL=C tr -d '\n' | LC_ALL=C grep -q "$(printf '[\001-\037\177\233]')"
  point $? "$1"
}

# Texts are printed without what moves a terminal's cursor, ends a line, or is no UTF-8.
text='\033[31mred\nnot ok 9 - \302\233 \233 \177 \342\200\250 h\303\251'
shown='\\x1b\[31mred\\x0anot ok 9 - \\xc2\\x9b \\x9b \\x7f \\xe2\\x80\\xa8 hé'
plugin texts -DSUMMARY="\"$text\"" -DLIBRARY="\"$text\"" -DPLUGIN="\"$text\"" -DVERSION='"\r1"'
expect 0 "^mine0 +conv_transpose2d +$shown \($shown\)" "escape codes in a summary and a library" "$tenbin" list kernels "$scratch/texts.so"
clean "are escaped"
expect 0 "^mine0 .* $shown" "a library in check's table" "$tenbin" check "$scratch/texts.so" --case "$case"
clean "is escaped"
only_tap "and TAP is whole"
expect 0 "$shown" "a library in bench" \
  "$tenbin" bench --kernel "$scratch/texts.so" --layer "$case" --min-time 0.01 --csv "$scratch/rows.csv"
clean "is escaped"
[ "$(wc -l <"$scratch/rows.csv")" -eq 2 ]
point $? "and the CSV has one line a row"
expect 0 "^base .*\($shown .x0d1\)" "a plugin's name and version in gate" gate "$scratch/texts.so"
clean "are escaped"
plugin why -DWHY="\"$text\""
expect 1 "^mine0: 1 unsupported: $shown" "a reason in check" "$tenbin" check "$scratch/why.so" --case "$case"
clean "is escaped"
only_tap "and TAP is whole"
expect 1 "$shown" "a reason in bench" "$tenbin" bench --kernel "$scratch/why.so" --layer "$case" --min-time 0.01
clean "is escaped"
expect 0 "$shown" "a reason in gate" gate "$scratch/why.so"
clean "is escaped"
plugin fill -DFILL="'w'"
expect 1 '^mine0: 1 unsupported: w{157}\.\.$' "a reason without an end" "$tenbin" check "$scratch/fill.so" --case "$case"
expect 1 ': w{157}\.\.$' "in bench" "$tenbin" bench --kernel "$scratch/fill.so" --layer "$case" --min-time 0.01
expect 0 ' w{157}\.\.$' "in gate" gate "$scratch/fill.so"
plugin reasons '-DWHY=problem->text'
set --
for n in 1 2 3 4 5 6 7 8 9 10; do
  set -- "$@" --case "conv_transpose2d n$n c2:3 in4x3 k3x2 s2x1"
done
expect 1 '^mine0: 2 unsupported: others; the TAP stream has them$' "ten reasons, of which eight have a line" "$tenbin" check "$scratch/reasons.so" "$@"
plugin escapes -DFILL="'\\033'"
expect 1 '^mine0: 1 unsupported: (.x1b){39}\.\.$' "a reason of escapes alone" "$tenbin" check "$scratch/escapes.so" --case "$case"
plugin library -DLIBRARY="\"$(repeat 1000)\""
expect 0 ' a{117}\.\.$' "a library's name that is too long ends in two dots" "$tenbin" check "$scratch/library.so" --case "$case"
plugin op_text -DOP='"\033]0;x\007"'
expect 3 "operator '.x1b\]0;x.x07'" "an operator's escape codes" "$tenbin" check "$scratch/op_text.so" --case "$case"
clean "are escaped"
plugin prints -DPRINT="\"$text\""
expect 1 "^ *$(printf %s "$shown" | sed 's/.*x0a//')" "what a failing kernel prints" "$tenbin" check "$scratch/prints.so" --case "$case"
clean "is escaped"

# Words that name nothing.
plugin mine
mine=$scratch/mine.so
for word in "" "$mine:" ":" ":mine0" "./:"; do
  case $word in
  *[./]*) wrong='names no (kernel|file)' ;;
  *) wrong="names no kernel|expected .*, got ''|is empty|unexpected|no plugin|has no kernel" ;;
  esac
  expect 2 "$wrong" "--kernel '$word': check" "$tenbin" check --kernel "$word" --case "$case"
  expect 2 "$wrong" "--kernel '$word': diagnose" "$tenbin" diagnose --kernel "$word" --case "$case"
  expect 2 "$wrong" "--kernel '$word': bench" "$tenbin" bench --kernel "$word" --layer "$case"
  expect 2 "$wrong" "'$word': check" "$tenbin" check "$word" --case "$case"
  expect 2 "$wrong" "'$word': bench" "$tenbin" bench "$word" --layer "$case"
done
expect 2 "^tenbin check: --kernel: expected .*, got ''" "an empty kernel beside another: check" "$tenbin" check --kernel naive --kernel "" --case "$case"
expect 2 'names no kernel' "FILE.so: in a comparison" "$tenbin" bench --compare "naive,$mine:" --layer "$case"
expect 2 "^tenbin bench: --compare: expected two kernels, such as .*, got 'naive,'" "an empty side of a comparison" "$tenbin" bench --compare "naive," --layer "$case"
expect 2 "an argument is empty" "an empty plugin: list" "$tenbin" list kernels ""
expect 2 "up to 63" "a kernel's name that is too long" "$tenbin" check --kernel "$mine:$(repeat 64)" --case "$case"
expect 2 "up to 4095" "a file's name that is too long" "$tenbin" check --kernel "./$(repeat 5000)" --case "$case"
expect 2 "mine.so has no kernel 'mine1'; did you mean mine0. known are mine0" "an unknown kernel" "$tenbin" check --kernel "$mine:mine1" --case "$case"
for option in base candidate kernel; do
  expect 2 "--$option|has no kernel" "--$option '': gate" \
    "$tenbin" gate --base "$mine" --candidate "$mine" "--$option" "" --no-check --layer "$case" --budget 1
done

# Paths with colons.
mkdir "$scratch/with:colon"
cp "$mine" "$scratch/with:colon/mine.so"
cp "$mine" "$scratch/with:colon/a:b.so"
cp "$mine" "$scratch/a:b.so"
everywhere 0 mine0 "a path with colons" "$scratch/with:colon/a:b.so"
for path in with:colon/mine.so with:colon/a:b.so a:b.so; do
  expect 0 '^mine0 +1 +1 ' "$path: check" "$tenbin" check "$scratch/$path" --case "$case"
  expect 0 '^mine0 +1 +1 ' "$path:NAME: check" "$tenbin" check "$scratch/$path:mine0" --case "$case"
  expect 0 mine0 "$path:NAME: bench --compare" \
    "$tenbin" bench --compare "naive,$scratch/$path:mine0" --layer "$case" --min-time 0.01
done
expect 3 'with:colon/none.so: cannot be loaded: No such file' "a file that is not there keeps its name" \
  "$tenbin" check "$scratch/with:colon/none.so" --case "$case"

# What is no shared object is named.
$cc -std=c17 -I"$source/kernels" -fPIC -c -o "$scratch/mine.o" "$scratch/mine.c"
case $tenbin in /*) ;; *) tenbin=$PWD/$tenbin ;; esac
cd "$scratch" || exit 1
expect 0 '^mine0 +1 +1 ' "a:b.so:NAME without a folder" "$tenbin" check a:b.so:mine0 --case "$case"
mkdir folder.d
: >empty.so
mkfifo pipe.so
head -c 40 mine.so >short.so
head -c 3000 mine.so >cut.so
head -c 3000 /dev/zero >zeros.so
${AR:-ar} rc mine.a mine.o 2>/dev/null
echo 'int main(void) { return 0; }' | $cc -o main.exe -x c -
echo 'int main(void) { return 0; }' | $cc -no-pie -o fixed.exe -x c -
cp mine.so foreign.so
printf '\363\000' | dd of=foreign.so bs=1 seek=18 conv=notrunc 2>/dev/null # RISC-V
expected='cannot be loaded: a shared object .cc -shared. is expected, and this is'
while read -r file what; do
  expect 3 "^tenbin check: (./)?$file: $expected $what" "$file: check" "$tenbin" check "$file" --case "$case"
done <<END
mine.c    text
mine.o    an.object.file
mine.a    an.archive
main.exe  an.executable
fixed.exe an.executable
folder.d  a.folder
empty.so  an.empty.file
pipe.so   a.device,.a.pipe
/dev/zero a.device,.a.pipe
short.so  the.beginning
cut.so    the.beginning
zeros.so  no.ELF.file
foreign.so an.ELF.file.for.another.processor
END
everywhere 3 "mine.c: $expected text" "a source" mine.c
everywhere 3 'none.so: cannot be loaded: No such file' "a file that is not there" ./none.so
expect 2 "unexpected argument 'folder'; a plugin's file is given with" "a word that names no file" "$tenbin" check folder
deep=$(repeat 200)
mkdir -p "$deep/$deep/$deep"
cp mine.so "$deep/$deep/$deep/"
everywhere 0 mine0 "a path of 600 bytes" "$deep/$deep/$deep/mine.so"
expect 3 '\.\.a+/none.so: cannot be loaded: No such file' "the end of a long path is named" \
  "$tenbin" check "$deep/$deep/$deep/none.so" --case "$case"
no_workers "no worker is left"
finish
