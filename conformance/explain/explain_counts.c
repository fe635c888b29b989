/* The sentences of an explanation that count, and that compare two cases.
 *
 * SPDX-License-Identifier: MIT */
#include "explain.h"

#include <inttypes.h>
#include <string.h>

static const char *const units[2] = {"row", "column"}, *const sides[2] = {"at the bottom", "at the right"};

/* A product of counts; INT64_MAX where it does not fit. */
static int64_t times(int64_t a, int64_t b) {
  int64_t product;
  return __builtin_mul_overflow(a, b, &product) ? INT64_MAX : product;
}

/* Multiply-adds of those (input element, tap) pairs, in all channels and images. */
static int64_t macs(const tb_explained *s, int64_t pairs) {
  return times(times(times(tb_conv2d(&s->p)->batch, tb_conv2d(&s->p)->in_channels),
                     tb_conv2d(&s->p)->out_channels / tb_conv2d(&s->p)->conv.groups),
               pairs);
}

void tb_explain_work(tb_text *t, const tb_explained *s) {
  const tb_axis *h = &s->axis[0], *w = &s->axis[1];
  const int64_t all = tb_case_work(&s->p.c), kept = macs(s, times(s->count[0].kept, s->count[1].kept));
  tb_text_add(t,
              "Multiply-adds: N*C_in*(C_out/groups)*kH*kW*H*W = %" PRId64 "*%" PRId64 "*%" PRId64 "*%" PRId64 "*%" PRId64
              "*%" PRId64 "*%" PRId64 " = %" PRId64,
              tb_conv2d(&s->p)->batch, tb_conv2d(&s->p)->in_channels,
              tb_conv2d(&s->p)->out_channels / tb_conv2d(&s->p)->conv.groups, h->kernel, w->kernel, h->in, w->in, all);
  tb_text_add(t, ", of which padding cuts %" PRId64 " away.", all - kept);
  tb_text_add(t, " As a convolution over the zero-stuffed input it would be %" PRId64 ", most of them with zeros.",
              macs(s, times(times(h->out, w->out), times(h->kernel, w->kernel))));
}

void tb_explain_products(tb_text *t, const tb_explained *s) {
  const tb_axis_counts *h = &s->count[0], *w = &s->count[1];
  const int64_t channels = tb_conv2d(&s->p)->in_channels / tb_conv2d(&s->p)->conv.groups;
  const int64_t plane = s->axis[0].out * s->axis[1].out;
  const int64_t holes = plane - (s->axis[0].out - h->holes) * (s->axis[1].out - w->holes);
  tb_text_add(t, "Products in an element of y: %" PRId64 " to %" PRId64, times(channels, h->fewest * w->fewest),
              times(channels, h->most * w->most));
  tb_text_add(t,
              " (%" PRId64 " input channel%s, %" PRId64 " to %" PRId64 " taps by height, %" PRId64 " to %" PRId64 " by width).",
              channels, channels == 1 ? "" : "s", h->fewest, h->most, w->fewest, w->most);
  if (holes)
    tb_text_add(t, " No tap reaches %" PRId64 " of the %" PRId64 " elements of a plane: they hold %s.", holes, plane,
                s->b ? "the bias" : "0");
}

/* "output_padding 0x0 in A, 1x1 in B": the parameters that differ. */
static void parameter(tb_text *t, const char *name, const int64_t a[2], const int64_t b[2]) {
  if (a[0] == b[0] && a[1] == b[1])
    return;
  tb_text_add(t, "%s%s %" PRId64 "x%" PRId64 " in A and %" PRId64 "x%" PRId64 " in B", t->used ? "; " : "", name, a[0], a[1],
              b[0], b[1]);
}

static void number(tb_text *t, const char *name, int64_t a, int64_t b) {
  if (a != b)
    tb_text_add(t, "%s%s %" PRId64 " in A and %" PRId64 " in B", t->used ? "; " : "", name, a, b);
}

