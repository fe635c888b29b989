/* Google Benchmark from C: batches of runs, repeated, in random order, their times handed back one by one.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_GBENCH_H
#define TB_GBENCH_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tb_gbench_task {
  bool (*run)(void *arg);                    /* one run; false: it failed, and the task ends */
  void (*report)(void *arg, double seconds); /* of a batch that did not fail: real time of one run */
  void *arg;
  int64_t iterations;      /* runs a batch, at least 1 */
  int repetitions;         /* batches, at least 1 */
  bool (*warm)(void *arg); /* a run before each batch that is not timed, or NULL */
  bool failed;             /* set by tb_gbench_run */
} tb_gbench_task;

/* Times the batches of all tasks, shuffled. Nothing is printed. When *stop becomes nonzero the remaining batches are skipped.
 * False: Google Benchmark failed for want of memory or threads. Not to be called from two threads at once. */
bool tb_gbench_run(tb_gbench_task *task, int tasks, const volatile sig_atomic_t *stop);

#ifdef __cplusplus
}
#endif
#endif
