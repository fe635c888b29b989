/* The footprint of a mistake: what the wrong elements of an answer have in common, by their index sets and by their values.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_FOOTPRINT_H
#define TB_FOOTPRINT_H

#include "conv_arguments.h"
#include "sentences.h"

typedef struct tb_footprint_result {
  int64_t elements, wrong, unwritten; /* unwritten ones are also wrong */
  tb_sentences sentences;             /* the most specific first: index sets, and then values */
} tb_footprint_result;

/* Compares an answer of op conv_transpose2d with the right one, both NCHW, and reports what all elements that differ have in
 * common.
 * unwritten[i]: element i was never written, and got[i] means nothing; NULL: all were written. NaN equals NaN. */
void tb_footprint(const tb_problem *p, const double *got, const double *want, const bool *unwritten, tb_footprint_result *out);

#endif
