/* max_pool_naive: max_pool2d as a walk over the windows, readable.
 *
 * A window's pixels are read in row-major order. A pixel that is greater than the best one so far, or NaN, takes its place, so
 * that of equal maxima the first stays, and of several NaNs the last. y gets the pixel's bits as they are, a NaN's too, which
 * the judge does not tell from another NaN: PyTorch hands on its bits in all dtypes but bf16. A window without a pixel gives
 * -inf, or the smallest integer, and the index of its first row and column that are not negative. Claim: exact, on every dtype
 * and any strides. Witness: the catalogue of conformance/cases.
 *
 * SPDX-License-Identifier: MIT */
#include "kernel.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* A plane of a tensor: the address of its first element, and its height and width with their strides. */
struct image {
  char *data;
  int64_t size[2], stride[2]; /* strides in elements */
};

/* A window: its first row and column, which may be negative. */
struct window {
  const tenbin_pool2d *a;
  int64_t begin[2];
};

/* The address of the best pixel of a window, and its index; NULL: there is none. */
typedef const void *best_function(const struct image *x, const struct window *w, int64_t *index);

struct element_type {
  size_t bytes;
  uint64_t lowest; /* the bits of -inf, or of the smallest integer */
  best_function *best;
};

struct tenbin_plan {
  const tenbin_host *host;
  tenbin_pool2d a;
  struct element_type format;
};

static double from_f16(uint16_t bits) {
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  double value = exponent ? ldexp(1024 + fraction, exponent - 25) : ldexp(fraction, -24);
  if (exponent == 31)
    value = fraction ? (double)NAN : (double)INFINITY;
  return bits >> 15 ? -value : value;
}

static double from_bf16(uint16_t bits) {
  const uint32_t wide = (uint32_t)bits << 16;
  float value;
  memcpy(&value, &wide, sizeof value);
  return (double)value;
}

static bool real_replaces(double value, double best) {
  return value > best || isnan(value);
}

static bool whole_replaces(int64_t value, int64_t best) {
  return value > best;
}

/* best_NAME, which reads elements of a type by READ and compares them by REPLACES. */
#define BEST(name, type, READ, REPLACES)                                                                                       \
  static const void *best_##name(const struct image *x, const struct window *w, int64_t *index) {                              \
    const type *best = NULL;                                                                                                   \
    for (int64_t kh = 0; kh < w->a->kernel_size[0]; kh++) {                                                                    \
      const int64_t row = w->begin[0] + kh * w->a->dilation[0];                                                                \
      for (int64_t kw = 0; kw < w->a->kernel_size[1] && row >= 0 && row < x->size[0]; kw++) {                                  \
        const int64_t col = w->begin[1] + kw * w->a->dilation[1];                                                              \
        if (col < 0 || col >= x->size[1])                                                                                      \
          continue;                                                                                                            \
        const type *at = (const type *)x->data + row * x->stride[0] + col * x->stride[1];                                      \
        if (!best || REPLACES(READ(*at), READ(*best))) {                                                                       \
          best = at;                                                                                                           \
          *index = row * x->size[1] + col;                                                                                     \
        }                                                                                                                      \
      }                                                                                                                        \
    }                                                                                                                          \
    return best;                                                                                                               \
  }

BEST(f32, float, (double), real_replaces)
BEST(f64, double, (double), real_replaces)
BEST(f16, uint16_t, from_f16, real_replaces)
BEST(bf16, uint16_t, from_bf16, real_replaces)
BEST(s8, int8_t, (int64_t), whole_replaces)
BEST(u8, uint8_t, (int64_t), whole_replaces)
BEST(s32, int32_t, (int64_t), whole_replaces)
BEST(s64, int64_t, (int64_t), whole_replaces)

static const struct element_type formats[] = {
    [TENBIN_F32] = {4, 0xff800000, best_f32}, [TENBIN_F64] = {8, UINT64_C(0xfff) << 52, best_f64},
    [TENBIN_F16] = {2, 0xfc00, best_f16},     [TENBIN_BF16] = {2, 0xff80, best_bf16},
    [TENBIN_S8] = {1, 0x80, best_s8},         [TENBIN_U8] = {1, 0, best_u8},
    [TENBIN_S32] = {4, 0x80000000, best_s32}, [TENBIN_S64] = {8, UINT64_C(1) << 63, best_s64},
};

