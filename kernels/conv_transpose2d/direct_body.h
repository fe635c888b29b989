/* The inner loops of direct, for one width of vectors: see direct.c. To be included by lane_widths.h.
 *
 * SPDX-License-Identifier: MIT */
#include "conv_lanes.h"

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

LANE_FUNCTION void LANE_NAME(interleave)(const float *even, const float *odd, int64_t pitch, int64_t n, int64_t rows, float *y,
                                         int64_t y_pitch, bool stream) {
  for (; rows > 0; rows--, even += pitch, odd += pitch, y += y_pitch)
    v_interleave_row(even, odd, n, y, stream);
}

/* even, odd (rows, vectors) += the weights at w times the pixels at source[q] + i: of `shared` taps of both phases that have
 * one pixel, then of those of the even columns' phase, then of those of the odd one's. Returns the weights after those. */
LANE_INLINE const float *LANE_NAME(weave_channel)(const float *w, const float *const *source, int64_t i,
                                                  v_f32 even[][PIXEL_VECTORS], v_f32 odd[][PIXEL_VECTORS], const int rows,
                                                  const int shared, const int evens, const int odds) {
  for (int k = 0; k < shared; k++, w += 2 * rows, source++) {
    v_outer(w, *source + i, even, rows, WOVEN_VECTORS);
    v_outer(w + rows, *source + i, odd, rows, WOVEN_VECTORS);
  }
  for (int k = 0; k < evens; k++, w += rows)
    v_outer(w, *source++ + i, even, rows, WOVEN_VECTORS);
  for (int k = 0; k < odds; k++, w += rows)
    v_outer(w, *source++ + i, odd, rows, WOVEN_VECTORS);
  return w;
}

/* The same for all input channels of all rows of taps, of output pixels at x. */
LANE_INLINE void LANE_NAME(weave_tile)(const struct weave *t, const float *w, const float *x, v_f32 even[][PIXEL_VECTORS],
                                       v_f32 odd[][PIXEL_VECTORS], const int rows, const int shared, const int evens,
                                       const int odds) {
  const float *source[3];
  const int64_t channel = t->channel;
  for (int q = 0; q < shared + evens + odds; q++) {
    source[q] = x + t->column[q];
    CONV_OPAQUE(source[q]);
  }
  for (int64_t k = 0; k < t->taps; k++)
#pragma GCC unroll 2
    for (int64_t c = t->depth, i = t->tap[k].x; c > 0; c--, i += channel)
      w = LANE_NAME(weave_channel)(w, source, i, even, odd, rows, shared, evens, odds);
}

/* The same for any number of taps of each kind. */
LANE_INLINE void LANE_NAME(weave_wide_tile)(const struct weave *t, const float *w, const float *x, v_f32 even[][PIXEL_VECTORS],
                                            v_f32 odd[][PIXEL_VECTORS], const int rows) {
  for (int64_t k = 0; k < t->taps; k++)
    for (int64_t c = 0; c < t->depth; c++) {
      const int64_t i = t->tap[k].x + c * t->channel, odds = t->shared + t->evens;
      for (int64_t q = 0; q < odds + t->odds; q++) {
        const float *source = x + t->column[q];
        w = q < t->shared ? LANE_NAME(weave_channel)(w, &source, i, even, odd, rows, 1, 0, 0)
            : q < odds    ? LANE_NAME(weave_channel)(w, &source, i, even, odd, rows, 0, 1, 0)
                          : LANE_NAME(weave_channel)(w, &source, i, even, odd, rows, 0, 0, 1);
      }
    }
}

/* Output columns [2*at, 2*at + 2*LANES*WOVEN_VECTORS) of `rows` channels, both phases woven in registers; `odd_end`: but for
 * the last column, which y does not have. */
