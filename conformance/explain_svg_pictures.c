/* The pictures of conv_transpose2d as SVG.
 *
 * SPDX-License-Identifier: MIT */
#include "explain_pictures.h"

#include <inttypes.h>

enum { LABELS = 44, CAPTION = 26, NUMBERS = 18 };

/* A cell: its class, what is written in it, and in which class. Its class gives way where it is cut off or added, unless it is
 * to be kept there. */
enum { KEPT_ADDED = 1, KEPT_CUT = 2 };
typedef struct cell {
  const char *class, *ink;
  int kept;
  char text[24];
} cell;
typedef cell cells(const tb_explanation *e, const tb_subject *s, int64_t row, int64_t column);

/* The pixels of a cell: the widest picture, with what stands beside it, fills a column. */
static int size_of(const tb_explanation *e) {
  enum { ROOM = 420, LEAST = 26, MOST = 40 };
  int most = 1;
  for (int i = 0; i < 2 * e->subjects; i++) {
    const tb_axis *a = &e->subject[i / 2]->axis[i % 2];
    const int full = tb_view_of_full(a).rows, over = tb_view_of(tb_other_size(a) + 2 * a->padding).rows;
    most = full > most ? full : most;
    most = over > most ? over : most;
  }
  return ROOM / most < LEAST ? LEAST : ROOM / most > MOST ? MOST : ROOM / most;
}

static void draw_cell(FILE *out, int x, int y, int size, const cell *one) {
  tb_svg_rect(out, x, y, size, size, one->class);
  if (one->text[0])
    tb_svg_text(out, x + size / 2, y + size / 2 + 5, 'm', one->ink ? one->ink : "in", one->text);
}

static void gap(FILE *out, int x, int y, int size) {
  tb_svg_text(out, x + size / 2, y + size / 2 + 4, 'm', "index", "…");
}

static void number(FILE *out, int x, int y, char anchor, int64_t n) {
  char text[24];
  snprintf(text, sizeof text, "%" PRId64, n);
  tb_svg_text(out, x, y, anchor, "index", text);
}

/* A plain grid, numbered at every so many rows and columns. */
static int grid(FILE *out, int x, int y, const tb_explanation *e, const tb_subject *s, const tb_view v[2],
                const int64_t every[2], cells *what) {
  const int size = size_of(e), left = x + LABELS, top = y + NUMBERS;
  for (int j = 0; j < v[1].rows; j++)
    if (v[1].at[j] >= 0 && v[1].at[j] % every[1] == 0)
      number(out, left + j * size + size / 2, y + NUMBERS - 6, 'm', v[1].at[j] / every[1]);
  for (int i = 0; i < v[0].rows; i++) {
    if (v[0].at[i] >= 0 && v[0].at[i] % every[0] == 0)
      number(out, left - 8, top + i * size + size / 2 + 4, 'e', v[0].at[i] / every[0]);
    for (int j = 0; j < v[1].rows; j++) {
      if (v[0].at[i] < 0 || v[1].at[j] < 0) {
        gap(out, left + j * size, top + i * size, size);
        continue;
      }
      const cell one = what(e, s, v[0].at[i], v[1].at[j]);
      draw_cell(out, left + j * size, top + i * size, size, &one);
    }
  }
  return NUMBERS + v[0].rows * size + 8;
}

static cell spread(const tb_explanation *e, const tb_subject *s, bool tap, int64_t row, int64_t column) {
  const int64_t h = tap ? s->axis[0].dilation : s->axis[0].stride, w = tap ? s->axis[1].dilation : s->axis[1].stride;
  if (row % h || column % w)
    return (cell){.class = "empty"};
  const int64_t i = e ? tb_in_sum(s, e->at, tap, row / h, column / w) : -1;
  if (i >= 0)
    return (cell){.class = "used", .ink = "mark light", .text = {tb_letter(i)}};
  cell one = {.class = tap ? "tap" : "element"};
  if (row / h < 10 && column / w < 10)
    snprintf(one.text, sizeof one.text, "%d,%d", (int)(row / h), (int)(column / w));
  return one;
}

