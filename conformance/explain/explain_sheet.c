/* The pictures of conv_transpose2d as tables of cells.
 *
 * SPDX-License-Identifier: MIT */
#include "explain_sheet.h"

#include <inttypes.h>
#include <string.h>

/* The cell of a row and column, as view[] counts them. */
typedef tb_cell cells(const tb_explanation *e, const tb_explained *s, int64_t row, int64_t column);

static void fill(tb_sheet *t, const tb_explanation *e, const tb_explained *s, cells *what) {
  for (int i = 0; i < t->view[0].rows; i++)
    for (int j = 0; j < t->view[1].rows; j++) {
      const int64_t row = t->view[0].at[i], column = t->view[1].at[j];
      t->cell[i][j] = row < 0 || column < 0 ? (tb_cell){.kind = TB_GAP} : what(e, s, row, column);
    }
}

/* Rows and columns that lie apart[] from each other among others have numbers. */
static void number(tb_sheet *t, const int64_t apart[2]) {
  for (int axis = 0; axis < 2; axis++)
    for (int i = 0; i < t->view[axis].rows; i++) {
      const int64_t at = t->view[axis].at[i];
      t->number[axis][i] = at >= 0 && at % apart[axis] == 0 ? at / apart[axis] : -1;
    }
  t->apart = apart[1];
}

static tb_cell input_cell(const tb_explanation *e, const tb_explained *s, int64_t row, int64_t column) {
  const int64_t *stride = tb_conv2d(&s->p)->conv.stride;
  (void)e;
  return row % stride[0] || column % stride[1] ? (tb_cell){.kind = TB_NOTHING}
                                               : (tb_cell){TB_ELEMENT, row / stride[0], column / stride[1]};
}

static tb_cell kernel_cell(const tb_explanation *e, const tb_explained *s, int64_t row, int64_t column) {
  const int64_t *dilation = tb_conv2d(&s->p)->conv.dilation;
  (void)e;
  return row % dilation[0] || column % dilation[1] ? (tb_cell){.kind = TB_NOTHING}
                                                   : (tb_cell){TB_TAP, row / dilation[0], column / dilation[1]};
}

/* A cell, with the number of its product if it has one in the chosen element. */
static tb_cell used(const tb_explanation *e, const tb_explained *s, tb_cell one) {
  const int64_t i = one.kind == TB_NOTHING ? -1 : tb_in_sum(s, e->at, one.kind == TB_TAP, one.a, one.b);
  return i < 0 ? one : (tb_cell){.kind = TB_USED, .a = i};
}

static tb_cell source_cell(const tb_explanation *e, const tb_explained *s, int64_t row, int64_t column) {
  return used(e, s, input_cell(e, s, row, column));
}

static tb_cell taps_cell(const tb_explanation *e, const tb_explained *s, int64_t row, int64_t column) {
  return used(e, s, kernel_cell(e, s, row, column));
}

static void input(tb_sheet *t, const tb_explanation *e, const tb_explained *s, cells *what) {
  for (int i = 0; i < 2; i++)
    t->view[i] = tb_view_of((s->axis[i].in - 1) * s->axis[i].stride + 1);
  strcpy(t->caption, "x, its elements spread out by stride");
  number(t, tb_conv2d(&s->p)->conv.stride);
  fill(t, e, s, what);
}

static void kernel(tb_sheet *t, const tb_explanation *e, const tb_explained *s, cells *what) {
  for (int i = 0; i < 2; i++)
    t->view[i] = tb_view_of(s->axis[i].extent);
  strcpy(t->caption, "the kernel w, its taps spread out by dilation");
  number(t, tb_conv2d(&s->p)->conv.dilation);
  fill(t, e, s, what);
}

static tb_cell landing_cell(const tb_explanation *e, const tb_explained *s, int64_t row, int64_t column) {
  const tb_axis *h = &s->axis[0], *w = &s->axis[1];
  const int64_t kh = tb_axis_tap(h, tb_landing_of(h), row - h->padding);
  const int64_t kw = tb_axis_tap(w, tb_landing_of(w), column - w->padding);
  (void)e;
  return kh < 0 || kw < 0 ? (tb_cell){.kind = TB_NOTHING} : (tb_cell){TB_TAP, kh, kw};
}

static tb_cell count_cell(const tb_explanation *e, const tb_explained *s, int64_t row, int64_t column) {
  const int64_t q = row - s->axis[0].padding, r = column - s->axis[1].padding;
  const bool chosen = q == e->at[0] && r == e->at[1] && tb_subject_has(s, e->at);
  return (tb_cell){chosen ? TB_CHOSEN : TB_COUNT, tb_axis_taps(&s->axis[0], q) * tb_axis_taps(&s->axis[1], r), 0};
}

static tb_cell phase_cell(const tb_explanation *e, const tb_explained *s, int64_t row, int64_t column) {
  (void)e;
  return (tb_cell){TB_PHASE, row % s->axis[0].stride, column % s->axis[1].stride};
}

