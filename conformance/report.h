/* What a run says: a failing point for a reader of TAP, and the table for people.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_REPORT_H
#define TB_REPORT_H

#include "chunk.h"
#include "tap.h"

#include <stdio.h>

/* How one kernel fared. */
typedef struct tb_tally {
  char kernel[64], library[120];
  int count[TB_VERDICTS];
  int told; /* failures told to people */
  double seconds;
  int reasons;
  struct {
    char why[160];
    int count;
  } reason[8]; /* of what is unsupported, as far as there is room */
} tb_tally;

int tb_tally_cases(const tb_tally *tally);
int tb_tally_failures(const tb_tally *tally);

/* Tells and counts a chunk: a point for each case of a list, one for a block of a ledger. Under a failing one stand the verdict
 * and its reason, at most ten elements (index, got and want), what the kernel printed, and the lines of tenbin and of PyTorch
 * that reproduce it; under a failing block, each failing case's descriptor as well. The first few failures are told to people
 * on standard error. `select` is what --kernel takes. */
void tb_report_chunk(tb_tap *tap, tb_tally *tally, const char *select, const tb_suite_group *group, const tb_chunk *chunk,
                     const tb_case_result *results);

void tb_report_table(FILE *out, const tb_tally *tallies, int count);

#endif
