/* The judge, with wrong answers: each ends in its own verdict.
 *
 * SPDX-License-Identifier: MIT */
#include "conv_reference.h"
#include "judge.h"

#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct answer {
  tb_problem p;
  tb_report report;
  float *y[2];
  int64_t n;
};

static void right(struct answer *a, const char *line) {
  tb_case c;
  tb_error e;
  char message[TB_MESSAGE_MAX];
  memset(a, 0, sizeof *a);
  if (!tb_case_parse(line, &c, &e) || !tb_problem_make(&c, &a->p, message))
    abort();
  double *data[3] = {0};
  for (int role = 0; role < 3; role++)
    if (a->p.input[role].dtype != TENBIN_NONE) {
      data[role] = malloc((size_t)tb_desc_elements(&a->p.input[role]) * sizeof(double) + 1);
      tb_fill_f64(&a->p, role, a->p.c.seed, data[role]);
    }
  a->n = tb_desc_elements(&a->p.output[TENBIN_Y]);
  double *y = malloc((size_t)a->n * sizeof *y + 1);
  tb_conv_gather(&a->p, data[0], data[1], data[2], y);
  for (int i = 0; i < 2; i++) {
    a->y[i] = malloc((size_t)a->n * sizeof(float) + 1);
    for (int64_t k = 0; k < a->n; k++)
      a->y[i][k] = (float)y[k];
  }
  a->report.outcome = TB_RAN;
  a->report.claim = TENBIN_EXACT;
  for (int role = 0; role < 3; role++)
    free(data[role]);
  free(y);
}

static void both(struct answer *a, int64_t i, float value) {
  a->y[0][i] = a->y[1][i] = value;
}

static void expect(struct answer *a, const tb_golden_case *golden, tb_verdict verdict, const char *says, const char *name) {
  tb_judgement j;
  tb_judge(&a->p, golden, &a->report, &(tb_answers){a->y[0], a->y[1], NULL, a->n}, &j);
  if (!check(j.verdict == verdict && (!says || strstr(j.reason, says)), "%s: %s", name, tb_verdict_name(verdict)))
    tb_tap_comment(&test_tap, "got %s: %s", tb_verdict_name(j.verdict), j.reason);
  free(a->y[0]);
  free(a->y[1]);
}