static cell input_cell(const tb_explanation *e, const tb_subject *s, int64_t row, int64_t column) {
  (void)e;
  return spread(NULL, s, false, row, column);
}

static cell kernel_cell(const tb_explanation *e, const tb_subject *s, int64_t row, int64_t column) {
  (void)e;
  return spread(NULL, s, true, row, column);
}

static cell source_cell(const tb_explanation *e, const tb_subject *s, int64_t row, int64_t column) {
  return spread(e, s, false, row, column);
}

static cell tap_cell(const tb_explanation *e, const tb_subject *s, int64_t row, int64_t column) {
  return spread(e, s, true, row, column);
}

static int input_grid(FILE *out, int x, int y, const tb_explanation *e, const tb_subject *s, cells *what) {
  const tb_view v[2] = {tb_view_of((s->axis[0].in - 1) * s->axis[0].stride + 1),
                        tb_view_of((s->axis[1].in - 1) * s->axis[1].stride + 1)};
  tb_svg_text(out, x, y + 16, 's', "caption", "x, its elements spread out by stride");
  return CAPTION + grid(out, x, y + CAPTION, e, s, v, s->p.conv.stride, what);
}

static int kernel_grid(FILE *out, int x, int y, const tb_explanation *e, const tb_subject *s, cells *what) {
  const tb_view v[2] = {tb_view_of(s->axis[0].extent), tb_view_of(s->axis[1].extent)};
  tb_svg_text(out, x, y + 16, 's', "caption", "The kernel w, its taps spread out by dilation");
  return CAPTION + grid(out, x, y + CAPTION, e, s, v, s->p.conv.dilation, what);
}

static int input_picture(FILE *out, int x, int y, const tb_explanation *e, const tb_subject *s) {
  return input_grid(out, x, y, e, s, input_cell);
}

static int kernel_picture(FILE *out, int x, int y, const tb_explanation *e, const tb_subject *s) {
  return kernel_grid(out, x, y, e, s, kernel_cell);
}

static int source_picture(FILE *out, int x, int y, const tb_explanation *e, const tb_subject *s) {
  return input_grid(out, x, y, e, s, source_cell);
}

static int taps_picture(FILE *out, int x, int y, const tb_explanation *e, const tb_subject *s) {
  return kernel_grid(out, x, y, e, s, tap_cell);
}

/* What stands beside the rows. */
static void beside(FILE *out, int x, int top, int size, const tb_view *v) {
  if (v->y > 0)
    tb_svg_text(out, x, top + v->y * size / 2 + 4, 's', "small", "cut by padding");
  if (v->extra < v->end)
    tb_svg_text(out, x, top + (v->extra + v->end) * size / 2 + 4, 's', "point", "output_padding");
  if (v->end < v->rows)
    tb_svg_text(out, x, top + (v->end + v->rows) * size / 2 + 4, 's', "small", "cut by padding");
}

static void frames(FILE *out, int left, int top, int size, const tb_view v[2]) {
  const int x0 = left + v[1].y * size, x1 = left + v[1].end * size, y0 = top + v[0].y * size, y1 = top + v[0].end * size;
  tb_svg_rect(out, x0, y0, x1 - x0, y1 - y0, "frame");
  if (v[0].extra < v[0].end && v[0].extra > v[0].y)
    tb_svg_line(out, x0, top + v[0].extra * size, x1, top + v[0].extra * size, "dash");
  if (v[1].extra < v[1].end && v[1].extra > v[1].y)
    tb_svg_line(out, left + v[1].extra * size, y0, left + v[1].extra * size, y1, "dash");
}

