/* The judge of random streams: bits, states, and the bound of other arithmetic.
 *
 * SPDX-License-Identifier: MIT */
#include "calls.h"
#include "dtype.h"
#include "normal_reference.h"
#include "torch_state.h"
#include "verdict.h"

#include <gnu/libc-version.h>
#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct stream {
  const tb_problem *p;
  const tb_golden_case *golden;
  const tb_report *report;
  const tb_answers *answers;
  tb_judgement *out;
};

/* Of this process's C library. The worker's is the same: it is of the same build, on the same processor, with the same
 * environment. */
static XXH128_hash_t libm_digest[TB_LIBM_FUNCTIONS];

static void measure_libm(void) {
  for (tb_libm f = 0; f < TB_LIBM_FUNCTIONS; f++)
    libm_digest[f] = tb_libm_digest(f, tb_libm_of_process(f));
}

/* The C library's functions of which PyTorch makes the numbers of the case, as bits 1 << tb_libm. */
static unsigned needed_libm(const tb_problem *p) {
  const unsigned one_by_one = 1 << TB_LIBM_LOG1P | 1 << TB_LIBM_SINCOS, f64 = 1 << TB_LIBM_LOG | 1 << TB_LIBM_SINCOS,
                 f32 = 1 << TB_LIBM_LOGF | 1 << TB_LIBM_SINCOSF;
  unsigned needs = 0;
  for (int i = 0; i < tb_normal_of(&p->c)->calls; i++) {
    const tenbin_desc d = tb_call_desc(&tb_normal_of(&p->c)->call[i], p->c.dtype);
    if (tb_normal_of(&p->c)->call[i].kind != TB_DRAW)
      continue;
    if (!tb_normal_by_blocks(&d))
      needs |= one_by_one;
    else if (p->c.dtype == TENBIN_F64)
      needs |= f64;
    else if (strcmp(tb_normal_of(&p->c)->stream, "torch-cpu-default") == 0)
      needs |= f32;
  }
  return needs;
}

/* Those of them that give other answers here than where PyTorch drew. 0: right numbers have PyTorch's bits. */
static unsigned other_libm(const tb_problem *p, const tb_golden_case *golden) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  const unsigned needs = needed_libm(p);
  unsigned other = 0;
  if (needs)
    pthread_once(&once, measure_libm);
  for (int f = 0; f < TB_LIBM_FUNCTIONS; f++)
    if (needs & 1u << f && !XXH128_isEqual(libm_digest[f], golden->libm[f]))
      other |= 1u << f;
  return other;
}

static void differ(struct stream *j, const void *y, int64_t index, double want, double bound) {
  tb_differ(j->out, &(tb_element){.dtype = j->p->c.dtype, .y = y, .index = index}, want, bound);
}

static void compare_bits(struct stream *j, const void *want, int64_t from, int64_t count) {
  const int32_t dtype = j->p->c.dtype;
  for (int64_t i = 0; i < count; i++)
    if (tb_number_bits(dtype, j->answers->end[0], from + i) != tb_number_bits(dtype, want, i))
      differ(j, j->answers->end[0], from + i, tb_number(dtype, want, i), -1);
}

/* Every bit against PyTorch's. Where only the digest and both ends are kept, what differs between them is not seen. */
static bool equal_bits(struct stream *j) {
  const tb_golden_case *g = j->golden;
  if (XXH128_isEqual(tb_digest_numbers(j->p->c.dtype, j->answers->end[0], g->points), g->digest))
    return true;
  if (g->numbers) {
    compare_bits(j, g->numbers, 0, g->points);
  } else {
    compare_bits(j, g->head, 0, g->ends);
    compare_bits(j, g->tail, g->points - g->ends, g->ends);
  }
  return false;
}

static bool within(int32_t dtype, const void *y, int64_t i, double want, double bound) {
  double rounded;
  tb_number_set(dtype, &rounded, 0, want);
  if (tb_number_bits(dtype, y, i) == tb_number_bits(dtype, &rounded, 0))
    return true;
  return isfinite(want) && fabs(tb_number(dtype, y, i) - want) <= bound;
}

