/* max_pool2d's definition, by one of its formulas, beside PyTorch's answers to the grid.
 *
 *   test_max_pool2d_ledger walk|scatter FILE
 *
 * SPDX-License-Identifier: MIT */
#include "digest.h"
#include "dtype.h"
#include "max_pool2d/pixels.h"
#include "max_pool2d/pool_grid.h"

#include "test.h"

#include <stdlib.h>
#include <string.h>

enum { MOST = 1024 }; /* 2 planes of at most 15 x 17 windows */

typedef void formula(const tb_max_pool2d_shape *p, tb_max_pool2d_numbers x, int64_t lowest, tb_max_pool2d_numbers y,
                     int64_t *indices);

/* The digest of a case's answer, as the formula has it. */
static XXH128_hash_t answer(const tb_case *c, formula *compute) {
  static double x[MOST], y[MOST];
  static int64_t indices[MOST];
  static float stored[MOST];
  static tb_problem p;
  char message[TB_MESSAGE_MAX];
  if (!tb_problem_make(c, &p, message) || tb_desc_elements(&p.output[TENBIN_Y]) > MOST)
    abort();
  const tb_max_pool2d_shape *shape = (const tb_max_pool2d_shape *)(const void *)p.shape;
  const int64_t n = tb_desc_elements(&p.output[TENBIN_Y]);
  tb_max_pool2d_pixels((tb_max_pool2d_fill)c->fill, TENBIN_F32, c->seed, tb_desc_elements(&p.input[TENBIN_X]),
                       (tb_max_pool2d_numbers){x, NULL});
  compute(shape, (tb_max_pool2d_numbers){x, NULL}, 0, (tb_max_pool2d_numbers){y, NULL}, indices);
  for (int64_t i = 0; i < n; i++)
    tb_number_set(TENBIN_F32, stored, i, y[i]);
  return tb_digest_answer(&p, (const void *[]){[TENBIN_Y] = stored, [TENBIN_INDICES] = indices});
}

static bool agrees(const tb_grid_block *block, formula *compute) {
  static unsigned char bytes[TB_POOL_GRID_CASES][2][16];
  for (int i = 0; i < block->cases; i++) {
    tb_case c;
    tb_max_pool2d_grid.get(block, i, &c);
    const tb_case twin = tb_case_twin(&c);
    XXH128_canonicalFromHash((XXH128_canonical_t *)bytes[i][0], answer(&c, compute));
    XXH128_canonicalFromHash((XXH128_canonical_t *)bytes[i][1], answer(&twin, compute));
  }
  return XXH128_isEqual(XXH3_128bits(bytes, (size_t)block->cases * 32), block->digest) != 0;
}

static void hold(const char *name, formula *compute, FILE *file) {
  char line[256];
  int lines = 0, agreeing = 0, cases = 0;
  while (fgets(line, sizeof line, file)) {
    tb_grid_block block;
    line[strcspn(line, "\n")] = 0;
    if (line[0] == '#')
      continue;
    lines++;
    if (!tb_max_pool2d_grid.parse(line, &block)) {
      tb_tap_comment(&test_tap, "malformed: %s", line);
      continue;
    }
    agreeing += agrees(&block, compute);
    cases += block.cases;
  }
  check(agreeing == lines && lines == 607 && cases == 3 * 52314, "%s: %d of %d blocks, %d cases", name, agreeing, lines, cases);
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
