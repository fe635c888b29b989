# tenbin bench: a layer timed, its CSV, and mistakes in its options. SPDX-License-Identifier: MIT
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/scripted.sh"
csv=$scratch/out.csv

expect 0 '^usage: tenbin bench' "tenbin bench --help" "$tenbin" bench --help
! grep -q 'fill=real' "$scratch/out"
point $? "does not promise all operators a fill of one"
expect 0 'dcgan1_n1' "a layer is timed" "$tenbin" bench --layer dcgan1_n1 --kernel naive --kernel col2im_gemm --min-time 0.01 --csv "$csv"
[ "$(head -n 1 "$csv" | cut -d, -f1,8,10)" = schema,kernel,layer ] && [ "$(wc -l <"$csv")" -eq 3 ]
point $? "the CSV has a header and a row per kernel"
[ "$(grep -c '^tenbin-bench-1,.*,ok,' "$csv")" -eq 2 ]
point $? "and names its schema"
expect 0 'unsupported: .+' "what a kernel does not support is reported" "$tenbin" bench --min-time 0.01 \
  --layer 'normal seed=0 calls=15' --layer 'normal stream=torch-cuda:80 seed=0 calls=15' --kernel box_muller
# normal: the same clock, other columns.
expect 0 'ns/number' "a layer of normal is timed" "$tenbin" bench --layer 'normal seed=0 calls=3x5@1:2' --kernel box_muller \
  --layer dcgan1_n1 --kernel naive --min-time 0.01 --csv "$csv"
[ "$(grep -c '^layer ' "$scratch/out")" -eq 2 ]
point $? "each operator has a head of its own"
[ "$(head -n 1 "$csv" | cut -d, -f22-25)" = gflops,ratio,ns_per_number,gb_per_s ] &&
  cut -d, -f8-25 "$csv" >"$scratch/rows" && grep -Eq '^naive,.*,[0-9.e+-]+,1,,$' "$scratch/rows" &&
  grep -Eq '^box_muller,.*,[0-9]+,,1,[0-9.e+-]+,[0-9.e+-]+$' "$scratch/rows" && grep -q ',naive,.*,throughput,hot,apart,' "$csv" &&
  grep -Eq ',box_muller,.*,throughput,hot,apart,+$' "$csv"
point $? "and the CSV leaves empty what is not its own"
awk -F, '$8 == "box_muller" { wrong = $18 * 1e9 / 15 / $24 - 1; wrong2 = 60e-9 / $18 / $25 - 1 }
  END { exit !(wrong * wrong < 1e-12 && wrong2 * wrong2 < 1e-12) }' "$csv"
point $? "15 numbers of f32 are 60 bytes"
expect 0 'ns/number' "an operator with two outputs, one of them wanted or both" "$tenbin" bench --operator max_pool2d --kernel max_pool_naive \
  --min-time 0.01 --layer 'max_pool2d c3 in6 k2' --layer 'max_pool2d c3 in6 k2 indices' --csv "$csv"
awk -F, 'NR > 1 { bytes = 27 * ($10 == "layer2" ? 4 + 8 : 4); wrong = bytes * 1e-9 / $18 / $25 - 1; number = $18 * 1e9 / 27 / $24 - 1; if ($32 != bytes || wrong * wrong > 1e-12 || number * number > 1e-12) bad = 1 }
  END { exit bad || NR != 3 }' "$csv"
point $? "27 numbers of f32 are 108 bytes, with as many indices 324"
# The floor, which is of the arithmetic or of bytes, as this machine has it: 62 of the 64 pairs of an input and a tap land inside, on each axis; and normal, which is only written.
expect 0 '^floor [0-9.]+ [num]s, L1: 60 B out; write [0-9.]+ GB/s$' "the floor of normal" "$tenbin" bench --min-time 0.01 \
  --layer 'normal seed=0 calls=15' --layer 'conv_transpose2d n1 c16:16 in16x16 k4 s2 p1 bias' --kernel naive --kernel box_muller --csv "$csv"
