/* What a failing point is reported with: an element's name, and the Python that asks PyTorch the same.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_REPRODUCE_H
#define TB_REPRODUCE_H

#include "judge.h"
#include "text.h"

/* "y[0, 3, 2, 1]", or "item 3 of calls=, repetition 2: y[5]", in as many parts as the case needs. */
void tb_text_element(tb_text *t, const tb_problem *p, int output, int64_t index);

/* Python that makes the case's data, runs PyTorch on it, and prints the elements that differ. */
void tb_text_pytorch(tb_text *t, const tb_problem *p, const tb_judgement *j);

#endif