static void output(tb_sheet *t, const tb_explanation *e, const tb_explained *s, cells *what) {
  t->framed = true;
  t->apart = 1;
  t->across = s->axis[1].stride;
  for (int i = 0; i < 2; i++) {
    t->view[i] = tb_view_of_full(&s->axis[i]);
    for (int k = 0; k < t->view[i].rows; k++)
      t->number[i][k] =
          k >= t->view[i].y && k < t->view[i].end && t->view[i].at[k] >= 0 ? t->view[i].at[k] - s->axis[i].padding : -1;
  }
  fill(t, e, s, what);
}

/* Conv2d over `rows` rows, one row of cells for each of its windows. */
static void windows(tb_sheet *t, const tb_explained *s, int64_t rows) {
  const int axis = tb_strided_axis(s);
  const tb_axis *a = &s->axis[axis];
  t->headed = true;
  t->view[0] = tb_view_of(tb_axis_forward(a, rows));
  t->view[1] = tb_view_of(rows + 2 * a->padding);
  snprintf(t->caption, sizeof t->caption, "Conv2d maps %" PRId64 " %ss to %" PRId64, rows, axis ? "column" : "row",
           tb_axis_forward(a, rows));
  number(t, (const int64_t[2]){1, 1});
  for (int j = 0; j < t->view[1].rows; j++) {
    const int64_t at = t->view[1].at[j] - a->padding;
    const tb_cell_kind kind = at < 0 || at >= rows ? TB_PADDING : at < tb_least_size(a) ? TB_INDEX : TB_LATER;
    t->head[j] = t->view[1].at[j] < 0 ? (tb_cell){.kind = TB_GAP} : (tb_cell){kind, at, 0};
    for (int i = 0; i < t->view[0].rows; i++) {
      const int64_t window = t->view[0].at[i], from = t->view[1].at[j] - window * a->stride;
      const bool meets = t->view[1].at[j] >= 0 && from >= 0 && from < a->extent;
      t->cell[i][j].kind = from % a->dilation ? TB_NOTHING : TB_TAP;
      if (window < 0 || !meets)
        t->cell[i][j].kind = window < 0 ? TB_GAP : TB_OUTSIDE;
      t->cell[i][j].a = -1; /* which tap it is does not matter here */
    }
  }
}

static tb_cell group_cell(const tb_explanation *e, const tb_explained *s, int64_t row, int64_t column) {
  const int64_t group = tb_meeting_group(s, row, column);
  (void)e;
  return group < 0 ? (tb_cell){.kind = TB_NOTHING} : (tb_cell){.kind = TB_MEETING, .a = group};
}

static void groups(tb_sheet *t, const tb_explanation *e, const tb_explained *s) {
  t->view[0] = tb_view_of(tb_conv2d(&s->p)->in_channels);
  t->view[1] = tb_view_of(tb_conv2d(&s->p)->out_channels);
  strcpy(t->caption, "x channels (down) and y channels (across)");
  number(t, (const int64_t[2]){1, 1});
  fill(t, e, s, group_cell);
}

void tb_sheet_make(const tb_explanation *e, const tb_explained *s, tb_picture picture, tb_sheet *t) {
  const tb_axis *strided = &s->axis[tb_strided_axis(s)];
  memset(t, 0, sizeof *t);
  switch (picture) {
  case TB_PICTURE_INPUT:
  case TB_PICTURE_SOURCE:
    input(t, e, s, picture == TB_PICTURE_INPUT ? input_cell : source_cell);
    break;
  case TB_PICTURE_KERNEL:
  case TB_PICTURE_TAPS:
    kernel(t, e, s, picture == TB_PICTURE_KERNEL ? kernel_cell : taps_cell);
    break;
  case TB_PICTURE_LANDING:
    snprintf(t->caption, sizeof t->caption, "where x[%" PRId64 ", %" PRId64 "] times each tap lands",
             tb_landing_of(&s->axis[0]), tb_landing_of(&s->axis[1]));
    output(t, e, s, landing_cell);
    break;
  case TB_PICTURE_COUNT:
    strcpy(t->caption, "how many products land in each element");
    output(t, e, s, count_cell);
    break;
  case TB_PICTURE_PHASES:
    strcpy(t->caption, "the phase of each element");
    output(t, e, s, phase_cell);
    break;
  case TB_PICTURE_FORWARD_LEAST:
    windows(t, s, tb_least_size(strided));
    break;
  case TB_PICTURE_FORWARD_OTHER:
    windows(t, s, tb_other_size(strided));
    break;
  case TB_PICTURE_FORWARD:
    windows(t, s, strided->out);
    break;
  case TB_PICTURE_GROUPS:
    groups(t, e, s);
    break;
  case TB_NO_PICTURE:
    break;
  }
}
