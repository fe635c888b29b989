/* PyTorch 2.13.0's rules for max_pool2d, in its order. Names: aten/src/ATen/native/DilatedMaxPool2d.cpp
 * (max_pool2d_with_indices), aten/src/ATen/native/Pool.h (pooling_output_shape, pool2d_shape_check).
 *
 * SPDX-License-Identifier: MIT */
#include "max_pool2d/rules.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

static bool reject(char message[TB_MESSAGE_MAX], const char *format, ...) {
  va_list list;
  va_start(list, format);
  vsnprintf(message, TB_MESSAGE_MAX, format, list);
  va_end(list);
  return false;
}

int64_t tb_max_pool2d_kernel(const tb_max_pool2d *c, int axis) {
  return tb_list_along(&c->kernel_size, axis);
}

int64_t tb_max_pool2d_stride(const tb_max_pool2d *c, int axis) {
  return c->stride.length ? tb_list_along(&c->stride, axis) : tb_max_pool2d_kernel(c, axis);
}

static int64_t divide_down(int64_t a, int64_t b) {
  return a / b - (a % b != 0 && (a % b < 0) != (b < 0));
}

int64_t tb_max_pool2d_output_size(int64_t in, int64_t kernel_size, int64_t stride, int64_t padding, int64_t dilation,
                                  bool ceil_mode) {
  const int64_t room = in + 2 * padding - dilation * (kernel_size - 1) - 1;
  const int64_t out = divide_down(room + (ceil_mode ? stride - 1 : 0), stride) + 1;
  return ceil_mode && (out - 1) * stride >= in + padding ? out - 1 : out;
}

/* PyTorch reads the numbers as int. */
static bool check_range(const tb_list *list, char *message) {
  for (int i = 0; i < list->length && i < 2; i++)
    if (list->v[i] < INT32_MIN || list->v[i] > INT32_MAX)
      return reject(message, "value cannot be converted to type int without overflow");
  return true;
}

static bool check_lists(const tb_max_pool2d *c, char *message) {
  const struct {
    const tb_list *list;
    int least;
    const char *rule;
  } rows[] = {{&c->kernel_size, 1, "kernel_size must either be a single int, or a tuple of two ints"},
              {&c->stride, 0, "stride must either be omitted, a single int, or a tuple of two ints"},
              {&c->padding, 1, "padding must either be a single int, or a tuple of two ints"},
              {&c->dilation, 1, "dilation must be either a single int, or a tuple of two ints"}};
  for (int i = 0; i < 4; i++) {
    if (rows[i].list->length < rows[i].least || rows[i].list->length > 2)
      return reject(message, "max_pool2d: %s", rows[i].rule);
    if (!check_range(rows[i].list, message))
      return false;
  }
  return true;
}

/* What PyTorch asks while it computes the output's size along an axis. */
static bool check_axis(const tb_max_pool2d *c, int axis, char *message) {
  const int64_t k = tb_max_pool2d_kernel(c, axis), p = tb_list_along(&c->padding, axis), d = tb_list_along(&c->dilation, axis);
  if (tb_max_pool2d_stride(c, axis) == 0)
    return reject(message, "stride should not be zero");
  if (p < 0)
    return reject(message, "pad must be non-negative, but got pad: %" PRId64, p);
  if (p > ((k - 1) * d + 1) / 2)
    return reject(message,
                  "pad should be at most half of effective kernel size, but got pad=%" PRId64 ", kernel_size=%" PRId64
                  " and dilation=%" PRId64,
                  p, k, d);
  return true;
}

static bool check_signs(const tb_max_pool2d *c, char *message) {
  int64_t k[2], s[2], d[2];
  for (int i = 0; i < 2; i++) {
    k[i] = tb_max_pool2d_kernel(c, i);
    s[i] = tb_max_pool2d_stride(c, i);
    d[i] = tb_list_along(&c->dilation, i);
  }
  if (k[0] <= 0 || k[1] <= 0)
    return reject(message, "kernel size should be greater than zero, but got kH: %" PRId64 " kW: %" PRId64, k[0], k[1]);
  if (s[0] <= 0 || s[1] <= 0)
    return reject(message, "stride should be greater than zero, but got dH: %" PRId64 " dW: %" PRId64, s[0], s[1]);
  if (d[0] <= 0 || d[1] <= 0)
    return reject(message, "dilation should be greater than zero, but got dilationH: %" PRId64 " dilationW: %" PRId64, d[0],
                  d[1]);
  return true;
}

static bool check_sizes(const tb_max_pool2d *c, const tb_list *out, char *message) {
  const int r = c->x.length;
  const int64_t *x = &c->x.v[r - 3], *y = &out->v[r - 3];
  int64_t k[2], p[2];
  char text[120];
  for (int i = 0; i < 2; i++) {
    k[i] = tb_max_pool2d_kernel(c, i);
    p[i] = tb_list_along(&c->padding, i);
  }
  if (x[0] == 0 || x[1] == 0 || x[2] == 0) {
    tb_list_print(&c->x, text, sizeof text);
    return reject(message, "Expected 3D or 4D (batch mode) tensor with optional 0 dim batch size for input, but got:%s", text);
  }
  if (p[0] > k[0] / 2 || p[1] > k[1] / 2)
    return reject(message,
                  "pad should be smaller than or equal to half of kernel size, but got padW = %" PRId64 ", padH = %" PRId64
                  ", kW = %" PRId64 ", kH = %" PRId64,
                  p[1], p[0], k[1], k[0]);
  for (int i = 0; i < 2; i++)
    if (tb_list_along(&c->dilation, i) * (k[i] - 1) > INT32_MAX)
      return reject(message, "dilation * (kernel_size - 1) does not fit the 32 bits in which PyTorch computes it");
  if (y[1] < 1 || y[2] < 1)
    return reject(message,
                  "Given input size: (%" PRId64 "x%" PRId64 "x%" PRId64 "). Calculated output size: (%" PRId64 "x%" PRId64
                  "x%" PRId64 "). Output size is too small",
                  x[0], x[1], x[2], y[0], y[1], y[2]);
  return true;
}

bool tb_max_pool2d_check(const tb_max_pool2d *c, tb_list *y, char message[TB_MESSAGE_MAX]) {
  const int r = c->x.length;
  int64_t ignored;
  if (!check_lists(c, message))
    return false;
  if (r != 3 && r != 4)
    return reject(message, "non-empty 3D or 4D (batch mode) tensor expected for input");
  if (!tb_list_product(&c->x, &ignored))
    return reject(message, "the number of elements does not fit 64 bits");
  if (!check_axis(c, 0, message) || !check_axis(c, 1, message) || !check_signs(c, message))
    return false;
  tb_list out = c->x;
  for (int i = 0; i < 2; i++)
    out.v[r - 2 + i] = tb_max_pool2d_output_size(c->x.v[r - 2 + i], tb_max_pool2d_kernel(c, i), tb_max_pool2d_stride(c, i),
                                                 tb_list_along(&c->padding, i), tb_list_along(&c->dilation, i), c->ceil_mode);
  if (!check_sizes(c, &out, message))
    return false;
  if (!tb_list_product(&out, &ignored))
    return reject(message, "the number of elements does not fit 64 bits");
  *y = out;
  return true;
}
