# The command line: help, mistakes and their exit codes. SPDX-License-Identifier: MIT
. "$(dirname "$0")/lib.sh"
case="conv_transpose2d n1 c2:3 in4x3 k3x2 s2x1"

expect 0 '^usage: tenbin check' "tenbin --help" "$tenbin" --help
expect 0 '^tenbin [0-9]' "tenbin --version" "$tenbin" --version
expect 2 '^usage: tenbin' "tenbin alone" "$tenbin"
expect 0 '^usage: tenbin check' "tenbin -h" "$tenbin" -h
expect 2 "^tenbin: unknown command 'chek'; did you mean check. known are check diagnose bench " "a mistyped command" "$tenbin" chek
expect 2 "^tenbin: unknown command '--halp'; did you mean --help" "a mistyped option" "$tenbin" --halp
expect 2 "^tenbin bench: unknown option '--case'; known are --kernel " "an option of another command is near to none" "$tenbin" bench --case x
expect 2 "unknown command 'compare'" "an unknown command" "$tenbin" compare
expect 0 '^usage: tenbin check' "tenbin check --help" "$tenbin" check --help
expect 2 "^tenbin check: unknown option '--fast'; .*known are --kernel --operator --case " "an unknown option" "$tenbin" check --fast
expect 2 '^tenbin check: --kernel: expected NAME or FILE.so.:NAME., got nothing' "an option without its argument" "$tenbin" check --kernel
expect 2 "^tenbin check: --suite: expected quick, full or grid, got 'huge'" "an unknown suite" "$tenbin" check --suite huge
expect 2 "unexpected argument 'naive'" "a kernel without --kernel" "$tenbin" check naive
expect 2 "does not go with" "--suite with --case" "$tenbin" check --suite quick --case "$case"
expect 2 "tenbin has no kernel 'fast'; known are naive" "an unknown kernel" "$tenbin" check --kernel fast --case "$case"
# All kernels are looked at before any is judged; a run that ends early says so in TAP.
for command in check diagnose; do
  while read -r code kernel says; do
    expect $code "$says" "tenbin $command: a second kernel, $kernel" "$tenbin" $command --kernel naive --kernel $kernel --case "$case"
    [ ! -s "$scratch/out" ]
    point $? "before the first one is judged"
  done <<END
2 nope tenbin has no kernel 'nope'
2 $build/tenbin-kernels.so:nope tenbin-kernels.so has no kernel 'nope'
3 README.md README.md: cannot be loaded
3 /tmp and this is a folder
END
done
mkdir -p "$scratch/data/conformance" && ln -s "$source/golden" "$scratch/data/golden" && ln -s "$source/conformance/cases" "$scratch/data/conformance/cases"
: >"$scratch/data/conformance/known.txt"
echo 'naive - 1' >"$scratch/data/conformance/support.txt"
expect 3 '^Bail out! .*support.txt:1: malformed row' "a run that ends early" "$tenbin" check --kernel naive --shard 1/300 --data "$scratch/data"
tail -n 1 "$scratch/out" | grep -q '^Bail out!'
point $? "ends with that line"
expect 2 'column 36: stride' "a malformed descriptor" "$tenbin" check --case "conv_transpose2d c4:6 in4x3 k3x2 s2y1"
grep -q '^                                     ^~$' "$scratch/err"
point $? "with a caret under the token"
expect 2 'output padding must be smaller than either stride or dilation' "a case that PyTorch rejects" \
  "$tenbin" check --case "conv_transpose2d n1 c2:3 in4x3 k3 s2 op2"
expect 2 'normal expects std >= 0.0' "a negative std" "$tenbin" check --case "normal calls=1 std=-1"
expect 2 'normal expects std >= 0.0, but found std nan' "a std that is NaN, for an empty tensor too" \
  "$tenbin" check --case "normal calls=0 std=nan"
