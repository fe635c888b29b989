/* States of PyTorch's CPU generator that are made to draw chosen words.
 *
 * SPDX-License-Identifier: MIT */
#include "torch_state.h"

#include <string.h>

enum { INJECTED = 608 };

/* y ^ (y >> shift), undone. */
static uint32_t undo_right(uint32_t y, int shift) {
  uint32_t x = y;
  for (int known = shift; known < 32; known += shift)
    x = y ^ (x >> shift);
  return x;
}

/* y ^ ((y << shift) & mask), undone. */
static uint32_t undo_left(uint32_t y, int shift, uint32_t mask) {
  uint32_t x = y;
  for (int known = shift; known < 32; known += shift)
    x = y ^ ((x << shift) & mask);
  return x;
}

/* The word of the state whose tempering (Matsumoto and Nishimura 1998) is y. */
static uint32_t untemper(uint32_t y) {
  y = undo_right(y, 18);
  y = undo_left(y, 15, 0xefc60000);
  y = undo_left(y, 7, 0x9d2c5680);
  return undo_right(y, 11);
}

void tb_inject_state(uint64_t seed, int64_t chunk, unsigned char state[TB_STATE_BYTES]) {
  tb_torch_state s = {.seed = seed, .left = TB_STATE_WORDS, .seeded = 1};
  for (int i = 0; i < INJECTED; i++) {
    const uint32_t k = (uint32_t)(304 * chunk + i / 16 * 8 + i % 8);
    const uint32_t low = i % 16 < 8 ? k : 10368889u * k;
    s.mt[i] = untemper((2654435769u * k & 0xff000000) | (low & 0x00ffffff));
  }
  memcpy(state, &s, sizeof s);
}
