# Plugins: kernels/example.c, and those that cannot be loaded. SPDX-License-Identifier: MIT
. "$(dirname "$0")/lib.sh"
cc=${CC:-cc}
case="conv_transpose2d n1 c2:3 in4x3 k3x2 s2x1"
compile() {
  $cc -std=c17 -O2 -fPIC -shared -I"$source/kernels" "$@"
}

# The example is compiled as the README says.
cp "$source/kernels/example.c" "$scratch/mine.c"
compile -Wall -Wextra -Werror -o "$scratch/libmine.so" "$scratch/mine.c"
point $? "the example compiles"
expect 0 '^mine +([0-9]+) +\1 +0 +0 ' "and passes the catalogue" \
  "$tenbin" check --kernel "$scratch/libmine.so" --cases "$source/conformance/cases/conv_transpose2d/catalogue.cases"
expect 0 '^mine +1 +1 ' "also without --kernel" "$tenbin" check "$scratch/libmine.so" --case "$case"
expect 0 'mine' "and is timed beside the others" "$tenbin" bench "$scratch/libmine.so" --layer "$case" --min-time 0.01
! grep -q box_muller "$scratch/out"
point $? "not beside kernels of another operator"
sed 's/"conv_transpose2d"/"normal"/' "$scratch/mine.c" >"$scratch/draws.c"
compile -o "$scratch/draws.so" "$scratch/draws.c"
expect 1 'draws.so:mine +failed: a kernel without generator functions' "a kernel of normal that draws nothing is not timed" \
  "$tenbin" bench --kernel "$scratch/draws.so" --layer 'normal seed=0 calls=15' --min-time 0.01
expect 1 '^mine: 1 unsupported: only dense f32$' "the example refuses a dtype that it does not know" \
  "$tenbin" check "$scratch/draws.so" --case 'normal f64 seed=0 calls=15'
expect 0 '^mine +conv_transpose2d' "and is listed" "$tenbin" list kernels "$scratch/libmine.so"
expect 0 '^mine +conv_transpose2d' "also by FILE.so:NAME" "$tenbin" list kernels "$scratch/libmine.so:mine"
expect 0 '^naive +conv_transpose2d' "as one of several" "$tenbin" list kernels "$build/tenbin-kernels.so:naive"
[ "$(wc -l <"$scratch/out")" -eq 1 ]
point $? "alone"
expect 0 '^naive +conv_transpose2d' "and as a built-in one" "$tenbin" list kernels naive
expect 2 "libmine.so has no kernel 'yours'; known are mine" "a kernel that is not there" "$tenbin" list kernels "$scratch/libmine.so:yours"
expect 0 '^mine +1 +1 ' "and is found by FILE.so:NAME" "$tenbin" check --kernel "$scratch/libmine.so:mine" --case "$case"
expect 2 "libmine.so has no kernel 'yours'; known are mine" "which must exist" \
  "$tenbin" check --kernel "$scratch/libmine.so:yours" --case "$case"

# A kernel that is named again is judged once; kernels of one name are told apart.
cp "$scratch/libmine.so" "$scratch/other.so"
ln -s libmine.so "$scratch/link.so"
expect 0 '^mine +1 +1 ' "a kernel that is named four times" \
  "$tenbin" check "$scratch/libmine.so" "$scratch/libmine.so:mine" "$scratch/./libmine.so" "$scratch/link.so" --case "$case"
[ "$(grep -c '^mine  ' "$scratch/err")" -eq 1 ] && [ "$(tail -n 1 "$scratch/out")" = 1..1 ] && ! grep -q 'left out' "$scratch/err"
point $? "is judged once"
expect 0 '^naive +1 +1 ' "a built-in one, too" "$tenbin" check --kernel naive --kernel naive --case "$case"
[ "$(grep -c '^naive  ' "$scratch/err")" -eq 1 ]
point $? "once"
expect 0 "^$scratch/other.so:mine +1 +1 " "two plugins with kernels of one name" "$tenbin" check "$scratch/libmine.so" "$scratch/other.so" --case "$case"
grep -q "^$scratch/libmine.so:mine  " "$scratch/err" && grep -q "^ok 2 - $scratch/other.so:mine: " "$scratch/out"
point $? "are told apart, in TAP too"
expect 0 "^$build/tenbin-kernels.so:naive +1 +1 " "a plugin and a built-in kernel" \
  "$tenbin" check --kernel naive --kernel "$build/tenbin-kernels.so:naive" --case "$case"
grep -q '^naive  ' "$scratch/err"
point $? "which keeps its name"

