/* The sentences of an explanation of conv_transpose2d: its sizes, its crop, its sums, with the numbers put in.
 *
 * SPDX-License-Identifier: MIT */
#include "conv_reference.h"
#include "explain.h"

#include <inttypes.h>

static const char *const units[2] = {"row", "column"}, *const before[2] = {"at the top", "at the left"},
                         *const after[2] = {"at the bottom", "at the right"};

static const char *s_of(int64_t n) {
  return n == 1 ? "" : "s";
}

/* A product of the sum that makes an element: input channel, input row and column, tap. */
struct product {
  int64_t c, i, j, kh, kw;
};

#define PRODUCTS_SHOWN 12

/* The products of y[0, 0, at], those of the first input channel first, at most `room` of them; how many there are. */
static int64_t products(const tb_explained *s, const int64_t at[2], struct product *out, int room) {
  const int64_t channels = tb_conv2d(&s->p)->in_channels / tb_conv2d(&s->p)->conv.groups;
  int64_t n = tb_axis_taps(&s->axis[0], at[0]) * tb_axis_taps(&s->axis[1], at[1]) * channels;
  int filled = 0;
  for (int64_t c = 0; c < channels && filled < room && n > 0; c++)
    for (int64_t kh = 0; kh < s->axis[0].kernel; kh++) {
      const int64_t i = tb_axis_source(&s->axis[0], at[0], kh);
      for (int64_t kw = 0; i >= 0 && kw < s->axis[1].kernel && filled < room; kw++) {
        const int64_t j = tb_axis_source(&s->axis[1], at[1], kw);
        if (j >= 0)
          out[filled++] = (struct product){c, i, j, kh, kw};
      }
    }
  return n;
}

int64_t tb_in_sum(const tb_explained *s, const int64_t at[2], bool tap, int64_t row, int64_t column) {
  const tb_axis *h = &s->axis[0], *w = &s->axis[1];
  const int64_t kh = tap ? row : tb_axis_tap(h, row, at[0]), kw = tap ? column : tb_axis_tap(w, column, at[1]);
  if (!tb_subject_has(s, at) || kh < 0 || kw < 0 || tb_axis_source(h, at[0], kh) < 0 || tb_axis_source(w, at[1], kw) < 0)
    return -1;
  int64_t above = 0, left = 0;
  for (int64_t k = 0; k < kh; k++)
    above += tb_axis_source(h, at[0], k) >= 0;
  for (int64_t k = 0; k < kw; k++)
    left += tb_axis_source(w, at[1], k) >= 0;
  return above * tb_axis_taps(w, at[1]) + left;
}

bool tb_subject_has(const tb_explained *s, const int64_t at[2]) {
  return at[0] < s->axis[0].out && at[1] < s->axis[1].out;
}

int64_t tb_landing_of(const tb_axis *a) {
  return a->in > 2 && a->stride - a->padding < 4;
}

int tb_strided_axis(const tb_explained *s) {
  return s->axis[0].stride == 1;
}

int64_t tb_least_size(const tb_axis *a) {
  return a->out > a->output_padding ? a->out - a->output_padding : 1;
}

int64_t tb_other_size(const tb_axis *a) {
  return a->out > tb_least_size(a) ? a->out : tb_least_size(a) + 1;
}

int64_t tb_meeting_group(const tb_explained *s, int64_t in, int64_t out) {
  const int64_t group = in / (tb_conv2d(&s->p)->in_channels / tb_conv2d(&s->p)->conv.groups);
  return group == out / (tb_conv2d(&s->p)->out_channels / tb_conv2d(&s->p)->conv.groups) ? group : -1;
}

char tb_letter(int64_t index) {
  static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  return index < (int64_t)sizeof letters - 1 ? letters[index] : '*';
}

static void shape(tb_text *t, const char *name, const tenbin_desc *d) {
  tb_text_add(t, "%s (", name);
  for (int i = 0; i < d->rank; i++)
    tb_text_add(t, "%s%" PRId64, i ? ", " : "", d->size[i]);
  tb_text_add(t, ")");
}

void tb_explain_shapes(tb_text *t, const tb_explained *s) {
  shape(t, "x", &s->p.input[TENBIN_X]);
  shape(t, ", w", &s->p.input[TENBIN_WEIGHT]);
  if (s->p.input[TENBIN_BIAS].dtype != TENBIN_NONE)
    shape(t, ", b", &s->p.input[TENBIN_BIAS]);
  shape(t, " give y", &s->p.output[TENBIN_Y]);
}

