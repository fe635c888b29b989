/* What the plan and the run of gemm_col2im_tiled share: see gemm_col2im_tiled.c.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_GEMM_COL2IM_TILED_H
#define TB_GEMM_COL2IM_TILED_H

#include "conv_axis.h"

enum {
  RING_BYTES = 192 << 10, /* of all planes' rings, in the second-level cache, */
  CHUNK_BYTES = 64 << 10, /* and so is what is copied of x at once, up to twice this */
  MOST_WOVEN = 4,         /* phases whose sums are woven as they are made */
  UNALIGNED_PLANES = 64,  /* planes that make up for a copy of an x whose channels begin anywhere in a cache line */
};

/* Cache lines that will be needed, fetched while products are made: at most `step` by each. They are runs of `count` lines,
 * `stride` floats apart, and each run begins `pitch` floats after the one before. */
struct fetch {
  const float *x;     /* the next line; it may lie after x's end, since fetching does not fault */
  int64_t left, runs; /* lines of this run, and runs with this one, that are left */
  int64_t stride, count, pitch, step;
};

/* A column of the filter that carries some of x's columns beyond y. */
struct crop {
  int64_t tap;           /* kw */
  int64_t low, high;     /* x's columns [low, high) stay */
  int64_t before, after; /* floats before and after its plane of a band that sums read, and that have to be zero */
};

/* A row of y of which two planes are the even and the odd columns. */
struct pair {
  int64_t y; /* floats from the input row's first row of y, in the item's first plane */
  float bias;
};

/* Where the vectors of a part are woven to, in the first row of y of their input rows: */
struct target {
  float *y;
  int64_t at[PIXEL_VECTORS];  /* floats from y to the first pixel's, */
  int64_t row[PIXEL_VECTORS]; /* how many pixels the row has from there on, of `width` in all, */
  int64_t n[PIXEL_VECTORS];   /* and how many pixels count */
  int64_t width, jump;        /* jump: floats from the end of this row of y to the begin of the next input row's first */
  bool stream;
};

struct tiled_simd {
  int lanes;
  int rows[PIXEL_VECTORS + 1]; /* most rows of a product of as many vectors */
  void (*product[PIXEL_VECTORS + 1][PIXEL_ROWS])(const float *w, const float *x, int64_t x_pitch, int64_t depth, float *p,
                                                 int64_t p_pitch, int64_t blocks, struct fetch *next);
  void (*weave[PIXEL_VECTORS + 1][PIXEL_ROWS / 2])(const float *w, const float *x, int64_t x_pitch, int64_t depth,
                                                   const struct pair *pair, const struct target *to, int64_t blocks,
                                                   struct fetch *next);
  void (*sum)(const float *const *source, int64_t taps, int64_t n, float *y);
  void (*weave_sums)(const float *const *source, const int64_t *n, int phases, int64_t pitch, int64_t columns, int64_t rows,
                     float bias, float *y, int64_t y_pitch, bool stream);
  const struct tiled_simd *narrower; /* the same on vectors of half as many lanes, or NULL */
};

struct tenbin_plan {
  const tenbin_host *host;
  const struct tiled_simd *simd;
  bool whole; /* whether no phase has more columns than x: then all sums are right */
  /* Where the sums of all phases, which are few and have taps, are woven: on vectors that rows fill. */
  const struct tiled_simd *weaver;
  int64_t front, back; /* floats before a plane's first pixel, and after its last, that are read */
  struct conv_shape s;
  struct conv_axis axis[2];
  int32_t threads;
  float *weights, *bias;
  bool woven;        /* whether each plane is a phase of y, and two are woven as they are made */
  struct pair *pair; /* then of all channels */
  int64_t unit;      /* planes that stay together */
  int64_t vectors;   /* of pixels in a product */
  int64_t blocks;    /* of units of planes, one product each: */
  int64_t block;     /* so many units, and one more in the first */
  int64_t longer;    /* blocks */
  struct crop *crop; /* of a row's taps, where sums run on */
  int64_t crops;
  int64_t band, ring;   /* input rows multiplied at once, and kept */
  bool copy;            /* whether x is copied, or read where it lies */
  int64_t chunk;        /* pixels copied at once, */
  int64_t x_pitch;      /* and floats from one channel of the copy to the next */
  int64_t slot;         /* floats of a band in a plane's ring */
  int64_t p_pitch;      /* floats from one plane's ring to the next's */
  int64_t rows, strips; /* output rows of an item */
  bool stream;
  int64_t at_planes, at_lines, at_sources, at_taps, at_line, scratch; /* bytes */
  int64_t run;                                                        /* most output rows gathered at once */
  int64_t line;                                                       /* floats of one phase's lines */
};

/* The kernel's prepare, on vectors of `simd`, and release. */
tenbin_status tb_gemm_col2im_tiled_prepare(const struct tiled_simd *simd, const tenbin_problem *p,
                                           const tenbin_tensor *constant, const tenbin_host *host, tenbin_plan **out);
void tb_gemm_col2im_tiled_release(tenbin_plan *plan);

#endif
