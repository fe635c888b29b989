/* The two paths of stream.c: numbers one by one, and in blocks of 16.
 *
 * SPDX-License-Identifier: MIT */
#ifndef STREAM_PATHS_H
#define STREAM_PATHS_H

#include "stream_math.h"

enum { BLOCK = 16, HALF = BLOCK / 2, CHUNK = 65536 };

struct tenbin_plan {
  const tenbin_host *host;
  int32_t dtype, threads;
  bool is_default, has_fma;
};

/* A tensor's dimensions of more than one element in the order of memory, the innermost first. */
typedef struct layout {
  int64_t n;
  bool dense; /* row-major */
  int rank;
  int64_t size[TENBIN_RANK_MAX], stride[TENBIN_RANK_MAX];
} layout;

static layout layout_of(const tenbin_desc *d) {
  layout l = {.n = 1, .dense = true};
  for (int i = d->rank - 1; i >= 0; i--) {
    l.dense = l.dense && ((d->size[i] == 1 && mutant != STRIDE_OF_ONE_COUNTS) || d->stride[i] == l.n);
    l.n *= d->size[i];
    int at = l.rank++;
    for (; at > 0 && mutant != ROW_MAJOR && l.stride[at - 1] > d->stride[i]; at--) {
      l.size[at] = l.size[at - 1];
      l.stride[at] = l.stride[at - 1];
    }
    l.size[at] = d->size[i];
    l.stride[at] = d->stride[i];
  }
  if (mutant == COUNT_32)
    l.n = (uint32_t)l.n;
  return l;
}

/* Where element i lies. */
static int64_t offset(const layout *l, int64_t i) {
  int64_t at = 0;
  if (l->dense)
    return i;
  for (int d = 0; d < l->rank; d++) {
    at += i % l->size[d] * l->stride[d];
    i /= l->size[d];
  }
  return at;
}

static bool gapless(const layout *l) {
  int64_t n = 1;
  for (int d = 0; d < l->rank; n *= l->size[d++])
    if (l->size[d] != 1 && l->stride[d] != n)
      return false;
  return true;
}

/* Whether PyTorch draws it in blocks. */
static bool in_blocks(const layout *l) {
  if (mutant == ALWAYS_SCALAR || (mutant == SIXTEEN_SCALAR && l->n == BLOCK) || l->n == 0)
    return false;
  if (mutant == ALWAYS_BLOCKS && l->dense)
    return true;
  return l->n >= BLOCK && (l->dense || mutant == STRIDED_IN_BLOCKS || (mutant == DENSE_IN_BLOCKS && gapless(l)));
}

static double scale(const tenbin_plan *p, double z, const tenbin_normal_args *a) {
  const bool fuses = p->is_default ? mutant == DEFAULT_FUSED : mutant != SCALAR_UNFUSED;
  double mean = a->mean, std = a->std;
  if (mutant == MEAN_STD_F32) {
    mean = (float)mean;
    std = (float)std;
  }
  if (mutant == MEAN_SCALED)
    return (z + mean) * std;
  if (mutant == MEAN_DIVIDED)
    return (z + mean / std) * std;
  return fuses ? fma(z, std, mean) : z * std + mean;
}

static pair scalar_pair(const tenbin_plan *p, tenbin_generator *g) {
  const bool f32 = mutant == SCALAR_UNIFORM_F32 && p->dtype != TENBIN_F64;
  const double u1 = f32 ? uniform_f32(g) : uniform_f64(g), u2 = f32 ? uniform_f32(g) : uniform_f64(g);
  const double angle = mutant == ANGLE_LAST ? u2 : u1, radius = mutant == ANGLE_LAST ? u1 : u2;
  pair z = box_muller_f64(radius, angle, mutant != LOG_FOR_LOG1P);
  if (mutant == ROUNDED_DOUBLE)
    z = box_muller_turned(radius, angle);
  if (mutant == SCALAR_IN_F32 && p->dtype != TENBIN_F64)
    z = box_muller_f32(LIBM, (float)radius, (float)angle);
  return mutant == SINE_FIRST ? (pair){z.sine, z.cosine} : z;
}

/* The next number of the scalar path, scaled. */
static double scalar(const tenbin_plan *p, tenbin_generator *g, const tenbin_normal_args *a) {
  if (g->cached) {
    g->cached = 0;
    return mutant == CACHE_SCALED ? g->cache : scale(p, g->cache, a);
  }
  const pair z = scalar_pair(p, g);
  g->cache = mutant == CACHE_SCALED ? scale(p, z.sine, a) : mutant == CACHE_F32 ? (float)z.sine : z.sine;
  g->cached = mutant != CACHE_NONE;
  return scale(p, z.cosine, a);
}

static void one_by_one(const tenbin_plan *p, tenbin_generator *g, const layout *l, void *y, const tenbin_normal_args *a,
                       int64_t from) {
  if (mutant == CACHE_OF_ONE_CALL)
    g->cached = 0;
  for (int64_t i = from; i < l->n; i++) {
    const int64_t at = offset(l, i);
    put(p->dtype, y, at, scalar(p, g, a));
    if (mutant == WRITES_BETWEEN && l->rank > 0 && l->stride[0] > 1 && i + 1 < l->n)
      put(p->dtype, y, at + 1, 0);
  }
  if (l->n == 0 && mutant == EMPTY_DRAWS)
    scalar(p, g, a);
  if (l->n == 0 && mutant == EMPTY_WRITES)
    put(p->dtype, y, 0, 0);
}

