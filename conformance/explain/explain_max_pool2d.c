/* The explanation of max_pool2d in the terminal: its sizes, and the window of one element of y. The facts are those of
 * reference/max_pool2d/rules.h and definition.h.
 *
 * SPDX-License-Identifier: MIT */
#include "canvas.h"
#include "command_line.h"
#include "dtype.h"
#include "explain.h"
#include "memory.h"
#include "strides.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { INDENT = 3, LEFT = 10, ROWS_SHOWN = 16, TEXT_OF_NUMBER = 40 };

/* A case, and its first plane as data; x NULL: it is too large for that. */
struct pooling {
  tb_canvas *c;
  const tb_problem *p;
  tenbin_pool2d a;
  int64_t in[2], out[2], at[2];
  void *x, *y;
  int64_t *indices;
};

static const char *const axes[2] = {"height", "width"};
static const char *const units[2] = {"row", "column"};

/* The row (or column) of x that tap k of the chosen window meets; of padding it is not one of x. */
static int64_t met(const struct pooling *s, int axis, int64_t k) {
  return s->at[axis] * s->a.stride[axis] - s->a.padding[axis] + k * s->a.dilation[axis];
}

static bool is_inside(const struct pooling *s, int axis, int64_t i) {
  return i >= 0 && i < s->in[axis];
}

/* The first and last tap that meets x; last < first: none does. */
static void taps(const struct pooling *s, int axis, int64_t *first, int64_t *last) {
  *first = 0;
  *last = s->a.kernel_size[axis] - 1;
  while (*first <= *last && !is_inside(s, axis, met(s, axis, *first)))
    ++*first;
  while (*last >= *first && !is_inside(s, axis, met(s, axis, *last)))
    --*last;
}

static bool is_in_window(const struct pooling *s, int axis, int64_t i) {
  const int64_t from_first = i - met(s, axis, 0);
  return from_first >= 0 && from_first % s->a.dilation[axis] == 0 && from_first / s->a.dilation[axis] < s->a.kernel_size[axis];
}

static void size(const struct pooling *s, int axis) {
  const int64_t in = s->in[axis], k = s->a.kernel_size[axis], d = s->a.dilation[axis], stride = s->a.stride[axis],
                padding = s->a.padding[axis], span = in + 2 * padding - d * (k - 1) - 1, floor = span / stride + 1;
  const char *rounded_by = s->a.ceil_mode ? "ceil" : "floor";
  tb_canvas_print(s->c, INDENT,
                  "%s = %s((%" PRId64 " + 2*%" PRId64 " - %" PRId64 "*(%" PRId64 " - 1) - 1)/%" PRId64 ") + 1 = %s(%" PRId64
                  "/%" PRId64 ") + 1 = %" PRId64,
                  axes[axis], rounded_by, in, padding, d, k, stride, rounded_by, span, stride,
                  s->a.ceil_mode ? (span + stride - 1) / stride + 1 : floor);
  if (!s->a.ceil_mode)
    return;
  const int64_t rounded = (span + stride - 1) / stride + 1, begin = (rounded - 1) * stride;
  if (rounded > s->out[axis])
    tb_canvas_print(s->c, INDENT,
                    "and one less, %" PRId64 ": the last window would begin %" PRId64
                    " %ss after the first, which is not below "
                    "in + padding = %" PRId64 ", and would meet no pixel.",
                    s->out[axis], begin, units[axis], in + padding);
  else if (rounded > floor)
    tb_canvas_print(s->c, INDENT, "without ceil_mode it would be %" PRId64 ": the last window reaches beyond the padding.",
                    floor);
}

/* The rows (columns) that the window meets, at most three by their numbers. */
static void meets(tb_text *t, const struct pooling *s, int axis) {
  int64_t first, last;
  taps(s, axis, &first, &last);
  if (last < first) {
    tb_text_add(t, "no %s", units[axis]);
    return;
  }
  tb_text_add(t, "%s%s %" PRId64, units[axis], last > first ? "s" : "", met(s, axis, first));
  if (last - first == 2)
    tb_text_add(t, ", %" PRId64, met(s, axis, first + 1));
  else if (last - first > 2)
    tb_text_add(t, ", %" PRId64 ", ..", met(s, axis, first + 1));
  if (last > first)
    tb_text_add(t, ", %" PRId64, met(s, axis, last));
}

