/* What planes' plan and its run share: see planes.c.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_PLANES_H
#define TB_PLANES_H

#include "conv_axis.h"

enum {
  PLANES = 32,             /* about as many at once: their pixels of a band stay near */
  RING_BYTES = 192 << 10,  /* of all planes' rings, and */
  BAND_BYTES = 128 << 10,  /* of the copied band: both lie in the second-level cache; */
  WHOLE_BYTES = 256 << 10, /* of an image that is a band as a whole: then no rings are kept */
};

struct planes_simd {
  int lanes;
  int rows[PIXEL_VECTORS + 1]; /* most rows of a product of as many vectors */
  void (*product[PIXEL_VECTORS + 1][PIXEL_ROWS])(const float *w, const float *x, int64_t x_pitch, int64_t depth, float *p,
                                                 int64_t p_pitch, int64_t blocks);
  void (*sum)(const float *const *source, int64_t taps, int64_t n, float *y);
  void (*interleave)(const float *even, const float *odd, int64_t pitch, int64_t n, int64_t rows, float bias, float *y,
                     int64_t y_pitch, bool stream);
};

struct tenbin_plan {
  const tenbin_host *host;
  const struct planes_simd *simd;
  bool *whole;         /* of each phase, whether the sums of all its columns are right */
  int64_t front, back; /* floats before a plane's first pixel, and behind its last, that are read */
  struct conv_shape s;
  struct conv_axis axis[2];
  int32_t threads;
  float *weights, *bias;
  int64_t vectors;      /* of pixels in a product */
  int64_t channels;     /* output channels whose planes are made together */
  int64_t band, ring;   /* input rows multiplied at once, and kept */
  bool copy;            /* whether a band is copied, or read where it lies */
  int64_t x_pitch;      /* floats from one channel of the copy to the next */
  int64_t slot;         /* floats of a band in a plane's ring */
  int64_t p_pitch;      /* floats from one plane's ring to the next's */
  int64_t rows, strips; /* output rows of an item */
  bool stream;
  int64_t at_planes, at_lines, at_sources, at_taps, at_line, scratch; /* bytes */
  int64_t run;                                                        /* most output rows gathered at once */
  int64_t line;                                                       /* floats of one phase's lines */
};

/* The kernel's prepare, on vectors of `simd`, and release. */
tenbin_status tb_planes_prepare(const struct planes_simd *simd, const tenbin_problem *p, const tenbin_tensor *constant,
                                const tenbin_host *host, tenbin_plan **out);
void tb_planes_release(tenbin_plan *plan);

#endif
