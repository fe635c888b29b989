/* naive: conv_transpose2d as a scatter, readable.
 *
 * Every input element is multiplied by every tap of its channel's weights and added where that tap lands:
 *     y[n, o, i*sH - pH + kh*dH, j*sW - pW + kw*dW] += x[n, c, i, j] * w[c, o - first(o's group), kh, kw]
 * Taps that land outside y are cropped by padding; output_padding has made y larger, nothing else. Claim: exact; an output
 * element is a sum in f32, over c, then over i and j, begun with the bias. Witness: the catalogue of conformance/cases.
 *
 * SPDX-License-Identifier: MIT */
#include "kernel.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct tenbin_plan {
  const tenbin_host *host;
  tenbin_conv2d a;
  tenbin_desc w;
};

static bool f32(const tenbin_desc *d) {
  return d->dtype == TENBIN_F32 || d->dtype == TENBIN_NONE;
}

static tenbin_status supports(const tenbin_problem *p, tenbin_answer *answer) {
  if (!f32(&p->input[TENBIN_X]) || !f32(&p->input[TENBIN_WEIGHT]) || !f32(&p->input[TENBIN_BIAS])) {
    snprintf(answer->why, sizeof answer->why, "f32 only");
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
  plan->w = p->input[TENBIN_WEIGHT];
  *out = plan;
  return TENBIN_OK;
}

static void release(tenbin_plan *plan) {
  plan->host->free(plan->host->self, plan);
}

/* A plane of a tensor: the address of its first element, and its height and width with their strides. */
struct plane {
  float *data;
  int64_t size[2], stride[2];
};

static struct plane plane_of(const tenbin_tensor *t, int64_t first, int64_t second) {
  const tenbin_desc *d = &t->desc;
  int r = d->rank; /* an unbatched tensor has no stride for its only image */
  int64_t offset = second * d->stride[r - 3] + (r == 4 ? first * d->stride[0] : 0);
  return (struct plane){(float *)t->data + offset, {d->size[r - 2], d->size[r - 1]}, {d->stride[r - 2], d->stride[r - 1]}};
}

/* One input row through one row of taps. */
static void scatter_row(const tenbin_conv2d *a, struct plane x, int64_t i, struct plane w, int64_t kh, struct plane y,
                        int64_t row) {
  for (int64_t j = 0; j < x.size[1]; j++) {
    const float value = x.data[i * x.stride[0] + j * x.stride[1]];
    int64_t col = j * a->stride[1] - a->padding[1];
    for (int64_t kw = 0; kw < w.size[1]; kw++, col += a->dilation[1])
      if (col >= 0 && col < y.size[1])
        y.data[row * y.stride[0] + col * y.stride[1]] += value * w.data[kh * w.stride[0] + kw * w.stride[1]];
  }
}

static void scatter(const tenbin_conv2d *a, struct plane x, struct plane w, struct plane y) {
  for (int64_t i = 0; i < x.size[0]; i++)
    for (int64_t kh = 0; kh < w.size[0]; kh++) {
      int64_t row = i * a->stride[0] - a->padding[0] + kh * a->dilation[0];
      if (row >= 0 && row < y.size[0])
        scatter_row(a, x, i, w, kh, y, row);
    }
}

static void set(struct plane y, float value) {
  for (int64_t i = 0; i < y.size[0]; i++)
    for (int64_t j = 0; j < y.size[1]; j++)
      y.data[i * y.stride[0] + j * y.stride[1]] = value;
}

static tenbin_status run(const tenbin_plan *plan, const tenbin_call *call) {
  const tenbin_tensor *x = &call->input[TENBIN_X], *w = &call->input[TENBIN_WEIGHT], *b = &call->input[TENBIN_BIAS];
  const tenbin_tensor *y = &call->output[TENBIN_Y];
  const int64_t batch = x->desc.rank == 4 ? x->desc.size[0] : 1;
  const int64_t c_per_group = plan->w.size[0] / plan->a.groups, o_per_group = plan->w.size[1];
  const float *bias = b->data;
  for (int64_t n = 0; n < batch; n++)
    for (int64_t o = 0; o < o_per_group * plan->a.groups; o++) {
      const int64_t first = o / o_per_group * c_per_group;
      const struct plane out = plane_of(y, n, o);
      set(out, bias ? bias[o * b->desc.stride[0]] : 0.0f);
      for (int64_t c = first; c < first + c_per_group; c++)
        scatter(&plan->a, plane_of(x, n, c), plane_of(w, c, o % o_per_group), out);
    }
  return TENBIN_OK;
}

const tenbin_kernel tenbin_kernel_naive = {
    .struct_size = sizeof(tenbin_kernel),
    .name = "naive",
    .op = "conv_transpose2d",
    .summary = "the definition as a scatter, in plain C",
    .alignment = 4,
    .flags = TENBIN_REENTRANT,
    .supports = supports,
    .prepare = prepare,
    .run = run,
    .release = release,
};
