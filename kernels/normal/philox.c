/* philox: normal numbers by Philox4x32-10 and Box-Muller, as PyTorch draws them on CUDA.
 *
 * There each of T threads counts in a subsequence of Philox of its own, and makes U = 4 numbers of a block (2 of f64): element
 * i is number q mod U of block q div U of subsequence i mod T, q = i div T. T is 256 times the number of thread blocks, which
 * are as many as the multiprocessors hold or the tensor needs (aten/src/ATen/native/cuda/DistributionTemplates.h). A tensor
 * that reaches over 2^31 bytes or more is halved along its outermost dimension until no part does, each part being a call of
 * its own after a call that draws nothing (TensorIterator.cpp, SplitUntil32Bit; read, not seen on a device). The order of
 * elements is TensorIterator's in every layout.
 *
 * Stream `any` takes the blocks of one subsequence, 16 at a time: the first words of all become 16 numbers, then the second.
 *
 * f32, f16 and bf16 are made in f32 with the logarithm, sine and cosine of normal_lanes.h, whatever the instruction set, so
 * that its choice moves no bit; f64 by the C library's. Claim: |dz| <= 6e-7 r before scaling, r the pair's radius; for
 * f64, 1.8e-15 max(1, r). Over all 2^32 words, with u and the angle rounded as cuRAND rounds them, the radius is off by 9.75e-8
 * of itself at most, the sine by 6.97e-8, the cosine by 7.79e-8; the device's own errors are not known. Witnesses: words
 * 9afbb180, 20971da1 and 61005cc0; |z| up to 0x1.b0e08ep+2 (word 0); and what GPUs have printed, in tests/unit/test_philox.c.
 *
 * SPDX-License-Identifier: MIT */
#include "counted.h"
#include "philox4x32.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define ROUNDS 10
#define THREADS 256 /* of a thread block */
#define BATCH INT64_C(16)
#define TURN ((float)(0x1p-32f * 6.2831855f)) /* CURAND_2POW32_INV_2PI */

/* A rectangle of numbers: row i has number i of each of its blocks. */
struct tile {
  uint64_t seed, low, high; /* the counter of the first block */
  int64_t blocks;           /* a multiple of BATCH */
  int64_t pitch;            /* from a row to the next, in elements */
  int64_t stretch;          /* rows lie in pieces of BATCH numbers, that many times BATCH apart */
  double mean, std;
  int32_t dtype;
  int rows;    /* that are wanted: 1, 2 or 4 */
  bool across; /* whether its blocks are of subsequences high, high + 1, .., rather than low, low + 1, .. of one */
};

typedef void fill_function(const struct tile *tile, void *numbers);

#define LANE_BODY "normal/philox_body.h"
#include "lane_widths.h"

struct tenbin_plan {
  tb_counted counted;
  fill_function *fill;
  int64_t grid; /* thread blocks that the device holds at once; 0: stream `any` */
};

/* Sine and cosine of pi v, 0 <= v <= 2; v less a multiple of 1/2 is exact. */
static void sincospi(double v, double *sine, double *cosine) {
  const int quarter = (int)(2 * v + 0.5);
  const double x = 3.14159265358979323846 * (v - 0.5 * quarter), s = sin(x), c = cos(x);
  *sine = quarter & 1 ? c : s;
  *cosine = quarter & 1 ? s : c;
  if (quarter & 2)
    *sine = -*sine;
  if ((quarter + 1) & 2)
    *cosine = -*cosine;
}

/* cuRAND's curand_normal2_double: 53 bits of each two words, exclusive-or where 64 do not fit. */
static void pair_f64(const tb_draw *draw, uint64_t low, uint64_t high, double y[2]) {
  const tb_philox p = tb_philox4x32(ROUNDS, low, high, draw->seed);
  const double u = (double)(p.word[0] ^ (uint64_t)p.word[1] << 21) * 0x1p-53 + 0x1p-54;
  const double v = (double)(p.word[2] ^ (uint64_t)p.word[3] << 21) * 0x1p-52 + 0x1p-53;
  const double radius = sqrt(-2 * log(u));
  double sine, cosine;
  sincospi(v, &sine, &cosine);
  y[0] = fma(radius * sine, draw->std, draw->mean);
  y[1] = fma(radius * cosine, draw->std, draw->mean);
}

static void make_any_groups(const tb_draw *draw, uint64_t low, int64_t groups, void *numbers) {
  const struct tile t = {.seed = draw->seed,
                         .low = low,
                         .blocks = groups * (TB_GROUP / 4),
                         .pitch = BATCH,
                         .stretch = TB_GROUP / BATCH,
                         .mean = draw->mean,
                         .std = draw->std,
                         .dtype = draw->dtype,
                         .rows = 4};
  draw->plan->fill(&t, numbers);
}