void tb_explain_size(tb_text *t, const tb_explained *s, int axis) {
  const tb_axis *a = &s->axis[axis];
  tb_text_add(t,
              "%s = (%" PRId64 " - 1)*%" PRId64 " - 2*%" PRId64 " + %" PRId64 "*(%" PRId64 " - 1) + %" PRId64 " + 1 = %" PRId64,
              axis ? "width" : "height", a->in, a->stride, a->padding, a->dilation, a->kernel, a->output_padding, a->out);
}

void tb_explain_spread(tb_text *t, const tb_explained *s) {
  const tb_axis *h = &s->axis[0], *w = &s->axis[1];
  tb_text_add(t,
              "stride %" PRId64 "x%" PRId64 ": the elements of x are placed %" PRId64 " row%s and %" PRId64 " column%s apart",
              h->stride, w->stride, h->stride, s_of(h->stride), w->stride, s_of(w->stride));
  if (h->stride > 1 || w->stride > 1)
    tb_text_add(t, ", and nothing between them");
  tb_text_add(t, ". dilation %" PRId64 "x%" PRId64 ": so are the kernel's taps, which reach over %" PRId64 "x%" PRId64,
              h->dilation, w->dilation, h->extent, w->extent);
  tb_text_add(t, ". Together they cover (%" PRId64 " - 1)*%" PRId64 " + %" PRId64 " = %" PRId64 " rows", h->in, h->stride,
              h->extent, h->full);
  tb_text_add(t, " and (%" PRId64 " - 1)*%" PRId64 " + %" PRId64 " = %" PRId64 " columns: the full output.", w->in, w->stride,
              w->extent, w->full);
}

void tb_explain_landing(tb_text *t, const tb_explained *s) {
  const tb_axis *h = &s->axis[0], *w = &s->axis[1];
  const int64_t i = tb_landing_of(h), j = tb_landing_of(w);
  tb_text_add(t,
              "Every element of x is multiplied by every tap, and each product is added where it lands: that of x[%" PRId64
              ", %" PRId64 "] and tap (kh, kw) in row %" PRId64 "*%" PRId64 " - %" PRId64 " + kh*%" PRId64 ", column %" PRId64
              "*%" PRId64 " - %" PRId64 " + kw*%" PRId64 " of y. Where products of several elements land, they add up.",
              i, j, i, h->stride, h->padding, h->dilation, j, w->stride, w->padding, w->dilation);
}

/* What becomes of the rows that output_padding adds. */
static void reached(tb_text *t, const tb_explained *s, int axis) {
  const tb_axis *a = &s->axis[axis];
  const int64_t n = a->output_padding < a->out ? a->output_padding : a->out, hit = s->count[axis].extra_reached;
  const char *bias = s->b ? "the bias alone" : "0, as there is no bias";
  if (hit == n)
    tb_text_add(t, " %s computed by the same sum as every other %s, and no zeros are appended.", n == 1 ? "It is" : "They are",
                units[axis]);
  else if (hit == 0)
    tb_text_add(t, " No tap reaches %s: %s %s.", n == 1 ? "it" : "them", n == 1 ? "it holds" : "they hold", bias);
  else
    tb_text_add(t, " Taps reach %" PRId64 " of them, which the same sum computes; the rest hold%s %s.", hit,
                n - hit == 1 ? "s" : "", bias);
}

void tb_explain_crop(tb_text *t, const tb_explained *s, int axis) {
  const tb_axis *a = &s->axis[axis];
  const char *unit = units[axis];
  const int64_t p = a->padding, op = a->output_padding, saved = p < op ? p : op;
  tb_text_add(t, "%s: padding %" PRId64, axis ? "Columns" : "Rows", p);
  if (p == 0)
    tb_text_add(t, " cuts nothing.");
  else if (op == 0)
    tb_text_add(t, " cuts %" PRId64 " %s%s %s and %" PRId64 " %s.", p, unit, s_of(p), before[axis], p, after[axis]);
  else
    tb_text_add(t, " cuts %" PRId64 " %s%s %s, and would cut %" PRId64 " %s.", p, unit, s_of(p), before[axis], p, after[axis]);
  if (op == 0)
    return;
  tb_text_add(t, " output_padding %" PRId64, op);
  if (saved > 0 && saved == p)
    tb_text_add(t, " keeps %s", p == 1 ? "that one" : "all of these");
  else if (saved > 0)
    tb_text_add(t, " keeps %" PRId64 " of these", saved);
  if (op > p)
    tb_text_add(t, "%s adds %" PRId64 " %s%s after the last tap", saved > 0 ? " and" : "", op - p, unit, s_of(op - p));
  tb_text_add(t, ": %s%s ", unit, s_of(op));
  if (op > 1)
    tb_text_add(t, "%" PRId64 " to ", a->out - op);
  tb_text_add(t, "%" PRId64 " of y.", a->out - 1);
  reached(t, s, axis);
}

