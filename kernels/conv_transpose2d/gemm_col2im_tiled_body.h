/* The inner loops of gemm_col2im_tiled, for one width of vectors: see gemm_col2im_tiled.c. To be included by lane_widths.h.
 *
 * SPDX-License-Identifier: MIT */
#include "conv_lanes.h"

/* sum (rows, vectors) += w (depth, rows) transposed, times x (depth, vectors*LANES) at x_pitch, while lines of `next` are
 * fetched. Returns the weights after those. */
LANE_INLINE const float *LANE_NAME(add_up)(const float *w, const float *x, int64_t x_pitch, int64_t depth, struct fetch *next,
                                           v_f32 sum[][PIXEL_VECTORS], const int rows, const int vectors) {
  const float *line = next->x;
  const int64_t fetched = conv_min(conv_min(next->step, next->left), depth);
  int64_t c = 0;
#pragma GCC unroll 4
  for (; c < fetched; c++, w += rows, x += x_pitch, line += next->stride) {
    __builtin_prefetch(line);
    v_outer(w, x, sum, rows, vectors);
  }
#pragma GCC unroll 4
  for (; c < depth; c++, w += rows, x += x_pitch)
    v_outer(w, x, sum, rows, vectors);
  next->x = line;
  next->left -= fetched;
  if (next->left == 0 && next->runs > 1) {
    next->runs--;
    next->left = next->count;
    next->x += next->pitch - next->count * next->stride;
  }
  return w;
}

/* p (rows, vectors*LANES) at p_pitch = w (depth, rows) transposed, times x (depth, vectors*LANES) at x_pitch, for as many
 * blocks of rows, and their weights, one after the other. */
LANE_INLINE void LANE_NAME(product)(const float *w, const float *x, int64_t x_pitch, int64_t depth, float *p, int64_t p_pitch,
                                    int64_t blocks, struct fetch *next, const int rows, const int vectors) {
  for (; blocks > 0; blocks--, p += rows * p_pitch) {
    v_f32 sum[PIXEL_ROWS][PIXEL_VECTORS];
    for (int r = 0; r < rows; r++)
      for (int v = 0; v < vectors; v++)
        sum[r][v] = v_set(0);
    w = LANE_NAME(add_up)(w, x, x_pitch, depth, next, sum, rows, vectors);
    for (int r = 0; r < rows; r++)
      for (int v = 0; v < vectors; v++)
        v_store(p + r * p_pitch + v * LANES, sum[r][v]);
  }
}

#define PRODUCT(vectors, rows)                                                                                                 \
  LANE_FUNCTION void LANE_NAME(product_##vectors##_##rows)(const float *w, const float *x, int64_t x_pitch, int64_t depth,     \
                                                           float *p, int64_t p_pitch, int64_t blocks, struct fetch *next) {    \
    LANE_NAME(product)(w, x, x_pitch, depth, p, p_pitch, blocks, next, rows, vectors);                                         \
  }
#define PRODUCT_NAME(vectors, rows) LANE_NAME(product_##vectors##_##rows),
PIXEL_TILES(PRODUCT)

/* Vector v of a part, both columns of each pixel, to y; where it does not lie in one row, pixel by pixel. */
LANE_INLINE void LANE_NAME(put_woven)(const struct target *to, int64_t pair, int v, v_f32 even, v_f32 odd) {
  float *y = to->y + to->at[v] + pair;
  if (to->row[v] < LANES) {
    float woven[2 * LANES];
    v_store_woven(woven, even, odd, false);
    for (int64_t i = 0, left = to->row[v]; i < to->n[v]; i++, left--, y += 2) {
      if (left == 0)
        y += to->jump, left = to->width;
      memcpy(y, woven + 2 * i, 2 * sizeof(float));
    }
  } else if (to->stream)
    v_store_woven(y, even, odd, true);
  else
    v_store_woven(y, even, odd, false);
}