static void make_any(const tb_draw *draw, int64_t first, int64_t count, void *numbers) {
  tb_counted_groups(draw, first, count, numbers, make_any_groups);
}

static void make_any_f64(const tb_draw *draw, int64_t first, int64_t count, void *numbers) {
  for (int64_t i = 0; i < count; i += 2) {
    double y[2];
    pair_f64(draw, draw->block + (uint64_t)(first + i) / 2, 0, y);
    memcpy((double *)numbers + i, y, (size_t)(count - i < 2 ? 1 : 2) * sizeof *y);
  }
}

/* Threads that are served at once. */
#define STRIP INT64_C(8192)

/* Numbers that a thread makes in an iteration. */
static int unroll_of(int32_t dtype) {
  return dtype == TENBIN_F64 ? 2 : 4;
}

/* Whether numbers and bytes can be counted in 31 bits (TensorIteratorBase::can_use_32bit_indexing). */
static bool countable(const tb_elements *e, int32_t dtype) {
  int64_t reach = 1;
  for (int32_t d = 0; d < e->rank; d++)
    reach += (e->size[d] - 1) * e->stride[d] * (int64_t)tb_number_bytes(dtype);
  return e->count <= INT32_MAX && reach <= INT32_MAX;
}

/* What one launch of PyTorch's kernel fills. */
struct launch {
  tb_draw draw;
  const tb_elements *elements;
  int64_t first, count; /* of the elements */
  int64_t threads;      /* T */
  int64_t strips;       /* in which they are served */
  int unroll;
  char *y;
};

/* The numbers of one thread block in an iteration, row by row, to where they belong; `at` is the number of the first. */
static void make_block(const struct launch *l, const struct tile *t, int64_t at) {
  _Alignas(64) char stage[4 * THREADS * sizeof(float)];
  const size_t bytes = tb_number_bytes(t->dtype);
  if (t->dtype == TENBIN_F64)
    for (int i = 0; i < THREADS; i++) {
      double y[2];
      pair_f64(&l->draw, t->low, t->high + (uint64_t)i, y);
      memcpy(stage + (size_t)i * bytes, &y[0], bytes);
      memcpy(stage + (size_t)(THREADS + i) * bytes, &y[1], bytes);
    }
  else
    l->draw.plan->fill(t, stage);
  for (int i = 0; i < t->rows && at < l->count; i++, at += l->threads)
    tb_elements_put(l->elements, bytes, l->first + at, l->count - at < THREADS ? l->count - at : THREADS,
                    stage + (size_t)(i * THREADS) * bytes, l->y);
}

static void make_strip(void *arg, int64_t i, int32_t worker) {
  (void)worker;
  const struct launch *l = arg;
  const int64_t iteration = i / l->strips, thread = i % l->strips * STRIP;
  const int64_t at = iteration * l->threads * l->unroll + thread;
  const int64_t rows = (l->count - at + l->threads - 1) / l->threads;
  struct tile t = {.seed = l->draw.seed,
                   .low = l->draw.block + (uint64_t)iteration,
                   .high = (uint64_t)thread,
                   .blocks = l->threads - thread < STRIP ? l->threads - thread : STRIP,
                   .pitch = l->threads,
                   .stretch = 1,
                   .mean = l->draw.mean,
                   .std = l->draw.std,
                   .dtype = l->draw.dtype,
                   .rows = rows <= 1   ? 1
                           : rows == 2 ? 2
                                       : l->unroll,
                   .across = true};
  if (t.dtype != TENBIN_F64 && tb_elements_dense(l->elements) && at + (t.rows - 1) * t.pitch + t.blocks <= l->count) {
    l->draw.plan->fill(&t, l->y + (size_t)(l->first + at) * tb_number_bytes(t.dtype));
    return;
  }
  const int64_t blocks = t.blocks;
  t.blocks = t.pitch = THREADS;
  for (int64_t b = 0; b < blocks && at + b < l->count; b += THREADS, t.high += THREADS)
    make_block(l, &t, at + b);
}

/* How PyTorch launches its kernel for `count` elements (calc_execution_policy). */
static void policy(const tenbin_plan *plan, int64_t count, int unroll, int64_t *threads, int64_t *iterations) {
  const int64_t needed = (count + THREADS - 1) / THREADS;
  *threads = THREADS * (needed < plan->grid ? needed : plan->grid);
  *iterations = (count - 1) / (*threads * unroll) + 1;
}

static void launch(const tenbin_plan *plan, const tenbin_call *call, const tb_elements *e, int64_t first, int64_t count) {
  const tenbin_tensor *y = &call->output[TENBIN_Y];
  struct launch l = {.elements = e, .first = first, .count = count, .unroll = unroll_of(y->desc.dtype), .y = y->data};
  int64_t iterations;
  policy(plan, count, l.unroll, &l.threads, &iterations);
  l.strips = (l.threads + STRIP - 1) / STRIP;
  l.draw = tb_draw_blocks(plan, call, (uint64_t)iterations);
  tb_counted_parallel(plan, iterations * l.strips, make_strip, &l);
}

