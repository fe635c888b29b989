/* A sample of points as bitsets.
 *
 * SPDX-License-Identifier: MIT */
#include "sample.h"

#include "memory.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

static void *zeros(size_t count, size_t each) {
  return tb_need(calloc(count, each));
}

/* The condition of an axis that a condition of a height, a width, either or both is made from. */
static int lifted_from(const tb_sample *s, const tb_condition *c) {
  for (int i = 0; c->scope <= TB_BOTH && i < s->bounds; i++) {
    const tb_condition *b = &s->bound[i];
    if (b->quantity == c->quantity && b->other == c->other && b->relation == c->relation && b->constant == c->constant)
      return i;
  }
  return -1;
}

void tb_sample_open(tb_sample *s) {
  *s = (tb_sample){0};
  s->condition = tb_conditions(&s->conditions);
  s->bound = tb_conditions_of_axis(&s->bounds);
  s->lifted = zeros((size_t)s->conditions, sizeof *s->lifted);
  s->on = zeros((size_t)s->bounds, sizeof *s->on);
  s->holds = zeros((size_t)s->conditions * 2 * TB_SAMPLE_WORDS, sizeof *s->holds);
  s->holds_on = zeros((size_t)s->bounds * 4 * TB_SAMPLE_WORDS, sizeof *s->holds_on);
  s->use = zeros((size_t)s->conditions, sizeof *s->use);
  s->bound_use = zeros((size_t)s->bounds, sizeof *s->bound_use);
  for (int i = 0; i < s->conditions; i++)
    s->lifted[i] = lifted_from(s, &s->condition[i]);
}

void tb_sample_close(tb_sample *s) {
  free(s->condition);
  free(s->bound);
  free(s->lifted);
  free(s->on);
  free(s->holds);
  free(s->holds_on);
  free(s->use);
  free(s->bound_use);
}

static bool holds_for(tb_scope scope, const bool on[2]) {
  return scope == TB_EITHER ? on[0] || on[1] : scope == TB_BOTH ? on[0] && on[1] : on[scope == TB_WIDTH];
}

bool tb_sample_add(tb_sample *s, const tb_point_rows *point, bool fails) {
  const int label = fails ? 0 : 1, at = s->points[label];
  const size_t word = (size_t)at / 64, label_at = (size_t)label * TB_SAMPLE_WORDS;
  const uint64_t bit = UINT64_C(1) << at % 64;
  bool(*on)[2] = s->on;
  if (at == 64 * TB_SAMPLE_WORDS)
    return false;
  for (int i = 0; i < s->bounds; i++)
    for (int axis = 0; axis < 2; axis++) {
      on[i][axis] = tb_condition_holds(&s->bound[i], point, axis);
      if (on[i][axis])
        s->holds_on[((size_t)i * 2 + (size_t)axis) * 2 * TB_SAMPLE_WORDS + label_at + word] |= bit;
    }
  for (int i = 0; i < s->conditions; i++) {
    const tb_condition *c = &s->condition[i];
    if (s->lifted[i] >= 0 ? holds_for(c->scope, on[s->lifted[i]]) : tb_condition_holds(c, point, 0))
      s->holds[(size_t)i * 2 * TB_SAMPLE_WORDS + label_at + word] |= bit;
  }
  s->points[label]++;
  return true;
}

/* The number of points, of both labels, for which a row of bitsets holds. */
static int64_t population(const uint64_t *row, int words) {
  int64_t n = 0;
  for (int w = 0; w < words; w++)
    n += __builtin_popcountll(row[w]);
  return n;
}

/* Those rows of `words` words that are neither constant nor equal to an earlier one. Equal hashes are taken for equal rows: a
 * formula is compared with all points in the end. */
static int distinct(const uint64_t *rows, int count, int words, int64_t points, int *use) {
  int n = 0, size = 1;
  while (size < 2 * count)
    size *= 2;
  uint64_t *seen = zeros((size_t)size, sizeof *seen);
  for (int i = 0; i < count; i++) {
    const uint64_t *row = rows + (size_t)i * (size_t)words;
    const int64_t held = population(row, words);
    const uint64_t hash = XXH3_64bits(row, (size_t)words * sizeof *row) | 1;
    int slot = (int)(hash >> 32) & (size - 1);
    if (held == 0 || held == points)
      continue;
    while (seen[slot] && seen[slot] != hash)
      slot = (slot + 1) & (size - 1);
    if (!seen[slot])
      use[n++] = i;
    seen[slot] = hash;
  }
  free(seen);
  return n;
}

void tb_sample_distinct(tb_sample *s) {
  const int64_t points = (int64_t)s->points[0] + s->points[1];
  s->distinct = distinct(s->holds, s->conditions, 2 * TB_SAMPLE_WORDS, points, s->use);
  s->bound_distinct = distinct(s->holds_on, s->bounds, 4 * TB_SAMPLE_WORDS, 2 * points, s->bound_use);
}