# A plugin that can be loaded so many times only. The first load is to list its kernels; each death of a worker asks for another.
loads() {
  rm -f "$scratch/loads"
  compile -DLOADS="$1" -DFILE_OF="\"$scratch/loads\"" -o "$scratch/loads.so" "$scratch/loads.c"
}
sed 's/^static tenbin_status run(/static tenbin_status init(void) {\n  FILE *f = fopen(FILE_OF, "a+");\n  fputc(1, f);\n  fseek(f, 0, SEEK_END);\n  const long n = ftell(f);\n  fclose(f);\n  return n > LOADS ? TENBIN_FAILED : TENBIN_OK;\n}\n&/
  s/\.version = "1",/& .init = init,/
  s/^  float \*y = ty->data;/&\n  if (tx->desc.size[1] == 7)\n    abort();/
  1s/^/#include <stdio.h>\n#include <stdlib.h>\n/' "$scratch/mine.c" >"$scratch/loads.c"
for i in 1 2 3 4 5 6 7 8 9; do echo "conv_transpose2d n1 c$i:2 in3x3 k2"; done >"$scratch/nine.cases"
loads 1
expect 3 'a worker cannot be started any more: .*loads.so: .*init' "a plugin that can be loaded once" \
  "$tenbin" check "$scratch/loads.so" "$scratch/libmine.so" --cases "$scratch/nine.cases" --jobs 1 --no-diagnosis
grep -Eq 'libmine.so:mine +9 +9 ' "$scratch/err" && grep -Eq 'loads.so:mine +9 +0 +0 +9 ' "$scratch/err"
point $? "costs its own cases, not those of another"
loads 2
expect 1 '^mine +9 +6 +0 +2 +1 ' "one that can be loaded twice, and crashes in the seventh case" \
  "$tenbin" check "$scratch/loads.so" --cases "$scratch/nine.cases" --jobs 1 --no-diagnosis

expect 3 'none.so: cannot be loaded' "a plugin that does not exist" "$tenbin" check --kernel "$scratch/none.so" --case "$case"
echo 'no shared object' >"$scratch/text.so"
expect 3 'text.so: cannot be loaded: .*' "a file that is no shared object" "$tenbin" check --kernel "$scratch/text.so" --case "$case"
echo 'int nothing;' | compile -o "$scratch/nothing.so" -x c -
expect 3 'nothing.so: is no tenbin plugin: it exports no symbol tenbin_plugin_table' "a plugin without the symbol" \
  "$tenbin" check --kernel "$scratch/nothing.so" --case "$case"
sed 's/\.abi = TENBIN_ABI/.abi = TENBIN_ABI + 41/' "$scratch/mine.c" >"$scratch/abi.c"
compile -o "$scratch/abi.so" "$scratch/abi.c"
expect 3 "abi.so: its abi number is 42, and this tenbin's is 1" "a plugin with another abi number" \
  "$tenbin" check --kernel "$scratch/abi.so" --case "$case"
echo 'void missing_function(void); void tenbin_plugin_table(void) { missing_function(); }' |
  compile -o "$scratch/unresolved.so" -x c -
expect 3 'unresolved.so: cannot be loaded: .*missing_function' "a plugin with an unresolved symbol" \
  "$tenbin" check --kernel "$scratch/unresolved.so" --case "$case"
printf '#include <stdlib.h>\n__attribute__((constructor)) void f(void) { abort(); }\n' | compile -o "$scratch/dies.so" -x c -
expect 3 'dies.so: crashes while it is loaded: SIGABRT' "a plugin that crashes while it is loaded" \
  "$tenbin" check --kernel "$scratch/dies.so" --case "$case"
sed 's/\.name = "mine",/.name = "Mine!",/' "$scratch/mine.c" >"$scratch/name.c"
compile -o "$scratch/name.so" "$scratch/name.c"
expect 3 'name.so: kernel 0 of its table has a name' "a kernel with an impossible name" \
  "$tenbin" check --kernel "$scratch/name.so" --case "$case"

# A generator that saves more than it has said writes beyond the memory of all states.
sed 's/^const tenbin_plugin \*tenbin_plugin_table/static tenbin_status save(const tenbin_generator *g, void *state) {\n  (void)g;\n  for (volatile char *at = state, *end = at + ((size_t)1 << 27); at < end; at++)\n    *at = 0;\n  return TENBIN_OK;\n}\n\n&/
  s/^  kernel.name = .*/&\n  static tenbin_generator_functions functions;\n  functions = *kernel.generator;\n  functions.save = save;\n  kernel.generator = \&functions;/' \
  "$source/tests/cli/single.c" >"$scratch/saves.c"
compile -DFROM="\"$(realpath "$build")/tenbin-kernels.so\"" -DKERNEL='"box_muller"' -DNAME='"saves"' -o "$scratch/saves.so" "$scratch/saves.c"
expect 1 "write past the end of a generator's states" "a generator that saves too much" \
  "$tenbin" check "$scratch/saves.so" --no-diagnosis --case 'normal seed=0 calls=2'

