/* The judge.
 *
 * SPDX-License-Identifier: MIT */
#include "judge.h"

#include "dtype.h"
#include "fill.h"
#include "memory.h"
#include "strides.h"
#include "verdict.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* All tolerances: u, the unit roundoff of the dtype's arithmetic, tiny, its smallest subnormal, and over, from which on numbers
 * round to infinity. */
static const struct arithmetic {
  int32_t dtype;
  double u, tiny, over;
} arithmetics[] = {
    {TENBIN_F32, 0x1p-24, 0x1p-149, 0x1.ffffffp+127},
};
enum { ARITHMETICS = sizeof arithmetics / sizeof *arithmetics };

struct judge {
  const tb_problem *p;
  const tb_golden_case *golden;
  tb_judgement *out;
  /* Of each output: how many elements were compared, and how many of them are wrong. */
  int64_t compared[TB_TENSORS], wrong[TB_TENSORS];
  double *in[TB_TENSORS]; /* the fill in double, made when it is needed */
  bool filled;
  void *want[TB_TENSORS]; /* the right answer in the outputs' dtypes, made when it is needed */
};

static const tb_operator *op_of(const struct judge *j) {
  return j->p->c.op;
}

static const tenbin_desc *desc_of(const struct judge *j, int output) {
  return &j->p->output[output];
}

/* An input, dense and of its dtype; NULL: it is absent. */
static void *filled(const tb_problem *p, int role) {
  if (p->input[role].dtype == TENBIN_NONE)
    return NULL;
  void *data = tb_judging_memory((int64_t)tb_desc_dense_bytes(&p->input[role]), 1);
  if (!p->c.op->fill(p, role, p->c.seed, data))
    abort();
  return data;
}

static double *filled_double(const tb_problem *p, int role) {
  const int64_t n = tb_desc_elements(&p->input[role]);
  void *data = filled(p, role);
  double *out = data ? tb_judging_memory(n, sizeof *out) : NULL;
  for (int64_t i = 0; data && i < n; i++)
    out[i] = tb_number(p->input[role].dtype, data, i);
  free(data);
  return out;
}

static void fill(struct judge *j) {
  for (int i = 0; i < j->p->inputs && !j->filled; i++)
    j->in[i] = filled_double(j->p, i);
  j->filled = true;
}

/* In double, each number rounded once to its output's dtype. */
static void compute(struct judge *j) {
  double *y[TB_TENSORS] = {NULL};
  fill(j);
  for (int o = 0; o < j->p->outputs; o++)
    if (j->want[o])
      y[o] = tb_judging_memory(tb_desc_elements(desc_of(j, o)), sizeof *y[o]);
  op_of(j)->compute(j->p, (const double *const *)j->in, y);
  for (int o = 0; o < j->p->outputs; o++) {
    const int64_t n = j->want[o] ? tb_desc_elements(desc_of(j, o)) : 0;
    for (int64_t i = 0; i < n; i++)
      tb_number_set(desc_of(j, o)->dtype, j->want[o], i, y[o][i]);
    free(y[o]);
  }
}

/* In the dtypes themselves. */
static void answer(struct judge *j) {
  void *in[TB_TENSORS] = {NULL};
  for (int i = 0; i < j->p->inputs; i++)
    in[i] = filled(j->p, i);
  op_of(j)->answer(j->p, (const void *const *)in, j->want);
  for (int i = 0; i < j->p->inputs; i++)
    free(in[i]);
}

static void make_room(struct judge *j) {
  for (int o = 0; o < j->p->outputs; o++)
    if (desc_of(j, o)->dtype != TENBIN_NONE)
      j->want[o] = tb_judging_memory((int64_t)tb_desc_dense_bytes(desc_of(j, o)), 1);
}

static void reference(struct judge *j) {
  if (op_of(j)->answer)
    answer(j);
  else
    compute(j);
}

static void forget(struct judge *j) {
  for (int i = 0; i < TB_TENSORS; i++) {
    free(j->in[i]);
    free(j->want[i]);
  }
}

XXH128_hash_t tb_reference_digest(const tb_case *c) {
  tb_problem p;
  char message[TB_MESSAGE_MAX];
  if (!tb_problem_make(c, &p, message))
    abort();
  struct judge j = {.p = &p};
  make_room(&j);
  reference(&j);
  const XXH128_hash_t result = tb_digest_answer(&p, (const void *const *)j.want);
  forget(&j);
  return result;
}