static void sizes(tb_text *t, const tb_explained *a, const tb_explained *b) {
  int said = 0;
  tb_text_add(t, " y is %" PRId64 "x%" PRId64 " in A and %" PRId64 "x%" PRId64 " in B", a->axis[0].out, a->axis[1].out,
              b->axis[0].out, b->axis[1].out);
  for (int i = 0; i < 2; i++) {
    const int64_t more = b->axis[i].out - a->axis[i].out, n = more < 0 ? -more : more;
    if (more)
      tb_text_add(t, "%s%" PRId64 " %s%s %s %s", said++ ? ", " : ": B has ", n, units[i], n == 1 ? "" : "s",
                  more > 0 ? "more" : "fewer", sides[i]);
  }
  tb_text_add(t, ".");
}

void tb_explain_difference(tb_text *t, const tb_explained *a, const tb_explained *b) {
  const tenbin_conv2d *p = &tb_conv2d(&a->p)->conv, *q = &tb_conv2d(&b->p)->conv;
  tb_text list = {(char[400]){0}, 0, 400};
  number(&list, "batch", tb_conv2d(&a->p)->batch, tb_conv2d(&b->p)->batch);
  number(&list, "in_channels", tb_conv2d(&a->p)->in_channels, tb_conv2d(&b->p)->in_channels);
  number(&list, "out_channels", tb_conv2d(&a->p)->out_channels, tb_conv2d(&b->p)->out_channels);
  parameter(&list, "input", tb_conv2d(&a->p)->in, tb_conv2d(&b->p)->in);
  parameter(&list, "kernel_size", tb_conv2d(&a->p)->kernel, tb_conv2d(&b->p)->kernel);
  parameter(&list, "stride", p->stride, q->stride);
  parameter(&list, "padding", p->padding, q->padding);
  parameter(&list, "output_padding", p->output_padding, q->output_padding);
  parameter(&list, "dilation", p->dilation, q->dilation);
  number(&list, "groups", p->groups, q->groups);
  number(&list, "bias", a->b != NULL, b->b != NULL);
  if (list.used == 0) {
    tb_text_add(t, "A and B do not differ in what is drawn.");
    return;
  }
  tb_text_add(t, "What differs: %s.", list.out);
  sizes(t, a, b);
}

/* In how many of the rows that both have other taps meet, or other input rows. */
static int64_t others(const tb_axis *a, const tb_axis *b) {
  const int64_t rows = a->out < b->out ? a->out : b->out, taps = a->kernel > b->kernel ? a->kernel : b->kernel;
  int64_t n = 0;
  if (a->in == b->in && a->kernel == b->kernel && a->stride == b->stride && a->padding == b->padding &&
      a->dilation == b->dilation)
    return 0;
  for (int64_t q = 0; q < rows; q++) {
    bool same = true;
    for (int64_t k = 0; same && k < taps; k++)
      same = (k < a->kernel ? tb_axis_source(a, q, k) : -1) == (k < b->kernel ? tb_axis_source(b, q, k) : -1);
    n += !same;
  }
  return n;
}

void tb_explain_elements(tb_text *t, const tb_explained *a, const tb_explained *b) {
  int64_t other[2], common[2];
  for (int i = 0; i < 2; i++) {
    other[i] = others(&a->axis[i], &b->axis[i]);
    common[i] = a->axis[i].out < b->axis[i].out ? a->axis[i].out : b->axis[i].out;
  }
  if (other[0] == 0 && other[1] == 0)
    tb_text_add(t,
                "The %" PRId64 "x%" PRId64
                " elements at the top left, which both have, are made of the same (x element, tap) pairs.",
                common[0], common[1]);
  else
    tb_text_add(t,
                "Of the %" PRId64 " rows that both have, %" PRId64 " are made of other (input row, tap) pairs; of the %" PRId64
                " columns, %" PRId64 ".",
                common[0], other[0], common[1], other[1]);
}
