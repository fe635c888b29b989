/* The pictures of conv_transpose2d as tables of cells, for any kind of page.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_EXPLAIN_SHEET_H
#define TB_EXPLAIN_SHEET_H

#include "explain.h"

typedef enum tb_picture {
  TB_NO_PICTURE = -1,
  TB_PICTURE_INPUT,  /* x with its elements stride apart */
  TB_PICTURE_KERNEL, /* w with its taps dilation apart */
  TB_PICTURE_SOURCE, /* x and w again, with letters on what makes the chosen element, in the order of its sum */
  TB_PICTURE_TAPS,
  /* The full output with a frame around y: outside it lies what padding cuts, beyond dashes what output_padding adds. */
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

typedef enum tb_cell_kind {
  TB_OUTSIDE, /* nothing is drawn */
  TB_GAP,     /* rows or columns are left out here */
  TB_NOTHING,
  TB_ELEMENT, /* of x, at a and b */
  TB_TAP,     /* of w, at a and b */
  TB_USED,    /* an element or tap of the chosen element's product a */
  TB_COUNT,   /* where a products land */
  TB_CHOSEN,  /* likewise, and the chosen element */
  TB_PHASE,   /* row phase a, column phase b of `across` */
  TB_PADDING, /* around what Conv2d meets */
  TB_INDEX,   /* row a of what it meets */
  TB_LATER,   /* likewise, and the smallest size has no such row */
  TB_MEETING  /* channels of group a */
} tb_cell_kind;

typedef struct tb_cell {
  tb_cell_kind kind;
  int64_t a, b;
} tb_cell;

typedef struct tb_sheet {
  char caption[80];
  bool framed;   /* the borders in view[] are drawn */
  bool headed;   /* head[] stands above, instead of numbers */
  int64_t apart; /* columns from one number to the next */
  int64_t across;
  tb_view view[2];
  int64_t number[2][TB_VIEW_MAX]; /* of rows and columns; -1: none */
  tb_cell head[TB_VIEW_MAX], cell[TB_VIEW_MAX][TB_VIEW_MAX];
} tb_sheet;

void tb_sheet_make(const tb_explanation *e, const tb_explained *s, tb_picture picture, tb_sheet *out);

#endif