/* Whether the golden data hold all outputs. */
static bool stored(const struct judge *j) {
  bool all = j->golden != NULL;
  for (int o = 0; all && o < j->p->outputs; o++)
    all = !j->want[o] || j->golden->output[o];
  return all;
}

/* The right answer, from the golden data where it is stored and from the reference where it is not. False: they disagree. */
static bool make_want(struct judge *j) {
  make_room(j);
  if (stored(j)) {
    for (int o = 0; o < j->p->outputs; o++)
      if (j->want[o])
        memcpy(j->want[o], j->golden->output[o], tb_desc_dense_bytes(desc_of(j, o)));
    return true;
  }
  reference(j);
  if (!j->golden || XXH128_isEqual(tb_digest_answer(j->p, (const void *const *)j->want), j->golden->digest))
    return true;
  tb_conclude(j->out, TB_V_UNTRUSTED, "tenbin's reference and its golden data disagree: this is a fault of tenbin");
  return false;
}

static void count(struct judge *j, int output, int64_t compared, int64_t wrong) {
  j->compared[output] = compared;
  j->wrong[output] = wrong;
  j->out->elements += compared;
}

/* Where there are several outputs, " (y: 3 of 3, indices: 0 of 3)". */
static void add_outputs(tb_text *t, const struct judge *j) {
  int outputs = 0;
  for (int o = 0; o < j->p->outputs; o++)
    outputs += desc_of(j, o)->dtype != TENBIN_NONE;
  const char *before = " (";
  for (int o = 0; outputs > 1 && o < j->p->outputs; o++)
    if (desc_of(j, o)->dtype != TENBIN_NONE) {
      tb_text_add(t, "%s%s: %" PRId64 " of %" PRId64, before, op_of(j)->output[o].name, j->wrong[o], j->compared[o]);
      before = ", ";
    }
  tb_text_add(t, "%s", outputs > 1 ? ")" : "");
}

static void conclude_count(struct judge *j, const char *how) {
  char text[sizeof j->out->reason] = "";
  tb_text t = {text, 0, sizeof text};
  tb_text_add(&t, "%s", how);
  add_outputs(&t, j);
  tb_conclude_count(j->out, text);
}

/* Bits against want; counts the differences. other: the outputs in the other placement than y. */
static void compare(struct judge *j, const void *const *y, const void *const *other, const void *const *want) {
  j->out->elements = 0;
  for (int o = 0; o < j->p->outputs; o++) {
    const int32_t dtype = desc_of(j, o)->dtype;
    const int64_t n = tb_desc_elements(desc_of(j, o)), before = j->out->wrong;
    for (int64_t i = 0; i < n; i++)
      if (tb_canonical(op_of(j)->flags, dtype, y[o], i) != tb_canonical(op_of(j)->flags, dtype, want[o], i))
        tb_differ_bits(j->out, &(tb_element){o, dtype, y[o], other[o], i}, want[o]);
    count(j, o, n, j->out->wrong - before);
  }
}

static void judge_bits(struct judge *j, const void *const *y, const void *const *other) {
  if (j->golden && XXH128_isEqual(tb_digest_answer(j->p, y), j->golden->digest))
    return;
  if (!make_want(j))
    return;
  compare(j, y, other, (const void *const *)j->want);
  conclude_count(j, "differ");
  if (j->golden && j->out->wrong == 0)
    tb_conclude(j->out, TB_V_UNTRUSTED, "the golden digest and the golden elements disagree: this is a fault of tenbin");
}

/* NULL: none is known. */
static const struct arithmetic *arithmetic_of(int32_t dtype) {
  for (int i = 0; i < ARITHMETICS; i++)
    if (arithmetics[i].dtype == dtype)
      return &arithmetics[i];
  return NULL;
}

/* Whether a sum that is finite in double can overflow to what the kernel got, in some order: its positive terms, or its
 * negative ones, or both, which gives NaN. */
static bool overflows(const tb_point *point, double got, double bound, double over) {
  const bool up = (point->magnitude + point->value) / 2 + bound >= over;
  const bool down = (point->magnitude - point->value) / 2 + bound >= over;
  return isnan(got) ? up && down : isinf(got) && (got > 0 ? up : down);
}

