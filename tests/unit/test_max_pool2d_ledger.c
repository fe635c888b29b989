/* max_pool2d's definition held against its ledger.
 *
 *   test_max_pool2d_ledger walk|scatter FILE
 *
 * SPDX-License-Identifier: MIT */
#include "dtype.h"
#include "kernel.h"
#include "max_pool2d/pixels.h"
#include "max_pool2d/pool_grid.h"

#include "test.h"

#include <string.h>

enum { MOST = 1024, FILLS = 3 }; /* 2 planes of at most 15 x 17 windows */

typedef void formula(const tb_max_pool2d_shape *p, tb_max_pool2d_numbers x, int64_t lowest, tb_max_pool2d_numbers y,
                     int64_t *indices);

/* XXH3-128 of a shape and of elements as they are stored, in canonical order. */
static void digest(const tb_list *shape, const void *elements, size_t bytes, unsigned char out[16]) {
  static unsigned char whole[sizeof shape->v + MOST * sizeof(int64_t)];
  const size_t head = (size_t)shape->length * sizeof *shape->v;
  memcpy(whole, shape->v, head);
  memcpy(whole + head, elements, bytes);
  XXH128_canonicalFromHash((XXH128_canonical_t *)out, XXH3_128bits(whole, head + bytes));
}

/* A case's digests: of y and of indices, for each fill. False: the rules refuse it. */
static bool answer(const tb_max_pool2d *c, formula *compute, unsigned char out[FILLS][2][16]) {
  static double x[MOST], y[MOST];
  static int64_t indices[MOST];
  static float stored[MOST];
  char message[TB_MESSAGE_MAX];
  tb_list size;
  if (!tb_max_pool2d_check(c, &size, message))
    return false;
  const tb_max_pool2d_shape p = tb_max_pool2d_shape_of(c, &size);
  const int64_t n = p.planes * p.out[0] * p.out[1];
  for (int fill = 0; fill < FILLS; fill++) {
    tb_max_pool2d_pixels((tb_max_pool2d_fill)fill, TENBIN_F32, 0, p.planes * p.in[0] * p.in[1],
                         (tb_max_pool2d_numbers){x, NULL});
    compute(&p, (tb_max_pool2d_numbers){x, NULL}, 0, (tb_max_pool2d_numbers){y, NULL}, indices);
    for (int64_t i = 0; i < n; i++)
      tb_number_set(TENBIN_F32, stored, i, y[i]);
    digest(&size, stored, (size_t)n * sizeof *stored, out[fill][0]);
    digest(&size, indices, (size_t)n * sizeof *indices, out[fill][1]);
  }
  return true;
}

static bool agrees(const tb_pool_block *block, formula *compute) {
  static unsigned char bytes[TB_POOL_TUPLES][FILLS][2][16];
  tb_pool_tuple width[TB_POOL_TUPLES];
  const int n = tb_pool_block_widths(block, width);
  for (int i = 0; i < n; i++) {
    tb_max_pool2d c;
    tb_pool_block_case(block, width[i], &c);
    if (!answer(&c, compute, bytes[i]))
      return false;
  }
  return XXH128_isEqual(XXH3_128bits(bytes, (size_t)n * sizeof *bytes), block->digest) != 0;
}

static void hold(const char *name, formula *compute, FILE *file) {
  char line[256];
  int lines = 0, agreeing = 0, combinations = 0;
  while (fgets(line, sizeof line, file)) {
    tb_pool_block block;
    line[strcspn(line, "\n")] = 0;
    if (line[0] == '#')
      continue;
    lines++;
    if (!tb_pool_block_parse(line, &block)) {
      tb_tap_comment(&test_tap, "malformed: %s", line);
      continue;
    }
    agreeing += agrees(&block, compute);
    combinations += block.count;
  }
  check(agreeing == lines && lines == 607 && combinations == 52314, "%s: %d of %d blocks, %d combinations", name, agreeing,
        lines, combinations);
}

int main(int argc, char **argv) {
  FILE *file = argc == 3 ? fopen(argv[2], "r") : NULL;
  const bool walk = argc == 3 && strcmp(argv[1], "walk") == 0, scatter = argc == 3 && strcmp(argv[1], "scatter") == 0;
  tb_tap_start(&test_tap, stdout);
  if (check(file && (walk || scatter), "test_max_pool2d_ledger walk|scatter FILE"))
    hold(argv[1], walk ? tb_max_pool2d_walk : tb_max_pool2d_scatter, file);
  if (file)
    fclose(file);
  return finish();
}
