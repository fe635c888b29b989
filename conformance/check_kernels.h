/* Which kernels `tenbin check` and `tenbin diagnose` are asked for.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_CHECK_KERNELS_H
#define TB_CHECK_KERNELS_H

#include "check_options.h"
#include "client.h"

/* A kernel to judge. */
typedef struct tb_chosen {
  const tb_selection *selection;
  tb_kernel_info info;
  char select[sizeof(tb_selection) + 1]; /* what --kernel takes: NAME or FILE.so:NAME */
  const char *label; /* its name in reports: that of its table, or `select` if another file has one of that name */
} tb_chosen;

typedef struct tb_roster {
  char program[4096]; /* tenbin-worker */
  int count;
  tb_chosen *item;
  bool empty[TB_MANY]; /* of each selection: --operator means none of its kernels */
} tb_roster;

/* The selections of the command line, or the one of all built-in kernels. */
int tb_selections(const tb_check_options *options);
const tb_selection *tb_selection_at(const tb_check_options *options, int i);

/* The kernels of a plugin, or with NULL the built-in ones, until the next call, and the worker's program. NULL: the file cannot
 * be loaded, which is reported. */
const tb_hello *tb_kernels_of(const char *plugin, char program[4096]);

/* Those of a selection's file. NULL: the program ends with *code, for the file cannot be loaded or lacks the kernel that is
 * named. */
const tb_hello *tb_selection_list(const tb_selection *selection, char program[4096], int *code);

/* Whether a selection means a kernel of its file. */
bool tb_selection_names(const tb_selection *selection, const tb_kernel_info *info);

/* The kernels that the selections and --operator both mean, each once: all files are looked at, and each operator of --operator
 * has a kernel. 0, or an exit code; what is wrong is reported. To be freed in both cases. */
int tb_roster_make(const tb_check_options *options, tb_roster *out);
void tb_roster_free(tb_roster *roster);

#endif
