/* The inner loops of planes, for one width of vectors: see planes.c. To be included by lane_widths.h.
 *
 * SPDX-License-Identifier: MIT */
#include "conv_lanes.h"

/* p (rows, vectors*LANES) at p_pitch = w (depth, rows) transposed, times x (depth, vectors*LANES) at x_pitch, for as many
 * blocks of rows, and their weights, one behind the other. */
LANE_INLINE void LANE_NAME(product)(const float *w, const float *x, int64_t x_pitch, int64_t depth, float *p, int64_t p_pitch,
                                    int64_t blocks, const int rows, const int vectors) {
  for (; blocks > 0; blocks--, p += rows * p_pitch) {
    v_f32 sum[PIXEL_ROWS][PIXEL_VECTORS];
    const float *pixels = x;
    for (int r = 0; r < rows; r++)
      for (int v = 0; v < vectors; v++)
        sum[r][v] = v_set(0);
#pragma GCC unroll 2
    for (int64_t c = 0; c < depth; c++, w += rows, pixels += x_pitch)
      v_outer(w, pixels, sum, rows, vectors);
    for (int r = 0; r < rows; r++)
      for (int v = 0; v < vectors; v++)
        v_store(p + r * p_pitch + v * LANES, sum[r][v]);
  }
}

#define PRODUCT(vectors, rows)                                                                                                 \
  LANE_FUNCTION void LANE_NAME(product_##vectors##_##rows)(const float *w, const float *x, int64_t x_pitch, int64_t depth,     \
                                                           float *p, int64_t p_pitch, int64_t blocks) {                        \
    LANE_NAME(product)(w, x, x_pitch, depth, p, p_pitch, blocks, rows, vectors);                                               \
  }
#define PRODUCT_NAME(vectors, rows) LANE_NAME(product_##vectors##_##rows),
PIXEL_TILES(PRODUCT)

/* y[j] = the sum of source[t][j] over the taps, 0 <= j < n; taps > 0. */
LANE_INLINE void LANE_NAME(add)(const float *const *source, int64_t n, float *y, const int64_t taps) {
  if (n < LANES) {
    for (int64_t j = 0; j < n; j++) {
      float sum = source[0][j];
      for (int64_t t = 1; t < taps; t++)
        sum += source[t][j];
      y[j] = sum;
    }
    return;
  }
  for (int64_t j = 0; j < n; j += LANES) {
    const int64_t at = j + LANES <= n ? j : n - LANES; /* the last one overlaps the one before */
    v_f32 sum = v_load(source[0] + at);
    for (int64_t t = 1; t < taps; t++)
      sum += v_load(source[t] + at);
    v_store(y + at, sum);
  }
}

LANE_FUNCTION void LANE_NAME(sum)(const float *const *source, int64_t taps, int64_t n, float *y) {
  switch (taps) {
  case 1:
    LANE_NAME(add)(source, n, y, 1);
    break;
  case 2:
    LANE_NAME(add)(source, n, y, 2);
    break;
  case 4:
    LANE_NAME(add)(source, n, y, 4);
    break;
  default:
    LANE_NAME(add)(source, n, y, taps);
  }
}

LANE_FUNCTION void LANE_NAME(interleave)(const float *even, const float *odd, int64_t pitch, int64_t n, int64_t rows,
                                         float bias, float *y, int64_t y_pitch, bool stream) {
  v_interleave(even, odd, pitch, n, rows, bias, y, y_pitch, stream);
}

static const struct planes_simd LANE_NAME(simd) = {
    .lanes = LANES,
    .rows = PIXEL_TILE_ROWS,
    .product = PIXEL_TILE_TABLE(PRODUCT_NAME),
    .sum = LANE_NAME(sum),
    .interleave = LANE_NAME(interleave),
};
