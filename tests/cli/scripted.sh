# Kernels that are timed and do what a test says, and a clock that they move: for tests of tenbin-pairs, which times two.
# SPDX-License-Identifier: MIT
compile() {
  ${CC:-cc} -std=gnu17 -D_GNU_SOURCE -O2 -fPIC -shared -I"$source/kernels" "$@"
}
compile -o "$scratch/clock.so" "$source/tests/cli/clock.c"
printf '\0\0\0\0\0\0\0\0' >"$scratch/clock"
# The processes of a command are found by TEST_MARK.
scripted_time="TEST_MARK=$scratch TEST_CLOCK=$scratch/clock LD_PRELOAD=$scratch/clock.so ASAN_OPTIONS=verify_asan_link_order=0:${ASAN_OPTIONS:-}"

sed 's/^#include "kernel.h"/&\n#include "script.h"/
  s/^  (void)constant;.*/&\n  if (problem->input[0].size[1] == 5) {\n    IN_PREPARE;\n  }/
  s/^  for (int64_t n = 0; n < batch; n++)/  spend(COST);\n  if (x_size[0] == 5) {\n    IN_RUN;\n  }\n&/' \
  "$source/kernels/example.c" >"$scratch/scripted.c"
# scripted NAME COST ARGUMENT..: $scratch/NAME.so, the example with script.h. -DIN_PREPARE=STATEMENT and -DIN_RUN=STATEMENT: what
# it does on images of five channels; -DIN_LOAD=STATEMENT: as it is loaded.
scripted() {
  name=$1 cost=$2
  shift 2
  compile -I"$source/tests/cli" -DCOST="$cost" -o "$scratch/$name.so" "$scratch/scripted.c" "$@"
}
five='conv_transpose2d n1 c5:6 in9x7 k2 s2'

unmarked() {
  ! grep -qsaF "TEST_MARK=$scratch" /proc/[0-9]*/environ
}

# nothing_left NAME: no process of a command with $scripted_time is left, in whatever group and session.
nothing_left() {
  until_ok unmarked
  point $? "$1"
}

# killed NAME COMMAND..: runs the command, whose kernel $scratch/stuck.so starts a process and then sleeps, and kills it there. No
# process may be left.
killed() {
  name=$1
  shift
  scripted stuck 150000 '-DIN_RUN=leave(1); creat(getenv("TEST_RAN"), 0600); doze()'
  rm -f "$scratch/ran"
  env $scripted_time TEST_RAN="$scratch/ran" "$@" >"$scratch/out" 2>"$scratch/err" </dev/null &
  pid=$!
  until_ok test -e "$scratch/ran"
  kill -KILL $pid
  wait $pid 2>/dev/null
  nothing_left "$name"
}

# misdeeds COMMAND: makes kernels that do wrong, and calls COMMAND with what $scratch/wrong.so does and an extended regular
# expression of what is said of it. Two of them keep the clock waiting.
misdeeds() {
  while IFS='|' read -r what where statement pattern; do
    scripted wrong 150000 "-D$where=$statement"
    "$1" "$what" "$pattern"
  done <<'END'
crash in prepare|IN_PREPARE|crash()|crashed in prepare: SIGSEGV
crash in run|IN_RUN|crash()|crashed in run: SIGSEGV
loop for ever|IN_RUN|loop()|hung in run: over the limit on processor time
sleep for ever|IN_RUN|doze()|hung in run: no answer within
exit(0)|IN_RUN|exit(0)|ended the process in run: exit code 0
_exit(77)|IN_RUN|_exit(77)|ended the process in run: exit code 77
ask for 2^45 bytes|IN_PREPARE|if (!host->alloc(host->self, (size_t)1 << 45, 64)) return TENBIN_OUT_OF_MEMORY|prepare returned TENBIN_OUT_OF_MEMORY: it had asked for 35184372[0-9]+ bytes of plan memory, and may have
answer what is no number|IN_RUN|say("times 1 nan\n")|wrote into tenbin's pipe in run: 'times 1 nan'
answer without an end|IN_RUN|babble()|wrote into tenbin's pipe in run: 'xxxx
answer control characters|IN_RUN|say("\033[2J\n")|wrote into tenbin's pipe in run: '.x1b\[2J'
answer in the place of the process|IN_RUN|forge()|wrote into tenbin's pipe in run: 'times 1 0 1e-4
close the pipe|IN_RUN|hush()|closed tenbin's pipe in run
END
}
