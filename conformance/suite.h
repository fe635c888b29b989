/* A suite: the cases of some files, in their groups, each with PyTorch's answer.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_SUITE_H
#define TB_SUITE_H

#include "cases.h"
#include "golden.h"

typedef struct tb_suite_case {
  const tb_case *c;
  const char *text, *flags, *why;
  const tb_golden_case *golden; /* NULL: the reference has to do */
} tb_suite_case;

typedef struct tb_suite_group {
  char name[128]; /* FILE/GROUP */
  bool reject;
  int cases;
  tb_suite_case *cases_of;
} tb_suite_group;

typedef struct tb_suite {
  const char *name; /* "quick", "full", or "" for cases of the caller's own */
  int groups;
  tb_suite_group *group;
  int files;
  tb_case_file **file;
  tb_golden *golden;
} tb_suite;

/* The folder that holds golden/ and conformance/: $TENBIN_DATA, or where tenbin was built. */
const char *tb_data_dir(void);

/* The committed suite of that name, "quick" or "full". Every case has its golden answer. NULL: message names what is missing or
 * damaged. */
tb_suite *tb_suite_open(const char *name, char *message, size_t size);

/* Files of cases, and single descriptors as a group of their own; golden answers where there are any. */
tb_suite *tb_suite_make(const char *const *files, int file_count, const char *const *texts, int text_count, char *message,
                        size_t size);

void tb_suite_close(tb_suite *suite);

#endif
