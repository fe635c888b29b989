/* What `tenbin check` and `tenbin diagnose` are asked for.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_CHECK_OPTIONS_H
#define TB_CHECK_OPTIONS_H

#include "program.h"
#include "selection.h"
#include "suite.h"

enum { TB_MANY = 64 };

typedef struct tb_check_options {
  const char *kernel[TB_MANY], *text[TB_MANY], *file[TB_MANY];
  tb_selection selection[TB_MANY]; /* [kernels] */
  int kernels, texts, files, jobs;
  unsigned operators; /* --operator; the default: all */
  const char *suite, *csv;
  tb_shard shard;
  bool until_failure, undiagnosed, verbose;
  bool diagnose; /* and nothing else: no TAP, and no validator */
} tb_check_options;

/* False: the program ends with *code. */
bool tb_check_options_parse(int argc, char **argv, bool diagnose, tb_check_options *out, int *code);

#endif