/* Compares all numbers with the reference: 1 within the bound, 0 outside, -1 the case is too long for the reference. With
 * `count` those outside are reported. */
static int within_bound(struct stream *j, bool count) {
  const int32_t dtype = j->p->c.dtype;
  const int64_t n = j->answers->elements;
  double *value = tb_judging_memory(2 * n, sizeof *value), *bound = value + n;
  int result = tb_normal_reference(j->p, value, bound) ? 1 : -1;
  for (int64_t i = 0; result >= 0 && i < n; i++)
    if (!within(dtype, j->answers->end[0], i, value[i], bound[i])) {
      result = 0;
      if (!count)
        break;
      differ(j, j->answers->end[0], i, value[i], bound[i]);
    }
  free(value);
  return result;
}

bool tb_stream_mark(const tb_problem *p, const tb_golden_case *golden, int32_t claim, const void *y, double *want,
                    bool *wrong) {
  const int32_t dtype = p->c.dtype;
  const bool bits = golden && golden->numbers && golden->points == p->kept;
  double *value = tb_judging_memory(2 * p->kept, sizeof *value), *bound = value + p->kept;
  const bool equal = bits && claim == TENBIN_STREAM && !other_libm(p, golden);
  const bool known = equal || tb_normal_reference(p, value, bound);
  for (int64_t i = 0; known && i < p->kept; i++)
    want[i] = bits ? tb_number(dtype, golden->numbers, i) : value[i];
  for (int64_t i = 0; known && y && i < p->kept; i++)
    wrong[i] = bits && tb_number_bits(dtype, y, i) == tb_number_bits(dtype, golden->numbers, i) ? false
               : equal                                                                          ? true
                       : !within(dtype, y, i, value[i], bound[i]);
  free(value);
  return known;
}

/* "call 3 of 5", or "the reseeding before call 3" */
static void name_item(const tb_normal *n, int item, char *out, size_t size) {
  static const char *const words[] = {"", "the reseeding, ", "the injection, "};
  snprintf(out, size, "%sitem %d of calls=", words[n->call[item].kind], item + 1);
}

/* Whether a state is PyTorch's but for the number that waits in it, and that is PyTorch's in another C library: within the
 * bound of tb_normal_reference for N(0, 1) in f64, at the largest radius that 53 bits give, sqrt(106 log 2) = 8.6. */
static bool waits_rounded(const struct stream *j, const unsigned char *state, int i) {
  static const double bound = 1.8e-15 * 8.6;
  tb_torch_state s;
  memcpy(&s, state, sizeof s);
  const double off = fabs(s.normal_y - j->golden->waiting[i]);
  s.normal_y = j->golden->waiting[i];
  return off <= bound && XXH128_isEqual(XXH3_128bits(&s, sizeof s), j->golden->state[i]);
}

static void note_libm(struct stream *j, unsigned other) {
  char names[60] = "";
  for (int f = 0; f < TB_LIBM_FUNCTIONS; f++)
    if (other & 1u << f) {
      const size_t used = strlen(names);
      snprintf(names + used, sizeof names - used, "%s%s", used ? ", " : "", tb_libm_name((tb_libm)f));
    }
  snprintf(j->out->note, sizeof j->out->note,
           "within the bound of another C library: glibc %s gives other bits here for %s than %s gave PyTorch",
           gnu_get_libc_version(), names, j->golden->libc);
}

static void judge_states(struct stream *j) {
  const tb_golden_case *g = j->golden;
  const unsigned char *state = j->answers->states;
  char name[60];
  if (j->report->state_bytes != TB_STATE_BYTES) {
    tb_conclude(j->out, TB_V_FAILED, "the numbers are right; a saved state has %" PRId64 " bytes, and PyTorch's has %d",
                j->report->state_bytes, TB_STATE_BYTES);
    return;
  }
  for (int i = 0; i < g->states; i++, state += TB_STATE_BYTES)
    if (XXH128_isEqual(XXH3_128bits(state, TB_STATE_BYTES), g->state[i])) {
      continue;
    } else if (other_libm(j->p, g) && waits_rounded(j, state, i)) {
      note_libm(j, other_libm(j->p, g));
    } else {
      name_item(tb_normal_of(&j->p->c), i, name, sizeof name);
      tb_conclude(j->out, TB_V_FAILED, "the numbers are right; the generator's state is not PyTorch's after %s", name);
      return;
    }
}

