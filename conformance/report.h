/* What a run says: a failing point for a reader of TAP, and the table for people.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_REPORT_H
#define TB_REPORT_H

#include "judge.h"
#include "tap.h"

#include <stdio.h>

/* How one kernel fared. */
typedef struct tb_tally {
  char kernel[128], op[32], library[120];
  int count[TB_VERDICTS];
  double seconds;
} tb_tally;

int tb_tally_cases(const tb_tally *tally);
int tb_tally_failures(const tb_tally *tally);

/* One case's point, with a YAML block where it failed: the verdict and its reason, at most ten elements (index, got and want),
 * what the kernel printed, and the lines of tenbin and of PyTorch that reproduce it. `select` is what --kernel takes. */
void tb_report_point(tb_tap *tap, const char *select, const tb_problem *p, const char *flags, const tb_judgement *j,
                     const char *prints);

/* The same for people, in a few lines. */
void tb_report_failure(FILE *out, const char *kernel, const tb_problem *p, const tb_judgement *j);

void tb_report_table(FILE *out, const tb_tally *tallies, int count);

/* Python that makes the case's data, runs PyTorch on it, and prints the elements listed in the judgement. */
void tb_report_pytorch(const tb_problem *p, const tb_judgement *j, char *out, size_t size);

#endif