expect 2 'could share an address' "strides in which elements may meet" "$tenbin" check --case "normal calls=3x4/2x1"
expect 2 'stream: torch-cpu-avx2' "an unknown stream" "$tenbin" check --case "normal calls=1 stream=torch-mps"
expect 3 'No such file' "a missing file of cases" "$tenbin" check --cases "$scratch/none.cases"
printf '[a]\nconv_transpose2d c1:1 in1 k1\nconv_transpose2d c1:1 in1 k1 q7\n' >"$scratch/bad.cases"
expect 3 'bad.cases:3, column 30: unknown token' "a malformed file of cases" "$tenbin" check --cases "$scratch/bad.cases"
printf '[a fast]\n' >"$scratch/bad.cases"
expect 3 'bad.cases:1: a group' "a group with an unknown attribute" "$tenbin" check --cases "$scratch/bad.cases"
printf '[a fill=foo]\n' >"$scratch/bad.cases"
expect 3 'bad.cases:1: .*wide-x, wide-w or real .conv_transpose2d.; ties, wide or special .max_pool2d.' "or an unknown fill: all that there are" \
  "$tenbin" check --cases "$scratch/bad.cases"
: >"$scratch/empty.cases"
expect 3 'empty.cases: holds no cases' "an empty file of cases" "$tenbin" check --cases "$scratch/empty.cases"
# An empty word, such as an unset variable, means nothing.
for option in kernel operator suite case cases jobs shard; do
  expect 2 "^tenbin [a-z]+: --$option: expected .*, got ''" "check --$option ''" "$tenbin" check --case "$case" "--$option" ''
  expect 2 "^tenbin [a-z]+: --$option: expected .*, got ''" "diagnose --$option=" "$tenbin" diagnose "--$option="
done
for option in at svg; do
  expect 2 "^tenbin [a-z]+: --$option: expected .*, got ''" "explain --$option ''" "$tenbin" explain "$case" "--$option" ''
done
for words in "check --case '$case'" 'diagnose' 'list operators' 'list kernels' 'list layers' 'list cases' 'list' "explain '$case'" 'gate --base a --candidate b'; do
  eval "expect 2 'an argument is empty' \"$words ''\" '$tenbin' $words ''"
