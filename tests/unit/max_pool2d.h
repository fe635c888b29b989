/* What the tests of max_pool2d share: cases drawn at random, with PyTorch's rules, and the definition's answer.
 *
 * SPDX-License-Identifier: MIT */
#ifndef MAX_POOL2D_TEST_H
#define MAX_POOL2D_TEST_H

#include "kernel.h"
#include "max_pool2d/pixels.h"

#include <math.h>
#include <string.h>

enum { ELEMENTS = 1024, CASES = 4000, FILLS = 3 };

static const int32_t dtypes[] = {TENBIN_F32, TENBIN_F64, TENBIN_F16, TENBIN_BF16, TENBIN_S8, TENBIN_U8, TENBIN_S32, TENBIN_S64};
enum { DTYPES = sizeof dtypes / sizeof *dtypes };

/* A tensor of x or y, with room for indices. */
struct pool_tensor {
  double real[ELEMENTS];
  int64_t whole[ELEMENTS], indices[ELEMENTS];
};

static inline bool floats(int32_t dtype) {
  return dtype <= TENBIN_BF16;
}

static inline tb_max_pool2d_numbers numbers(struct pool_tensor *t, int32_t dtype) {
  return (tb_max_pool2d_numbers){floats(dtype) ? t->real : NULL, floats(dtype) ? NULL : t->whole};
}

static inline bool same_real(double a, double b) {
  return a == b ? signbit(a) == signbit(b) : isnan(a) && isnan(b);
}

static inline bool same(const struct pool_tensor *a, const struct pool_tensor *b, int32_t dtype, int64_t n) {
  for (int64_t i = 0; i < n; i++)
    if (!(floats(dtype) ? same_real(a->real[i], b->real[i]) : a->whole[i] == b->whole[i]))
      return false;
  return true;
}

static inline bool same_indices(const struct pool_tensor *a, const struct pool_tensor *b, int64_t n) {
  return memcmp(a->indices, b->indices, (size_t)n * sizeof *a->indices) == 0;
}

/* A case of the random space, with both answers. */
struct pool_case {
  tb_max_pool2d c;
  tb_list out;
  tb_max_pool2d_shape p;
  int32_t dtype;
  tb_max_pool2d_fill fill;
  int64_t n, pixels;
  struct pool_tensor x, y;
};

static uint64_t state = 1;

/* One of 0 .. limit - 1, by Knuth's MMIX generator. */
static inline int64_t draw(int64_t limit) {
  state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (int64_t)((state >> 33) % (uint64_t)limit);
}

static inline tb_list pair(int64_t a, int64_t b) {
  return (tb_list){2, {a, b}};
}

/* Draws until PyTorch's rules accept the arguments. */
static inline void draw_case(struct pool_case *d) {
  char message[TB_MESSAGE_MAX];
  do {
    const int64_t k[2] = {1 + draw(4), 1 + draw(4)};
    d->c = (tb_max_pool2d){.kernel_size = pair(k[0], k[1]),
                           .stride = draw(5) ? pair(1 + draw(4), 1 + draw(4)) : (tb_list){0},
                           .padding = pair(draw(k[0] / 2 + 1), draw(k[1] / 2 + 1)),
                           .dilation = pair(1 + draw(3), 1 + draw(3)),
                           .ceil_mode = draw(2)};
    d->c.x = (tb_list){4, {draw(3), 1 + draw(3), 1 + draw(9), 1 + draw(9)}};
    if (!draw(4))
      d->c.x = (tb_list){3, {1 + draw(3), 1 + draw(9), 1 + draw(9)}};
  } while (!tb_max_pool2d_check(&d->c, &d->out, message));
  d->p = tb_max_pool2d_shape_of(&d->c, &d->out);
  d->dtype = dtypes[draw(DTYPES)];
  d->fill = (tb_max_pool2d_fill)draw(FILLS);
  d->n = d->p.planes * d->p.out[0] * d->p.out[1];
  d->pixels = d->p.planes * d->p.in[0] * d->p.in[1];
}

static inline int64_t smallest(int32_t dtype) {
  return floats(dtype) ? 0 : tb_max_pool2d_smallest(dtype);
}

static inline void fill_and_walk(struct pool_case *d) {
  tb_max_pool2d_pixels(d->fill, d->dtype, (uint64_t)draw(1000), d->pixels, numbers(&d->x, d->dtype));
  tb_max_pool2d_walk(&d->p, numbers(&d->x, d->dtype), smallest(d->dtype), numbers(&d->y, d->dtype), d->y.indices);
}

#endif
