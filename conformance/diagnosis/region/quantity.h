/* What a region is described by: the parameters of a conv_transpose2d problem and quantities derived from them.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_QUANTITY_H
#define TB_QUANTITY_H

#include "conv_arguments.h"

/* Rows are lines of the height's axis, columns of the width's. A line has the taps that carry an input line to it; where the
 * other axis crops all taps away, it has none. */
typedef enum tb_quantity {
  /* Of one axis. */
  TB_Q_KERNEL,
  TB_Q_STRIDE,
  TB_Q_PADDING,
  TB_Q_DILATION,
  TB_Q_OUTPUT_PADDING,
  TB_Q_INPUT,
  TB_Q_OUTPUT,
  TB_Q_SCALED,        /* input*stride */
  TB_Q_EXTENT,        /* dilation*(kernel_size - 1) + 1 */
  TB_Q_GCD,           /* of stride and dilation */
  TB_Q_PERIOD,        /* stride / gcd: taps this far apart meet in a line */
  TB_Q_MOST_TAPS,     /* in one line */
  TB_Q_FEWEST_TAPS,   /* in one line */
  TB_Q_KERNEL_LINES,  /* kernel lines with a tap in the output */
  TB_Q_INPUT_LINES,   /* input lines that reach the output */
  TB_Q_REACHED,       /* from here on, truths: 0 or 1 */
  TB_Q_HOLED,         /* a line has no tap: it holds the bias */
  TB_Q_EXTRA_REACHED, /* a line that output_padding adds has a tap */
  TB_Q_FIRST_REACHED,
  TB_Q_LAST_REACHED,
  TB_Q_KERNEL_CROPPED,    /* a kernel line has no tap in the output */
  TB_Q_INPUT_CROPPED,     /* an input line does not reach the output */
  TB_Q_FIRST_KERNEL_LINE, /* the first kernel line has a tap in the output */
  TB_Q_LAST_KERNEL_LINE,
  TB_Q_FIRST_INPUT_LINE, /* the first input line reaches the output */
  TB_Q_LAST_INPUT_LINE,
  TB_Q_TAIL_OF_4_REACHED, /* a line after the last multiple of 4 has a tap */
  TB_Q_TAIL_OF_8_REACHED,
  TB_Q_TAIL_OF_16_REACHED,
  TB_Q_SAME_BY_KERNEL, /* 2*padding = kernel_size - 1 */
  TB_Q_SAME_BY_EXTENT, /* 2*padding = extent - 1 */
  TB_Q_STRIDE_DIVIDES_KERNEL,
  TB_Q_STRIDE_DIVIDES_DILATION,
  TB_Q_DILATION_DIVIDES_STRIDE,
  TB_Q_STRIDE_DIVIDES_PADDING,
  TB_Q_STRIDE_DIVIDES_EXTENT,
  TB_Q_STRIDE_DIVIDES_OUTPUT,
  TB_Q_KERNEL_EVEN,
  TB_Q_EXTENT_EVEN,
  TB_Q_STRIDE_EVEN,
  TB_Q_PADDING_EVEN,
  TB_Q_OUTPUT_PADDING_EVEN, /* and with it the total padding 2*padding - output_padding */
  TB_Q_INPUT_BY_4,
  TB_Q_INPUT_BY_8,
  TB_Q_INPUT_BY_16,
  TB_Q_OUTPUT_BY_4,
  TB_Q_OUTPUT_BY_8,
  TB_Q_OUTPUT_BY_16,
  TB_Q_AXIS, /* so many */
  /* Of the whole. */
  TB_Q_GROUPS = TB_Q_AXIS,
  TB_Q_BATCH,
  TB_Q_C_IN,
  TB_Q_C_OUT,
  TB_Q_C_IN_PER_GROUP,
  TB_Q_C_OUT_PER_GROUP,
  TB_Q_MOST_TERMS, /* products in one output element */
  TB_Q_FEWEST_TERMS,
  TB_Q_THREADS,
  TB_Q_BIAS, /* truths again */
  TB_Q_UNBATCHED,
  TB_Q_REAL,   /* fill=real */
  TB_Q_WIDE_W, /* fill=wide-w */
  TB_Q_X_NAN,
  TB_Q_X_INFINITE,
  TB_Q_WEIGHT_NAN,
  TB_Q_WEIGHT_INFINITE,
  TB_Q_BIAS_NOT_FINITE,
  TB_Q_C_IN_BY_4,
  TB_Q_C_IN_BY_8,
  TB_Q_C_IN_BY_16,
  TB_Q_C_OUT_BY_4,
  TB_Q_C_OUT_BY_8,
  TB_Q_C_OUT_BY_16,
  TB_Q_C_OUT_PER_GROUP_BY_4,
  TB_Q_C_OUT_PER_GROUP_BY_8,
  TB_Q_C_OUT_PER_GROUP_BY_16,
  TB_Q_INPUT_PIXELS_BY_4, /* input height * width */
  TB_Q_INPUT_PIXELS_BY_8,
  TB_Q_INPUT_PIXELS_BY_16,
  TB_Q_OUTPUT_PIXELS_BY_4,
  TB_Q_OUTPUT_PIXELS_BY_8,
  TB_Q_OUTPUT_PIXELS_BY_16,
  TB_Q_PIXELS_AFTER_4_REACHED, /* a pixel after the last multiple of 4 has a tap */
  TB_Q_PIXELS_AFTER_8_REACHED,
  TB_Q_PIXELS_AFTER_16_REACHED,
  TB_Q_ALL
} tb_quantity;

#define TB_Q_CONSTANTS 10

/* How a quantity is spoken of. In names, @ stands for _h, _w or nothing, # for rows, columns or lines, and $ for row, column or
 * line. A truth has a sentence for each case. */
typedef struct tb_quantity_text {
  const char *name, *otherwise; /* otherwise: of a truth that does not hold; NULL: a number */
  const char *note;             /* what the name means, where it is not PyTorch's; or NULL */
  int cost;                     /* simple ones are cheap */
  int constants;
  int16_t constant[TB_Q_CONSTANTS]; /* worth comparing with; the first is the least value that it can have */
} tb_quantity_text;

const tb_quantity_text *tb_quantity_texts(void); /* [TB_Q_ALL] */

/* The quantities of one axis, as if the other did not crop any tap away. */
void tb_axis_quantities(const tb_problem *p, int axis, int32_t q[TB_Q_AXIS]);

/* What becomes of them where the other axis crops all taps away. */
void tb_axis_unreached(int32_t q[TB_Q_AXIS]);

/* The quantities of the whole, from those of the axes; those before TB_Q_AXIS are left alone. */
void tb_whole_quantities(const tb_problem *p, const int32_t *const axis[2], int32_t q[TB_Q_ALL]);

#endif
