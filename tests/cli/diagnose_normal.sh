# tenbin diagnose, of normal: what a wrong kernel's author reads. SPDX-License-Identifier: MIT
. "$(dirname "$0")/lib.sh"
cases=$source/conformance/cases/normal/normal.cases
{ echo '[short]'; grep -E '^normal ((f64|f16|bf16) )?(stream=torch-cpu-default )?seed=[0-9]+ calls=([0-9]{1,3}|reseed)(,([0-9]{1,3}|reseed))* ' "$cases" | grep -v 'std=\(-\|nan\)'; } >"$scratch/short.cases"

# diagnosed MUTANT: its diagnosis by the short cases.
diagnosed() {
  kernel=$(kernel_of streams stream.c "$1")
  expect 1 "^${kernel##*:}: [0-9]+ of [0-9]+ cases fail" "$1" "$tenbin" diagnose "$kernel" --cases "$scratch/short.cases"
}

# says PATTERN NAME: a line of the last diagnosis.
says() {
  grep -Eq -- "$1" "$scratch/out"
  point $? "$2"
}

# silent PATTERN NAME: no line of it.
silent() {
  ! grep -Eq -- "$1" "$scratch/out"
  point $? "$2"
}

diagnosed NEIGHBOURS_PAIRED
says 'first wrong number is y\[0\] of call 1, which has 16: a cosine, lane 0 of a block of 16' "a lane"
says '^      - the wrong numbers are those of pairs \(2 k, 2 k \+ 1\) of a block' "wrong pairs"
says 'exactly the numbers drawn in blocks of 16' "and where they are"
says '\(NEIGHBOURS_PAIRED, B13' "by name"

diagnosed CACHE_OF_ONE_CALL
says '^      normal seed=0 calls=1,1$' "a number that waits is lost: the smallest case"
says 'y\[0\] of call 2, which has 1: a sine that had waited from an earlier call' "the first wrong number"
says 'exactly the numbers that had waited from an earlier call' "and where they are"
says "tenbin check --kernel .*/stream.so:cache_of_one_call --case 'normal seed=0 calls=1,1'" "the line that repeats it"
says 'torch.empty\(1, dtype=torch.float32\).normal_' "and PyTorch's"

diagnosed CACHE_KEPT_BY_SEED
says 'a number was waiting: seeding has to drop it' "a number that waits too long"

diagnosed CACHE_NOT_CLONED
says 'call 2 draws on a clone of the generator: it is not as the original' "a clone that is none"

diagnosed ANGLES_FIRST
says 'exchanged uniform numbers: that of the angle makes the radius' "angle and radius"

diagnosed HALF_UP
says '^      normal (f16|bf16) ' "a rounding of 16 bits: the smallest case"
says 'the neighbour of the right one' "the numbers beside the right ones"
silent 'wrong (are|is) .* of f(32|64)' "nothing is reported of the wide dtypes"

diagnosed STATE_LEFT_OFF_BY_ONE
says '^      failed: the numbers are right; the generator.s state is not PyTorch' "a wrong state"
says '`left`, at byte 8, is 0 and ought to be 1' "which field of it"

diagnosed TAIL_KEEPS_FINISHED
says 'exactly the numbers before a tail of n % 16 that are drawn again with it' "a tail"

# By PyTorch's bits: all numbers of a kernel in other rounding lie within the bound of the reference.
diagnosed FILL_IN_DOUBLE
says 'wrong are only numbers of f32, f16 and bf16, drawn in blocks of 16' "where bits are wrong that no bound would catch"

# Distributions
expect 1 'maximum 3\.[0-9]+: p = ' "a tail that is cut off: the statistics" \
  "$tenbin" diagnose "$build/generators/distribution.so:no_tail" --case 'normal stream=any seed=1 calls=1000000'
says '^      normal stream=any seed=0 calls=1000000$' "the smallest case has as many numbers as can be judged"
says 'no number is beyond 3\.65[0-9]* std: the tail is cut off there' "in words"
says 'every case of a distribution fails, 1 of 1' "and where"
silent 'torch.normal|import torch' "PyTorch has nothing to say of it"
expect 1 'lane_means|lane_variances' "a lane of another std" \
  "$tenbin" diagnose "$build/generators/distribution.so:lane_std" --case 'normal stream=any seed=20 calls=10000000'
says 'the std depends on the position in the call, or in its blocks of 16' "in words"
printf '%s\n' '[one]' 'normal stream=any seed=1 calls=1000000' '[seeds]' 'normal stream=any seed=0 seeds=62500 calls=16' \
  >"$scratch/any.cases"
expect 1 'numbers from index 16 on have been there before' "seeds that are not all used" \
  "$tenbin" diagnose "$build/streams/any.so:seed_low_bits_dropped" --cases "$scratch/any.cases"
says 'the numbers of seed 1 are those of a seed before' "in words"
says 'there fail: one 0 of 1, seeds 1 of 1' "and where"
says '\(SEED_LOW_BITS_DROPPED, B12' "by name"
no_workers "no worker is left"
finish
