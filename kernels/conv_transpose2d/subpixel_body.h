/* The inner loops of subpixel, for one width of vectors: see subpixel.c. To be included by lane_widths.h.
 *
 * SPDX-License-Identifier: MIT */
#include "conv_lanes.h"

/* One input channel of one tap; `fetch`: and the prefetch of weights to come. */
LANE_INLINE void LANE_NAME(step)(const float *const *x, int64_t c, const float *w, v_f32 sum[][TILE_VECTORS], const int rows,
                                 const int vectors, const bool fetch) {
  v_f32 weight[TILE_VECTORS];
  for (int v = 0; fetch && v < vectors; v += LINE / LANES)
    __builtin_prefetch(w + AHEAD * vectors * LANES + v * LANES);
  for (int v = 0; v < vectors; v++)
    weight[v] = v_load(w + v * LANES);
  for (int r = 0; r < rows; r++) {
    const v_f32 value = v_set(x[r][c]);
    for (int v = 0; v < vectors; v++)
      sum[r][v] = v_madd(value, weight[v], sum[r][v]);
  }
}

/* Vector v of a pixel that lies at y. */
LANE_INLINE v_f32 LANE_NAME(load_sum)(const struct target *to, const float *y, int v) {
#if LANES == 16
  if (to->plane) {
    const __m256 low = _mm256_loadu_ps(y + to->vector[v]);
    const __m256 high = to->second[v] ? _mm256_loadu_ps(y + to->vector[v] + to->plane) : _mm256_setzero_ps();
    return _mm512_insertf32x8(_mm512_castps256_ps512(low), high, 1);
  }
#endif
  return v_load(y + to->vector[v]);
}

/* A masked store would be made one with the extraction, and that faults where nothing is stored. */
LANE_INLINE void LANE_NAME(store_sum)(const struct target *to, float *y, int v, v_f32 sum) {
#if LANES == 16
  if (to->plane) {
    _mm256_storeu_ps(y + to->vector[v], _mm512_castps512_ps256(sum));
    if (to->second[v])
      _mm256_storeu_ps(y + to->vector[v] + to->plane, _mm512_extractf32x8_ps(sum, 1));
    return;
  }
#endif
  v_store(y + to->vector[v], sum);
}

/* rows x vectors accumulators, those of pixel p[r] and vector v at to->y + p[r].y*to->pixel + to->vector[v], to = t->to: bias,
 * or what is there where bias is NULL, + sum over taps and input channels. Of a tile too small to hide the latency of a
 * multiply-add, 4 cycles at two a cycle, every second channel has accumulators of its own. */
LANE_INLINE void LANE_NAME(tile)(const struct tile *t, const struct pixel *p, const int rows, const int vectors,
                                 const bool fetch) {
  const struct target *to = t->to;
  const float *x[TILE_ROWS];
  v_f32 sum[TILE_ROWS][TILE_VECTORS], other[TILE_ROWS][TILE_VECTORS];
  const bool twice = rows * vectors <= 6;
  if (t->bias) {
#pragma GCC unroll 12
    for (int r = 0; r < rows; r++)
#pragma GCC unroll 4
      for (int v = 0; v < vectors; v++)
        sum[r][v] = v_load(t->bias + v * LANES);
  } else {
#pragma GCC unroll 12
    for (int r = 0; r < rows; r++)
#pragma GCC unroll 4
      for (int v = 0; v < vectors; v++)
        sum[r][v] = LANE_NAME(load_sum)(to, to->y + p[r].y * to->pixel, v);
  }
#pragma GCC unroll 12
  for (int r = 0; r < rows; r++)
#pragma GCC unroll 4
    for (int v = 0; v < vectors; v++)
      other[r][v] = v_set(0);
  for (int64_t k = 0; k < t->taps; k++) {
    const float *w = t->w + t->tap[k].w * t->tap_weights;
#pragma GCC unroll 12
    for (int r = 0; r < rows; r++) {
      x[r] = t->x + p[r].x + t->tap[k].x;
      CONV_OPAQUE(x[r]);
    }
    int64_t c = 0;
    if (twice)
#pragma GCC unroll 2
      for (; c + 2 <= t->depth; c += 2, w += 2 * vectors * LANES) {
        LANE_NAME(step)(x, c, w, sum, rows, vectors, fetch);
        LANE_NAME(step)(x, c + 1, w + vectors * LANES, other, rows, vectors, fetch);
      }
#pragma GCC unroll 4
    for (; c < t->depth; c++, w += vectors * LANES)
      LANE_NAME(step)(x, c, w, sum, rows, vectors, fetch);
  }
#pragma GCC unroll 12
  for (int r = 0; r < rows; r++)
#pragma GCC unroll 4
    for (int v = 0; v < vectors; v++)
      LANE_NAME(store_sum)(to, to->y + p[r].y * to->pixel, v, twice ? sum[r][v] + other[r][v] : sum[r][v]);
}

#define PLAIN(vectors, rows)                                                                                                   \
  LANE_FUNCTION void LANE_NAME(tile_##vectors##_##rows)(const struct tile *t, const struct pixel *p) {                         \
    LANE_NAME(tile)(t, p, rows, vectors, false);                                                                               \
  }
#define FETCHING(vectors, rows)                                                                                                \
  LANE_FUNCTION void LANE_NAME(fetching_tile_##vectors##_##rows)(const struct tile *t, const struct pixel *p) {                \
    LANE_NAME(tile)(t, p, rows, vectors, true);                                                                                \
  }
