/* What a failing point is reported with: an element's name, what is wrong with it, and the Python that asks PyTorch the same.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_REPRODUCE_H
#define TB_REPRODUCE_H

#include "judge.h"
#include "text.h"

/* "y[0, 3, 2, 1]", of rank 0 "y", or "item 3 of calls=, repetition 2: y[5]", in as many parts as the case needs. */
void tb_text_element(tb_text *t, const tb_problem *p, int output, int64_t index);

/* "y[0, 3]: got 0x1.8p+1 (3), want 0x1p+1 (2)", of integers "y[0, 3]: got 3, want 2", and the end of the line. */
void tb_text_difference(tb_text *t, const tb_problem *p, const tb_difference *d);

/* Python that makes the case's data, runs PyTorch on it, and prints the elements that differ, or all outputs. */
void tb_text_pytorch(tb_text *t, const tb_problem *p, const tb_judgement *j);

#endif
