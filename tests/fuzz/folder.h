/* A whole folder of data, of which fuzzers change a part.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_FOLDER_H
#define TB_FOLDER_H

#include "text.h"

/* A container of golden data with PyTorch's refusals of two cases: eight bytes of length, and JSON. */
void folder_container(tb_text *t);

/* The line of MANIFEST that lists a file. */
void folder_list(tb_text *t, const char *name, const void *bytes, size_t size);

/* For each file of cases that a suite reads one of these two cases, or one that needs no answer. */
void folder_cases(void);

#endif
