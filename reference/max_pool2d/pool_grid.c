/* The grid of max_pool2d.
 *
 * SPDX-License-Identifier: MIT */
#include "max_pool2d/pool_grid.h"

#include "digest.h"

#include <stdio.h>
#include <string.h>

static const int sizes[][2] = {{7, 9}, {11, 13}, {1, 8}, {5, 3}};

static int64_t output(int in, tb_pool_tuple t, bool ceil_mode) {
  return tb_max_pool2d_output_size(in, t.k, t.s, t.p, t.d, ceil_mode);
}

int tb_pool_block_widths(const tb_pool_block *block, tb_pool_tuple out[TB_POOL_TUPLES]) {
  int n = 0;
  tb_pool_tuple t;
  for (t.k = 1; t.k <= 4; t.k++)
    for (t.s = 1; t.s <= 4; t.s++)
      for (t.p = 0; t.p <= t.k / 2; t.p++)
        for (t.d = 1; t.d <= 3; t.d++)
          if (output(block->in[1], t, block->ceil_mode) >= 1)
            out[n++] = t;
  return n;
}

static bool in_range(int v, int least, int most) {
  return v >= least && v <= most;
}

static bool known_size(int height, int width) {
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
    if (sizes[i][0] == height && sizes[i][1] == width)
      return true;
  return false;
}

bool tb_pool_block_parse(const char *line, tb_pool_block *out) {
  char mode[8], hex[40];
  int height, width, k, s, p, d, count, key = 0, end = 0;
  tb_pool_tuple ignored[TB_POOL_TUPLES];
  if (sscanf(line, "%dx%d %7s %d %d %d %d%n %d %39s%n", &height, &width, mode, &k, &s, &p, &d, &key, &count, hex, &end) != 9 ||
      line[end] != 0 || key >= (int)sizeof out->key)
    return false;
  if (!known_size(height, width) || (strcmp(mode, "floor") != 0 && strcmp(mode, "ceil") != 0) || !in_range(k, 1, 4) ||
      !in_range(s, 1, 4) || !in_range(p, 0, k / 2) || !in_range(d, 1, 3))
    return false;
  tb_pool_block block = {.in = {height, width},
                         .ceil_mode = strcmp(mode, "ceil") == 0,
                         .height = {(int8_t)k, (int8_t)s, (int8_t)p, (int8_t)d},
                         .count = count};
  memcpy(block.key, line, (size_t)key);
  if (count != tb_pool_block_widths(&block, ignored) || output(height, block.height, block.ceil_mode) < 1 ||
      !tb_digest_parse(hex, &block.digest))
    return false;
  *out = block;
  return true;
}

void tb_pool_block_case(const tb_pool_block *block, tb_pool_tuple w, tb_max_pool2d *out) {
  const tb_pool_tuple h = block->height;
  *out = (tb_max_pool2d){.x = {4, {1, TB_POOL_GRID_CHANNELS, block->in[0], block->in[1]}},
                         .kernel_size = {2, {h.k, w.k}},
                         .stride = {2, {h.s, w.s}},
                         .padding = {2, {h.p, w.p}},
                         .dilation = {2, {h.d, w.d}},
                         .ceil_mode = block->ceil_mode};
}