static float poison(uint32_t half) {
  const uint32_t bits = half << 16 | half;
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static void exact(void) {
  const char *line = "conv_transpose2d n2 c4:6 in4x3 k3x2 s2x1 p1x0 op1x0 d1x2 g2 bias";
  struct answer a;
  right(&a, line);
  expect(&a, NULL, TB_V_PASSED, NULL, "the right answer");
  right(&a, line);
  both(&a, 17, nextafterf(a.y[0][17], INFINITY));
  expect(&a, NULL, TB_V_FAILED, "1 of", "one element off by one ulp");
  right(&a, line);
  both(&a, a.n - 1, NAN);
  expect(&a, NULL, TB_V_FAILED, "1 of", "the last element is NaN");
  right(&a, line);
  both(&a, 0, poison(TB_POISON_END));
  expect(&a, NULL, TB_V_FAILED, "never written", "the first element holds the poison");
  right(&a, line);
  for (int64_t i = 0; i < a.n; i++)
    both(&a, i, 0);
  expect(&a, NULL, TB_V_FAILED, NULL, "all zeros");
  right(&a, line);
  a.y[1][5] += 1;
  a.report.again_differs = 1;
  expect(&a, NULL, TB_V_NONDETERMINISTIC, "1 of", "another answer the second time");
  right(&a, line);
  a.y[1][5] = poison(TB_POISON_START);
  a.report.threads_differ = 3;
  expect(&a, NULL, TB_V_NONDETERMINISTIC, "with 3 threads 1 of", "an element that three threads leave out");
  right(&a, line);
  a.report.run_allocations = 3;
  expect(&a, NULL, TB_V_FAILED, "allocated memory, 3 times", "run allocates");
  right(&a, line);
  a.report.leaked = 1;
  a.report.leaked_bytes = 640;
  expect(&a, NULL, TB_V_LEAKING, "640 bytes", "release forgets");
}

static void special(void) {
  struct answer a;
  right(&a, "conv_transpose2d n1 c2:3 in4x3 k3x2 s2x1 set=x@3:nan,x@20:inf");
  expect(&a, NULL, TB_V_PASSED, NULL, "NaN and infinity where they belong");
  right(&a, "conv_transpose2d n1 c2:3 in4x3 k3x2 s2x1 set=x@3:nan");
  for (int64_t i = 0; i < a.n; i++)
    if (isnan(a.y[0][i]))
      both(&a, i, 0);
  expect(&a, NULL, TB_V_FAILED, NULL, "NaN swallowed");
  right(&a, "conv_transpose2d n1 c2:3 in4x3 k3x2 s2x1 set=x@3:nan");
  for (int64_t i = 0; i < a.n; i++)
    if (isnan(a.y[0][i]))
      both(&a, i, -a.y[0][i]);
  expect(&a, NULL, TB_V_PASSED, NULL, "a NaN of another sign is the same NaN");
  right(&a, "conv_transpose2d n0 c2:3 in4x3 k3x2");
  expect(&a, NULL, TB_V_PASSED, NULL, "an empty output");
  right(&a, "conv_transpose2d n1 c1:1 in2 k1 set=x@0:0,x@1:0,x@2:0,x@3:0");
  expect(&a, NULL, TB_V_UNTRUSTED, "all expected values are zero", "a case that cannot show an error");
  right(&a, "conv_transpose2d n1 c1:1 in1 k1 s3 p1 op2 fill=wide-x");
  expect(&a, NULL, TB_V_PASSED, NULL, "zeros where no tap reaches");
}

static void bounded(void) {
  const char *line = "conv_transpose2d n1 c64:3 in3x4 k3x2 s2x1 bias fill=real";
  struct answer a;
  right(&a, line);
  expect(&a, NULL, TB_V_PASSED, NULL, "real data, rounded once");
  right(&a, line);
  both(&a, 7, a.y[0][7] * (1 + 1e-3f));
  expect(&a, NULL, TB_V_FAILED, "outside the error bound", "one element off by 0.1 %");
  right(&a, line);
  both(&a, 7, NAN);
  expect(&a, NULL, TB_V_FAILED, "outside the error bound", "NaN is within no bound");
  right(&a, line);
  both(&a, 7, poison(TB_POISON_START));
  expect(&a, NULL, TB_V_FAILED, NULL, "the poison is within no bound");
  right(&a, "conv_transpose2d n1 c64:3 in3x4 k3x2 s2x1 bias fill=wide-x");
  a.report.claim = TENBIN_BOUNDED;
  both(&a, 7, nextafterf(a.y[0][7], INFINITY));
  expect(&a, NULL, TB_V_PASSED, NULL, "a claim of bounded on integer data, one ulp off");
}

static void golden(void) {
  const char *line = "conv_transpose2d n1 c2:3 in4x3 k3x2 s2x1";
  struct answer a;
  tb_golden_case g = {.kind = TB_GOLDEN_EXACT};
  right(&a, line);
  g.digest = tb_digest_y(&a.p.output[TENBIN_Y], a.y[0]);
  expect(&a, &g, TB_V_PASSED, NULL, "the golden digest");
  right(&a, line);
  both(&a, 3, 1e9f);
  expect(&a, &g, TB_V_FAILED, "1 of", "not the golden digest");
  right(&a, line);
  both(&a, 3, 1e9f);
  g.digest.low64 ^= 1;
  expect(&a, &g, TB_V_UNTRUSTED, "a fault of tenbin", "golden data that the reference does not confirm");
}

static void outcomes(void) {
  static const struct {
    tb_outcome outcome;
    tb_verdict verdict;
  } rows[] = {{TB_UNSUPPORTED, TB_V_UNSUPPORTED}, {TB_ERROR, TB_V_FAILED},   {TB_SIGNAL, TB_V_CRASHED}, {TB_GUARD, TB_V_GUARD},
              {TB_MISALIGNED, TB_V_MISALIGNED},   {TB_TIME, TB_V_TIMED_OUT}, {TB_EXITED, TB_V_CRASHED}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct answer a;
    right(&a, "conv_transpose2d n1 c2:3 in4x3 k3x2 s2x1");
    a.report.outcome = (int32_t)rows[i].outcome;
    strcpy(a.report.detail, "the reason");
    expect(&a, NULL, rows[i].verdict, "the reason", "a report that says so");
  }
}

int main(void) {
  tb_tap_start(&test_tap, stdout);
  exact();
  special();
  bounded();
  golden();
  outcomes();
  return finish();
}