grep -q 'all inputs read once and all outputs written$' "$scratch/out"
point $? "whose bytes are those of all tensors, of any operator"
grep -Eq '^floor [0-9.]+ [num]s, (arithmetic: 1\.968 MFLOP at [0-9.]+ GFLOP/s|(L[0-9]|memory): [0-9.]+ kB in and 65\.54 kB out; .*)$' "$scratch/out" && grep -q ' x floor$' "$scratch/out" &&
  grep -q '^times the floor, geometric mean, no ratio counted below 1$' "$scratch/out"
point $? "and of a layer that crops, by operations"
[ "$(head -n 1 "$csv" | cut -d, -f26-36)" = floor_s,floor_ratio,limit,level,useful_flops,bytes_in,bytes_out,peak_gflops,read_gb_per_s,write_gb_per_s,copy_gb_per_s ]
point $? "the CSV says what it is made of"
awk -F, '
  function far(a, b) { return (a / b - 1) ^ 2 > 1e-12 }
  $8 == "naive" && ($30 != 2 * 16 * 16 * 62 * 62 || $31 != 4 * (16 * 256 + 16 * 16 * 16 + 16) ||
    $32 != 4 * 16 * 32 * 32 || ($28 == "arithmetic" && far($26, $30 / $33 / 1e9)) || $26 < 0.999999 * $30 / $33 / 1e9 || far($27, $18 / $26)) { bad = 1 }
  $8 == "box_muller" && ($28 != "L1" || $30 != 0 || $31 != 0 || $32 != 60 || $33 != "" || far($26, $32 / $35 / 1e9)) { bad = 1 }
  END { exit bad }' "$csv"
point $? "and is made of it"
expect 0 'portable +[0-9]' "the portable instruction set alone" env TENBIN_ISA=portable "$tenbin" bench --min-time 0.01 \
  --layer 'normal seed=0 calls=15' --kernel box_muller
! grep -Eq '^  AVX' "$scratch/out"
point $? "has no other peak beside it"
expect 0 'ns/number' "--operator chooses layers and kernels" "$tenbin" bench --operator normal --layer 'normal seed=0 calls=15' --min-time 0.01
! grep -Eq 'naive|arithmetic' "$scratch/out"
point $? "and no others"
expect 2 'known are randn_1Ki_f32' "also where a layer is unknown" "$tenbin" bench --operator normal --layer nix
expect 2 'layer dcgan1_n1 is one of conv_transpose2d, and no chosen kernel is' "a layer without a kernel of its operator" \
  "$tenbin" bench --layer dcgan1_n1 --kernel box_muller
expect 2 'box_muller is a kernel of normal, and no chosen layer is' "a kernel without a layer of its operator" \
  "$tenbin" bench --layer dcgan1_n1 --kernel naive --kernel box_muller
expect 2 'naive is a kernel of conv_transpose2d; timed are those of normal' "--operator and a kernel of the other" \
  "$tenbin" bench --operator normal --kernel naive
expect 2 '^tenbin bench: --operator: no chosen kernel is one of normal' "two operators, and a kernel of one" \
  "$tenbin" bench --operator normal --operator conv_transpose2d --kernel naive
expect 2 "^tenbin bench: --operator: expected conv_transpose2d, normal.* or [a-z_0-9]+, got 'randn'" "an unknown operator" "$tenbin" bench --operator randn
for wrong in 'calls=8/2: a call with strides' 'calls=1,1: a sequence of calls' 'calls=reseed: a call that draws nothing' \
  'calls=1 repeat=2: seeds= or repeat=' 'calls=1 seeds=2: seeds= or repeat=' 'calls=0: a call of no numbers'; do
  expect 2 "a layer of normal is one run, .*; it cannot be .*${wrong#*: }" "no layer: ${wrong%%:*}" \
    "$tenbin" bench --layer "normal seed=0 ${wrong%%:*}"
