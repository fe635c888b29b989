/* The inner loops of direct, for one width of vectors: see direct.c. To be included with LANES defined, once for each.
 *
 * SPDX-License-Identifier: MIT */
#include "conv_lanes.h"

/* y (rows, vectors*LANES) at y_pitch = bias + the sum over k of w[step[k].w*rows + r] * x[step[k].x + j]. */
LANE_INLINE void LANE_NAME(tile)(const struct step *step, int64_t steps, const float *w, const float *x, const float *bias,
                                 float *y, int64_t y_pitch, const int rows, const int vectors) {
  v_f32 sum[TILE_ROWS][TILE_VECTORS];
  for (int r = 0; r < rows; r++)
    for (int v = 0; v < vectors; v++)
      sum[r][v] = v_set(bias[r]);
  for (const struct step *end = step + steps; step < end; step++) {
    const float *xs = x + step->x, *ws = w + step->w * rows;
    if (rows < vectors) { /* hold what is fewer */
      v_f32 weight[TILE_ROWS];
      for (int r = 0; r < rows; r++)
        weight[r] = v_set(ws[r]);
      for (int v = 0; v < vectors; v++) {
        const v_f32 value = v_load(xs + v * LANES);
        for (int r = 0; r < rows; r++)
          sum[r][v] = v_madd(weight[r], value, sum[r][v]);
      }
    } else {
      v_f32 value[TILE_VECTORS];
      for (int v = 0; v < vectors; v++)
        value[v] = v_load(xs + v * LANES);
      for (int r = 0; r < rows; r++) {
        const v_f32 weight = v_set(ws[r]);
        for (int v = 0; v < vectors; v++)
          sum[r][v] = v_madd(weight, value[v], sum[r][v]);
      }
    }
  }
  for (int r = 0; r < rows; r++)
    for (int v = 0; v < vectors; v++)
      v_store(y + r * y_pitch + v * LANES, sum[r][v]);
}

/* The same for `tiles` tiles side by side. The few steps of a depthwise convolution are unrolled, their weights held. */
#define TILES(vectors, rows, steps)                                                                                            \
  for (; tiles > 0; tiles--, x += vectors * LANES, y += vectors * LANES)                                                       \
  LANE_NAME(tile)(step, steps, w, x, bias, y, y_pitch, rows, vectors)
#define TILE(vectors, rows)                                                                                                    \
  LANE_FUNCTION void LANE_NAME(tile_##vectors##_##rows)(const struct step *step, int64_t steps, const float *w,                \
                                                        const float *x, const float *bias, float *y, int64_t y_pitch,          \
                                                        int64_t tiles) {                                                       \
    if (rows == 1 && steps == 4)                                                                                               \
      TILES(vectors, rows, 4);                                                                                                 \
    else                                                                                                                       \
      TILES(vectors, rows, steps);                                                                                             \
  }
#define TILES_3(v) TILE(v, 1) TILE(v, 2) TILE(v, 3)
#define TILES_4(v) TILES_3(v) TILE(v, 4)
#define TILES_6(v) TILES_4(v) TILE(v, 5) TILE(v, 6)
#define TILE_NAME(v, r) LANE_NAME(tile_##v##_##r)
#define TILE_NAMES_3(v) TILE_NAME(v, 1), TILE_NAME(v, 2), TILE_NAME(v, 3)
#define TILE_NAMES_4(v) TILE_NAMES_3(v), TILE_NAME(v, 4)
#define TILE_NAMES_6(v) TILE_NAMES_4(v), TILE_NAME(v, 5), TILE_NAME(v, 6)
TILES_6(1)
TILES_6(2)
#if LANES == 16 /* 32 registers */
TILES_6(3)
TILES_6(4)
#else /* 16 registers */
TILES_4(3)
TILES_3(4)
#endif

LANE_FUNCTION void LANE_NAME(interleave)(const float *even, const float *odd, int64_t n, float *y, bool stream) {
  v_interleave(even, odd, n, y, stream);
}

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
#if LANES == 16
    .rows = {0, 6, 6, 6, 6},
    .tile = {{0}, {TILE_NAMES_6(1)}, {TILE_NAMES_6(2)}, {TILE_NAMES_6(3)}, {TILE_NAMES_6(4)}},
#else
    .rows = {0, 6, 6, 4, 3},
    .tile = {{0}, {TILE_NAMES_6(1)}, {TILE_NAMES_6(2)}, {TILE_NAMES_4(3)}, {TILE_NAMES_3(4)}},
#endif
    .copy = LANE_NAME(copy),
    .interleave = LANE_NAME(interleave),
};
#undef LANES
