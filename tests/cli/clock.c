/* A clock for tests, preloaded (LD_PRELOAD): where TEST_CLOCK names a file of 8 bytes, time is the number in it, to
 * tenbin-pairs alone. Each look at it adds TICK, and a kernel adds what it likes, in whatever link namespace it is. So what the
 * gate finds of scripted kernels is exact, whatever else the machine does. Where TEST_LOOKS is set, time is such a number to
 * tenbin-machine, and after as many looks at it the process gets the signal TEST_SIGNAL.
 *
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define TICK 50000 /* nanoseconds */

static _Atomic long own, looks, *now;
static long last;

__attribute__((constructor)) static void open_clock(void) {
  const char *file = getenv("TEST_CLOCK"), *last_look = getenv("TEST_LOOKS");
  if (file && strcmp(program_invocation_short_name, "tenbin-pairs") == 0) {
    void *memory = mmap(NULL, sizeof *now, PROT_READ | PROT_WRITE, MAP_SHARED, open(file, O_RDWR | O_CLOEXEC), 0);
    now = memory == MAP_FAILED ? NULL : memory;
  } else if (last_look && strcmp(program_invocation_short_name, "tenbin machine") == 0) {
    now = &own;
    last = atol(last_look);
  }
}

int clock_gettime(clockid_t id, struct timespec *out) {
  if (id != CLOCK_MONOTONIC || !now)
    return (int)syscall(SYS_clock_gettime, id, out);
  if (last > 0 && ++looks == last)
    kill(getpid(), atoi(getenv("TEST_SIGNAL")));
  const long at = *now += now == &own ? 20 * TICK : TICK;
  *out = (struct timespec){at / 1000000000, at % 1000000000};
  return 0;
}