done
expect 2 "^tenbin list: cannot list 'layer'; did you mean layers. known are operators kernels cases layers" "an unknown list" "$tenbin" list layer
expect 2 "^tenbin list: unexpected argument 'b'" "a word too many" "$tenbin" list layers a b
expect 2 '^tenbin list: expected operators, kernels, cases or layers, got nothing' "no word" "$tenbin" list
expect 2 "unknown command ''" "tenbin ''" "$tenbin" ''
expect 2 "unexpected argument '' after --version" "tenbin --version ''" "$tenbin" --version ''
expect 2 "unexpected argument 'check' after --help" "tenbin --help check" "$tenbin" --help check
expect 2 "^tenbin check: --jobs is given twice: '1' and '2'" "an option that is given twice" "$tenbin" check --jobs 1 --jobs 2
# All programs read their options alike.
while read -r words; do
  expect 2 "^tenbin ${words%% *}: unknown option '--$(echo "${words##* }" | cut -c1-3)'; did you mean --${words##* }. known are --.* --help" \
    "an abbreviation: $words" "$tenbin" ${words% *} "--$(echo "${words##* }" | cut -c1-3)" x
  expect 0 '^usage: tenbin' "${words%% *} -h" "$tenbin" "${words%% *}" -h
  expect 2 "^tenbin ${words%% *}: --help: expected no value, got 'yes'" "${words%% *} --help=yes" "$tenbin" "${words%% *}" --help=yes
done <<END
check kernel
diagnose until-failure
bench kernel
machine threads
gate tolerance
explain phases
list data
END
for words in 'check --suite quick full' 'bench --csv a b' 'machine --threads 1 2' 'gate --record a b' \
  'explain --svg a b' 'list --data a b'; do
  set -- $words
  expect 2 "^tenbin $1: $2 is given twice: '$3' and '$4'" "$1 $2 twice" "$tenbin" "$1" "$2" "$3" "$2=$4"
done
# The next option is no value.
for words in 'check --kernel' 'check --case' 'check --csv' 'diagnose --cases' 'bench --csv' 'bench --compare' 'machine --threads' 'gate --record' \
  'explain --svg' 'list --data'; do
  expect 2 "^tenbin ${words%% *}: ${words##* }: expected .*, got '--kernel=naive'" "tenbin $words --kernel=naive" "$tenbin" $words --kernel=naive
done
[ ! -e ./--kernel=naive ]
point $? "and names no file"
expect 0 '^naive +1 +1 ' "--csv=--NAME does" \
  sh -c "here=\$PWD; cd '$scratch' && case '$tenbin' in /*) here=/ ;; esac && \"\$here/$tenbin\" check --csv=--mine --kernel naive --case '$case' && grep -q naive ./--mine"
expect 2 "^tenbin explain: unknown option '--draw'; known are" "an option before --" "$tenbin" explain --draw -- "$case"
expect 2 "^tenbin explain: the descriptor, column 1: " "and a word after it" "$tenbin" explain -- --ascii
expect 0 '^mine|naive +1 +1 ' "options after the words" "$tenbin" check "$build/tenbin-kernels.so:naive" --case "$case" --jobs=1

# Numbers are digits.
for jobs in 0 257 ' 2' '2 ' +2 -2 2.0 2x 0x2 1e1 4294967298 18446744073709551618; do
  expect 2 "^tenbin check: --jobs: expected an integer from 1 to 256, got '" "--jobs '$jobs'" "$tenbin" check --jobs "$jobs"
done
for shard in 4/3 0/3 1of3 ' 1/2' '1/ 2' +1/2 1/+2 1/2/3 1/ /2 / 18446744073709551617/2 1/99999999999; do
  expect 2 "^tenbin check: --shard: expected I/N with 1 <= I <= N <= 1000000, got '" "--shard '$shard'" "$tenbin" check --shard "$shard"
done
for seed in 18446744073709551616 -9223372036854775809 +3 3.0 0x3; do
  expect 2 "column [0-9]+: seed" "seed=$seed" "$tenbin" check --case "$case seed=$seed"
done

# Files of cases that are none.
mkdir "$scratch/folder.cases"
expect 3 'folder.cases: cannot be read: Is a directory' "a folder as a file of cases" "$tenbin" check --cases "$scratch/folder.cases"
expect 3 '/dev/zero:1: a line of text is expected, and it holds the byte 0x00' "a file without an end" "$tenbin" check --cases /dev/zero
printf '[a]\n%s\n%05000d' "$case" 0 >"$scratch/bad.cases"
expect 3 'bad.cases:3: the line is longer than 4095 bytes' "a line without an end" "$tenbin" check --cases "$scratch/bad.cases"
expect 3 'bad.cases:3: the line is longer than 4095 bytes' "for list, too" "$tenbin" list layers "$scratch/bad.cases"
printf '%s\n%s # \000\n' "$case" "$case" >"$scratch/bad.cases"
expect 3 'bad.cases:2: a line of text is expected, and it holds the byte 0x00' "a NUL" "$tenbin" check --cases "$scratch/bad.cases"
expect 3 ':[0-9]+: a line of text is expected' "a program" "$tenbin" check --cases "$tenbin"
printf '%s\r%s\r' "$case" "$case" >"$scratch/bad.cases"
expect 3 'bad.cases:1: .* holds the byte 0x0d' "lines that end with a carriage return alone" "$tenbin" check --cases "$scratch/bad.cases"
printf '\357\273\277conv_transpose2d c3:4 in3 k3\n' >"$scratch/mark.cases"
expect 3 'mark.cases:1: begins with a byte order mark' "a byte order mark" "$tenbin" check --cases "$scratch/mark.cases"
printf '[a] with carriage returns, and no end of the last line\r\n%s\r\n%s' "$case" "$case seed=2" >"$scratch/crlf.cases"
expect 0 '^naive +2 +2 ' "lines of another system" "$tenbin" check --kernel naive --cases "$scratch/crlf.cases"
mkfifo "$scratch/pipe.cases"
printf '%s\n' "$case" >"$scratch/pipe.cases" &
expect 0 '^naive +1 +1 ' "a pipe is read like a file" "$tenbin" check --kernel naive --cases "$scratch/pipe.cases"
wait

# No case is dropped in silence.
printf '[mixed]\n%s\nnormal seed=1 calls=17\n[no reject]\nconv_transpose2d n1 c2:3 in4x3 k3 s2 op2\nnormal calls=1 std=-1\n' "$case" >"$scratch/mixed.cases"
expect 0 'cases left out: 2 that PyTorch rejects' "rejected cases without the validator" \
  "$tenbin" check --kernel naive --kernel box_muller --cases "$scratch/mixed.cases"
[ "$(grep -c '^ok .* - .*/mixed/no: cases that PyTorch rejects: 1 # SKIP' "$scratch/out")" -eq 2 ]
point $? "are skipped in TAP"
grep -Eq '^naive +1 +1 ' "$scratch/err" && grep -Eq '^box_muller +1 +1 ' "$scratch/err"
point $? "and a group of two operators is run by the kernels of each"
expect 1 'cases left out: 1 of normal, for no kernel of it is judged' "cases of an operator without a kernel, and nothing that could run" \
  "$tenbin" check --kernel naive --case 'normal calls=17'
expect 0 'cases left out: 1 of normal, for no kernel of it is judged' "or beside others" \
  "$tenbin" check --kernel naive --case 'normal calls=17' --case "$case"
expect 0 'without a case of their operator: box_muller \(normal\)$' "a kernel without a case" \
  "$tenbin" check --kernel naive --kernel box_muller --case "$case"
! grep -q '^box_muller' "$scratch/err"
point $? "has no row of zeros"
for shard in 1/2 2/2; do # the case is in one of them
  "$tenbin" check --kernel naive --kernel box_muller --case "$case" --shard $shard 2>&1
done >"$scratch/out"
grep -q 'without a case of their operator in this shard: naive (conv_transpose2d)$' "$scratch/out" &&
  [ "$(grep -c '^tenbin.* without a case of their operator: box_muller (normal)$' "$scratch/out")" -eq 2 ]
point $? "nor one whose cases are in another shard, which is said"
printf '[a reject]\nconv_transpose2d n1 c2:3 in4x3 k3 s2 op2\n' >"$scratch/reject.cases"
expect 0 "^validator: 1 passed as: rejected by tenbin's rules: there is no golden answer" "rejected cases alone are the validator's" \
  "$tenbin" check --cases "$scratch/reject.cases"
expect 1 'nothing was executed' "and with a kernel nothing is executed" "$tenbin" check --kernel naive --cases "$scratch/reject.cases"
printf '[a reject]\n%s\n' "$case" >"$scratch/reject.cases"
expect 1 'got:  accepted' "a case that is not to be accepted, and is" "$tenbin" check --cases "$scratch/reject.cases"
expect 0 'cases left out: [0-9]+ heavy ones and [0-9]+ of the ledgers, which --suite full runs' "what the quick suite leaves out" \
  "$tenbin" check --kernel naive --shard 1/50
grep -Eq 'cases left out: [0-9]+ of other shards' "$scratch/err" && grep -Eq '^# cases left out: [0-9]+ of other shards' "$scratch/out"
point $? "and a shard"
expect 0 '# Subtest: naive: conv_transpose2d/grid/' "the grid alone" "$tenbin" check --suite grid --kernel naive --shard 1/200
! grep '# Subtest' "$scratch/out" | grep -v '/grid/' && ! grep -q 'are committed' "$scratch/out"
point $? "and nothing else"
expect 0 "^naive: 1 passed as: right by tenbin's reference: there is no golden answer" "a case that PyTorch was not asked" \
  "$tenbin" check --kernel naive --case "$case seed=12345"
grep -q "passed_as: \"right by tenbin's reference" "$scratch/out"
point $? "in TAP, too"
expect 0 '^naive +1 +1 ' "one case on one kernel" "$tenbin" check --kernel naive --case "$case"
only_tap "standard output is TAP"
expect 0 'box_muller: 1 passed as: within the bound of tenbin.s reference: there is no golden answer' \
  "a sequence that PyTorch was not asked is compared with the reference" \
  "$tenbin" check --kernel box_muller --case "normal bf16 seed=987654321 calls=17,reseed,3,8x5/1x8@1:2 repeat=3"
expect 1 'judged on 100,000 numbers or more' "a distribution of a few numbers is not judged" \
  "$tenbin" check --kernel box_muller --case "normal stream=any seed=1 calls=1000"
expect 0 '^ *kurtosis .* p = 0' "--verbose shows the statistics of a distribution" \
  "$tenbin" check --verbose --kernel box_muller --case "normal stream=any seed=1 calls=100000"
only_tap "as TAP"
expect 1 'nothing was executed' "a run that executes nothing is no success" \
  "$tenbin" check --kernel naive --case "normal seed=1 calls=1"
# A case that breaks a rule is a mistake of usage on the command line; in a file, its line is named, and the file cannot be used.
for broken in "c1:1 in1x1 k1 set=x@99:1" "c1:1 in2 k3 p-1" "c1:1 in2 k3 op1"; do
  echo "conv_transpose2d n1 $broken" >"$scratch/bad.cases"
  expect 2 '^tenbin check: (invalid case: |--case:)' "$broken: on the command line" "$tenbin" check --kernel naive --case "conv_transpose2d n1 $broken"
  expect 3 'bad.cases:1: ' "$broken: in a file of cases" "$tenbin" check --kernel naive --cases "$scratch/bad.cases"
  expect 3 'bad.cases:1[,:]' "$broken: in a file of layers" "$tenbin" bench --kernel naive --layers "$scratch/bad.cases"
done
# What a case takes is asked for before a byte of it is touched. The sanitizers' allocators end the process instead.
if ! sanitized; then
  expect 3 '^ +reason: "the suite has no memory for this case"' "memory that the suite lacks is no mistake of the kernel" \
    "$tenbin" check --kernel max_pool_naive --case 'max_pool2d c1 in2000000x2000000 k1'
  grep -q '^ *verdict: "not judged"$' "$scratch/out" && grep -Eq '^max_pool_naive +1 +0 +0 +1 +0 ' "$scratch/err" && ! grep -q 'smallest case' "$scratch/err"
  point $? "whose verdict says so; it is counted apart, and not diagnosed"
  (ulimit -v 2000000 && "$tenbin" check --kernel max_pool_naive --case 'max_pool2d c1 in16000x16000 k1 u8') >"$scratch/out" 2>"$scratch/err" </dev/null
  grep -q '^ *reason: "the suite has no memory for this case"$' "$scratch/out"
  point $? "nor is memory that it may not have"
  expect 3 'limit on processor time that tenbin was started with' "nor is time that it may not have" \
    sh -c "ulimit -t 1; exec $tenbin check --kernel naive --case 'conv_transpose2d n1 c512:512 in64x64 k4'"
fi
for set in s8:300 u8:-1 s32:1.5 s64:nan; do
  expect 2 "set: ${set%:*} has no ${set#*:}" "a value that ${set%:*} does not hold: ${set#*:}" \
    "$tenbin" check --kernel max_pool_naive --case "max_pool2d c1 in1x2 k1x2 ${set%:*} set=x@0:${set#*:}"
done
for words in --help --version 'list --help' 'list operators' 'list kernels' 'list cases' 'list layers' 'list layers networks' 'check --help' \
  "check --kernel naive --case '$case'" 'diagnose --help' 'explain --help' "explain '$case'" "explain '$case' --svg -" \
  'explain normal\ calls=17' 'gate --help'; do
  eval "expect 3 'standard output cannot be written' \"a full disk: $words\" sh -c \"'$tenbin' $words >/dev/full\""
  eval "expect 3 'standard output cannot be written' \"no standard output: $words\" sh -c \"'$tenbin' $words >&-\""
done
"$tenbin" explain "$case" --svg "$scratch/a.svg" >&- 2>"$scratch/err" && grep -q '</svg>' "$scratch/a.svg"
point $? "a file does not become standard output where that is closed"
"$tenbin" list layers <&- >"$scratch/out" 2>&- && grep -q '^dcgan1_n1 ' "$scratch/out"
point $? "standard input and standard error may be closed"
expect 0 '^naive +conv_transpose2d' "tenbin list kernels" "$tenbin" list kernels
expect 0 '^dcgan1_n1 ' "tenbin list layers" "$tenbin" list layers
expect 0 '^randn_64Ki_f32 normal stream=any' "those of normal, too" "$tenbin" list layers
expect 0 "^resnet_stem +max_pool2d n1 c64 " "those of max_pool2d, too" "$tenbin" list layers
expect 0 '^pyramid512 +conv_transpose2d n1 c8:4 ' "and of any file of layers" "$tenbin" list layers networks
expect 0 '\[conv_transpose2d/catalogue/' "tenbin list cases" "$tenbin" list cases
expect 2 "cannot list 'colours'" "tenbin list of something else" "$tenbin" list colours
# interrupted SIGNAL..: starts a long run, sends it the signals, and notes its exit code and its workers.
interrupted() {
  : >"$scratch/out"
  "$tenbin" check --kernel naive --suite full >"$scratch/out" 2>"$scratch/err" </dev/null &
  pid=$!
  tries=0
  while ! grep -q '^    ok' "$scratch/out" && [ $tries -lt 100 ]; do
    sleep 0.05
    tries=$((tries + 1))
  done
  workers=$(children $pid)
  for signal; do
    kill "-$signal" $pid
  done
  wait $pid 2>/dev/null
  code=$?
}
for signals in INT TERM HUP 'TERM TERM'; do # timeout(1) sends its signal twice
  interrupted $signals
  point $((code != 130)) "$signals ends it with exit code 130"
  grep -q '^Bail out! interrupted' "$scratch/out" && grep -q '^naive ' "$scratch/err"
  point $? "with the results so far, and a TAP bail-out"
  [ -n "$workers" ] && gone $workers
  point $? "and its workers are gone"
done

# signalled SIGNAL COMMAND..: once it has begun, which its first line shows; it waits for a reader that is gone for good.
signalled() {
  perl -e '
    my ($signal, @command) = @ARGV;
    pipe my $in, my $out or exit 1;
    my $child = fork // exit 1;
    unless ($child) { open STDOUT, ">&", $out; exec @command; exit 1 }
    close $out;
    sysread $in, my $first, 1;
    kill $signal, $child;
    waitpid $child, 0;
    exit($? & 127 ? 128 + ($? & 127) : $? >> 8)' "$@"
}
for signal in INT TERM HUP; do # a list that is longer than a pipe: it cannot have ended
  signalled $signal "$tenbin" list cases
  point $(($? != 130)) "SIG$signal ends a list with exit code 130"
done

# Small stacks and few files.
for stack in 256 128; do
  expect 0 '^naive +1 +1 ' "a stack of $stack KiB" sh -c "ulimit -s $stack; '$tenbin' check --kernel naive --case 'conv_transpose2d c3:4 in3x2 k3'"
done
for files in 8 10 12; do
  expect 3 'tenbin-worker: cannot be started: Too many open files' "$files files are too few, and it says so" \
    sh -c "ulimit -n $files; '$tenbin' check --kernel naive --case 'conv_transpose2d c3:4 in3x2 k3'"
done
interrupted KILL
[ -n "$workers" ] && gone $workers
point $? "the workers of a killed run are gone, too"
no_workers "no worker is left"
finish