#define PLAIN_NAME(vectors, rows) LANE_NAME(tile_##vectors##_##rows),
#define FETCHING_NAME(vectors, rows) LANE_NAME(fetching_tile_##vectors##_##rows),
#if LANES == 16 /* 32 registers */
ROWS_12(PLAIN, 1)
ROWS_12(PLAIN, 2)
ROWS_8(PLAIN, 3)
ROWS_6(PLAIN, 4)
#else /* 16 registers */
ROWS_12(PLAIN, 1)
ROWS_6(PLAIN, 2)
ROWS_4(PLAIN, 3)
ROWS_12(FETCHING, 1)
ROWS_6(FETCHING, 2)
ROWS_4(FETCHING, 3)
#endif

/* LANES pixels of as many channels, from x (channels, pixels), `pitch` floats from one channel to the next, to out (pixels,
 * channels), `out_pitch` from one pixel to the next. */
LANE_INLINE void LANE_NAME(enter_square)(const float *x, int64_t pitch, float *out, int64_t out_pitch) {
  v_f32 v[LANES];
  for (int c = 0; c < LANES; c++)
    v[c] = v_load(x + c * pitch);
  v_square(v);
  for (int p = 0; p < LANES; p++)
    v_store(out + p * out_pitch, v[p]);
}

/* The channels of a line of `out`, all pixels, before the next ones: runs of x that are long enough for the processor to see
 * them, and no line of `out` fetched again. */
LANE_FUNCTION void LANE_NAME(pack)(const float *x, int64_t pitch, int64_t pixels, int64_t channels, float *out,
                                   int64_t out_pitch) {
  const int64_t vectors = pixels / LANES * LANES, whole = channels / LANES * LANES;
  for (int64_t first = 0; first < whole; first += LINE)
    for (int64_t p = 0; p < vectors; p += LANES)
      for (int64_t c = first; c < conv_min(first + LINE, whole); c += LANES)
        LANE_NAME(enter_square)(x + c * pitch + p, pitch, out + p * out_pitch + c, out_pitch);
  for (int64_t c = 0; c < channels; c++)
    for (int64_t p = c < whole ? vectors : 0; p < pixels; p++)
      out[p * out_pitch + c] = x[c * pitch + p];
}

/* The inverse, of a line of pixels: tiles (pixels, channels), `tile_pitch` floats from one pixel to the next and a multiple of
 * 4, to y (channels, pixels). `stream`: past the caches. */
LANE_INLINE void LANE_NAME(leave_four)(const float *tiles, int64_t tile_pitch, int64_t channels, float *y, int64_t pitch,
                                       bool stream) {
  enum { STEPS = LINE / LANES }; /* a cache line of each channel */
  v_f32 v[STEPS][4];
  for (int s = 0; s < STEPS; s++) {
    for (int j = 0; j < 4; j++)
      v[s][j] = v_gather4(tiles + (s * LANES + j) * tile_pitch, tile_pitch);
    v_quads(v[s]);
  }
  for (int j = 0; j < 4 && j < channels; j++)
    for (int s = 0; s < STEPS; s++)
      if (stream)
        v_stream(y + j * pitch + s * LANES, v[s][j]);
      else
        v_store(y + j * pitch + s * LANES, v[s][j]);
}

/* All of them, in the order of pack. `stream`: where y and pitch are aligned to a line. */
LANE_FUNCTION void LANE_NAME(unpack)(const float *tiles, int64_t tile_pitch, int64_t pixels, int64_t channels, float *y,
                                     int64_t pitch, bool stream) {
  const int64_t lines = pixels / LINE * LINE;
  stream = stream && (uintptr_t)y % 64 == 0 && pitch % LINE == 0;
  for (int64_t first = 0; first < channels; first += LINE)
    for (int64_t p = 0; p < lines; p += LINE)
      for (int64_t c = first; c < conv_min(first + LINE, channels); c += 4) {
        if (stream)
          LANE_NAME(leave_four)(tiles + p * tile_pitch + c, tile_pitch, channels - c, y + c * pitch + p, pitch, true);
        else
          LANE_NAME(leave_four)(tiles + p * tile_pitch + c, tile_pitch, channels - c, y + c * pitch + p, pitch, false);
      }
  for (int64_t c = 0; c < channels; c++)
    for (int64_t j = lines; j < pixels; j++)
      y[c * pitch + j] = tiles[j * tile_pitch + c];
}

static const struct simd LANE_NAME(simd) = {
    .lanes = LANES,
    .pack = LANE_NAME(pack),
    .unpack = LANE_NAME(unpack),
#if LANES == 16
    .vectors = 4,
    .tile_bytes = 160 << 10,
    .rows = {0, 12, 12, 8, 6},
    .tile = {{0}, {ROWS_12(PLAIN_NAME, 1)}, {ROWS_12(PLAIN_NAME, 2)}, {ROWS_8(PLAIN_NAME, 3)}, {ROWS_6(PLAIN_NAME, 4)}},
#else
    .vectors = 3,
    .tile_bytes = 48 << 10,
    .rows = {0, 12, 6, 4},
    .tile = {{0}, {ROWS_12(PLAIN_NAME, 1)}, {ROWS_6(PLAIN_NAME, 2)}, {ROWS_4(PLAIN_NAME, 3)}},
    .fetching_tile = {{0}, {ROWS_12(FETCHING_NAME, 1)}, {ROWS_6(FETCHING_NAME, 2)}, {ROWS_4(FETCHING_NAME, 3)}},
#endif
};
