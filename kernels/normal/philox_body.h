/* The numbers of philox in lanes: to be included behind philox_lanes.h, once for each width.
 *
 * SPDX-License-Identifier: MIT */
#define box_muller LANE_NAME(box_muller)
#define make_parts LANE_NAME(make_parts)
#define make_rows LANE_NAME(make_rows)
#define fill_tile LANE_NAME(fill_tile)

/* One or two pairs of a block: u in (0, 1] and the angle are rounded as cuRAND's _curand_box_muller rounds them; the sine comes
 * first. */
LANE_INLINE void box_muller(const v_u32 word[4], int rows, v_f32 z[4]) {
  for (int i = 0; i < (rows + 1) / 2; i++) {
    const v_f32 u = v_fma(v_from_u32(word[2 * i]), v_set(0x1p-32f), v_set(0x1p-33f));
    const v_f32 angle = v_fma(v_from_u32(word[2 * i + 1]), v_set(TURN), v_set(TURN / 2));
    const v_f32 radius = v_sqrt(v_log(u) * -2.0f);
    v_f32 sine, cosine;
    v_sincos(angle, &sine, &cosine);
    z[2 * i] = radius * sine;
    z[2 * i + 1] = radius * cosine;
  }
}

/* `parts` times LANES blocks, from number b of the tile on. */
LANE_INLINE void make_parts(const struct tile *t, int32_t dtype, int rows, bool across, int parts, int64_t b, void *numbers) {
  const v_f32 mean = v_set((float)t->mean), std = v_set((float)t->std);
  v_u32 word[2][4];
  v_philox(ROUNDS, parts, t->low + (across ? 0 : (uint64_t)b), t->high + (across ? (uint64_t)b : 0), across, t->seed, word);
#pragma GCC unroll 2
  for (int j = 0; j < parts; j++, b += LANES) {
    v_f32 z[4];
    box_muller(word[j], rows, z);
    const int64_t at = (b & ~(BATCH - 1)) * t->stretch + (b & (BATCH - 1));
    for (int i = 0; i < rows; i++)
      v_put(dtype, v_fma(z[i], std, mean), at + i * t->pitch, numbers);
  }
}

LANE_INLINE void make_rows(const struct tile *t, int32_t dtype, int rows, bool across, void *numbers) {
  int64_t b = 0;
  for (; b <= t->blocks - 2 * LANES; b += 2 * LANES)
    make_parts(t, dtype, rows, across, 2, b, numbers);
  if (b < t->blocks)
    make_parts(t, dtype, rows, across, 1, b, numbers);
}

LANE_FUNCTION void fill_tile(const struct tile *t, void *numbers) {
  const int kind = t->across ? t->rows : 0;
#define KIND(dtype)                                                                                                                \
  (kind == 0 ? make_rows(t, dtype, 4, false, numbers)                                                                            \
   : kind == 1 ? make_rows(t, dtype, 1, true, numbers)                                                                           \
               : make_rows(t, dtype, 4, true, numbers))
  if (t->dtype == TENBIN_F32)
    KIND(TENBIN_F32);
  else if (t->dtype == TENBIN_F16)
    KIND(TENBIN_F16);
  else
    KIND(TENBIN_BF16);
#undef KIND
}

#undef LANES
