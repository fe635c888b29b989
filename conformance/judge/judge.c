/* The judge.
 *
 * SPDX-License-Identifier: MIT */
#include "judge.h"

#include "dtype.h"
#include "memory.h"
#include "verdict.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* All tolerances: u, the unit roundoff of the dtype's arithmetic, and tiny, its smallest subnormal. */
static const struct arithmetic {
  int32_t dtype;
  double u, tiny;
} arithmetics[] = {
    {TENBIN_F32, 0x1p-24, 0x1p-149},
};

struct judge {
  const tb_problem *p;
  const tb_golden_case *golden;
  tb_judgement *out;
  int64_t elements;
  double *in[TB_TENSORS]; /* the fill, made when it is needed */
  bool filled;
  float *want; /* the right answer in f32, made when it is needed */
};

static double *filled(const tb_problem *p, int role) {
  if (p->input[role].dtype == TENBIN_NONE)
    return NULL;
  double *data = tb_judging_memory(tb_desc_elements(&p->input[role]), sizeof *data);
  tb_fill_f64(p, role, p->c.seed, data);
  return data;
}

static void fill(struct judge *j) {
  for (int i = 0; i < j->p->inputs && !j->filled; i++)
    j->in[i] = filled(j->p, i);
  j->filled = true;
}

static void reference(struct judge *j, float *out) {
  double *y = tb_judging_memory(j->elements, sizeof *y);
  fill(j);
  j->p->c.op->compute(j->p, (const double *const *)j->in, &y);
  for (int64_t i = 0; i < j->elements; i++)
    out[i] = (float)y[i];
  free(y);
}

static void forget(struct judge *j) {
  for (int i = 0; i < TB_TENSORS; i++)
    free(j->in[i]);
  free(j->want);
}

XXH128_hash_t tb_reference_digest(const tb_case *c) {
  tb_problem p;
  char message[TB_MESSAGE_MAX];
  if (!tb_problem_make(c, &p, message))
    abort();
  struct judge j = {.p = &p, .elements = tb_desc_elements(&p.output[TENBIN_Y])};
  j.want = tb_judging_memory(j.elements, sizeof *j.want);
  reference(&j, j.want);
  const XXH128_hash_t result = tb_digest_y(&p.output[TENBIN_Y], j.want);
  forget(&j);
  return result;
}

/* The right answer, from the golden data where it is stored and from the reference where it is not. False: they disagree. */
static bool make_want(struct judge *j) {
  j->want = tb_judging_memory(j->elements, sizeof *j->want);
  if (j->golden && j->golden->y) {
    memcpy(j->want, j->golden->y, (size_t)j->elements * sizeof *j->want);
    return true;
  }
  reference(j, j->want);
  if (!j->golden || XXH128_isEqual(tb_digest_y(&j->p->output[TENBIN_Y], j->want), j->golden->digest))
    return true;
  tb_conclude(j->out, TB_V_UNTRUSTED, "tenbin's reference and its golden data disagree: this is a fault of tenbin");
  return false;
}

/* Bits against want; counts the differences. */
static void compare(struct judge *j, const float *y, const float *want) {
  for (int64_t i = 0; i < j->elements; i++)
    if (tb_canonical_bits(y[i]) != tb_canonical_bits(want[i]))
      tb_differ(j->out, TENBIN_F32, y, i, (double)want[i], -1);
}

static void judge_bits(struct judge *j, const float *y) {
  if (j->golden && XXH128_isEqual(tb_digest_y(&j->p->output[TENBIN_Y], y), j->golden->digest))
    return;
  if (!make_want(j))
    return;
  compare(j, y, j->want);
  tb_conclude_count(j->out, "differ");
  if (j->golden && j->out->wrong == 0)
    tb_conclude(j->out, TB_V_UNTRUSTED, "the golden digest and the golden elements disagree: this is a fault of tenbin");
}

static void judge_point(struct judge *j, const struct arithmetic *a, const float *y, int64_t index) {
  const tb_point point = j->p->c.op->element(j->p, (const double *const *)j->in, index);
  const double n = (double)point.terms + 1, gamma = n * a->u / (1 - n * a->u);
  const double bound = gamma * point.magnitude + (double)point.terms * a->tiny;
  j->out->elements++;
  if (isfinite(point.value) ? !(fabs((double)y[index] - point.value) <= bound)
                            : tb_canonical_bits(y[index]) != tb_canonical_bits((float)point.value))
    tb_differ(j->out, TENBIN_F32, y, index, point.value, bound);
}