static void judge_point(struct judge *j, int output, const void *y, int64_t index) {
  const struct arithmetic *a = arithmetic_of(desc_of(j, output)->dtype);
  const tb_point point = op_of(j)->element(j->p, (const double *const *)j->in, output, index);
  const double n = (double)point.terms + 1, gamma = n * a->u / (1 - n * a->u);
  const double bound = gamma * point.magnitude + (double)point.terms * a->tiny;
  const double got = tb_number(a->dtype, y, index);
  const bool right = isfinite(point.value) ? fabs(got - point.value) <= bound || overflows(&point, got, bound, a->over)
                     : isnan(point.value)  ? isnan(got)
                                           : got == point.value;
  if (!right)
    tb_differ(j->out, &(tb_element){.output = output, .dtype = a->dtype, .y = y, .index = index}, point.value, bound);
}

/* Where the elements are many, a sample is compared with the bound: of each so many elements one. */
static int64_t sample_step(const struct judge *j, int output) {
  const int64_t dense = INT64_C(50000000), sample = 4096, elements = tb_desc_elements(desc_of(j, output));
  return j->p->terms > 0 && elements > dense / j->p->terms && elements > sample ? elements / sample : 1;
}

/* The reference at the points that PyTorch has given, which are of the first output; and the answer, where all of it is not
 * judged anyway. How many were judged. */
static int64_t judge_golden_points(struct judge *j, const void *y) {
  const bool all = sample_step(j, 0) == 1;
  const tb_golden_case *g = j->golden;
  for (int64_t i = 0; i < g->points; i++) {
    if (op_of(j)->element(j->p, (const double *const *)j->in, 0, g->index[i]).value != g->value[i])
      tb_conclude(j->out, TB_V_UNTRUSTED, "tenbin's reference and its golden data disagree: this is a fault of tenbin");
    if (!all)
      judge_point(j, 0, y, g->index[i]);
  }
  return all ? 0 : g->points;
}

/* The first, the last, and of the stretches between them an element that the descriptor chooses: at equal distances the same
 * rows and columns could be missed in all cases. */
static int64_t judge_sample(struct judge *j, int output, const void *y) {
  const int64_t step = sample_step(j, output), elements = tb_desc_elements(desc_of(j, output));
  const uint64_t key = XXH3_64bits(j->p->text, strlen(j->p->text));
  int64_t judged = 0;
  for (int64_t begin = 0; begin < elements; begin += step, judged++) {
    const int64_t length = elements - begin < step ? elements - begin : step;
    const int64_t place = begin == 0 ? 0 : tb_fill_below(tb_fill_hash(key, begin), length);
    judge_point(j, output, y, begin + length == elements ? elements - 1 : begin + place);
  }
  return judged;
}

/* All are looked at for what was never written. */
static void judge_written(struct judge *j, int output, const void *y) {
  const int64_t elements = tb_desc_elements(desc_of(j, output));
  for (int64_t i = 0; i < elements; i++)
    if (tb_unwritten(desc_of(j, output)->dtype, y, i)) {
      tb_conclude(j->out, TB_V_FAILED, "element %" PRId64 "%s%s was never written", i, output ? " of " : "",
                  output ? op_of(j)->output[output].name : "");
      return;
    }
}

static void judge_bound(struct judge *j, const void *const *y) {
  const bool golden = j->golden && j->golden->kind == TB_GOLDEN_REAL;
  for (int o = 0; o < j->p->outputs; o++) {
    const int32_t dtype = desc_of(j, o)->dtype;
    if (dtype != TENBIN_NONE && (!arithmetic_of(dtype) || !op_of(j)->element)) {
      tb_conclude(j->out, TB_V_UNTRUSTED, "no error bound is known for %s in %s: this is a fault of tenbin", op_of(j)->name,
                  tb_dtype_name(dtype));
      return;
    }
  }
  fill(j);
  j->out->elements = 0;
  for (int o = 0; o < j->p->outputs; o++) {
    const int64_t before = j->out->wrong;
    int64_t judged = judge_sample(j, o, y[o]);
    if (golden && o == 0)
      judged += judge_golden_points(j, y[o]);
    count(j, o, judged, j->out->wrong - before);
  }
  conclude_count(j, "judged lie outside the error bound");
  for (int o = 0; o < j->p->outputs; o++)
    judge_written(j, o, y[o]);
}