# A kernel that talks is heard where it belongs.
sed 's/^static tenbin_status run.*/#include <stdio.h>\n&\n  printf("hello from run\\n"); fflush(stdout);/' "$scratch/mine.c" >"$scratch/talks.c"
compile -o "$scratch/talks.so" "$scratch/talks.c"
expect 0 '^mine +1 +1 ' "a kernel that prints passes" "$tenbin" check --kernel "$scratch/talks.so" --case "$case"
only_tap "and its words stay out of the TAP stream"
sed 's/+= value/-= value/' "$scratch/talks.c" >"$scratch/wrong.c"
compile -o "$scratch/wrong.so" "$scratch/wrong.c"
expect 1 'hello from run' "unless it fails: then they are quoted" "$tenbin" check --kernel "$scratch/wrong.so" --case "$case"
# The line that repeats it can be pasted where tenbin was called.
mkdir "$scratch/two words"
cp "$scratch/wrong.so" "$scratch/two words/it's.so"
# pasted NAME COMMAND..: runs what the TAP of the command prints.
pasted() {
  name=$1
  shift
  "$@" --case "$case" >"$scratch/out" 2>/dev/null
  again=$(sed -n 's/^ *tenbin: "\(.*\)"$/\1/p' "$scratch/out" | sed 's/\\\(.\)/\1/g' | head -n 1)
  expect 1 '^(.*:)?mine: 1 failed' "$name: $again" sh -c "$again"
}
pasted "by its path" "$tenbin" check --no-diagnosis "$scratch/two words/it's.so"
ln -s "$(cd "$build" && pwd)/tenbin" "$scratch/two words/tenbin"
pasted "which may hold blanks" "$scratch/two words/tenbin" check --no-diagnosis "$scratch/wrong.so"
PATH="$scratch/two words:$PATH" expect 1 '^ *tenbin: "tenbin check --kernel ' "by its name where PATH leads to it" \
  "$tenbin" check --no-diagnosis "$scratch/wrong.so" --case "$case"
expect 1 '^      .*/tenbin check --kernel .*wrong.so:mine --case ' "a diagnosis, too" "$tenbin" check "$scratch/wrong.so" --case "$case"
for key in verdict reason elements tenbin pytorch; do
  grep -q "^ *$key:" "$scratch/out"
  point $? "a failing point says $key"
done
[ "$(grep -c ': got 0x\|: got -0x' "$scratch/out")" -le 10 ]
point $? "and shows at most ten elements"
expect 1 'the smallest case' "what fails is diagnosed" "$tenbin" check "$scratch/wrong.so" --case "$case"
expect 1 '^mine: 1 failed' "but not with --no-diagnosis" "$tenbin" check "$scratch/wrong.so" --case "$case" --no-diagnosis
! grep -q 'the smallest case' "$scratch/err"
point $? "which prints the failures alone"
expect 1 '/wrong.so:mine +1 +0 +0 +1 ' "--until-failure ends a kernel's run after its first failing case" \
  "$tenbin" check "$scratch/wrong.so" "$scratch/libmine.so" --until-failure --cases "$source/conformance/cases/conv_transpose2d/catalogue.cases"
grep -Eq '/libmine.so:mine +([0-9]{3}) +\1 +0 +0 ' "$scratch/err"
point $? "and the next kernel runs all of its own"
grep -q ': got ' "$scratch/out"
point $? "the failing case is shown as ever"
# A weaker claim is judged by it, in every case; and what goes wrong once is not forgotten because it goes right alone.
sed 's/TENBIN_EXACT/TENBIN_BOUNDED/' "$scratch/mine.c" >"$scratch/bounded.c"
compile -o "$scratch/bounded.so" "$scratch/bounded.c"
expect 0 '^mine +([0-9]+) +\1 +0 +0 ' "a kernel that claims bounded passes the catalogue" \
  "$tenbin" check "$scratch/bounded.so" --cases "$source/conformance/cases/conv_transpose2d/catalogue.cases"
sed 's/^static tenbin_status run.*/static int calls;\n&\n  calls++;/; s/y\[i\] = b ? b\[o\] : 0;/y[i] = (b ? b[o] : 0) + (float)(calls == 3);/' \
  "$scratch/mine.c" >"$scratch/once.c"
compile -o "$scratch/once.so" "$scratch/once.c"
expect 1 '^mine: 1 nondeterministic' "a kernel that is wrong once, in its third run, fails" \
  "$tenbin" check "$scratch/once.so" --case "$case"
no_workers "no worker is left"
finish
