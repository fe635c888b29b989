/* conv_transpose2d from its definition: a gather and a scatter.
 *
 * SPDX-License-Identifier: MIT */
#include "conv_reference.h"

#include <math.h>

/* q + padding - k*dilation must be a multiple i*stride, 0 <= i < in. */
int64_t tb_conv_source(const tb_problem *p, int axis, int64_t q, int64_t k) {
  int64_t from = q + p->conv.padding[axis] - k * p->conv.dilation[axis];
  if (from < 0 || from % p->conv.stride[axis])
    return -1;
  int64_t i = from / p->conv.stride[axis];
  return i < p->in[axis] ? i : -1;
}

int64_t tb_conv_taps(const tb_problem *p, int axis, int64_t q) {
  int64_t n = 0;
  for (int64_t k = 0; k < p->kernel[axis]; k++)
    n += tb_conv_source(p, axis, q, k) >= 0;
  return n;
}

tb_point tb_conv_point(const tb_problem *p, const double *x, const double *w, const double *b, int64_t index) {
  const int64_t c_per_group = p->in_channels / p->conv.groups, o_per_group = p->out_channels / p->conv.groups;
  const int64_t col = index % p->out[1], row = index / p->out[1] % p->out[0];
  const int64_t o = index / p->out[1] / p->out[0] % p->out_channels, n = index / p->out[1] / p->out[0] / p->out_channels;
  const int64_t group = o / o_per_group;
  tb_point point = {b ? b[o] : 0, b ? fabs(b[o]) : 0, 0};
  for (int64_t kh = 0; kh < p->kernel[0]; kh++) {
    const int64_t i = tb_conv_source(p, 0, row, kh);
    if (i < 0)
      continue;
    for (int64_t kw = 0; kw < p->kernel[1]; kw++) {
      const int64_t j = tb_conv_source(p, 1, col, kw);
      if (j < 0)
        continue;
      for (int64_t c = group * c_per_group; c < (group + 1) * c_per_group; c++) {
        double xv = x[((n * p->in_channels + c) * p->in[0] + i) * p->in[1] + j];
        double wv = w[((c * o_per_group + o % o_per_group) * p->kernel[0] + kh) * p->kernel[1] + kw];
        point.value += xv * wv;
        point.magnitude += fabs(xv * wv);
        point.terms++;
      }
    }
  }
  return point;
}

void tb_conv_gather(const tb_problem *p, const double *x, const double *w, const double *b, double *y) {
  const int64_t n = tb_desc_elements(&p->output[TENBIN_Y]);
  for (int64_t i = 0; i < n; i++)
    y[i] = tb_conv_point(p, x, w, b, i).value;
}

/* One input element through one plane of taps. */
static void spread(const tb_problem *p, double value, const double *w, int64_t i, int64_t j, double *plane) {
  int64_t top = i * p->conv.stride[0] - p->conv.padding[0], left = j * p->conv.stride[1] - p->conv.padding[1];
  for (int64_t kh = 0; kh < p->kernel[0]; kh++, top += p->conv.dilation[0]) {
    int64_t at = left;
    for (int64_t kw = 0; kw < p->kernel[1]; kw++, w++, at += p->conv.dilation[1])
      if (top >= 0 && top < p->out[0] && at >= 0 && at < p->out[1])
        plane[top * p->out[1] + at] += value * *w;
  }
}

void tb_conv_scatter(const tb_problem *p, const double *x, const double *w, const double *b, double *y) {
  const int64_t c_per_group = p->in_channels / p->conv.groups, o_per_group = p->out_channels / p->conv.groups;
  const int64_t plane = p->out[0] * p->out[1], taps = p->kernel[0] * p->kernel[1];
  for (int64_t n = 0; n < p->batch; n++) {
    for (int64_t o = 0; o < p->out_channels; o++)
      for (int64_t i = 0; i < plane; i++)
        y[(n * p->out_channels + o) * plane + i] = b ? b[o] : 0;
    for (int64_t c = 0; c < p->in_channels; c++)
      for (int64_t i = 0; i < p->in[0]; i++)
        for (int64_t j = 0; j < p->in[1]; j++, x++)
          for (int64_t o = 0; o < o_per_group; o++)
            spread(p, *x, w + (c * o_per_group + o) * taps, i, j,
                   y + (n * p->out_channels + c / c_per_group * o_per_group + o) * plane);
  }
}
