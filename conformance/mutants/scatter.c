/* A right kernel, and by -DMUTANT=ID one of the wrong ones of mutants.txt: each switch is the smallest change that makes its
 * mistake.
 *
 * SPDX-License-Identifier: MIT */
#include "kernel.h"

#include <math.h>
#include <stdio.h>

enum {
  NONE,
  OUTPUT_PADDING_IGNORED,
  STRIDE_SWAPPED,
  GROUP_WEIGHT_LAYOUT,
  LAST_COLUMN_UNWRITTEN,
  NAN_SWALLOWED,
  WRITE_PAST_END,
  HANG,
  CRASH
};
static const int mutant = MUTANT;

struct tenbin_plan {
  const tenbin_host *host;
  int64_t batch, groups, c_per_group, o_per_group;
  int64_t in[2], kernel[2], out[2], stride[2], padding[2], dilation[2];
};

static tenbin_status supports(const tenbin_problem *p, tenbin_answer *answer) {
  if (p->input[TENBIN_X].dtype != TENBIN_F32) {
    snprintf(answer->why, sizeof answer->why, "f32 only");
    return TENBIN_UNSUPPORTED;
  }
  answer->claim = TENBIN_EXACT;
  return TENBIN_OK;
}

static tenbin_status prepare(const tenbin_problem *p, const tenbin_tensor *constant, const tenbin_host *host,
                             tenbin_plan **out) {
  const tenbin_conv2d *a = p->attr;
  const tenbin_desc *x = &p->input[TENBIN_X], *w = &p->input[TENBIN_WEIGHT], *y = &p->output[TENBIN_Y];
  tenbin_plan *plan = host->alloc(host->self, sizeof *plan, _Alignof(tenbin_plan));
  (void)constant;
  if (!plan)
    return TENBIN_OUT_OF_MEMORY;
  *plan = (tenbin_plan){.host = host, .batch = x->rank == 4 ? x->size[0] : 1, .groups = a->groups};
  plan->c_per_group = w->size[0] / a->groups;
  plan->o_per_group = w->size[1];
  for (int i = 0; i < 2; i++) {
    plan->in[i] = x->size[x->rank - 2 + i];
    plan->kernel[i] = w->size[2 + i];
    plan->out[i] = y->size[y->rank - 2 + i];
    plan->stride[i] = a->stride[mutant == STRIDE_SWAPPED ? 1 - i : i];
    plan->padding[i] = a->padding[i];
    plan->dilation[i] = a->dilation[i];
    if (mutant == OUTPUT_PADDING_IGNORED)
      plan->out[i] -= a->output_padding[i];
  }
  *out = plan;
  return TENBIN_OK;
}

static void release(tenbin_plan *plan) {
  plan->host->free(plan->host->self, plan);
}

static void misbehave(const tenbin_plan *p) {
  volatile int forever = 1;
  volatile int *volatile nothing = NULL;
  if (!((p->stride[0] > 1 || p->stride[1] > 1) && (p->dilation[0] > 1 || p->dilation[1] > 1)))
    return;
  while (mutant == HANG && forever)
    ;
  if (mutant == CRASH)
    *nothing = 1;
}

/* One plane of x through one plane of taps, added to one plane of y. */
static void scatter(const tenbin_plan *p, const float *x, const float *w, float *y) {
  for (int64_t i = 0; i < p->in[0]; i++)
    for (int64_t j = 0; j < p->in[1]; j++) {
      const float value = x[i * p->in[1] + j];
      if (mutant == NAN_SWALLOWED && !(fabsf(value) > 0))
        continue;
      for (int64_t kh = 0; kh < p->kernel[0]; kh++)
        for (int64_t kw = 0; kw < p->kernel[1]; kw++) {
          const int64_t row = i * p->stride[0] - p->padding[0] + kh * p->dilation[0];
          const int64_t col = j * p->stride[1] - p->padding[1] + kw * p->dilation[1];
          if (row >= 0 && row < p->out[0] && col >= 0 && col < p->out[1] &&
              !(mutant == LAST_COLUMN_UNWRITTEN && col == p->out[1] - 1))
            y[row * p->out[1] + col] += value * w[kh * p->kernel[1] + kw];
        }
    }
}

static tenbin_status run(const tenbin_plan *p, const tenbin_call *call) {
  const float *x = call->input[TENBIN_X].data, *w = call->input[TENBIN_WEIGHT].data, *b = call->input[TENBIN_BIAS].data;
  float *y = call->output[TENBIN_Y].data;
  const int64_t plane = p->out[0] * p->out[1], taps = p->kernel[0] * p->kernel[1];
  const int64_t out_channels = p->o_per_group * p->groups;
  if (mutant == HANG || mutant == CRASH)
    misbehave(p);
  for (int64_t n = 0; n < p->batch; n++)
    for (int64_t o = 0; o < out_channels; o++, y += plane) {
      const int64_t group = o / p->o_per_group;
      for (int64_t i = 0; i < plane; i++)
        if (!(mutant == LAST_COLUMN_UNWRITTEN && i % p->out[1] == p->out[1] - 1))
          y[i] = b ? b[o] : 0;
      for (int64_t k = 0; k < p->c_per_group; k++) {
        const int64_t c = group * p->c_per_group + k;
        const int64_t at = mutant == GROUP_WEIGHT_LAYOUT ? o * p->c_per_group + k : c * p->o_per_group + o % p->o_per_group;
        scatter(p, x + (n * p->groups * p->c_per_group + c) * p->in[0] * p->in[1], w + at * taps, y);
      }
    }
  if (mutant == WRITE_PAST_END && p->batch * out_channels * plane > 0)
    *y = 0;
  return TENBIN_OK;
}

static const tenbin_kernel kernel = {
    .struct_size = sizeof kernel,
    .name = "mutant",
    .op = "conv_transpose2d",
    .summary = "a kernel of the zoo",
    .alignment = 4,
    .flags = TENBIN_REENTRANT,
    .supports = supports,
    .prepare = prepare,
    .run = run,
    .release = release,
};

const tenbin_plugin *tenbin_plugin_table(void) {
  static const tenbin_kernel *const kernels[] = {&kernel};
  static const tenbin_plugin plugin = {
      .struct_size = sizeof plugin, .abi = TENBIN_ABI, .name = "mutant", .version = "1", .kernels = 1, .kernel = kernels};
  return &plugin;
}