INLINE double block_scale(const tenbin_plan *p, double z, const tenbin_normal_args *a) {
  if (mutant == MEAN_SCALED || mutant == MEAN_DIVIDED)
    return scale(p, z, a);
  if (p->dtype == TENBIN_F64)
    return mutant == UNFUSED_SCALE_F64 ? z * a->std + a->mean : fma(z, a->std, a->mean);
  return mutant == MEAN_STD_DOUBLE ? fma(z, a->std, a->mean) : fused(UNFUSED_SCALE, (float)z, (float)a->std, (float)a->mean);
}

static double block_uniform(const tenbin_plan *p, tenbin_generator *g) {
  if (mutant == HALF_UNIFORMS && p->dtype == TENBIN_F16)
    return (word(g) & 0x7ff) * 0x1p-11;
  if (mutant == HALF_UNIFORMS && p->dtype == TENBIN_BF16)
    return (word(g) & 0xff) * 0x1p-8;
  return p->dtype == TENBIN_F64 && mutant != F64_FROM_F32 ? uniform_f64(g) : uniform_f32(g);
}

/* Sixteen uniform numbers become as many normal ones. */
INLINE void transform(const tenbin_plan *p, arithmetic a, double u[BLOCK], const tenbin_normal_args *args) {
  double z[BLOCK];
  for (int j = 0; j < HALF; j++) {
    const int one = mutant == NEIGHBOURS_PAIRED ? 2 * j : j, other = mutant == NEIGHBOURS_PAIRED ? one + 1 : j + HALF;
    const pair x = mutant == ANGLES_FIRST ? box_muller(a, u[other], u[one]) : box_muller(a, u[one], u[other]);
    z[one] = mutant == SINES_FIRST ? x.sine : x.cosine;
    z[other] = mutant == SINES_FIRST ? x.cosine : x.sine;
  }
  for (int j = 0; j < BLOCK; j++)
    u[j] = block_scale(p, p->dtype == TENBIN_F64 || a == TURNED ? z[j] : (float)z[j], args);
}

/* Numbers at .. at + 15; of them only those from `from` on are kept. */
INLINE void block(const tenbin_plan *p, tenbin_generator *g, arithmetic a, const layout *l, void *y, int64_t at, int64_t from,
                  const tenbin_normal_args *args) {
  double u[BLOCK];
  for (int j = 0; j < BLOCK; j++)
    u[j] = block_uniform(p, g);
  transform(p, a, u, args);
  for (int64_t j = from; j < BLOCK && (at + j < l->n || mutant == WRITES_WHOLE_BLOCKS); j++)
    put(p->dtype, y, offset(l, at + j), u[j]);
}

/* What a block draws that is not its own. */
static void rewind_engine(const tenbin_plan *p, tenbin_generator *g, const tenbin_generator *start, tenbin_generator *before,
                          const layout *l, int64_t i) {
  const bool again =
      (mutant == CHUNK_TWICE && i % CHUNK == 0) || (mutant == THREADS_ALIKE && p->threads > 1 && i == l->n / 2 / BLOCK * BLOCK);
  const tenbin_generator *to = again ? start : mutant == BLOCK_TWICE && i / BLOCK % 2 == 1 ? before : NULL;
  if (to) {
    g->next = to->next;
    g->available = to->available;
    memcpy(g->mt, to->own, sizeof to->own);
  } else if (mutant == BLOCK_TWICE) {
    *before = *g;
  }
}

static void discard(const tenbin_plan *p, tenbin_generator *g, int64_t rest) {
  const bool half = p->dtype == TENBIN_F16 || p->dtype == TENBIN_BF16;
  if (half ? mutant == HALF_TAIL_DISCARDS : mutant != TAIL_DRAWS_DISCARDED)
    for (int64_t i = 0; i < rest; i++)
      block_uniform(p, g);
}

INLINE void fill(const tenbin_plan *p, tenbin_generator *g, arithmetic a, const layout *l, void *y,
                 const tenbin_normal_args *args) {
  const int64_t rest = l->n % BLOCK;
  const bool rewinds = mutant == CHUNK_TWICE || mutant == THREADS_ALIKE || mutant == BLOCK_TWICE;
  tenbin_generator start, before;
  if (rewinds)
    start = before = *g;
  int64_t i = 0;
  for (; i + BLOCK <= l->n; i += BLOCK) {
    if (rewinds)
      rewind_engine(p, g, &start, &before, l, i);
    block(p, g, a, l, y, i, 0, args);
  }
  if (mutant == CACHE_CLEARED_BY_FILL)
    g->cached = 0;
  if (rest == 0 || mutant == TAIL_UNWRITTEN)
    return;
  if (mutant == ALWAYS_BLOCKS && l->n < BLOCK)
    block(p, g, a, l, y, 0, 0, args);
  else if (mutant == WRITES_WHOLE_BLOCKS)
    block(p, g, a, l, y, i, 0, args);
  else if (mutant == TAIL_ONE_BY_ONE)
    one_by_one(p, g, l, y, args, i);
  else {
    discard(p, g, rest);
    block(p, g, a, l, y, l->n - BLOCK, mutant == TAIL_KEEPS_FINISHED ? BLOCK - rest : 0, args);
  }
}

static void fill_portable(const tenbin_plan *p, tenbin_generator *g, arithmetic a, const layout *l, void *y,
                          const tenbin_normal_args *args) {
  fill(p, g, a, l, y, args);
}

/* The same with fmaf as an instruction rather than a call. */
#if defined(__x86_64__)
__attribute__((target("avx2,fma")))
#endif
static void
fill_fma(const tenbin_plan *p, tenbin_generator *g, arithmetic a, const layout *l, void *y, const tenbin_normal_args *args) {
  fill(p, g, a, l, y, args);
}

#endif
