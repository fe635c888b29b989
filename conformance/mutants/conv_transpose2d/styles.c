/* Right kernels in other styles than scatter.c's and prepared.c's: what no judge may call wrong.
 *
 * SPDX-License-Identifier: MIT */
#define ROWS "styles.inc"
#include "plugin.h"

#include <math.h>
#include <stdbool.h>

enum { TILE_ROWS = 3, TILE_COLUMNS = 5 };

struct tenbin_plan {
  const tenbin_host *host;
  shape s;
};

static tenbin_status prepare(const tenbin_problem *p, const tenbin_tensor *constant, const tenbin_host *host,
                             tenbin_plan **out) {
  tenbin_plan *plan = host->alloc(host->self, sizeof *plan, _Alignof(tenbin_plan));
  (void)constant;
  if (!plan)
    return TENBIN_OUT_OF_MEMORY;
  *plan = (tenbin_plan){host, shape_of(p)};
  *out = plan;
  return TENBIN_OK;
}

static void release(tenbin_plan *plan) {
  plan->host->free(plan->host->self, plan);
}

static size_t workspace(const tenbin_plan *p) {
  const axis *h = &p->s.axis[0], *w = &p->s.axis[1];
  return mutant == GEMM ? (size_t)(p->s.o_per_group * h->kernel * w->kernel * h->in * w->in) * sizeof(float) : 0;
}

/* One group of one image. */
typedef struct part {
  const shape *s;
  const float *x, *w, *b; /* of this group; b may be NULL */
  float *y, *work;
} part;

static float bias(const part *p, int64_t o) {
  return p->b ? p->b[o] : 0;
}

static const float *tap(const part *p, int64_t c, int64_t o, int64_t kh, int64_t kw) {
  const axis *axis = p->s->axis;
  return &p->w[((c * p->s->o_per_group + o) * axis[0].kernel + kh) * axis[1].kernel + kw];
}

/* The input row or column from which tap k reaches a row or column of y; -1: none does. */
static int64_t source(const axis *a, int64_t at, int64_t k) {
  const int64_t offset = at + a->padding - k * a->dilation;
  return offset >= 0 && offset % a->stride == 0 && offset / a->stride < a->in ? offset / a->stride : -1;
}

/* A sum and what it needs beside it. */
typedef struct sum {
  float value, lost;
  double wide;
} sum;

static void accumulate(sum *s, float a, float b) {
  const float before = s->value;
  if (mutant == F64) {
    s->wide += (double)a * (double)b;
  } else if (mutant == FMA) {
    s->value = fmaf(a, b, s->value);
  } else if (mutant == COMPENSATED) { /* Kahan 1965, as long as the sum is finite */
    const float term = a * b - s->lost;
    s->value = before + term;
    s->lost = isfinite(s->value) ? (s->value - before) - term : 0;
  } else {
    s->value += a * b;
  }
}

/* What one tap adds to an element of channel o, from the input's element at `at` of each plane: the sum over channels [first,
 * last), of which halves come before the whole. */
static float pairwise(const part *p, int64_t first, int64_t last, int64_t at, const float *w) {
  const axis *axis = p->s->axis;
  const int64_t middle = first + (last - first) / 2;
  if (last - first > 1)
    return pairwise(p, first, middle, at, w) + pairwise(p, middle, last, at, w);
  return p->x[first * axis[0].in * axis[1].in + at] * w[first * p->s->o_per_group * axis[0].kernel * axis[1].kernel];
}

static void gather_tap(const part *p, int64_t at, const float *w, sum *s) {
  const axis *axis = p->s->axis;
  const int64_t channels = p->s->c_per_group, in = axis[0].in * axis[1].in;
  const int64_t pitch = p->s->o_per_group * axis[0].kernel * axis[1].kernel;
  if (mutant == PAIRWISE) {
    s->value += pairwise(p, 0, channels, at, w);
    return;
  }
  for (int64_t i = 0; i < channels; i++) {
    const int64_t c = mutant == BACKWARDS ? channels - 1 - i : i;
    accumulate(s, p->x[c * in + at], w[c * pitch]);
  }
}

/* Element (q, r) of channel o. */
static float gather_one(const part *p, int64_t o, int64_t q, int64_t r) {
  const axis *h = &p->s->axis[0], *w = &p->s->axis[1];
  sum s = {mutant == BACKWARDS ? 0 : bias(p, o), 0, (double)bias(p, o)};
  for (int64_t t = 0; t < h->kernel; t++) {
    const int64_t kh = mutant == BACKWARDS ? h->kernel - 1 - t : t, i = source(h, q, kh);
    for (int64_t u = 0; i >= 0 && u < w->kernel; u++) {
      const int64_t kw = mutant == BACKWARDS ? w->kernel - 1 - u : u, j = source(w, r, kw);
      if (j >= 0)
        gather_tap(p, i * w->in + j, tap(p, 0, o, kh, kw), &s);
    }
  }
  return mutant == F64 ? (float)s.wide : mutant == BACKWARDS ? s.value + bias(p, o) : s.value;
}

/* Each element of y by itself. */
static void gather(const part *p) {
  const axis *h = &p->s->axis[0], *w = &p->s->axis[1];
  float *y = p->y;
  for (int64_t o = 0; o < p->s->o_per_group; o++)
    for (int64_t q = 0; q < h->out; q++)
      for (int64_t r = 0; r < w->out; r++)
        *y++ = gather_one(p, o, q, r);
}

/* The rows (or columns) of y whose place in the stuffed input is `phase` beyond a multiple of stride meet only the taps k with
 * k * dilation = phase (mod stride): a dense convolution of stride 1 for each pair of phases. */
