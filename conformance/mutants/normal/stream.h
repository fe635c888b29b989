/* The generator of stream.c: MT19937 (Matsumoto and Nishimura 1998) as PyTorch seeds, draws and keeps it.
 *
 * SPDX-License-Identifier: MIT */
#ifndef STREAM_H
#define STREAM_H

#define ROWS "stream.inc"
#include "rows.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { MT_N = 624, MT_M = 397 };

struct tenbin_generator {
  const tenbin_host *host;
  uint64_t seed;
  uint32_t next, available; /* of the 624 words: the one to be drawn next, and how many before the next twist */
  uint32_t cached;          /* whether a number waits */
  double cache;
  uint32_t remembered; /* MEAN_STD_OF_FIRST_CALL */
  tenbin_normal_args args;
  uint32_t own[MT_N], *mt;
};

static uint32_t twisted(uint32_t here, uint32_t after) {
  const uint32_t y = (here & 0x80000000) | (after & 0x7fffffff);
  return y >> 1 ^ (y & 1 ? 0x9908b0df : 0);
}

static void twist(tenbin_generator *g) {
  uint32_t *mt = g->mt;
  const uint32_t first = mt[0];
  for (int i = 0; i < MT_N - 1; i++)
    mt[i] = mt[(i + MT_M) % MT_N] ^ twisted(mt[i], mt[i + 1]);
  mt[MT_N - 1] = mt[MT_M - 1] ^ twisted(mt[MT_N - 1], mutant == TWIST_WRAP ? first : mt[0]);
  g->next = 0;
  g->available = MT_N;
}

static uint32_t word(tenbin_generator *g) {
  if (g->available <= (mutant == TWIST_EARLY ? 1 : 0))
    twist(g);
  uint32_t y = g->mt[g->next++];
  g->available--;
  y ^= y >> 11;
  y ^= y << 7 & 0x9d2c5680;
  y ^= y << 15 & 0xefc60000;
  return y ^ y >> 18;
}

static uint32_t engine_seed(uint64_t value) {
  switch (mutant) {
  case SEED_IGNORED:
    return 5489;
  case SEED_16:
    return value & 0xffff;
  case SEED_64:
    return (uint32_t)(value ^ value >> 32);
  case SEED_HASHED:
    return (uint32_t)(value * UINT64_C(0x9e3779b97f4a7c15) >> 32);
  default:
    return (uint32_t)value;
  }
}

static tenbin_status seed(tenbin_generator *g, uint64_t value) {
  uint32_t *mt = g->mt;
  g->seed = value;
  mt[0] = engine_seed(value);
  for (uint32_t i = 1; i < MT_N; i++)
    mt[i] = 1812433253u * (mt[i - 1] ^ mt[i - 1] >> 30) + i;
  g->next = g->available = 0;
  g->remembered = 0;
  if (mutant != CACHE_KEPT_BY_SEED && mutant != CACHE_UNINITIALISED)
    g->cached = 0;
  return TENBIN_OK;
}

static tenbin_generator *allocate(const tenbin_host *host) {
  static uint32_t everybody[MT_N];
  tenbin_generator *g = host->alloc(host->self, sizeof *g, _Alignof(tenbin_generator));
  if (!g)
    return NULL;
  g->host = host;
  g->mt = mutant == GENERATOR_SHARED ? everybody : g->own;
  return g;
}

static tenbin_status open_generator(uint64_t value, const tenbin_host *host, tenbin_generator **out) {
  tenbin_generator *g = allocate(host);
  if (!g)
    return TENBIN_OUT_OF_MEMORY;
  if (mutant != CACHE_UNINITIALISED)
    g->cached = 0;
  *out = g;
  return seed(g, value);
}

static tenbin_status clone(const tenbin_generator *from, tenbin_generator **out) {
  tenbin_generator *g = allocate(from->host);
  if (!g)
    return TENBIN_OUT_OF_MEMORY;
  uint32_t *mt = g->mt;
  *g = *from;
  g->mt = mt;
  if (mutant == CACHE_NOT_CLONED)
    g->cached = 0;
  if (mutant == CLONE_LEAKED)
    g->host->alloc(g->host->self, 16, 16);
  *out = g;
  return TENBIN_OK;
}

static void close_generator(tenbin_generator *g) {
  if (mutant != GENERATOR_LEAKED)
    g->host->free(g->host->self, g);
}

/* torch.Generator.get_state. */
struct state {
  uint64_t seed;
  int32_t left, seeded;
  uint64_t next, mt[MT_N];
  double normal_x, normal_y, normal_rho; /* normal_y is the number that waits */
  int32_t normal_is_valid, pad;
  float next_float;
  uint8_t next_float_is_valid, pad_end[3];
};

static size_t state_size(const tenbin_generator *g) {
  (void)g;
  return sizeof(struct state) + (mutant == STATE_OWN_FORMAT ? 8 : 0);
}

static tenbin_status save(const tenbin_generator *g, void *out) {
  struct state s = {.seed = g->seed, .left = (int32_t)g->available + 1, .seeded = 1, .next = g->next};
  for (int i = 0; i < MT_N; i++)
    s.mt[i] = g->mt[i];
  if (mutant == STATE_LEFT_OFF_BY_ONE)
    s.left--;
  if (mutant != CACHE_NOT_SAVED && g->cached) {
    s.normal_y = g->cache;
    s.normal_is_valid = 1;
  }
  memset(out, 0, state_size(g));
  memcpy(out, &s, sizeof s);
  return TENBIN_OK;
}

static tenbin_status restore(tenbin_generator *g, const void *from, size_t bytes) {
  struct state s;
  if (bytes != state_size(g))
    return TENBIN_FAILED;
  memcpy(&s, from, sizeof s);
  if (mutant == STATE_LEFT_OFF_BY_ONE)
    s.left++;
  if (!s.seeded || s.left <= 0 || s.next + (uint64_t)s.left - 1 > MT_N)
    return TENBIN_FAILED;
  g->seed = s.seed;
  g->next = mutant == POSITION_NOT_RESTORED ? 0 : (uint32_t)s.next;
  g->available = (uint32_t)s.left - 1;
  for (int i = 0; i < MT_N; i++)
    g->mt[i] = (uint32_t)s.mt[i];
  g->cached = s.normal_is_valid != 0;
  g->cache = s.normal_y;
  return TENBIN_OK;
}

#endif
