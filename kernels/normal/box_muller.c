/* box_muller: normal numbers as PyTorch's CPU generator draws them, written to be read.
 *
 * MT19937 gives uniforms of 24 bits; 16 of them become a block of 16 normal numbers by the Box-Muller transform (Box and Muller
 * 1958): y[j] = r cos(t), y[j + 8] = r sin(t) with r = sqrt(-2 log(1 - u[j])), t = 2 pi u[j + 8], scaled by one fused
 * multiply-add. All is f32; f16 and bf16 are rounded from that. "torch-cpu-avx2" takes logarithm, sine and cosine from Cephes,
 * with the multiply-adds fused that the compiler fused in PyTorch's binary; "torch-cpu-default" takes libm's. What is in double
 * (f64, and fewer than 16 or strided elements) is in torch_scalar.c.
 *
 * Claim: the stream, to the bit; torch-cpu-default, and what is in double, given PyTorch's libm. Witness: all 2^24 radii and
 * angles. Without the fusion in the last term of the logarithm's Horner scheme 7,189 radii differ, without that in its first
 * term two.
 *
 * SPDX-License-Identifier: MIT */
#include "cephes.h"
#include "isa.h"
#include "narrow.h"
#include "torch_scalar.h"

#include <math.h>

#define INLINE static inline __attribute__((always_inline))

enum { BLOCK = 16, HALF = BLOCK / 2 };

static float f32_of(uint32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

/* 2^-24 <= x <= 1 */
INLINE float log_cephes(float x) {
  const uint32_t bits = tb_f32_bits(x);
  float e = (float)((int32_t)(bits >> 23) - 126);
  float m = f32_of((bits & 0x007fffff) | 0x3f000000); /* x = 2^e m, 1/2 <= m < 1 */
  if (m < tb_sqrt_half) {
    e -= 1;
    m = m - 1 + m;
  } else {
    m = m - 1;
  }
  const float z = m * m;
  float y = tb_log_p[0];
  for (int i = 1; i < TB_LOG_TERMS; i++)
    y = fmaf(y, m, tb_log_p[i]);
  y = fmaf(y * m, z, e * tb_log2_low);
  y = fmaf(-z, 0.5f, y);
  return fmaf(e, tb_log2_high, m + y);
}

/* 0 <= x <= 2 pi */
INLINE void sincos_cephes(float x, float *sine, float *cosine) {
  const int32_t octant = ((int32_t)(x * tb_octants_per_radian) + 1) & ~1; /* the nearest even one */
  const float n = (float)octant;
  x = fmaf(n, -tb_octant_1, x);
  x = fmaf(n, -tb_octant_2, x);
  x = fmaf(n, -tb_octant_3, x);
  const float z = x * x;
  float c = fmaf(tb_cos_c[0], z, tb_cos_c[1]);
  c = fmaf(c, z, tb_cos_c[2]) * z;
  c = fmaf(c, z, -(z * 0.5f)) + 1;
  float s = fmaf(tb_sin_s[0], z, tb_sin_s[1]);
  s = fmaf(s, z, tb_sin_s[2]) * z;
  s = fmaf(s, x, x);
  const bool swap = octant & 2;
  *sine = octant & 4 ? -(swap ? c : s) : swap ? c : s;
  *cosine = (octant - 2) & 4 ? swap ? s : c : -(swap ? s : c);
}

INLINE void block_cephes(float y[BLOCK], float mean, float std) {
  for (int j = 0; j < HALF; j++) {
    float sine, cosine;
    const float r = sqrtf(-2 * log_cephes(1 - y[j]));
    sincos_cephes(tb_two_pi * y[j + HALF], &sine, &cosine);
    y[j] = fmaf(r * cosine, std, mean);
    y[j + HALF] = fmaf(r * sine, std, mean);
  }
}

/* The angle is a product in double, rounded once. */
INLINE void block_libm(float y[BLOCK], float mean, float std) {
  for (int j = 0; j < HALF; j++) {
    float sine, cosine;
    const float r = sqrtf(-2 * logf(1 - y[j]));
    sincosf((float)(2 * 3.14159265358979323846 * y[j + HALF]), &sine, &cosine);
    y[j] = fmaf(r * cosine, std, mean);
    y[j + HALF] = fmaf(r * sine, std, mean);
  }
}

INLINE void draw_block(tenbin_generator *g, int32_t dtype, void *out, int64_t at, float mean, float std,
                       void (*block)(float[BLOCK], float, float)) {
  float y[BLOCK];
  const uint32_t *w = tb_torch_words(g, BLOCK);
  for (int j = 0; j < BLOCK; j++)
    y[j] = tb_torch_uniform_f32(w + j);
  block(y, mean, std);
  if (dtype == TENBIN_F32)
    memcpy((float *)out + at, y, sizeof y);
  else
    for (int j = 0; j < BLOCK; j++)
      ((uint16_t *)out)[at + j] = dtype == TENBIN_F16 ? tb_f16(y[j]) : tb_bf16(y[j]);
}

/* A rest of n % 16 elements is covered by a block of its own that ends with y; in f32 it draws uniforms that are not used. */
INLINE void fill(tenbin_generator *g, int32_t dtype, void *y, int64_t n, float mean, float std,
                 void (*block)(float[BLOCK], float, float)) {
  for (int64_t i = 0; i + BLOCK <= n; i += BLOCK)
    draw_block(g, dtype, y, i, mean, std, block);
  if (n % BLOCK == 0)
    return;
  if (dtype == TENBIN_F32)
    tb_torch_words(g, (uint32_t)(n % BLOCK));
  draw_block(g, dtype, y, n - BLOCK, mean, std, block);
}

static void fill_libm(tenbin_generator *g, int32_t dtype, void *y, int64_t n, float mean, float std) {
  fill(g, dtype, y, n, mean, std, block_libm);
}

static void fill_cephes(tenbin_generator *g, int32_t dtype, void *y, int64_t n, float mean, float std) {
  fill(g, dtype, y, n, mean, std, block_cephes);
}

/* The same with fmaf as an instruction rather than a call. */
#if defined(__x86_64__)
__attribute__((target("avx2,fma")))
#endif
static void
fill_cephes_fma(tenbin_generator *g, int32_t dtype, void *y, int64_t n, float mean, float std) {
  fill(g, dtype, y, n, mean, std, block_cephes);
}

static tenbin_status supports(const tenbin_problem *problem, tenbin_answer *answer) {
  return tb_torch_supports(problem, true, answer);
}

static tenbin_status prepare(const tenbin_problem *problem, const tenbin_tensor *constant, const tenbin_host *host,
                             tenbin_plan **out) {
  (void)constant;
  const bool fused = strcmp(((const tenbin_normal *)problem->attr)->stream, "torch-cpu-default") != 0;
  tb_torch_fill *cephes = tb_isa_choose() == TB_ISA_PORTABLE ? fill_cephes : fill_cephes_fma;
  return tb_torch_prepare(host, fused ? cephes : fill_libm, fused, out);
}

const tenbin_kernel tenbin_kernel_box_muller = {
    .struct_size = sizeof(tenbin_kernel),
    .name = "box_muller",
    .op = "normal",
    .summary = "PyTorch's CPU streams by MT19937 and Box-Muller, a number at a time",
    .alignment = 1,
    .supports = supports,
    .prepare = prepare,
    .run = tb_torch_run,
    .release = tb_torch_release,
    .generator = &tb_torch_generator,
};
