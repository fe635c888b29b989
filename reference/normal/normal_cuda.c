/* The reference of torch-cuda:M: Philox4x32-10 (Salmon, Moraes, Dror, Shaw 2011) and the grid of PyTorch's kernel
 * (aten/src/ATen/native/cuda/DistributionTemplates.h), with cuRAND's conversions.
 *
 * SPDX-License-Identifier: MIT */
#include "normal_reference.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 256 };

static void philox(const uint32_t counter[4], uint64_t seed, uint32_t out[4]) {
  uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
  memcpy(out, counter, 4 * sizeof *out);
  for (int round = 0; round < 10; round++) {
    const uint64_t a = UINT64_C(0xD2511F53) * out[0], b = UINT64_C(0xCD9E8D57) * out[2];
    const uint32_t next[4] = {(uint32_t)(b >> 32) ^ out[1] ^ key[0], (uint32_t)b, (uint32_t)(a >> 32) ^ out[3] ^ key[1],
                              (uint32_t)a};
    memcpy(out, next, sizeof next);
    key[0] += 0x9E3779B9;
    key[1] += 0xBB67AE85;
  }
}

/* Components 2i and 2i + 1 of one quadruple of words. The uniforms are f32's: one that rounds to 1 gives a radius of 0. */
static void pair_f32(const uint32_t *x, tb_standard out[2]) {
  const float u = (float)x[0] * 0x1p-32f + 0x1p-33f, v = (float)x[1] * (6.2831855f * 0x1p-32f) + 6.2831855f * 0x1p-33f;
  const double r = sqrt(-2 * log((double)u));
  out[0] = (tb_standard){r * sin((double)v), r};
  out[1] = (tb_standard){r * cos((double)v), r};
}

static void pair_f64(const uint32_t x[4], tb_standard out[2]) {
  const double u = (double)(x[0] ^ (uint64_t)x[1] << 21) * 0x1p-53 + 0x1p-54;
  const double v = (double)(x[2] ^ (uint64_t)x[3] << 21) * 0x1p-52 + 0x1p-53;
  const double r = sqrt(-2 * log(u)), pi = 3.14159265358979323846;
  out[0] = (tb_standard){r * sin(pi * v), r};
  out[1] = (tb_standard){r * cos(pi * v), r};
}

void tb_cuda_numbers(const char *stream, uint64_t seed, uint64_t *offset, int32_t dtype, int64_t n, tb_standard *out) {
  char *end;
  const int64_t multiprocessors = strtol(strchr(stream, ':') + 1, &end, 10);
  const int64_t each = *end == 'x' ? strtol(end + 1, NULL, 10) : 2048;
  const int64_t most = multiprocessors * (each / BLOCK), wanted = (n + BLOCK - 1) / BLOCK;
  const int64_t threads = BLOCK * (wanted < most ? wanted : most), unroll = dtype == TENBIN_F64 ? 2 : 4;
  if (n == 0)
    return;
  for (int64_t i = 0; i < n; i++) {
    const int64_t t = i % threads, q = i / threads;
    const uint64_t step = *offset / 4 + (uint64_t)(q / unroll);
    const uint32_t counter[4] = {(uint32_t)step, (uint32_t)(step >> 32), (uint32_t)t, (uint32_t)((uint64_t)t >> 32)};
    uint32_t x[4];
    tb_standard pair[2];
    philox(counter, seed, x);
    if (dtype == TENBIN_F64)
      pair_f64(x, pair);
    else
      pair_f32(x + q % unroll / 2 * 2, pair);
    out[i] = pair[q % 2];
  }
  *offset += (uint64_t)((n + threads * unroll - 1) / (threads * unroll)) * 4;
}
