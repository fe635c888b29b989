/* The reference: gather and scatter agree with each other and with PyTorch.
 *
 * SPDX-License-Identifier: MIT */
#include "conv_reference.h"
#include "suite.h"

#include "test.h"

#include <stdlib.h>
#include <string.h>

static double *filled(const tb_problem *p, int role) {
  if (p->input[role].dtype == TENBIN_NONE)
    return NULL;
  double *data = malloc((size_t)tb_desc_elements(&p->input[role]) * sizeof *data + 1);
  tb_fill_f64(p, role, p->c.seed, data);
  return data;
}

static bool same(const double *a, const double *b, int64_t n) {
  for (int64_t i = 0; i < n; i++)
    if (!(a[i] == b[i]) && !(a[i] != a[i] && b[i] != b[i]))
      return false;
  return true;
}

struct counts {
  int cases, formulations, golden;
};

static void hold(const tb_problem *p, const tb_golden_case *g, struct counts *c) {
  const int64_t n = tb_desc_elements(&p->output[TENBIN_Y]);
  double *data[3], *a = malloc((size_t)n * sizeof *a + 1), *b = malloc((size_t)n * sizeof *b + 1);
  float *y = malloc((size_t)n * sizeof *y + 1);
  bool golden = true;
  for (int role = 0; role < 3; role++)
    data[role] = filled(p, role);
  tb_conv_gather(p, data[0], data[1], data[2], a);
  tb_conv_scatter(p, data[0], data[1], data[2], b);
  for (int64_t i = 0; i < n; i++)
    y[i] = (float)a[i];
  if (g && g->kind == TB_GOLDEN_EXACT)
    golden = XXH128_isEqual(tb_digest_y(&p->output[TENBIN_Y], y), g->digest) &&
             (!g->output[TENBIN_Y] || XXH128_isEqual(tb_digest_y(&p->output[TENBIN_Y], g->output[TENBIN_Y]), g->digest));
  for (int64_t i = 0; g && g->kind == TB_GOLDEN_REAL && i < g->points; i++)
    golden = golden && a[g->index[i]] == g->value[i];
  c->cases++;
  c->formulations += same(a, b, n);
  c->golden += golden;
  for (int role = 0; role < 3; role++)
    free(data[role]);
  free(a);
  free(b);
  free(y);
}

static void hold_suite(const tb_suite *suite) {
  static tb_problem p;
  char message[TB_MESSAGE_MAX];
  for (int g = 0; g < suite->groups; g++) {
    struct counts c = {0};
    const tb_suite_group *group = &suite->group[g];
    for (int i = 0; group->kind == TB_LISTED && i < group->listed; i++)
      if (group->list[i].c->op == &tb_operator_conv_transpose2d && tb_problem_make(group->list[i].c, &p, message))
        hold(&p, group->list[i].golden, &c);
    if (c.cases == 0)
      continue;
    check(c.formulations == c.cases, "%s: gather and scatter agree in %d cases", group->name, c.cases);
    check(c.golden == c.cases, "%s: and with PyTorch", group->name);
  }
}

/* Descriptors drawn at random from a wider space than the catalogue's. */
static void hold_random(void) {
  static tb_problem p;
  struct counts c = {0};
  uint64_t state = 1;
  int refused = 0;
  while (c.cases < 2000) {
    int64_t v[16];
    for (int i = 0; i < 16; i++) {
      state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
      v[i] = (int64_t)(state >> 40);
    }
    const int64_t g = 1 + v[0] % 3;
    char line[300], message[TB_MESSAGE_MAX];
    tb_case k;
    tb_error error;
    snprintf(line, sizeof line, "conv_transpose2d n%d c%d:%d in%dx%d k%dx%d s%dx%d p%dx%d op%dx%d d%dx%d g%d%s fill=%s seed=%d",
             (int)(v[1] % 4), (int)(g * (1 + v[2] % 4)), (int)(g * (1 + v[3] % 4)), 1 + (int)(v[4] % 6), 1 + (int)(v[5] % 6),
             1 + (int)(v[6] % 5), 1 + (int)(v[7] % 5), 1 + (int)(v[8] % 5), 1 + (int)(v[9] % 5), (int)(v[10] % 5),
             (int)(v[11] % 5), (int)(v[12] % 3), (int)(v[13] % 3), 1 + (int)(v[14] % 3), 1 + (int)(v[15] % 3), (int)g,
             v[0] & 64 ? " bias" : "", v[0] & 128 ? "real" : "wide-w", (int)(v[1] >> 8));
    if (!tb_case_parse(line, &k, &error) || !tb_problem_make(&k, &p, message)) {
      refused++;
      continue;
    }
    hold(&p, NULL, &c);
  }
  check(c.formulations == c.cases, "gather and scatter agree in %d random cases (%d more were invalid)", c.cases, refused);
}

int main(void) {
  char message[4096];
  tb_tap_start(&test_tap, stdout);
  tb_suite *suite = tb_suite_open("quick", (tb_shard){0, 1}, message, sizeof message);
  if (!check(suite != NULL, "the quick suite opens"))
    tb_tap_comment(&test_tap, "%s", message);
  else
    hold_suite(suite);
  hold_random();
  tb_suite_close(suite);
  return finish();
}
