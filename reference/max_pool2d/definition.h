/* max_pool2d from its definition, twice: as a walk over the windows and as a scatter of the pixels. No speed, no tricks.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_MAX_POOL2D_DEFINITION_H
#define TB_MAX_POOL2D_DEFINITION_H

#include "max_pool2d/rules.h"

/* A valid problem: planes (batch times channels) of in[0] x in[1] pixels. Index 0 is height. */
typedef struct tb_max_pool2d_shape {
  int64_t planes, in[2], out[2], kernel_size[2], stride[2], padding[2], dilation[2];
} tb_max_pool2d_shape;

/* The shape of arguments that tb_max_pool2d_check accepts with output y. */
tb_max_pool2d_shape tb_max_pool2d_shape_of(const tb_max_pool2d *c, const tb_list *y);

/* The numbers of x or of y, dense: those of floating dtypes as real, and whole is NULL; those of integer dtypes as whole, for
 * s64 does not fit a double, and real is NULL. */
typedef struct tb_max_pool2d_numbers {
  double *real;
  int64_t *whole;
} tb_max_pool2d_numbers;

/* All of y and of indices, dense. An element of y is the greatest pixel of its window, in which row h belongs
 * to row q of y where h = q*stride - padding + k*dilation, 0 <= k < kernel_size, and columns likewise; its index is h*in[1] +
 * w. Of equal pixels the first in row-major order counts, +0 and -0 being equal; of several NaN the last, and a NaN is greater
 * than all numbers. A window without a pixel gives -inf, of integers `lowest`, and the index of its first row and column that
 * are not negative, wherever they lie.
 *
 * The walk goes over the taps of each window and looks whether there is a pixel; the scatter goes over the pixels and looks in
 * which windows each lies. They share no index arithmetic. */
void tb_max_pool2d_walk(const tb_max_pool2d_shape *p, tb_max_pool2d_numbers x, int64_t lowest, tb_max_pool2d_numbers y,
                        int64_t *indices);
void tb_max_pool2d_scatter(const tb_max_pool2d_shape *p, tb_max_pool2d_numbers x, int64_t lowest, tb_max_pool2d_numbers y,
                           int64_t *indices);

/* The element of dense x that is element `index` of y, as the walk finds it; -1: its window holds no pixel. */
int64_t tb_max_pool2d_element(const tb_max_pool2d_shape *p, tb_max_pool2d_numbers x, int64_t index);

/* Whether a window of the problem holds no pixel, which takes padding and dilation. */
bool tb_max_pool2d_has_empty_window(const tb_max_pool2d_shape *p);

#endif
