/* Sets of places in an output, and their names: rows, columns, channels, images.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_PLACES_H
#define TB_PLACES_H

#include "conv_arguments.h"

#define TB_PLACE_NAME 180

/* The dimensions of an output in which a set of places is looked at: each of them alone, and the plane of rows and columns. */
typedef enum tb_dimension { TB_IMAGES, TB_CHANNELS, TB_ROWS, TB_COLUMNS, TB_PIXELS, TB_DIMENSIONS } tb_dimension;

int64_t tb_dimension_size(const tb_problem *p, tb_dimension dimension);

/* What is known of a set of lines of one dimension. */
typedef struct tb_naming {
  int64_t size, count;
  bool all;                   /* it is all of them */
  char exact[TB_PLACE_NAME];  /* what it is; or "" */
  char inside[TB_PLACE_NAME]; /* the smallest set with a name that holds it; or "" */
  int64_t inside_count;       /* of that set; or size */
} tb_naming;

/* Names a set: mask[i] says whether it holds line i. */
void tb_name_places(const tb_problem *p, tb_dimension dimension, const bool *mask, tb_naming *out);

#endif
