/* The evidence of many cases: where numbers are wrong, in three views, and how often each sentence is reported.
 *
 * SPDX-License-Identifier: MIT */
#include "stream_diagnosis.h"

#include "dtype.h"
#include "stream_where.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* All numbers; those up to the first call that goes wrong; those up to the first number that does. */
enum { ALL, FIRST_CALL, FIRST_NUMBER, VIEWS };
enum { SENTENCES = 64, FEW = 12 };

static const char *const scope[VIEWS] = {"", "up to the first call that goes wrong, ",
                                         "up to the first number that goes wrong, "};

struct sentence {
  char text[400], example[TB_TEXT_MAX];
  int cases;
};

struct tb_evidence {
  tb_where *view[VIEWS];
  int failing, sentences;
  struct sentence sentence[SENTENCES];
};

tb_evidence *tb_evidence_open(void) {
  tb_evidence *e = calloc(1, sizeof *e);
  for (int i = 0; e && i < VIEWS; i++)
    if (!(e->view[i] = tb_where_open())) {
      tb_evidence_close(e);
      return NULL;
    }
  return e;
}

void tb_evidence_close(tb_evidence *e) {
  for (int i = 0; i < VIEWS; i++)
    tb_where_close(e->view[i]);
  free(e);
}

/* Whether another standard number would have been seen there. */
static bool speaks(int32_t dtype, const tb_position *q) {
  return q->std > 0 && isfinite(q->std) && isfinite(q->mean) && !tb_position_is(q, TB_P_INFINITE) &&
         !tb_position_is(q, TB_P_NAN) && q->std > 64 * tb_number_ulp(dtype, q->mean);
}

static void look(tb_evidence *e, const tb_problem *p, const tb_position *position, const bool *wrong) {
  const uint64_t of_case = tb_where_case(p);
  int64_t bad = -1; /* the first wrong number since seeding */
  for (int64_t i = 0; i < p->kept; i++) {
    const tb_position *q = &position[i];
    const tb_position_kind kind = wrong && wrong[i] ? TB_WRONG : speaks(p->c.dtype, q) ? TB_RIGHT : TB_MUTE;
    if (i > 0 && q->seeding != q[-1].seeding)
      bad = -1;
    tb_where_add(e->view[ALL], of_case, q, kind);
    tb_where_add(e->view[FIRST_CALL], of_case, q, bad >= 0 && position[bad].call != q->call ? TB_MUTE : kind);
    tb_where_add(e->view[FIRST_NUMBER], of_case, q, bad >= 0 ? TB_MUTE : kind);
    if (kind == TB_WRONG && bad < 0)
      bad = i;
  }
}

static void listen(tb_evidence *e, const tb_problem *p, const tb_stream_numbers *numbers) {
  tb_sentences s;
  memset(&s, 0, sizeof s);
  tb_stream_hypotheses(p, numbers, &s);
  for (int k = 0; k < s.count; k++) {
    int i = 0;
    while (i < e->sentences && strcmp(e->sentence[i].text, s.text[k]) != 0)
      i++;
    if (i == SENTENCES)
      continue;
    if (i == e->sentences) {
      memcpy(e->sentence[i].text, s.text[k], sizeof s.text[k]);
      memcpy(e->sentence[i].example, p->text, sizeof p->text);
      e->sentences++;
    }
    e->sentence[i].cases++;
  }
}

void tb_evidence_add(tb_evidence *e, const tb_problem *p, const tb_stream_numbers *numbers) {
  bool any = false;
  for (int64_t i = 0; numbers->wrong && !any && i < p->kept; i++)
    any = numbers->wrong[i];
  tb_position *position = malloc(((size_t)p->kept + 1) * sizeof *position);
  if (!position)
    abort();
  if (tb_stream_positions(p, numbers->want, position)) {
    look(e, p, position, numbers->wrong);
    e->failing += any;
    if (any)
      listen(e, p, numbers);
  }
  free(position);
}

/* Whether a view has a condition without exceptions, or with few. */
static bool report_condition(const tb_evidence *e, int view, double tolerance, tb_sentences *out) {
  static const char *const name[] = {[TB_RIGHT] = "right", [TB_WRONG] = "wrong"};
  for (tb_position_kind with = TB_WRONG;; with = TB_RIGHT) {
    tb_condition_found c;
    tb_where_learn(e->view[view], with, tolerance, &c);
    const int64_t fewer = c.count[0] < c.count[1] ? c.count[0] : c.count[1];
    const int64_t allowed = (int64_t)(tolerance * (double)(tolerance > 0 ? c.count[TB_WRONG] : fewer));
    if (*c.text && c.strays <= allowed) {
      if (c.strays == 0)
        tb_sentences_add(out, "%s%s are exactly the numbers %s", scope[view], name[with], c.text);
      else
        tb_sentences_add(out, "%s%s are the numbers %s, with %" PRId64 " exceptions among %" PRId64, scope[view], name[with],
                         c.text, c.strays, c.count[0] + c.count[1]);
      return true;
    }
    if (with == TB_RIGHT)
      return false;
  }
}

static void report_where(const tb_evidence *e, tb_sentences *out) {
  tb_condition_found c;
  tb_where_learn(e->view[ALL], TB_WRONG, 0, &c);
  if (c.count[TB_WRONG] == 0) {
    tb_sentences_add(out, "no number is wrong");
  } else if (c.count[TB_RIGHT] == 0) {
    tb_sentences_add(out, "every number is wrong");
  } else if (report_condition(e, ALL, 0, out)) {
    return;
  } else if (c.count[TB_RIGHT] * 20 < c.count[TB_WRONG]) {
    tb_sentences_add(out, "nearly every number is wrong: %" PRId64 " of %" PRId64, c.count[TB_WRONG],
                     c.count[TB_RIGHT] + c.count[TB_WRONG]);
  } else {
    for (int view = FIRST_CALL; view < VIEWS; view++)
      if (report_condition(e, view, 0, out))
        return;
    for (int view = ALL; view <= FIRST_CALL; view++)
      if (report_condition(e, view, 0.02, out))
        return;
    for (int view = ALL; view < VIEWS; view++) {
      tb_where_learn(e->view[view], TB_WRONG, 0, &c);
      if (*c.text && c.count[TB_WRONG] >= FEW) {
        tb_sentences_add(out, "%swrong are only numbers %s: %" PRId64 " are wrong, and %" PRId64 " such are right", scope[view],
                         c.text, c.count[TB_WRONG], c.strays);
        return;
      }
    }
  }
}

void tb_evidence_report(const tb_evidence *e, tb_sentences *out) {
  enum { REPORTED = 4 };
  bool reported[SENTENCES] = {false};
  memset(out, 0, sizeof *out);
  report_where(e, out);
  for (int k = 0; k < REPORTED; k++) {
    int best = -1;
    for (int i = 0; i < e->sentences; i++)
      if (!reported[i] && (best < 0 || e->sentence[i].cases > e->sentence[best].cases))
        best = i;
    if (best < 0 || e->sentence[best].cases * 5 < e->failing * 2)
      return;
    reported[best] = true;
    tb_sentences_add(out, "%s (in %d of %d failing cases, such as %s)", e->sentence[best].text, e->sentence[best].cases,
                     e->failing, e->sentence[best].example);
  }
}
