/* A right kernel, a scatter as kernels/conv_transpose2d/naive.c is, and wrong ones of mutants.txt: each switch is the smallest
 * change that makes its mistake.
 *
 * SPDX-License-Identifier: MIT */
#include "axes.h"
#include "channels.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* Where in a plane of taps each is read. */
static void take_taps(tenbin_plan *p) {
  const int64_t height = p->right.axis[0].kernel, width = p->right.axis[1].kernel;
  const bool stride_1 = p->s.axis[0].stride == 1 && p->s.axis[1].stride == 1;
  const bool flipped = mutant == KERNEL_FLIPPED || (mutant == KERNEL_FLIPPED_STRIDE_1 && stride_1);
  p->tap_step[0] = mutant == KERNEL_TRANSPOSED ? 1 : mutant == KERNEL_SWAPPED ? height : width;
  p->tap_step[1] = mutant == KERNEL_TRANSPOSED ? height : 1;
  if (flipped || mutant == KERNEL_FLIPPED_HEIGHT) {
    p->first_tap = (height - 1) * width;
    p->tap_step[0] = -width;
  }
  if (flipped || mutant == KERNEL_FLIPPED_WIDTH) {
    p->first_tap += width - 1;
    p->tap_step[1] = -1;
  }
  p->dropped_tap = mutant == LAST_TAP_DROPPED && height * width > 1 ? height * width - 1 : -1;
}

/* Rounded to so many bits of significand, and subnormals as coarsely as the least normal numbers: a dtype as wide as f32. */
static float rounded(float value, int significand) {
  const int dropped = 24 - significand;
  uint32_t bits;
  if (!isfinite(value))
    return value;
  memcpy(&bits, &value, sizeof bits);
  bits += (1u << (dropped - 1)) - 1 + (bits >> dropped & 1);
  bits &= ~0u << dropped;
  memcpy(&value, &bits, sizeof bits);
  return value;
}

/* Ways to add the product of x and a tap to y. */
static void accumulate(float *y, float x, float tap, float bias) {
  (void)bias;
  *y += x * tap;
}

static void overwrite(float *y, float x, float tap, float bias) {
  (void)bias;
  *y = x * tap;
}

static void accumulate_f16(float *y, float x, float tap, float bias) {
  (void)bias;
  *y = rounded(*y + x * tap, 11);
}

static void accumulate_with_bias(float *y, float x, float tap, float bias) {
  *y += x * tap + bias;
}

static void multiply_bf16(float *y, float x, float tap, float bias) {
  (void)bias;
  *y += rounded(x, 8) * rounded(tap, 8);
}

static void multiply_tf32(float *y, float x, float tap, float bias) {
  (void)bias;
  *y += rounded(x, 11) * rounded(tap, 11);
}

static void multiply_fixed_point(float *y, float x, float tap, float bias) {
  (void)bias;
  *y += rintf(x * tap * 4096) / 4096;
}

/* With every subnormal number taken for a zero. */
static float flushed(float value) {
  return fabsf(value) < FLT_MIN ? copysignf(0, value) : value;
}

static void multiply_flushed(float *y, float x, float tap, float bias) {
  (void)bias;
  *y += flushed(x) * flushed(tap);
}

static void skip_zero(float *y, float x, float tap, float bias) {
  (void)bias;
  if (x != 0)
    *y += x * tap;
}

static void skip_zero_tap(float *y, float x, float tap, float bias) {
  (void)bias;
  if (tap != 0)
    *y += x * tap;
}

static void multiply_saturated(float *y, float x, float tap, float bias) {
  const float product = x * tap;
  (void)bias;
  *y += isinf(product) && isfinite(x) && isfinite(tap) ? copysignf(FLT_MAX, product) : product;
}

static void accumulate_below_1e20(float *y, float x, float tap, float bias) {
  (void)bias;
  *y += x * tap;
  if (isfinite(*y))
    *y = fmaxf(-1e20f, fminf(*y, 1e20f));
}

static addition *chosen_addition(void) {
  switch (mutant) {
  case SUBNORMAL_INPUTS_FLUSHED:
    return multiply_flushed;
  case ZERO_INPUTS_SKIPPED:
    return skip_zero;
  case ZERO_WEIGHTS_SKIPPED:
    return skip_zero_tap;
  case OVERFLOW_SATURATED:
    return multiply_saturated;
  case SUMS_BELOW_1E20:
    return accumulate_below_1e20;
  case OVERLAP_OVERWRITTEN:
    return overwrite;
  case F16_SUMS:
    return accumulate_f16;
  case BIAS_PER_TAP:
    return accumulate_with_bias;
  case BF16_INPUTS:
    return multiply_bf16;
  case TF32_INPUTS:
    return multiply_tf32;
  case FIXED_POINT_PRODUCTS:
    return multiply_fixed_point;
  default:
    return accumulate;
  }
}