/* A part of a tensor, of which the dimensions have the sizes in e, from element `first` of the whole on: launched if numbers
 * and bytes can be counted in 31 bits, else halved. */
static void launch_parts(const tenbin_plan *plan, const tenbin_call *call, const tb_elements *whole, const tb_elements *e,
                         int64_t first) {
  if (countable(e, call->output[TENBIN_Y].desc.dtype)) {
    launch(plan, call, whole, first, e->count);
    return;
  }
  int32_t d = e->rank - 1;
  while (e->size[d] == 1)
    d--;
  tb_elements part = *e;
  const int64_t each = e->count / e->size[d];
  part.size[d] = e->size[d] / 2;
  part.count = part.size[d] * each;
  launch_parts(plan, call, whole, &part, first);
  first += part.count;
  part.size[d] = e->size[d] - part.size[d];
  part.count = part.size[d] * each;
  launch_parts(plan, call, whole, &part, first);
}

/* One or more digits as a number of at most 2^20, and where they end; NULL if there are none or too many. */
static const char *number(const char *text, int64_t *value) {
  const char *at = text;
  for (*value = 0; *at >= '0' && *at <= '9' && *value <= 1 << 20; at++)
    *value = 10 * *value + (*at - '0');
  return at > text && *value <= 1 << 20 ? at : NULL;
}

/* The thread blocks of a device as torch-cuda:M or torch-cuda:MxT describes it; 0 if it does not. */
static int64_t grid_of(const char *stream) {
  static const char prefix[] = "torch-cuda:";
  int64_t multiprocessors, threads = 2048;
  if (strncmp(stream, prefix, sizeof prefix - 1) != 0)
    return 0;
  const char *at = number(stream + sizeof prefix - 1, &multiprocessors);
  if (at && *at == 'x')
    at = number(at + 1, &threads);
  return at && !*at ? multiprocessors * (threads / THREADS) : 0;
}

static tenbin_status supports(const tenbin_problem *p, tenbin_answer *answer) {
  const char *stream = ((const tenbin_normal *)p->attr)->stream;
  if (strncmp(stream, "torch-cpu", 9) == 0) {
    snprintf(answer->why, sizeof answer->why, "draws torch-cuda:M and any, not PyTorch's streams of the CPU");
    return TENBIN_UNSUPPORTED;
  }
  if (strncmp(stream, "torch-cuda", 10) != 0)
    return tb_counted_supports(p, answer);
  if (grid_of(stream) == 0) {
    snprintf(answer->why, sizeof answer->why,
             "%.60s is not torch-cuda:M or torch-cuda:MxT, M multiprocessors of T threads, at least %d", stream, THREADS);
    return TENBIN_UNSUPPORTED;
  }
  answer->claim = TENBIN_STREAM_ROUNDED;
  return tb_counted_dtype(p->output[TENBIN_Y].dtype, answer) ? TENBIN_OK : TENBIN_UNSUPPORTED;
}

static tenbin_status prepare(const tenbin_problem *p, const tenbin_tensor *constant, const tenbin_host *host,
                             tenbin_plan **out) {
  (void)constant;
  tenbin_plan *plan = tb_counted_plan(p, host, sizeof *plan);
  if (!plan)
    return TENBIN_OUT_OF_MEMORY;
  plan->fill = LANE_CHOICE(fill_tile);
  plan->grid = grid_of(((const tenbin_normal *)p->attr)->stream);
  *out = plan;
  return TENBIN_OK;
}

static tenbin_status run(const tenbin_plan *plan, const tenbin_call *call) {
  const tenbin_desc *y = &call->output[TENBIN_Y].desc;
  if (plan->grid == 0) {
    const bool wide = y->dtype == TENBIN_F64;
    tb_counted_run(plan, call, wide ? 2 : 4, wide ? make_any_f64 : make_any);
    return TENBIN_OK;
  }
  const tb_elements e = tb_elements_of(y);
  if (e.count == 0)
    return TENBIN_OK;
  if (!countable(&e, y->dtype)) { /* PyTorch advances the offset before it looks */
    int64_t threads, iterations;
    policy(plan, e.count, unroll_of(y->dtype), &threads, &iterations);
    tb_draw_blocks(plan, call, (uint64_t)iterations);
  }
  launch_parts(plan, call, &e, &e, 0);
  return TENBIN_OK;
}

const tenbin_kernel tenbin_kernel_philox = {
    TB_COUNTED_KERNEL,
    .name = "philox",
    .summary = "normal numbers as PyTorch draws them on CUDA, by Philox4x32-10 and Box-Muller",
    .supports = supports,
    .prepare = prepare,
    .run = run,
};
