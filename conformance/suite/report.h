/* The report of a run: a failing point for a reader of TAP, and the table for people.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_REPORT_H
#define TB_REPORT_H

#include "chunk.h"
#include "tap.h"

#include <stdio.h>

/* Texts, and how often each occurred; the others, for which there is no room, are counted together. */
typedef struct tb_texts {
  int texts, others;
  struct {
    char text[TB_WHY];
    int count;
  } text[8];
} tb_texts;

/* How one kernel fared. */
typedef struct tb_tally {
  const char *kernel; /* its name in reports */
  char library[sizeof((tb_kernel_info *)0)->library];
  int count[TB_VERDICTS];
  int reported; /* failures, on standard error */
  double seconds;
  tb_texts known, reasons; /* of what is unsupported */
  tb_texts notes;          /* how cases passed that passed by less than every bit of PyTorch's */
} tb_tally;

/* Where a kernel's results go. */
typedef struct tb_reporter {
  tb_tap *tap; /* NULL: they are counted, and not reported */
  tb_tally *tally;
  const char *select; /* what --kernel takes */
  bool verbose;       /* passing points also show their statistics */
} tb_reporter;

void tb_texts_count(tb_texts *texts, const char *text);

int tb_tally_cases(const tb_tally *tally);
int tb_tally_failures(const tb_tally *tally);

/* Reports and counts a chunk: a point for each case of a list, one for a block of a ledger. Under a failing one stand the
 * verdict and its reason, at most ten elements (index, got and want) or the statistics, what the kernel printed, and the lines
 * of tenbin and of PyTorch that reproduce it; under a failing block, each failing case's descriptor as well. The first few
 * failures are reported to people on standard error. */
void tb_report_chunk(const tb_reporter *reporter, const tb_suite_group *group, const tb_chunk *chunk,
                     const tb_case_result *results);

void tb_report_table(FILE *out, const tb_tally *tallies, int count);

#endif
