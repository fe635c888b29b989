/* One kernel on one problem, ready to be timed.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_TRIAL_H
#define TB_TRIAL_H

#include "bench.h"
#include "gbench.h"
#include "tensors.h"
#include "timing_host.h"

typedef struct tb_trial {
  const tenbin_kernel *kernel;
  const tb_problem *problem;
  tb_kernel_view view; /* of it, from tb_trial_prepare on */
  const tb_tensors *tensors;
  tb_timing timing;
  double clock; /* seconds that the clock itself takes, of a call that is timed by itself */
  tb_row *row;
  tb_timing_host host;
  tenbin_plan *plan;
  tenbin_generator *generator; /* or NULL */
  tenbin_call call;
  size_t workspace; /* bytes that it needs */
  tenbin_status failure;
  double *sample; /* [room] */
  int samples, room;
} tb_trial;

/* Asks the kernel, times prepare and keeps a plan. False: the row says why. To be released in any case. */
bool tb_trial_prepare(tb_trial *t);

/* Runs the kernel until its time is known, and chooses batches by it. False: it failed, and the row says how. */
bool tb_trial_warm_up(tb_trial *t, void *workspace, double min_time, tb_gbench_task *task);

/* The row of a kernel whose batches are done. */
void tb_trial_summarize(tb_trial *t, const tb_gbench_task *task);

void tb_trial_release(tb_trial *t);

/* Seconds between two looks at the clock, one directly after the other: median. */
double tb_clock_cost(void);

#endif
