/* The grid of max_pool2d: every combination of kernel_size 1..4, stride 1..4, padding 0..kernel_size/2 and dilation 1..3, on
 * both axes independently, without and with ceil_mode, on four sizes of x.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_MAX_POOL2D_GRID_H
#define TB_MAX_POOL2D_GRID_H

#include "max_pool2d/rules.h"

#include <xxhash.h>

#define TB_POOL_TUPLES 96 /* of one axis */
#define TB_POOL_GRID_CHANNELS 2

typedef struct tb_pool_tuple {
  int8_t k, s, p, d;
} tb_pool_tuple;

/* One size of x, ceil_mode or not, one tuple of the height, and all tuples of the width that give an output: a line of
 * golden/max_pool2d.ledger. */
typedef struct tb_pool_block {
  int in[2];
  bool ceil_mode;
  tb_pool_tuple height;
  int count;            /* of combinations */
  XXH128_hash_t digest; /* of the combinations' digests, in order: for each fill those of y and of indices */
  char key[32];         /* the line's fields before the count */
} tb_pool_block;

/* Reads a line. False: it is malformed. */
bool tb_pool_block_parse(const char *line, tb_pool_block *out);

/* The tuples of the width that give an output, in order; returns how many. */
int tb_pool_block_widths(const tb_pool_block *block, tb_pool_tuple out[TB_POOL_TUPLES]);

/* The arguments of a block with one tuple of the width, in f32. */
void tb_pool_block_case(const tb_pool_block *block, tb_pool_tuple width, tb_max_pool2d *out);

#endif
