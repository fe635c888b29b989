/* A file of comma-separated values: RFC 4180's quoting, lines that end with a newline alone.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_CSV_H
#define TB_CSV_H

#include "outfile.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct tb_csv tb_csv;

/* As tb_outfile_open, for the option --csv. NULL: the error is reported. The header, the names of the columns separated by
 * commas, is the first line. */
tb_csv *tb_csv_open(const char *path, const char *header);
tb_outfile *tb_csv_file(const tb_csv *csv); /* NULL of NULL */

/* The fields of a row, from the left; numbers have nine digits, exact ones seventeen. */
void tb_csv_text(tb_csv *csv, const char *text);
void tb_csv_texts(tb_csv *csv, const char *const *text, size_t count);
void tb_csv_integer(tb_csv *csv, int64_t value);
void tb_csv_number(tb_csv *csv, double value);
void tb_csv_exact(tb_csv *csv, double value);
void tb_csv_number_if(tb_csv *csv, bool there, double value); /* or an empty field */
void tb_csv_empty(tb_csv *csv, int fields);

void tb_csv_end_row(tb_csv *csv);
int tb_csv_rows(const tb_csv *csv);

/* As those of tb_outfile; without rows nothing is written. */
bool tb_csv_write(tb_csv *csv);
void tb_csv_close(tb_csv *csv);

#endif
