/* The grid of conv_transpose2d.
 *
 * SPDX-License-Identifier: MIT */
#include "grid.h"

#include "digest.h"

#include <stdio.h>
#include <string.h>

enum { HEIGHT = 4, WIDTH = 3, SETTINGS = 6 };

/* Parameters of one axis. */
typedef struct tuple {
  int8_t k, s, p, d, op;
} tuple;

/* The own part of a block, whose group is its setting. */
typedef struct row {
  tuple height;
} row;
_Static_assert(sizeof(row) <= TB_GRID_OWN, "a block has room for it");

static const struct setting {
  const char *channels, *bias;
  int in, out, groups;
} settings[SETTINGS] = {{"c3:2", "nobias", 3, 2, 1}, {"c3:2", "bias", 3, 2, 1},   {"c4:6", "nobias", 4, 6, 2},
                        {"c4:6", "bias", 4, 6, 2},   {"c3:6", "nobias", 3, 6, 3}, {"c3:6", "bias", 3, 6, 3}};
static const char *const names[] = {"c3:2", "c3:2 bias", "c4:6 g2", "c4:6 g2 bias", "c3:6 g3", "c3:6 g3 bias", NULL};

static int output(int in, tuple t) {
  return (in - 1) * t.s - 2 * t.p + t.d * (t.k - 1) + t.op + 1;
}

/* The tuples of the width that give an output, in order: the same in all blocks. Returns how many. */
static int widths(tuple out[TB_CONV_GRID_CASES]) {
  int n = 0;
  tuple t;
  for (t.k = 1; t.k <= 5; t.k++)
    for (t.s = 1; t.s <= 4; t.s++)
      for (t.p = 0; t.p <= 3; t.p++)
        for (t.d = 1; t.d <= 3; t.d++)
          for (t.op = 0; t.op < t.s || t.op < t.d; t.op++)
            if (output(WIDTH, t) >= 1)
              out[n++] = t;
  return n;
}

static bool in_range(int v, int least, int most) {
  return v >= least && v <= most;
}

static bool parse(const char *line, tb_grid_block *out) {
  char channels[16], bias[16], hex[40], again[160];
  tuple all[TB_CONV_GRID_CASES];
  int k, s, p, d, op, count, key = 0;
  if (sscanf(line, "%15s %15s %d %d %d %d %d%n %d %39s", channels, bias, &k, &s, &p, &d, &op, &key, &count, hex) != 9 ||
      key >= (int)sizeof out->key)
    return false;
  snprintf(again, sizeof again, "%s %s %d %d %d %d %d %d %s", channels, bias, k, s, p, d, op, count, hex);
  if (strcmp(line, again) != 0) /* a block has one line */
    return false;
  if (!in_range(k, 1, 5) || !in_range(s, 1, 4) || !in_range(p, 0, 3) || !in_range(d, 1, 3) ||
      !in_range(op, 0, (s > d ? s : d) - 1) || count != widths(all))
    return false;
  tb_grid_block block = {.cases = count};
  const row own = {{(int8_t)k, (int8_t)s, (int8_t)p, (int8_t)d, (int8_t)op}};
  memcpy(block.key, line, (size_t)key);
  memcpy(block.own, &own, sizeof own);
  while (block.group < SETTINGS &&
         (strcmp(settings[block.group].channels, channels) != 0 || strcmp(settings[block.group].bias, bias) != 0))
    block.group++;
  if (block.group == SETTINGS || output(HEIGHT, own.height) < 1 || !tb_digest_parse(hex, &block.digest))
    return false;
  *out = block;
  return true;
}

static tuple height_of(const tb_grid_block *block) {
  return ((const row *)(const void *)block->own)->height;
}

static void get(const tb_grid_block *block, int i, tb_case *out) {
  static _Thread_local tuple width[TB_CONV_GRID_CASES];
  static _Thread_local int known;
  const struct setting *c = &settings[block->group];
  if (!known)
    known = widths(width);
  const tuple h = height_of(block), w = width[i];
  tb_case_start(&tb_operator_conv_transpose2d, out);
  out->fill = (int)TB_WIDE_X;
  *tb_conv_edit(out) = (tb_conv){.batch = 2,
                                 .channels = {c->in, c->out},
                                 .in = {2, {HEIGHT, WIDTH}},
                                 .kernel = {2, {h.k, w.k}},
                                 .stride = {2, {h.s, w.s}},
                                 .padding = {2, {h.p, w.p}},
                                 .output_padding = {2, {h.op, w.op}},
                                 .dilation = {2, {h.d, w.d}},
                                 .groups = c->groups,
                                 .bias = strcmp(c->bias, "bias") == 0};
  tb_conv_complete(out);
}

static void describe(tb_text *t, const tb_grid_block *block) {
  const tuple h = height_of(block);
  tb_text_add(t, "k%d s%d p%d d%d op%d on the height, %d tuples on the width", h.k, h.s, h.p, h.d, h.op, block->cases);
}

const tb_grid tb_conv_grid = {.ledger = "grid.ledger", .group = names, .parse = parse, .get = get, .describe = describe};