/* A case whose right answer is all zeros, although other data would give others, would pass a kernel that computes nothing. */
static void judge_case(struct judge *j, const void *const *y) {
  if (!op_of(j)->can_show || !op_of(j)->can_show(j->p))
    return;
  for (int o = 0; o < j->p->outputs; o++) {
    const int64_t elements = tb_desc_elements(desc_of(j, o));
    for (int64_t i = 0; i < elements; i++)
      if (!tb_number_is_zero(desc_of(j, o)->dtype, y[o], i))
        return;
  }
  tb_conclude(j->out, TB_V_UNTRUSTED,
              "all expected values are zero, although other data would give others: the case cannot show an error");
}

static void judge_again(struct judge *j, const tb_report *report, const tb_answers *answers) {
  char outputs[sizeof j->out->reason] = "";
  tb_text t = {outputs, 0, sizeof outputs};
  j->out->again = true;
  compare(j, answers->start, answers->end, answers->end);
  add_outputs(&t, j);
  if (report->threads_differ)
    tb_conclude(j->out, TB_V_NONDETERMINISTIC,
                "right with one thread; with %d threads %" PRId64 " of %" PRId64 " elements differ%s", report->threads_differ,
                j->out->wrong, j->out->elements, outputs);
  else
    tb_conclude(j->out, TB_V_NONDETERMINISTIC,
                "right at first; %" PRId64 " of %" PRId64
                " elements differ%s when the same plan is run again on the same input, "
                "after another plan or other input, into the output that it left",
                j->out->wrong, j->out->elements, outputs);
}

static void judge_tensors(struct judge *j, const tb_report *report, const tb_answers *answers) {
  if (report->claim == TENBIN_EXACT && !tb_case_rounds(&j->p->c))
    judge_bits(j, answers->end, answers->start);
  else
    judge_bound(j, answers->end);
  if (j->out->verdict == TB_V_PASSED && (report->again_differs || report->threads_differ))
    judge_again(j, report, answers);
  judge_case(j, answers->end);
}

void tb_judge(const tb_problem *p, const tb_golden_case *golden, const tb_report *report, const tb_answers *answers,
              tb_judgement *out) {
  static const tb_verdict verdicts[] = {[TB_PENDING] = TB_V_NOT_RUN,          [TB_RAN] = TB_V_PASSED,
                                        [TB_UNSUPPORTED] = TB_V_UNSUPPORTED,  [TB_ERROR] = TB_V_FAILED,
                                        [TB_SIGNAL] = TB_V_CRASHED,           [TB_GUARD] = TB_V_GUARD,
                                        [TB_MISALIGNED] = TB_V_MISALIGNED,    [TB_TIME] = TB_V_TIMED_OUT,
                                        [TB_EXITED] = TB_V_CRASHED,           [TB_NO_MEMORY] = TB_V_NOT_JUDGED,
                                        [TB_ENDED_OUTSIDE] = TB_V_NOT_JUDGED, [TB_FAULT] = TB_V_UNTRUSTED};
  const bool ran = report->outcome == TB_RAN;
  struct judge j = {.p = p, .golden = golden, .out = out};
  memset(out, 0, sizeof *out);
  for (int o = 0; ran && !p->c.op->sequence && o < p->outputs; o++)
    out->elements += tb_desc_elements(&p->output[o]);
  if (ran && p->c.op->sequence)
    out->elements = answers->elements;
  out->against = golden ? "PyTorch 2.13.0" : "tenbin's reference";
  if (ran && p->c.op->sequence)
    tb_judge_stream(p, golden, report, answers, out);
  else if (ran)
    judge_tensors(&j, report, answers);
  else if (report->outcome == TB_UNSUPPORTED || report->outcome == TB_ERROR || verdicts[report->outcome] == TB_V_NOT_JUDGED)
    tb_conclude(out, verdicts[report->outcome], "%s", report->detail);
  else if (report->outcome == TB_FAULT)
    tb_conclude(out, verdicts[report->outcome], "%s: this is a fault of tenbin", report->detail);
  else
    tb_conclude(out, verdicts[report->outcome], "in %s: %s", report->stage, report->detail);
  if (ran)
    tb_judge_memory(report, out);
  forget(&j);
}
