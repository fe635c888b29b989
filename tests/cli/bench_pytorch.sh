# PyTorch and others timed beside the kernels, where it is installed; what is reported where it is not. SPDX-License-Identifier: MIT
. "$(dirname "$0")/lib.sh"
script=$source/bench/peers/pytorch.py
csv=$scratch/out.csv

# What is found out before PyTorch is needed.
early() {
  code=$1 pattern=$2 name=$3
  shift 3
  expect "$code" "$pattern" "$name" env PYTHONPATH="$scratch/none" python3 "$script" --tenbin "$tenbin" "$@"
}
mkdir "$scratch/none"
echo 'raise ImportError("there is none")' >"$scratch/none/torch.py"
early 77 'there is none: skipped' "without PyTorch it is skipped"
early 2 'a number above 0' "a bad number of threads" --threads none
early 3 'none.cases' "a missing file of layers" --layers "$scratch/none.cases"
early 3 'layers.cases: holds no layers of normal' "a file without layers of normal" \
  --layers "$source/conformance/cases/conv_transpose2d/layers.cases" --operator normal
early 3 'out.csv cannot be written' "a CSV that cannot be written" --csv "$scratch/nowhere/out.csv"
early 3 'none/tenbin is not there' "a program that does not exist" --tenbin "$scratch/none/tenbin"

for wrong in 'threads  2' 'threads +3' 'threads 1_0' 'rounds 2 ' 'min-time nan' 'min-time  1' 'min-time 1e999' 'min-time 0x1'; do
  early 2 'a number above 0' "no number: --$wrong" "--${wrong%% *}" "${wrong#* }"
done
for option in layer layers kernel peers csv tenbin; do
  early 2 'it is empty' "an empty --$option" "--$option" ""
done
cp "$source/conformance/cases/normal/randn.cases" "$scratch/own.cases"
early 2 'is read too, as --layers' "a CSV over the file of layers" --layers "$scratch/own.cases" --csv "$scratch/./own.cases"
for to in '>/dev/full' '>&-'; do
  expect 3 'standard output cannot be written' "--help $to" sh -c "PYTHONPATH='$scratch/none' python3 '$script' --help $to"
done
for signal in INT TERM HUP; do
  echo "import os, signal; os.kill(os.getpid(), signal.SIG$signal); os.kill(os.getpid(), signal.SIG$signal)" >"$scratch/none/torch.py"
  early 130 '^bench-pytorch: interrupted' "SIG$signal ends it with exit code 130 and a message"
done

python=$source/build/pytorch/bin/python
if ! "$python" -c 'import torch' 2>/dev/null; then
  point 0 "the rest # SKIP PyTorch is not installed in build/pytorch; ./run bench-pytorch does that"
  finish
  exit
fi

# beside CODE PATTERN NAME ARGUMENTS..: a short run.
beside() {
  code=$1 pattern=$2 name=$3
  shift 3
  expect "$code" "$pattern" "$name" "$python" "$script" --tenbin "$tenbin" --rounds 2 --min-time 0.02 "$@"
}
beside 0 '^layer1 +torch_normal_ .* 1\.00 +1\.00$' "PyTorch and a kernel on one layer" \
  --layer 'normal seed=0 calls=15' --kernel box_muller --csv "$csv"
"$tenbin" bench --kernel box_muller --layer 'normal seed=0 calls=15' --min-time 0.01 --csv "$scratch/own.csv" >"$scratch/out" 2>&1
[ "$(head -n 1 "$csv")" = "$(head -n 1 "$scratch/own.csv")" ] && [ "$(wc -l <"$csv")" -eq 4 ]
point $? "the CSV is that of tenbin bench, with three rows"
[ "$(cut -d, -f8,13 "$csv" | tail -n 3 | tr '\n' ' ')" = 'box_muller,ok torch_normal_,ok torch_randn,ok ' ]
point $? "a kernel and two of PyTorch's functions"
awk -F, 'NR > 1 && !($16 > 0 && $16 <= $17 && $17 <= $18 && $18 <= $19 && $20 >= 10 && $21 >= 1 && $22 == "" && $23 >= 1) { bad = 1 }
  NR > 1 && ($18 * 1e9 / 15 / $24 - 1) ^ 2 > 1e-12 { bad = 1 } NR > 1 && $23 == 1 { fastest++ }
  END { exit bad || fastest != 1 }' "$csv"
