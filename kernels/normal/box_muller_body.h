/* box_muller_simd's blocks on vectors of LANES lanes, to be included once for each width.
 *
 * SPDX-License-Identifier: MIT */
#include "lanes.h"

#undef STEP
#define STEP (2 * LANES) /* words and numbers of LANES pairs */

/* MT19937's tempering, and of it the low 24 bits. */
LANE_INLINE v_u32 uniform(v_u32 y) {
  y ^= y >> 11;
  y = v_xor_and(y, y << 7, (v_u32){0} + 0x9d2c5680);
  y = v_xor_and(y, y << 15, (v_u32){0} + 0xefc60000);
  return (y ^ y >> 18) & 0xffffff;
}

/* The words of LANES / 8 blocks, which lie one behind the other: eight of radii and eight of angles each. */
LANE_INLINE v_u32 radii(const uint32_t *w) {
#if LANES == 8
  return v_load_u32(w);
#else
  return (v_u32)_mm512_inserti64x4(_mm512_castsi256_si512(_mm256_loadu_si256((const void *)w)),
                                   _mm256_loadu_si256((const void *)(w + BLOCK)), 1);
#endif
}

/* Numbers of LANES / 8 blocks: eight cosines and eight sines each. */
LANE_INLINE void store_f32(float *y, v_f32 cosine, v_f32 sine) {
#if LANES == 8
  v_store(y, cosine);
  v_store(y + 8, sine);
#else
  v_store(y, _mm512_shuffle_f32x4(cosine, sine, 0x44));
  v_store(y + BLOCK, _mm512_shuffle_f32x4(cosine, sine, 0xee));
#endif
}

LANE_INLINE void store_u16(uint16_t *y, v_u16 cosine, v_u16 sine) {
#if LANES == 8
  v_store_u16(y, cosine);
  v_store_u16(y + 8, sine);
#else
  v_store_u16(y, _mm256_permute2x128_si256(cosine, sine, 0x20));
  v_store_u16(y + BLOCK, _mm256_permute2x128_si256(cosine, sine, 0x31));
#endif
}

/* LANES / 8 blocks, one behind the other. The nearest multiple of pi/2 and the first two steps of the reduction at once give
 * PyTorch's bits for each of the 2^24 angles. */
LANE_INLINE void step(const uint32_t *w, int32_t dtype, void *y, v_f32 mean, v_f32 std) {
  const v_u32 k = uniform(radii(w + 8));
  const v_f32 u = v_from_s32((v_s32)uniform(radii(w)));
  const v_f32 r = v_sqrt(v_log(v_fma(u, v_set(-0x1p-24f), v_set(1))) * -2.0f);
  const v_u32 quarter = (k + (1 << 21)) >> 22;
  const v_f32 n = v_from_s32((v_s32)quarter);
  v_f32 t = v_from_s32((v_s32)k) * (0x1p-24f * tb_two_pi), sine, cosine;
  t = v_fma(n, v_set(-2 * (tb_octant_1 + tb_octant_2)), t);
  t = v_fma(n, v_set(-2 * tb_octant_3), t);
  v_sincos_reduced(t, quarter, &sine, &cosine);
  cosine = v_fma(r * cosine, std, mean);
  sine = v_fma(r * sine, std, mean);
  if (dtype == TENBIN_F32)
    store_f32(y, cosine, sine);
  else if (dtype == TENBIN_F16)
    store_u16(y, v_f16(cosine), v_f16(sine));
  else
    store_u16(y, v_bf16(cosine), v_bf16(sine));
}

/* One block, where the lanes would take more. */
LANE_INLINE void block(tenbin_generator *g, int32_t dtype, size_t size, char *y, v_f32 mean, v_f32 std) {
  uint32_t buffer[BLOCK], words[STEP];
  float numbers[STEP];
  const uint32_t *w = tb_torch_words(g, BLOCK, buffer);
  for (int i = 0; i < STEP; i += BLOCK)
    memcpy(words + i, w, sizeof buffer);
  step(words, dtype, numbers, mean, std);
  memcpy(y, numbers, BLOCK * size);
}

/* A rest of n % 16 elements is covered by a block of its own that ends with y; in f32 it draws words that are not used. */
LANE_INLINE void fill_with(tenbin_generator *g, int32_t dtype, size_t size, char *y, int64_t n, v_f32 mean, v_f32 std) {
  uint32_t buffer[STEP];
  int64_t i = 0;
  for (; i + STEP <= n; i += STEP)
    step(tb_torch_words(g, STEP, buffer), dtype, y + (size_t)i * size, mean, std);
  if (i + BLOCK <= n)
    block(g, dtype, size, y + (size_t)i * size, mean, std);
  const uint32_t rest = (uint32_t)(n % BLOCK);
  if (rest == 0)
    return;
  if (dtype == TENBIN_F32)
    tb_torch_words(g, rest, buffer);
  block(g, dtype, size, y + (size_t)(n - BLOCK) * size, mean, std);
}

LANE_FUNCTION void LANE_NAME(fill)(tenbin_generator *g, int32_t dtype, void *y, int64_t n, float mean, float std) {
  const v_f32 m = v_set(mean), s = v_set(std);
  switch (dtype) {
  case TENBIN_F32:
    fill_with(g, TENBIN_F32, sizeof(float), y, n, m, s);
    break;
  case TENBIN_F16:
    fill_with(g, TENBIN_F16, sizeof(uint16_t), y, n, m, s);
    break;
  default:
    fill_with(g, TENBIN_BF16, sizeof(uint16_t), y, n, m, s);
  }
}
