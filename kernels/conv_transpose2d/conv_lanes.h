/* The vector operations of the convolution kernels, on top of lanes.h: to be included as lanes.h is, which it includes.
 *
 * SPDX-License-Identifier: MIT */
#include "lanes.h"

#ifndef TB_CONV_LANES_ONCE
#define TB_CONV_LANES_ONCE
#include "conv_shape.h"

#include <stdbool.h>

/* Of functions for some vectors and rows each: M(v, 1) to M(v, n), which defines one, or names it in a table. */
#define ROWS_1(M, v) M(v, 1)
#define ROWS_2(M, v) ROWS_1(M, v) M(v, 2)
#define ROWS_3(M, v) ROWS_2(M, v) M(v, 3)
#define ROWS_4(M, v) ROWS_3(M, v) M(v, 4)
#define ROWS_6(M, v) ROWS_4(M, v) M(v, 5) M(v, 6)
#define ROWS_8(M, v) ROWS_6(M, v) M(v, 7) M(v, 8)
#define ROWS_12(M, v) ROWS_8(M, v) M(v, 9) M(v, 10) M(v, 11) M(v, 12)

#define v_madd LANE_NAME(v_madd)
#define v_outer LANE_NAME(v_outer)
#define v_stream LANE_NAME(v_stream)
#define v_gather4 LANE_NAME(v_gather4)
#define v_quads LANE_NAME(v_quads)
#define v_square LANE_NAME(v_square)
#define v_weave LANE_NAME(v_weave)
#define v_weave_phases LANE_NAME(v_weave_phases)
#define v_store_woven LANE_NAME(v_store_woven)
#define v_store_woven_but_one LANE_NAME(v_store_woven_but_one)
#define v_interleave_row LANE_NAME(v_interleave_row)
#endif

/* a * b + c, rounded once where the processor can do so, else twice. */
LANE_INLINE v_f32 v_madd(v_f32 a, v_f32 b, v_f32 c) {
#if LANES == 4
  return a * b + c;
#elif LANES == 8
  return _mm256_fmadd_ps(a, b, c);
#else
  return _mm512_fmadd_ps(a, b, c);
#endif
}

/* Stores past the caches, p aligned to the vector. */
LANE_INLINE void v_stream(float *p, v_f32 x) {
#if LANES == 8
  _mm256_stream_ps(p, x);
#elif LANES == 16
  _mm512_stream_ps(p, x);
#elif defined(__x86_64__)
  _mm_stream_ps(p, x);
#else
  v_store(p, x);
#endif
}

/* The vector of LANES/4 blocks of four numbers, block b at p + 4*b*pitch. */
LANE_INLINE v_f32 v_gather4(const float *p, int64_t pitch) {
#if LANES == 4
  (void)pitch;
  return v_load(p);
#elif LANES == 8
  return _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(p)), _mm_loadu_ps(p + 4 * pitch), 1);
#else
  const __m256 low = _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(p)), _mm_loadu_ps(p + 4 * pitch), 1);
  const __m256 high =
      _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(p + 8 * pitch)), _mm_loadu_ps(p + 12 * pitch), 1);
  return _mm512_insertf32x8(_mm512_castps256_ps512(low), high, 1);
#endif
}

/* Transposes the 4x4 matrices that block b of four vectors makes: element j of block b of v[i] changes with element i of block
 * b of v[j]. Its own inverse. */
LANE_INLINE void v_quads(v_f32 v[4]) {
#if LANES == 4
  const v_f32 a = {v[0][0], v[1][0], v[2][0], v[3][0]}, b = {v[0][1], v[1][1], v[2][1], v[3][1]};
  const v_f32 c = {v[0][2], v[1][2], v[2][2], v[3][2]}, d = {v[0][3], v[1][3], v[2][3], v[3][3]};
  v[0] = a, v[1] = b, v[2] = c, v[3] = d;
#else
#if LANES == 8
#define LOW(a, b) _mm256_unpacklo_ps(a, b)
#define HIGH(a, b) _mm256_unpackhi_ps(a, b)
#define LOW_PAIRS(a, b) _mm256_shuffle_ps(a, b, 0x44)
#define HIGH_PAIRS(a, b) _mm256_shuffle_ps(a, b, 0xee)
#else
#define LOW(a, b) _mm512_unpacklo_ps(a, b)
#define HIGH(a, b) _mm512_unpackhi_ps(a, b)
#define LOW_PAIRS(a, b) _mm512_shuffle_ps(a, b, 0x44)
#define HIGH_PAIRS(a, b) _mm512_shuffle_ps(a, b, 0xee)
#endif
  const v_f32 a = LOW(v[0], v[1]), b = HIGH(v[0], v[1]), c = LOW(v[2], v[3]), d = HIGH(v[2], v[3]);
  v[0] = LOW_PAIRS(a, c);
  v[1] = HIGH_PAIRS(a, c);
  v[2] = LOW_PAIRS(b, d);
  v[3] = HIGH_PAIRS(b, d);
#undef LOW
#undef HIGH
#undef LOW_PAIRS
#undef HIGH_PAIRS
#endif
}