/* Where the elements are many, a sample is held against the bound, and all are looked at for what was never written. */
static void judge_bound(struct judge *j, const float *y) {
  const int64_t dense = INT64_C(50000000), sample = 4096;
  const tb_golden_case *g = j->golden && j->golden->kind == TB_GOLDEN_REAL ? j->golden : NULL;
  const struct arithmetic *a = arithmetics;
  while (a->dtype != j->p->output[TENBIN_Y].dtype)
    a++;
  fill(j);
  j->out->elements = 0;
  if (g) {
    for (int64_t i = 0; i < g->points; i++) {
      if (j->p->c.op->element(j->p, (const double *const *)j->in, g->index[i]).value != g->value[i])
        tb_conclude(j->out, TB_V_UNTRUSTED, "tenbin's reference and its golden data disagree: this is a fault of tenbin");
      judge_point(j, a, y, g->index[i]);
    }
  } else {
    int64_t step = 1;
    if (j->p->terms > 0 && j->elements > dense / j->p->terms)
      step = j->elements > sample ? j->elements / sample : 1;
    for (int64_t i = 0; i < j->elements; i += step)
      judge_point(j, a, y, i);
  }
  tb_conclude_count(j->out, "judged lie outside the error bound");
  for (int64_t i = 0; i < j->elements; i++)
    if (tb_unwritten(TENBIN_F32, y, i))
      tb_conclude(j->out, TB_V_FAILED, "element %" PRId64 " was never written", i);
}

/* A case whose right answer is all zeros, although taps reach the output, would pass a kernel that computes nothing. */
static void judge_case(struct judge *j, const float *y) {
  if (!j->p->c.op->can_show(j->p))
    return;
  for (int64_t i = 0; i < j->elements; i++)
    if (y[i] != 0)
      return;
  tb_conclude(j->out, TB_V_UNTRUSTED,
              "all expected values are zero although taps reach the output: the case cannot show an error");
}

static void judge_again(struct judge *j, const tb_report *report, const float *y_end, const float *y_start) {
  j->out->again = true;
  compare(j, y_start, y_end);
  if (report->threads_differ)
    tb_conclude(j->out, TB_V_NONDETERMINISTIC,
                "right with one thread; with %d threads %" PRId64 " of %" PRId64 " elements differ", report->threads_differ,
                j->out->wrong, j->elements);
  else
    tb_conclude(j->out, TB_V_NONDETERMINISTIC,
                "right at first; %" PRId64 " of %" PRId64 " elements differ when the same plan is run again on the same input, "
                "after another plan or other input, into the output that it left",
                j->out->wrong, j->elements);
}

static void judge_tensors(struct judge *j, const tb_report *report, const tb_answers *answers) {
  const float *y = answers->y_end;
  if (j->golden && j->golden->y && j->golden->points != j->elements) {
    tb_conclude(j->out, TB_V_UNTRUSTED, "the golden answer has another size than the problem: this is a fault of tenbin");
    return;
  }
  if (report->claim == TENBIN_EXACT && j->p->c.fill != TB_REAL)
    judge_bits(j, y);
  else
    judge_bound(j, y);
  if (j->out->verdict == TB_V_PASSED && (report->again_differs || report->threads_differ))
    judge_again(j, report, y, answers->y_start);
  judge_case(j, y);
}

void tb_judge(const tb_problem *p, const tb_golden_case *golden, const tb_report *report, const tb_answers *answers,
              tb_judgement *out) {
  static const tb_verdict verdicts[] = {
      [TB_PENDING] = TB_V_NOT_RUN,       [TB_RAN] = TB_V_PASSED,     [TB_UNSUPPORTED] = TB_V_UNSUPPORTED,
      [TB_ERROR] = TB_V_FAILED,          [TB_SIGNAL] = TB_V_CRASHED, [TB_GUARD] = TB_V_GUARD,
      [TB_MISALIGNED] = TB_V_MISALIGNED, [TB_TIME] = TB_V_TIMED_OUT, [TB_EXITED] = TB_V_CRASHED};
  const bool ran = report->outcome == TB_RAN;
  struct judge j = {.p = p, .golden = golden, .out = out, .elements = ran ? answers->elements : 0};
  memset(out, 0, sizeof *out);
  out->elements = j.elements;
  out->against = golden ? "PyTorch 2.13.0" : "tenbin's reference";
  if (ran && p->c.op->sequence)
    tb_judge_stream(p, golden, report, answers, out);
  else if (ran)
    judge_tensors(&j, report, answers);
  else if (report->outcome == TB_UNSUPPORTED || report->outcome == TB_ERROR)
    tb_conclude(out, verdicts[report->outcome], "%s", report->detail);
  else
    tb_conclude(out, verdicts[report->outcome], "in %s: %s", report->stage, report->detail);
  if (ran)
    tb_judge_memory(report, out);
  forget(&j);
}
