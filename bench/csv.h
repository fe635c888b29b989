/* The rows as a file of comma-separated values, complete or not there.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_CSV_H
#define TB_CSV_H

#include "bench.h"
#include "floor.h"
#include "machine.h"
#include "outfile.h"

typedef struct tb_csv tb_csv;

/* Finds out whether PATH can be written, by writing a temporary file beside it and removing it. Failures are told.
 * PATH must outlive what is returned. */
tb_csv *tb_csv_open(const char *path);

/* As tb_outfiles_apart. */
int tb_csv_apart(const tb_csv *csv, const tb_input *input, int inputs);

/* Adds a row, in memory. */
void tb_csv_add(tb_csv *csv, const tb_machine *machine, const tb_timing *timing, const tb_layer *layer, const tb_floor *floor,
                const tb_row *row);

/* Writes a temporary file beside PATH and renames it. False: told, PATH is as it was, and no other file is left. Without rows
 * nothing is written. */
bool tb_csv_write(tb_csv *csv);

int tb_csv_rows(const tb_csv *csv);
void tb_csv_close(tb_csv *csv); /* NULL is allowed */

#endif