/* The full output, with a frame around y. */
static int framed(FILE *out, int x, int y, const tb_explanation *e, const tb_subject *s, const char *caption, cells *what) {
  const tb_view v[2] = {tb_view_of_full(&s->axis[0]), tb_view_of_full(&s->axis[1])};
  const int size = size_of(e), left = x + LABELS, top = y + CAPTION + NUMBERS;
  tb_svg_text(out, x, y + 16, 's', "caption", caption);
  for (int j = v[1].y; j < v[1].end; j++)
    if (v[1].at[j] >= 0)
      number(out, left + j * size + size / 2, top - 6, 'm', v[1].at[j] - s->axis[1].padding);
  for (int i = 0; i < v[0].rows; i++) {
    const bool inside = i >= v[0].y && i < v[0].end;
    if (inside && v[0].at[i] >= 0)
      number(out, left - 8, top + i * size + size / 2 + 4, 'e', v[0].at[i] - s->axis[0].padding);
    for (int j = 0; j < v[1].rows; j++) {
      if (v[0].at[i] < 0 || v[1].at[j] < 0) {
        gap(out, left + j * size, top + i * size, size);
        continue;
      }
      cell one = what(e, s, v[0].at[i] - s->axis[0].padding, v[1].at[j] - s->axis[1].padding);
      const bool cut = !inside || j < v[1].y || j >= v[1].end, added = !cut && (i >= v[0].extra || j >= v[1].extra);
      if (cut && !(one.kept & KEPT_CUT))
        one.class = "cut";
      else if (added && !(one.kept & KEPT_ADDED))
        one.class = "added";
      draw_cell(out, left + j * size, top + i * size, size, &one);
    }
  }
  frames(out, left, top, size, v);
  beside(out, left + v[1].rows * size + 8, top, size, &v[0]);
  return CAPTION + NUMBERS + v[0].rows * size + 10;
}

static cell landing_cell(const tb_explanation *e, const tb_subject *s, int64_t row, int64_t column) {
  (void)e;
  const tb_axis *h = &s->axis[0], *w = &s->axis[1];
  const int64_t kh = tb_axis_tap(h, tb_landing_of(h), row), kw = tb_axis_tap(w, tb_landing_of(w), column);
  if (kh < 0 || kw < 0)
    return (cell){.class = "empty"};
  cell one = {.class = "tap", .kept = KEPT_ADDED | KEPT_CUT};
  if (kh < 10 && kw < 10)
    snprintf(one.text, sizeof one.text, "%d,%d", (int)kh, (int)kw);
  return one;
}

static int landing_picture(FILE *out, int x, int y, const tb_explanation *e, const tb_subject *s) {
  char caption[80];
  snprintf(caption, sizeof caption, "Where x[%d, %d] lands: with which tap", (int)tb_landing_of(&s->axis[0]),
           (int)tb_landing_of(&s->axis[1]));
  return framed(out, x, y, e, s, caption, landing_cell);
}

static cell count_cell(const tb_explanation *e, const tb_subject *s, int64_t row, int64_t column) {
  static const char *const shades[] = {"hole", "t1", "t2", "t3"};
  const int64_t n = tb_axis_taps(&s->axis[0], row) * tb_axis_taps(&s->axis[1], column);
  cell one = {.class = shades[n < 1 ? 0 : n == 1 ? 1 : n < 4 ? 2 : 3]};
  snprintf(one.text, sizeof one.text, "%" PRId64, n);
  if (row == e->at[0] && column == e->at[1] && tb_subject_has(s, e->at)) {
    one.class = "chosen";
    one.kept = KEPT_ADDED;
    one.ink = "mark light";
  }
  return one;
}

static int count_picture(FILE *out, int x, int y, const tb_explanation *e, const tb_subject *s) {
  return framed(out, x, y, e, s, "How many products land in each element", count_cell);
}

static cell phase_cell(const tb_explanation *e, const tb_subject *s, int64_t row, int64_t column) {
  static const char *const colours[] = {"p0", "p1", "p2", "p3"};
  (void)e;
  const tb_axis *h = &s->axis[0], *w = &s->axis[1];
  const int64_t a = (row + h->padding) % h->stride, b = (column + w->padding) % w->stride;
  return (cell){.class = colours[a % 2 * 2 + b % 2], .kept = KEPT_ADDED, .text = {tb_letter(a * w->stride + b)}};
}

static int phase_picture(FILE *out, int x, int y, const tb_explanation *e, const tb_subject *s) {
  return framed(out, x, y, e, s, "The phases of y", phase_cell);
}

