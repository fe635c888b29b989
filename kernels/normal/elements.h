/* The elements of a tensor one after the other, in the order in which PyTorch's TensorIterator visits them.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_ELEMENTS_H
#define TB_ELEMENTS_H

#include "kernel.h"

#include <stdbool.h>

/* Dimensions of more than one element, the smallest stride first, merged where one continues the other. */
typedef struct tb_elements {
  int64_t count;
  int32_t rank;
  int64_t size[TENBIN_RANK_MAX], stride[TENBIN_RANK_MAX];
} tb_elements;

tb_elements tb_elements_of(const tenbin_desc *desc);

/* Whether they lie side by side. */
bool tb_elements_dense(const tb_elements *e);

/* Copies `count` numbers of `bytes` bytes, which lie side by side, to the elements first, first + 1, .. of y. */
void tb_elements_put(const tb_elements *e, size_t bytes, int64_t first, int64_t count, const void *numbers, void *y);

#endif
