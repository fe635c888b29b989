/* Single cases on one kernel, one after the other, each judged as it comes: what the diagnosis tries things out with.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_TRIAL_H
#define TB_TRIAL_H

#include "chunk.h"

typedef struct tb_trial {
  tb_worker worker;
  tb_kernel_run run;
  tb_suite_group group; /* of no list */
} tb_trial;

/* False: a worker cannot be started. */
bool tb_trial_open(tb_trial *trial, const tb_suite *suite, const char *program, const char *plugin, const char *kernel,
                   const volatile sig_atomic_t *stop);
void tb_trial_close(tb_trial *trial);

/* Runs a valid case, with all the checks of a listed one, and judges it. False: stopped, or no more workers. */
bool tb_trial_run(tb_trial *trial, const tb_case *c, tb_problem *p, tb_judgement *out);

/* The first answer of the case that ran last, p its problem, as doubles, and whether each was never written; p->kept or the
 * output's elements of both, to be freed. False: it did not run to its end. */
bool tb_trial_answer(tb_trial *trial, const tb_problem *p, double **got, bool **unwritten);

#endif
