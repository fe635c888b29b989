/* The vector operations of the normal kernels, on top of lanes.h: integers of 32 bits, the half types, PyTorch's log, sine and
 * cosine. To be included as lanes.h is, which it includes.
 *
 * + - * & | ^ ~ << >> and scalars work on vectors lane by lane, each rounded by itself; a cast between v_f32, v_u32 and v_s32
 * keeps the bits.
 *
 * SPDX-License-Identifier: MIT */
#include "lanes.h"

#ifndef TB_NORMAL_LANES_ONCE
#define TB_NORMAL_LANES_ONCE

#include "cephes.h"
#include "lanes_portable.h"

#if defined(__x86_64__)
typedef uint32_t v_u32_8 __attribute__((vector_size(32)));
typedef uint32_t v_u32_16 __attribute__((vector_size(64)));
typedef __m128i v_u16_8;
typedef __m256i v_u16_16;
typedef int32_t v_s32_8 __attribute__((vector_size(32)));
typedef int32_t v_s32_16 __attribute__((vector_size(64)));
typedef v_u32_8 v_mask_8; /* all bits of a lane, or none; only the highest is looked at */
typedef __mmask16 v_mask_16;
#endif
typedef tb_u32_4 v_u32_4;
typedef tb_s32_4 v_s32_4;
typedef tb_u16_4 v_u16_4;
typedef tb_u32_4 v_mask_4; /* all bits of a lane, or none */

#define v_u32 LANE_NAME(v_u32)
#define v_s32 LANE_NAME(v_s32)
#define v_u16 LANE_NAME(v_u16) /* f16 or bf16 */
#define v_mask LANE_NAME(v_mask)
#define v_load_u32 LANE_NAME(v_load_u32)
#define v_store_u32 LANE_NAME(v_store_u32)
#define v_store_u16 LANE_NAME(v_store_u16)
#define v_fma LANE_NAME(v_fma)
#define v_sqrt LANE_NAME(v_sqrt)
#define v_from_s32 LANE_NAME(v_from_s32)
#define v_truncate LANE_NAME(v_truncate)
#define v_xor_and LANE_NAME(v_xor_and)
#define v_bit LANE_NAME(v_bit)
#define v_select LANE_NAME(v_select)
#define v_f16 LANE_NAME(v_f16)
#define v_bf16 LANE_NAME(v_bf16)
#define v_log LANE_NAME(v_log)
#define v_sincos_reduced LANE_NAME(v_sincos_reduced)
#define v_sincos LANE_NAME(v_sincos)

#endif

#undef LANE_OP
#undef LANE_BITS
#if LANES == 4
#define LANE_OP(name) tb_lane4_##name
#define LANE_BITS tb_u32_4

LANE_INLINE v_u32 v_load_u32(const uint32_t *p) {
  v_u32 x;
  memcpy(&x, p, sizeof x);
  return x;
}

LANE_INLINE void v_store_u32(uint32_t *p, v_u32 x) {
  memcpy(p, &x, sizeof x);
}

LANE_INLINE void v_store_u16(uint16_t *p, v_u16 x) {
  memcpy(p, &x, sizeof x);
}

/* x ^ (y & z) */
LANE_INLINE v_u32 v_xor_and(v_u32 x, v_u32 y, v_u32 z) {
  return x ^ (y & z);
}

/* Whether bit n of a lane is set, n = 0 .. 31. */
LANE_INLINE v_mask v_bit(v_u32 x, int n) {
  return -(x >> (uint32_t)n & 1);
}

LANE_INLINE v_f32 v_select(v_mask mask, v_f32 yes, v_f32 no) {
  return (v_f32)((mask & (v_u32)yes) | (~mask & (v_u32)no));
}

LANE_INLINE v_u16 v_f16(v_f32 x) {
  return (v_u16){tb_f16(x[0]), tb_f16(x[1]), tb_f16(x[2]), tb_f16(x[3])};
}

LANE_INLINE v_u16 v_bf16(v_f32 x) {
  return (v_u16){tb_bf16(x[0]), tb_bf16(x[1]), tb_bf16(x[2]), tb_bf16(x[3])};
}

#elif LANES == 8
#define LANE_OP(name) _mm256_##name
#define LANE_BITS __m256i

LANE_INLINE v_u32 v_load_u32(const uint32_t *p) {
  return (v_u32)_mm256_loadu_si256((const void *)p);
}

LANE_INLINE void v_store_u32(uint32_t *p, v_u32 x) {
  _mm256_storeu_si256((void *)p, (__m256i)x);
}

LANE_INLINE void v_store_u16(uint16_t *p, v_u16 x) {
  _mm_storeu_si128((void *)p, x);
}

/* x ^ (y & z) */
LANE_INLINE v_u32 v_xor_and(v_u32 x, v_u32 y, v_u32 z) {
  return x ^ (y & z);
}

/* Whether bit n of a lane is set, n = 0 .. 31. */
LANE_INLINE v_mask v_bit(v_u32 x, int n) {
  return x << (uint32_t)(31 - n);
}

LANE_INLINE v_f32 v_select(v_mask mask, v_f32 yes, v_f32 no) {
  return _mm256_blendv_ps(no, yes, (__m256)mask);
}