static void window(const struct pooling *s) {
  char text[300];
  tb_text t = {text, 0, sizeof text};
  int64_t first[2], last[2], inside = 1;
  for (int i = 0; i < 2; i++) {
    taps(s, i, &first[i], &last[i]);
    inside *= last[i] - first[i] + 1;
  }
  meets(&t, s, 0);
  tb_text_puts(&t, " and ");
  meets(&t, s, 1);
  tb_canvas_print(s->c, INDENT,
                  "Tap kh meets row %" PRId64 "*%" PRId64 " - %" PRId64 " + kh*%" PRId64 " of x, and tap kw column %" PRId64
                  "*%" PRId64 " - %" PRId64 " + kw*%" PRId64 ": %s.",
                  s->at[0], s->a.stride[0], s->a.padding[0], s->a.dilation[0], s->at[1], s->a.stride[1], s->a.padding[1],
                  s->a.dilation[1], text);
  if (inside < s->a.kernel_size[0] * s->a.kernel_size[1])
    tb_canvas_print(s->c, INDENT,
                    "%" PRId64 " of its %" PRId64
                    " taps meet no pixel. Padding is no 0: it counts as %s, so that every pixel is "
                    "at least as great.",
                    s->a.kernel_size[0] * s->a.kernel_size[1] - inside, s->a.kernel_size[0] * s->a.kernel_size[1],
                    tb_dtype_floats(s->p->c.dtype) ? "-inf" : "the smallest integer");
}

static void number(const struct pooling *s, const void *data, int64_t i, char out[TEXT_OF_NUMBER]) {
  tb_text t = {out, 0, TEXT_OF_NUMBER};
  if (tb_dtype_floats(s->p->c.dtype))
    tb_text_decimal(&t, tb_number(s->p->c.dtype, data, i));
  else
    tb_text_integer(&t, "", tb_number_whole_of(s->p->c.dtype, data, i));
}

/* What is drawn of an axis: all of it, or from the first row of the window on as much as there is room for. */
static int64_t begin(const struct pooling *s, int axis, int64_t room) {
  int64_t first, last;
  taps(s, axis, &first, &last);
  const int64_t from = last < first ? 0 : met(s, axis, first);
  return s->in[axis] <= room ? 0 : from > s->in[axis] - room ? s->in[axis] - room : from;
}

/* x with the window's pixels in brackets, and an asterisk at the one that counts. */
static void picture(const struct pooling *s, int64_t chosen) {
  char text[TEXT_OF_NUMBER], cell[TEXT_OF_NUMBER + 4];
  int wide = 1;
  for (int64_t i = 0; i < s->in[0] * s->in[1]; i++) {
    number(s, s->x, i, text);
    wide = (int)strlen(text) > wide ? (int)strlen(text) : wide;
  }
  wide += 4;
  const int64_t room = (TB_CANVAS_COLUMNS - LEFT) / wide, shown = s->in[1] < room ? s->in[1] : room;
  const int64_t top = begin(s, 0, ROWS_SHOWN), left = begin(s, 1, room);
  const int line = s->c->lines + 1;
  for (int64_t j = 0; j < shown; j++) {
    snprintf(cell, sizeof cell, "%*" PRId64, wide - 1, left + j);
    tb_canvas_put(s->c, line, LEFT + (int)j * wide, TB_FAINT, cell);
  }
  for (int64_t i = top; i < s->in[0] && i < top + ROWS_SHOWN; i++) {
    snprintf(cell, sizeof cell, "%*" PRId64, LEFT - 1, i);
    tb_canvas_put(s->c, line + 1 + (int)(i - top), 0, TB_FAINT, cell);
    for (int64_t j = left; j < left + shown; j++) {
      const bool in = is_in_window(s, 0, i) && is_in_window(s, 1, j), best = in && i * s->in[1] + j == chosen;
      number(s, s->x, i * s->in[1] + j, text);
      snprintf(cell, sizeof cell, "%s%s%s", in ? "[" : " ", text, best ? "]*" : in ? "]" : "");
      const int column = LEFT + (int)(j - left) * wide + wide - 2 - (int)strlen(text);
      tb_canvas_put(s->c, line + 1 + (int)(i - top), column, best ? TB_MARKED : in ? TB_ADDED : TB_PLAIN, cell);
    }
  }
  if (s->in[0] > ROWS_SHOWN || s->in[1] > shown)
    tb_canvas_print(s->c, INDENT, "x has %" PRId64 " rows and %" PRId64 " columns; the others are left out.", s->in[0],
                    s->in[1]);
}

