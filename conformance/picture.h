/* An answer as a small picture: which of its elements are right, wrong, and never written.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_PICTURE_H
#define TB_PICTURE_H

#include "problem.h"

/* Draws the plane of y with the most wrong elements (of normal, the numbers around the first wrong one), a mark an element, at
 * most 12 rows of 48, and beside it up to 4 of the wrong numbers. got and want have an element for each of y; want is not yet
 * rounded to the dtype, and an element counts as wrong if it is further from want than the dtype's rounding and 1e-5 of want
 * explain. Plain ASCII. */
void tb_picture(const tb_problem *p, const double *got, const double *want, const bool *unwritten, char *out, size_t size);

#endif
