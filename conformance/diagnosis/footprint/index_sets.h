/* Index sets of an output, and their names: rows, columns, channels, images.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_INDEX_SETS_H
#define TB_INDEX_SETS_H

#include "conv_arguments.h"

#define TB_INDEX_SET_NAME 180

/* The dimensions of an output that have index sets: each one, and the plane of rows and columns. */
typedef enum tb_dimension { TB_IMAGES, TB_CHANNELS, TB_ROWS, TB_COLUMNS, TB_PIXELS, TB_DIMENSIONS } tb_dimension;

int64_t tb_dimension_size(const tb_problem *p, tb_dimension dimension);

/* The name of an index set of one dimension. */
typedef struct tb_naming {
  int64_t size, count;
  bool all;                       /* it has all indices */
  char exact[TB_INDEX_SET_NAME];  /* what it is; or "" */
  char inside[TB_INDEX_SET_NAME]; /* the smallest set with a name that includes it; or "" */
  int64_t inside_count;           /* of that set; or size */
} tb_naming;

/* Names a set: mask[i] is true if it has index i. */
void tb_name_index_set(const tb_problem *p, tb_dimension dimension, const bool *mask, tb_naming *out);

#endif