/* Rounded to nearest even, NaN quiet. */
LANE_INLINE v_u16 v_f16(v_f32 x) {
  return _mm256_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

/* Rounded to nearest even, NaN to 0x7fc0 as in PyTorch. */
LANE_INLINE v_u16 v_bf16(v_f32 x) {
  const v_u32 bits = (v_u32)x, rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
  const __m256i nan = _mm256_castps_si256(_mm256_cmp_ps(x, x, _CMP_UNORD_Q));
  const __m256i y = _mm256_blendv_epi8((__m256i)rounded, _mm256_set1_epi32(0x7fc0), nan);
  return _mm_packus_epi32(_mm256_castsi256_si128(y), _mm256_extracti128_si256(y, 1));
}

#else
#define LANE_OP(name) _mm512_##name
#define LANE_BITS __m512i

LANE_INLINE v_u32 v_load_u32(const uint32_t *p) {
  return (v_u32)_mm512_loadu_si512(p);
}

LANE_INLINE void v_store_u32(uint32_t *p, v_u32 x) {
  _mm512_storeu_si512(p, (__m512i)x);
}

LANE_INLINE void v_store_u16(uint16_t *p, v_u16 x) {
  _mm256_storeu_si256((void *)p, x);
}

/* x ^ (y & z) */
LANE_INLINE v_u32 v_xor_and(v_u32 x, v_u32 y, v_u32 z) {
  return (v_u32)_mm512_ternarylogic_epi32((__m512i)x, (__m512i)y, (__m512i)z, 0x78);
}

/* Whether bit n of a lane is set, n = 0 .. 31. */
LANE_INLINE v_mask v_bit(v_u32 x, int n) {
  return _mm512_test_epi32_mask((__m512i)x, _mm512_set1_epi32((int)(UINT32_C(1) << n)));
}

LANE_INLINE v_f32 v_select(v_mask mask, v_f32 yes, v_f32 no) {
  return _mm512_mask_blend_ps(mask, no, yes);
}

/* Rounded to nearest even, NaN quiet. */
LANE_INLINE v_u16 v_f16(v_f32 x) {
  return _mm512_maskz_cvtps_ph(0xffff, x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

/* Rounded to nearest even, NaN to 0x7fc0 as in PyTorch. */
LANE_INLINE v_u16 v_bf16(v_f32 x) {
  const v_u32 bits = (v_u32)x, rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
  const __mmask16 nan = _mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q);
  return _mm512_cvtepi32_epi16(_mm512_mask_mov_epi32((__m512i)rounded, nan, _mm512_set1_epi32(0x7fc0)));
}
#endif

/* a * b + c, rounded once. */
LANE_INLINE v_f32 v_fma(v_f32 a, v_f32 b, v_f32 c) {
  return LANE_OP(fmadd_ps)(a, b, c);
}

LANE_INLINE v_f32 v_sqrt(v_f32 x) {
  return LANE_OP(sqrt_ps)(x);
}

/* The nearest f32. */
LANE_INLINE v_f32 v_from_s32(v_s32 x) {
  return LANE_OP(cvtepi32_ps)((LANE_BITS)x);
}

/* The integer part, |x| < 2^31. */
LANE_INLINE v_s32 v_truncate(v_f32 x) {
  return (v_s32)LANE_OP(cvttps_epi32)(x);
}

/* PyTorch's Log of 2^-126 <= x < infinity on AVX2, to the bit. There the fraction is in [1/2, 1), and 2 f - 1 is made of it
 * where it is below sqrt(1/2); here it is in [sqrt(1/2), sqrt(2)) from the beginning: the same number, as all of that is exact.
 */
LANE_INLINE v_f32 v_log(v_f32 x) {
  const uint32_t sqrt_half = 0x3f3504f3; /* tb_sqrt_half's bits */
  const v_u32 above = (v_u32)x - sqrt_half;
  const v_f32 e = v_from_s32((v_s32)above >> 23);
  const v_f32 m = (v_f32)((v_u32)x - (above & 0xff800000)) - 1.0f;
  const v_f32 z = m * m;
  v_f32 y = v_set(tb_log_p[0]);
  for (int i = 1; i < TB_LOG_TERMS; i++)
    y = v_fma(y, m, v_set(tb_log_p[i]));
  y = v_fma(y * m, z, e * tb_log2_low);
  y = v_fma(z, v_set(-0.5f), y);
  return v_fma(e, v_set(tb_log2_high), m + y);
}

/* PyTorch's sine and cosine of x + quarter * pi/2 on AVX2, |x| <= pi/4 or a little more, as it makes them of the reduced x. */
LANE_INLINE void v_sincos_reduced(v_f32 x, v_u32 quarter, v_f32 *sine, v_f32 *cosine) {
  const v_f32 z = x * x;
  v_f32 c = v_fma(v_set(tb_cos_c[0]), z, v_set(tb_cos_c[1]));
  c = v_fma(c, z, v_set(tb_cos_c[2])) * z;
  c = v_fma(c, z, z * -0.5f) + 1.0f;
  v_f32 s = v_fma(v_set(tb_sin_s[0]), z, v_set(tb_sin_s[1]));
  s = v_fma(s, z, v_set(tb_sin_s[2])) * z;
  s = v_fma(s, x, x);
  const v_mask odd = v_bit(quarter, 0);
  const v_u32 sign = (v_u32)v_set(-0.0f);
  *sine = (v_f32)v_xor_and((v_u32)v_select(odd, c, s), quarter << 30, sign);
  *cosine = (v_f32)v_xor_and((v_u32)v_select(odd, s, c), (quarter + 1) << 30, sign);
}

/* PyTorch's sine and cosine of 0 <= x <= 2^20 on AVX2, to the bit. */
LANE_INLINE void v_sincos(v_f32 x, v_f32 *sine, v_f32 *cosine) {
  const v_s32 quarter = (v_truncate(x * tb_octants_per_radian) + 1) >> 1;
  const v_f32 n = v_from_s32(quarter);
  x = v_fma(n, v_set(-2 * tb_octant_1), x);
  x = v_fma(n, v_set(-2 * tb_octant_2), x);
  x = v_fma(n, v_set(-2 * tb_octant_3), x);
  v_sincos_reduced(x, (v_u32)quarter, sine, cosine);
}
