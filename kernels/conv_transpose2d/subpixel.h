/* What subpixel's plan and its run share: see subpixel.c.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_SUBPIXEL_H
#define TB_SUBPIXEL_H

#include "conv_axis.h"

enum {
  TILE_ROWS = 12,
  TILE_VECTORS = 4,
  FOLD_LEAST = 4,            /* floats worth a copy of their own */
  WINDOW_BYTES = 256 << 10,  /* an item's packed input stays in the second-level cache, */
  WEIGHTS_BYTES = 256 << 10, /* together with the weights that its tiles share, */
  LOCAL_BYTES = 512 << 10,   /* more weights than these come from farther away, */
  AHEAD = 48,                /* and are fetched so many input channels before they are needed */
  LEAST_DEPTH = 64,          /* as long as a tile has so many input channels to add up before it is stored */
  IMAGES_MORE = 2,           /* whole images may be so many times as much: they share weights that come from far away */
};

struct pixel {
  int64_t x, y; /* an output pixel: floats from the packed input's begin to its tap 0; its number among the tiles, or if they
                   are placed, floats from the item's first plane of y */
};

/* The pixels of a class of rows and a class of columns: those that the same taps reach. */
struct pixels {
  bool placed; /* whether they are stored in y */
  const struct conv_class *row, *column;
  const struct pixel *pixel;
  int64_t count;
};

struct tap {
  int64_t x, w; /* floats from a pixel's tap 0; number of the tap, kh*kW + kw */
};

/* Where tiles are stored. */
struct target {
  float *y;
  int64_t pixel, vector[TILE_VECTORS]; /* floats from one pixel to the next, and from the first vector to each */
  int64_t plane;                       /* if vectors' halves lie in two planes: floats from the first half to the second, */
  bool second[TILE_VECTORS];           /* and whether there is a second */
};

struct tile {
  const float *x, *w, *bias; /* the packed input, the block's weights and bias; NULL: to be added to what is there */
  const struct target *to;
  const struct tap *tap;
  int64_t taps, depth; /* depth: input channels */
  int64_t tap_weights; /* floats from one tap's weights to the next's */
};

typedef void tile_function(const struct tile *t, const struct pixel *p);

struct simd {
  int lanes, vectors; /* most vectors of output channels in a tile */
  int rows[TILE_VECTORS + 1];
  int tile_bytes; /* of an item, a block of channels: they stay in the second-level cache, 1 MB or more beside AVX-512 */
  tile_function *tile[TILE_VECTORS + 1][TILE_ROWS];
  tile_function *fetching_tile[TILE_VECTORS + 1][TILE_ROWS]; /* which prefetch weights: none of AVX-512, whose four lines a
                                                                step, one after the other, the processor fetches itself */
  void (*pack)(const float *x, int64_t pitch, int64_t pixels, int64_t channels, float *out, int64_t out_pitch);
  void (*unpack)(const float *tiles, int64_t tile_pitch, int64_t pixels, int64_t channels, float *y, int64_t pitch,
                 bool stream);
};

struct tenbin_plan {
  const tenbin_host *host;
  const struct simd *simd;
  struct conv_shape s;
  int64_t fold;           /* phases of the width that count as channels: then axis[1] is that of the folded problem, stride 1 */
  int64_t repeat;         /* channels that share a bias */
  int64_t lead;           /* columns that the folded output has before y's first */
  bool placed;            /* whether a pixel's vectors lie as in y, */
  bool halves;            /* each, or each of their halves */
  int64_t channels, taps; /* of a group, and of a filter, folded */
  int64_t class_taps;     /* most taps that reach a pixel */
  struct conv_axis axis[2];
  int64_t vectors;                /* of a group's output channels, rounded up */
  int64_t blocks;                 /* of up to simd->vectors of them */
  int64_t group_weights;          /* floats of a group's packed weights */
  float *weights, *bias;          /* packed */
  int64_t pitch;                  /* floats of a packed input pixel */
  int64_t step[TILE_VECTORS + 1]; /* input channels at once, of a block of as many vectors */
  bool stream, fetch;
  int64_t images, size[2]; /* images, output rows and columns of an item */
  int64_t sets, strips[2], chunks, items;
  int32_t threads;
  int64_t window[2];                                        /* most input rows and columns of an item */
  int64_t at_tiles, at_pixels, at_groups, at_taps, scratch; /* bytes of a worker's scratch */
};

/* How many vectors of output channels the block that begins at vector v has. */
int tb_subpixel_block(const tenbin_plan *plan, int64_t v);

/* The kernel's prepare, on vectors of `simd`, and release. */
tenbin_status tb_subpixel_prepare(const struct simd *simd, const tenbin_problem *p, const tenbin_tensor *constant,
                                  const tenbin_host *host, tenbin_plan **out);
void tb_subpixel_release(tenbin_plan *plan);

#endif
