/* A random number generator: splitmix64 (Steele, Lea, Flood 2014).
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_RNG_H
#define TB_RNG_H

#include <stdint.h>

#define TB_RNG_GAMMA UINT64_C(0x9e3779b97f4a7c15)

/* Its output function. */
static inline uint64_t tb_rng_mix(uint64_t z) {
  z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
  return z ^ z >> 31;
}

static inline uint64_t tb_rng(uint64_t *state) {
  return tb_rng_mix(*state += TB_RNG_GAMMA);
}

static inline int tb_rng_bit(uint64_t *state) {
  return (int)(tb_rng(state) >> 63);
}

#endif
