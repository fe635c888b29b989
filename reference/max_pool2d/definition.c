/* max_pool2d from its definition: a walk and a scatter.
 *
 * SPDX-License-Identifier: MIT */
#include "max_pool2d/definition.h"

#include <math.h>

tb_max_pool2d_shape tb_max_pool2d_shape_of(const tb_max_pool2d *c, const tb_list *y) {
  const int r = c->x.length;
  tb_max_pool2d_shape p = {.planes = c->x.v[r - 3] * (r == 4 ? c->x.v[0] : 1)};
  for (int i = 0; i < 2; i++) {
    p.in[i] = c->x.v[r - 2 + i];
    p.out[i] = y->v[r - 2 + i];
    p.kernel_size[i] = tb_max_pool2d_kernel(c, i);
    p.stride[i] = tb_max_pool2d_stride(c, i);
    p.padding[i] = tb_list_along(&c->padding, i);
    p.dilation[i] = tb_list_along(&c->dilation, i);
  }
  return p;
}

/* Whether element i of x takes the place of element `best`, which stands before it: it is greater, or it is NaN. */
static bool replaces(tb_max_pool2d_numbers x, int64_t i, int64_t best) {
  if (x.whole)
    return x.whole[i] > x.whole[best];
  return x.real[i] > x.real[best] || isnan(x.real[i]);
}

static void set_to_element(tb_max_pool2d_numbers y, int64_t at, tb_max_pool2d_numbers x, int64_t i) {
  if (y.whole)
    y.whole[at] = x.whole[i];
  else
    y.real[at] = x.real[i];
}

static void set_to_lowest(tb_max_pool2d_numbers y, int64_t at, int64_t lowest) {
  if (y.whole)
    y.whole[at] = lowest;
  else
    y.real[at] = -(double)INFINITY;
}

int64_t tb_max_pool2d_element(const tb_max_pool2d_shape *p, tb_max_pool2d_numbers x, int64_t index) {
  const int64_t r = index % p->out[1], q = index / p->out[1] % p->out[0], n = index / p->out[1] / p->out[0];
  int64_t best = -1;
  for (int64_t kh = 0; kh < p->kernel_size[0]; kh++) {
    const int64_t h = q * p->stride[0] - p->padding[0] + kh * p->dilation[0];
    for (int64_t kw = 0; kw < p->kernel_size[1] && h >= 0 && h < p->in[0]; kw++) {
      const int64_t w = r * p->stride[1] - p->padding[1] + kw * p->dilation[1], i = (n * p->in[0] + h) * p->in[1] + w;
      if (w >= 0 && w < p->in[1] && (best < 0 || replaces(x, i, best)))
        best = i;
    }
  }
  return best;
}

/* The first row or column of a window that is not negative. */
static int64_t begin_of(const tb_max_pool2d_shape *p, int axis, int64_t q) {
  int64_t at = q * p->stride[axis] - p->padding[axis];
  while (at < 0)
    at += p->dilation[axis];
  return at;
}

void tb_max_pool2d_walk(const tb_max_pool2d_shape *p, tb_max_pool2d_numbers x, int64_t lowest, tb_max_pool2d_numbers y,
                        int64_t *indices) {
  int64_t at = 0;
  for (int64_t n = 0; n < p->planes; n++)
    for (int64_t q = 0; q < p->out[0]; q++)
      for (int64_t r = 0; r < p->out[1]; r++, at++) {
        const int64_t best = tb_max_pool2d_element(p, x, at);
        if (best < 0)
          set_to_lowest(y, at, lowest);
        else
          set_to_element(y, at, x, best);
        indices[at] = best < 0 ? begin_of(p, 0, q) * p->in[1] + begin_of(p, 1, r) : best - n * p->in[0] * p->in[1];
      }
}

/* The first row (or column) of y, from q on, whose window has row h of x for one of its taps; -1: there is none. */
static int64_t next_window(const tb_max_pool2d_shape *p, int axis, int64_t h, int64_t q) {
  const int64_t s = p->stride[axis], d = p->dilation[axis], padded = h + p->padding[axis];
  for (; q < p->out[axis] && q * s <= padded; q++)
    if ((padded - q * s) % d == 0)
      return q;
  return -1;
}

/* The same of all rows of y: no window reaches h that begins more than its extent before it. */
static int64_t first_window(const tb_max_pool2d_shape *p, int axis, int64_t h) {
  const int64_t s = p->stride[axis], before = h + p->padding[axis] - p->dilation[axis] * (p->kernel_size[axis] - 1);
  return next_window(p, axis, h, before > 0 ? (before + s - 1) / s : 0);
}

/* A pixel, element i of x, to the windows that have it. source is the element that each window has so far, or -1. */
static void spread(const tb_max_pool2d_shape *p, tb_max_pool2d_numbers x, int64_t i, int64_t *source) {
  const int64_t w = i % p->in[1], h = i / p->in[1] % p->in[0], n = i / p->in[1] / p->in[0];
  for (int64_t q = first_window(p, 0, h); q >= 0; q = next_window(p, 0, h, q + 1))
    for (int64_t r = first_window(p, 1, w); r >= 0; r = next_window(p, 1, w, r + 1)) {
      int64_t *best = &source[(n * p->out[0] + q) * p->out[1] + r];
      if (*best < 0 || replaces(x, i, *best))
        *best = i;
    }
}

/* The least number >= 0 that is at or after `at` in steps of `step`. */
static int64_t stepped_in(int64_t at, int64_t step) {
  return at < 0 ? (step - -at % step) % step : at;
}

void tb_max_pool2d_scatter(const tb_max_pool2d_shape *p, tb_max_pool2d_numbers x, int64_t lowest, tb_max_pool2d_numbers y,
                           int64_t *indices) {
  const int64_t pixels = p->in[0] * p->in[1], windows = p->out[0] * p->out[1];
  for (int64_t at = 0; at < p->planes * windows; at++)
    indices[at] = -1;
  for (int64_t i = 0; i < p->planes * pixels; i++)
    spread(p, x, i, indices);
  for (int64_t at = 0; at < p->planes * windows; at++) {
    if (indices[at] >= 0) {
      set_to_element(y, at, x, indices[at]);
      indices[at] %= pixels;
      continue;
    }
    const int64_t row = at % windows / p->out[1], column = at % p->out[1];
    set_to_lowest(y, at, lowest);
    indices[at] = stepped_in(row * p->stride[0] - p->padding[0], p->dilation[0]) * p->in[1] +
                  stepped_in(column * p->stride[1] - p->padding[1], p->dilation[1]);
  }
}

/* Whether a row (or column) of y has no row of x among its taps. */
static bool misses(const tb_max_pool2d_shape *p, int axis, int64_t q) {
  for (int64_t k = 0; k < p->kernel_size[axis]; k++) {
    const int64_t h = q * p->stride[axis] - p->padding[axis] + k * p->dilation[axis];
    if (h >= 0 && h < p->in[axis])
      return false;
  }
  return true;
}

bool tb_max_pool2d_has_empty_window(const tb_max_pool2d_shape *p) {
  for (int axis = 0; axis < 2; axis++)
    for (int64_t q = 0; q < p->out[axis]; q++)
      if (misses(p, axis, q))
        return true;
  return false;
}
