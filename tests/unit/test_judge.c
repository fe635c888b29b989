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

static void forget(struct answer *a) {
  free(a->y[0]);
  free(a->y[1]);
}

static tb_judgement judged(const struct answer *a, const tb_golden_case *golden) {
  tb_judgement j;
  tb_judge(&a->p, golden, &a->report, &(tb_answers){{a->y[0]}, {a->y[1]}, NULL, a->n}, &j);
  return j;
}

static void expect(struct answer *a, const tb_golden_case *golden, tb_verdict verdict, const char *says, const char *name) {
  const tb_judgement j = judged(a, golden);
  if (!check(j.verdict == verdict && (!says || strstr(j.reason, says)), "%s: %s", name, tb_verdict_name(verdict)))
    tb_tap_comment(&test_tap, "got %s: %s", tb_verdict_name(j.verdict), j.reason);
  forget(a);
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

/* What is said of elements that differ. */
static void differences(void) {
  struct answer a;
  float half = 0;
  const uint32_t bits = (uint32_t)TB_POISON_END << 16 | 0x1234;
  right(&a, "conv_transpose2d n2 c4:6 in4x3 k3x2 s2x1 p1x0 op1x0 d1x2 g2 bias");
  const double want = (double)a.y[0][9];
  memcpy(&half, &bits, sizeof half);
  both(&a, 2, half);
  both(&a, 9, 12345);
  both(&a, 20, poison(TB_POISON_END));
  both(&a, 21, poison(TB_POISON_START));
  tb_judgement j = judged(&a, NULL);
  check(j.elements == a.n && j.wrong == 4 && j.unwritten == 2 && j.differences == 4,
        "four elements differ, and two of them were never written");
  check(!j.difference[0].unwritten && !j.difference[1].unwritten && j.difference[2].unwritten && j.difference[3].unwritten,
        "these are the two that hold the poison, not one that begins as it does");
  check(j.difference[1].index == 9 && j.difference[1].got == 12345 && j.difference[1].want == want && j.difference[1].bound < 0,
        "a difference has its index, both numbers, and no bound");
  for (int64_t i = 0; i < a.n; i++)
    both(&a, i, 12345);
  j = judged(&a, NULL);
  check(j.wrong == a.n && j.differences == TB_DIFFERENCES, "of many differences the first are kept");
  forget(&a);
}

/* The error bound, by its definition: gamma_n * (sum |x||w| + |b|) with n = terms + 1. */
static double bound_of(const tb_problem *p, int64_t index, double *value) {
  double *data[3] = {0};
  for (int role = 0; role < 3; role++)
    if (p->input[role].dtype != TENBIN_NONE) {
      data[role] = malloc((size_t)tb_desc_elements(&p->input[role]) * sizeof(double) + 1);
      tb_fill_f64(p, role, p->c.seed, data[role]);
    }
  const tb_point point = tb_conv_point(p, data[0], data[1], data[2], index);
  const double n = (double)point.terms + 1;
  for (int role = 0; role < 3; role++)
    free(data[role]);
  *value = point.value;
  return n * 0x1p-24 / (1 - n * 0x1p-24) * point.magnitude;
}

/* Real data with more elements than a sample has: each is judged, since the case is small. */
static void beyond_sample(void) {
  struct answer a;
  right(&a, "conv_transpose2d n1 c1:2 in64 k1 fill=real");
  both(&a, 1, 2 * a.y[0][1] + 1);
  expect(&a, NULL, TB_V_FAILED, "1 of 8192", "one element of 8192");
}

/* One element of real data at the last float within its bound, and at the next one. */
static void at_bound(const char *line, int64_t index) {
  struct answer a;
  double value;
  right(&a, line);
  const double bound = bound_of(&a.p, index, &value);
  float last = (float)(value + bound);
  while (fabs((double)last - value) > bound)
    last = nextafterf(last, (float)value);
  both(&a, index, last);
  expect(&a, NULL, TB_V_PASSED, NULL, "just within the bound");
  right(&a, line);
  both(&a, index, nextafterf(last, INFINITY));
  expect(&a, NULL, TB_V_FAILED, "1 of", "just beyond the bound");
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
  right(&a, "conv_transpose2d n1 c1:1 in2 k1 set=x@1:0,x@2:0,x@3:0");
  expect(&a, NULL, TB_V_PASSED, NULL, "the first expected value alone is not zero");
  right(&a, "conv_transpose2d n1 c1:1 in1 k1 s3 p1 op2 fill=wide-x");
  expect(&a, NULL, TB_V_PASSED, NULL, "zeros where no tap reaches");
}

/* Whether any tap reaches y, at the edges of the question. */
static void reach(void) {
  static const struct {
    const char *line;
    bool reached;
  } rows[] = {
      {"conv_transpose2d n1 c1:1 in1x3 k1x3 s3x1 p1 op2x0", false}, /* beside the first and the last row, not a column */
      {"conv_transpose2d n1 c1:1 in3x1 k3x1 s1x3 p1 op0x2", false}, /* and the other way round */
      {"conv_transpose2d n1 c1:1 in1 k1 s3 op2", true},             /* the first element alone */
      {"conv_transpose2d n1 c1:1 in2 k1 s3 p2 op2", true},          /* the last, from the second input */
      {"conv_transpose2d n1 c1:1 in2 k1 s3 p1", false},             /* beside the first and the last */
      {"conv_transpose2d n1 c1:1 in1 k1 p1 op2 d3", false},         /* a second input would reach it */
      {"conv_transpose2d n1 c1:1 in1 k2 s3 p2 op2 d2", true},       /* the second tap alone */
      {"conv_transpose2d n1 c1:1 in2 k1 s4 p2", false},             /* before and after */
      {"conv_transpose2d n0 c1:1 in2 k1", false}};
  struct answer a;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    right(&a, rows[i].line);
    check(a.p.c.op->can_show(&a.p) == rows[i].reached, "%s: %s", rows[i].line,
          rows[i].reached ? "a tap reaches y" : "no tap does");
    forget(&a);
  }
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
  at_bound("conv_transpose2d n1 c64:3 in3x4 k3x2 s2x1 bias fill=real", 0);
  at_bound("conv_transpose2d n1 c1:2 in3x4 k1 fill=real", 5);
  right(&a, "conv_transpose2d n1 c2:3 in4x3 k3x2 s2x1 fill=real set=x@3:nan,x@20:inf");
  expect(&a, NULL, TB_V_PASSED, NULL, "NaN and infinity among real data");
  right(&a, "conv_transpose2d n1 c2:3 in4x3 k3x2 s2x1 fill=real set=x@3:nan");
  for (int64_t i = 0; i < a.n; i++)
    if (isnan(a.y[0][i]))
      both(&a, i, 0);
  expect(&a, NULL, TB_V_FAILED, NULL, "NaN swallowed among real data");
}

