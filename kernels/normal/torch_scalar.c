/* PyTorch's CPU streams in double: numbers one by one, and blocks of f64.
 *
 * Both take uniforms of 53 bits and make two normal numbers of two of them by the Box-Muller transform (Box and Muller 1958),
 * r*cos(t) and r*sin(t). One by one, t = 2 pi u1 and r = sqrt(-2 log(1 - u2)); the cosine is returned first and the sine kept
 * for the next element, across calls, tensors and dtypes (aten/src/ATen/core/DistributionsHelper.h). In a block of 16 uniforms
 * the first eight give the radii and the last eight the angles (aten/src/ATen/native/cpu/DistributionTemplates.h).
 *
 * Claim: the stream, to the bit, given PyTorch's libm, which is the system's; on another one f64 may differ by 4 ulp of r.
 * Witness: seed 0 begins 0x1.8a7eb8p+0, -0x1.2c78ap-2, -0x1.16e292p+1 in f32.
 *
 * SPDX-License-Identifier: MIT */
#include "torch_scalar.h"

#include "elements.h"
#include "narrow.h"

#include <math.h>
#include <stdio.h>

#define TWO_PI (2.0 * 3.14159265358979323846)

enum { BLOCK = 16 };

static double standard_normal(tenbin_generator *g) {
  if (g->cached) {
    g->cached = false;
    return g->cache;
  }
  const uint32_t *w = tb_torch_words(g, 4);
  const double u1 = tb_torch_uniform_f64(w), u2 = tb_torch_uniform_f64(w + 2);
  const double r = sqrt(-2.0 * log1p(-u2)), t = TWO_PI * u1;
  g->cache = r * sin(t);
  g->cached = true;
  return r * cos(t);
}

/* Writes value as a number of the dtype, and says how many bytes that takes. */
static size_t put(double value, int32_t dtype, char *to) {
  const float f32 = (float)value;
  const uint16_t half = dtype == TENBIN_F16 ? tb_f16(f32) : tb_bf16(f32);
  if (dtype == TENBIN_F64)
    memcpy(to, &value, sizeof value);
  else if (dtype == TENBIN_F32)
    memcpy(to, &f32, sizeof f32);
  else
    memcpy(to, &half, sizeof half);
  return dtype == TENBIN_F64 ? sizeof value : dtype == TENBIN_F32 ? sizeof f32 : sizeof half;
}

static void one_by_one(tenbin_generator *g, const tenbin_tensor *y, const tenbin_normal_args *args, bool fused) {
  enum { CHUNK = 64 };
  const tb_elements elements = tb_elements_of(&y->desc);
  char chunk[CHUNK * sizeof(double)];
  for (int64_t first = 0; first < elements.count; first += CHUNK) {
    const int64_t left = elements.count - first, count = left < CHUNK ? left : CHUNK;
    size_t bytes = 0;
    for (int64_t i = 0; i < count; i++) {
      const double z = standard_normal(g);
      bytes = put(fused ? fma(z, args->std, args->mean) : z * args->std + args->mean, y->desc.dtype, chunk + (size_t)i * bytes);
    }
    tb_elements_put(&elements, bytes, first, count, chunk, y->data);
  }
}

static void block_f64(tenbin_generator *g, double y[BLOCK], double mean, double std) {
  double u[BLOCK];
  const uint32_t *w = tb_torch_words(g, 2 * BLOCK);
  for (int i = 0; i < BLOCK; i++)
    u[i] = tb_torch_uniform_f64(w + 2 * i);
  for (int i = 0; i < BLOCK / 2; i++) {
    const double r = sqrt(-2.0 * log(1.0 - u[i])), t = TWO_PI * u[i + BLOCK / 2];
    y[i] = fma(r * cos(t), std, mean);
    y[i + BLOCK / 2] = fma(r * sin(t), std, mean);
  }
}

/* A rest of n % 16 elements draws uniforms that are not used, and is covered by a block of its own that ends with y. */
static void fill_f64(tenbin_generator *g, double *y, int64_t n, double mean, double std) {
  for (int64_t i = 0; i + BLOCK <= n; i += BLOCK)
    block_f64(g, y + i, mean, std);
  if (n % BLOCK == 0)
    return;
  tb_torch_words(g, 2 * (uint32_t)(n % BLOCK));
  block_f64(g, y + n - BLOCK, mean, std);
}

/* Contiguous as PyTorch means it: row-major, whatever the strides of dimensions of one element. */
static bool dense(const tenbin_desc *y) {
  int64_t stride = 1;
  for (int d = y->rank - 1; d >= 0; d--) {
    if (y->size[d] != 1 && y->stride[d] != stride)
      return false;
    stride *= y->size[d];
  }
  return true;
}

tenbin_status tb_torch_prepare(const tenbin_host *host, tb_torch_fill *fill, bool fused, tenbin_plan **out) {
  tenbin_plan *plan = host->alloc(host->self, sizeof *plan, _Alignof(tenbin_plan));
  if (!plan)
    return TENBIN_OUT_OF_MEMORY;
  *plan = (tenbin_plan){host, fill, fused};
  *out = plan;
  return TENBIN_OK;
}

void tb_torch_release(tenbin_plan *plan) {
  plan->host->free(plan->host->self, plan);
}

tenbin_status tb_torch_run(const tenbin_plan *plan, const tenbin_call *call) {
  tenbin_generator *g = call->generator;
  const tenbin_tensor *y = &call->output[TENBIN_Y];
  const tenbin_normal_args *args = call->args;
  int64_t n = 1;
  for (int d = 0; d < y->desc.rank; d++)
    n *= y->desc.size[d];
  if (n < BLOCK || !dense(&y->desc))
    one_by_one(g, y, args, plan->fused);
  else if (y->desc.dtype == TENBIN_F64)
    fill_f64(g, y->data, n, args->mean, args->std);
  else
    plan->fill(g, y->desc.dtype, y->data, n, (float)args->mean, (float)args->std);
  return TENBIN_OK;
}

tenbin_status tb_torch_supports(const tenbin_problem *problem, bool also_default, tenbin_answer *answer) {
  const int32_t dtype = problem->output[TENBIN_Y].dtype;
  const char *stream = ((const tenbin_normal *)problem->attr)->stream;
  const bool any = strcmp(stream, "any") == 0;
  if (!any && strcmp(stream, "torch-cpu-avx2") != 0 && !(also_default && strcmp(stream, "torch-cpu-default") == 0))
    snprintf(answer->why, sizeof answer->why, "draws torch-cpu-avx2%s, not %.60s", also_default ? " and torch-cpu-default" : "",
             stream);
  else if (dtype != TENBIN_F32 && dtype != TENBIN_F64 && dtype != TENBIN_F16 && dtype != TENBIN_BF16)
    snprintf(answer->why, sizeof answer->why, "PyTorch's normal_ draws f32, f64, f16 and bf16");
  else {
    answer->claim = any ? TENBIN_DISTRIBUTION : TENBIN_STREAM;
    return TENBIN_OK;
  }
  return TENBIN_UNSUPPORTED;
}
