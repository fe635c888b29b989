/* The pictures of conv_transpose2d in the terminal.
 *
 * SPDX-License-Identifier: MIT */
#include "explain_pictures.h"

#include <inttypes.h>

enum { LABELS = 5 };

/* The glyph of a cell: row and column as the picture counts them. */
typedef struct cell {
  const char *glyph;
  char own[2]; /* where glyph is NULL: a character */
  tb_style style;
} cell;
typedef cell cells(const tb_explanation *e, const tb_subject *s, int64_t row, int64_t column);

static void put_cell(tb_canvas *c, int line, int column, const cell *one) {
  tb_canvas_put(c, line, column, one->style, one->glyph ? one->glyph : one->own);
}

static void put_number(tb_canvas *c, int line, int column, int width, int64_t n) {
  char text[24];
  snprintf(text, sizeof text, "%*" PRId64, width, n);
  tb_canvas_put(c, line, column, TB_FAINT, text);
}

/* The number of a column of cells, and of as many of them as leave room for it; the next number is `apart` cells further. */
static void put_above(tb_canvas *c, int line, int column, int64_t n, int64_t apart) {
  int width = 2; /* its digits, and a blank before them */
  for (int64_t rest = n; rest > 9; rest /= 10)
    width++;
  if (n % ((width + 2 * apart - 1) / (2 * apart)) == 0)
    put_number(c, line, column - width + 1, width, n);
}

/* A plain grid of rows and columns 0 .. n - 1, numbered where asked by that many to a number. */
static int grid(tb_canvas *c, int line, int column, const tb_explanation *e, const tb_subject *s, const tb_view v[2],
                const int64_t every[2], cells *what) {
  for (int j = 0; j < v[1].rows; j++)
    if (v[1].at[j] >= 0 && v[1].at[j] % every[1] == 0)
      put_above(c, line, column + LABELS + 2 * j + 1, v[1].at[j] / every[1], every[1]);
  for (int i = 0; i < v[0].rows; i++) {
    if (v[0].at[i] >= 0 && v[0].at[i] % every[0] == 0)
      put_number(c, line + 1 + i, column, LABELS - 1, v[0].at[i] / every[0]);
    for (int j = 0; j < v[1].rows; j++) {
      cell one = {.glyph = "…", .style = TB_FAINT};
      if (v[0].at[i] >= 0 && v[1].at[j] >= 0)
        one = what(e, s, v[0].at[i], v[1].at[j]);
      put_cell(c, line + 1 + i, column + LABELS + 1 + 2 * j, &one);
    }
  }
  return v[0].rows + 1;
}

static cell spread_cell(const tb_subject *s, int64_t row, int64_t column, bool tap, const tb_explanation *e) {
  const int64_t h = tap ? s->axis[0].dilation : s->axis[0].stride, w = tap ? s->axis[1].dilation : s->axis[1].stride;
  if (row % h || column % w)
    return (cell){.glyph = "·", .style = TB_FAINT};
  const int64_t i = e ? tb_in_sum(s, e->at, tap, row / h, column / w) : -1;
  if (i >= 0)
    return (cell){.own = {tb_letter(i)}, .style = TB_CHOSEN};
  return (cell){.glyph = "■"};
}

static cell input_cell(const tb_explanation *e, const tb_subject *s, int64_t row, int64_t column) {
  (void)e;
  return spread_cell(s, row, column, false, NULL);
}

static cell kernel_cell(const tb_explanation *e, const tb_subject *s, int64_t row, int64_t column) {
  (void)e;
  return spread_cell(s, row, column, true, NULL);
}

static cell source_cell(const tb_explanation *e, const tb_subject *s, int64_t row, int64_t column) {
  return spread_cell(s, row, column, false, e);
}

static cell tap_cell(const tb_explanation *e, const tb_subject *s, int64_t row, int64_t column) {
  return spread_cell(s, row, column, true, e);
}

