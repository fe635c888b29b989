/* The grid of max_pool2d.
 *
 * SPDX-License-Identifier: MIT */
#include "max_pool2d/pool_grid.h"

#include "digest.h"
#include "max_pool2d/rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TUPLES = 96, EACH = 3 }; /* tuples of an axis; cases of a combination */

/* Parameters of one axis. */
typedef struct tuple {
  int8_t k, s, p, d;
} tuple;

/* The own part of a block. */
typedef struct row {
  int8_t in[2];
  bool ceil_mode;
  tuple height;
} row;
_Static_assert(sizeof(row) <= TB_GRID_OWN, "a block has room for it");

static const int8_t sizes[][2] = {{7, 9}, {11, 13}, {1, 8}, {5, 3}};
static const char *const names[] = {"7x9", "7x9 ceil", "11x13", "11x13 ceil", "1x8", "1x8 ceil", "5x3", "5x3 ceil", NULL};

static const row *row_of(const tb_grid_block *block) {
  return (const row *)(const void *)block->own;
}

static int64_t output(int in, tuple t, bool ceil_mode) {
  return tb_max_pool2d_output_size(in, t.k, t.s, t.p, t.d, ceil_mode);
}

/* The tuples of the width that give an output, in order; returns how many. */
static int widths(const row *r, tuple out[TUPLES]) {
  int n = 0;
  tuple t;
  for (t.k = 1; t.k <= 4; t.k++)
    for (t.s = 1; t.s <= 4; t.s++)
      for (t.p = 0; t.p <= t.k / 2; t.p++)
        for (t.d = 1; t.d <= 3; t.d++)
          if (output(r->in[1], t, r->ceil_mode) >= 1)
            out[n++] = t;
  return n;
}

static bool in_range(int v, int least, int most) {
  return v >= least && v <= most;
}

/* The index of a size, or -1. */
static int find_size(int height, int width) {
  for (int i = 0; i < (int)(sizeof sizes / sizeof *sizes); i++)
    if (sizes[i][0] == height && sizes[i][1] == width)
      return i;
  return -1;
}

static bool parse(const char *line, tb_grid_block *out) {
  char mode[8], hex[40], again[160];
  int height, width, k, s, p, d, count, key = 0;
  tuple all[TUPLES];
  if (sscanf(line, "%dx%d %7s %d %d %d %d%n %d %39s", &height, &width, mode, &k, &s, &p, &d, &key, &count, hex) != 9 ||
      key >= (int)sizeof out->key)
    return false;
  snprintf(again, sizeof again, "%dx%d %s %d %d %d %d %d %s", height, width, mode, k, s, p, d, count, hex);
  if (strcmp(line, again) != 0) /* a block has one line */
    return false;
  const bool ceil_mode = strcmp(mode, "ceil") == 0;
  const int size = find_size(height, width);
  if (size < 0 || (!ceil_mode && strcmp(mode, "floor") != 0) || !in_range(k, 1, 4) || !in_range(s, 1, 4) ||
      !in_range(p, 0, k / 2) || !in_range(d, 1, 3))
    return false;
  const row own = {{(int8_t)height, (int8_t)width}, ceil_mode, {(int8_t)k, (int8_t)s, (int8_t)p, (int8_t)d}};
  const int tuples = widths(&own, all);
  tb_grid_block block = {.group = 2 * size + ceil_mode, .cases = EACH * tuples};
  memcpy(block.key, line, (size_t)key);
  memcpy(block.own, &own, sizeof own);
  if (count != tuples || output(height, own.height, ceil_mode) < 1 || !tb_digest_parse(hex, &block.digest))
    return false;
  *out = block;
  return true;
}

static void get(const tb_grid_block *block, int i, tb_case *out) {
  static const char *const data[EACH] = {"fill=ties", "indices fill=ties", "indices fill=special"};
  const row *r = row_of(block);
  char text[TB_TEXT_MAX];
  tuple all[TUPLES];
  tb_error error;
  widths(r, all);
  const tuple h = r->height, w = all[i / EACH];
  snprintf(text, sizeof text, "max_pool2d n1 c2 in%dx%d k%dx%d s%dx%d p%dx%d d%dx%d %s %s seed=0", r->in[0], r->in[1], h.k, w.k,
           h.s, w.s, h.p, w.p, h.d, w.d, r->ceil_mode ? "ceil" : "", data[i % EACH]);
  if (!tb_case_parse(text, out, &error))
    abort();
}

static void describe(tb_text *t, const tb_grid_block *block) {
  const tuple h = row_of(block)->height;
  tb_text_add(t, "k%d s%d p%d d%d on the height, %d tuples on the width", h.k, h.s, h.p, h.d, block->cases / EACH);
}

const tb_grid tb_max_pool2d_grid = {
    .ledger = "max_pool2d.ledger", .group = names, .parse = parse, .get = get, .describe = describe};
