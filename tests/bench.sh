# tenbin bench: a layer timed, its CSV, and mistakes in its options. SPDX-License-Identifier: MIT
. "$(dirname "$0")/lib.sh"
csv=$scratch/out.csv

expect 0 '^usage: tenbin bench' "tenbin bench --help" "$tenbin" bench --help
expect 0 'dcgan1_n1' "a layer is timed" "$tenbin" bench --layer dcgan1_n1 --kernel naive --kernel col2im_gemm --min-time 0.01 --csv "$csv"
[ "$(head -n 1 "$csv" | cut -d, -f1,8,10)" = schema,kernel,layer ] && [ "$(wc -l <"$csv")" -eq 3 ]
point $? "the CSV has a header and a row per kernel"
[ "$(grep -c '^tenbin-bench-1,.*,ok,' "$csv")" -eq 2 ]
point $? "and names its schema"
expect 0 'unsupported' "what a kernel does not support is said" "$tenbin" bench --min-time 0.01 \
  --layer 'conv_transpose2d n1 c2:3 in4x3 k3 s1 d3 op2' --kernel naive --kernel onednn_plain
expect 2 'no kernel|unknown kernel' "an unknown kernel" "$tenbin" bench --kernel fast
expect 2 "layer" "an unknown layer" "$tenbin" bench --layer dcgan9
expect 2 'column [0-9]+' "a malformed descriptor" "$tenbin" bench --layer 'conv_transpose2d n1 c2:3 in4x3 k3 s2y1'
expect 2 'output padding must be smaller' "a layer that PyTorch rejects" \
  "$tenbin" bench --layer 'conv_transpose2d n1 c2:3 in4x3 k3 s2 op2'
expect 2 'threads' "a bad number of threads" "$tenbin" bench --threads none
expect 2 'min-time' "a bad time" "$tenbin" bench --min-time -1
expect 3 'none.so' "a plugin that does not exist" "$tenbin" bench --kernel "$scratch/none.so"
expect 3 'none.cases' "a missing file of layers" "$tenbin" bench --layers "$scratch/none.cases"
expect 3 'nowhere' "a CSV that cannot be written" "$tenbin" bench --layer dcgan1_n1 --csv "$scratch/nowhere/out.csv"

# Ctrl-C in the middle: what is finished is kept, whole.
: >"$scratch/err"
"$tenbin" bench --kernel naive --layer dcgan1_n1 --layer dcgan4_n16 --layer unet_64_256 --min-time 0.05 --csv "$scratch/cut.csv" \
  >"$scratch/out" 2>"$scratch/err" &
pid=$!
tries=0
while ! grep -q 'layer 2 of 3' "$scratch/err" && [ $tries -lt 200 ]; do
  sleep 0.05
  tries=$((tries + 1))
done
kill -TERM $pid
wait $pid
point $(($? != 130)) "an interrupt ends it with exit code 130"
[ "$(wc -l <"$scratch/cut.csv")" -eq 2 ] && [ "$(ls "$scratch" | grep -c cut)" -eq 1 ]
point $? "and with the finished layer in the CSV, and no temporary file"
finish
