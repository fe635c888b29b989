/* What the kernels of max_pool2d's zoo share: a problem as it is taken, numbers of every dtype, and what table.h asks.
 *
 * SPDX-License-Identifier: MIT */
#ifndef PLUGIN_H
#define PLUGIN_H

#include "rows.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* One axis of a problem: height or width. */
typedef struct span {
  int64_t in, out, kernel, stride, padding, dilation;
} span;

struct tenbin_plan {
  const tenbin_host *host;
  int32_t dtype;
  bool batched, ceil;
  int64_t batch, channels;
  span axis[2], right[2]; /* as this kernel takes them, and as they are */
  int64_t reach[2];       /* rows and columns of y that are computed */
  int64_t pitch;          /* from row to row of y */
};

static bool floats(int32_t dtype) {
  return dtype <= TENBIN_BF16;
}

static size_t bytes_of(int32_t dtype) {
  static const size_t bytes[] = {0, 4, 8, 2, 2, 1, 1, 4, 8};
  return bytes[dtype];
}

/* The bits of -inf, or of the smallest integer; and of the largest negative number, or of the smallest integer. */
static uint64_t lowest_of(int32_t dtype) {
  static const uint64_t bits[] = {0, 0xff800000, UINT64_C(0xfff) << 52, 0xfc00, 0xff80, 0x80, 0, 0x80000000, UINT64_C(1) << 63};
  return bits[dtype];
}

static uint64_t largest_negative_of(int32_t dtype) {
  return floats(dtype) ? lowest_of(dtype) - 1 : lowest_of(dtype);
}

/* A pixel, as it is compared: real in floating dtypes, whole in others. */
typedef struct pixel {
  double real;
  int64_t whole;
} pixel;

static double from_f16(uint64_t bits) {
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  double value = exponent ? ldexp(1024 + fraction, exponent - 25) : ldexp(fraction, -24);
  if (exponent == 31)
    value = fraction ? (double)NAN : (double)INFINITY;
  return bits >> 15 ? -value : value;
}

static double from_f32(uint64_t bits) {
  const uint32_t narrow = (uint32_t)bits;
  float value;
  memcpy(&value, &narrow, sizeof value);
  return (double)value;
}

static double real_of(int32_t dtype, uint64_t bits) {
  double value;
  memcpy(&value, &bits, sizeof value);
  return dtype == TENBIN_F64 ? value : from_f32(dtype == TENBIN_BF16 ? bits << 16 : bits);
}

/* The number that bits stand for. */
static pixel number_of(int32_t dtype, uint64_t bits) {
  const int unused = 64 - 8 * (int)bytes_of(dtype);
  if (dtype == TENBIN_F16)
    return (pixel){.real = from_f16(bits)};
  if (floats(dtype))
    return (pixel){.real = real_of(dtype, bits)};
  return (pixel){.whole = dtype == TENBIN_U8 ? (int64_t)bits : (int64_t)(bits << unused) >> unused};
}

static tenbin_status supports(const tenbin_problem *p, tenbin_answer *answer) {
  (void)p;
  answer->claim = TENBIN_EXACT;
  return TENBIN_OK;
}

static tenbin_plan plan_of(const tenbin_problem *p, const tenbin_host *host) {
  const tenbin_pool2d *a = p->attr;
  const tenbin_desc *x = &p->input[TENBIN_X], *y = &p->output[TENBIN_Y];
  tenbin_plan plan = {.host = host, .dtype = x->dtype, .batched = x->rank == 4, .ceil = a->ceil_mode != 0};
  plan.batch = x->rank == 4 ? x->size[0] : 1;
  plan.channels = x->size[x->rank - 3];
  for (int i = 0; i < 2; i++) {
    plan.axis[i] = (span){.in = x->size[x->rank - 2 + i],
                          .out = y->size[y->rank - 2 + i],
                          .kernel = a->kernel_size[i],
                          .stride = a->stride[i],
                          .padding = a->padding[i],
                          .dilation = a->dilation[i]};
    plan.right[i] = plan.axis[i];
  }
  return plan;
}

static void release(tenbin_plan *plan) {
  plan->host->free(plan->host->self, plan);
}

/* For table.h, which comes after a source's functions. */
#define OP "max_pool2d"
#define SUMMARY "a kernel of the zoo"
#define FUNCTIONS(id)
#define FIELDS(id) .alignment = 1

#endif
