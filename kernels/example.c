/* A complete plugin, to copy and change: conv_transpose2d by its definition, as a scatter, for dense tensors in f32.
 *
 *     cc -O2 -fPIC -shared -Ikernels -o libmine.so kernels/example.c
 *
 * SPDX-License-Identifier: MIT */
#include "kernel.h"

#include <string.h>

struct tenbin_plan {
  const tenbin_host *host;
  const tenbin_conv2d *a; /* alive until release, as the problem is */
};

/* Whether the elements follow each other in row-major order. The stride of a dimension of size 1 says nothing. */
static int is_dense(const tenbin_desc *d) {
  int64_t step = 1;
  for (int i = d->rank - 1; i >= 0; i--) {
    if (d->size[i] > 1 && d->stride[i] != step)
      return 0;
    step *= d->size[i] > 0 ? d->size[i] : 1;
  }
  return 1;
}

/* A kernel refuses what it does not know: later versions of tenbin ask for other dtypes and layouts. */
static tenbin_status supports(const tenbin_problem *problem, tenbin_answer *answer) {
  static const char why[] = "only dense f32";
  for (int i = 0; i < problem->inputs + problem->outputs; i++) {
    const tenbin_desc *d = i < problem->inputs ? &problem->input[i] : &problem->output[i - problem->inputs];
    if (d->dtype != TENBIN_NONE && (d->dtype != TENBIN_F32 || !is_dense(d))) {
      memcpy(answer->why, why, sizeof why);
      return TENBIN_UNSUPPORTED;
    }
  }
  answer->claim = TENBIN_EXACT;
  return TENBIN_OK;
}

static tenbin_status prepare(const tenbin_problem *problem, const tenbin_tensor *constant, const tenbin_host *host,
                             tenbin_plan **out) {
  (void)constant; /* here weights would be packed */
  tenbin_plan *plan = host->alloc(host->self, sizeof *plan, _Alignof(tenbin_plan));
  if (!plan)
    return TENBIN_OUT_OF_MEMORY;
  plan->host = host;
  plan->a = problem->attr;
  *out = plan;
  return TENBIN_OK;
}

static tenbin_status run(const tenbin_plan *plan, const tenbin_call *call) {
  const tenbin_tensor *tx = &call->input[TENBIN_X], *tw = &call->input[TENBIN_WEIGHT], *ty = &call->output[TENBIN_Y];
  const int64_t *x_size = tx->desc.size + tx->desc.rank - 3, *w_size = tw->desc.size;
  const int64_t *y_size = ty->desc.size + ty->desc.rank - 3;
  const int64_t batch = tx->desc.rank == 4 ? tx->desc.size[0] : 1, h_out = y_size[1], w_out = y_size[2];
  const float *x = tx->data, *w = tw->data, *b = call->input[TENBIN_BIAS].data;
  float *y = ty->data;
  const tenbin_conv2d *a = plan->a;
  const int64_t c_group = x_size[0] / a->groups, o_group = w_size[1];
  for (int64_t n = 0; n < batch; n++)
    for (int64_t o = 0; o < y_size[0]; o++, y += h_out * w_out) {
      for (int64_t i = 0; i < h_out * w_out; i++)
        y[i] = b ? b[o] : 0;
      for (int64_t c = o / o_group * c_group; c < (o / o_group + 1) * c_group; c++)
        for (int64_t i = 0; i < x_size[1]; i++)
          for (int64_t j = 0; j < x_size[2]; j++)
            for (int64_t kh = 0; kh < w_size[2]; kh++)
              for (int64_t kw = 0; kw < w_size[3]; kw++) {
                const int64_t q = i * a->stride[0] - a->padding[0] + kh * a->dilation[0];
                const int64_t p = j * a->stride[1] - a->padding[1] + kw * a->dilation[1];
                const float value = x[((n * x_size[0] + c) * x_size[1] + i) * x_size[2] + j] *
                                    w[((c * o_group + o % o_group) * w_size[2] + kh) * w_size[3] + kw];
                if (q >= 0 && q < h_out && p >= 0 && p < w_out)
                  y[q * w_out + p] += value;
              }
    }
  return TENBIN_OK;
}

static void release(tenbin_plan *plan) {
  plan->host->free(plan->host->self, plan);
}

const tenbin_plugin *tenbin_plugin_table(void) {
  static const tenbin_kernel kernel = {
      .struct_size = sizeof kernel,
      .name = "mine",
      .op = "conv_transpose2d",
      .summary = "the definition, in plain C",
      .alignment = 4,
      .supports = supports,
      .prepare = prepare,
      .run = run,
      .release = release,
  };
  static const tenbin_kernel *const kernels[] = {&kernel};
  static const tenbin_plugin plugin = {
      .struct_size = sizeof plugin,
      .abi = TENBIN_ABI,
      .name = "mine",
      .version = "1",
      .kernels = 1,
      .kernel = kernels,
  };
  return &plugin;
}
