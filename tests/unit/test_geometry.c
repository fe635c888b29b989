/* The geometry of explanations against the reference: where a single product lands, how many meet, which phase is which, what
 * is drawn.
 *
 * SPDX-License-Identifier: MIT */
#include "conv_reference.h"
#include "geometry.h"

#include "test.h"

#include <stdlib.h>
#include <string.h>

static const char *const cases[] = {
    "conv_transpose2d n1 c1:1 in3x4 k3 s2 p1 op1",
    "conv_transpose2d n1 c1:1 in3 k3 s2 p1",
    "conv_transpose2d n1 c1:1 in4x3 k2x3 s3x1 p1x0 op2x0 d2x1",
    "conv_transpose2d n1 c1:1 in2x3 k2 s4x3",
    "conv_transpose2d n1 c1:1 in3x2 k3x2 s1x3 p0x2 op2x3 d3x4",
    "conv_transpose2d n1 c1:1 in5x2 k4x1 s2x2 p5x0 op1x1 d3x1",
    "conv_transpose2d n1 c1:1 in1 k1 p1 d3 op2",
    "conv_transpose2d n1 c1:1 in6x5 k5x4 s3x2 p2x3 d2x3 op2x1",
    "conv_transpose2d n1 c1:1 in20x9 k2x7 s5x3 p0x9 op4x2 d1x2",
};

static bool make(const char *text, tb_problem *p) {
  char message[TB_MESSAGE_MAX];
  tb_case c;
  tb_error error;
  return tb_case_parse(text, &c, &error) && tb_problem_make(&c, p, message);
}

static double *zeros(const tb_problem *p, int role) {
  return calloc((size_t)tb_desc_elements(&p->input[role]) + 1, sizeof(double));
}

/* With one element of x and one tap 1, and all others 0, y is 1 where they land and 0 elsewhere. */
static bool lands(const tb_problem *p, const tb_axis a[2], int64_t i, int64_t j, int64_t kh, int64_t kw) {
  const int64_t q = tb_axis_land(&a[0], i, kh), r = tb_axis_land(&a[1], j, kw);
  const bool inside = q >= 0 && q < a[0].out && r >= 0 && r < a[1].out;
  double *x = zeros(p, TENBIN_X), *w = zeros(p, TENBIN_WEIGHT);
  x[i * a[1].in + j] = 1;
  w[kh * a[1].kernel + kw] = 1;
  bool right = true;
  for (int64_t at = 0; at < a[0].out * a[1].out; at++)
    right = right && tb_conv_point(p, x, w, NULL, at).value == (inside && at == q * a[1].out + r);
  free(x);
  free(w);
  return right && tb_axis_tap(&a[0], i, q) == kh && tb_axis_tap(&a[1], j, r) == kw && tb_axis_source(&a[0], q, kh) == i &&
         tb_axis_source(&a[1], r, kw) == j;
}

static bool all_land(const tb_problem *p, const tb_axis a[2]) {
  bool right = true;
  for (int64_t i = 0; i < a[0].in; i++)
    for (int64_t j = 0; j < a[1].in; j++)
      for (int64_t kh = 0; kh < a[0].kernel; kh++)
        for (int64_t kw = 0; kw < a[1].kernel; kw++)
          right = right && lands(p, a, i, j, kh, kw);
  return right;
}

/* Of every row, also outside of y, the tap that puts each input row there, and no other. */
static bool taps(const tb_axis *a) {
  bool right = true;
  for (int64_t q = -a->padding - 1; q <= a->full; q++)
    for (int64_t i = 0; i < a->in; i++) {
      int64_t tap = -1;
      for (int64_t k = 0; k < a->kernel; k++)
        tap = tb_axis_land(a, i, k) == q ? k : tap;
      right = right && tb_axis_tap(a, i, q) == tap && (tap < 0 || tb_axis_source(a, q, tap) == i);
    }
  return right;
}

/* The products that the reference counts; what of them all is kept; holes; the taps of each phase. */
static bool counts(const tb_problem *p, const tb_axis a[2]) {
  const tb_axis_counts h = tb_axis_count(&a[0]), w = tb_axis_count(&a[1]);
  double *x = zeros(p, TENBIN_X), *k = zeros(p, TENBIN_WEIGHT);
  int64_t kept = 0, holes = 0, extra = 0, fewest = INT64_MAX, most = 0;
  bool right = true;
  for (int64_t q = 0; q < a[0].out; q++)
    extra += q >= a[0].out - a[0].output_padding && tb_axis_taps(&a[0], q) > 0;
  for (int64_t q = 0; q < a[0].out; q++)
    for (int64_t r = 0; r < a[1].out; r++) {
      const int64_t terms = tb_conv_point(p, x, k, NULL, q * a[1].out + r).terms;
      right = right && terms == tb_axis_taps(&a[0], q) * tb_axis_taps(&a[1], r);
      kept += terms;
      holes += terms == 0;
      fewest = terms < fewest ? terms : fewest;
      most = terms > most ? terms : most;
      const int64_t phase = (q + a[0].padding) % a[0].stride;
      for (int64_t kh = 0; kh < a[0].kernel; kh++)
        right = right && (tb_axis_source(&a[0], q, kh) < 0 || tb_phase_meets(&a[0], phase, kh));
      right = right && tb_axis_taps(&a[0], q) <= tb_phase_taps(&a[0], phase);
    }
  free(x);
  free(k);
  return right && extra == h.extra_reached && kept == h.kept * w.kept && fewest == h.fewest * w.fewest &&
         most == h.most * w.most && holes == a[0].out * a[1].out - (a[0].out - h.holes) * (a[1].out - w.holes);
}