LANE_INLINE void LANE_NAME(weave_span)(const struct weave *t, const float *w, const float *x, const float *bias, float *y,
                                       int64_t at, const bool stream, const bool odd_end, const int rows, const int shared,
                                       const int evens, const int odds) {
  v_f32 even[WOVEN_ROWS][PIXEL_VECTORS], odd[WOVEN_ROWS][PIXEL_VECTORS];
  for (int r = 0; r < rows; r++)
    for (int v = 0; v < WOVEN_VECTORS; v++)
      even[r][v] = odd[r][v] = v_set(bias[r]);
  if (shared + evens + odds > 0)
    LANE_NAME(weave_tile)(t, w, x + at, even, odd, rows, shared, evens, odds);
  else
    LANE_NAME(weave_wide_tile)(t, w, x + at, even, odd, rows);
  float *to = y + 2 * at;
#pragma GCC unroll 3
  for (int r = 0; r < rows; r++, to += t->y_pitch)
#pragma GCC unroll 2
    for (int v = 0; v < WOVEN_VECTORS; v++)
      if (odd_end && v + 1 == WOVEN_VECTORS)
        v_store_woven_but_one(to + 2 * v * LANES, even[r][v], odd[r][v]);
      else
        v_store_woven(to + 2 * v * LANES, even[r][v], odd[r][v], stream);
}

/* Output rows y + i*t->y_row, 0 <= i < n, of channels at y + r*t->y_pitch. The last span of a row overlaps the one before. */
LANE_INLINE void LANE_NAME(weave_rows)(const struct weave *t, const float *w, const float *x, const float *bias, float *y,
                                       int64_t n, const int rows, const int shared, const int evens, const int odds) {
  enum { SPAN = WOVEN_VECTORS * LANES };
  const int64_t columns = t->columns, pairs = (columns + 1) / 2;
  for (int64_t i = 0; i < n; i++, x += t->x_row, y += t->y_row) {
    const bool stream = t->stream && (uintptr_t)y % sizeof(v_f32) == 0 && t->y_pitch % LANES == 0;
    int64_t at = 0;
    for (; 2 * (at + SPAN) <= columns; at += SPAN)
      if (stream)
        LANE_NAME(weave_span)(t, w, x, bias, y, at, true, false, rows, shared, evens, odds);
      else
        LANE_NAME(weave_span)(t, w, x, bias, y, at, false, false, rows, shared, evens, odds);
    if (at < pairs && columns % 2)
      LANE_NAME(weave_span)(t, w, x, bias, y, pairs - SPAN, false, true, rows, shared, evens, odds);
    else if (at < pairs)
      LANE_NAME(weave_span)(t, w, x, bias, y, pairs - SPAN, false, false, rows, shared, evens, odds);
  }
}

/* Columns [2*at, 2*at + 2*LANES) of one output channel from one input channel, whose weights are in registers. */
LANE_INLINE void LANE_NAME(weave_depthwise_span)(v_f32 weight[][4], const float *source[][3], int64_t from, v_f32 bias,
                                                 float *y, const bool stream, const bool odd_end, const int taps,
                                                 const int shared, const int evens, const int odds) {
  v_f32 even = bias, odd = bias;
  for (int k = 0; k < taps; k++) {
    for (int q = 0; q < shared; q++) {
      const v_f32 both = v_load(source[k][q] + from);
      even = v_madd(weight[k][2 * q], both, even);
      odd = v_madd(weight[k][2 * q + 1], both, odd);
    }
    for (int q = shared; q < shared + evens; q++)
      even = v_madd(weight[k][shared + q], v_load(source[k][q] + from), even);
    for (int q = shared + evens; q < shared + evens + odds; q++)
      odd = v_madd(weight[k][shared + q], v_load(source[k][q] + from), odd);
  }
  if (odd_end)
    v_store_woven_but_one(y, even, odd);
  else
    v_store_woven(y, even, odd, stream);
}

