/* The reference, compared with the grid's ledger, and the validator, with the ledger of rejections.
 *
 *   test_ledger scatter|gather I/N   one of tenbin's two formulations, over the I-th of N parts of the grid
 *   test_ledger rejections                verdict, message and precedence of PyTorch's rules
 *
 * SPDX-License-Identifier: MIT */
#include "conv_reference.h"
#include "grid.h"
#include "suite.h"

#include "test.h"
#include "validity.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

typedef void formulation(const tb_problem *p, const double *x, const double *w, const double *b, double *y);

static XXH128_hash_t answer(const tb_case *c, formulation *compute) {
  /* The grid's tensors are small: 3 * 4 * 3 elements of x in each of two images, and no plane of y above 27 x 24. */
  enum { MOST = 16384 };
  static _Thread_local double x[MOST], w[MOST], b[MOST], y[MOST];
  static _Thread_local float rounded[MOST];
  static _Thread_local tb_problem p;
  char message[TB_MESSAGE_MAX];
  if (!tb_problem_make(c, &p, message) || tb_desc_elements(&p.output[0]) > MOST)
    abort();
  tb_fill_f64(&p, TENBIN_X, 0, x);
  tb_fill_f64(&p, TENBIN_WEIGHT, 0, w);
  if (tb_conv_of(&p.c)->bias)
    tb_fill_f64(&p, TENBIN_BIAS, 0, b);
  compute(&p, x, w, tb_conv_of(&p.c)->bias ? b : NULL, y);
  const int64_t n = tb_desc_elements(&p.output[0]);
  for (int64_t i = 0; i < n; i++)
    rounded[i] = (float)y[i];
  return tb_digest_y(&p.output[0], rounded);
}

static bool block_agrees(const tb_grid_block *block, formulation *compute) {
  static _Thread_local unsigned char bytes[TB_CONV_GRID_CASES][2][16];
  for (int i = 0; i < block->cases; i++)
    for (int fill = TB_WIDE_X; fill <= TB_WIDE_W; fill++) {
      tb_case c;
      tb_conv_grid.get(block, i, &c);
      c.fill = fill;
      XXH128_canonicalFromHash((XXH128_canonical_t *)bytes[i][fill], answer(&c, compute));
    }
  return XXH128_isEqual(XXH3_128bits(bytes, (size_t)block->cases * 32), block->digest) != 0;
}

struct queue {
  const tb_suite_group *group;
  formulation *compute;
  atomic_int next, agreeing;
};

static void *work(void *argument) {
  struct queue *q = argument;
  for (int i; (i = atomic_fetch_add(&q->next, 1)) < q->group->chunks;)
    atomic_fetch_add(&q->agreeing, block_agrees(&q->group->chunk[i].block, q->compute));
  return NULL;
}

static void hold(const tb_suite_group *group, formulation *compute, const char *name) {
  struct queue q = {.group = group, .compute = compute};
  pthread_t other;
  const bool two = pthread_create(&other, NULL, work, &q) == 0;
  work(&q);
  if (two)
    pthread_join(other, NULL);
  check(q.agreeing == group->chunks && group->chunks > 0, "%s: %s: %d of %d blocks, %d combinations", name, group->name,
        (int)q.agreeing, group->chunks, group->cases);
}

static int grid(const char *name, tb_shard shard) {
  char message[4096];
  tb_suite *suite = tb_suite_open("grid", shard, message, sizeof message);
  int combinations = 0;
  if (!check(suite != NULL, "the suite opens"))
    tb_tap_comment(&test_tap, "%s", message);
  for (int g = 0; suite && g < suite->groups; g++)
    if (suite->group[g].kind == TB_GRID && suite->group[g].op->grid == &tb_conv_grid && suite->group[g].chunks > 0) {
      hold(&suite->group[g], strcmp(name, "gather") == 0 ? tb_conv_gather : tb_conv_scatter, name);
      combinations += suite->group[g].cases;
    }
  if (shard.shards == 1)
    check(combinations == 2625240, "the grid has 2,625,240 combinations, as PyTorch accepts");
  else
    check(combinations > 0, "part %d of %d has %d combinations", shard.shard + 1, shard.shards, combinations);
  tb_suite_close(suite);
  return finish();
}

