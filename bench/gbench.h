/* Google Benchmark from C: batches of runs, repeated, in random order, their times handed back one by one.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_GBENCH_H
#define TB_GBENCH_H

#include <signal.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tb_gbench_task {
  bool (*batch)(void *arg, double *seconds); /* one batch, and its time; false: it failed, and the task ends */
  void (*report)(void *arg, double seconds); /* of a batch that did not fail */
  void *arg;
  int batches; /* at least 1 */
  bool failed; /* set by tb_gbench_run */
} tb_gbench_task;

/* Runs the batches of all tasks, shuffled: to Google Benchmark each is one iteration, whose time it is told. Nothing is
 * printed. When *stop becomes nonzero the remaining batches are skipped. False: Google Benchmark failed for want of memory or
 * threads. Not to be called from two threads at once. */
bool tb_gbench_run(tb_gbench_task *task, int tasks, const volatile sig_atomic_t *stop);

#ifdef __cplusplus
}
#endif
#endif