done
expect 2 'std >= 0' "a layer of normal that PyTorch rejects" "$tenbin" bench --layer 'normal seed=0 calls=15 std=-1'
printf '[a]\nconv_transpose2d c1:1 in1 k1 # layer=x: one\n' >"$scratch/conv.cases"
expect 2 "conv.cases has no layer of the chosen kernels' operator" "a file without layers of the kernel's operator" \
  "$tenbin" bench --layers "$scratch/conv.cases" --kernel box_muller
# Other files of layers: by a short name, and lists of descriptors.
expect 0 '^pyramid4 +naive ' "a layer of networks.layers" "$tenbin" bench --layers networks --layer pyramid4 --kernel naive --min-time 0.01
printf '# mine\nconv_transpose2d c1:1 in1 k1\n\nconv_transpose2d c2:1 in3 k2 # layer=mine: one\n[other]\nconv_transpose2d c1:3 in1 k1 # no layer\n' >"$scratch/list"
expect 0 '^line2 +naive ' "a list of descriptors is a file of layers" "$tenbin" bench --layers "$scratch/list" --kernel naive --min-time 0.01
grep -Eq '^mine +naive ' "$scratch/out" && ! grep -q 'c1:3' "$scratch/out"
point $? "in which a name may be given, and groups have layers that are named so"
expect 0 'naive +3 +3 +0' "which can be judged, too" "$tenbin" check --cases "$scratch/list" --kernel naive
expect 3 'networkz: No such file' "a short name that does not exist" "$tenbin" bench --layers networkz
# Other ways of timing.
# figures FILE CONDITION: whether it holds in all rows, $name being the column of that name.
figures() {
  awk -F, "NR == 1 { for (i = 1; i <= NF; i++) at[\$i] = i } NR > 1 && !($(echo "$2" | sed 's/\$\([a-z0-9_]*\)/$at["\1"]/g')) { bad = 1 }
    END { exit bad || NR < 2 }" "$1"
}
small='conv_transpose2d n2 c8:4 in9x5 k3 s2'
short="$tenbin bench --kernel naive --kernel col2im_gemm --min-time 0.01 --csv $csv --layer"
expect 0 '^threads +1, 2$' "several numbers of threads" $short "$small" --threads 1..2
grep -Eq '^layer1 +naive +2 .* [0-9]+\.[0-9]+$' "$scratch/out" && [ "$(wc -l <"$csv")" -eq 5 ] && figures "$csv" '$speedup > 0'
point $? "each kernel with each, and its speed-up"
[ "$(cut -d, -f12 "$csv" | tr '\n' ' ')" = 'threads 1 2 1 2 ' ] && [ "$(grep -c 'seed=0 threads=2,2,ok' "$csv")" -eq 2 ]
point $? "and rows that can be repeated"
awk -F, 'NR > 1 { r[$12, $23 == 1]++ } END { exit !(r[1, 1] && r[2, 1]) }' "$csv"
point $? "with the ratio to the fastest with as many threads"
grep -Eq '^floor [0-9.]+ [num]s on 1 thread, ' "$scratch/out" && grep -Eq '^floor [0-9.]+ [num]s on 2 threads, ' "$scratch/out" &&
  awk -F, 'NR > 1 { if ($12 in floor && floor[$12] != $26) bad = 1; floor[$12] = $26; if (($18 / $26 / $27 - 1) ^ 2 > 1e-12) bad = 1 }
    END { exit bad || !floor[1] || !floor[2] }' "$csv"
point $? "and the floor of as many threads"
expect 0 'an image$' "several batches" $short "$small" --batch 1,3 --layer 'conv_transpose2d c8:4 in9x5 k3 s2'
[ "$(grep -c '^conv_transpose2d n[13] c8:4' "$scratch/out")" -eq 2 ] &&
  figures "$csv" '($run_median_s / $batch / $image_s - 1) ^ 2 < 1e-12 && ($batch == 1 || $batch == 3)'