/* Transposes the square of LANES vectors: its 4x4 blocks each, and then their places. */
LANE_INLINE void v_square(v_f32 v[LANES]) {
  for (int i = 0; i < LANES; i += 4)
    v_quads(v + i);
#if LANES == 8
  for (int j = 0; j < 4; j++) {
    const v_f32 a = v[j], b = v[4 + j];
    v[j] = _mm256_permute2f128_ps(a, b, 0x20);
    v[4 + j] = _mm256_permute2f128_ps(a, b, 0x31);
  }
#elif LANES == 16
#define EVEN(a, b) _mm512_shuffle_f32x4(a, b, 0x88) /* blocks 0 and 2 of each */
#define ODD(a, b) _mm512_shuffle_f32x4(a, b, 0xdd)
  for (int j = 0; j < 4; j++) {
    const v_f32 a = EVEN(v[j], v[4 + j]), b = EVEN(v[8 + j], v[12 + j]);
    const v_f32 c = ODD(v[j], v[4 + j]), d = ODD(v[8 + j], v[12 + j]);
    v[j] = EVEN(a, b);
    v[4 + j] = EVEN(c, d);
    v[8 + j] = ODD(a, b);
    v[12 + j] = ODD(c, d);
  }
#undef EVEN
#undef ODD
#endif
}

/* low, high = a[0], b[0], a[1], b[1], ... */
LANE_INLINE void v_weave(v_f32 a, v_f32 b, v_f32 *low, v_f32 *high) {
#if LANES == 4
  *low = (v_f32){a[0], b[0], a[1], b[1]};
  *high = (v_f32){a[2], b[2], a[3], b[3]};
#elif LANES == 8
  const v_f32 l = _mm256_unpacklo_ps(a, b), h = _mm256_unpackhi_ps(a, b);
  *low = _mm256_permute2f128_ps(l, h, 0x20);
  *high = _mm256_permute2f128_ps(l, h, 0x31);
#else
  const __m512i first = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  *low = _mm512_permutex2var_ps(a, first, b);
  *high = _mm512_permutex2var_ps(a, _mm512_add_epi32(first, _mm512_set1_epi32(8)), b);
#endif
}

/* v[0][0], v[1][0], ..., v[phases - 1][0], v[0][1], ... to the same vectors, of 2, 3 or 4 phases. Of three, element i of v[q]
 * goes to lane q + 3*i modulo LANES of one of them, and these are all different: each vector is permuted once. */
LANE_INLINE void v_weave_phases(v_f32 *v, const int phases) {
  const v_f32 a = v[0], b = v[1];
  if (phases == 2) {
    v_weave(a, b, &v[0], &v[1]);
    return;
  }
  const v_f32 c = v[2];
  if (phases == 4) {
    v_f32 even[2], odd[2];
    v_weave(a, c, &even[0], &even[1]);
    v_weave(b, v[3], &odd[0], &odd[1]);
    for (int i = 0; i < 2; i++)
      v_weave(even[i], odd[i], &v[2 * i], &v[2 * i + 1]);
    return;
  }
#if LANES == 4
  v[0] = (v_f32){a[0], b[0], c[0], a[1]};
  v[1] = (v_f32){b[1], c[1], a[2], b[2]};
  v[2] = (v_f32){c[2], a[3], b[3], c[3]};
#elif LANES == 8
#define MIX(of_b, of_c) _mm256_blend_ps(_mm256_blend_ps(p, q, of_b), r, of_c)
  const v_f32 p = _mm256_permutevar8x32_ps(a, _mm256_setr_epi32(0, 3, 6, 1, 4, 7, 2, 5));
  const v_f32 q = _mm256_permutevar8x32_ps(b, _mm256_setr_epi32(5, 0, 3, 6, 1, 4, 7, 2));
  const v_f32 r = _mm256_permutevar8x32_ps(c, _mm256_setr_epi32(2, 5, 0, 3, 6, 1, 4, 7));
  v[0] = MIX(0x92, 0x24);
  v[1] = MIX(0x24, 0x49);
  v[2] = MIX(0x49, 0x92);
#else
#define MIX(of_b, of_c) _mm512_mask_blend_ps(of_c, _mm512_mask_blend_ps(of_b, p, q), r)
  const v_f32 p = _mm512_permutexvar_ps(_mm512_setr_epi32(0, 11, 6, 1, 12, 7, 2, 13, 8, 3, 14, 9, 4, 15, 10, 5), a);
  const v_f32 q = _mm512_permutexvar_ps(_mm512_setr_epi32(5, 0, 11, 6, 1, 12, 7, 2, 13, 8, 3, 14, 9, 4, 15, 10), b);
  const v_f32 r = _mm512_permutexvar_ps(_mm512_setr_epi32(10, 5, 0, 11, 6, 1, 12, 7, 2, 13, 8, 3, 14, 9, 4, 15), c);
  v[0] = MIX(0x2492, 0x4924);
  v[1] = MIX(0x9249, 0x2492);
  v[2] = MIX(0x4924, 0x9249);
#endif
#undef MIX
}

