/* The inner loops of direct, for one width of vectors: see direct.c. To be included by conv_widths.h.
 *
 * SPDX-License-Identifier: MIT */

/* sum (rows, vectors) = bias + the sum over k of w[step[k].w*rows + r] * x[step[k].x + j]. */
LANE_INLINE void LANE_NAME(add_up)(const struct step *step, int64_t steps, const float *w, const float *x, const float *bias,
                                   v_f32 sum[][PIXEL_VECTORS], const int rows, const int vectors) {
  for (int r = 0; r < rows; r++)
    for (int v = 0; v < vectors; v++)
      sum[r][v] = v_set(bias[r]);
  for (const struct step *end = step + steps; step < end; step++)
    v_outer(w + step->w * rows, x + step->x, sum, rows, vectors);
}

/* The same to y (rows, vectors*LANES) at y_pitch, for `tiles` tiles side by side. */
LANE_INLINE void LANE_NAME(tile)(const struct step *step, int64_t steps, const float *w, const float *x, const float *bias,
                                 float *y, int64_t y_pitch, int64_t tiles, const int rows, const int vectors) {
  for (; tiles > 0; tiles--, x += vectors * LANES, y += vectors * LANES) {
    v_f32 sum[PIXEL_ROWS][PIXEL_VECTORS];
    LANE_NAME(add_up)(step, steps, w, x, bias, sum, rows, vectors);
    for (int r = 0; r < rows; r++)
      for (int v = 0; v < vectors; v++)
        v_store(y + r * y_pitch + v * LANES, sum[r][v]);
  }
}

#define TILE(vectors, rows)                                                                                                    \
  LANE_FUNCTION void LANE_NAME(tile_##vectors##_##rows)(const struct step *step, int64_t steps, const float *w,                \
                                                        const float *x, const float *bias, float *y, int64_t y_pitch,          \
                                                        int64_t tiles) {                                                       \
    LANE_NAME(tile)(step, steps, w, x, bias, y, y_pitch, tiles, rows, vectors);                                                \
  }
#define TILE_NAME(vectors, rows) LANE_NAME(tile_##vectors##_##rows),
PIXEL_TILES(TILE)

LANE_FUNCTION void LANE_NAME(interleave)(const float *even, const float *odd, int64_t n, float *y, bool stream) {
  v_interleave(even, odd, n, 0, y, stream);
}

/* A row of n columns of each channel from its two phases, of steps[0] and steps[1] steps, woven in registers; n is at least
 * 2*LANES*WOVEN_VECTORS: the last tile overlaps the one before, and an odd last column is the first phase's alone. */
LANE_INLINE void LANE_NAME(weave_row)(const struct step *step, const int64_t *steps, const float *w, const float *x,
                                      const float *bias, float *y, int64_t y_pitch, int64_t n, bool stream, const int rows) {
  const int64_t pairs = n / 2, span = WOVEN_VECTORS * LANES;
  for (int64_t j = 0; j < pairs; j += span) {
    const int64_t at = j + span <= pairs ? j : pairs - span;
    v_f32 even[WOVEN_ROWS][PIXEL_VECTORS], odd[WOVEN_ROWS][PIXEL_VECTORS];
    LANE_NAME(add_up)(step, steps[0], w, x + at, bias, even, rows, WOVEN_VECTORS);
    LANE_NAME(add_up)(step + steps[0], steps[1], w, x + at, bias, odd, rows, WOVEN_VECTORS);
    for (int r = 0; r < rows; r++)
      for (int v = 0; v < WOVEN_VECTORS; v++) {
        float *to = y + r * y_pitch + 2 * (at + v * LANES);
        v_store_woven(to, even[r][v], odd[r][v], stream && (uintptr_t)to % sizeof(v_f32) == 0);
      }
  }
  for (int r = 0; r < rows && n % 2; r++) {
    float sum = bias[r];
    for (int64_t k = 0; k < steps[0]; k++)
      sum += w[step[k].w * rows + r] * x[step[k].x + pairs];
    y[r * y_pitch + n - 1] = sum;
  }
}

/* The same of one channel and four steps a phase, a depthwise k4 s2: the weights stay in registers. n is even. */
LANE_INLINE void LANE_NAME(weave_four)(const struct step *step, const float *w, const float *x, float bias, float *y, int64_t n,
                                       bool stream) {
  const float *source[8];
  v_f32 weight[8];
  for (int k = 0; k < 8; k++) {
    source[k] = x + step[k].x;
    weight[k] = v_set(w[step[k].w]);
  }
  for (int64_t j = 0; j < n / 2; j += LANES) {
    const int64_t at = j + LANES <= n / 2 ? j : n / 2 - LANES;
    v_f32 even = v_set(bias), odd = even;
    for (int k = 0; k < 4; k++) {
      even = v_madd(weight[k], v_load(source[k] + at), even);
      odd = v_madd(weight[4 + k], v_load(source[4 + k] + at), odd);
    }
    v_store_woven(y + 2 * at, even, odd, stream && (uintptr_t)(y + 2 * at) % sizeof(v_f32) == 0);
  }
}

#define WOVEN(rows)                                                                                                            \
  LANE_FUNCTION void LANE_NAME(woven_##rows)(const struct step *step, const int64_t *steps, const float *w, const float *x,    \
                                             const float *bias, float *y, int64_t y_pitch, int64_t n, bool stream) {           \
    if (rows == 1 && steps[0] == 4 && steps[1] == 4 && n % 2 == 0)                                                             \
      LANE_NAME(weave_four)(step, w, x, *bias, y, n, stream);                                                                  \
    else                                                                                                                       \
      LANE_NAME(weave_row)(step, steps, w, x, bias, y, y_pitch, n, stream, rows);                                              \
  }
WOVEN(1)
WOVEN(2)
WOVEN(3)

/* n floats, of which up to a vector more may be written. */
LANE_FUNCTION void LANE_NAME(copy)(const float *x, int64_t n, float *y) {
  int64_t j = 0;
  for (; j + LANES <= n; j += LANES)
    v_store(y + j, v_load(x + j));
  for (; j < n; j++)
    y[j] = x[j];
}

static const struct direct_simd LANE_NAME(simd) = {
    .lanes = LANES,
    .rows = PIXEL_TILE_ROWS,
    .tile = PIXEL_TILE_TABLE(TILE_NAME),
    .copy = LANE_NAME(copy),
    .interleave = LANE_NAME(interleave),
    .woven = {LANE_NAME(woven_1), LANE_NAME(woven_2), LANE_NAME(woven_3)},
};
