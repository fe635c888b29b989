/* The state of PyTorch's CPU generator as torch.Generator.get_state gives it. The kernels have a layout of their own, so that a
 * mistake in one is seen by the other.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_TORCH_STATE_H
#define TB_TORCH_STATE_H

#include "calls.h"

#define TB_STATE_WORDS 624

/* The bytes of CPUGeneratorImplState (aten/src/ATen/CPUGeneratorImpl.cpp). */
typedef struct tb_torch_state {
  uint64_t seed;
  int32_t left, seeded;
  uint64_t next, mt[TB_STATE_WORDS];
  double normal_x, normal_y, normal_rho; /* normal_y waits for the next draw */
  int32_t normal_is_valid, pad;
  float next_float;
  uint8_t next_float_is_valid, pad_end[3];
} tb_torch_state;
_Static_assert(sizeof(tb_torch_state) == TB_STATE_BYTES, "the state has no padding of its own");

#endif