static int input_grid(tb_canvas *c, int line, int column, const tb_explanation *e, const tb_subject *s, cells *what) {
  const tb_view v[2] = {tb_view_of((s->axis[0].in - 1) * s->axis[0].stride + 1),
                        tb_view_of((s->axis[1].in - 1) * s->axis[1].stride + 1)};
  tb_canvas_put(c, line, column, TB_PLAIN, "x, spread out by stride:");
  return 1 + grid(c, line + 1, column, e, s, v, s->p.conv.stride, what);
}

static int kernel_grid(tb_canvas *c, int line, int column, const tb_explanation *e, const tb_subject *s, cells *what) {
  const tb_view v[2] = {tb_view_of(s->axis[0].extent), tb_view_of(s->axis[1].extent)};
  tb_canvas_put(c, line, column, TB_PLAIN, "the kernel w, spread out by dilation:");
  return 1 + grid(c, line + 1, column, e, s, v, s->p.conv.dilation, what);
}

static int input_picture(tb_canvas *c, int line, int column, const tb_explanation *e, const tb_subject *s) {
  return input_grid(c, line, column, e, s, input_cell);
}

static int kernel_picture(tb_canvas *c, int line, int column, const tb_explanation *e, const tb_subject *s) {
  return kernel_grid(c, line, column, e, s, kernel_cell);
}

static int source_picture(tb_canvas *c, int line, int column, const tb_explanation *e, const tb_subject *s) {
  return input_grid(c, line, column, e, s, source_cell);
}

static int taps_picture(tb_canvas *c, int line, int column, const tb_explanation *e, const tb_subject *s) {
  return kernel_grid(c, line, column, e, s, tap_cell);
}

/* A horizontal line of the frame, before the row at v: solid around y, dashed before what output_padding adds. */
static void edge(tb_canvas *c, int line, int column, const tb_view *w, const char *const ends[3], const char *dash) {
  for (int j = w->y; j < w->end; j++) {
    tb_canvas_put(c, line, column + 2 * j, TB_PLAIN, j == w->y ? ends[0] : j == w->extra ? ends[1] : dash);
    tb_canvas_put(c, line, column + 2 * j + 1, TB_PLAIN, dash);
  }
  tb_canvas_put(c, line, column + 2 * w->end, TB_PLAIN, ends[2]);
}

static void edges(tb_canvas *c, int *line, int column, const tb_view v[2], int i) {
  static const char *const top[3] = {"┌", "┬", "┐"}, *const middle[3] = {"├", "┼", "┤"}, *const bottom[3] = {"└", "┴", "┘"};
  if (i == v[0].y)
    edge(c, (*line)++, column, &v[1], top, "─");
  else if (i == v[0].extra && i < v[0].end)
    edge(c, (*line)++, column, &v[1], middle, "┄");
  if (i == v[0].end)
    edge(c, (*line)++, column, &v[1], bottom, "─");
}

static void framed_row(tb_canvas *c, int line, int column, const tb_explanation *e, const tb_subject *s, const tb_view v[2],
                       int i, cells *what) {
  const bool inside = i >= v[0].y && i < v[0].end;
  for (int j = 0; j < v[1].rows; j++) {
    cell one = {.glyph = "…", .style = TB_FAINT};
    if (v[0].at[i] >= 0 && v[1].at[j] >= 0)
      one = what(e, s, v[0].at[i] - s->axis[0].padding, v[1].at[j] - s->axis[1].padding);
    if (!inside || j < v[1].y || j >= v[1].end)
      one.style = TB_FAINT;
    else if (one.style == TB_PLAIN && (i >= v[0].extra || j >= v[1].extra))
      one.style = TB_ADDED;
    put_cell(c, line, column + 2 * j + 1, &one);
    if (inside && (j == v[1].y || j == v[1].extra))
      tb_canvas_put(c, line, column + 2 * j, TB_PLAIN, j == v[1].y ? "│" : "┆");
  }
  if (inside)
    tb_canvas_put(c, line, column + 2 * v[1].end, TB_PLAIN, "│");
}

