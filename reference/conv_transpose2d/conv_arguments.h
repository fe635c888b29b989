/* The arguments of F.conv_transpose2d, and the shapes that follow from them.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_CONV_ARGUMENTS_H
#define TB_CONV_ARGUMENTS_H

#include "problem.h"

/* Its kinds of data. */
typedef enum tb_conv_fill { TB_WIDE_X, TB_WIDE_W, TB_REAL } tb_conv_fill;

/* Valid or not. In the short form batch, channels, in and kernel say what x, w and b are; in the raw form these are given. */
typedef struct tb_conv {
  int64_t batch;       /* -1: unbatched */
  int64_t channels[2]; /* in_channels, out_channels */
  tb_list in, kernel;
  tb_list stride, padding, output_padding, dilation;
  int64_t groups;
  bool bias;
  tb_list x, w, b; /* shapes */
} tb_conv;
_Static_assert(sizeof(tb_conv) <= TB_ARGUMENTS_MAX, "a case has room for it");

/* What follows from them. */
typedef struct tb_conv_shape {
  tenbin_conv2d conv;
  int64_t batch, in_channels, out_channels; /* batch is 1 where the input is unbatched */
  int64_t in[2], kernel[2], out[2];
} tb_conv_shape;
_Static_assert(sizeof(tb_conv_shape) <= TB_SHAPE_MAX, "a problem has room for it");

extern const tb_operator tb_operator_conv_transpose2d;

/* Of a case of this operator. After a change of what the tokens give, tb_conv_complete makes the shapes anew. */
static inline const tb_conv *tb_conv_of(const tb_case *c) {
  return (const tb_conv *)(const void *)c->arguments;
}
static inline tb_conv *tb_conv_edit(tb_case *c) {
  return (tb_conv *)(void *)c->arguments;
}
void tb_conv_complete(tb_case *c);

static inline const tb_conv_shape *tb_conv2d(const tb_problem *p) {
  return (const tb_conv_shape *)(const void *)p->shape;
}

#endif