static bool is_nan(const struct pooling *s, int64_t i) {
  return tb_dtype_floats(s->p->c.dtype) && isnan(tb_number(s->p->c.dtype, s->x, i));
}

static bool is_equal(const struct pooling *s, int64_t i, int64_t j) {
  if (tb_dtype_floats(s->p->c.dtype))
    return is_nan(s, i) ? is_nan(s, j) : tb_number(s->p->c.dtype, s->x, i) == tb_number(s->p->c.dtype, s->x, j);
  return tb_number_whole_of(s->p->c.dtype, s->x, i) == tb_number_whole_of(s->p->c.dtype, s->x, j);
}

/* What y and indices are, and why. */
static void result(const struct pooling *s) {
  const int64_t at = s->at[0] * s->out[1] + s->at[1], chosen = s->indices[at];
  char text[TEXT_OF_NUMBER];
  int64_t first[2], last[2], ties = 0;
  number(s, s->y, at, text);
  for (int i = 0; i < 2; i++)
    taps(s, i, &first[i], &last[i]);
  const bool is_empty = last[0] < first[0] || last[1] < first[1];
  picture(s, is_empty ? -1 : chosen);
  tb_canvas_put(s->c, s->c->lines, 0, TB_PLAIN, "");
  if (is_empty) {
    tb_canvas_print(s->c, INDENT,
                    "The window holds no pixel: y is %s. Its index is %" PRId64
                    ", of the first row and column of the window that "
                    "are not negative, although x may have no such pixel.",
                    text, chosen);
    return;
  }
  for (int64_t h = first[0]; h <= last[0]; h++)
    for (int64_t w = first[1]; w <= last[1]; w++)
      ties += is_equal(s, chosen, met(s, 0, h) * s->in[1] + met(s, 1, w));
  tb_canvas_print(s->c, INDENT,
                  "y is %s, from row %" PRId64 " and column %" PRId64 ". Its index is %" PRId64 "*%" PRId64 " + %" PRId64
                  " = %" PRId64 ": it counts within the plane, without padding.",
                  text, chosen / s->in[1], chosen % s->in[1], chosen / s->in[1], s->in[1], chosen % s->in[1], chosen);
  if (is_nan(s, chosen))
    tb_canvas_print(s->c, INDENT, "A NaN counts as greater than all numbers%s.",
                    ties > 1 ? "; of several the last is taken" : "");
  else if (ties > 1)
    tb_canvas_print(s->c, INDENT, "%" PRId64 " pixels of the window are equally great. The first in row-major order is taken.",
                    ties);
}

/* Rows (columns) of x in no window: between two, after the last. */
static void unmet(const struct pooling *s) {
  for (int axis = 0; axis < 2; axis++) {
    const int64_t stride = s->a.stride[axis], d = s->a.dilation[axis], k = s->a.kernel_size[axis];
    int64_t missed = 0, example = -1;
    for (int64_t i = 0; i < s->in[axis]; i++) {
      bool reached = false;
      for (int64_t tap = 0; tap < k && !reached; tap++) {
        const int64_t from = i + s->a.padding[axis] - tap * d;
        reached = from >= 0 && from % stride == 0 && from / stride < s->out[axis];
      }
      missed += !reached;
      example = !reached && example < 0 ? i : example;
    }
    if (missed > 0)
      tb_canvas_print(s->c, INDENT, "%" PRId64 " of the %" PRId64 " %ss of x lie%s in no window, such as %s %" PRId64 ".",
                      missed, s->in[axis], units[axis], missed == 1 ? "s" : "", units[axis], example);
  }
}