/* Stores a and b woven at y; `stream`: past the caches. */
LANE_INLINE void v_store_woven(float *y, v_f32 a, v_f32 b, bool stream) {
  v_f32 low, high;
  v_weave(a, b, &low, &high);
  if (stream) {
    v_stream(y, low);
    v_stream(y + LANES, high);
  } else {
    v_store(y, low);
    v_store(y + LANES, high);
  }
}

/* The same but for the last number. */
LANE_INLINE void v_store_woven_but_one(float *y, v_f32 a, v_f32 b) {
  v_f32 low, high;
  v_weave(a, b, &low, &high);
  v_store(y, low);
  memcpy(y + LANES, &high, (LANES - 1) * sizeof(float));
}

/* y[2*j] = even[j], y[2*j + 1] = odd[j], n numbers in all. `stream`: past the caches, where y is aligned. */
LANE_INLINE void v_interleave_row(const float *even, const float *odd, int64_t n, float *y, bool stream) {
  int64_t j = 0;
  stream = stream && (uintptr_t)y % sizeof(v_f32) == 0;
  for (; 2 * j + 2 * LANES <= n; j += LANES)
    if (stream)
      v_store_woven(y + 2 * j, v_load(even + j), v_load(odd + j), true);
    else
      v_store_woven(y + 2 * j, v_load(even + j), v_load(odd + j), false);
  if (n >= 2 * LANES && 2 * j + 1 < n) { /* overlaps the one before */
    j = n / 2 - LANES;
    v_store_woven(y + 2 * j, v_load(even + j), v_load(odd + j), false);
    j += LANES;
  }
  for (j *= 2; j < n; j++)
    y[j] = (j % 2 ? odd : even)[j / 2];
}

/* sum[r][v] += w[r] * x[v], rows x vectors; whatever is fewer is held in registers, the other passes through one. */
LANE_INLINE void v_outer(const float *w, const float *x, v_f32 sum[][PIXEL_VECTORS], const int rows, const int vectors) {
  if (rows < vectors) {
    v_f32 weight[PIXEL_ROWS];
    for (int r = 0; r < rows; r++)
      weight[r] = v_set(w[r]);
    for (int v = 0; v < vectors; v++) {
      const v_f32 value = v_load(x + v * LANES);
      for (int r = 0; r < rows; r++)
        sum[r][v] = v_madd(weight[r], value, sum[r][v]);
    }
  } else {
    v_f32 value[PIXEL_VECTORS];
    for (int v = 0; v < vectors; v++)
      value[v] = v_load(x + v * LANES);
    for (int r = 0; r < rows; r++) {
      const v_f32 weight = v_set(w[r]);
      for (int v = 0; v < vectors; v++)
        sum[r][v] = v_madd(weight, value[v], sum[r][v]);
    }
  }
}

/* The most rows of a tile of as many vectors whose accumulators, and what is held beside them, fit the registers: 32 of
 * AVX-512, 16 elsewhere; and the tiles, TILE(vectors, rows) defining one and NAME(vectors, rows) naming it in a table. */
#undef PIXEL_TILES
#undef PIXEL_TILE_ROWS
#undef PIXEL_TILE_TABLE
#if LANES == 16
#define PIXEL_TILES(TILE) ROWS_6(TILE, 1) ROWS_6(TILE, 2) ROWS_6(TILE, 3) ROWS_6(TILE, 4)
#define PIXEL_TILE_ROWS {0, 6, 6, 6, 6}
#define PIXEL_TILE_TABLE(NAME)                                                                                                 \
  {                                                                                                                            \
    {0}, {ROWS_6(NAME, 1)}, {ROWS_6(NAME, 2)}, {ROWS_6(NAME, 3)}, {                                                            \
      ROWS_6(NAME, 4)                                                                                                          \
    }                                                                                                                          \
  }
#else
#define PIXEL_TILES(TILE) ROWS_6(TILE, 1) ROWS_6(TILE, 2) ROWS_4(TILE, 3) ROWS_3(TILE, 4)
#define PIXEL_TILE_ROWS {0, 6, 6, 4, 3}
#define PIXEL_TILE_TABLE(NAME)                                                                                                 \
  {                                                                                                                            \
    {0}, {ROWS_6(NAME, 1)}, {ROWS_6(NAME, 2)}, {ROWS_4(NAME, 3)}, {                                                            \
      ROWS_3(NAME, 4)                                                                                                          \
    }                                                                                                                          \
  }
#endif
