/* The generator of the kernels that count: a seed, and how far the counter has come.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_PHILOX_GENERATOR_H
#define TB_PHILOX_GENERATOR_H

#include "kernel.h"

struct tenbin_generator {
  const tenbin_host *host;
  uint64_t seed;   /* Philox's key, all 64 bits of it */
  uint64_t offset; /* words of each subsequence that are used up; a multiple of 4, the words of a block */
};

/* Its state is that of PyTorch's CUDA generator: seed and offset, 8 bytes each. */
extern const tenbin_generator_functions tb_philox_generator;

#endif
