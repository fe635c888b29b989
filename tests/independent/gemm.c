/* A right kernel of conv_transpose2d, a matrix product and a col2im, and wrong ones of independent.txt: mistakes as they are
 * made by who writes such a kernel, with nothing of the zoo's but the table of a plugin.
 *
 * SPDX-License-Identifier: MIT */
#define ROWS "gemm.inc"
#include "../../conformance/mutants/conv_transpose2d/plugin.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* Input channels that are multiplied at a time. */
enum { BLOCK = 256 };

struct tenbin_plan {
  const tenbin_host *host;
  shape s;            /* as this kernel takes the problem */
  int64_t crop[2];    /* rows and columns above and left of y */
  int64_t reach[2];   /* rows and columns of y that col2im adds to */
  int64_t finish[2];  /* rows and columns of y that are cleared, and to which the bias is added */
  int64_t plane;      /* elements of a plane of y in memory */
  int64_t c, o, taps; /* of a group, and of a kernel */
  float *packed;      /* (group, o, tap, c): the transposed matrices of the weights */
};

static float to_bf16(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  if ((bits & 0x7f800000) == 0x7f800000)
    return value;
  bits = (bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static void exchange(int64_t *a, int64_t *b) {
  const int64_t t = *a;
  *a = *b;
  *b = t;
}

/* The sizes and parameters of both axes, as they are read from the problem. */
static void read_axes(shape *s) {
  axis *h = &s->axis[0], *w = &s->axis[1];
  switch (mutant) {
  case GEMM_STRIDES_EXCHANGED:
    exchange(&h->stride, &w->stride);
    break;
  case GEMM_STRIDE_OF_HEIGHT:
    w->stride = h->stride;
    break;
  case GEMM_PADDINGS_EXCHANGED:
    exchange(&h->padding, &w->padding);
    break;
  case GEMM_DILATIONS_EXCHANGED:
    exchange(&h->dilation, &w->dilation);
    break;
  case GEMM_KERNEL_SIZES_EXCHANGED:
    exchange(&h->kernel, &w->kernel);
    break;
  case GEMM_INPUT_SIZES_EXCHANGED:
    exchange(&h->in, &w->in);
    break;
  case GEMM_STRIDE_FOR_DILATION:
    exchange(&h->stride, &h->dilation);
    exchange(&w->stride, &w->dilation);
    break;
  default:
    break;
  }
}

/* One axis of col2im: its dilation, what is cropped, and how far it goes. */
static void plan_axis(tenbin_plan *p, int i) {
  axis *a = &p->s.axis[i];
  const int64_t extent = a->dilation * (a->kernel - 1) + 1;
  p->crop[i] = a->padding;
  p->reach[i] = p->finish[i] = a->out;
  if (mutant == GEMM_NO_DILATION || (mutant == GEMM_NO_DILATION_WITH_STRIDE && a->stride > 1))
    a->dilation = 1;
  if (mutant == GEMM_SIZE_WITHOUT_OUTPUT_PADDING)
    a->out = p->reach[i] = p->finish[i] = (a->in - 1) * a->stride - 2 * a->padding + extent;
  if (mutant == GEMM_SIZE_WITHOUT_DILATION)
    p->reach[i] = p->finish[i] = (a->in - 1) * a->stride - 2 * a->padding + a->kernel + a->output_padding;
  if (mutant == GEMM_ZEROS_APPENDED || mutant == GEMM_BIAS_APPENDED)
    p->reach[i] = a->out - a->output_padding;
  if (mutant == GEMM_ZEROS_APPENDED)
    p->finish[i] = p->reach[i];
  if (mutant == GEMM_EXTRA_ROWS_AT_TOP)
    p->crop[i] -= a->output_padding;
  if (mutant == GEMM_NO_PADDING)
    p->crop[i] = 0;
  if (mutant == GEMM_PADDING_WIDENS)
    p->crop[i] = -a->padding;
  if (mutant == GEMM_PADDING_OF_INPUT)
    p->crop[i] = a->padding * a->stride;
  if (mutant == GEMM_PADDING_CLAMPED && a->padding > a->kernel - 1)
    p->crop[i] = a->kernel - 1;
}

/* Where the matrix of the weights (C_in, C_out/g * taps) has the element of channel c and row (o, tap) of a group. */
static int64_t weight_at(const tenbin_plan *p, int64_t group, int64_t c, int64_t o, int64_t tap) {
  const int64_t height = p->s.axis[0].kernel, width = p->s.axis[1].kernel;
  if (mutant == GEMM_TAPS_REVERSED)
    tap = p->taps - 1 - tap;
  if (mutant == GEMM_TAPS_COLUMN_MAJOR)
    tap = tap % width * height + tap / width;
  if (mutant == GEMM_MATRIX_NOT_TRANSPOSED)
    return ((group * p->o + o) * p->c + c) * p->taps + tap;
  if (mutant == GEMM_LEADING_DIMENSION_OF_ALL)
    return (c * p->s.groups * p->o + group * p->o + o) * p->taps + tap;
  if (mutant == GEMM_WEIGHTS_NOT_ADVANCED)
    group = 0;
  return ((group * p->c + c) * p->o + o) * p->taps + tap;
}

static void pack(const tenbin_plan *p, const float *w) {
  float *to = p->packed;
  for (int64_t group = 0; group < p->s.groups; group++)
    for (int64_t o = 0; o < p->o; o++)
      for (int64_t tap = 0; tap < p->taps; tap++)
        for (int64_t c = 0; c < p->c; c++, to++) {
          *to = w[weight_at(p, group, c, o, tap)];
          if (mutant == GEMM_PACKED_IN_BF16)
            *to = to_bf16(*to);
        }
}

static tenbin_status prepare(const tenbin_problem *p, const tenbin_tensor *constant, const tenbin_host *host,
                             tenbin_plan **out) {
  tenbin_plan *plan = host->alloc(host->self, sizeof *plan, _Alignof(tenbin_plan));
  if (!plan)
    return TENBIN_OUT_OF_MEMORY;
  *plan = (tenbin_plan){.host = host, .s = shape_of(p)};
  read_axes(&plan->s);
  plan_axis(plan, 0);
  plan_axis(plan, 1);
  plan->plane = plan->s.axis[0].out * plan->s.axis[1].out;
  plan->c = plan->s.c_per_group;
  plan->o = plan->s.o_per_group;
  plan->taps = plan->s.axis[0].kernel * plan->s.axis[1].kernel;
  const int64_t weights = plan->s.groups * plan->o * plan->taps * plan->c;
  plan->packed = host->alloc(host->self, (size_t)weights * sizeof(float), _Alignof(float));
  if (!plan->packed) {
    host->free(host->self, plan);
    return TENBIN_OUT_OF_MEMORY;
  }
  pack(plan, constant[TENBIN_WEIGHT].data);
  *out = plan;
  return TENBIN_OK;
}

static void release(tenbin_plan *plan) {
  const tenbin_host *host = plan->host;
  if (mutant != GEMM_PACKED_NOT_FREED)
    host->free(host->self, plan->packed);
  host->free(host->self, plan);
}

static size_t columns_bytes(const tenbin_plan *p) {
  return (size_t)(p->o * p->taps * p->s.axis[0].in * p->s.axis[1].in) * sizeof(float);
}

static size_t workspace(const tenbin_plan *p) {
  return mutant == GEMM_COLUMNS_ALLOCATED_IN_RUN ? 0 : columns_bytes(p);
}

/* How many of `n` input channels the product's inner loop takes: all, unless the rest beyond whole vectors is forgotten. */
static int64_t unrolled(int64_t n) {
  const int64_t width = mutant == GEMM_UNROLLED_BY_4    ? 4
                        : mutant == GEMM_UNROLLED_BY_8  ? 8
                        : mutant == GEMM_UNROLLED_BY_16 ? 16
                                                        : 1;
  return n < width ? n : n / width * width;
}

/* columns (rows, n) = a (rows, c) times x (c, n), a block of channels after the other. */
static void multiply(const tenbin_plan *p, int64_t rows, int64_t n, const float *a, const float *x, const float *bias,
                     float *columns) {
  const int64_t channels = unrolled(p->c);
  for (int64_t row = 0; row < rows; row++)
    for (int64_t i = 0; i < n; i++)
      columns[row * n + i] = mutant == GEMM_BIAS_IN_PRODUCT && bias ? bias[row / p->taps] : 0;
  for (int64_t from = 0; from < channels; from += BLOCK) {
    const int64_t to = from + BLOCK < channels ? from + BLOCK : channels;
    for (int64_t row = 0; row < rows; row++)
      for (int64_t i = 0; i < n; i++) {
        float sum = 0;
        for (int64_t c = from; c < to; c++)
          sum += a[row * p->c + c] * (mutant == GEMM_PACKED_IN_BF16 ? to_bf16(x[c * n + i]) : x[c * n + i]);
        columns[row * n + i] = mutant == GEMM_BLOCKS_NOT_ADDED ? sum : columns[row * n + i] + sum;
      }
  }
}

/* Adds one row of the columns, that of a tap, to a plane. */
static void col2im(const tenbin_plan *p, int64_t kh, int64_t kw, const float *columns, float *y) {
  const axis *h = &p->s.axis[0], *w = &p->s.axis[1];
  const int64_t first = mutant == GEMM_CROP_OFF_BY_ONE ? 1 : 0;
  const int64_t width = w->in - (mutant == GEMM_LAST_COLUMN_OF_INPUT ? 1 : 0);
  for (int64_t i = 0; i < h->in; i++)
    for (int64_t j = 0; j < width; j++) {
      const int64_t q = i * h->stride + kh * h->dilation - p->crop[0];
      const int64_t r = j * w->stride + kw * w->dilation - p->crop[1];
      if (q < first || q >= p->reach[0] || r < first || r >= p->reach[1])
        continue;
      if (mutant == GEMM_COLUMNS_ASSIGNED)
        y[q * w->out + r] = columns[i * w->in + j];
      else
        y[q * w->out + r] += columns[i * w->in + j];
    }
}

static void clear(const tenbin_plan *p, float *y) {
  for (int64_t q = 0; q < p->finish[0]; q++)
    for (int64_t r = 0; r < p->finish[1]; r++)
      y[q * p->s.axis[1].out + r] = 0;
  if (mutant == GEMM_ZEROS_APPENDED)
    memset(y, 0, (size_t)p->plane * sizeof *y);
}

/* What is left to be done with a plane when all taps have been added. */
static void finish(const tenbin_plan *p, float bias, float *y) {
  for (int64_t q = 0; q < p->finish[0]; q++)
    for (int64_t r = 0; r < p->finish[1]; r++) {
      float *at = &y[q * p->s.axis[1].out + r];
      *at += bias;
      if (mutant == GEMM_Y_IN_BF16)
        *at = to_bf16(*at);
    }
}

/* The bias of channel o of a group of image n. */
static float bias_of(const tenbin_plan *p, const float *b, int64_t n, int64_t group, int64_t o) {
  if (!b || mutant == GEMM_NO_BIAS || mutant == GEMM_BIAS_IN_PRODUCT || (mutant == GEMM_BIAS_OUTSIDE_BATCH && n > 0) ||
      (mutant == GEMM_BIAS_MISSING_WITHOUT_COL2IM && p->taps == 1))
    return 0;
  if (mutant == GEMM_BIAS_NOT_ADVANCED)
    return b[o];
  if (mutant == GEMM_BIAS_OF_GROUP)
    return b[group];
  return b[mutant == GEMM_BIAS_OF_FIRST ? 0 : group * p->o + o];
}

/* One group of one image: its planes of y from its planes of x. */
static void image(const tenbin_plan *p, int64_t n, int64_t group, const float *x, const float *b, float *columns, float *y) {
  const int64_t pixels = p->s.axis[0].in * p->s.axis[1].in;
  const int64_t taps = mutant == GEMM_LAST_TAP_MISSING && p->taps > 1 ? p->taps - 1 : p->taps;
  const int64_t rows = mutant == GEMM_ROWS_OF_8 && p->o >= 8 ? p->o / 8 * 8 : p->o;
  multiply(p, p->o * p->taps, pixels, p->packed + group * p->o * p->taps * p->c, x, b ? b + group * p->o : NULL, columns);
  for (int64_t o = 0; o < p->o; o++, y += p->plane) {
    if (mutant != GEMM_IMAGE_NOT_CLEARED)
      clear(p, y);
    for (int64_t tap = 0; tap < taps && o < rows; tap++)
      col2im(p, tap / p->s.axis[1].kernel, tap % p->s.axis[1].kernel, columns + (o * p->taps + tap) * pixels, y);
    finish(p, bias_of(p, b, n, group, o), y);
  }
}

static tenbin_status run(const tenbin_plan *p, const tenbin_call *call) {
  const tenbin_host *host = p->host;
  const float *x = call->input[TENBIN_X].data;
  float *y = call->output[TENBIN_Y].data, *columns = call->workspace;
  const int64_t pixels = p->s.axis[0].in * p->s.axis[1].in;
  if (mutant == GEMM_COLUMNS_ALLOCATED_IN_RUN)
    columns = host->alloc(host->self, columns_bytes(p), _Alignof(float));
  if (!columns)
    return TENBIN_OUT_OF_MEMORY;
  for (int64_t n = 0; n < (mutant == GEMM_BATCH_OF_ONE && p->s.batch > 1 ? 1 : p->s.batch); n++)
    for (int64_t group = 0; group < p->s.groups; group++) {
      const int64_t of = mutant == GEMM_X_NOT_ADVANCED ? 0 : n;
      const int64_t from = mutant == GEMM_INPUT_NOT_ADVANCED ? 0 : group;
      image(p, n, group, x + (of * p->s.groups + from) * p->c * pixels, call->input[TENBIN_BIAS].data, columns,
            y + (n * p->s.groups + group) * p->o * p->plane);
    }
  if (mutant == GEMM_COLUMNS_ALLOCATED_IN_RUN)
    host->free(host->self, columns);
  return TENBIN_OK;
}

#include "table.h"
