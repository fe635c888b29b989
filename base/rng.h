/* A random number generator: splitmix64 (Steele, Lea, Flood 2014).
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_RNG_H
#define TB_RNG_H

#include <stdint.h>

static inline uint64_t tb_rng(uint64_t *state) {
  uint64_t z = *state += 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}

static inline int tb_rng_bit(uint64_t *state) {
  return (int)(tb_rng(state) >> 63);
}

#endif
