/* conv_transpose2d from its definition: a gather and a scatter.
 *
 * SPDX-License-Identifier: MIT */
#include "conv_reference.h"

#include <math.h>

/* q + padding - k*dilation must be a multiple i*stride, 0 <= i < in. */
int64_t tb_conv_source(const tb_problem *p, int axis, int64_t q, int64_t k) {
  int64_t from = q + tb_conv2d(p)->conv.padding[axis] - k * tb_conv2d(p)->conv.dilation[axis];
  if (from < 0 || from % tb_conv2d(p)->conv.stride[axis])
    return -1;
  int64_t i = from / tb_conv2d(p)->conv.stride[axis];
  return i < tb_conv2d(p)->in[axis] ? i : -1;
}

int64_t tb_conv_taps(const tb_problem *p, int axis, int64_t q) {
  int64_t n = 0;
  for (int64_t k = 0; k < tb_conv2d(p)->kernel[axis]; k++)
    n += tb_conv_source(p, axis, q, k) >= 0;
  return n;
}

tb_point tb_conv_point(const tb_problem *p, const double *x, const double *w, const double *b, int64_t index) {
  const int64_t c_per_group = tb_conv2d(p)->in_channels / tb_conv2d(p)->conv.groups,
                o_per_group = tb_conv2d(p)->out_channels / tb_conv2d(p)->conv.groups;
  const int64_t col = index % tb_conv2d(p)->out[1], row = index / tb_conv2d(p)->out[1] % tb_conv2d(p)->out[0];
  const int64_t o = index / tb_conv2d(p)->out[1] / tb_conv2d(p)->out[0] % tb_conv2d(p)->out_channels,
                n = index / tb_conv2d(p)->out[1] / tb_conv2d(p)->out[0] / tb_conv2d(p)->out_channels;
  const int64_t group = o / o_per_group;
  tb_point point = {b ? b[o] : 0, b ? fabs(b[o]) : 0, 0};
  for (int64_t kh = 0; kh < tb_conv2d(p)->kernel[0]; kh++) {
    const int64_t i = tb_conv_source(p, 0, row, kh);
    if (i < 0)
      continue;
    for (int64_t kw = 0; kw < tb_conv2d(p)->kernel[1]; kw++) {
      const int64_t j = tb_conv_source(p, 1, col, kw);
      if (j < 0)
        continue;
      for (int64_t c = group * c_per_group; c < (group + 1) * c_per_group; c++) {
        double xv = x[((n * tb_conv2d(p)->in_channels + c) * tb_conv2d(p)->in[0] + i) * tb_conv2d(p)->in[1] + j];
        double wv = w[((c * o_per_group + o % o_per_group) * tb_conv2d(p)->kernel[0] + kh) * tb_conv2d(p)->kernel[1] + kw];
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
  const int64_t top = i * tb_conv2d(p)->conv.stride[0] - tb_conv2d(p)->conv.padding[0],
                left = j * tb_conv2d(p)->conv.stride[1] - tb_conv2d(p)->conv.padding[1];
  for (int64_t kh = 0; kh < tb_conv2d(p)->kernel[0]; kh++)
    for (int64_t kw = 0; kw < tb_conv2d(p)->kernel[1]; kw++, w++) {
      const int64_t row = top + kh * tb_conv2d(p)->conv.dilation[0], column = left + kw * tb_conv2d(p)->conv.dilation[1];
      if (row >= 0 && row < tb_conv2d(p)->out[0] && column >= 0 && column < tb_conv2d(p)->out[1])
        plane[row * tb_conv2d(p)->out[1] + column] += value * *w;
    }
}

void tb_conv_scatter(const tb_problem *p, const double *x, const double *w, const double *b, double *y) {
  const int64_t c_per_group = tb_conv2d(p)->in_channels / tb_conv2d(p)->conv.groups,
                o_per_group = tb_conv2d(p)->out_channels / tb_conv2d(p)->conv.groups;
  const int64_t plane = tb_conv2d(p)->out[0] * tb_conv2d(p)->out[1], taps = tb_conv2d(p)->kernel[0] * tb_conv2d(p)->kernel[1];
  for (int64_t n = 0; n < tb_conv2d(p)->batch; n++) {
    for (int64_t o = 0; o < tb_conv2d(p)->out_channels; o++)
      for (int64_t i = 0; i < plane; i++)
        y[(n * tb_conv2d(p)->out_channels + o) * plane + i] = b ? b[o] : 0;
    for (int64_t c = 0; c < tb_conv2d(p)->in_channels; c++)
      for (int64_t i = 0; i < tb_conv2d(p)->in[0]; i++)
        for (int64_t j = 0; j < tb_conv2d(p)->in[1]; j++, x++)
          for (int64_t o = 0; o < o_per_group; o++)
            spread(p, *x, w + (c * o_per_group + o) * taps, i, j,
                   y + (n * tb_conv2d(p)->out_channels + c / c_per_group * o_per_group + o) * plane);
  }
}

/* The quotient rounded up, b > 0. */
static int64_t ceiling(int64_t a, int64_t b) {
  return a / b + (a % b > 0);
}

int64_t tb_conv_taps_inside(int64_t in, int64_t kernel, int64_t stride, int64_t padding, int64_t dilation, int64_t out) {
  int64_t count = 0;
  for (int64_t k = 0; k < kernel; k++) {
    const int64_t first = ceiling(padding - k * dilation, stride), end = ceiling(out + padding - k * dilation, stride);
    const int64_t from = first > 0 ? first : 0, to = end < in ? end : in;
    count += to > from ? to - from : 0;
  }
  return count;
}
