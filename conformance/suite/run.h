/* A kernel through a suite: chunks run by several workers at once, reported in order.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_RUN_H
#define TB_RUN_H

#include "client.h"
#include "known.h"
#include "report.h"
#include "rows.h"
#include "suite.h"
#include "support.h"

typedef struct tb_run {
  tb_tap *tap; /* NULL: nothing is reported */
  const tb_suite *suite;
  const char *program, *plugin; /* tenbin-worker; NULL: the built-in kernels */
  const tb_kernel_info *kernel;
  const char *select; /* what --kernel takes */
  bool until_failure; /* the run ends after the first failing case */
  bool verbose;       /* passing points also show their statistics */
  int jobs;
  const volatile sig_atomic_t *stop;
  int index, kernels; /* this is kernel number index of so many, from 0, for the time left */
  double began;       /* when the first of them began, by tb_now */
  tb_tally *tally;
  tb_known *known;     /* what a built-in kernel is known to get wrong; or NULL */
  tb_rows *rows;       /* or NULL */
  tb_support *support; /* what is committed of a built-in kernel; NULL: it is not compared */
  /* Called with the results of each chunk, in order; may be NULL. */
  void (*take)(void *arg, const tb_suite_group *group, const tb_chunk *chunk, const tb_case_result *results);
  void *arg;
} tb_run;

/* Runs all cases of the suite for the kernel's operator, on run->jobs workers, with a subtest for each group. False: it was
 * stopped, or there is no memory for a worker, or the TAP stream cannot be written; what was reported is complete up to there.
 */
bool tb_run_suite(const tb_run *run);

#endif
