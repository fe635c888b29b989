/* Where wrong numbers are: a condition on where numbers come from, learnt from right and wrong ones.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_STREAM_WHERE_H
#define TB_STREAM_WHERE_H

#include "stream_positions.h"

/* Numbers that would be right whatever had gone wrong are mute: they are neither of the others. */
typedef enum tb_position_kind { TB_RIGHT, TB_WRONG, TB_MUTE, TB_KINDS } tb_position_kind;

typedef struct tb_where tb_where;
tb_where *tb_where_open(void);
void tb_where_close(tb_where *w);

/* Properties of all numbers of a case, to be given with each. */
uint64_t tb_where_case(const tb_problem *p);
void tb_where_add(tb_where *w, uint64_t of_case, const tb_position *q, tb_position_kind kind);

/* A condition is a set of properties; `with` are the numbers that have them all. */
typedef struct tb_condition_found {
  char text[300];        /* "drawn one by one, of f64"; empty: all numbers */
  tb_position_kind with; /* which numbers it is of: the wrong ones, or the right ones */
  int64_t count[2];      /* right and wrong numbers in all */
  int64_t strays; /* of the others, how many have it; where it was sought with a tolerance, also how many of its own have not */
} tb_condition_found;

/* The condition of at most three properties that all numbers of one kind have but a share of `tolerance`, with the fewest
 * strays; of equally good ones the one with the fewest and simplest properties. */
void tb_where_learn(const tb_where *w, tb_position_kind with, double tolerance, tb_condition_found *out);

#endif
