/* What the built-in kernels are committed to support: conformance/support.txt, compared with each case of a run.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_SUPPORT_H
#define TB_SUPPORT_H

#include "chunk.h"
#include "report.h"

#define TB_SUPPORT_ALTERNATIVES 8
#define TB_SUPPORT_TERMS 3

/* parameter RELATION parameter + .., on either axis; or a text's name, = and a pattern of fnmatch(3); the text
 * `case` is the whole descriptor. */
typedef struct tb_support_condition {
  bool text;
  char relation[3];
  char name[32], term[TB_SUPPORT_TERMS][32];
  int terms;
  char pattern[60];
} tb_support_condition;

/* A kernel's row, and how its cases fared by it. */
typedef struct tb_support {
  bool found;
  int quick, full;  /* supported cases of the suites; -1: not known */
  int alternatives; /* a case is unsupported where one of these holds, but for the exceptions; none: nowhere */
  tb_support_condition alternative[TB_SUPPORT_ALTERNATIVES];
  int exceptions;
  tb_support_condition exception[TB_SUPPORT_ALTERNATIVES];
  int lacking, surplus; /* cases against the row: unsupported, and supported */
  char first_lacking[TB_TEXT_MAX], first_surplus[TB_TEXT_MAX];
} tb_support;

/* Reads support.txt for a kernel that reports this library ("": none): the first row of the kernel whose library is a beginning
 * of it. No such row is no error: `found` is false. False: the file cannot be read or has a malformed row; message names file
 * and line. */
bool tb_support_open(tb_support *s, const char *kernel, const char *library, char *message, size_t size);

/* Whether the row says that this case is supported. */
bool tb_support_expected(const tb_support *s, const tb_case *c);

/* Counts a chunk's results. */
void tb_support_take(tb_support *s, const tb_suite_group *group, const tb_chunk *chunk, const tb_case_result *results);

/* One point: only cases that the row excludes are unsupported. whole: all cases of the suite have run, so that their number is
 * also compared; fewer fail. What is supported beyond the row is reported on standard error, to correct the row. */
void tb_support_report(const tb_support *s, tb_tap *tap, const tb_tally *tally, const tb_suite *suite, bool whole);

#endif
