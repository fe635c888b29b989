/* What built-in kernels are known to get wrong: conformance/known.txt.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_KNOWN_H
#define TB_KNOWN_H

#include "chunk.h"
#include "report.h"

#define TB_KNOWN_MAX 16 /* rows of a kernel */

typedef struct tb_known_row {
  char cases[160], report[240];
  int matched; /* failing cases so far */
} tb_known_row;

typedef struct tb_known {
  int rows;
  tb_known_row row[TB_KNOWN_MAX];
} tb_known;

/* Reads the rows of a kernel that reports this library ("": none). False: the file cannot be read or has a malformed row;
 * message names file and line. */
bool tb_known_open(tb_known *k, const char *kernel, const char *library, char *message, size_t size);

/* Turns the failed results of a chunk that a row knows into `known`, with the report as the reason. */
void tb_known_take(tb_known *k, tb_case_result *results, int cases);

/* After a whole suite: one point, which fails if a row matched no failing case. None where there are no rows. */
void tb_known_report(const tb_known *k, tb_tap *tap, const tb_tally *tally);

#endif