static void phase(const part *p, int64_t a, int64_t b, int64_t o) {
  const axis *h = &p->s->axis[0], *w = &p->s->axis[1];
  const int64_t top = ((a - h->padding) % h->stride + h->stride) % h->stride;
  const int64_t left = ((b - w->padding) % w->stride + w->stride) % w->stride;
  for (int64_t q = top; q < h->out; q += h->stride)
    for (int64_t r = left; r < w->out; r += w->stride)
      p->y[(o * h->out + q) * w->out + r] = bias(p, o);
  for (int64_t kh = 0; kh < h->kernel; kh++)
    for (int64_t kw = 0; kw < w->kernel && kh * h->dilation % h->stride == a; kw++) {
      if (kw * w->dilation % w->stride != b)
        continue;
      const int64_t up = (h->padding + top - kh * h->dilation) / h->stride,
                    ahead = (w->padding + left - kw * w->dilation) / w->stride;
      for (int64_t q = top, i = up; q < h->out; q += h->stride, i++)
        for (int64_t r = left, j = ahead; r < w->out; r += w->stride, j++)
          for (int64_t c = 0; i >= 0 && i < h->in && j >= 0 && j < w->in && c < p->s->c_per_group; c++)
            p->y[(o * h->out + q) * w->out + r] += p->x[(c * h->in + i) * w->in + j] * *tap(p, c, o, kh, kw);
    }
}

static void phases(const part *p) {
  for (int64_t o = 0; o < p->s->o_per_group; o++)
    for (int64_t a = 0; a < p->s->axis[0].stride; a++)
      for (int64_t b = 0; b < p->s->axis[1].stride; b++)
        phase(p, a, b, o);
}

/* The product of the transposed weights and x, a row for each channel and tap, and then col2im. */
static void gemm(const part *p) {
  const axis *h = &p->s->axis[0], *w = &p->s->axis[1];
  const int64_t taps = h->kernel * w->kernel, rows = p->s->o_per_group * taps, columns = h->in * w->in;
  for (int64_t row = 0; row < rows; row++)
    for (int64_t column = 0; column < columns; column++) {
      float value = 0;
      for (int64_t c = 0; c < p->s->c_per_group; c++)
        value += p->w[c * rows + row] * p->x[c * columns + column];
      p->work[row * columns + column] = value;
    }
  for (int64_t i = 0; i < p->s->o_per_group * h->out * w->out; i++)
    p->y[i] = bias(p, i / (h->out * w->out));
  for (int64_t row = 0; row < rows; row++)
    for (int64_t column = 0; column < columns; column++) {
      const int64_t kh = row % taps / w->kernel, kw = row % w->kernel;
      const int64_t q = column / w->in * h->stride - h->padding + kh * h->dilation;
      const int64_t r = column % w->in * w->stride - w->padding + kw * w->dilation;
      if (q >= 0 && q < h->out && r >= 0 && r < w->out)
        p->y[(row / taps * h->out + q) * w->out + r] += p->work[row * columns + column];
    }
}

/* One tile of one plane, in a buffer of its own, taps outermost. */
static void tile(const part *p, int64_t o, int64_t top, int64_t left) {
  const axis *h = &p->s->axis[0], *w = &p->s->axis[1];
  float sums[TILE_ROWS][TILE_COLUMNS] = {0};
  for (int64_t kh = 0; kh < h->kernel; kh++)
    for (int64_t q = top; q < top + TILE_ROWS && q < h->out; q++) {
      const int64_t i = source(h, q, kh);
      for (int64_t kw = 0; i >= 0 && kw < w->kernel; kw++)
        for (int64_t r = left; r < left + TILE_COLUMNS && r < w->out; r++) {
          const int64_t j = source(w, r, kw);
          for (int64_t c = 0; j >= 0 && c < p->s->c_per_group; c++)
            sums[q - top][r - left] += p->x[(c * h->in + i) * w->in + j] * *tap(p, c, o, kh, kw);
        }
    }
  for (int64_t q = top; q < top + TILE_ROWS && q < h->out; q++)
    for (int64_t r = left; r < left + TILE_COLUMNS && r < w->out; r++)
      p->y[(o * h->out + q) * w->out + r] = sums[q - top][r - left] + bias(p, o);
}

static void tiles(const part *p) {
  for (int64_t o = 0; o < p->s->o_per_group; o++)
    for (int64_t top = 0; top < p->s->axis[0].out; top += TILE_ROWS)
      for (int64_t left = 0; left < p->s->axis[1].out; left += TILE_COLUMNS)
        tile(p, o, top, left);
}

static void compute(const part *p) {
  switch (mutant) {
  case PHASES:
    phases(p);
    break;
  case GEMM:
    gemm(p);
    break;
  case TILES:
    tiles(p);
    break;
  default:
    gather(p);
  }
}

static tenbin_status run(const tenbin_plan *plan, const tenbin_call *call) {
  const shape *s = &plan->s;
  const axis *h = &s->axis[0], *w = &s->axis[1];
  const float *x = call->input[TENBIN_X].data, *weight = call->input[TENBIN_WEIGHT].data, *b = call->input[TENBIN_BIAS].data;
  float *y = call->output[TENBIN_Y].data;
  for (int64_t n = 0; n < s->batch; n++)
    for (int64_t g = 0; g < s->groups; g++) {
      const part p = {.s = s,
                      .x = x + (n * s->groups + g) * s->c_per_group * h->in * w->in,
                      .w = weight + g * s->c_per_group * s->o_per_group * h->kernel * w->kernel,
                      .b = b ? b + g * s->o_per_group : NULL,
                      .y = y + (n * s->groups + g) * s->o_per_group * h->out * w->out,
                      .work = call->workspace};
      compute(&p);
    }
  return TENBIN_OK;
}

#include "table.h"
