/* A kernel through a suite: the worker asked, the answers judged, the verdicts counted and told.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_RUN_H
#define TB_RUN_H

#include "client.h"
#include "report.h"
#include "suite.h"

typedef struct tb_run {
  tb_tap *tap;
  tb_worker *worker;
  const tb_kernel_info *kernel;
  const char *label, *select; /* what to call the kernel, and what --kernel takes */
  tb_tally *tally;
  int told; /* failures told to people so far */
  int time_outs;
  float *y[2]; /* the answers of the two placements */
  int64_t capacity;
} tb_run;

/* Runs all cases of the suite that are of the kernel's operator: a subtest for each group. False: the worker can no longer be
 * started. */
bool tb_run_suite(tb_run *run, const tb_suite *suite);

/* The validator, which is tenbin's own and needs no worker: every rejected case ends in PyTorch's message, and every other one
 * has an output of PyTorch's shape. */
void tb_run_validator(tb_tap *tap, const tb_suite *suite, tb_tally *tally);

/* Holds the number of supported cases of a built-in kernel against what is committed in conformance/support.txt for this suite
 * and for the library in use; fewer is a failing point. */
void tb_run_support(tb_tap *tap, const tb_suite *suite, tb_tally *tally);

#endif