point $? "each problem once, with the time of an image"
figures "$csv" '$bytes_out == $batch * 4 * 4 * 19 * 11 && $floor_s > 0'
point $? "and a floor of its own"
expect 0 '^timing +single calls; the clock' "single calls" $short 'conv_transpose2d c1:2 in2 k2' --latency
figures "$csv" '$mode == "latency" && $caches == "hot" && $iterations == 1 && $repetitions >= 5 && $run_median_s <= $run_max_s &&
  ($run_p90_s == "" || ($run_median_s <= $run_p90_s && $run_p90_s <= $run_max_s)) &&
  ($run_p99_s == "" || ($run_p90_s <= $run_p99_s && $run_p99_s <= $run_max_s))'
point $? "and their quantiles"
expect 0 '^cold +tensors, workspace and plan ' "cold caches" $short "$small" --cold
grep -q '^once, at the bandwidth of the memory, ' "$scratch/out" && figures "$csv" '$level == "memory" && ($limit == "memory" || $limit == "arithmetic")'
point $? "whose floor is that of the memory"
figures "$csv" '$mode == "latency" && $caches == "cold" && $prepare == "apart" && $run_max_s >= $run_median_s && $run_min_s > 0'
point $? "in the CSV, too"
expect 0 '^prepare +counted in' "prepare counted in" $short "$small" --with-prepare --latency --cold --layer 'normal seed=0 calls=15' \
  --kernel box_muller
figures "$csv" '$prepare == "counted" && $status == "ok" && $run_median_s > 0 && $prepare_s > 0'
point $? "for all operators"
# Numbers are numbers from their first character to their last.
for wrong in 'threads 0' 'threads 1,,2' 'threads 4..2' 'threads 1..99' 'threads 1-2' 'batch 0' 'batch 1,' 'batch x' 'threads  2' 'threads +3' \
  'threads 1, 2' 'threads 2 ' 'threads 0x2' 'threads 1e1' 'threads 18446744073709551617' 'batch +1' 'batch  1' 'min-time  1' 'min-time +1' \
  'min-time nan' 'min-time inf' 'min-time 0x1' 'min-time 1e999' 'min-time 1s' 'min-time 1 ' 'min-time 0' 'min-time -1' 'min-time 1e-999' 'min-time .'; do
  expect 2 "^tenbin bench: --${wrong%% *}: expected .*, got '.*'" "no number: --$wrong" "$tenbin" bench --layer dcgan1_n1 --${wrong%% *} "${wrong#* }"
done
for option in kernel operator layer layers batch threads min-time compare csv; do
  expect 2 "^tenbin bench: --$option: expected .*, got ''" "an empty --$option" "$tenbin" bench "--$option" ""
  expect 2 "^tenbin bench: --$option: expected .*, got ''" "and --$option=" "$tenbin" bench "--$option="
done
expect 2 "''" "an empty argument" "$tenbin" bench ""
expect 2 'no images' "batches of normal" "$tenbin" bench --batch 1,2 --operator normal
expect 2 '--batch does not go with --operator normal: ' "also beside an operator that has images" \
  "$tenbin" bench --batch 1,2 --operator normal --operator conv_transpose2d
expect 2 'layer1 is one of normal, and --batch does not go with it: it has no images' "nor of a layer of normal" \
  "$tenbin" bench --batch 1,2 --layer 'normal seed=0 calls=15'
expect 2 '^tenbin bench: --kernel: philox is a kernel of normal, and --batch does not go with it: its layers have no images$' \
  "nor of a kernel of normal" "$tenbin" bench --batch 4 --layer randn_64Ki_f32 --kernel philox
