/* Numbers that come again: blocks of a stream that are equal, and its beginning.
 *
 * SPDX-License-Identifier: MIT */
#include "repeats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Among M independent blocks of b numbers two are equal with a probability of M^2/2 * coincidence^b at most; M = 2^29 makes
 * 2^57. The beginning comes again with one of 2^32 * coincidence^b. */
void tb_repeats_init(tb_repeats *r, double coincidence, int64_t period) {
  const double each = -log(coincidence), rare = log(1e9);
  memset(r, 0, sizeof *r);
  r->found = -1;
  if (!(each > 0))
    return;
  const double least = fmax(8, ceil((57 * log(2) + rare) / each)), head = fmax(8, ceil((32 * log(2) + rare) / each));
  const double unit = period > 0 ? (double)period : 16;
  /* A call too long to be kept is compared by its parts. */
  const double block = unit > TB_BLOCK_MAX ? 16 * ceil(least / 16) : unit * ceil(least / unit);
  r->block = block <= TB_BLOCK_MAX ? (int)block : 0;
  r->head = head <= TB_HEAD_MAX ? (int)head : 0;
}

void tb_repeats_free(tb_repeats *r) {
  free(r->hash);
}

static void keep_hash(tb_repeats *r) {
  if (r->blocks == r->capacity) {
    const size_t capacity = r->capacity > 0 ? 2 * r->capacity : 1024;
    XXH128_hash_t *hash = realloc(r->hash, capacity * sizeof *hash);
    if (!hash) {
      r->no_memory = true;
      r->block = 0;
      return;
    }
    r->hash = hash;
    r->capacity = capacity;
  }
  r->hash[r->blocks++] = XXH3_128bits(r->pending, (size_t)r->block * sizeof *r->pending);
}

static void add_to_blocks(tb_repeats *r, const double *y, int64_t n) {
  while (n > 0 && r->block > 0) {
    const int64_t part = n < r->block - r->fill ? n : r->block - r->fill;
    memcpy(r->pending + r->fill, y, (size_t)part * sizeof *y);
    r->fill += (int)part;
    y += part;
    n -= part;
    if (r->fill == r->block) {
      r->fill = 0;
      keep_hash(r);
    }
  }
}

/* Whether the last numbers are the first ones. */
static bool begins_again(const tb_repeats *r) {
  for (int64_t k = 0; k < r->head; k++)
    if (r->recent[(r->n - r->head + k) % TB_HEAD_MAX] != r->beginning[k])
      return false;
  return true;
}

void tb_repeats_add(tb_repeats *r, const double *y, int64_t n) {
  add_to_blocks(r, y, n);
  if (r->head == 0 || r->found >= 0)
    return;
  for (int64_t i = 0; i < n; i++) {
    r->recent[r->n % TB_HEAD_MAX] = y[i];
    if (r->n < r->head) {
      r->beginning[r->n++] = y[i];
    } else {
      r->n++;
      if (y[i] == r->beginning[r->head - 1] && begins_again(r)) {
        r->found = r->n - r->head;
        return;
      }
    }
  }
}

/* A hash table of the blocks by number, open and at most half full. */
bool tb_repeats_finish(const tb_repeats *r, int64_t *index) {
  *index = r->found;
  if (r->no_memory)
    return false;
  size_t slots = 16;
  while (slots < 2 * r->blocks)
    slots *= 2;
  uint32_t *table = calloc(slots, sizeof *table);
  if (!table)
    return false;
  for (size_t i = 0; i < r->blocks; i++) {
    size_t slot = r->hash[i].low64 & (slots - 1);
    while (table[slot] && !XXH128_isEqual(r->hash[table[slot] - 1], r->hash[i]))
      slot = (slot + 1) & (slots - 1);
    if (table[slot]) {
      const int64_t again = (int64_t)i * r->block;
      *index = *index < 0 || again < *index ? again : *index;
      break;
    }
    table[slot] = (uint32_t)i + 1;
  }
  free(table);
  return true;
}
