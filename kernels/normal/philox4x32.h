/* Philox4x32: four words for each counter of 128 bits and key of 64, by R rounds of multiplying and mixing.
 *
 * J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011. Ten rounds are
 * their recommendation and what CUDA uses; seven are the fewest that passed all of TestU01's BigCrush (table 2 of the paper).
 * Claim: their definition. Witness: counter 0 and key 0 give 6627e8d5 e169c58d bc57ac4c 9b00dbd8 after ten rounds.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_PHILOX4X32_H
#define TB_PHILOX4X32_H

#include <stdint.h>

#define TB_PHILOX_M0 0xD2511F53u
#define TB_PHILOX_M1 0xCD9E8D57u
#define TB_PHILOX_W0 0x9E3779B9u
#define TB_PHILOX_W1 0xBB67AE85u

typedef struct tb_philox {
  uint32_t word[4];
} tb_philox;

/* The counter is high * 2^64 + low, least significant word first; so is the key. */
static inline tb_philox tb_philox4x32(int rounds, uint64_t low, uint64_t high, uint64_t key) {
  uint32_t c0 = (uint32_t)low, c1 = (uint32_t)(low >> 32), c2 = (uint32_t)high, c3 = (uint32_t)(high >> 32);
  uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
  for (int i = 0; i < rounds; i++, k0 += TB_PHILOX_W0, k1 += TB_PHILOX_W1) {
    const uint64_t p0 = (uint64_t)TB_PHILOX_M0 * c0, p1 = (uint64_t)TB_PHILOX_M1 * c2;
    c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
    c1 = (uint32_t)p1;
    c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
    c3 = (uint32_t)p0;
  }
  return (tb_philox){{c0, c1, c2, c3}};
}

#endif
