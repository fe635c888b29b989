/* Whole outputs verified by one number: right ones pass, and each kind of wrong one is found.
 *
 * SPDX-License-Identifier: MIT */
#include "conv_reference.h"
#include "dtype.h"
#include "suite.h"
#include "verify.h"

#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A case with its right answer, and that to another x. */
struct trial {
  tb_problem p;
  float *in[3], *y, *other;
  int64_t elements;
  tb_verifier *v;
};

static void answer(struct trial *t, uint64_t seed, float *y) {
  double *wide[3] = {NULL}, *out = malloc((size_t)(t->elements + 1) * sizeof *out);
  for (int i = 0; i < 3; i++)
    if (t->in[i]) {
      wide[i] = malloc((size_t)(tb_desc_elements(&t->p.input[i]) + 1) * sizeof(double));
      tb_fill_f64(&t->p, i, i == 0 ? seed : t->p.c.seed, wide[i]);
    }
  tb_conv_gather(&t->p, wide[0], wide[1], wide[2], out);
  for (int64_t i = 0; i < t->elements; i++)
    y[i] = (float)out[i];
  for (int i = 0; i < 3; i++)
    free(wide[i]);
  free(out);
}

static bool start(struct trial *t, const tb_case *c) {
  char message[TB_MESSAGE_MAX];
  memset(t, 0, sizeof *t);
  if (!tb_problem_make(c, &t->p, message))
    return false;
  for (int i = 0; i < 3; i++)
    if (t->p.input[i].dtype != TENBIN_NONE) {
      t->in[i] = malloc((size_t)(tb_desc_elements(&t->p.input[i]) + 1) * sizeof(float));
      tb_fill_f32(&t->p, i, c->seed, t->in[i]);
    }
  t->elements = tb_desc_elements(&t->p.output[TENBIN_Y]);
  t->y = malloc((size_t)(t->elements + 1) * sizeof *t->y);
  answer(t, c->seed, t->y);
  return true;
}

static void draw(struct trial *t, uint64_t key) {
  tb_verifier_free(t->v);
  t->v = tb_verifier_make(&t->p, (const void *const *)t->in, key);
  if (!t->v)
    abort();
}

static void end(struct trial *t) {
  for (int i = 0; i < 3; i++)
    free(t->in[i]);
  free(t->y);
  free(t->other);
  tb_verifier_free(t->v);
}

static double quotient(const struct trial *t, const float *y) {
  return tb_verifier_rho(t->v, t->in[0], y) / tb_verifier_bound(t->v);
}

/* The gather takes long where more meets. */
static const int64_t most_work = 2000000;

/* The quick suite, each case with its own data. */
static void hold_suite(const tb_suite *suite) {
  int cases = 0, right = 0;
  double most = 0;
  for (int g = 0; g < suite->groups; g++)
    for (int i = 0; suite->group[g].kind == TB_LISTED && i < suite->group[g].listed; i++) {
      static struct trial t;
      const tb_case *c = suite->group[g].list[i].c;
      if (c->op != &tb_operator_conv_transpose2d || c->sets > 0 || tb_case_work(c) > most_work || !start(&t, c))
        continue;
      draw(&t, (uint64_t)i);
      const double q = quotient(&t, t.y);
      cases++;
      right += q <= 1;
      most = q > most ? q : most;
      if (!(q <= 1))
        tb_tap_comment(&test_tap, "%s: %g", t.p.text, q);
      end(&t);
    }
  check(cases > 500 && right == cases, "right answers pass: %d of %d cases, the largest quotient is %.3f", right, cases, most);
}

static const char *const lines[] = {
    "conv_transpose2d n2 c8:6 in9x7 k4 s2 p1 bias fill=real",
    "conv_transpose2d n3 c12:8 in6x5 k3x2 s2x1 p1x0 op1x0 d2x1 g4 fill=real",
    "conv_transpose2d c16:3 in20x20 k4 s2 p1 bias fill=real",
    "conv_transpose2d n1 c64:32 in16x16 k4 s2 p1 fill=real",
};

static void spoil_one(struct trial *t, float *y) {
  int64_t i = t->elements / 3;
  while (y[i] == 0)
    i++;
  y[i] *= 1.25f;
}
static void leave_one_out(struct trial *t, float *y) {
  y[t->elements - 1] = 0;
}
static void put_nan(struct trial *t, float *y) {
  y[t->elements / 2] = NAN;
}
static void put_infinity(struct trial *t, float *y) {
  y[t->elements / 2] = INFINITY;
}
/* As bf16 has them: 8 bits of significand. */
static void cut_all(struct trial *t, float *y) {
  for (int64_t i = 0; i < t->elements; i++) {
    uint32_t bits;
    memcpy(&bits, &y[i], sizeof bits);
    bits &= 0xffff0000u;
    memcpy(&y[i], &bits, sizeof bits);
  }
}
static void answer_another(struct trial *t, float *y) {
  memcpy(y, t->other, (size_t)t->elements * sizeof *y);
}
static void swap_two(struct trial *t, float *y) {
  const float first = y[0];
  y[0] = y[t->elements - 1];
  y[t->elements - 1] = first;
}
static void answer_zero(struct trial *t, float *y) {
  memset(y, 0, (size_t)t->elements * sizeof *y);
}

static const struct {
  const char *what;
  void (*wrong)(struct trial *t, float *y);
} kinds[] = {
    {"an element a quarter too large", spoil_one},
    {"an element that is not written", leave_one_out},
    {"a NaN", put_nan},
    {"an infinity", put_infinity},
    {"bf16's precision", cut_all},
    {"the answer to another x", answer_another},
    {"two elements in each other's place", swap_two},
    {"zeros", answer_zero},
};

/* Each with 100 keys: chance lets none pass. */
static void find_wrong(const char *line) {
  enum { KEYS = 100 };
  int found[sizeof kinds / sizeof *kinds] = {0};
  tb_case c;
  tb_error error;
  if (!check(tb_case_parse(line, &c, &error), "%s", line))
    return;
  static struct trial t;
  if (!start(&t, &c))
    abort();
  float *y = malloc((size_t)(t.elements + 1) * sizeof *y);
  t.other = malloc((size_t)(t.elements + 1) * sizeof *y);
  answer(&t, c.seed + 1, t.other);
  for (int key = 0; key < KEYS; key++) {
    draw(&t, (uint64_t)key * 977);
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
      memcpy(y, t.y, (size_t)t.elements * sizeof *y);
      kinds[k].wrong(&t, y);
      found[k] += !(quotient(&t, y) <= 1);
    }
  }
  free(y);
  end(&t);
  for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
    check(found[k] == KEYS, "found: %s, with %d of %d keys", kinds[k].what, found[k], KEYS);
}

int main(void) {
  char message[4096];
  tb_tap_start(&test_tap, stdout);
  tb_suite *suite = tb_suite_open("quick", (tb_shard){0, 1}, message, sizeof message);
  check(suite != NULL, "the quick suite opens");
  if (suite)
    hold_suite(suite);
  else
    tb_tap_comment(&test_tap, "%s", message);
  for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
    find_wrong(lines[i]);
  tb_suite_close(suite);
  return finish();
}