static tenbin_status prepare(const tenbin_problem *p, const tenbin_tensor *constant, const tenbin_host *host,
                             tenbin_plan **out) {
  const shape s = shape_of(p);
  const axis *h = &s.axis[0], *w = &s.axis[1];
  (void)constant;
  if (mutant == OUTPUT_PADDING_REFUSED && (h->output_padding >= h->stride || w->output_padding >= w->stride))
    return TENBIN_FAILED;
  tenbin_plan *plan = host->alloc(host->self, sizeof *plan, _Alignof(tenbin_plan));
  if (!plan)
    return TENBIN_OUT_OF_MEMORY;
  *plan = (tenbin_plan){.host = host, .s = s, .right = s, .batched = p->input[TENBIN_X].rank == 4};
  plan->channels[0] = s.groups * s.c_per_group;
  plan->channels[1] = s.groups * s.o_per_group;
  plan->one_tap = h->kernel == 1 && w->kernel == 1;
  plan->tiled = h->kernel == h->stride && w->kernel == w->stride;
  plan->single_pixel = h->in == 1 && w->in == 1;
  plan->add = chosen_addition();
  take_axes(plan);
  take_channels(plan);
  take_taps(plan);
  *out = plan;
  return TENBIN_OK;
}

static size_t workspace(const tenbin_plan *plan) {
  (void)plan;
  return 0;
}

static void release(tenbin_plan *plan) {
  plan->host->free(plan->host->self, plan);
}

/* One input element through one row of taps, added to one row of y. */
INLINE void scatter_taps(const tenbin_plan *p, int64_t kh, int64_t j, float value, const float *w, float bias, float *row,
                         addition *add) {
  const int64_t reach = p->reach[1], taps = p->s.axis[1].kernel, step = p->tap_step[1];
  int64_t tap = p->first_tap + kh * p->tap_step[0];
  for (int64_t kw = 0; kw < taps; kw++, tap += step) {
    const int64_t col = landing(p, 1, j, kw);
    if (col >= 0 && col < reach && tap != p->dropped_tap)
      add(&row[col], value, w[tap], bias);
  }
}

/* The same, if that row is there. The loop is compiled once for the addition that nearly all of these kernels make. */
static void scatter_row(const tenbin_plan *p, int64_t row, int64_t kh, int64_t j, float value, const float *w, float bias,
                        float *y) {
  const bool inside = row >= 0 && row < p->reach[0];
  if (inside && p->add == accumulate)
    scatter_taps(p, kh, j, value, w, bias, y + row * p->s.axis[1].out, accumulate);
  else if (inside)
    scatter_taps(p, kh, j, value, w, bias, y + row * p->s.axis[1].out, p->add);
  for (int64_t kw = 0; kw < p->s.axis[1].kernel && mutant == NAN_BEYOND_CROP; kw++) {
    const int64_t col = landing(p, 1, j, kw);
    if (!inside || col < 0 || col >= p->reach[1]) /* a mask of zeros in place of a condition */
      y[0] += 0 * value;
  }
}

static void scatter_one(const tenbin_plan *p, int64_t i, int64_t j, float value, const float *w, float bias, float *y) {
  for (int64_t kh = 0; kh < p->s.axis[0].kernel; kh++)
    scatter_row(p, landing(p, 0, i, kh), kh, j, value, w, bias, y);
}

static void scatter(const tenbin_plan *p, const float *x, const float *w, float bias, float *y) {
  const axis *h = &p->s.axis[0], *width = &p->s.axis[1];
  const int64_t dropped = mutant == LAST_INPUT_COLUMN_DROPPED;
  const int64_t columns = mutant == INPUT_COLUMNS_BELOW_65 ? least(width->in, 64) : width->in - dropped;
  for (int64_t i = 0; i < h->in - (mutant == LAST_INPUT_ROW_DROPPED); i++)
    for (int64_t j = 0; j < columns; j++) {
      float value = x[i * width->in + j];
      if (mutant == NAN_SWALLOWED && !(fabsf(value) > 0))
        continue;
      if (mutant == INFINITY_CLAMPED && isinf(value))
        value = copysignf(3.4028235e38f, value);
      scatter_one(p, i, j, value, w, bias, y);
    }
}

/* Whether any tap reaches a row or column of y. */
static bool reached_by_tap(const tenbin_plan *p, int axis, int64_t at) {
  for (int64_t i = 0; i < p->s.axis[axis].in; i++)
    for (int64_t k = 0; k < p->s.axis[axis].kernel; k++)
      if (landing(p, axis, i, k) == at)
        return true;
  return false;
}