/* Conv2d over `rows` rows: what each of its windows meets. */
static int windows(FILE *out, int x, int y, const tb_explanation *e, const tb_subject *s, int64_t rows) {
  const int axis = tb_strided_axis(s);
  const tb_axis *a = &s->axis[axis];
  const tb_view over = tb_view_of(rows + 2 * a->padding), made = tb_view_of(tb_axis_forward(a, rows));
  const int size = size_of(e), left = x + LABELS, top = y + CAPTION;
  char caption[80];
  snprintf(caption, sizeof caption, "Conv2d maps %" PRId64 " %ss to %" PRId64, rows, axis ? "column" : "row",
           tb_axis_forward(a, rows));
  tb_svg_text(out, x, y + 16, 's', "caption", caption);
  for (int j = 0; j < over.rows; j++) {
    const int64_t at = over.at[j] - a->padding;
    const bool padding = at < 0 || at >= rows;
    cell one = {.class = padding ? "cut" : at < tb_least_size(a) ? "t1" : "added", .text = "0"};
    if (!padding)
      snprintf(one.text, sizeof one.text, "%" PRId64, at);
    if (over.at[j] < 0)
      gap(out, left + j * size, top, size);
    else
      draw_cell(out, left + j * size, top, size, &one);
  }
  for (int i = 0; i < made.rows; i++)
    for (int j = 0; j < over.rows; j++) {
      const int64_t from = over.at[j] - made.at[i] * a->stride;
      if (made.at[i] >= 0 && over.at[j] >= 0 && from >= 0 && from < a->extent)
        tb_svg_rect(out, left + j * size, top + size + 6 + i * 22, size, 16, from % a->dilation ? "empty" : "tap");
      else if (made.at[i] < 0)
        tb_svg_text(out, left + j * size + size / 2, top + size + 18 + i * 22, 'm', "index", "…");
    }
  for (int i = 0; i < made.rows; i++)
    if (made.at[i] >= 0)
      number(out, left - 8, top + size + 18 + i * 22, 'e', made.at[i]);
  return CAPTION + size + 12 + made.rows * 22;
}

static int forward_least_picture(FILE *out, int x, int y, const tb_explanation *e, const tb_subject *s) {
  return windows(out, x, y, e, s, tb_least_size(&s->axis[tb_strided_axis(s)]));
}

static int forward_other_picture(FILE *out, int x, int y, const tb_explanation *e, const tb_subject *s) {
  return windows(out, x, y, e, s, tb_other_size(&s->axis[tb_strided_axis(s)]));
}

static int forward_picture(FILE *out, int x, int y, const tb_explanation *e, const tb_subject *s) {
  return windows(out, x, y, e, s, s->axis[tb_strided_axis(s)].out);
}

static int groups_picture(FILE *out, int x, int y, const tb_explanation *e, const tb_subject *s) {
  const tb_view in = tb_view_of(s->p.in_channels), over = tb_view_of(s->p.out_channels);
  const int size = size_of(e), left = x + LABELS, top = y + CAPTION + NUMBERS;
  tb_svg_text(out, x, y + 16, 's', "caption", "x channels (down) and y channels (across)");
  for (int j = 0; j < over.rows; j++)
    if (over.at[j] >= 0)
      number(out, left + j * size + size / 2, top - 6, 'm', over.at[j]);
  for (int i = 0; i < in.rows; i++) {
    if (in.at[i] >= 0)
      number(out, left - 8, top + i * size + size / 2 + 4, 'e', in.at[i]);
    for (int j = 0; j < over.rows; j++) {
      const int64_t group = tb_meeting_group(s, in.at[i], over.at[j]);
      if (in.at[i] < 0 || over.at[j] < 0)
        gap(out, left + j * size, top + i * size, size);
      else if (group < 0)
        tb_svg_rect(out, left + j * size, top + i * size, size, size, "empty");
      else {
        cell one = {.class = "element"};
        snprintf(one.text, sizeof one.text, "g%" PRId64, group);
        draw_cell(out, left + j * size, top + i * size, size, &one);
      }
    }
  }
  return CAPTION + NUMBERS + in.rows * size + 8;
}

int tb_svg_picture(FILE *out, int x, int y, const tb_explanation *e, const tb_subject *s, tb_picture picture) {
  typedef int draw(FILE * out, int x, int y, const tb_explanation *e, const tb_subject *s);
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
  return all[picture](out, x, y, e, s);
}