expect 2 '^tenbin bench: --compare: philox is .*, and --batch does not go with it' "nor of two" "$tenbin" bench --batch 4 --compare philox,ziggurat
expect 2 "^tenbin bench: --cold: expected no value, got 'yes'" "a switch with a value" "$tenbin" bench --cold=yes
expect 2 "^tenbin bench: unknown option '--latancy'; did you mean --latency. known are --kernel --operator " "a switch mistyped" "$tenbin" bench --latancy
# Two kernels against each other.
compare="$tenbin bench --min-time 0.02 --csv $csv --compare"
expect 0 '^layer1 +col2im_gemm is [0-9.]+ times as fast as naive, 95 % interval [0-9.]+ \.\. [0-9.]+ ' "two kernels are compared" \
  $compare col2im_gemm,naive --layer 'conv_transpose2d n1 c32:16 in16x16 k4 s2 p1'
figures "$csv" '$mode == "pairs" && ($kernel == "naive" || $compared_with == "naive" && $times_as_fast > 0 && $rounds >= 9 &&
  $times_low <= $times_as_fast && $times_as_fast <= $times_high) && ($run_median_s / $floor_s / $floor_ratio - 1) ^ 2 < 1e-12' && [ "$(wc -l <"$csv")" -eq 3 ]
point $? "and have a row each"
expect 0 '^naive is .* times as fast as .*tenbin-kernels.so:naive, geometric mean over 1 layer$' "with a plugin's kernel" \
  $compare "naive,$build/tenbin-kernels.so:naive" --layer "$small"
expect 0 '^naive is .* times as fast as naive' "with itself" $compare naive,naive --layer "$small"
expect 1 'box_muller: unsupported: not compared, for want of ziggurat' "one of them unsupported" \
  $compare box_muller,ziggurat --layer 'normal seed=0 calls=15'
# On a scripted clock: runs of 50 and 250 us, and 50 us for the two looks at it.
scripted one 50000
scripted three 250000
against="env $scripted_time $compare"
expect 0 '^layer1 +.*one.so:mine is 3\.000 times as fast as .*three.so:mine, 95 % interval 3\.000 \.\. 3\.000 +\(100\.0 us, 300\.0 us; ' \
  "a kernel of a third of the time is 3 times as fast" $against "$scratch/one.so:mine,$scratch/three.so:mine" --layer "$small"
figures "$csv" '$kernel ~ /one/ && $times_as_fast == 3 && $times_low == 3 && $times_high == 3 && $rounds >= 9 && $ratio == 1 ||
  $kernel ~ /three/ && $ratio == 3 && $prepare_s == 0.00005'
point $? "in the CSV, too"
# What goes wrong costs its layer; the next one has a new process.
bench_wrong() {
  expect 1 "^layer1 +.*wrong.so:mine: failed: $2" "a kernel that does: $1" \
    $against "$scratch/one.so:mine,$scratch/wrong.so:mine" --layer "$five" --layer "$small"
  grep -Eq '^layer2 +.* is 2\.000 times as fast as ' "$scratch/out" && [ "$(grep -c ',layer2,.*,ok,' "$csv")" -eq 2 ] && [ "$(wc -l <"$csv")" -eq 5 ]
  point $? "which the next layer survives"
}
if ! sanitized; then # the sanitizers end a crash in their own way
  misdeeds bench_wrong
  nothing_left "no process of these is left"
  figures "$csv" '$layer == "layer2" || $kernel ~ /wrong/ || $reason ~ "^not compared: .*/wrong.so:mine closed tenbin.s pipe in run: "'
  point $? "the other kernel's row says why, too"
  scripted crash 150000 '-DIN_RUN=crash()'
  expect 1 '^layer1 +.*crash.so:mine: failed: crashed in run: SIGSEGV' "the first of the two may be the one" \
    $against "$scratch/crash.so:mine,naive" --layer "$five"
  scripted scribble 150000 '-DIN_RUN=scribble(); crash()'
  expect 1 '^layer1 +naive: failed: one of the two crashed: SIGSEGV; the page that tells which is overwritten' "or nobody knows which" \
    $against "naive,$scratch/scribble.so:mine" --layer "$five"
