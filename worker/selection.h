/* How a command line names kernels.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_SELECTION_H
#define TB_SELECTION_H

#include "registry.h"

/* NAME: a built-in kernel. FILE.so: all kernels of a plugin. FILE.so:NAME: one of them. */
typedef struct tb_selection {
  char file[4096];           /* empty: built-in */
  char name[TB_KERNEL_NAME]; /* empty: all of the file */
} tb_selection;

/* Whether a word names a file: no kernel's name has a '/' or a '.' */
bool tb_names_file(const char *word);

/* A file of the whole word is taken as it is; else the word ends a file's name at its last colon. False: message says why the
 * word names nothing. */
bool tb_select(const char *word, tb_selection *out, char message[TB_REGISTRY_MESSAGE]);

#endif
