/* Where a transposed convolution puts what: taps, crop, the rows that output_padding adds, phases; and what of it is drawn.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_GEOMETRY_H
#define TB_GEOMETRY_H

#include "conv_arguments.h"

/* One axis of a transposed convolution; the two do not mix. "Row" stands for either. The full output is what all taps of all
 * input rows cover; row q of y is its row q + padding:
 *
 *     full row  0 .. padding - 1     padding + out - 1     full - 1
 *               cut by padding  |  y: out rows           |  cut by padding
 *
 * The last output_padding rows of y are those that it has more than without output_padding: rows that padding would have cut,
 * or, where output_padding is larger than padding, rows after the full output, which no tap reaches. */
typedef struct tb_axis {
  int64_t in, kernel, stride, padding, output_padding, dilation;
  int64_t extent; /* of the kernel: dilation*(kernel - 1) + 1 */
  int64_t full;   /* (in - 1)*stride + extent */
  int64_t out;    /* full - 2*padding + output_padding */
} tb_axis;

/* Axis 0 is height. */
tb_axis tb_axis_of(const tb_problem *p, int axis);

/* The row of y on which tap k puts input row i: i*stride - padding + k*dilation. Cut off unless it lies in [0, out). */
int64_t tb_axis_land(const tb_axis *a, int64_t i, int64_t k);

/* The input row that tap k brings to row q of y, or -1. q may lie outside of y. */
int64_t tb_axis_source(const tb_axis *a, int64_t q, int64_t k);

/* The tap that puts input row i on row q of y, or -1. */
int64_t tb_axis_tap(const tb_axis *a, int64_t i, int64_t q);

/* How many taps bring something to row q. */
int64_t tb_axis_taps(const tb_axis *a, int64_t q);

/* Rows q of y with (q + padding) mod stride = phase meet the taps of one residue class only: whether tap k is one of them, and
 * how many there are. Of 0 taps the phase is a hole: its rows hold the bias. */
bool tb_phase_meets(const tb_axis *a, int64_t phase, int64_t k);
int64_t tb_phase_taps(const tb_axis *a, int64_t phase);

/* The rows that torch.nn.Conv2d with the same parameters makes of `rows` rows: floor((rows + 2*padding - extent)/stride) + 1.
 * stride sizes are mapped to the same; output_padding chooses among them. */
int64_t tb_axis_forward(const tb_axis *a, int64_t rows);

/* What the taps do all together. */
typedef struct tb_axis_counts {
  int64_t kept;          /* (input row, tap) pairs that land in y, of in*kernel */
  int64_t fewest, most;  /* taps of a row of y */
  int64_t holes;         /* rows of y that no tap reaches */
  int64_t extra_reached; /* of the output_padding rows */
} tb_axis_counts;

/* Visits each row of y, and up to 2*stride taps of it. */
tb_axis_counts tb_axis_count(const tb_axis *a);

#define TB_VIEW_MAX 16

/* The rows that are drawn: what has more than TB_VIEW_MAX rows is abbreviated, each part of it by itself. at[] holds row
 * numbers, and -1 once where some are left out. */
typedef struct tb_view {
  int rows;
  int64_t at[TB_VIEW_MAX + 1];
  int y, extra, end; /* of a full output: where in at[] y begins, its output_padding rows do, and it ends */
  bool cut;
} tb_view;

/* Rows 0 .. n - 1. */
tb_view tb_view_of(int64_t n);

/* The full output, with what output_padding adds after it. */
tb_view tb_view_of_full(const tb_axis *a);

#endif