/* weave_rows of one output channel from one input channel, through `taps` rows of taps. */
LANE_INLINE void LANE_NAME(weave_depthwise)(const struct weave *t, const float *w, const float *x, float bias, float *y,
                                            int64_t n, const int taps, const int shared, const int evens, const int odds) {
  const int64_t columns = t->columns, pairs = (columns + 1) / 2, whole = columns / 2 / LANES * LANES;
  const int64_t y_row = t->y_row, x_row = t->x_row;
  const v_f32 b = v_set(bias);
  v_f32 weight[2][4];
  const float *source[2][3];
  for (int k = 0; k < taps; k++) {
    for (int q = 0; q < 2 * shared + evens + odds; q++)
      weight[k][q] = v_set(*w++);
    for (int q = 0; q < shared + evens + odds; q++)
      source[k][q] = x + t->tap[k].x + t->column[q];
  }
  for (int64_t i = 0, row = 0; i < n; i++, row += x_row, y += y_row) {
    const bool stream = t->stream && (uintptr_t)y % sizeof(v_f32) == 0;
    int64_t at = 0;
    if (stream)
#pragma GCC unroll 4
      for (; at < whole; at += LANES)
        LANE_NAME(weave_depthwise_span)(weight, source, row + at, b, y + 2 * at, true, false, taps, shared, evens, odds);
    else
#pragma GCC unroll 4
      for (; at < whole; at += LANES)
        LANE_NAME(weave_depthwise_span)(weight, source, row + at, b, y + 2 * at, false, false, taps, shared, evens, odds);
    if (at == pairs)
      continue;
    at = pairs - LANES;
    if (columns % 2)
      LANE_NAME(weave_depthwise_span)(weight, source, row + at, b, y + 2 * at, false, true, taps, shared, evens, odds);
    else
      LANE_NAME(weave_depthwise_span)(weight, source, row + at, b, y + 2 * at, false, false, taps, shared, evens, odds);
  }
}

/* The taps of a row by kind, of kernels that are two to four wide: shared, even, odd. */
#define WEAVES(M) M(1, 0, 0) M(1, 0, 1) M(1, 1, 0) M(1, 1, 1) M(2, 0, 0)

#define IF_WEAVE(s, e, o)                                                                                                      \
  if (t->shared == (s) && t->evens == (e) && t->odds == (o)) {                                                                 \
    if (rows == 1 && t->depth == 1 && t->taps == 1)                                                                            \
      LANE_NAME(weave_depthwise)(t, w, x, *bias, y, n, 1, s, e, o);                                                            \
    else if (rows == 1 && t->depth == 1 && t->taps == 2)                                                                       \
      LANE_NAME(weave_depthwise)(t, w, x, *bias, y, n, 2, s, e, o);                                                            \
    else                                                                                                                       \
      LANE_NAME(weave_rows)(t, w, x, bias, y, n, rows, s, e, o);                                                               \
  } else

LANE_INLINE void LANE_NAME(woven)(const struct weave *t, const float *w, const float *x, const float *bias, float *y, int64_t n,
                                  const int rows) {
  WEAVES(IF_WEAVE) LANE_NAME(weave_rows)(t, w, x, bias, y, n, rows, 0, 0, 0);
}
#undef IF_WEAVE
#undef WEAVES

#define WOVEN(rows)                                                                                                            \
  LANE_FUNCTION void LANE_NAME(woven_##rows)(const struct weave *t, const float *w, const float *x, const float *bias,         \
                                             float *y, int64_t n) {                                                            \
    LANE_NAME(woven)(t, w, x, bias, y, n, rows);                                                                               \
  }
WOVEN(1)
WOVEN(2)
WOVEN(3)

/* Rows of n floats, each with `zeros` zeros after it, and up to a vector more, which the next row overwrites. */
LANE_FUNCTION void LANE_NAME(copy)(const float *x, int64_t x_pitch, int64_t n, int64_t zeros, int64_t rows, float *y,
                                   int64_t y_pitch) {
  for (; rows > 0; rows--, x += x_pitch, y += y_pitch) {
    int64_t j = 0;
    for (; j + LANES <= n; j += LANES)
      v_store(y + j, v_load(x + j));
    if (n >= LANES && j < n)
      v_store(y + n - LANES, v_load(x + n - LANES));
    else
      for (; j < n; j++)
        y[j] = x[j];
    for (j = 0; j < zeros; j += LANES)
      v_store(y + n + j, v_set(0));
  }
}

static const struct direct_simd LANE_NAME(simd) = {
    .lanes = LANES,
    .rows = PIXEL_TILE_ROWS,
    .tile = PIXEL_TILE_TABLE(TILE_NAME),
    .copy = LANE_NAME(copy),
    .interleave = LANE_NAME(interleave),
    .woven = {LANE_NAME(woven_1), LANE_NAME(woven_2), LANE_NAME(woven_3)},
};