/* The full output with a frame around y: what lies outside is cut, what lies behind the dashes is what output_padding adds. */
static int framed(tb_canvas *c, int line, int column, const tb_explanation *e, const tb_subject *s, const char *title,
                  cells *what) {
  const tb_view v[2] = {tb_view_of_full(&s->axis[0]), tb_view_of_full(&s->axis[1])};
  const int top = line, left = column + LABELS;
  tb_canvas_put(c, line++, column, TB_PLAIN, title);
  for (int j = v[1].y; j < v[1].end; j++)
    if (v[1].at[j] >= 0)
      put_above(c, line, left + 2 * j + 1, v[1].at[j] - s->axis[1].padding, 1);
  line++;
  for (int i = 0; i <= v[0].rows; i++) {
    edges(c, &line, left, v, i);
    if (i == v[0].rows)
      break;
    if (i < v[0].y || i >= v[0].end)
      tb_canvas_put(c, line, column + 1, TB_FAINT, "cut");
    else if (v[0].at[i] >= 0)
      put_number(c, line, column, LABELS - 1, v[0].at[i] - s->axis[0].padding);
    framed_row(c, line++, left, e, s, v, i, what);
  }
  return line - top;
}

static cell landing_cell(const tb_explanation *e, const tb_subject *s, int64_t row, int64_t column) {
  (void)e;
  const tb_axis *h = &s->axis[0], *w = &s->axis[1];
  const bool lands = tb_axis_tap(h, tb_landing_of(h), row) >= 0 && tb_axis_tap(w, tb_landing_of(w), column) >= 0;
  return (cell){.glyph = lands ? "■" : "·"};
}

static int landing_picture(tb_canvas *c, int line, int column, const tb_explanation *e, const tb_subject *s) {
  char title[64];
  snprintf(title, sizeof title, "where x[%d, %d] times the taps lands:", (int)tb_landing_of(&s->axis[0]),
           (int)tb_landing_of(&s->axis[1]));
  return framed(c, line, column, e, s, title, landing_cell);
}

static cell count_cell(const tb_explanation *e, const tb_subject *s, int64_t row, int64_t column) {
  if (row == e->at[0] && column == e->at[1] && tb_subject_has(s, e->at))
    return (cell){.glyph = "●", .style = TB_CHOSEN};
  const int64_t n = tb_axis_taps(&s->axis[0], row) * tb_axis_taps(&s->axis[1], column);
  return (cell){.own = {n < 10 ? (char)('0' + n) : '+'}};
}

static int count_picture(tb_canvas *c, int line, int column, const tb_explanation *e, const tb_subject *s) {
  return framed(c, line, column, e, s, "how many products land in each element:", count_cell);
}

static cell phase_cell(const tb_explanation *e, const tb_subject *s, int64_t row, int64_t column) {
  (void)e;
  const tb_axis *h = &s->axis[0], *w = &s->axis[1];
  return (cell){.own = {tb_letter((row + h->padding) % h->stride * w->stride + (column + w->padding) % w->stride)}};
}

static int phase_picture(tb_canvas *c, int line, int column, const tb_explanation *e, const tb_subject *s) {
  return framed(c, line, column, e, s, "the phases:", phase_cell);
}

