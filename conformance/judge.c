/* The judge.
 *
 * SPDX-License-Identifier: MIT */
#include "judge.h"

#include "conv_reference.h"

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

const char *tb_verdict_name(tb_verdict v) {
  static const char *const names[TB_VERDICTS] = {"passed",     "failed",    "unsupported", "guard",
                                                 "misaligned", "crashed",   "timed out",   "nondeterministic",
                                                 "leaking",    "untrusted", "not run"};
  return names[v];
}

struct judge {
  const tb_problem *p;
  const tb_golden_case *golden;
  tb_judgement *out;
  int64_t elements;
  double *x, *w, *b; /* the fill, made when it is needed */
  float *want;       /* the right answer in f32, made when it is needed */
};

__attribute__((format(printf, 3, 4))) static void verdict(struct judge *j, tb_verdict v, const char *format, ...) {
  va_list list;
  if (j->out->verdict != TB_V_PASSED)
    return;
  j->out->verdict = v;
  va_start(list, format);
  vsnprintf(j->out->reason, sizeof j->out->reason, format, list);
  va_end(list);
}

static void *memory(int64_t count, size_t each) {
  void *m = malloc((size_t)(count > 0 ? count : 1) * each);
  if (!m)
    abort();
  return m;
}

static XXH128_hash_t digest(const tb_problem *p, const float *y, int64_t n) {
  return p->c.op == TB_NORMAL ? tb_digest_f32(y, n) : tb_digest_y(&p->output[TENBIN_Y], y);
}

static double *filled(const tb_problem *p, int role) {
  if (p->input[role].dtype == TENBIN_NONE)
    return NULL;
  double *data = memory(tb_desc_elements(&p->input[role]), sizeof *data);
  tb_fill_f64(p, role, p->c.seed, data);
  return data;
}

static void fill(struct judge *j) {
  if (j->x)
    return;
  j->x = filled(j->p, TENBIN_X);
  j->w = filled(j->p, TENBIN_WEIGHT);
  j->b = filled(j->p, TENBIN_BIAS);
}

static void reference(struct judge *j, float *out) {
  double *y = memory(j->elements, sizeof *y);
  fill(j);
  tb_conv_scatter(j->p, j->x, j->w, j->b, y);
  for (int64_t i = 0; i < j->elements; i++)
    out[i] = (float)y[i];
  free(y);
}

static void forget(struct judge *j) {
  free(j->x);
  free(j->w);
  free(j->b);
  free(j->want);
}

XXH128_hash_t tb_reference_digest(const tb_case *c) {
  tb_problem p;
  char message[TB_MESSAGE_MAX];
  if (!tb_problem_make(c, &p, message))
    abort();
  struct judge j = {.p = &p, .elements = tb_desc_elements(&p.output[TENBIN_Y])};
  j.want = memory(j.elements, sizeof *j.want);
  reference(&j, j.want);
  const XXH128_hash_t result = digest(&p, j.want, j.elements);
  forget(&j);
  return result;
}

/* The right answer, from the golden data where it is stored and from the reference where it is not. False: they disagree. */
static bool make_want(struct judge *j) {
  if (j->want)
    return true;
  j->want = memory(j->elements, sizeof *j->want);
  if (j->golden && j->golden->y) {
    memcpy(j->want, j->golden->y, (size_t)j->elements * sizeof *j->want);
    return true;
  }
  reference(j, j->want);
  if (!j->golden || XXH128_isEqual(digest(j->p, j->want, j->elements), j->golden->digest))
    return true;
  verdict(j, TB_V_UNTRUSTED, "tenbin's reference and its golden data disagree: this is a fault of tenbin");
  return false;
}

static bool unwritten(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits == TB_POISON_END || bits == TB_POISON_START;
}

static void differ(struct judge *j, int64_t index, float got, double want, double bound) {
  tb_judgement *out = j->out;
  out->wrong++;
  out->unwritten += unwritten(got);
  if (out->differences < TB_DIFFERENCES)
    out->difference[out->differences++] = (tb_difference){index, got, want, bound, unwritten(got)};
}

/* Bits against want; counts the differences. */
static void compare(struct judge *j, const float *y, const float *want) {
  for (int64_t i = 0; i < j->elements; i++)
    if (tb_canonical_bits(y[i]) != tb_canonical_bits(want[i]))
      differ(j, i, y[i], (double)want[i], -1);
}

static void count_verdict(struct judge *j, const char *how) {
  const tb_judgement *o = j->out;
  if (o->wrong == 0)
    return;
  if (o->unwritten)
    verdict(j, TB_V_FAILED, "%" PRId64 " of %" PRId64 " elements %s, %" PRId64 " of them never written", o->wrong, o->elements,
            how, o->unwritten);
  else
    verdict(j, TB_V_FAILED, "%" PRId64 " of %" PRId64 " elements %s", o->wrong, o->elements, how);
}

static void judge_bits(struct judge *j, const float *y) {
  if (j->golden && XXH128_isEqual(digest(j->p, y, j->elements), j->golden->digest))
    return;
  if (!make_want(j))
    return;
  compare(j, y, j->want);
  count_verdict(j, "differ");
  if (j->golden && j->out->wrong == 0)
    verdict(j, TB_V_UNTRUSTED, "the golden digest and the golden elements disagree: this is a fault of tenbin");
}

