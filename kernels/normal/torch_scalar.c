/* PyTorch's CPU streams in double: numbers one by one, and blocks of f64.
 *
 * Both take uniforms of 53 bits and make two normal numbers of two of them by the Box-Muller transform (Box and Muller 1958),
 * r*cos(t) and r*sin(t). One by one, t = 2 pi u1 and r = sqrt(-2 log(1 - u2)); the cosine is returned first and the sine kept
 * for the next element, across calls, tensors and dtypes (aten/src/ATen/core/DistributionsHelper.h). In a block of 16 uniforms
 * the first eight give the radii and the last eight the angles (aten/src/ATen/native/cpu/DistributionTemplates.h). Claim: the
 * stream, to the bit, given PyTorch's libm, which is the system's; on another one f64 may differ by 4 ulp of r. Witness: seed 0
 * begins 0x1.8a7eb8p+0, -0x1.2c78ap-2, -0x1.16e292p+1 in f32.
 *
 * SPDX-License-Identifier: MIT */
#include "torch_scalar.h"

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
  const double u1 = tb_torch_uniform_f64(g), u2 = tb_torch_uniform_f64(g);
  const double r = sqrt(-2.0 * log1p(-u2)), t = TWO_PI * u1;
  g->cache = r * sin(t);
  g->cached = true;
  return r * cos(t);
}

static void store(void *y, int32_t dtype, int64_t i, double value) {
  switch (dtype) {
  case TENBIN_F64:
    ((double *)y)[i] = value;
    break;
  case TENBIN_F32:
    ((float *)y)[i] = (float)value;
    break;
  case TENBIN_F16:
    ((uint16_t *)y)[i] = tb_f16((float)value);
    break;
  default:
    ((uint16_t *)y)[i] = tb_bf16((float)value);
  }
}

/* The dimensions of more than one element, smallest stride first: the order in which a TensorIterator walks through memory. */
static int by_stride(const tenbin_desc *y, int64_t size[TENBIN_RANK_MAX], int64_t stride[TENBIN_RANK_MAX]) {
  int rank = 0;
  for (int d = y->rank - 1; d >= 0; d--) {
    if (y->size[d] == 1)
      continue;
    int i = rank++;
    for (; i > 0 && stride[i - 1] > y->stride[d]; i--) {
      size[i] = size[i - 1];
      stride[i] = stride[i - 1];
    }
    size[i] = y->size[d];
    stride[i] = y->stride[d];
  }
  return rank;
}

static void one_by_one(tenbin_generator *g, const tenbin_tensor *y, const tenbin_normal_args *args, bool fused, int64_t n) {
  int64_t size[TENBIN_RANK_MAX], stride[TENBIN_RANK_MAX], index[TENBIN_RANK_MAX] = {0}, offset = 0;
  const int rank = by_stride(&y->desc, size, stride);
  for (int64_t k = 0; k < n; k++) {
    const double z = standard_normal(g);
    store(y->data, y->desc.dtype, offset, fused ? fma(z, args->std, args->mean) : z * args->std + args->mean);
    for (int d = 0; d < rank; d++) {
      offset += stride[d];
      if (++index[d] < size[d])
        break;
      offset -= size[d] * stride[d];
      index[d] = 0;
    }
  }
}

static void block_f64(tenbin_generator *g, double y[BLOCK], double mean, double std) {
  double u[BLOCK];
  for (int i = 0; i < BLOCK; i++)
    u[i] = tb_torch_uniform_f64(g);
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
  for (int64_t i = 0; i < n % BLOCK; i++)
    tb_torch_uniform_f64(g);
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

void tb_torch_normal(tenbin_generator *g, const tenbin_tensor *y, const tenbin_normal_args *args, bool fused,
                     tb_torch_fill *fill) {
  int64_t n = 1;
  for (int d = 0; d < y->desc.rank; d++)
    n *= y->desc.size[d];
  if (n < BLOCK || !dense(&y->desc))
    one_by_one(g, y, args, fused, n);
  else if (y->desc.dtype == TENBIN_F64)
    fill_f64(g, y->data, n, args->mean, args->std);
  else
    fill(g, y->desc.dtype, y->data, n, (float)args->mean, (float)args->std);
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