/* The products of pairs of planes that are the even and the odd columns of a row of y each, woven, with its bias. */
LANE_INLINE void LANE_NAME(weave)(const float *w, const float *x, int64_t x_pitch, int64_t depth, const struct pair *pair,
                                  const struct target *to, int64_t blocks, struct fetch *next, const int pairs,
                                  const int vectors) {
  for (; blocks > 0; blocks--, pair += pairs) {
    v_f32 sum[PIXEL_ROWS][PIXEL_VECTORS];
    for (int r = 0; r < 2 * pairs; r++)
      for (int v = 0; v < vectors; v++)
        sum[r][v] = v_set(pair[r / 2].bias);
    for (int r = 0; r < pairs && blocks > 1 && to->stream; r++)
      conv_fetch_page(to->y + to->at[0] + pair[pairs + r].y);
    w = LANE_NAME(add_up)(w, x, x_pitch, depth, next, sum, 2 * pairs, vectors);
#pragma GCC unroll 3
    for (int r = 0; r < pairs; r++)
#pragma GCC unroll 4
      for (int v = 0; v < vectors; v++)
        LANE_NAME(put_woven)(to, pair[r].y, v, sum[2 * r][v], sum[2 * r + 1][v]);
  }
}

#define WEAVE(vectors, pairs)                                                                                                  \
  LANE_FUNCTION void LANE_NAME(weave_##vectors##_##pairs)(const float *w, const float *x, int64_t x_pitch, int64_t depth,      \
                                                          const struct pair *pair, const struct target *to, int64_t blocks,    \
                                                          struct fetch *next) {                                                \
    LANE_NAME(weave)(w, x, x_pitch, depth, pair, to, blocks, next, pairs, vectors);                                            \
  }
#define WEAVE_NAME(vectors, pairs) LANE_NAME(weave_##vectors##_##pairs),
#if LANES == 16
ROWS_3(WEAVE, 1)
ROWS_3(WEAVE, 2)
ROWS_3(WEAVE, 3)
ROWS_3(WEAVE, 4)
#else
ROWS_3(WEAVE, 1)
ROWS_3(WEAVE, 2)
ROWS_2(WEAVE, 3)
ROWS_1(WEAVE, 4)
#endif

LANE_INLINE v_f32 LANE_NAME(sum_of)(const float *const *source, int64_t at, const int64_t taps) {
  v_f32 sum = v_load(source[0] + at);
  for (int64_t t = 1; t < taps; t++)
    sum += v_load(source[t] + at);
  return sum;
}

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
    v_store(y + at, LANE_NAME(sum_of)(source, at, taps));
  }
}

