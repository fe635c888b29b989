/* The grid: every combination of kernel_size 1..5, stride 1..4, padding 0..3, dilation 1..3 and output_padding below the larger
 * of stride and dilation, on both axes independently, in six settings of the channels.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_GRID_H
#define TB_GRID_H

#include "conv_arguments.h"

#include <xxhash.h>

#define TB_TUPLES 680 /* of one axis */
#define TB_SETTINGS 6 /* of the channels */
#define TB_GRID_HEIGHT 4
#define TB_GRID_WIDTH 3

typedef struct tb_tuple {
  int8_t k, s, p, d, op;
} tb_tuple;

/* One tuple of the height with one setting of the channels, and all tuples of the width that give an output: a line of
 * golden/grid.ledger. */
typedef struct tb_grid_block {
  int setting;
  tb_tuple height;
  int count;            /* of combinations */
  XXH128_hash_t digest; /* of the combinations' digests, the exact fill's and its swap's, in order */
  char key[48];         /* the line's fields before the count */
} tb_grid_block;

/* "g1 c3:2", "g1 c3:2 bias", .. */
const char *tb_grid_setting_name(int setting);

/* Reads a line. False: it is malformed. */
bool tb_grid_block_parse(const char *line, tb_grid_block *out);

/* The tuples of the width that give an output, in order; returns how many. */
int tb_grid_widths(tb_tuple out[TB_TUPLES]);

/* The case of a block with one tuple of the width. */
void tb_grid_case(const tb_grid_block *block, tb_tuple width, tb_conv_fill fill, tb_case *out);

#endif
