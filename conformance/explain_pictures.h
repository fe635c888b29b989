/* The pictures of conv_transpose2d in the terminal, each in a column of 48 characters.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_EXPLAIN_PICTURES_H
#define TB_EXPLAIN_PICTURES_H

#include "canvas.h"
#include "explain.h"

/* Draws a picture of a case, with its top left corner at a line and column; the lines that it takes. */
typedef int tb_picture(tb_canvas *c, int line, int column, const tb_explanation *e, const tb_subject *s);

/* The input with its elements stride apart, the kernel with its taps dilation apart. Again with letters on those that make the
 * chosen element, in the order of its sum. */
tb_picture tb_picture_input, tb_picture_kernel, tb_picture_source, tb_picture_tap;

/* The full output with a frame around y; outside of it lies what padding cuts, behind dashes what output_padding adds: where
 * one input element lands, how many products land in each element (the chosen one marked), the phases. */
tb_picture tb_picture_landing, tb_picture_count, tb_picture_phase;

/* Conv2d the other way: over as many rows as y would have with output_padding 0, over the number that output_padding makes of
 * them (0: over one more), and over y's. */
tb_picture tb_picture_forward_least, tb_picture_forward_other, tb_picture_forward;

/* Which input channels meet which output channels. */
tb_picture tb_picture_groups;

#endif