static void forward(tb_text *t, const tb_axis *a, int64_t rows) {
  tb_text_add(t, "(%" PRId64 " + 2*%" PRId64 " - %" PRId64 "*(%" PRId64 " - 1) - 1)/%" PRId64 " + 1 = %" PRId64, rows,
              a->padding, a->dilation, a->kernel, a->stride, tb_axis_forward(a, rows));
}

void tb_explain_forward(tb_text *t, const tb_explained *s, int axis) {
  const tb_axis *a = &s->axis[axis];
  const int64_t from = tb_least_size(a), to = a->out - a->output_padding + a->stride - 1;
  const char *unit = units[axis];
  tb_text_add(t, "%s: Conv2d with these parameters maps ", axis ? "Columns" : "Rows");
  if (to < from) {
    tb_text_add(t, "no number of %ss to %" PRId64 ".", unit, a->in);
    return;
  }
  if (to == from + 1)
    tb_text_add(t, "%" PRId64 " and ", from);
  else if (to > from)
    tb_text_add(t, "any of %" PRId64 " to ", from);
  tb_text_add(t, "%" PRId64 " %ss %s %" PRId64 ": ", to, unit, to > from ? "to the same" : "alone to", a->in);
  forward(t, a, from);
  if (to > from) {
    tb_text_add(t, " and ");
    forward(t, a, to);
    tb_text_add(t, ", rounded down. Back from %" PRId64 ", output_padding 0 to %" PRId64 " says which of these it shall be.",
                a->in, a->stride - 1);
  } else
    tb_text_add(t, ": back from %" PRId64 " there is nothing to choose.", a->in);
}

void tb_explain_here(tb_text *t, const tb_explained *s, int axis) {
  const tb_axis *a = &s->axis[axis];
  const char *unit = units[axis];
  tb_text_add(t, "output_padding %" PRId64 " chooses %" PRId64 " %s%s.", a->output_padding, a->out, unit, s_of(a->out));
  if (a->output_padding >= a->stride)
    tb_text_add(t,
                " It is not below stride %" PRId64 ": Conv2d maps %" PRId64 " %s%s to %" PRId64 " and not to %" PRId64
                ". PyTorch allows that, as it is below dilation %" PRId64 ".",
                a->stride, a->out, unit, s_of(a->out), tb_axis_forward(a, a->out), a->in, a->dilation);
}

/* "y[0, 0, 5, 3]": PyTorch's index, without a batch where there is none. */
static void element(tb_text *t, const tb_explained *s, char name, int64_t channel, int64_t row, int64_t column) {
  tb_text_add(t, "%c[%s%" PRId64 ",%" PRId64 ",%" PRId64 "]", name, s->p.input[TENBIN_X].rank == 4 ? "0," : "", channel, row,
              column);
}

void tb_explain_sum(tb_text *t, const tb_explained *s, const int64_t at[2]) {
  struct product product[PRODUCTS_SHOWN] = {0};
  const int64_t n = products(s, at, product, PRODUCTS_SHOWN);
  element(t, s, 'y', 0, at[0], at[1]);
  if (!tb_subject_has(s, at)) {
    tb_text_add(t, " does not exist: this y has %" PRId64 " rows and %" PRId64 " columns", s->axis[0].out, s->axis[1].out);
    if (n > 0)
      tb_text_add(t, "; padding cuts the %" PRId64 " product%s off that land there", n, s_of(n));
    tb_text_add(t, ".");
    return;
  }
  tb_text_add(t, " = %s", s->b ? "b[0]" : n == 0 ? "0" : "");
  for (int i = 0; i < n && i < PRODUCTS_SHOWN; i++) {
    const struct product *m = &product[i];
    tb_text_add(t, "%s", s->b || i ? " + " : "");
    element(t, s, 'x', m->c, m->i, m->j);
    tb_text_add(t, "*w[%" PRId64 ",0,%" PRId64 ",%" PRId64 "]", m->c, m->kh, m->kw);
  }
  if (n > PRODUCTS_SHOWN)
    tb_text_add(t, " + %" PRId64 " more products", n - PRODUCTS_SHOWN);
}