LANE_FUNCTION void LANE_NAME(sum)(const float *const *source, int64_t taps, int64_t n, float *y) {
  switch (taps) {
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

/* The sums of `phases` phases, of as many sources each, one after the other, at `at`, woven to v. */
LANE_INLINE void LANE_NAME(phase_sums)(const float *const *source, int64_t at, v_f32 bias, v_f32 *v, const int phases,
                                       const int64_t first, const int64_t second, const int64_t third, const int64_t fourth) {
  v[0] = LANE_NAME(sum_of)(source, at, first) + bias;
  v[1] = LANE_NAME(sum_of)(source + first, at, second) + bias;
  if (phases > 2)
    v[2] = LANE_NAME(sum_of)(source + first + second, at, third) + bias;
  if (phases > 3)
    v[3] = LANE_NAME(sum_of)(source + first + second + third, at, fourth) + bias;
  v_weave_phases(v, phases);
}

/* `columns` numbers of y, at least phases*LANES, in each of `rows` rows: sums of as many sources for each phase, which lie
 * `pitch` floats from one row to the next, woven. The last span of a row overlaps the one before. */
LANE_INLINE void LANE_NAME(weave_sums)(const float *const *source, int64_t pitch, int64_t columns, int64_t rows, float bias,
                                       float *y, int64_t y_pitch, bool past, const int phases, const int64_t first,
                                       const int64_t second, const int64_t third, const int64_t fourth) {
  const int64_t last = conv_ceil_div(columns, phases) - LANES, excess = phases * (last + LANES) - columns;
  const v_f32 b = v_set(bias);
  v_f32 v[MOST_WOVEN];
  for (int64_t row = 0; rows > 0; rows--, row += pitch, y += y_pitch) {
    const bool stream = past && (uintptr_t)y % sizeof(v_f32) == 0;
    int64_t at = 0;
    for (; phases * (at + LANES) <= columns; at += LANES) {
      LANE_NAME(phase_sums)(source, row + at, b, v, phases, first, second, third, fourth);
#pragma GCC unroll 4
      for (int i = 0; i < phases; i++)
        if (stream)
          v_stream(y + phases * at + i * LANES, v[i]);
        else
          v_store(y + phases * at + i * LANES, v[i]);
    }
    if (at >= last + LANES)
      continue;
    LANE_NAME(phase_sums)(source, row + last, b, v, phases, first, second, third, fourth);
    float *to = y + phases * last;
#pragma GCC unroll 4
    for (int i = 0; i < phases - 1; i++, to += LANES)
      v_store(to, v[i]);
    if (excess == 0)
      v_store(to, v[phases - 1]);
    else if (excess == 1)
      memcpy(to, &v[phases - 1], (LANES - 1) * sizeof(float));
    else if (excess == 2)
      memcpy(to, &v[phases - 1], (LANES - 2) * sizeof(float));
    else
      memcpy(to, &v[phases - 1], (LANES - 3) * sizeof(float));
  }
}

LANE_FUNCTION void LANE_NAME(weave_any_sums)(const float *const *source, const int64_t *n, int phases, int64_t pitch,
                                             int64_t columns, int64_t rows, float bias, float *y, int64_t y_pitch,
                                             bool stream) {
#define SUMS(phases, a, b, c, d)                                                                                               \
  LANE_NAME(weave_sums)(source, pitch, columns, rows, bias, y, y_pitch, stream, phases, a, b, c, d)
#define IF_SUMS(a, b)                                                                                                          \
  if (n[0] == (a) && n[1] == (b))                                                                                              \
    SUMS(2, a, b, 0, 0);                                                                                                       \
  else
  if (phases == 2) {
    IF_SUMS(1, 1)
    IF_SUMS(1, 2)
    IF_SUMS(2, 2)
    IF_SUMS(2, 4)
    IF_SUMS(4, 4)
    SUMS(2, n[0], n[1], 0, 0);
  } else if (phases == 3) {
    SUMS(3, n[0], n[1], n[2], 0);
  } else {
    SUMS(4, n[0], n[1], n[2], n[3]);
  }
#undef IF_SUMS
#undef SUMS
}

static const struct tiled_simd LANE_NAME(simd) = {
    .lanes = LANES,
    .rows = PIXEL_TILE_ROWS,
    .product = PIXEL_TILE_TABLE(PRODUCT_NAME),
#if LANES == 16
    .weave = {{0}, {ROWS_3(WEAVE_NAME, 1)}, {ROWS_3(WEAVE_NAME, 2)}, {ROWS_3(WEAVE_NAME, 3)}, {ROWS_3(WEAVE_NAME, 4)}},
#else
    .weave = {{0}, {ROWS_3(WEAVE_NAME, 1)}, {ROWS_3(WEAVE_NAME, 2)}, {ROWS_2(WEAVE_NAME, 3)}, {ROWS_1(WEAVE_NAME, 4)}},
#endif
    .sum = LANE_NAME(sum),
    .weave_sums = LANE_NAME(weave_any_sums),
#if LANES == 8
    .narrower = &simd_4,
#elif LANES == 16
    .narrower = &simd_8,
#endif
};
