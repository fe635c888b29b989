/* A picture of wrong elements for the terminal.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_PICTURE_H
#define TB_PICTURE_H

#include "conv_arguments.h"

/* Draws one plane of an answer of op conv_transpose2d (got and right answer in NCHW; unwritten may be NULL: see tb_footprint):
 * a dot for a right element, a cross for a wrong one, a question mark for one never written; and the values of some. It takes
 * the plane in which right and wrong elements are the most even, and of a large plane the window around the first wrong one: at
 * most 12 lines of 79 columns, and nothing where all is right. unicode: marks beyond ASCII. */
void tb_picture(const tb_problem *p, const double *got, const double *want, const bool *unwritten, bool unicode, char *out,
                size_t size);

#endif
