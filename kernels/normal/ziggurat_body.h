/* The words that ziggurat is made of, in lanes: to be included by lane_widths.h.
 *
 * SPDX-License-Identifier: MIT */
#include "philox_lanes.h"

#define fill_words LANE_NAME(fill_words)

LANE_FUNCTION void fill_words(uint64_t low, uint64_t seed, uint32_t words[4 * BATCH]) {
  for (int b = 0; b < BATCH; b += 2 * LANES) {
    v_u32 word[2][4];
    v_philox(ROUNDS, 2, low + (uint64_t)b, 0, false, seed, word);
    for (int i = 0; i < 8; i++)
      v_store_u32(words + i % 4 * BATCH + b + i / 4 * LANES, word[i / 4][i % 4]);
  }
}
