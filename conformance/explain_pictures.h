/* The pictures of conv_transpose2d, in the terminal and as SVG.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_EXPLAIN_PICTURES_H
#define TB_EXPLAIN_PICTURES_H

#include "canvas.h"
#include "explain.h"
#include "svg.h"

typedef enum tb_picture {
  TB_NO_PICTURE = -1,
  TB_PICTURE_INPUT,  /* x with its elements stride apart */
  TB_PICTURE_KERNEL, /* w with its taps dilation apart */
  TB_PICTURE_SOURCE, /* x and w again, with letters on what makes the chosen element, in the order of its sum */
  TB_PICTURE_TAPS,
  /* The full output with a frame around y: outside of it lies what padding cuts, behind dashes what output_padding adds. */
  TB_PICTURE_LANDING, /* where one element of x lands */
  TB_PICTURE_COUNT,   /* how many products land in each element; the chosen one is marked */
  TB_PICTURE_PHASES,
  /* Conv2d, the way back: what its windows meet of as many rows as y would have with output_padding 0, of another number that
   * is mapped to the same, of y's. */
  TB_PICTURE_FORWARD_LEAST,
  TB_PICTURE_FORWARD_OTHER,
  TB_PICTURE_FORWARD,
  TB_PICTURE_GROUPS /* which input channels meet which output channels */
} tb_picture;

/* Draws a picture with its top left corner at a line and column of the canvas, no wider than 48 columns; the lines that it
 * takes. As SVG, at x and y, no wider than 580 pixels; its height. */
int tb_canvas_picture(tb_canvas *c, int line, int column, const tb_explanation *e, const tb_subject *s, tb_picture picture);
int tb_svg_picture(FILE *out, int x, int y, const tb_explanation *e, const tb_subject *s, tb_picture picture);

#endif
