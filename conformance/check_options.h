/* What `tenbin check` and `tenbin diagnose` are asked for.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_CHECK_OPTIONS_H
#define TB_CHECK_OPTIONS_H

#include "suite.h"

enum { TB_MANY = 64 };

/* A kernel's name as given: FILE.so, FILE.so:NAME or NAME. */
typedef struct tb_selection {
  char file[4096]; /* empty: built-in */
  char name[64];   /* empty: all of the file */
} tb_selection;

typedef struct tb_check_options {
  const char *command; /* in messages */
  const char *kernel[TB_MANY], *text[TB_MANY], *file[TB_MANY];
  int kernels, texts, files, jobs;
  const char *suite;
  tb_shard shard;
  bool until_failure, undiagnosed, verbose;
  bool diagnose; /* and nothing else: no TAP, and no validator */
} tb_check_options;

/* 0, or 1 + an exit code. */
int tb_check_options_parse(int argc, char **argv, bool diagnose, tb_check_options *out);

tb_selection tb_select(const char *word);

#endif