fi
for leave in 'leave(0)' 'leave(1)'; do
  scripted leaving 150000 "-DIN_RUN=$leave"
  expect 0 '^layer1 +.* is 1\.000 times as fast as ' "a kernel that starts a process: $leave" \
    $against "$scratch/leaving.so:mine,$scratch/leaving.so:mine" --layer "$five"
  nothing_left "which ends with it"
done
killed "killed in a comparison, it leaves no process" $compare "$scratch/one.so:mine,$scratch/stuck.so:mine" --layer "$five"
for wrong in naive naive, ,naive naive,naive,naive; do
  expect 2 "^tenbin bench: --compare: expected two kernels, such as .*, got '$wrong'" "no pair: $wrong" "$tenbin" bench --compare "$wrong"
done
expect 2 'one of normal' "kernels of two operators" $compare naive,ziggurat
expect 2 'is named by FILE.so:NAME' "a plugin of several kernels" $compare "naive,$build/tenbin-kernels.so"
for wrong in --cold --latency --with-prepare '--threads 1,2' '--kernel naive' any.so; do
  expect 2 '--compare ' "--compare and $wrong" "$tenbin" bench --compare naive,col2im_gemm $wrong
done
# A message names the option that the word stands in.
expect 2 "^tenbin bench: --compare: tenbin has no kernel 'direkt'; did you mean direct" "an unknown kernel in --compare" $compare tenbin,direkt
expect 2 '^tenbin bench: --compare: max_pool_naive is a kernel of max_pool2d, and no chosen layer is' "one of another operator" \
  $compare naive,max_pool_naive --layer "$small"
expect 2 "^tenbin bench: --compare: './x.so:' names no kernel" "no kernel" $compare "naive,./x.so:"
expect 2 "^tenbin bench: [^-]*tenbin-kernels.so has no kernel 'direkt'" "in a word of its own" "$tenbin" bench "$build/tenbin-kernels.so:direkt"
expect 2 "tenbin has no kernel 'fast'; known are naive" "an unknown kernel" "$tenbin" bench --kernel fast
expect 2 "layer" "an unknown layer" "$tenbin" bench --layer dcgan9
expect 2 'column [0-9]+' "a malformed descriptor" "$tenbin" bench --layer 'conv_transpose2d n1 c2:3 in4x3 k3 s2y1'
expect 2 'output padding must be smaller' "a layer that PyTorch rejects" \
  "$tenbin" bench --layer 'conv_transpose2d n1 c2:3 in4x3 k3 s2 op2'
expect 2 'threads' "a bad number of threads" "$tenbin" bench --threads none
expect 2 'min-time' "a bad time" "$tenbin" bench --min-time -1
expect 3 'none.so' "a plugin that does not exist" "$tenbin" bench --kernel "$scratch/none.so"
expect 3 'none.cases' "a missing file of layers" "$tenbin" bench --layers "$scratch/none.cases"
expect 3 'nowhere' "a CSV that cannot be written" "$tenbin" bench --layer dcgan1_n1 --csv "$scratch/nowhere/out.csv"

# What is written is nothing that is read, and can be written before anything is timed.
once="$tenbin bench --kernel naive --min-time 0.01"
expect 2 'is read too, as a file of layers' "a CSV over the file of layers" $once --layers "$scratch/list" --csv "$scratch/list"
ln "$scratch/list" "$scratch/hard"
ln -s list "$scratch/soft"
for same in hard soft ./list; do
  expect 2 'is read too, as a file of layers' "by another spelling: $same" $once --layers "$scratch/list" --csv "$scratch/$same"
