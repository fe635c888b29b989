/* The generator of PyTorch's CPU streams: MT19937 and the second number of a pair that waits for the next draw.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_TORCH_GENERATOR_H
#define TB_TORCH_GENERATOR_H

#include "kernel.h"

#include <stdbool.h>
#include <string.h>

#define TB_MT_N 624
#define TB_MT_ATONCE 128 /* words that can be had at once */

struct tenbin_generator {
  const tenbin_host *host;
  void (*twist)(uint32_t mt[TB_MT_N]);
  uint64_t seed;
  uint32_t next;      /* of the 624 words, the one to be drawn next; next + available <= TB_MT_N */
  uint32_t available; /* words to be drawn before the next twist: one less than PyTorch's `left` */
  bool cached;
  double cache; /* N(0, 1), not scaled */
  /* PyTorch also keeps a number in f32. normal_ neither makes nor takes it, but a state carries it. */
  bool f32_cached;
  float f32_cache;
  /* The engine's 624 words begin at TB_MT_ATONCE. Before a twist, those that are left move to right before them: so the next
   * words always lie together. */
  _Alignas(64) uint32_t word[TB_MT_ATONCE + TB_MT_N];
};

extern const tenbin_generator_functions tb_torch_generator;

/* The next n words of the engine, n <= TB_MT_ATONCE, not tempered; valid until more are drawn. */
static inline const uint32_t *tb_torch_words(tenbin_generator *g, uint32_t n) {
  uint32_t *const mt = g->word + TB_MT_ATONCE, *words = mt + g->next;
  const uint32_t rest = g->available;
  if (rest < n) {
    words = memcpy(mt - rest, words, rest * sizeof *words);
    g->twist(mt);
    n -= rest;
    g->next = 0;
    g->available = TB_MT_N;
  }
  g->next += n;
  g->available -= n;
  return words;
}

static inline uint32_t tb_torch_tempered(uint32_t y) {
  y ^= y >> 11;
  y ^= y << 7 & 0x9d2c5680;
  y ^= y << 15 & 0xefc60000;
  return y ^ y >> 18;
}

/* In [0, 1): the low 24 bits of a draw. */
static inline float tb_torch_uniform_f32(const uint32_t word[1]) {
  return (float)(tb_torch_tempered(word[0]) & 0xffffff) * 0x1p-24f;
}

/* In [0, 1): of the 64 bits of two draws, the first one high, the low 53. */
static inline double tb_torch_uniform_f64(const uint32_t word[2]) {
  const uint64_t high = tb_torch_tempered(word[0]);
  return (double)((high << 32 | tb_torch_tempered(word[1])) & ((UINT64_C(1) << 53) - 1)) * 0x1p-53;
}

#endif