/* Conv2d over `rows` rows: which of them, and of the padding around them, each of its windows meets. */
static int windows(tb_canvas *c, int line, int column, const tb_subject *s, int64_t rows) {
  const int axis = tb_strided_axis(s);
  const tb_axis *a = &s->axis[axis];
  const tb_view over = tb_view_of(rows + 2 * a->padding), made = tb_view_of(tb_axis_forward(a, rows));
  char title[64];
  snprintf(title, sizeof title, "Conv2d maps %" PRId64 " %ss to %" PRId64 ":", rows, axis ? "column" : "row",
           tb_axis_forward(a, rows));
  tb_canvas_put(c, line, column, TB_PLAIN, title);
  for (int j = 0; j < over.rows; j++) {
    const int64_t at = over.at[j] - a->padding;
    if (over.at[j] < 0 || at < 0 || at >= rows)
      tb_canvas_put(c, line + 1, column + LABELS + 2 * j + 1, TB_FAINT, over.at[j] < 0 ? "…" : "p");
    else
      put_above(c, line + 1, column + LABELS + 2 * j + 1, at, 1);
  }
  for (int i = 0; i < made.rows; i++) {
    if (made.at[i] >= 0)
      put_number(c, line + 2 + i, column, LABELS - 1, made.at[i]);
    for (int j = 0; j < over.rows; j++) {
      const int64_t from = over.at[j] - made.at[i] * a->stride;
      if (made.at[i] < 0 || (over.at[j] >= 0 && from >= 0 && from < a->extent))
        tb_canvas_put(c, line + 2 + i, column + LABELS + 2 * j + 1, TB_PLAIN,
                      made.at[i] < 0       ? "…"
                      : from % a->dilation ? "·"
                                           : "■");
    }
  }
  return made.rows + 2;
}

static int forward_least_picture(tb_canvas *c, int line, int column, const tb_explanation *e, const tb_subject *s) {
  (void)e;
  return windows(c, line, column, s, tb_least_size(&s->axis[tb_strided_axis(s)]));
}

static int forward_other_picture(tb_canvas *c, int line, int column, const tb_explanation *e, const tb_subject *s) {
  (void)e;
  return windows(c, line, column, s, tb_other_size(&s->axis[tb_strided_axis(s)]));
}

static int forward_picture(tb_canvas *c, int line, int column, const tb_explanation *e, const tb_subject *s) {
  (void)e;
  return windows(c, line, column, s, s->axis[tb_strided_axis(s)].out);
}

static int groups_picture(tb_canvas *c, int line, int column, const tb_explanation *e, const tb_subject *s) {
  (void)e;
  const tb_view in = tb_view_of(s->p.in_channels), out = tb_view_of(s->p.out_channels);
  tb_canvas_put(c, line, column, TB_PLAIN, "x channels (down), y channels (across):");
  for (int j = 0; j < out.rows; j++)
    if (out.at[j] >= 0)
      put_above(c, line + 1, column + LABELS + 2 * j + 1, out.at[j], 1);
  for (int i = 0; i < in.rows; i++) {
    if (in.at[i] >= 0)
      put_number(c, line + 2 + i, column, LABELS - 1, in.at[i]);
    for (int j = 0; j < out.rows; j++) {
      const bool gap = in.at[i] < 0 || out.at[j] < 0, meet = !gap && tb_meeting_group(s, in.at[i], out.at[j]) >= 0;
      tb_canvas_put(c, line + 2 + i, column + LABELS + 2 * j + 1, meet ? TB_PLAIN : TB_FAINT, gap ? "…" : meet ? "■" : "·");
    }
  }
  return in.rows + 2;
}

int tb_canvas_picture(tb_canvas *c, int line, int column, const tb_explanation *e, const tb_subject *s, tb_picture picture) {
  typedef int draw(tb_canvas * c, int line, int column, const tb_explanation *e, const tb_subject *s);
  static draw *const all[] = {
      [TB_PICTURE_INPUT] = input_picture,
      [TB_PICTURE_KERNEL] = kernel_picture,
      [TB_PICTURE_SOURCE] = source_picture,
      [TB_PICTURE_TAPS] = taps_picture,
      [TB_PICTURE_LANDING] = landing_picture,
      [TB_PICTURE_COUNT] = count_picture,
      [TB_PICTURE_PHASES] = phase_picture,
      [TB_PICTURE_FORWARD_LEAST] = forward_least_picture,
      [TB_PICTURE_FORWARD_OTHER] = forward_other_picture,
      [TB_PICTURE_FORWARD] = forward_picture,
      [TB_PICTURE_GROUPS] = groups_picture,
  };
  return all[picture](c, line, column, e, s);
}
