/* box_muller_simd's blocks on vectors of LANES lanes, to be included once for each width.
 *
 * SPDX-License-Identifier: MIT */
#include "normal_lanes.h"

#undef STEP
#undef GROUP
#define STEP (2 * LANES)            /* words and numbers of LANES pairs */
#define GROUP (TB_MT_ATONCE / STEP) /* steps that are made side by side */

/* MT19937's tempering, and of it the low 24 bits. */
LANE_INLINE v_u32 uniform(v_u32 y) {
  y ^= y >> 11;
  y = v_xor_and(y, y << 7, (v_u32){0} + 0x9d2c5680);
  y = v_xor_and(y, y << 15, (v_u32){0} + 0xefc60000);
  return (y ^ y >> 18) & 0xffffff;
}

/* Half of the words of LANES / 8 blocks that lie one after the other: those for radii, or from w + HALF those for angles. */
LANE_INLINE v_u32 half_blocks(const uint32_t *w) {
#if LANES == 8
  return v_load_u32(w);
#else
  return (v_u32)_mm512_inserti64x4(_mm512_castsi256_si512(_mm256_loadu_si256((const void *)w)),
                                   _mm256_loadu_si256((const void *)(w + BLOCK)), 1);
#endif
}

LANE_INLINE void store_f32(float *y, v_f32 cosine, v_f32 sine) {
#if LANES == 8
  v_store(y, cosine);
  v_store(y + HALF, sine);
#else
  v_store(y, _mm512_shuffle_f32x4(cosine, sine, 0x44));
  v_store(y + BLOCK, _mm512_shuffle_f32x4(cosine, sine, 0xee));
#endif
}

LANE_INLINE void store_u16(uint16_t *y, v_u16 cosine, v_u16 sine) {
#if LANES == 8
  v_store_u16(y, cosine);
  v_store_u16(y + HALF, sine);
#else
  v_store_u16(y, _mm256_permute2x128_si256(cosine, sine, 0x20));
  v_store_u16(y + BLOCK, _mm256_permute2x128_si256(cosine, sine, 0x31));
#endif
}

/* LANES / 8 blocks of numbers: in each, eight cosines and then eight sines. */
LANE_INLINE void store(int32_t dtype, void *y, v_f32 cosine, v_f32 sine) {
  if (dtype == TENBIN_F32)
    store_f32(y, cosine, sine);
  else if (dtype == TENBIN_F16)
    store_u16(y, v_f16(cosine), v_f16(sine));
  else
    store_u16(y, v_bf16(cosine), v_bf16(sine));
}

/* LANES / 8 blocks `count` times, one after the other, count <= GROUP. A vector takes longer through the logarithm than its
 * operations cost: stage by stage, several are on their way. The nearest multiple of pi/2 as it is taken here, and the first
 * two steps of the reduction at once, give PyTorch's bits for each of the 2^24 angles. */
LANE_INLINE void steps(const uint32_t *w, int count, int32_t dtype, char *y, v_f32 mean, v_f32 std) {
  v_f32 u[GROUP], r[GROUP], sine, cosine;
  v_u32 k[GROUP];
  for (int j = 0; j < count; j++)
    u[j] = v_from_s32((v_s32)uniform(half_blocks(w + j * STEP)));
  for (int j = 0; j < count; j++)
    k[j] = uniform(half_blocks(w + j * STEP + HALF));
  for (int j = 0; j < count; j++)
    r[j] = v_sqrt(v_log(v_fma(u[j], v_set(-0x1p-24f), v_set(1))) * -2.0f);
  for (int j = 0; j < count; j++) {
    const v_u32 quarter = (k[j] + (1 << 21)) >> 22;
    const v_f32 n = v_from_s32((v_s32)quarter);
    v_f32 t = v_from_s32((v_s32)k[j]) * (0x1p-24f * tb_two_pi);
    t = v_fma(n, v_set(-2 * (tb_octant_1 + tb_octant_2)), t);
    t = v_fma(n, v_set(-2 * tb_octant_3), t);
    v_sincos_reduced(t, quarter, &sine, &cosine);
    store(dtype, y + (size_t)(j * STEP) * bytes(dtype), v_fma(r[j] * cosine, std, mean), v_fma(r[j] * sine, std, mean));
  }
}

/* One block, where the lanes would take more. */
LANE_INLINE void block(tenbin_generator *g, int32_t dtype, char *y, v_f32 mean, v_f32 std) {
  uint32_t words[STEP];
  char numbers[STEP * sizeof(float)];
  const uint32_t *w = tb_torch_words(g, BLOCK);
  for (int i = 0; i < STEP; i += BLOCK)
    memcpy(words + i, w, BLOCK * sizeof *w);
  steps(words, 1, dtype, numbers, mean, std);
  memcpy(y, numbers, BLOCK * bytes(dtype));
}

/* A rest of n % 16 elements is covered by a block of its own that ends with y; in f32 it draws words that are not used. */
LANE_INLINE void fill_with(tenbin_generator *g, int32_t dtype, char *y, int64_t n, v_f32 mean, v_f32 std) {
  const size_t size = bytes(dtype);
  int64_t i = 0;
  for (; i + GROUP * STEP <= n; i += GROUP * STEP)
    steps(tb_torch_words(g, GROUP * STEP), GROUP, dtype, y + (size_t)i * size, mean, std);
  for (; i + STEP <= n; i += STEP)
    steps(tb_torch_words(g, STEP), 1, dtype, y + (size_t)i * size, mean, std);
  if (i + BLOCK <= n)
    block(g, dtype, y + (size_t)i * size, mean, std);
  const uint32_t rest = (uint32_t)(n % BLOCK);
  if (rest == 0)
    return;
  if (dtype == TENBIN_F32)
    tb_torch_words(g, rest);
  block(g, dtype, y + (size_t)(n - BLOCK) * size, mean, std);
}

LANE_FUNCTION void LANE_NAME(fill)(tenbin_generator *g, int32_t dtype, void *y, int64_t n, float mean, float std) {
  const v_f32 m = v_set(mean), s = v_set(std);
  switch (dtype) {
  case TENBIN_F32:
    fill_with(g, TENBIN_F32, y, n, m, s);
    break;
  case TENBIN_F16:
    fill_with(g, TENBIN_F16, y, n, m, s);
    break;
  default:
    fill_with(g, TENBIN_BF16, y, n, m, s);
  }
}
