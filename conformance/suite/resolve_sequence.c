/* Cases of normal that ran: streams by their digests, distributions by the battery.
 *
 * SPDX-License-Identifier: MIT */
#include "calls.h"
#include "distribution.h"
#include "dtype.h"
#include "verdict.h"
#include "work.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Whether a report has the digests of PyTorch's numbers and PyTorch's states. */
static bool right_digests(const tb_suite_case *c, const tb_report *r) {
  const tb_golden_case *g = c->golden;
  return g && r->claim == TENBIN_STREAM && r->state_bytes == TB_STATE_BYTES && XXH128_isEqual(r->digest[0], g->digest) &&
         XXH128_isEqual(r->states, tb_digest_digests(g->state, g->states));
}

static bool suspicious(const tb_report *r) {
  return r->again_differs || r->handed_differs || r->threads_differ || r->run_allocations || tb_report_left(r);
}

/* The position of a number in the calls. */
struct position {
  int call;
  int64_t number;
};

/* Adds the next numbers, those of each call with its mean and std. False: the battery has no such law. */
static bool add(tb_battery *b, const tb_normal *n, struct position *at, const double *y, int64_t count) {
  for (int64_t i = 0; i < count;) {
    const tb_call *call = &n->call[at->call];
    const int64_t left = tb_call_numbers(call) - at->number, some = left < count - i ? left : count - i;
    if (left == 0) {
      *at = (struct position){(at->call + 1) % n->calls, 0};
      continue;
    }
    const tenbin_normal_args a = tb_call_args(n, call);
    if (at->number == 0 && n->calls > 1 && !tb_battery_law(b, a.mean, a.std))
      return false;
    tb_battery_add(b, y + i, some);
    at->number += some;
    i += some;
  }
  return true;
}

static tb_law first_law(const tb_case *c) {
  const tb_normal *n = tb_normal_of(c);
  const tenbin_normal_args a = tb_call_args(n, &n->call[0]);
  int64_t each = 0;
  for (int i = 0; i < n->calls; i++)
    each += tb_call_numbers(&n->call[i]);
  return (tb_law){c->dtype, a.mean, a.std, n->repeat * n->seeds > 1 ? each : 0};
}

/* Puts the numbers that the record which ran last has drawn through the battery. NULL, or what keeps them from it. */
static const char *measure(tb_work *w, const tb_report *r, const tb_problem *p, tb_battery_result *out) {
  enum { CHUNK = 1024 }; /* numbers on the stack */
  static const char *const lawless = "a distribution needs a std above 0, and a dtype that holds 9 of them";
  const size_t each = tb_dtype_bytes(p->c.dtype);
  unsigned char raw[CHUNK * sizeof(double)];
  double y[CHUNK];
  struct position at = {0};
  if (p->kept < 100000 || p->kept != p->drawn)
    return "a distribution is judged on 100,000 numbers or more, as many as memory holds";
  const tb_law law = first_law(&p->c);
  tb_battery *b = tb_battery_open(&law);
  if (!b)
    return lawless;
  const char *wrong = NULL;
  for (int64_t i = 0; !wrong && i < p->kept; i += CHUNK) {
    const int64_t n = p->kept - i < CHUNK ? p->kept - i : CHUNK;
    if (!tb_worker_read(w->worker, TB_SLOT_OUTPUT, r->end[0] + i * (int64_t)each, raw, (size_t)n * each))
      wrong = "its numbers cannot be read from shared memory";
    for (int64_t k = 0; k < n; k++)
      y[k] = tb_number(p->c.dtype, raw, k);
    if (!wrong && !add(b, tb_normal_of(&p->c), &at, y, n))
      wrong = lawless;
  }
  if (!tb_battery_finish(b, out) && !wrong)
    wrong = "tenbin has no memory for its statistics";
  tb_battery_close(b);
  return wrong;
}

/* Ten times the numbers of another seed. */
static void second_case(const tb_case *first, char text[TB_TEXT_MAX]) {
  tb_case c = *first;
  c.seed += 1000000007;
  if (tb_normal_of(&c)->seeds > 1)
    tb_normal_edit(&c)->seeds *= 10;
  else
    tb_normal_edit(&c)->repeat *= 10;
  tb_case_print(&c, text);
}