/* A sum may overflow where the positive terms, the negative ones, or both of them do. */
static void overflow(void) {
  static const struct {
    const char *set;
    float got;
    tb_verdict verdict;
    const char *what;
  } rows[] = {
      {"x@0:2e38,x@1:2e38,w@0:1,w@1:1", INFINITY, TB_V_PASSED, "a sum beyond f32 is infinite"},
      {"x@0:2e38,x@1:2e38,w@0:1,w@1:1", 3.4e38f, TB_V_FAILED, "and is not the largest number"},
      {"x@0:2e38,x@1:2e38,w@0:1,w@1:1", -INFINITY, TB_V_FAILED, "nor infinite with the other sign"},
      {"x@0:2e38,x@1:2e38,w@0:1,w@1:1", NAN, TB_V_FAILED, "nor NaN"},
      {"x@0:1e38,x@1:1e38,w@0:1,w@1:1", INFINITY, TB_V_FAILED, "a sum within f32 is not infinite"},
      {"x@0:3e38,x@1:3e38,w@0:1,w@1:-1", INFINITY, TB_V_FAILED, "nor is one of products within f32"},
      {"x@0:3e38,x@1:3e38,w@0:2,w@1:-2", -INFINITY, TB_V_PASSED, "products beyond f32 may come first"},
      {"x@0:3e38,x@1:3e38,w@0:2,w@1:-2", NAN, TB_V_PASSED, "or meet"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char line[200];
    struct answer a;
    snprintf(line, sizeof line, "conv_transpose2d n1 c2:1 in1x1 k1 fill=real set=%s", rows[i].set);
    right(&a, line);
    both(&a, 0, rows[i].got);
    expect(&a, NULL, rows[i].verdict, NULL, rows[i].what);
  }
}

/* Of many elements of long sums a sample is judged; what was never written is found in all. */
static void sampled(void) {
  const char *line = "conv_transpose2d n1 c1000:50 in32x32 k1 fill=real";
  struct answer a;
  right(&a, line);
  const tb_judgement j = judged(&a, NULL);
  check(j.verdict == TB_V_PASSED && j.elements >= 4096 && j.elements < 8192, "some thousands of 51,200 elements are judged");
  both(&a, 0, 1e9f);
  expect(&a, NULL, TB_V_FAILED, "1 of", "the first of them is wrong");
  right(&a, line);
  both(&a, a.n - 1, 1e9f);
  expect(&a, NULL, TB_V_FAILED, "1 of", "the last of them is wrong");
  right(&a, line);
  both(&a, 1, poison(TB_POISON_END));
  expect(&a, NULL, TB_V_FAILED, "element 1 was never written", "one beside the sample was never written");
  right(&a, "conv_transpose2d n1 c64:50 in8x9 k1 fill=real");
  check(judged(&a, NULL).elements == a.n, "of short sums every element is judged");
  forget(&a);
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
  const tb_judgement j = judged(&a, &g);
  check(j.wrong == 0 && j.differences == 0, "of golden data that cannot be trusted no element is compared");
  expect(&a, &g, TB_V_UNTRUSTED, "a fault of tenbin", "golden data that the reference does not confirm");
  /* Elements that are stored are what is right, whatever the reference says. */
  float *stored = NULL;
  right(&a, line);
  stored = malloc((size_t)a.n * sizeof *stored);
  memcpy(stored, a.y[0], (size_t)a.n * sizeof *stored);
  stored[4] += 1;
  g = (tb_golden_case){.kind = TB_GOLDEN_EXACT, .output = {stored}, .digest = tb_digest_y(&a.p.output[TENBIN_Y], stored)};
  expect(&a, &g, TB_V_FAILED, "1 of", "not the stored elements");
  right(&a, line);
  g.digest.low64 ^= 1;
  both(&a, 4, stored[4]);
  expect(&a, &g, TB_V_UNTRUSTED, "digest and the golden elements disagree", "stored elements of another digest");
  free(stored);
}

static void golden_points(void) {
  const char *line = "conv_transpose2d n1 c64:3 in3x4 k3x2 s2x1 bias fill=real";
  struct answer a;
  int64_t index[] = {3, 11};
  double value[2];
  right(&a, line);
  for (int i = 0; i < 2; i++)
    bound_of(&a.p, index[i], &value[i]);
  tb_golden_case g = {.kind = TB_GOLDEN_REAL, .points = 2, .index = index, .value = value};
  check(judged(&a, &g).elements == a.n, "beside the golden points all elements are judged");
  both(&a, 3, 0);
  expect(&a, &g, TB_V_FAILED, "1 of 105", "one of the points is wrong");
  right(&a, line);
  both(&a, 0, 1e9f);
  expect(&a, &g, TB_V_FAILED, "1 of 105", "one beside them is wrong");
  right(&a, line);
  both(&a, 0, poison(TB_POISON_END));
  expect(&a, &g, TB_V_FAILED, "1 of them never written", "one beside them was never written");
  right(&a, line);
  value[1] *= 1 + 1e-12;
  expect(&a, &g, TB_V_UNTRUSTED, "disagree", "a golden point that the reference does not confirm");
}

static void outcomes(void) {
  static const struct {
    tb_outcome outcome;
    tb_verdict verdict;
  } rows[] = {{TB_UNSUPPORTED, TB_V_UNSUPPORTED},  {TB_ERROR, TB_V_FAILED},
              {TB_SIGNAL, TB_V_CRASHED},           {TB_GUARD, TB_V_GUARD},
              {TB_MISALIGNED, TB_V_MISALIGNED},    {TB_TIME, TB_V_TIMED_OUT},
              {TB_EXITED, TB_V_CRASHED},           {TB_NO_MEMORY, TB_V_NOT_JUDGED},
              {TB_ENDED_OUTSIDE, TB_V_NOT_JUDGED}, {TB_FAULT, TB_V_UNTRUSTED}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct answer a;
    right(&a, "conv_transpose2d n1 c2:3 in4x3 k3x2 s2x1");
    a.report.outcome = (int32_t)rows[i].outcome;
    strcpy(a.report.detail, "the reason");
    strcpy(a.report.stage, "run");
    const bool says_where = rows[i].outcome >= TB_SIGNAL && rows[i].outcome <= TB_EXITED;
    const tb_judgement j = judged(&a, NULL);
    const char *reason = rows[i].outcome == TB_FAULT ? "the reason: this is a fault of tenbin"
                         : says_where                ? "in run: the reason"
                                                     : "the reason";
    check(strcmp(j.reason, reason) == 0 && j.elements == 0, "%s: the reason, and where it was", tb_verdict_name(j.verdict));
    expect(&a, NULL, rows[i].verdict, "the reason", "a report that says so");
  }
}

int main(void) {
  tb_tap_start(&test_tap, stdout);
  exact();
  differences();
  beyond_sample();
  special();
  reach();
  bounded();
  overflow();
  sampled();
  golden();
  golden_points();
  outcomes();
  return finish();
}