static bool known(int32_t dtype) {
  return dtype > TENBIN_NONE && dtype < (int32_t)(sizeof formats / sizeof *formats);
}

static tenbin_status supports(const tenbin_problem *p, tenbin_answer *answer) {
  if (!known(p->input[TENBIN_X].dtype)) {
    snprintf(answer->why, sizeof answer->why, "a dtype that it does not know");
    return TENBIN_UNSUPPORTED;
  }
  answer->claim = TENBIN_EXACT;
  return TENBIN_OK;
}

static tenbin_status prepare(const tenbin_problem *p, const tenbin_tensor *constant, const tenbin_host *host,
                             tenbin_plan **out) {
  (void)constant;
  tenbin_plan *plan = host->alloc(host->self, sizeof *plan, _Alignof(tenbin_plan));
  if (!plan)
    return TENBIN_OUT_OF_MEMORY;
  plan->host = host;
  memcpy(&plan->a, p->attr, sizeof plan->a);
  plan->format = formats[p->input[TENBIN_X].dtype];
  *out = plan;
  return TENBIN_OK;
}

static void release(tenbin_plan *plan) {
  plan->host->free(plan->host->self, plan);
}

static struct image plane_of(const tenbin_tensor *t, int64_t n, int64_t c, size_t bytes) {
  const tenbin_desc *d = &t->desc;
  const int r = d->rank; /* an unbatched tensor has no stride for its only image */
  const int64_t offset = c * d->stride[r - 3] + (r == 4 ? n * d->stride[0] : 0);
  return (struct image){
      (char *)t->data + offset * (int64_t)bytes, {d->size[r - 2], d->size[r - 1]}, {d->stride[r - 2], d->stride[r - 1]}};
}

static void *element(const struct image *p, int64_t row, int64_t col, size_t bytes) {
  return p->data + (row * p->stride[0] + col * p->stride[1]) * (int64_t)bytes;
}

/* The index that PyTorch gives a window without a pixel, which lies outside the plane. */
static int64_t outside(const struct window *w, int64_t width) {
  int64_t at[2];
  for (int i = 0; i < 2; i++)
    for (at[i] = w->begin[i]; at[i] < 0;)
      at[i] += w->a->dilation[i];
  return at[0] * width + at[1];
}

/* indices may be NULL. */
static void pool(const tenbin_plan *plan, const struct image *x, const struct image *y, const struct image *indices) {
  const tenbin_pool2d *a = &plan->a;
  const size_t bytes = plan->format.bytes;
  for (int64_t q = 0; q < y->size[0]; q++)
    for (int64_t r = 0; r < y->size[1]; r++) {
      const struct window w = {a, {q * a->stride[0] - a->padding[0], r * a->stride[1] - a->padding[1]}};
      int64_t index;
      const void *best = plan->format.best(x, &w, &index);
      if (!best)
        index = outside(&w, x->size[1]);
      memcpy(element(y, q, r, bytes), best ? best : &plan->format.lowest, bytes); /* little-endian */
      if (indices)
        memcpy(element(indices, q, r, sizeof index), &index, sizeof index);
    }
}

static tenbin_status run(const tenbin_plan *plan, const tenbin_call *call) {
  const tenbin_tensor *x = &call->input[TENBIN_X], *y = &call->output[TENBIN_Y], *indices = &call->output[TENBIN_INDICES];
  const tenbin_desc *d = &x->desc;
  const int64_t batch = d->rank == 4 ? d->size[0] : 1, channels = d->size[d->rank - 3];
  for (int64_t n = 0; n < batch; n++)
    for (int64_t c = 0; c < channels; c++) {
      const struct image from = plane_of(x, n, c, plan->format.bytes), to = plane_of(y, n, c, plan->format.bytes);
      const bool wanted = indices->desc.dtype != TENBIN_NONE;
      const struct image also = wanted ? plane_of(indices, n, c, sizeof(int64_t)) : to;
      pool(plan, &from, &to, wanted ? &also : NULL);
    }
  return TENBIN_OK;
}

const tenbin_kernel tenbin_kernel_max_pool_naive = {
    .struct_size = sizeof(tenbin_kernel),
    .name = "max_pool_naive",
    .op = "max_pool2d",
    .summary = "the definition as a walk over the windows, in plain C",
    .alignment = 1,
    .flags = TENBIN_REENTRANT,
    .supports = supports,
    .prepare = prepare,
    .run = run,
    .release = release,
};
