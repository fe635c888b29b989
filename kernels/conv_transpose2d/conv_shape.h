/* The sizes of a conv_transpose2d problem by name, and the test for dense f32 tensors.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_CONV_SHAPE_H
#define TB_CONV_SHAPE_H

#include "kernel.h"

#include <stdbool.h>
#include <stdio.h>

enum {
  LINE = 16,   /* floats of a cache line */
  PAGE = 4096, /* bytes of the smallest page */
  PIXEL_ROWS = 6,
  PIXEL_VECTORS = 4 /* most rows, and vectors of pixels, of a tile with pixels in the lanes (conv_lanes.h) */
};

/* Hides from the compiler how the pointer p came about: else it takes the addresses of several pointers with one index apart,
 * and adds them up anew at every step. */
#define CONV_OPAQUE(p) __asm__("" : "+r"(p))

/* Fetches a line of the page that holds p, so that a store there finds the page's translation at hand. Planes of y that lie a
 * power of two apart meet in few sets of the processor's cache of translations, and each store to the next plane would wait for
 * a walk through the page tables. It is not p's own line, which a store past the caches would have to drive out again, nor
 * the same line of each page, since these would also meet in few sets of a cache. */
static inline void conv_fetch_page(const float *p) {
  const uintptr_t page = (uintptr_t)p / PAGE, line = (page ^ page / 64) % (PAGE / 64);
  __builtin_prefetch((const char *)p - (uintptr_t)p % PAGE + line * 64);
}

static inline int64_t conv_min(int64_t a, int64_t b) {
  return a < b ? a : b;
}

static inline int64_t conv_max(int64_t a, int64_t b) {
  return a > b ? a : b;
}

/* a/b rounded up, a >= 0, b > 0, without overflow. */
static inline int64_t conv_ceil_div(int64_t a, int64_t b) {
  return a / b + (a % b != 0);
}

/* a rounded up to a multiple of b. */
static inline int64_t conv_round_up(int64_t a, int64_t b) {
  return conv_ceil_div(a, b) * b;
}

/* Even parts: n cut into the fewest that hold at most `most`, each a multiple of `unit` (at least 1) or all of n: the size of
 * the largest. A unit is never cut. */
static inline int64_t conv_even(int64_t n, int64_t most, int64_t unit) {
  if (n <= most)
    return n;
  const int64_t parts = conv_ceil_div(n, conv_max(most, unit));
  return conv_round_up(conv_ceil_div(n, parts), unit);
}

/* Bytes in whole cache lines: no two threads write to one. */
static inline int64_t conv_line_up(int64_t bytes) {
  return conv_round_up(bytes, 64);
}

static inline tenbin_status conv_refuse(tenbin_answer *answer, const char *why) {
  snprintf(answer->why, sizeof answer->why, "%s", why);
  return TENBIN_UNSUPPORTED;
}

struct conv_shape {
  tenbin_conv2d a;
  int64_t batch; /* 1 where the input is unbatched */
  int64_t c_per_group, o_per_group;
  int64_t in[2], kernel[2], out[2];
  bool bias;
};

static inline struct conv_shape conv_shape_of(const tenbin_problem *p) {
  const tenbin_desc *x = &p->input[TENBIN_X], *w = &p->input[TENBIN_WEIGHT], *y = &p->output[TENBIN_Y];
  struct conv_shape s = {.a = *(const tenbin_conv2d *)p->attr};
  s.batch = x->rank == 4 ? x->size[0] : 1;
  s.c_per_group = w->size[0] / s.a.groups;
  s.o_per_group = w->size[1];
  for (int i = 0; i < 2; i++) {
    s.in[i] = x->size[x->rank - 2 + i];
    s.kernel[i] = w->size[2 + i];
    s.out[i] = y->size[y->rank - 2 + i];
  }
  s.bias = p->input[TENBIN_BIAS].dtype != TENBIN_NONE;
  return s;
}

/* Absent, or f32 without gaps in PyTorch's order. The stride of a dimension of size 1 is never used and may be anything, and an
 * empty tensor has no elements to lie anywhere. */
static inline bool conv_dense_f32(const tenbin_desc *d) {
  if (d->dtype == TENBIN_NONE)
    return true;
  bool dense = true;
  int64_t stride = 1;
  for (int i = d->rank - 1; i >= 0; i--) {
    if (d->size[i] == 0)
      return d->dtype == TENBIN_F32;
    dense = dense && (d->size[i] == 1 || d->stride[i] == stride);
    stride *= d->size[i];
  }
  return dense && d->dtype == TENBIN_F32;
}

static inline bool conv_all_dense_f32(const tenbin_problem *p) {
  return conv_dense_f32(&p->input[TENBIN_X]) && conv_dense_f32(&p->input[TENBIN_WEIGHT]) &&
         conv_dense_f32(&p->input[TENBIN_BIAS]) && conv_dense_f32(&p->output[TENBIN_Y]);
}

/* Whether there is nothing to add up: no images, or images without pixels on either side. */
static inline bool conv_empty(const struct conv_shape *s) {
  return s->batch * s->in[0] * s->in[1] * s->out[0] * s->out[1] == 0;
}

/* Whether each output pixel has one tap, and the filter's two columns make the even and the odd columns of y. */
static inline bool conv_two_columns(const struct conv_shape *s) {
  bool one = s->kernel[1] == 2;
  for (int i = 0; i < 2; i++)
    one = one && s->kernel[i] == s->a.stride[i] && s->a.dilation[i] == 1 && s->a.padding[i] == 0 &&
          s->out[i] == s->in[i] * s->a.stride[i];
  return one;
}

/* Whether y is stored past the caches: from 8 MB on; below, that costs more than it saves. */
static inline bool conv_streams(const struct conv_shape *s) {
  const int64_t elements = s->batch * s->a.groups * s->o_per_group * s->out[0] * s->out[1];
  return elements * (int64_t)sizeof(float) > INT64_C(8) << 20;
}

/* What the work items of a run share; scratch is one part for each worker. */
struct conv_job {
  const tenbin_plan *plan;
  const float *x;
  float *y;
  char *scratch;
};

static inline tenbin_status conv_run(const tenbin_plan *plan, const tenbin_host *host, int64_t items,
                                     void (*work)(void *job, int64_t item, int32_t worker), const tenbin_call *call) {
  struct conv_job job = {plan, call->input[TENBIN_X].data, call->output[TENBIN_Y].data, call->workspace};
  if (items > 0)
    host->parallel(host->self, items, work, &job);
  return TENBIN_OK;
}

/* What a kernel that packs its weights in prepare supports. */
static inline tenbin_status conv_supports_packed(const tenbin_problem *p, tenbin_answer *answer) {
  if (!conv_all_dense_f32(p))
    return conv_refuse(answer, "dense NCHW f32 only");
  if (!(p->constant >> TENBIN_WEIGHT & 1) || (conv_shape_of(p).bias && !(p->constant >> TENBIN_BIAS & 1)))
    return conv_refuse(answer, "weights and bias are packed once: they have to be constant");
  answer->claim = TENBIN_EXACT;
  return TENBIN_OK;
}

#endif