static void judge_point(struct judge *j, const struct arithmetic *a, const float *y, int64_t index) {
  const tb_point point = tb_conv_point(j->p, j->x, j->w, j->b, index);
  const double n = (double)point.terms + 1, gamma = n * a->u / (1 - n * a->u);
  const double bound = gamma * point.magnitude + (double)point.terms * a->tiny;
  j->out->elements++;
  if (isfinite(point.value) ? !(fabs((double)y[index] - point.value) <= bound)
                            : tb_canonical_bits(y[index]) != tb_canonical_bits((float)point.value))
    differ(j, index, y[index], point.value, bound);
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
      if (tb_conv_point(j->p, j->x, j->w, j->b, g->index[i]).value != g->value[i])
        verdict(j, TB_V_UNTRUSTED, "tenbin's reference and its golden data disagree: this is a fault of tenbin");
      judge_point(j, a, y, g->index[i]);
    }
  } else {
    int64_t step = 1;
    if (j->p->terms > 0 && j->elements > dense / j->p->terms)
      step = j->elements > sample ? j->elements / sample : 1;
    for (int64_t i = 0; i < j->elements; i += step)
      judge_point(j, a, y, i);
  }
  count_verdict(j, "judged lie outside the error bound");
  for (int64_t i = 0; i < j->elements; i++)
    if (unwritten(y[i]))
      verdict(j, TB_V_FAILED, "element %" PRId64 " was never written", i);
}

static bool reaches(const tb_problem *p, int axis) {
  for (int64_t i = 0; i < p->in[axis]; i++)
    for (int64_t k = 0; k < p->kernel[axis]; k++) {
      int64_t at = i * p->conv.stride[axis] - p->conv.padding[axis] + k * p->conv.dilation[axis];
      if (at >= 0 && at < p->out[axis])
        return true;
    }
  return false;
}

bool tb_taps_reach(const tb_problem *p) {
  return p->batch > 0 && p->in_channels > 0 && p->out_channels > 0 && reaches(p, 0) && reaches(p, 1);
}

/* A case whose right answer is all zeros, although taps reach the output, would pass a kernel that computes nothing. */
static void judge_case(struct judge *j, const float *y) {
  if (j->p->c.op != TB_CONV_TRANSPOSE2D || !tb_taps_reach(j->p))
    return;
  for (int64_t i = 0; i < j->elements; i++)
    if (y[i] != 0)
      return;
  verdict(j, TB_V_UNTRUSTED, "all expected values are zero although taps reach the output: the case cannot show an error");
}

static void judge_again(struct judge *j, const tb_report *report, const float *y_end, const float *y_start) {
  compare(j, y_start, y_end);
  if (report->threads_differ)
    verdict(j, TB_V_NONDETERMINISTIC, "right with one thread; with %d threads %" PRId64 " of %" PRId64 " elements differ",
            report->threads_differ, j->out->wrong, j->elements);
  else
    verdict(j, TB_V_NONDETERMINISTIC,
            "right at first; %" PRId64 " of %" PRId64 " elements differ when the same plan is run again on the same input, "
            "after another plan or other input, into the output that it left",
            j->out->wrong, j->elements);
}

static void judge_answers(struct judge *j, const tb_report *report, const float *y_end, const float *y_start) {
  tb_judgement *out = j->out;
  const bool stream = j->p->c.op == TB_NORMAL;
  if (stream && !j->golden) {
    verdict(j, TB_V_UNTRUSTED, "there is no golden answer for this stream");
    return;
  }
  if (j->golden && j->golden->y && j->golden->points != j->elements) {
    verdict(j, TB_V_UNTRUSTED, "the golden answer has another size than the problem: this is a fault of tenbin");
    return;
  }
  if (stream || (report->claim == TENBIN_EXACT && j->p->c.fill != TB_REAL))
    judge_bits(j, y_end);
  else
    judge_bound(j, y_end);
  if (out->verdict == TB_V_PASSED && (report->again_differs || report->threads_differ))
    judge_again(j, report, y_end, y_start);
  if (report->run_allocations)
    verdict(j, TB_V_FAILED, "run allocated memory, %" PRId64 " times", report->run_allocations);
  if (report->leaked)
    verdict(j, TB_V_LEAKING, "release left %" PRId64 " allocations of %" PRId64 " bytes", report->leaked, report->leaked_bytes);
  judge_case(j, y_end);
}

void tb_judge(const tb_problem *p, const tb_golden_case *golden, const tb_report *report, const float *y_end,
              const float *y_start, int64_t elements, tb_judgement *out) {
  static const tb_verdict verdicts[] = {
      [TB_PENDING] = TB_V_NOT_RUN,       [TB_RAN] = TB_V_PASSED,     [TB_UNSUPPORTED] = TB_V_UNSUPPORTED,
      [TB_ERROR] = TB_V_FAILED,          [TB_SIGNAL] = TB_V_CRASHED, [TB_GUARD] = TB_V_GUARD,
      [TB_MISALIGNED] = TB_V_MISALIGNED, [TB_TIME] = TB_V_TIMED_OUT, [TB_EXITED] = TB_V_CRASHED};
  struct judge j = {.p = p, .golden = golden, .out = out, .elements = elements};
  memset(out, 0, sizeof *out);
  out->elements = elements;
  out->against = golden ? "PyTorch 2.13.0" : "tenbin's reference";
  if (report->outcome == TB_RAN)
    judge_answers(&j, report, y_end, y_start);
  else if (report->outcome == TB_UNSUPPORTED || report->outcome == TB_ERROR)
    verdict(&j, verdicts[report->outcome], "%s", report->detail);
  else
    verdict(&j, verdicts[report->outcome], "in %s: %s", report->stage, report->detail);
  forget(&j);
}
