/* The diagnosis of a stream: wrong values, hypotheses one after the other, and the first difference.
 *
 * SPDX-License-Identifier: MIT */
#include "stream_diagnosis.h"

#include "dtype.h"
#include "normal_reference.h"
#include "stream_hypotheses.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* What all wrong numbers are, whatever the right ones. */
static void values(const tb_hypotheses *h, tb_sentences *out) {
  int64_t unwritten = 0, nan = 0, infinite = 0, zero = 0, mean = 0, flushed = 0, largest = 0;
  double limit;
  uint16_t f16 = 0x7bff, bf16 = 0x7f7f;
  limit = h->p->c.dtype == TENBIN_F16    ? tb_number(TENBIN_F16, &f16, 0)
          : h->p->c.dtype == TENBIN_BF16 ? tb_number(TENBIN_BF16, &bf16, 0)
          : h->p->c.dtype == TENBIN_F32  ? 0x1.fffffep127
                                         : 0x1.fffffffffffffp1023;
  for (int64_t i = h->first; i < h->n; i++) {
    const double got = h->numbers->got[i];
    if (!h->numbers->wrong[i])
      continue;
    if (h->numbers->unwritten && h->numbers->unwritten[i]) {
      unwritten++;
      continue;
    }
    nan += isnan(got);
    infinite += isinf(got) != 0;
    zero += got == 0;
    mean += got == h->position[i].mean;
    flushed += got == 0 && tb_position_is(&h->position[i], TB_P_SUBNORMAL);
    largest += fabs(got) == limit && tb_position_is(&h->position[i], TB_P_INFINITE);
  }
  const int64_t written = h->wrongs - unwritten;
  if (unwritten > 0)
    tb_sentences_add(out, "%s wrong numbers were never written", written > 0 ? "some" : "the");
  if (nan > 0)
    tb_sentences_add(out, "%s wrong numbers are NaN", nan < written ? "some" : "the");
  if (infinite > 0)
    tb_sentences_add(out, "%s wrong numbers are infinite", infinite < written ? "some" : "the");
  if (written > 0 && flushed == written)
    tb_sentences_add(out, "all wrong numbers are 0 where a subnormal number ought to be: subnormals are flushed");
  else if (written > 1 && zero == written)
    tb_sentences_add(out, "all wrong numbers are 0");
  else if (written > 1 && mean == written)
    tb_sentences_add(out, "all wrong numbers are the mean");
  if (written > 0 && largest == written)
    tb_sentences_add(out, "all wrong numbers are the largest of the dtype where an infinite one ought to be: it saturates");
}

static void rounding(const tb_hypotheses *h, tb_sentences *out) {
  int64_t towards = 0, away = 0, neighbours = 0;
  if (!tb_hypotheses_nearly(h))
    return;
  for (int64_t i = h->first; i < h->n; i++) {
    const double got = h->numbers->got[i], want = h->numbers->want[i];
    if (!h->numbers->wrong[i])
      continue;
    towards += fabs(got) < fabs(want);
    away += fabs(got) > fabs(want);
    neighbours += fabs(got - want) <= 1.01 * tb_number_ulp(h->p->c.dtype, fmin(fabs(got), fabs(want)));
  }
  if (neighbours == h->wrongs && towards == h->wrongs && h->wrongs >= 8)
    tb_sentences_add(out,
                     "each wrong number is the neighbour of the right one towards 0: it is truncated, not rounded to nearest");
  else if (neighbours == h->wrongs && away == h->wrongs && h->wrongs >= 8)
    tb_sentences_add(out, "each wrong number is the neighbour of the right one away from 0: ties are not rounded to even");
  else if (neighbours == h->wrongs)
    tb_sentences_add(
        out, "each wrong number is the neighbour of the right one: only the last rounding differs, or a fused multiply-add");
  else
    tb_sentences_add(out,
                     "the wrong numbers are right but for their last bits: other arithmetic, from the same uniform numbers");
}