/* The bits differ: are they the stream's in other arithmetic? */
static void judge_rounding(struct stream *j) {
  tb_judgement *out = j->out;
  const bool known = out->wrong > 0;
  if (out->unwritten == 0 && within_bound(j, !known) == 1) {
    if (j->report->claim == TENBIN_STREAM_ROUNDED) {
      snprintf(out->note, sizeof out->note, "the same stream in other rounding");
      out->wrong = out->differences = 0;
    } else if (other_libm(j->p, j->golden)) {
      note_libm(j, other_libm(j->p, j->golden));
      out->wrong = out->differences = 0;
    } else {
      tb_conclude_count(out, "differ: the same stream in other rounding, and the kernel claims PyTorch's own");
      tb_conclude(out, TB_V_FAILED,
                  "the digest differs: the same stream in other rounding, and the kernel claims PyTorch's own");
    }
    return;
  }
  tb_conclude_count(out, "differ");
  tb_conclude(out, TB_V_FAILED, "the digest differs, between the first and the last numbers, which are right");
}

static void judge_by_reference(struct stream *j) {
  const int result = within_bound(j, true);
  j->out->against = "tenbin's reference";
  if (result < 0)
    tb_conclude(j->out, TB_V_UNTRUSTED, "there is no golden answer, and the case draws more than %" PRId64 " numbers",
                TB_NORMAL_REFERENCE_MAX);
  else if (result == 0)
    tb_conclude_count(j->out, "lie outside the bound of this stream in any arithmetic");
  else
    snprintf(j->out->note, sizeof j->out->note, "within the bound of tenbin's reference: there is no golden answer");
}

/* The numbers themselves were right. */
static void judge_again(struct stream *j) {
  static const char *const again = "elements differ when the same calls are made again";
  const tb_report *r = j->report;
  const int32_t dtype = j->p->c.dtype;
  j->out->again = true;
  for (int64_t i = 0; i < j->answers->elements; i++)
    if (tb_number_bits(dtype, j->answers->start[0], i) != tb_number_bits(dtype, j->answers->end[0], i))
      differ(j, j->answers->start[0], i, tb_number(dtype, j->answers->end[0], i), -1);
  if (r->threads_differ)
    tb_conclude(j->out, TB_V_NONDETERMINISTIC,
                "right with one thread; with %d threads %" PRId64 " of %" PRId64 " elements differ", r->threads_differ,
                j->out->wrong, j->out->elements);
  else if (r->handed_differs)
    tb_conclude(j->out, TB_V_FAILED,
                "right at first; %" PRId64 " of %" PRId64
                " %s on generators that are cloned, or saved and restored, between them, and opened where they were seeded",
                j->out->wrong, j->out->elements, again);
  else
    tb_conclude(j->out, TB_V_NONDETERMINISTIC,
                "right at first; %" PRId64 " of %" PRId64 " %s on a new generator of the same seed", j->out->wrong,
                j->out->elements, again);
}

void tb_judge_stream(const tb_problem *p, const tb_golden_case *golden, const tb_report *report, const tb_answers *answers,
                     tb_judgement *out) {
  struct stream j = {p, golden, report, answers, out};
  if (report->claim != TENBIN_STREAM && report->claim != TENBIN_STREAM_ROUNDED) {
    tb_conclude(out, TB_V_FAILED, "asked for stream %s, the kernel claims no stream", tb_normal_of(&p->c)->stream);
    return;
  }
  if (!golden)
    judge_by_reference(&j);
  else if (golden->points != answers->elements)
    tb_conclude(out, TB_V_UNTRUSTED, "the golden answer has another size than the problem: this is a fault of tenbin");
  else if (!equal_bits(&j))
    judge_rounding(&j);
  if (golden && out->verdict == TB_V_PASSED && report->claim == TENBIN_STREAM)
    judge_states(&j);
  if (out->verdict == TB_V_PASSED && (report->again_differs || report->handed_differs || report->threads_differ))
    judge_again(&j);
}
