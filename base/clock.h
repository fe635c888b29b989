/* The clock of limits and progress.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_CLOCK_H
#define TB_CLOCK_H

#include <time.h>

/* Seconds, from some point in the past. */
static inline double tb_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

#endif