point $? "whose columns agree with each other"
beside 0 '^layer1 +torch_normal_' "numbers of f16 with a mean and std" --layer 'normal f16 seed=7 calls=3x5@1:2'
! grep -q torch_randn "$scratch/out"
point $? "which randn does not draw"
beside 2 "has no layer 'randn_2Ki_f32'; did you mean randn_1Ki_f32" "an unknown layer" --layer randn_2Ki_f32
beside 2 'no chosen kernel' "a layer of the other operator" --layer dcgan1_n1 --operator normal
beside 2 "'tensorflow' is unknown" "an unknown library" --peers torch,tensorflow

# Convolutions.
beside 0 '^layer1 +torch_channels_last .*' "three ways of PyTorch, and a kernel" --kernel naive --csv "$csv" \
  --layer 'conv_transpose2d n2 c8:4 in9x5 k3x4 s2x3 p1x0 op0x1 d2x1 g2 bias'
[ "$(cut -d, -f8,13,37-39 "$csv" | tail -n 4 | tr '\n' ' ')" = 'naive,ok,throughput,hot,apart torch_nchw,ok,throughput,hot,apart torch_channels_last,ok,throughput,hot,apart torch_inference,ok,throughput,hot,apart ' ]
point $? "with the columns of tenbin bench"
awk -F, '$8 == "naive" { work = $22 * $18 } NR > 1 && ($22 * $18 / work - 1) ^ 2 > 1e-12 { bad = 1 }
  NR > 1 && ($18 / 2 / $45 - 1) ^ 2 > 1e-12 { bad = 1 }
  NR > 1 && ($18 / $26 / $27 - 1) ^ 2 > 1e-12 || NR > 2 && $26 != floor { bad = 1 } { floor = $26 } END { exit bad }' "$csv"
point $? "that agree with each other"

# Each operator of the default layers has a way of PyTorch's.
"$tenbin" list layers | awk '!($2 in seen) { seen[$2]; print $2 }' >"$scratch/operators"
while read -r op; do
  layer=$("$tenbin" list layers --operator "$op" | awk 'NR == 1 { print $1 }')
  beside 0 "^$layer +torch_" "PyTorch on a layer of $op" --layer "$layer" --operator "$op"
done <"$scratch/operators"
beside 0 '^layer1 +torch_channels_last .*' "two ways of PyTorch, and a kernel, on pooling" --kernel max_pool_naive --csv "$csv" \
  --layer 'max_pool2d n2 c8 in9x5 k3x2 s2x3 p1x0 d2x1 ceil'
awk -F, '$8 == "max_pool_naive" { work = $22 * $18 } NR > 1 && ($22 * $18 / work - 1) ^ 2 > 1e-12 { bad = 1 }
  NR > 1 && ($18 / 2 / $45 - 1) ^ 2 > 1e-12 { bad = 1 } END { exit bad || NR != 4 }' "$csv"
point $? "whose columns agree with each other"
beside 0 '^layer1 +torch_nchw .*' "pooling without a batch, in u8, with indices" --layer 'max_pool2d c3 in9x8 k3x2 u8 indices'

peers=$(echo "$source"/build/peers/lib/python3*/site-packages)
if [ ! -d "$peers/openvino" ] || [ ! -d "$peers/onnxruntime" ]; then
  point 0 "the rest # SKIP ONNX Runtime and OpenVINO are not installed in build/peers; ./run bench-peers does that"
  finish
  exit
fi
PYTHONPATH=$peers
export PYTHONPATH
for layer in 'n2 c8:4 in9x5 k3x4 s2x3 p1x0 op0x1 d2x1 g2 bias' 'c4:6 in1x30 k1x16 s1x8 p0x4'; do
  beside 0 '^layer1 +openvino .* [0-9.]+$' "ONNX Runtime and OpenVINO: $layer" --kernel naive --layer "conv_transpose2d $layer"
  grep -Eq '^layer1 +onnxruntime .* [0-9.]+$' "$scratch/out"
  point $? "both of them"
done
finish
