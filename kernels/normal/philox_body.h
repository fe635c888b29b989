/* The numbers of philox in lanes: to be included by lane_widths.h.
 *
 * SPDX-License-Identifier: MIT */
#include "philox_lanes.h"

#define radius_of LANE_NAME(radius_of)
#define sincos_of LANE_NAME(sincos_of)
#define make_parts LANE_NAME(make_parts)
#define make_rows LANE_NAME(make_rows)
#define make_tile LANE_NAME(make_tile)
#define fill_tile LANE_NAME(fill_tile)

/* The radius of a pair, u in (0, 1] rounded as cuRAND's _curand_box_muller rounds it. */
LANE_INLINE v_f32 radius_of(v_u32 word) {
  return v_sqrt(v_log(v_fma(v_from_u32(word), v_set(0x1p-32f), v_set(0x1p-33f))) * -2.0f);
}

/* Its angle's sine and cosine, the angle rounded as there. */
LANE_INLINE void sincos_of(v_u32 word, v_f32 *sine, v_f32 *cosine) {
  const v_u32 quarter = ((word >> 29) + 1) >> 1;
  const v_f32 n = v_from_s32((v_s32)quarter);
  v_f32 t = v_fma(v_from_u32(word), v_set(TURN), v_set(TURN / 2));
  t = v_fma(n, v_set(-2 * (tb_octant_1 + tb_octant_2)), t);
  t = v_fma(n, v_set(-2 * tb_octant_3), t);
  v_sincos_reduced(t, quarter, sine, cosine);
}

/* `parts` times LANES blocks, from number b of the tile on. Of each, one pair if one or two rows are wanted, else both. All
 * radii come first: a vector takes longer through the logarithm than its operations cost, and so several are on their way. */
LANE_INLINE void make_parts(const struct tile *t, int32_t dtype, int rows, bool across, int parts, int64_t b, void *numbers) {
  const v_f32 mean = v_set((float)t->mean), std = v_set((float)t->std);
  const int each = (rows + 1) / 2, pairs = parts * each;
  v_u32 word[2][4];
  v_f32 radius[4], sine, cosine;
  v_philox(ROUNDS, parts, t->low + (across ? 0 : (uint64_t)b), t->high + (across ? (uint64_t)b : 0), across, t->seed, word);
#pragma GCC unroll 4
  for (int j = 0; j < pairs; j++)
    radius[j] = radius_of(word[j / each][j % each * 2]);
#pragma GCC unroll 4
  for (int j = 0; j < pairs; j++) {
    const int64_t block = b + j / each * LANES;
    const int64_t at = (block & ~(BATCH - 1)) * t->stretch + (block & (BATCH - 1)) + j % each * 2 * t->pitch;
    sincos_of(word[j / each][j % each * 2 + 1], &sine, &cosine);
    v_put(dtype, v_fma(radius[j] * sine, std, mean), at, numbers);
    if (rows > 1)
      v_put(dtype, v_fma(radius[j] * cosine, std, mean), at + t->pitch, numbers);
  }
}

LANE_INLINE void make_rows(const struct tile *t, int32_t dtype, int rows, bool across, void *numbers) {
  int64_t b = 0;
  for (; b <= t->blocks - 2 * LANES; b += 2 * LANES)
    make_parts(t, dtype, rows, across, 2, b, numbers);
  if (b < t->blocks)
    make_parts(t, dtype, rows, across, 1, b, numbers);
}

LANE_INLINE void make_tile(const struct tile *t, int32_t dtype, void *numbers) {
  if (!t->across)
    make_rows(t, dtype, 4, false, numbers);
  else if (t->rows == 1)
    make_rows(t, dtype, 1, true, numbers);
  else if (t->rows == 2)
    make_rows(t, dtype, 2, true, numbers);
  else
    make_rows(t, dtype, 4, true, numbers);
}

LANE_FUNCTION void fill_tile(const struct tile *t, void *numbers) {
  if (t->dtype == TENBIN_F32)
    make_tile(t, TENBIN_F32, numbers);
  else if (t->dtype == TENBIN_F16)
    make_tile(t, TENBIN_F16, numbers);
  else
    make_tile(t, TENBIN_BF16, numbers);
}