static void keep_statistics(const tb_battery_result *result, tb_judgement *j) {
  j->elements = result->n;
  j->repeated = result->repeated > 0 ? result->repeated : 0;
  j->statistics = TB_STATISTICS;
  memcpy(j->statistic, result->statistic, sizeof j->statistic);
}

/* One stage on the record that ran last. *unfit: what keeps it from being judged, where something does. */
static tb_decision stage(tb_work *w, const tb_report *r, const tb_problem *p, tb_stage which, uint32_t *suspects,
                         tb_judgement *j, const char **unfit) {
  tb_battery_result result;
  tb_distribution d;
  *unfit = measure(w, r, p, &result);
  if (*unfit)
    return TB_DECISION_FAILED;
  tb_distribution_decide(&result, which, *suspects, &d);
  *suspects = d.suspects;
  keep_statistics(&result, j);
  if (d.decision == TB_DECISION_FAILED)
    tb_conclude(j, TB_V_FAILED, "%s", d.reason);
  return d.decision;
}

/* What is wrong with a case of stream `any` beside its distribution, by tb_judge's rules for all that ran. */
static void judge_conduct(const tb_report *r, tb_judgement *j) {
  if (r->again_differs)
    tb_conclude(j, TB_V_NONDETERMINISTIC, "the same calls on a new generator of the same seed give other numbers");
  if (r->threads_differ)
    tb_conclude(j, TB_V_NONDETERMINISTIC, "with %d threads it draws other numbers", r->threads_differ);
  if (r->handed_differs)
    tb_conclude(
        j, TB_V_FAILED,
        "a generator that is cloned, or saved and restored, between the calls, or opened where it was seeded, draws other "
        "numbers");
  tb_judge_memory(r, j);
}

bool tb_work_judge_distribution(tb_work *w, const tb_report *report, const tb_case *c, char text[TB_TEXT_MAX],
                                tb_judgement *j) {
  const int64_t enough = 10000000;
  const tb_report r = *report;
  tb_problem p;
  char message[TB_MESSAGE_MAX];
  const char *unfit;
  uint32_t suspects = 0;
  memset(j, 0, sizeof *j);
  j->against = "the normal distribution";
  if (!tb_problem_make(c, &p, message))
    abort();
  snprintf(text, TB_TEXT_MAX, "%s", p.text);
  if (stage(w, &r, &p, p.drawn < enough ? TB_STAGE_FIRST : TB_STAGE_SINGLE, &suspects, j, &unfit) == TB_DECISION_UNDECIDED) {
    const tb_record *record;
    tb_case second;
    tb_error error;
    second_case(c, text);
    if (!tb_work_run_single(w, text, tb_work_checks(w), &record))
      return false;
    if (!tb_case_parse(text, &second, &error) || !tb_problem_make(&second, &p, message))
      abort();
    if (record->report.outcome == TB_RAN)
      stage(w, &record->report, &p, TB_STAGE_SECOND, &suspects, j, &unfit);
    else
      tb_judge(&p, NULL, &record->report, NULL, j);
  }
  judge_conduct(&r, j);
  if (unfit)
    tb_conclude(j, TB_V_UNTRUSTED, "%s", unfit);
  return true;
}

static bool resolve_distribution(tb_work *w, int i, const tb_suite_case *c, const tb_report *report) {
  tb_judgement j;
  char text[TB_TEXT_MAX];
  if (!tb_work_judge_distribution(w, report, c->c, text, &j))
    return false;
  tb_work_conclude(w, i, text, &j);
  return true;
}

bool tb_work_resolve_sequence(tb_work *w, int i) {
  const tb_suite_case *c = &w->group->list[w->chunk->first + i];
  const tb_record *record = &w->worker->record[i];
  if (c->c->op->sequence->is_distribution(c->c))
    return resolve_distribution(w, i, c, &record->report);
  const bool digests = right_digests(c, &record->report);
  if (!digests || suspicious(&record->report))
    return tb_work_recheck(w, i, c->text, record->report.claim == TENBIN_STREAM && c->golden, digests);
  tb_judgement j;
  memset(&j, 0, sizeof j);
  tb_work_conclude(w, i, c->text, &j);
  return true;
}