/* "a cosine, lane 3 of a block of 16" */
static void kind(const tb_position *q, char *out, size_t size) {
  const char *part = tb_position_is(q, TB_P_SINE) ? "sine" : "cosine";
  const int64_t lane = tb_position_is(q, TB_P_LAST_BLOCK) ? q->memory - (q->n - 16) : q->memory % 16;
  if (tb_position_is(q, TB_P_IN_BLOCKS))
    snprintf(out, size, "a %s, lane %" PRId64 " of a block of 16", part, lane);
  else if (tb_position_is(q, TB_P_WAITED))
    snprintf(out, size, "a sine that had waited from an earlier call%s%s",
             tb_position_is(q, TB_P_OTHER_LAW) ? " of another mean or std" : "",
             tb_position_is(q, TB_P_ACROSS_BLOCKS) ? " while others were drawn in blocks" : "");
  else
    snprintf(out, size, "a %s, drawn one by one%s", part, tb_position_is(q, TB_P_STRIDED) ? " as its call is strided" : "");
}

static void print(double value, char *out, size_t size) {
  if (isnan(value))
    snprintf(out, size, "NaN");
  else
    snprintf(out, size, "%.9g", value);
}

static void first_difference(const tb_hypotheses *h, tb_sentences *out) {
  const tb_position *q = &h->position[h->first];
  char got[40], want[40], what[120];
  kind(q, what, sizeof what);
  print(h->numbers->got[h->first], got, sizeof got);
  print(h->numbers->want[h->first], want, sizeof want);
  const bool unwritten = h->numbers->unwritten && h->numbers->unwritten[h->first];
  tb_sentences_add(
      out,
      "the first wrong number is y[%" PRId64 "] of call %" PRId64 ", which has %" PRId64 ": %s; it %s%s and ought to be %s",
      h->first - q->begin, q->call + 1, q->n, what, unwritten ? "was never written" : "is ", unwritten ? "" : got, want);
  if (tb_position_is(q, TB_P_DROPPED) && tb_position_is(q, TB_P_ONE_BY_ONE) && !tb_position_is(q, TB_P_LATER_CALL) &&
      q->memory == 0)
    tb_sentences_add(out, "when the generator was seeded before it, a number was waiting: seeding has to drop it");
  for (int64_t i = h->first; i < h->n; i++)
    if (!h->numbers->wrong[i])
      return;
  if (q->call > 0 && h->first == q->begin && h->wrongs > q->n)
    tb_sentences_add(out,
                     "from call %" PRId64
                     " on every number is wrong: what came before has drawn too many words or too few, or a number "
                     "waits that ought not to, or none that ought to",
                     q->call + 1);
}

static bool open_hypotheses(tb_hypotheses *h) {
  h->position = malloc(((size_t)h->n + 1) * sizeof *h->position);
  h->by_memory = malloc(((size_t)h->n + 1) * sizeof *h->by_memory);
  if (!h->position || !h->by_memory)
    abort();
  if (!tb_stream_positions(h->p, h->numbers->want, h->position))
    return false;
  for (int64_t i = 0; i < h->n; i++) {
    h->by_memory[h->position[i].begin + h->position[i].memory] = i;
    h->wrongs += h->numbers->wrong[i];
    if (h->numbers->wrong[i] && h->first == h->n)
      h->first = i;
  }
  return h->wrongs > 0;
}

static void close_hypotheses(tb_hypotheses *h) {
  free(h->position);
  free(h->by_memory);
}

void tb_stream_hypotheses(const tb_problem *p, const tb_stream_numbers *numbers, tb_sentences *out) {
  tb_hypotheses h = {.p = p, .numbers = numbers, .n = p->kept, .first = p->kept};
  if (open_hypotheses(&h)) {
    tb_hypotheses_order(&h, out);
    tb_hypotheses_algebra(&h, out);
    tb_hypotheses_scaling(&h, out);
    values(&h, out);
    rounding(&h, out);
  }
  close_hypotheses(&h);
}

void tb_stream_first(const tb_problem *p, const tb_stream_numbers *numbers, tb_sentences *out) {
  tb_hypotheses h = {.p = p, .numbers = numbers, .n = p->kept, .first = p->kept};
  if (open_hypotheses(&h))
    first_difference(&h, out);
  close_hypotheses(&h);
}
