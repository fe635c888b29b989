/* The rows of a benchmark as a file of comma-separated values, complete or not there.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_BENCH_CSV_H
#define TB_BENCH_CSV_H

#include "bench.h"
#include "csv.h"
#include "floor.h"
#include "machine.h"

/* The names of the columns. */
extern const char tb_bench_csv_header[];

/* Adds a row, in memory. */
void tb_bench_csv_add(tb_csv *csv, const tb_machine *machine, const tb_timing *timing, const tb_layer *layer,
                      const tb_floor *floor, const tb_row *row);

#endif