/* A block of golden/rejections.ledger: groups, rows of weight, bias, batch and kernel height. */
struct faults {
  int64_t groups, rows, kernel;
  char bias[8], batch[8];
};

static void line_of(const struct faults *f, const int64_t v[4], char *line, size_t size) {
  tb_conv c = {.x = {4, {strcmp(f->batch, "n1") == 0, 4, 4, 5}},
               .w = {4, {f->rows, 3, f->kernel, 3}},
               .bias = strcmp(f->bias, "none") != 0,
               .stride = {2, {v[0], 1}},
               .padding = {2, {v[1], 0}},
               .dilation = {2, {v[2], 1}},
               .output_padding = {2, {v[3], 0}},
               .groups = f->groups};
  if (strcmp(f->batch, "none") == 0)
    c.x = (tb_list){3, {4, 4, 5}};
  c.b = (tb_list){1, {(f->groups > 0 ? 3 * f->groups : 3) + (strcmp(f->bias, "wrong") == 0)}};
  tb_list y;
  char message[TB_MESSAGE_MAX], shape[120];
  if (tb_conv_check(&c, &y, message)) {
    tb_list_print(&y, shape, sizeof shape);
    snprintf(line, size, "ok %s\n", shape);
  } else {
    /* PyTorch raises an internal IndexError for an empty batch with an empty kernel: then the verdict is all that counts. */
    const bool internal = strcmp(f->batch, "n0") == 0 && strncmp(message, "kernel size", 11) == 0;
    snprintf(line, size, "%s\n", internal ? "rejected" : message);
  }
}

static int verdicts(const struct faults *f, XXH3_state_t *state) {
  int64_t v[4]; /* stride, padding, dilation, output_padding */
  char line[TB_MESSAGE_MAX + 2];
  int n = 0;
  XXH3_128bits_reset(state);
  for (v[0] = 0; v[0] <= 4; v[0]++)
    for (v[1] = -1; v[1] <= 3; v[1]++)
      for (v[2] = 0; v[2] <= 3; v[2]++)
        for (v[3] = -1; v[3] <= 4; v[3]++, n++) {
          line_of(f, v, line, sizeof line);
          XXH3_128bits_update(state, line, strlen(line));
        }
  return n;
}

static int rejections(void) {
  char message[4096], line[300], hex[40], digest[33];
  size_t size = 0;
  int blocks = 0, agreeing = 0, combinations = 0;
  tb_suite *suite = tb_suite_open("quick", (tb_shard){0, 1}, message, sizeof message);
  const char *text = suite ? tb_golden_text(suite->golden, "rejections.ledger", &size) : NULL;
  FILE *ledger = text ? fmemopen((void *)(uintptr_t)text, size, "r") : NULL;
  XXH3_state_t *state = XXH3_createState();
  while (ledger && fgets(line, sizeof line, ledger)) {
    struct faults f;
    int count;
    if (*line == '#' || *line == '\n')
      continue;
    blocks++;
    if (sscanf(line, "g%ld rows%ld %7s %7s k%ld %d %39s", &f.groups, &f.rows, f.bias, f.batch, &f.kernel, &count, hex) != 7)
      continue;
    const bool all = verdicts(&f, state) == count;
    tb_digest_print(XXH3_128bits_digest(state), digest);
    if (all && strcmp(digest, hex) == 0)
      agreeing++;
    else
      tb_tap_comment(&test_tap, "differs: %s", line);
    combinations += count;
  }
  check(blocks == 540 && agreeing == blocks, "PyTorch's verdict, message and precedence in %d of %d blocks, %d combinations",
        agreeing, blocks, combinations);
  XXH3_freeState(state);
  if (ledger)
    fclose(ledger);
  tb_suite_close(suite);
  return finish();
}

int main(int argc, char **argv) {
  tb_tap_start(&test_tap, stdout);
  if (argc == 2 && strcmp(argv[1], "rejections") == 0)
    return rejections();
  tb_shard shard;
  if (argc == 3 && sscanf(argv[2], "%d/%d", &shard.shard, &shard.shards) == 2 && shard.shard-- >= 1)
    return grid(argv[1], shard);
  tb_tap_bail(&test_tap, "usage: test_ledger scatter|gather I/N, or test_ledger rejections");
  return 2;
}
