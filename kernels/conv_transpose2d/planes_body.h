/* The inner loops of planes, for one width of vectors: see planes.c. To be included with LANES defined, once for each.
 *
 * SPDX-License-Identifier: MIT */
#include "conv_lanes.h"

/* p (rows, vectors*LANES) at p_pitch = w (depth, rows) transposed, times x (depth, vectors*LANES) at x_pitch. */
LANE_INLINE void LANE_NAME(product)(const float *w, const float *x, int64_t x_pitch, int64_t depth, float *p, int64_t p_pitch,
                                    const int rows, const int vectors) {
  v_f32 sum[PLANE_ROWS][PLANE_VECTORS];
  for (int r = 0; r < rows; r++)
    for (int v = 0; v < vectors; v++)
      sum[r][v] = v_set(0);
#pragma GCC unroll 2
  for (int64_t c = 0; c < depth; c++, w += rows, x += x_pitch) {
    if (rows < vectors) { /* hold what is fewer */
      v_f32 weight[PLANE_ROWS];
      for (int r = 0; r < rows; r++)
        weight[r] = v_set(w[r]);
      for (int v = 0; v < vectors; v++) {
        const v_f32 value = v_load(x + v * LANES);
        for (int r = 0; r < rows; r++)
          sum[r][v] = v_madd(weight[r], value, sum[r][v]);
      }
    } else {
      v_f32 value[PLANE_VECTORS];
      for (int v = 0; v < vectors; v++)
        value[v] = v_load(x + v * LANES);
      for (int r = 0; r < rows; r++) {
        const v_f32 weight = v_set(w[r]);
        for (int v = 0; v < vectors; v++)
          sum[r][v] = v_madd(weight, value[v], sum[r][v]);
      }
    }
  }
  for (int r = 0; r < rows; r++)
    for (int v = 0; v < vectors; v++)
      v_store(p + r * p_pitch + v * LANES, sum[r][v]);
}

#define PRODUCT(vectors, rows)                                                                                                 \
  LANE_FUNCTION void LANE_NAME(product_##vectors##_##rows)(const float *w, const float *x, int64_t x_pitch, int64_t depth,     \
                                                           float *p, int64_t p_pitch) {                                        \
    LANE_NAME(product)(w, x, x_pitch, depth, p, p_pitch, rows, vectors);                                                       \
  }
#define PRODUCTS_3(v) PRODUCT(v, 1) PRODUCT(v, 2) PRODUCT(v, 3)
#define PRODUCTS_4(v) PRODUCTS_3(v) PRODUCT(v, 4)
#define PRODUCTS_6(v) PRODUCTS_4(v) PRODUCT(v, 5) PRODUCT(v, 6)
#define PRODUCT_NAME(v, r) LANE_NAME(product_##v##_##r)
#define PRODUCT_NAMES_3(v) PRODUCT_NAME(v, 1), PRODUCT_NAME(v, 2), PRODUCT_NAME(v, 3)
#define PRODUCT_NAMES_4(v) PRODUCT_NAMES_3(v), PRODUCT_NAME(v, 4)
#define PRODUCT_NAMES_6(v) PRODUCT_NAMES_4(v), PRODUCT_NAME(v, 5), PRODUCT_NAME(v, 6)
PRODUCTS_6(1)
PRODUCTS_6(2)
#if LANES == 16 /* 32 registers */
PRODUCTS_6(3)
PRODUCTS_6(4)
#else /* 16 registers */
PRODUCTS_4(3)
PRODUCTS_3(4)
#endif

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

LANE_FUNCTION void LANE_NAME(interleave)(const float *even, const float *odd, int64_t n, float bias, float *y, bool stream) {
  v_interleave(even, odd, n, bias, y, stream);
}

static const struct planes_simd LANE_NAME(simd) = {
    .lanes = LANES,
#if LANES == 16
    .rows = {0, 6, 6, 6, 6},
    .product = {{0}, {PRODUCT_NAMES_6(1)}, {PRODUCT_NAMES_6(2)}, {PRODUCT_NAMES_6(3)}, {PRODUCT_NAMES_6(4)}},
#else
    .rows = {0, 6, 6, 4, 3},
    .product = {{0}, {PRODUCT_NAMES_6(1)}, {PRODUCT_NAMES_6(2)}, {PRODUCT_NAMES_4(3)}, {PRODUCT_NAMES_3(4)}},
#endif
    .sum = LANE_NAME(sum),
    .interleave = LANE_NAME(interleave),
};
#undef LANES
