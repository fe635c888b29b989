/* PyTorch 2.13.0's rules for conv_transpose2d, in its order. Names: aten/src/ATen/native/Convolution.cpp
 * (check_shape_forward), aten/src/ATen/native/NaiveConvolutionTranspose2d.cpp (slow_conv_transpose2d_shape_check).
 *
 * SPDX-License-Identifier: MIT */
#include "validity.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static bool reject(char message[TB_MESSAGE_MAX], const char *format, ...) {
  va_list list;
  va_start(list, format);
  vsnprintf(message, TB_MESSAGE_MAX, format, list);
  va_end(list);
  return false;
}

static bool any_below(const tb_list *list, int64_t bound) {
  for (int i = 0; i < list->length; i++)
    if (list->v[i] < bound)
      return true;
  return false;
}

bool tb_conv_output_size(const tb_conv *c, int axis, int64_t *out) {
  int64_t in = c->x.v[c->x.length - 2 + axis], k = c->w.v[2 + axis];
  int64_t s = tb_list_along(&c->stride, axis), p = tb_list_along(&c->padding, axis),
          op = tb_list_along(&c->output_padding, axis);
  int64_t d = tb_list_along(&c->dilation, axis), a, b, twice;
  return !__builtin_mul_overflow(in - 1, s, &a) && !__builtin_mul_overflow(p, 2, &twice) &&
         !__builtin_mul_overflow(k - 1, d, &b) && !__builtin_sub_overflow(a, twice, &a) && !__builtin_add_overflow(a, b, &a) &&
         !__builtin_add_overflow(a, op, &a) && !__builtin_add_overflow(a, 1, out);
}

static bool check_list(const char *name, const tb_list *list, int dims, char *message) {
  char text[TB_MESSAGE_MAX / 2];
  if (list->length == dims || list->length == 1)
    return true;
  tb_list_print(list, text, sizeof text);
  return reject(message,
                "expected %s to be a single integer value or a list of %d values to match the convolution dimensions, but got "
                "%s=%s",
                name, dims, name, text);
}

static bool check_parameters(const tb_conv *c, char *message) {
  int dims = c->w.length - 2;
  char text[TB_MESSAGE_MAX / 2];
  if (c->x.length != 3 && c->x.length != 4) {
    tb_list_print(&c->x, text, sizeof text);
    return reject(message, "Expected 3D (unbatched) or 4D (batched) input to conv_transpose2d, but got input of size: %s",
                  text);
  }
  if (c->w.length < 3)
    return reject(message, "weight should have at least three dimensions");
  if (c->groups <= 0)
    return reject(message, "non-positive groups is not supported");
  if (!check_list("stride", &c->stride, dims, message) || !check_list("padding", &c->padding, dims, message) ||
      !check_list("dilation", &c->dilation, dims, message) || !check_list("output_padding", &c->output_padding, dims, message))
    return false;
  if (any_below(&c->padding, 0))
    return reject(message, "negative padding is not supported");
  if (any_below(&c->output_padding, 0))
    return reject(message, "negative output_padding is not supported");
  if (any_below(&c->stride, 1))
    return reject(message, "non-positive stride is not supported");
  if (any_below(&c->dilation, 0))
    return reject(message, "dilation should be greater than zero");
  return true;
}

/* x as PyTorch sees it from here on: a batch of one in front of an unbatched input. */
static tb_list batched(const tb_list *x) {
  if (x->length == 4)
    return *x;
  return (tb_list){4, {1, x->v[0], x->v[1], x->v[2]}};
}

static const char *printed(const tb_list *list, char text[120]) {
  tb_list_print(list, text, 120);
  return text;
}

static bool check_channels(const tb_conv *c, char *message) {
  const tb_list x = batched(&c->x);
  char w[120], other[120];
  if (c->w.length != 4)
    return reject(message,
                  "Expected %d-dimensional input for %d-dimensional weight %s, but got 4-dimensional input of size %s instead",
                  c->w.length, c->w.length, printed(&c->w, w), printed(&x, other));
  if (c->w.v[0] < c->groups)
    return reject(message,
                  "Given groups=%" PRId64 ", expected weight to be at least %" PRId64
                  " at dimension 0, but got weight of size %s instead",
                  c->groups, c->groups, printed(&c->w, w));
  if (c->w.v[0] % c->groups)
    return reject(message,
                  "Given groups=%" PRId64 ", expected weight to be divisible by %" PRId64
                  " at dimension 0, but got weight of size [%s] instead",
                  c->groups, c->groups, printed(&c->w, w));
  if (x.v[1] != c->w.v[0])
    return reject(message,
                  "Given transposed=1, weight of size %s, expected input%s to have %" PRId64 " channels, but got %" PRId64
                  " channels instead",
                  printed(&c->w, w), printed(&x, other), c->w.v[0], x.v[1]);
  int64_t out_channels;
  if (__builtin_mul_overflow(c->w.v[1], c->groups, &out_channels))
    return reject(message, "the number of output channels does not fit 64 bits");
  if (c->bias && (c->b.length != 1 || c->b.v[0] != out_channels))
    return reject(message,
                  "Given transposed=1, weight of size %s, expected bias to be 1-dimensional with %" PRId64
                  " elements, but got bias of size %s instead",
                  printed(&c->w, w), out_channels, printed(&c->b, other));
  return true;
}