static void fill(struct pooling *s) {
  static const int64_t most = INT64_C(1) << 26; /* pixels times taps: less than a second */
  const tenbin_desc *x = &s->p->input[TENBIN_X], *y = &s->p->output[TENBIN_Y];
  const tb_operator *op = s->p->c.op;
  if (op->work(&s->p->c) > most || tb_desc_elements(y) > most)
    return;
  s->x = tb_need(malloc(tb_desc_dense_bytes(x) + 1));
  s->y = tb_need(malloc(tb_desc_dense_bytes(y) + 1));
  s->indices = tb_need(malloc(((size_t)tb_desc_elements(y) + 1) * sizeof *s->indices));
  if (!op->fill(s->p, TENBIN_X, s->p->c.seed, s->x))
    abort();
  op->answer(s->p, (const void *[]){s->x}, (void *[]){[TENBIN_Y] = s->y, [TENBIN_INDICES] = s->indices});
}

static void shapes(const struct pooling *s) {
  char text[200];
  tb_text t = {text, 0, sizeof text};
  const tenbin_desc *of[2] = {&s->p->input[TENBIN_X], &s->p->output[TENBIN_Y]};
  for (int k = 0; k < 2; k++) {
    tb_text_puts(&t, k ? " gives y (" : "x (");
    for (int i = 0; i < of[k]->rank; i++)
      tb_text_integer(&t, i ? ", " : "", of[k]->size[i]);
    tb_text_puts(&t, ")");
  }
  tb_canvas_print(s->c, INDENT, "%s. Each plane of x is pooled alone; here the first.", text);
}

int tb_explain_max_pool2d(const tb_problem *p, const int64_t *at, FILE *out, bool unicode, bool colour) {
  tb_canvas c = {0};
  struct pooling s = {.c = &c, .p = p};
  const tenbin_desc *x = &p->input[TENBIN_X], *y = &p->output[TENBIN_Y];
  char head[100];
  p->c.op->attributes(p, &s.a);
  if (tb_desc_elements(y) == 0)
    return tb_usage_error("%s\nPyTorch accepts this case, and its y is empty: there is nothing to draw", p->text);
  for (int i = 0; i < 2; i++) {
    s.in[i] = x->size[x->rank - 2 + i];
    s.out[i] = y->size[y->rank - 2 + i];
    s.at[i] = at ? at[i] : s.out[i] / 2;
    if (s.in[i] > TB_EXPLAIN_LARGEST || s.a.kernel_size[i] > TB_EXPLAIN_LARGEST || s.a.stride[i] > TB_EXPLAIN_LARGEST ||
        s.a.dilation[i] > TB_EXPLAIN_LARGEST)
      return tb_usage_error("%s\nsizes and parameters up to %d are explained", p->text, TB_EXPLAIN_LARGEST);
  }
  if (s.at[0] >= s.out[0] || s.at[1] >= s.out[1])
    return tb_usage_error("--at %lld,%lld: y has rows 0 to %lld and columns 0 to %lld", (long long)s.at[0], (long long)s.at[1],
                          (long long)s.out[0] - 1, (long long)s.out[1] - 1);
  fill(&s);
  tb_canvas_paragraph(&c, 0, 4, TB_HEADING, p->text);
  shapes(&s);
  tb_canvas_put(&c, c.lines + 1, 0, TB_HEADING, "The size of y");
  for (int i = 0; i < 2; i++)
    size(&s, i);
  snprintf(head, sizeof head, "The window of row %lld, column %lld of y", (long long)s.at[0], (long long)s.at[1]);
  tb_canvas_put(&c, c.lines + 1, 0, TB_HEADING, head);
  window(&s);
  if (s.x)
    result(&s);
  else
    tb_canvas_print(&c, INDENT, "x is too large for its numbers to be shown.");
  unmet(&s);
  tb_canvas_finish(&c, out, unicode, colour);
  free(s.x);
  free(s.y);
  free(s.indices);
  return 0;
}