/* Conv2d's windows, counted one by one; and the sizes that output_padding chooses among are those that it maps to in. */
static bool forward(const tb_axis *a) {
  bool right = true;
  for (int64_t rows = 1; rows < a->out + 9; rows++) {
    int64_t windows = 0;
    while (windows * a->stride + a->extent <= rows + 2 * a->padding)
      windows++;
    const int64_t least = a->out - a->output_padding;
    right = right && tb_axis_forward(a, rows) == windows && (windows == a->in) == (rows >= least && rows < least + a->stride);
  }
  return right;
}

/* A view holds rows in order, at most TB_VIEW_MAX with its gaps, all of them where nothing is cut, and the rows beside each of
 * its borders. */
static bool viewed(const tb_axis *a) {
  const tb_view v = tb_view_of_full(a);
  const int64_t end = a->padding + a->out, all = a->full > end ? a->full : end;
  const int64_t extra = a->output_padding < a->out ? end - a->output_padding : a->padding;
  int64_t last = -1, gaps = 0;
  bool right = v.rows <= TB_VIEW_MAX && v.y <= v.extra && v.extra <= v.end && v.end <= v.rows;
  for (int i = 0; i < v.rows; i++) {
    gaps += v.at[i] < 0;
    right = right && (v.at[i] < 0 ? v.cut : v.at[i] > last && v.at[i] < all);
    last = v.at[i] < 0 ? last : v.at[i];
  }
  right = right && (v.cut ? gaps > 0 : gaps == 0 && v.rows == all);
  right =
      right && v.at[v.y] == a->padding && (a->padding == 0 || v.at[v.y - 1] == a->padding - 1) && v.at[v.end - 1] == end - 1;
  right = right && (extra == end || v.at[v.extra] == extra);
  return right && (v.end == v.rows) == (end >= a->full) && (v.end == v.rows || v.at[v.end] == end);
}

static void views(void) {
  bool plain = true, full = true;
  for (int64_t n = 0; n < 60; n++) {
    const tb_view v = tb_view_of(n);
    plain = plain && v.rows == (n < TB_VIEW_MAX ? n : TB_VIEW_MAX) && v.cut == (n > TB_VIEW_MAX) &&
            (n == 0 || (v.at[0] == 0 && v.at[v.rows - 1] == n - 1));
  }
  check(plain, "a view of n rows shows all of 16 and the ends of more");
  for (int64_t in = 1; in < 40; in += 3)
    for (int64_t k = 1; k < 8; k += 2)
      for (int64_t padding = 0; padding < 9; padding++)
        for (int64_t op = 0; op < 9; op++) {
          tb_axis a = {.in = in, .kernel = k, .stride = 3, .padding = padding, .output_padding = op, .dilation = 9};
          a.extent = 9 * (k - 1) + 1;
          a.full = (in - 1) * 3 + a.extent;
          a.out = a.full - 2 * padding + op;
          full = full && (a.out < 1 || viewed(&a));
        }
  check(full, "a view of the full output shows both sides of each of its borders");
}

int main(void) {
  static tb_problem p;
  tb_tap_start(&test_tap, stdout);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    if (!check(make(cases[i], &p), "%s", cases[i]))
      continue;
    const tb_axis a[2] = {tb_axis_of(&p, 0), tb_axis_of(&p, 1)};
    check(a[0].out == tb_conv2d(&p)->out[0] && a[0].full - 2 * a[0].padding + a[0].output_padding == a[0].out &&
              a[1].full - 2 * a[1].padding + a[1].output_padding == a[1].out,
          "  the full output, less what is cut, is y");
    check(all_land(&p, a) && taps(&a[0]) && taps(&a[1]), "  each product lands where the reference puts it");
    check(counts(&p, a), "  as many products meet as the reference counts, in each element, phase and hole");
    check(forward(&a[0]) && forward(&a[1]), "  the sizes that Conv2d maps to the input's are those that are said to be");
    check(viewed(&a[0]) && viewed(&a[1]), "  what is drawn is whole, or cut where it says");
  }
  views();
  return finish();
}