static bool check_kernel(const tb_conv *c, bool empty_batch, char *message) {
  tb_list x = batched(&c->x);
  char text[120];
  int64_t op[2], s[2], d[2];
  for (int i = 0; i < 2; i++) {
    op[i] = tb_list_along(&c->output_padding, i);
    s[i] = tb_list_along(&c->stride, i);
    d[i] = tb_list_along(&c->dilation, i);
  }
  if (!empty_batch && (x.v[2] == 0 || x.v[3] == 0)) {
    tb_list_print(&x, text, sizeof text);
    return reject(message, "Only zero batch or zero channel inputs are supported, but got input shape: %s", text);
  }
  if (c->w.v[2] == 0 || c->w.v[3] == 0)
    return reject(message, "kernel size should be greater than zero, but got kernel_height: %" PRId64 " kernel_width: %" PRId64,
                  c->w.v[2], c->w.v[3]);
  if (!empty_batch && (d[0] == 0 || d[1] == 0))
    return reject(message,
                  "dilation should be greater than zero, but got dilation_height: %" PRId64 ", dilation_width: %" PRId64, d[0],
                  d[1]);
  if (!empty_batch && ((op[0] >= s[0] && op[0] >= d[0]) || (op[1] >= s[1] && op[1] >= d[1])))
    return reject(message,
                  "output padding must be smaller than either stride or dilation, but got output_padding_height: %" PRId64
                  " output_padding_width: %" PRId64 " stride_height: %" PRId64 " stride_width: %" PRId64
                  " dilation_height: %" PRId64 " dilation_width: %" PRId64,
                  op[0], op[1], s[0], s[1], d[0], d[1]);
  if (c->w.v[1] == 0) {
    /* By now PyTorch works on one group's slice. */
    tb_list_print(&(tb_list){4, {c->w.v[0] / c->groups, 0, c->w.v[2], c->w.v[3]}}, text, sizeof text);
    return reject(message, "non-empty 2D or 4D weight tensor expected, but got: %s", text);
  }
  return true;
}

/* An empty batch skips the shape check; a negative size then fails when the empty output is reshaped, where -1 stands for a
 * size to be inferred (aten/src/ATen/InferSize.h). */
static bool check_empty_output(const tb_list *y, char *message) {
  bool inferred = false;
  char text[120];
  for (int i = 2; i < 4; i++) {
    if (y->v[i] == -1 && inferred)
      return reject(message, "only one dimension can be inferred");
    if (y->v[i] < -1)
      return reject(message, "invalid shape dimension %" PRId64 " at index %d of shape %s", y->v[i], i, printed(y, text));
    inferred = inferred || y->v[i] == -1;
  }
  return !inferred ||
         reject(message,
                "cannot reshape tensor of 0 elements into shape %s because the unspecified dimension size -1 can be "
                "any value and is ambiguous",
                printed(y, text));
}

/* Positions in the full output are computed before padding cuts it: none may overflow, with what is added on both sides. */
static bool positions_fit(const tb_conv *c, int axis) {
  const int64_t in = c->x.v[c->x.length - 2 + axis], k = c->w.v[2 + axis];
  int64_t sum, more;
  return !__builtin_mul_overflow(in > 0 ? in - 1 : 0, tb_list_along(&c->stride, axis), &sum) &&
         !__builtin_mul_overflow(k - 1, tb_list_along(&c->dilation, axis), &more) && !__builtin_add_overflow(sum, more, &sum) &&
         !__builtin_mul_overflow(tb_list_along(&c->padding, axis), 2, &more) && !__builtin_add_overflow(sum, more, &sum) &&
         !__builtin_add_overflow(sum, tb_list_along(&c->output_padding, axis), &sum) && !__builtin_add_overflow(sum, 1, &sum);
}

bool tb_conv_check(const tb_conv *c, tb_list *y, char message[TB_MESSAGE_MAX]) {
  if (!check_parameters(c, message) || !check_channels(c, message))
    return false;
  tb_list x = batched(&c->x);
  bool empty_batch = x.v[0] == 0;
  if (!check_kernel(c, empty_batch, message))
    return false;
  tb_list out = {4, {x.v[0], c->w.v[1] * c->groups, 0, 0}};
  int64_t ignored;
  if (!tb_conv_output_size(c, 0, &out.v[2]) || !tb_conv_output_size(c, 1, &out.v[3]))
    return reject(message, "the output size does not fit 64 bits");
  if (empty_batch) {
    if (!check_empty_output(&out, message))
      return false;
  } else if (out.v[2] < 1 || out.v[3] < 1) {
    return reject(message,
                  "Given input size per channel: (%" PRId64 " x %" PRId64 "). Calculated output size per channel: (%" PRId64
                  " x %" PRId64 "). Output size is too small",
                  x.v[2], x.v[3], out.v[2], out.v[3]);
  }
  if (!tb_list_product(&x, &ignored) || !tb_list_product(&c->w, &ignored) || !tb_list_product(&out, &ignored))
    return reject(message, "the number of elements does not fit 64 bits");
  if (!positions_fit(c, 0) || !positions_fit(c, 1))
    return reject(message, "positions in the output, before padding cuts it, do not fit 64 bits");
  *y = out;
  if (c->x.length == 3)
    *y = (tb_list){3, {out.v[1], out.v[2], out.v[3]}};
  return true;
}
