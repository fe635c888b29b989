/* The battery's counts and sums, compared with those that Python made of PyTorch's numbers; and the text vectors, compared with
 * the containers that they were taken from.
 *
 * SPDX-License-Identifier: MIT */
#include "battery.h"
#include "cells.h"
#include "dtype.h"
#include "golden.h"
#include "normal.h"
#include "problem.h"
#include "statistics.h"

#include "test.h"

#include <math.h>

/* The numbers of a case of one call, drawn by a kernel of its stream. */
static void *drawn(const tb_problem *p) {
  struct drawer d;
  tb_pool *pool = tb_pool_create(1);
  void *y = malloc((size_t)p->kept * tb_dtype_bytes(p->c.dtype));
  if (!y || !pool)
    abort();
  drawer_open(&d, "box_muller", tb_normal_of(&p->c)->stream, p->c.dtype, p->c.seed, "", pool, 1);
  drawer_draw(&d, p->kept, y);
  drawer_close(&d);
  tb_pool_destroy(pool);
  return y;
}

static double statistic(const tb_battery_result *r, const char *name) {
  for (int i = 0; i < TB_STATISTICS; i++)
    if (strcmp(r->statistic[i].name, name) == 0)
      return r->statistic[i].value;
  return NAN;
}

/* As the battery counts them. */
static bool same_cells(const tb_golden_case *g, const tb_problem *p, const void *y) {
  static int64_t count[TB_NORMAL_CELLS];
  tb_cells cells;
  if (!tb_cells_init(&cells, TB_NORMAL_CELLS, tb_normal_edge))
    abort();
  memset(count, 0, sizeof count);
  for (int64_t i = 0; i < p->kept; i++)
    count[tb_cell(&cells, tb_number(p->c.dtype, y, i))]++;
  tb_cells_free(&cells);
  return memcmp(count, g->cells, sizeof count) == 0;
}

/* Sums of up to 5, where the battery cuts off, are the same sums. */
static bool same_sums(const tb_golden_case *g, const tb_problem *p, const tb_battery_result *r) {
  static const char *const moment[] = {"mean", "variance", "skewness", "kurtosis"}, *const tail[] = {"tail3", "tail4", "tail5"};
  const double most = fmax(-g->extremes[0], g->extremes[1]), n = (double)p->kept;
  bool same = statistic(r, "maximum") == most;
  for (int i = 0; i < 3; i++)
    same = same && statistic(r, tail[i]) == (double)g->tails[i];
  for (int i = 0; i < 4 && most <= 5; i++)
    same = same && fabs(statistic(r, moment[i]) * n - g->hermite[i]) <= 1e-12 * n;
  return same;
}

static int statistics(const tb_golden *golden) {
  static tb_problem p;
  int cases = 0;
  for (int i = 0; i < tb_golden_count(golden); i++) {
    const tb_golden_case *g = tb_golden_at(golden, i);
    tb_case c;
    tb_error error;
    char message[TB_MESSAGE_MAX];
    if (!g->cells || !tb_case_parse(g->text, &c, &error) || !tb_problem_make(&c, &p, message) || p.kept > 1 << 20)
      continue;
    void *y = drawn(&p);
    check(same_cells(g, &p, y), "PyTorch's counts in 4,096 cells: %s", g->text);
    if (c.dtype == TENBIN_F32 || c.dtype == TENBIN_F64) { /* the others are unrounded first */
      tb_battery_result r;
      tb_battery *b = tb_battery_open(&(tb_law){c.dtype, 0, 1, 0});
      for (int64_t k = 0; k < p.kept; k++)
        tb_battery_add(b, &(double){tb_number(c.dtype, y, k)}, 1);
      tb_battery_finish(b, &r);
      tb_battery_close(b);
      check(same_sums(g, &p, &r), "PyTorch's moments, tails and extremes: %s", g->text);
    }
    free(y);
    cases++;
  }
  return cases;
}

/* One vector: its descriptor, its numbers and its state's digest. */
static bool same_vector(const tb_golden *golden, const char *text, const double *number, int numbers, const char *digest) {
  const tb_golden_case *g = tb_golden_find(golden, text);
  XXH128_hash_t state;
  tb_case c;
  tb_error error;
  if (!g || g->kind != TB_GOLDEN_STREAM || !tb_case_parse(text, &c, &error) || !tb_digest_parse(digest, &state))
    return false;
  bool same = XXH128_isEqual(state, g->state[g->states - 1]) && numbers == (g->points < 16 ? (int)g->points : 16);
  for (int i = 0; same && i < numbers; i++) {
    double bits;
    tb_number_set(c.dtype, &bits, 0, number[i]);
    same = tb_number_bits(c.dtype, &bits, 0) == tb_number_bits(c.dtype, g->numbers ? g->numbers : g->head, i);
  }
  return same;
}

static void vectors(const tb_golden *golden) {
  size_t size;
  const char *bytes = tb_golden_text(golden, "normal.vectors", &size);
  char *copy = bytes ? strndup(bytes, size) : NULL, *save = NULL, text[TB_TEXT_MAX] = "";
  double number[16];
  int numbers = 0, count = 0, right = 0;
  for (char *line = copy ? strtok_r(copy, "\n", &save) : NULL; line; line = strtok_r(NULL, "\n", &save)) {
    if (*line == '#')
      continue;
    if (*line != ' ') {
      snprintf(text, sizeof text, "%s", line);
      numbers = 0;
    } else if (strncmp(line, "  state ", 8) == 0) {
      count++;
      right += same_vector(golden, text, number, numbers, line + 8);
    } else {
      char *end;
      for (double v = strtod(line, &end); end != line && numbers < 16; v = strtod(line, &end)) {
        number[numbers++] = v;
        line = end;
      }
    }
  }
  check(count > 100 && right == count, "%d of the %d vectors for people say what the containers say", right, count);
  free(copy);
}

int main(int argc, char **argv) {
  char message[TB_GOLDEN_MESSAGE];
  tb_tap_start(&test_tap, stdout);
  tb_golden *golden = argc == 2 ? tb_golden_open(argv[1], NULL, message) : NULL;
  if (check(golden != NULL, "the golden data opens")) {
    check(statistics(golden) >= 16, "there are statistics of 16 cases");
    vectors(golden);
    tb_golden_close(golden);
  }
  return finish();
}
