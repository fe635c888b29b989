/* The plan of scatter.c.
 *
 * SPDX-License-Identifier: MIT */
#ifndef SCATTER_H
#define SCATTER_H

#define ROWS "scatter.inc"
#include "plugin.h"

#include <stdbool.h>

typedef void addition(float *y, float x, float tap, float bias);

struct tenbin_plan {
  const tenbin_host *host;
  shape s, right;            /* as this kernel takes the problem, and as it is */
  int64_t begin[2];          /* what is cropped before y's first row and column */
  int64_t reach[2];          /* rows and columns of y that are computed */
  int64_t channels[2];       /* in and out, of all groups, in memory */
  int64_t first_tap;         /* where in a plane of taps (0, 0) is read */
  int64_t tap_step[2];       /* and how far from tap to tap */
  int64_t dropped_tap;       /* which is not read; -1: none */
  int64_t c_used, o_written; /* of a group's channels, those that are summed and those that are written */
  addition *add;             /* of a product to an element of y */
  bool batched, one_tap, tiled, single_pixel;
};

static int64_t least(int64_t a, int64_t b) {
  return a < b ? a : b;
}

/* How many of n are in whole vectors of so many, where there is one. */
static int64_t whole_vectors(int64_t n, int64_t width) {
  return n < width ? n : n - n % width;
}

#endif
