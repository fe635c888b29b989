/* Philox4x32 in lanes, on top of normal_lanes.h: to be included as that is, which it includes.
 *
 * Lane l of the four vectors that come out is block l. A block's multiplications, 32 bits by 32, are made in 64 bits: the even
 * blocks in one vector of half as many lanes, the odd ones in another.
 *
 * SPDX-License-Identifier: MIT */
#include "normal_lanes.h"

#ifndef TB_PHILOX_LANES_ONCE
#define TB_PHILOX_LANES_ONCE

#include "philox4x32.h"

#include <stdbool.h>

#if defined(__x86_64__)
typedef uint64_t v_u64_8 __attribute__((vector_size(32)));
typedef uint64_t v_u64_16 __attribute__((vector_size(64)));
#endif
typedef uint64_t v_u64_4 __attribute__((vector_size(16)));

#define v_u64 LANE_NAME(v_u64)
#define v_even LANE_NAME(v_even)
#define v_low_product LANE_NAME(v_low_product)
#define v_xor3 LANE_NAME(v_xor3)
#define v_interleave LANE_NAME(v_interleave)
#define v_from_u32 LANE_NAME(v_from_u32)
#define v_philox_round LANE_NAME(v_philox_round)
#define v_philox LANE_NAME(v_philox)
#define v_put LANE_NAME(v_put)

#endif

#if LANES == 4
LANE_INLINE v_u64 v_even(void) {
  return (v_u64){0, 2};
}

/* The product of the lower halves of x with m. */
LANE_INLINE v_u64 v_low_product(v_u64 x, uint32_t m) {
  return (x & 0xffffffff) * m;
}

LANE_INLINE v_u64 v_xor3(v_u64 a, v_u64 b, v_u64 c) {
  return a ^ b ^ c;
}

/* The lower halves of both, those of `odd` after those of `even`. */
LANE_INLINE v_u32 v_interleave(v_u64 even, v_u64 odd) {
  return (v_u32)((even & 0xffffffff) | odd << 32);
}

#elif LANES == 8
LANE_INLINE v_u64 v_even(void) {
  return (v_u64){0, 2, 4, 6};
}

/* The product of the lower halves of x with m. */
LANE_INLINE v_u64 v_low_product(v_u64 x, uint32_t m) {
  return (v_u64)_mm256_mul_epu32((__m256i)x, _mm256_set1_epi64x(m));
}

LANE_INLINE v_u64 v_xor3(v_u64 a, v_u64 b, v_u64 c) {
  return a ^ b ^ c;
}

/* The lower halves of both, those of `odd` after those of `even`. */
LANE_INLINE v_u32 v_interleave(v_u64 even, v_u64 odd) {
  return (v_u32)_mm256_blend_epi32((__m256i)even, _mm256_slli_epi64((__m256i)odd, 32), 0xaa);
}

#else
LANE_INLINE v_u64 v_even(void) {
  return (v_u64){0, 2, 4, 6, 8, 10, 12, 14};
}

/* The product of the lower halves of x with m. */
LANE_INLINE v_u64 v_low_product(v_u64 x, uint32_t m) {
  return (v_u64)_mm512_mul_epu32((__m512i)x, _mm512_set1_epi64(m));
}

LANE_INLINE v_u64 v_xor3(v_u64 a, v_u64 b, v_u64 c) {
  return (v_u64)_mm512_ternarylogic_epi64((__m512i)a, (__m512i)b, (__m512i)c, 0x96);
}

/* The lower halves of both, those of `odd` after those of `even`. */
LANE_INLINE v_u32 v_interleave(v_u64 even, v_u64 odd) {
  return (v_u32)_mm512_mask_moveldup_ps((__m512)even, 0xaaaa, (__m512)odd);
}
#endif

/* The nearest f32 of integers without a sign, rounded once. */
LANE_INLINE v_f32 v_from_u32(v_u32 x) {
#if LANES == 16
  return _mm512_cvtepu32_ps((__m512i)x);
#else
  return v_fma(v_from_s32((v_s32)(x >> 16)), v_set(65536.0f), v_from_s32((v_s32)(x & 0xffff)));
#endif
}

/* One round of blocks whose words are the lower halves of c; what lies above them is never looked at. */
LANE_INLINE void v_philox_round(v_u64 c[4], v_u64 k0, v_u64 k1) {
  const v_u64 p0 = v_low_product(c[0], TB_PHILOX_M0), p1 = v_low_product(c[2], TB_PHILOX_M1);
  c[0] = v_xor3(p1 >> 32, c[1], k0);
  c[1] = p1;
  c[2] = v_xor3(p0 >> 32, c[3], k1);
  c[3] = p0;
}

/* `parts` times LANES blocks, one or two: (low, high), (low + 1, high), .. or, where the lanes go `across` subsequences, (low,
 * high), (low, high + 1), .. Those of all halves and parts go through a round together: a round by itself is a chain of
 * latencies. */
LANE_INLINE void v_philox(int rounds, int parts, uint64_t low, uint64_t high, bool across, uint64_t key, v_u32 word[][4]) {
  const v_u64 even = v_even(), zero = even ^ even;
  v_u64 c[4][4];
  for (int j = 0; j < 2 * parts; j++) {
    const uint64_t first = (uint64_t)j / 2 * LANES + (uint64_t)j % 2;
    const v_u64 l = across ? zero + low : even + (low + first), h = across ? even + (high + first) : zero + high;
    c[j][0] = l;
    c[j][1] = l >> 32;
    c[j][2] = h;
    c[j][3] = h >> 32;
  }
  uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
#pragma GCC unroll 10
  for (int i = 0; i < rounds; i++, k0 += TB_PHILOX_W0, k1 += TB_PHILOX_W1)
#pragma GCC unroll 4
    for (int j = 0; j < 2 * parts; j++)
      v_philox_round(c[j], zero + k0, zero + k1);
#pragma GCC unroll 8
  for (int i = 0; i < 4 * parts; i++)
    word[i / 4][i % 4] = v_interleave(c[i / 4 * 2][i % 4], c[i / 4 * 2 + 1][i % 4]);
}

/* Stores numbers as elements i, i + 1, .. of dtype f32, f16 or bf16, rounded to nearest even. */
LANE_INLINE void v_put(int32_t dtype, v_f32 x, int64_t i, void *numbers) {
  if (dtype == TENBIN_F32)
    v_store((float *)numbers + i, x);
  else
    v_store_u16((uint16_t *)numbers + i, dtype == TENBIN_F16 ? v_f16(x) : v_bf16(x));
}