void tb_explain_numbers(tb_text *t, const tb_explained *s, const int64_t at[2]) {
  struct product product[PRODUCTS_SHOWN] = {0};
  const int64_t n = products(s, at, product, PRODUCTS_SHOWN);
  if (!tb_subject_has(s, at) || !s->x)
    return;
  const int64_t width = tb_conv2d(&s->p)->out_channels / tb_conv2d(&s->p)->conv.groups;
  const double value = tb_conv_point(&s->p, s->x, s->w, s->b, at[0] * s->axis[1].out + at[1]).value;
  double sum = s->b ? s->b[0] : 0;
  if (n == 0 && !s->b)
    return;
  tb_text_add(t, "= ");
  if (s->b)
    tb_text_add(t, "%.12g", sum);
  for (int i = 0; i < n && i < PRODUCTS_SHOWN; i++) {
    const struct product *m = &product[i];
    const double x = s->x[(m->c * s->axis[0].in + m->i) * s->axis[1].in + m->j];
    const double w = s->w[(m->c * width * s->axis[0].kernel + m->kh) * s->axis[1].kernel + m->kw];
    tb_text_add(t, "%s%.12g*%.12g", s->b || i ? " + " : "", x, w);
    sum += x * w;
  }
  if (n > PRODUCTS_SHOWN)
    tb_text_add(t, " + %.12g", value - sum);
  if (n > 0)
    tb_text_add(t, " = %.12g", value);
}

/* "0, 2" or "0, 1, 2, .. 8": the taps of a phase. */
static void taps(tb_text *t, const tb_axis *a, int64_t phase) {
  enum { SHOWN = 4 };
  const int64_t n = tb_phase_taps(a, phase);
  int64_t shown = 0, last = 0;
  for (int64_t k = 0; k < a->kernel; k++)
    if (tb_phase_meets(a, phase, k)) {
      last = k;
      if (shown++ < SHOWN)
        tb_text_add(t, "%s%" PRId64, shown > 1 ? ", " : "", k);
    }
  if (n > SHOWN)
    tb_text_add(t, ", .. %" PRId64, last);
}

/* The first row of y that is of a phase. */
static int64_t first_of(const tb_axis *a, int64_t phase) {
  return ((phase - a->padding) % a->stride + a->stride) % a->stride;
}

void tb_explain_phase(tb_text *t, const tb_explained *s, int64_t row, int64_t column) {
  const int64_t phase[2] = {row, column};
  const int64_t products = tb_phase_taps(&s->axis[0], row) * tb_phase_taps(&s->axis[1], column);
  tb_text_add(t, "%c: ", tb_letter(row * s->axis[1].stride + column));
  for (int i = 0; i < 2; i++) {
    const int64_t first = first_of(&s->axis[i], phase[i]);
    tb_text_add(t, "%s%ss %" PRId64 ", %" PRId64 ", ..", i ? ", " : "", units[i], first, first + s->axis[i].stride);
  }
  if (products == 0) {
    tb_text_add(t, " meet no tap: a hole, which holds the bias");
    return;
  }
  tb_text_add(t, " meet taps kh ");
  taps(t, &s->axis[0], row);
  tb_text_add(t, " and kw ");
  taps(t, &s->axis[1], column);
  tb_text_add(t, ": %" PRId64 " product%s", products, s_of(products));
}

void tb_explain_group(tb_text *t, const tb_explained *s, int64_t group) {
  const int64_t c = tb_conv2d(&s->p)->in_channels / tb_conv2d(&s->p)->conv.groups,
                o = tb_conv2d(&s->p)->out_channels / tb_conv2d(&s->p)->conv.groups;
  tb_text_add(t,
              "group %" PRId64 ": x channels %" PRId64 " to %" PRId64 " meet y channels %" PRId64 " to %" PRId64
              ", by w[%" PRId64 ":%" PRId64 "]",
              group, group * c, (group + 1) * c - 1, group * o, (group + 1) * o - 1, group * c, (group + 1) * c);
}