done
cp "$build/tenbin-kernels.so" "$scratch/own.so"
expect 2 'own.so is read too, as a plugin' "a CSV over the plugin" $once "$scratch/own.so:naive" --layer "$small" --csv "$scratch/own.so"
cp "$build/tenbin-kernels.so" "$scratch/a,\"b\".so"
expect 0 'naive' "a plugin whose name holds a comma and quotes" $once "$scratch/a,\"b\".so:naive" --layer "$small" --csv "$csv"
[ "$(grep -c ",\"$scratch/a,\"\"b\"\".so:naive\"," "$csv")" -eq 1 ]
point $? "is quoted in the CSV"
cmp -s "$build/tenbin-kernels.so" "$scratch/own.so" && grep -q '^# mine' "$scratch/list"
point $? "they are as they were"
: >"$scratch/both"
expect 2 'both is standard output too' "a CSV over standard output" sh -c "$once --layer '$small' --csv '$scratch/both' >>'$scratch/both'"
ln -s new "$scratch/dangling"
expect 0 'dangling$' "a link to a file that is not there" $once --layer "$small" --csv "$scratch/dangling"
[ -L "$scratch/dangling" ] && grep -q naive "$scratch/new"
point $? "makes it"
for what in --help "--kernel naive --min-time 0.01 --layer dcgan1_n1" "--compare naive,naive --min-time 0.01 --layer dcgan1_n1"; do
  expect 3 'tenbin bench: standard output cannot be written' "a full standard output: ${what%% *}" sh -c "'$tenbin' bench $what >/dev/full"
  expect 3 'tenbin bench: standard output cannot be written' "a closed one: ${what%% *}" sh -c "'$tenbin' bench $what >&-"
done

# What a kernel does in the second of three layers costs its own row. What is finished is kept, whole.
mkdir "$scratch/results"
cut=$scratch/results/cut.csv
three="--layer|conv_transpose2d c1:1 in1 k1|--layer|$five|--layer|conv_transpose2d c2:1 in1 k1|--min-time|0.01|--csv|$cut"
# layers OPTION..: times three layers.
layers() {
  (IFS='|' && exec "$tenbin" bench $three "$@")
}
# row_lost WHAT REASON: what $scratch/wrong.so does is said of the second layer, and the others are timed.
row_lost() {
  rm -f "$cut"
  expect 1 "^layer2 +$scratch/wrong.so:mine +failed: .*$2" "a kernel that does: $1" layers --kernel naive --kernel "$scratch/wrong.so"
  [ "$(awk -F, 'NR > 1 { print $10, $13 }' "$cut" | tr '\n' ' ')" = 'layer1 ok layer1 ok layer2 ok layer2 failed layer3 ok layer3 ok ' ] &&
    ! grep -q layer9 "$scratch/out"
  point $? "costs its own row"
}
# wrong STATEMENT: a kernel that does it where $where says.
wrong() {
  scripted wrong 0 "-D$where=$1" -include pthread.h
}
cat >"$scratch/statements" <<'END'
crash in prepare|IN_PREPARE|crash()|in prepare: SIGSEGV
crash in run|IN_RUN|crash()|in run: SIGSEGV
loop for ever|IN_RUN|loop()|in run: over the limit on processor time
sleep for ever|IN_RUN|doze()|in run: over the limit on the clock
exit(0)|IN_RUN|exit(0)|in run: the kernel ended the process with exit code 0
_exit(77)|IN_RUN|_exit(77)|in run: the kernel ended the process with exit code 77
pthread_exit|IN_RUN|pthread_exit(NULL)|in run: the kernel ended the process with exit code 0
exec|IN_RUN|execlp("true", "true", (char *)NULL)|in run: the kernel ended the process with exit code 0
ask for 2^45 bytes|IN_PREPARE|if (!host->alloc(host->self, (size_t)1 << 45, 64)) return TENBIN_OUT_OF_MEMORY|prepare returned TENBIN_OUT_OF_MEMORY: it had asked for 35184372[0-9]+ bytes of plan memory, and may have
another folder|IN_RUN|(void)!chdir("/")|changed the current directory
leave a process|IN_RUN|leave(0)|it left 1 process
leave one in a session of its own|IN_RUN|leave(1)|it left 1 process
END
# Each takes seconds: a sample of them.
tr ' |' '~ ' <"$scratch/statements" | in_sample | tr '~ ' ' |' >"$scratch/sampled"
while IFS='|' read -r what where statement pattern; do
  wrong "$statement"
  row_lost "$what" "$pattern"
