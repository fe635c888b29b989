/* Which kernels `tenbin check` and `tenbin diagnose` are asked for.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_CHECK_KERNELS_H
#define TB_CHECK_KERNELS_H

#include "check_options.h"
#include "client.h"

/* The selections of the command line, or the one of all built-in kernels. */
int tb_selections(const tb_check_options *options);
const tb_selection *tb_selection_at(const tb_check_options *options, int i);

/* The kernels of a plugin, or with NULL the built-in ones, until the next call, and the worker's program. NULL: the file cannot
 * be loaded, which is reported. */
const tb_hello *tb_kernels_of(const char *plugin, char program[4096]);

/* Those of a selection's file. NULL: the program ends with *code, for the file cannot be loaded or lacks the kernel that is
 * named. */
const tb_hello *tb_selection_list(const tb_selection *selection, char program[4096], int *code);

/* Whether a selection and --operator both mean a kernel of its file. */
bool tb_is_chosen(const tb_check_options *options, const tb_selection *selection, const tb_kernel_info *info);

/* Each operator of --operator has a kernel among the selections'. 0, or an exit code. */
int tb_check_operators(const tb_check_options *options);

#endif
