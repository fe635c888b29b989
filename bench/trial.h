/* One kernel on one problem, ready to be timed: a worker of its own.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_TRIAL_H
#define TB_TRIAL_H

#include "bench.h"
#include "client.h"
#include "gbench.h"

typedef struct tb_trial {
  const tb_subject *subject;
  const tb_problem *problem;
  const tb_files *files; /* filled with the problem's inputs */
  tb_timing timing;
  double clock; /* seconds that the clock itself takes, of a call that is timed by itself */
  const volatile sig_atomic_t *stop;
  tb_row *row;
  tb_worker worker;
  bool alive;       /* the worker is there, and answers */
  tb_order order;   /* of a batch */
  tb_times *answer; /* its times */
  double *sample;   /* [room] */
  int samples, room;
} tb_trial;

/* Starts a worker, asks the kernel, times prepare and keeps a plan. False: the row says why. To be released in any case. */
bool tb_trial_prepare(tb_trial *t);

/* Runs the kernel until its time is known, and chooses batches by it. False: it failed, and the row says how. */
bool tb_trial_warm_up(tb_trial *t, double min_time, tb_gbench_task *task);

/* The row of a kernel whose batches are done. */
void tb_trial_summarize(tb_trial *t, const tb_gbench_task *task);

void tb_trial_release(tb_trial *t);

/* Seconds between two looks at the clock, one directly after the other: median. */
double tb_clock_cost(void);

#endif
