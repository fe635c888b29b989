/* The numbers of inverse_cdf in lanes: to be included behind philox_lanes.h, once for each width.
 *
 * SPDX-License-Identifier: MIT */
#define v_lookup LANE_NAME(v_lookup)
#define quantile_f32 LANE_NAME(quantile_f32)
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

LANE_INLINE v_f32 quantile_f32(const struct fit *fit, v_u32 word) {
  const v_u32 k = word & 0x7fffffff, sign = (v_u32)v_set(-0.0f);
  const v_f32 a = v_fma(v_from_s32((v_s32)k), v_set(0x1p-31f), v_set(0x1p-32f));
  const v_f32 x = v_fma(v_from_s32((v_s32)(k ^ 0x7fffffff)), v_set(0x1p-31f), v_set(0x1p-32f));
  const v_u32 bits = (v_u32)v_fma(a, x, a) - (SQRT_HALF - (SPAN - 1) * EXPONENT);
  const v_f32 m = (v_f32)((bits & (EXPONENT - 1)) + SQRT_HALF) - 1.0f;
  v_f32 v = v_set(fit->log2[LOG2_DEGREE]);
  for (int i = LOG2_DEGREE - 1; i >= 0; i--)
    v = v_fma(v, m, v_set(fit->log2[i]));
  v = v_fma(v, m, v_set(-CENTRE));
  v = v_fma(v_from_s32((v_s32)(bits & ((SPAN - 1) * EXPONENT))), v_set(1.0f / EXPONENT), v);
  const v_u32 segment = bits / (SPAN * EXPONENT);
  v_f32 z = v_lookup(fit->ratio[DEGREE], segment);
  for (int i = DEGREE - 1; i >= 0; i--)
    z = v_fma(z, v, v_lookup(fit->ratio[i], segment));
  return (v_f32)v_xor_and((v_u32)(z * x), word, sign);
}

LANE_INLINE void make_f32(const tb_draw *draw, int32_t dtype, const struct fit *fit, uint64_t low, int64_t groups, void *numbers) {
  const v_f32 mean = v_set((float)draw->mean), std = v_set((float)draw->std);
  for (int64_t b = 0; b < groups * BATCH; b += LANES) {
    v_u32 word[4];
    v_philox(ROUNDS, low + (uint64_t)b, 0, false, draw->seed, word);
    const int64_t at = (b & ~(BATCH - 1)) * 4 + (b & (BATCH - 1));
    for (int i = 0; i < 4; i++)
      v_put(dtype, v_fma(quantile_f32(fit, word[i]), std, mean), at + i * BATCH, numbers);
  }
}

LANE_FUNCTION void fill_groups(const tb_draw *draw, const struct fit *fit, uint64_t low, int64_t groups, void *numbers) {
  if (draw->dtype == TENBIN_F32)
    make_f32(draw, TENBIN_F32, fit, low, groups, numbers);
  else if (draw->dtype == TENBIN_F16)
    make_f32(draw, TENBIN_F16, fit, low, groups, numbers);
  else
    make_f32(draw, TENBIN_BF16, fit, low, groups, numbers);
}

#undef LANES