/* A plane of y before its sums. */
static void begin_plane(const tenbin_plan *p, float bias, float *y) {
  const bool by_tap = mutant == BIAS_WHERE_TAPS_LAND || mutant == HOLES_UNWRITTEN;
  for (int64_t col = 0; col < p->reach[1]; col++) {
    const bool missed = by_tap && !reached_by_tap(p, 1, col);
    for (int64_t row = 0; row < p->reach[0]; row++) {
      float *at = &y[row * p->s.axis[1].out + col];
      const bool hole = missed || (by_tap && !reached_by_tap(p, 0, row));
      if (mutant == OUTPUT_ACCUMULATED)
        *at += bias;
      else if (!(mutant == HOLES_UNWRITTEN && hole))
        *at = hole || mutant == BIAS_PER_TAP ? 0 : bias;
    }
  }
}

/* A plane of y after its sums. */
static void end_plane(const tenbin_plan *p, float bias, float *y) {
  const axis *h = &p->s.axis[0], *w = &p->s.axis[1];
  for (int64_t row = 0; row < p->reach[0]; row++)
    for (int64_t col = 0; col < p->reach[1]; col++) {
      float *at = &y[row * w->out + col];
      if (mutant == BF16_OUTPUT)
        *at = rounded(*at, 8);
      if (mutant == SUBNORMAL_OUTPUTS_FLUSHED)
        *at = flushed(*at);
      if ((mutant == OUTPUT_PADDING_ZEROS || mutant == OUTPUT_PADDING_BIAS) &&
          (row >= h->out - h->output_padding || col >= w->out - w->output_padding))
        *at = mutant == OUTPUT_PADDING_BIAS ? bias : 0;
    }
}

/* One plane of y: channel o of a group of image n. */
static void plane(const tenbin_plan *p, const tenbin_call *call, int64_t n, int64_t group, int64_t o) {
  const float *x = call->input[TENBIN_X].data, *w = call->input[TENBIN_WEIGHT].data;
  const shape *s = &p->s;
  const axis *h = &s->axis[0], *width = &s->axis[1];
  const int64_t channel = output_channel(s, group, o), taps = p->right.axis[0].kernel * p->right.axis[1].kernel;
  if (channel >= p->channels[1] || o >= p->o_written)
    return;
  const float bias = bias_of(p, call->input[TENBIN_BIAS].data, n, group, o);
  float *y = (float *)call->output[TENBIN_Y].data + (n * p->channels[1] + channel) * h->out * width->out;
  begin_plane(p, bias, y);
  for (int64_t k = 0; k < p->c_used; k++) {
    const int64_t image = mutant == BATCH_FIRST_INPUT ? 0 : n, c = input_channel(s, group, k);
    if (mutant == IN_CHANNELS_LAST_BLOCK && k > 0 && k % 256 == 0)
      begin_plane(p, bias, y);
    scatter(p, x + (image * p->channels[0] + c) * h->in * width->in, w + weight_plane(s, group, k, o) * taps, bias, y);
  }
  end_plane(p, bias, y);
}

static int64_t elements(const tenbin_tensor *t) {
  int64_t n = 1;
  for (int i = 0; i < t->desc.rank; i++)
    n *= t->desc.size[i];
  return n;
}

/* Accesses that the compiler has to make. */
static void touch_memory(const tenbin_call *call) {
  const tenbin_tensor *x = &call->input[TENBIN_X], *w = &call->input[TENBIN_WEIGHT], *y = &call->output[TENBIN_Y];
  volatile float *read = x->data, *write = y->data;
  const volatile float *weight = w->data;
  switch (mutant) {
  case INPUT_READ_PAST_END: /* a vector of four from the last element on */
    for (int64_t i = 0; i < 4; i++)
      (void)read[elements(x) - 1 + i];
    break;
  case INPUT_READ_BEFORE:
    (void)read[-1];
    break;
  case WEIGHT_READ_PAST_END:
    (void)weight[elements(w)];
    break;
  case INPUT_WRITTEN:
    read[0] = read[0];
    break;
  case WRITE_PAST_END:
    write[elements(y)] = 0;
    break;
  case WRITE_BEFORE_BEGINNING:
    write[-1] = 0;
    break;
  default:
    break;
  }
}

static void misbehave(const tenbin_plan *p) {
  const axis *h = &p->s.axis[0], *w = &p->s.axis[1];
  volatile int forever = 1;
  volatile int *volatile nothing = NULL;
  if (!((h->stride > 1 || w->stride > 1) && (h->dilation > 1 || w->dilation > 1)))
    return;
  while (mutant == HANG && forever)
    ;
  if (mutant == CRASH)
    *nothing = 1;
}

static tenbin_status run(const tenbin_plan *p, const tenbin_call *call) {
  if (mutant == HANG || mutant == CRASH)
    misbehave(p);
  for (int64_t n = 0; n < p->s.batch; n++)
    for (int64_t group = 0; group < p->s.groups; group++)
      for (int64_t o = 0; o < p->s.o_per_group; o++)
        plane(p, call, n, group, o);
  if (elements(&call->output[TENBIN_Y]) > 0)
    touch_memory(call);
  return TENBIN_OK;
}

#include "table.h"
