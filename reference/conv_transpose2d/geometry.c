/* Where a transposed convolution puts what, one axis at a time.
 *
 * SPDX-License-Identifier: MIT */
#include "geometry.h"

tb_axis tb_axis_of(const tb_problem *p, int axis) {
  tb_axis a = {.in = tb_conv2d(p)->in[axis],
               .kernel = tb_conv2d(p)->kernel[axis],
               .stride = tb_conv2d(p)->conv.stride[axis],
               .padding = tb_conv2d(p)->conv.padding[axis],
               .output_padding = tb_conv2d(p)->conv.output_padding[axis],
               .dilation = tb_conv2d(p)->conv.dilation[axis],
               .out = tb_conv2d(p)->out[axis]};
  a.extent = a.dilation * (a.kernel - 1) + 1;
  a.full = (a.in - 1) * a.stride + a.extent;
  return a;
}

int64_t tb_axis_land(const tb_axis *a, int64_t i, int64_t k) {
  return i * a->stride - a->padding + k * a->dilation;
}

int64_t tb_axis_source(const tb_axis *a, int64_t q, int64_t k) {
  const int64_t spread = q + a->padding - k * a->dilation; /* the row among input rows that lie stride apart */
  return spread >= 0 && spread % a->stride == 0 && spread / a->stride < a->in ? spread / a->stride : -1;
}

int64_t tb_axis_tap(const tb_axis *a, int64_t i, int64_t q) {
  const int64_t from = q - tb_axis_land(a, i, 0);
  return from >= 0 && from % a->dilation == 0 && from / a->dilation < a->kernel ? from / a->dilation : -1;
}

int64_t tb_axis_taps(const tb_axis *a, int64_t q) {
  const int64_t spread = q + a->padding, last_input = (a->in - 1) * a->stride;
  if (spread < 0)
    return 0;
  const int64_t from = spread > last_input ? (spread - last_input + a->dilation - 1) / a->dilation : 0;
  const int64_t to = spread / a->dilation < a->kernel ? spread / a->dilation : a->kernel - 1;
  int64_t first = -1;
  for (int64_t k = from; k <= to && k < from + 2 * a->stride; k++) /* the residues repeat after at most stride taps */
    if ((spread - k * a->dilation) % a->stride == 0) {
      if (first >= 0)
        return (to - first) / (k - first) + 1;
      first = k;
    }
  return first >= 0;
}

bool tb_phase_meets(const tb_axis *a, int64_t phase, int64_t k) {
  return k * a->dilation % a->stride == phase;
}

int64_t tb_phase_taps(const tb_axis *a, int64_t phase) {
  int64_t taps = 0;
  for (int64_t k = 0; k < a->kernel; k++)
    taps += tb_phase_meets(a, phase, k);
  return taps;
}

int64_t tb_axis_forward(const tb_axis *a, int64_t rows) {
  const int64_t room = rows + 2 * a->padding - a->extent;
  return room < 0 ? 0 : room / a->stride + 1;
}

tb_axis_counts tb_axis_count(const tb_axis *a) {
  tb_axis_counts c = {.fewest = INT64_MAX};
  for (int64_t q = 0; q < a->out; q++) {
    const int64_t taps = tb_axis_taps(a, q);
    c.kept += taps;
    c.fewest = taps < c.fewest ? taps : c.fewest;
    c.most = taps > c.most ? taps : c.most;
    c.holes += taps == 0;
    c.extra_reached += taps > 0 && q >= a->out - a->output_padding;
  }
  return c;
}

/* Adds rows [from, to), at most `room` of them (at least 3): the first `head` where all do not fit, a gap, and the last. */
static void add(tb_view *v, int64_t from, int64_t to, int room, int head) {
  const int64_t n = to - from;
  if (n <= room) {
    for (int64_t i = from; i < to; i++)
      v->at[v->rows++] = i;
    return;
  }
  v->cut = true;
  for (int i = 0; i < head; i++)
    v->at[v->rows++] = from + i;
  v->at[v->rows++] = -1;
  for (int i = head + 1; i < room; i++)
    v->at[v->rows++] = to - (room - i);
}

tb_view tb_view_of(int64_t n) {
  tb_view v = {0};
  add(&v, 0, n, TB_VIEW_MAX, TB_VIEW_MAX / 2);
  v.extra = v.end = v.rows;
  return v;
}

tb_view tb_view_of_full(const tb_axis *a) {
  enum { MARGIN = 3, EXTRA = 4 };
  const int64_t end = a->padding + a->out, extra = end - (a->output_padding < a->out ? a->output_padding : a->out);
  const int64_t after = a->full > end ? a->full - end : 0;
  const int64_t around = (a->padding < MARGIN ? a->padding : MARGIN) + (after < MARGIN ? after : MARGIN) +
                         (end - extra < EXTRA ? end - extra : EXTRA);
  const int room = TB_VIEW_MAX - (int)around;
  tb_view v = {0};
  add(&v, 0, a->padding, MARGIN, 0);
  v.y = v.rows;
  add(&v, a->padding, extra, room, room / 2);
  v.extra = v.rows;
  add(&v, extra, end, EXTRA, 2);
  v.end = v.rows;
  add(&v, end, end + after, MARGIN, MARGIN - 1);
  return v;
}
