/* The numbers of inverse_cdf in lanes: to be included by lane_widths.h.
 *
 * SPDX-License-Identifier: MIT */
#include "philox_lanes.h"

#define v_lookup LANE_NAME(v_lookup)
#define quantile_f32 LANE_NAME(quantile_f32)
#define make_parts LANE_NAME(make_parts)
#define make_f32 LANE_NAME(make_f32)
#define fill_groups LANE_NAME(fill_groups)

/* table[index mod 8] */
LANE_INLINE v_f32 v_lookup(const float table[2 * SEGMENTS], v_u32 index) {
#if LANES == 16
  return _mm512_permutexvar_ps((__m512i)index, v_load(table));
#elif LANES == 8
  return _mm256_permutevar8x32_ps(v_load(table), (__m256i)index);
#else
  v_f32 y;
  for (int i = 0; i < LANES; i++)
    y[i] = table[index[i] % SEGMENTS];
  return y;
#endif
}

/* Of four words, step by step together: one by itself is a chain of latencies. */
LANE_INLINE void quantile_f32(const struct fit *fit, const v_u32 word[4], v_f32 z[4]) {
  const v_u32 sign = (v_u32)v_set(-0.0f);
  v_u32 bits[4];
  v_f32 x[4], m[4], v[4];
#define EACH _Pragma("GCC unroll 4") for (int i = 0; i < 4; i++)
  EACH {
    const v_u32 k = word[i] & 0x7fffffff;
    x[i] = v_fma(v_from_s32((v_s32)(k ^ 0x7fffffff)), v_set(0x1p-31f), v_set(0x1p-32f));
    const v_f32 a = v_fma(v_from_s32((v_s32)k), v_set(0x1p-31f), v_set(0x1p-32f));
    bits[i] = (v_u32)v_fma(a, x[i], a) - (SQRT_HALF - (SPAN - 1) * EXPONENT);
  }
  EACH m[i] = (v_f32)((bits[i] & (EXPONENT - 1)) + SQRT_HALF) - 1.0f;
  EACH v[i] = v_set(fit->log2[LOG2_DEGREE]);
#pragma GCC unroll 8
  for (int k = LOG2_DEGREE - 1; k >= 0; k--)
    EACH v[i] = v_fma(v[i], m[i], v_set(fit->log2[k]));
  EACH v[i] = v_fma(v[i], m[i], v_set(-CENTRE));
  EACH v[i] = v_fma(v_from_s32((v_s32)(bits[i] & ((SPAN - 1) * EXPONENT))), v_set(1.0f / EXPONENT), v[i]);
  EACH bits[i] /= SPAN * EXPONENT;
  EACH z[i] = v_lookup(fit->ratio[DEGREE], bits[i]);
#pragma GCC unroll 8
  for (int k = DEGREE - 1; k >= 0; k--)
    EACH z[i] = v_fma(z[i], v[i], v_lookup(fit->ratio[k], bits[i]));
  EACH z[i] = (v_f32)v_xor_and((v_u32)(z[i] * x[i]), word[i], sign);
#undef EACH
}

/* `parts` times LANES blocks, from number b on. */
LANE_INLINE void make_parts(const tb_draw *draw, int32_t dtype, const struct fit *fit, uint64_t low, int parts, int64_t b,
                            void *numbers) {
  const v_f32 mean = v_set((float)draw->mean), std = v_set((float)draw->std);
  v_u32 word[2][4];
  v_philox(ROUNDS, parts, low + (uint64_t)b, 0, false, draw->seed, word);
#pragma GCC unroll 2
  for (int j = 0; j < parts; j++, b += LANES) {
    v_f32 z[4];
    quantile_f32(fit, word[j], z);
    const int64_t at = (b & ~(BATCH - 1)) * 4 + (b & (BATCH - 1));
    for (int i = 0; i < 4; i++)
      v_put(dtype, v_fma(z[i], std, mean), at + i * BATCH, numbers);
  }
}

LANE_INLINE void make_f32(const tb_draw *draw, int32_t dtype, const struct fit *fit, uint64_t low, int64_t groups,
                          void *numbers) {
  int64_t b = 0;
  for (; b <= groups * BATCH - 2 * LANES; b += 2 * LANES)
    make_parts(draw, dtype, fit, low, 2, b, numbers);
  if (b < groups * BATCH)
    make_parts(draw, dtype, fit, low, 1, b, numbers);
}

LANE_FUNCTION void fill_groups(const tb_draw *draw, uint64_t low, int64_t groups, void *numbers) {
  const struct fit *fit = &draw->plan->fit;
  if (draw->dtype == TENBIN_F32)
    make_f32(draw, TENBIN_F32, fit, low, groups, numbers);
  else if (draw->dtype == TENBIN_F16)
    make_f32(draw, TENBIN_F16, fit, low, groups, numbers);
  else
    make_f32(draw, TENBIN_BF16, fit, low, groups, numbers);
}
