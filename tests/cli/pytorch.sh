# The Python under a failing point prints PyTorch's answer, which is what the judge wanted. SPDX-License-Identifier: MIT
. "$(dirname "$0")/lib.sh"
python=$source/build/pytorch/bin/python
if ! "$python" -c 'import torch' 2>/dev/null; then
  echo "1..0 # SKIP PyTorch is not installed in build/pytorch; ./run golden does that"
  exit 0
fi

# repeats NAME CASE [KERNEL]: notes what the point wants, and its snippet, as $scratch/N.want and $scratch/N.py.
count=0
repeats() {
  count=$((count + 1))
  "$tenbin" check --kernel "${3:-$build/mutants/scatter.so:stride_swapped}" --no-diagnosis --case "$2" >"$scratch/out" 2>/dev/null </dev/null
  sed -n 's/.*want \([^ ]*\) (.*/\1/p' "$scratch/out" >"$scratch/$count.want"
  sed -n '/^ *pytorch: |/,/^ *\.\.\./p' "$scratch/out" | sed '1d;$d;s/^        //' >"$scratch/$count.py"
  echo "$1" >>"$scratch/names"
}
repeats "integers, bias and groups" 'conv_transpose2d n2 c4:6 in4x3 k3x2 s2x1 p1x0 op1x0 d1x2 g2 bias seed=7'
repeats "wide weights, unbatched" 'conv_transpose2d c3:2 in4x3 k3x2 s2x1 fill=wide-w'
repeats "real data" 'conv_transpose2d n1 c3:2 in4x3 k3x2 s2x1 p1 fill=real seed=18446744073709551615'
repeats "special values" 'conv_transpose2d n1 c1:1 in3x2 k2x1 s1x2 set=x@3:nan,x@1:inf'
pool=$build/pools/pool.so:strides_ignored
repeats "pooling, pixel by pixel" 'max_pool2d n1 c2 in5x6 k2 s1 indices nhwc seed=3' "$pool"
repeats "pooling, of a large image" 'max_pool2d n1 c2 in30x40 k2 s1 nhwc seed=3' "$pool"
repeats "pooling of bf16" 'max_pool2d bf16 n1 c3 in20x30 k2 s1 p1 nhwc fill=wide seed=3' "$pool"
while read -r mutant case; do
  repeats "numbers: $case" "$case" "$(kernel_of streams stream.c "$mutant")"
done <<END
CACHE_KEPT_BY_SEED normal seed=0 calls=1,reseed,3
SINE_FIRST normal seed=0 calls=5x8/1x5 mean=3.25 std=0.1
SINES_FIRST normal bf16 seed=1 calls=1000 mean=3.25 std=0.1
SINES_FIRST normal stream=torch-cpu-default seed=0 calls=1000
SINES_FIRST normal f16 seed=0 calls=inject,608 repeat=50 mean=3.25 std=0.1
SEED_HASHED normal f64 seed=18446744073709551614 seeds=2 calls=3,17 repeat=2
END

# Each snippet runs in a process of its own, forked from one that has loaded PyTorch, which takes seconds.
(cd "$source" && "$python" - "$scratch" "$count") >"$scratch/results" 2>"$scratch/err" <<'END'
import os, sys
import numpy, torch

def repeats(name):
    child = os.fork()
    if child == 0:
        sys.stdout = open(name + ".got", "w")
        with open(name + ".py") as file:
            exec(compile(file.read(), file.name, "exec"), {"__name__": "__main__"})
        sys.stdout.flush()
        os._exit(0)
    if os.waitpid(child, 0)[1] != 0:
        return False
    want, got = ([line.strip() for line in open(name + end)] for end in (".want", ".got"))
    equal = [float.fromhex(w) == float(g) or w == g == "nan" for w, g in zip(want, got)]
    return len(want) == len(got) > 0 and all(equal)

for i in range(1, int(sys.argv[2]) + 1):
    print(0 if repeats(f"{sys.argv[1]}/{i}") else 1, flush=True)
END
[ $? -eq 0 ] && [ "$(wc -l <"$scratch/results")" -eq "$count" ]
point $? "all snippets are run"
paste "$scratch/results" "$scratch/names" >"$scratch/points"
while read -r wrong name; do
  point "$wrong" "$name"
done <"$scratch/points"
finish
