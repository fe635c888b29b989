/* The tensors of a timed problem, filled, in pages that are there.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_TENSORS_H
#define TB_TENSORS_H

#include "problem.h"

typedef struct tb_tensors {
  tenbin_tensor input[TB_TENSORS], constant[TB_TENSORS]; /* constant: of the inputs, those that prepare is given */
  tenbin_tensor output[TB_TENSORS];
  _Alignas(8) unsigned char args[TB_ARGS_MAX]; /* of the first call of a sequence */
  void *memory[2 * TB_TENSORS];                /* of those that are there */
  int memories;
} tb_tensors;

/* Fills an input with the case's data. False: no memory. */
bool tb_tensor_fill(const tb_problem *problem, int role, const tenbin_tensor *tensor);

/* Each tensor begins at a page, or, where `random` is not NULL, at a line of a page that it chooses. False: no memory. Free
 * with tb_tensors_free in any case. */
bool tb_tensors_make(const tb_problem *problem, uint64_t *random, tb_tensors *out);
void tb_tensors_free(tb_tensors *tensors);

#endif
