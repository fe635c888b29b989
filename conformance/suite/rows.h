/* The results of a run as rows of a CSV file: the schema tenbin-check-1, which conformance/README.md describes.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_ROWS_H
#define TB_ROWS_H

#include "chunk.h"
#include "csv.h"

typedef struct tb_rows tb_rows;

/* Opens PATH for the rows of kernels on this suite, which must outlive it. NULL: the error is reported. */
tb_rows *tb_rows_open(const char *path, const tb_suite *suite);
tb_outfile *tb_rows_file(const tb_rows *rows);

/* The kernel whose results come next, and the file that it is loaded from, which is read for its digest. */
void tb_rows_kernel(tb_rows *rows, const tb_kernel_info *kernel, const char *file);

/* Counts the results of a chunk. Cases that agree in all columns but the case are one row. */
void tb_rows_take(tb_rows *rows, const tb_suite_group *group, const tb_chunk *chunk, const tb_case_result *results);

/* Writes the rows, in the order in which they began. False: the error is reported. Without rows, or with NULL, nothing is
 * written. */
bool tb_rows_write(tb_rows *rows);
void tb_rows_close(tb_rows *rows);

#endif
