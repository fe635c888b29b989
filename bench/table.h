/* The rows as a table for people, on standard output.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_TABLE_H
#define TB_TABLE_H

#include "bench.h"
#include "floor.h"
#include "machine.h"

typedef struct tb_table {
  const tb_options *options;
  const tb_subjects *subjects;
  int layer_width, kernel_width;
  const tb_operator *op; /* of the last row; NULL: none yet */
  double *log_ratio;     /* [subjects * numbers of threads], summed over layers */
  double *log_floor;     /* as many, the same of the ratios to the floor */
  double *log_speedup;   /* as many */
  double log_times;      /* of comparisons, summed over layers */
  int *layers;           /* as many, that it was timed on */
} tb_table;

/* Prints the head, with what the clock itself takes. False: no memory. Free with tb_table_close in any case. */
bool tb_table_open(tb_table *out, const tb_options *options, const tb_machine *machine, const tb_subjects *subjects,
                   const tb_layers *layers, double clock);

/* Prints the rows of a layer, and before them the columns' names where its operator is another than the last one's.
 * `floor`: one for each number of threads. */
void tb_table_layer(tb_table *table, const tb_layer *layer, const tb_floor *floor, const tb_row *row, int rows);

/* Prints what compares the two kernels of these rows. */
void tb_table_comparison(tb_table *table, const tb_layer *layer, const tb_floor *floor, const tb_row row[2]);

/* Prints the geometric means over the layers printed. */
void tb_table_summary(const tb_table *table);

void tb_table_close(tb_table *table);

#endif