done <"$scratch/sampled"
where=IN_RUN
wrong 'puts("layer9 is printed"); fflush(stdout); abort()'
row_lost 'print, and abort' 'in run: SIGABRT'
grep -q "^tenbin bench: $scratch/wrong.so:mine printed: layer9 is printed" "$scratch/err"
point $? "what it printed stands in a message"
no_workers "no process is left"
echo 'int tenbin_plugin_table; __attribute__((constructor)) static void load(void) { *(volatile int *)8 = 1; }' >"$scratch/load.c"
compile -o "$scratch/load.so" "$scratch/load.c"
expect 3 'load.so: crashes while it is loaded: SIGSEGV' "a plugin that crashes while it is loaded" "$tenbin" bench "$scratch/load.so"

scripted mine 0 '-DIN_RUN=kill(timer(), atoi(getenv("TEST_SIGNAL")))'
# interrupted OPTION..: the second layer is interrupted by $signal.
interrupted() {
  rm -f "$cut"
  export TEST_SIGNAL="${signal#*:}"
  expect 130 "^tenbin bench: interrupted: 1 of 3 layers are finished" "SIG${signal%:*} ends it with exit code 130 and a message" layers "$@"
}
for signal in INT:2 TERM:15 HUP:1; do
  interrupted --kernel "$scratch/mine.so"
  [ "$(wc -l <"$cut")" -eq 2 ] && [ "$(ls "$scratch/results")" = cut.csv ] && grep -q '^times the floor' "$scratch/out"
  point $? "with the finished layer in the table and in the CSV, and no temporary file"
  interrupted --compare "naive,$scratch/mine.so:mine"
  [ "$(wc -l <"$cut")" -eq 3 ]
  point $? "of a comparison too"
done
rm -f "$cut"
expect 130 'interrupted: 0 of 1 layers are finished, and no CSV is written' "an interrupt before a layer is finished" \
  "$tenbin" bench --kernel "$scratch/mine.so" --layer "$five" --csv "$cut"
[ ! -e "$cut" ]
point $? "leaves none"
expect 0 '^layer1 ' "under nohup SIGHUP ends nothing" \
  sh -c "trap '' HUP; '$tenbin' bench --kernel '$scratch/mine.so' --layer '$five' --min-time 0.01"
# Killed in the second layer, it leaves the first one's row, and no process.
killed "killed, it leaves no process" "$tenbin" bench --layer 'conv_transpose2d c1:1 in1 k1' --layer "$five" --min-time 0.01 \
  --csv "$cut" --kernel "$scratch/stuck.so"
[ "$(cut -d, -f10,13 "$cut" | tr '\n' ' ')" = 'layer,status layer1,ok ' ]
point $? "and the first layer's row"
# A file that cannot be written any longer.
rm -f "$cut"
scripted moving 0 '-DIN_RUN=rename(getenv("TEST_FROM"), getenv("TEST_TO"))'
export TEST_FROM="$scratch/results" TEST_TO="$scratch/moved"
expect 3 '^tenbin bench: --csv: .*cut.csv has the rows of 1 of 3 layers' "a CSV that cannot be written after the second layer" \
  layers --kernel "$scratch/moving.so"
[ "$(wc -l <"$scratch/moved/cut.csv")" -eq 2 ] && ! grep -q '^layer3' "$scratch/out"
point $? "keeps the first one's row, and ends the run"
finish
