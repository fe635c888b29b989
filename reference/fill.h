/* The hashes from which all data is made, the same in C and in golden/export/fill.py.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_FILL_H
#define TB_FILL_H

#include "rng.h"

/* Of an input, by its role, and of each of its elements. */
static inline uint64_t tb_fill_key(uint64_t seed, int role) {
  return tb_rng_mix(seed + TB_RNG_GAMMA * (uint64_t)(role + 1));
}

static inline uint64_t tb_fill_hash(uint64_t key, int64_t i) {
  return tb_rng_mix(key + TB_RNG_GAMMA * (uint64_t)i);
}

/* From the upper half of a hash, a number in [0, limit), for limit up to 2^32. */
static inline int64_t tb_fill_below(uint64_t hash, int64_t limit) {
  return (int64_t)((hash >> 32) * (uint64_t)limit >> 32);
}

#endif
