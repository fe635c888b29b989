/* What shrinking makes smaller in a case: the values of its tokens, and its items, which can be dropped.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_PARAMETERS_H
#define TB_PARAMETERS_H

#include "operator.h"

#include <stdbool.h>

/* How many values there are, in the order in which they are best tried. None of a raw case's shapes is among them. */
int tb_parameters(const tb_case *c);
tb_parameter tb_parameter_of(const tb_case *c, int i);

/* Sets a value to a smaller one, and with it what would not be valid any more, as the operator's `repair` has it; indices of
 * set= move into their tensor. Not every result is valid. */
void tb_parameter_set(tb_case *c, int i, int64_t value);

/* The items of an operator's own form, such as the calls of a sequence, of which one has to stay; after them the values that
 * set= puts into the data. tb_items_kept: how many have to stay in all, 0 or 1. tb_items_drop: whether these may go; otherwise
 * the case stays as it is. */
int tb_items(const tb_case *c);
int tb_items_kept(const tb_case *c);
bool tb_items_drop(tb_case *c, int first, int count);

/* The row of the batch among an operator's tokens; NULL: it has none. The same case with another batch, also where its input
 * had none. */
const tb_token *tb_batch_row(const tb_operator *op);
tb_case tb_with_batch(const tb_case *c, int64_t batch);

#endif
