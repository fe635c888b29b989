/* The grid.
 *
 * SPDX-License-Identifier: MIT */
#include "grid.h"

#include "digest.h"

#include <stdio.h>
#include <string.h>

static const struct setting {
  const char *channels, *bias, *name;
  int in, out, groups;
} settings[TB_SETTINGS] = {
    {"c3:2", "nobias", "c3:2", 3, 2, 1},    {"c3:2", "bias", "c3:2 bias", 3, 2, 1},
    {"c4:6", "nobias", "c4:6 g2", 4, 6, 2}, {"c4:6", "bias", "c4:6 g2 bias", 4, 6, 2},
    {"c3:6", "nobias", "c3:6 g3", 3, 6, 3}, {"c3:6", "bias", "c3:6 g3 bias", 3, 6, 3},
};

const char *tb_grid_setting_name(int setting) {
  return settings[setting].name;
}

static int output(int in, tb_tuple t) {
  return (in - 1) * t.s - 2 * t.p + t.d * (t.k - 1) + t.op + 1;
}

int tb_grid_widths(tb_tuple out[TB_TUPLES]) {
  int n = 0;
  tb_tuple t;
  for (t.k = 1; t.k <= 5; t.k++)
    for (t.s = 1; t.s <= 4; t.s++)
      for (t.p = 0; t.p <= 3; t.p++)
        for (t.d = 1; t.d <= 3; t.d++)
          for (t.op = 0; t.op < t.s || t.op < t.d; t.op++)
            if (output(TB_GRID_WIDTH, t) >= 1)
              out[n++] = t;
  return n;
}

/* All blocks have as many: the tuples of the width do not depend on the height. */
static int widths(void) {
  tb_tuple t[TB_TUPLES];
  return tb_grid_widths(t);
}

static bool in_range(int v, int least, int most) {
  return v >= least && v <= most;
}

bool tb_grid_block_parse(const char *line, tb_grid_block *out) {
  char channels[16], bias[16], hex[40];
  int k, s, p, d, op, count, end = 0, key = 0;
  if (sscanf(line, "%15s %15s %d %d %d %d %d%n %d %39s%n", channels, bias, &k, &s, &p, &d, &op, &key, &count, hex, &end) != 9 ||
      line[end] != 0 || key >= (int)sizeof out->key)
    return false;
  if (!in_range(k, 1, 5) || !in_range(s, 1, 4) || !in_range(p, 0, 3) || !in_range(d, 1, 3) || !in_range(op, 0, 3) ||
      count != widths())
    return false;
  *out = (tb_grid_block){.height = {(int8_t)k, (int8_t)s, (int8_t)p, (int8_t)d, (int8_t)op}, .count = count};
  memcpy(out->key, line, (size_t)key);
  while (out->setting < TB_SETTINGS &&
         (strcmp(settings[out->setting].channels, channels) != 0 || strcmp(settings[out->setting].bias, bias) != 0))
    out->setting++;
  return out->setting < TB_SETTINGS && output(TB_GRID_HEIGHT, out->height) >= 1 && tb_digest_parse(hex, &out->digest);
}

void tb_grid_case(const tb_grid_block *block, tb_tuple w, tb_conv_fill fill, tb_case *out) {
  const struct setting *c = &settings[block->setting];
  const tb_tuple h = block->height;
  tb_case_start(&tb_operator_conv_transpose2d, out);
  out->fill = (int)fill;
  *tb_conv_edit(out) = (tb_conv){.batch = 2,
                                 .channels = {c->in, c->out},
                                 .in = {2, {TB_GRID_HEIGHT, TB_GRID_WIDTH}},
                                 .kernel = {2, {h.k, w.k}},
                                 .stride = {2, {h.s, w.s}},
                                 .padding = {2, {h.p, w.p}},
                                 .output_padding = {2, {h.op, w.op}},
                                 .dilation = {2, {h.d, w.d}},
                                 .groups = c->groups,
                                 .bias = strcmp(c->bias, "bias") == 0};
  tb_conv_complete(out);
}
