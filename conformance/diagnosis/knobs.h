/* The numbers of a case that can be turned down, and its items, which can be dropped.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_KNOBS_H
#define TB_KNOBS_H

#include "descriptor.h"

/* A number of a case, and the simplest that it could be. Some stand for something else: 0 for the default and 1 for another
 * choice. A knob whose value is not above the least cannot be turned. */
typedef struct tb_knob {
  int64_t value, least;
} tb_knob;

/* How many there are: the order is that in which they are best turned. */
int tb_knobs(const tb_case *c);

tb_knob tb_knob_of(const tb_case *c, int knob);

/* Sets a knob to a smaller value, and with it what would not be valid any more: output_padding and padding become smaller, and
 * indices of set= move into their tensor. Not every result is valid. */
void tb_turn(tb_case *c, int knob, int64_t value);

/* The calls of normal, or the values that set= puts into the data of conv_transpose2d. */
int tb_items(const tb_case *c);
void tb_drop_items(tb_case *c, int first, int count);

#endif
