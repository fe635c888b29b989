/* A case by itself: run, judged element by element, and concluded.
 *
 * SPDX-License-Identifier: MIT */
#include "dtype.h"
#include "memory.h"
#include "verdict.h"
#include "work.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* After so many failures only the first of each chunk is rechecked: which one that is depends on no other thread. */
enum { RECHECKED_MAX = 300 };

const tb_suite_case *tb_work_listed(const tb_work *w, int i) {
  return w->group->kind == TB_LISTED ? &w->group->list[w->chunk->first + i] : NULL;
}

/* Real data is not run with more threads: a different division of the work may round sums differently, within the bound. */
uint32_t tb_work_checks(const tb_work *w) {
  const tb_suite_case *c = tb_work_listed(w, 0);
  if (!c || w->group->heavy)
    return 0;
  return TB_CHECK_INPUT | TB_CHECK_ALLOCATIONS | (tb_case_rounds(c->c) ? 0 : TB_CHECK_THREADS);
}

tb_request tb_work_request(const tb_work *w, int32_t from, int32_t to) {
  tb_request request;
  memset(&request, 0, sizeof request);
  snprintf(request.kernel, sizeof request.kernel, "%s", w->run->kernel);
  request.from = from;
  request.to = to;
  request.checks = tb_work_checks(w);
  return request;
}

static tb_judgement *copy(const tb_judgement *j) {
  tb_judgement *out = tb_need(malloc(sizeof *out));
  *out = *j;
  return out;
}

void tb_work_conclude(tb_work *w, int i, const char *text, const tb_judgement *j) {
  tb_case_result *r = &w->results[i];
  char prints[2000];
  r->verdict = j->verdict;
  if (j->verdict == TB_V_PASSED) {
    if (j->note[0] || j->statistics)
      r->judgement = copy(j);
    return;
  }
  if (j->verdict == TB_V_UNSUPPORTED) {
    r->why = tb_need(strdup(j->reason));
    return;
  }
  r->text = tb_need(strdup(text));
  r->judgement = copy(j);
  tb_worker_prints(w->worker, prints, sizeof prints);
  if (*prints && j->verdict != TB_V_NOT_RUN)
    r->prints = tb_need(strdup(prints));
}

void tb_work_judge(tb_work *w, const tb_record *record, const tb_golden_case *golden, const tb_problem *p, tb_judgement *j) {
  tb_report report = record->report;
  const bool sequence = p->c.op->sequence != NULL;
  const bool again = !sequence || report.again_differs || report.handed_differs || report.threads_differ;
  const bool ran = report.outcome == TB_RAN;
  const size_t states = ran && sequence ? (size_t)report.state_bytes * (size_t)p->c.op->sequence->calls(&p->c) : 0;
  void *memory[2 * TB_TENSORS + 1] = {tb_need(malloc(states + 1))};
  int memories = 1;
  tb_answers answers = {.states = memory[0],
                        .elements = ran ? report.bytes[0] / (int64_t)tb_dtype_bytes(p->output[0].dtype) : 0};
  bool ok = tb_worker_read(w->worker, TB_SLOT_STATES, 0, memory[0], states);
  for (int o = 0; ran && o < p->outputs; o++)
    for (int start = 0; start <= again && p->output[o].dtype != TENBIN_NONE; start++) {
      void *y = memory[memories++] = tb_need(malloc((size_t)report.bytes[o] + 1));
      *(start ? &answers.start[o] : &answers.end[o]) = y;
      ok = ok && tb_worker_read(w->worker, TB_SLOT_OUTPUT + o + (start ? TB_SLOT_START : 0),
                                start ? report.start[o] : report.end[o], y, (size_t)report.bytes[o]);
    }
  if (!ok) {
    report.outcome = TB_ERROR;
    snprintf(report.detail, sizeof report.detail, "its output cannot be read from shared memory");
  }
  tb_judge(p, golden, &report, &answers, j);
  if (!golden && w->group->kind != TB_LISTED)
    j->against = "tenbin's reference, which the ledger of PyTorch 2.13.0 confirms";
  for (int i = 0; i < memories; i++)
    free(memory[i]);
}

bool tb_work_run_single(tb_work *w, const char *text, uint32_t checks, const tb_record **record) {
  int32_t next;
  /* The block's last record is free while a single case runs, unless the block has no other. */
  tb_record *single = &w->worker->record[TB_BLOCK_MAX - 1];
  snprintf(single->text, sizeof single->text, "%s", text);
  tb_request request = tb_work_request(w, TB_BLOCK_MAX - 1, TB_BLOCK_MAX);
  request.checks = checks;
  const tb_answer answer = tb_worker_run(w->worker, &request, &next);
  *record = single;
  return answer != TB_STOPPED && answer != TB_LOST;
}

bool tb_work_judge_second(tb_work *w, const tb_problem *p, const tb_golden_case *golden, const tb_record **record,
                          tb_judgement *j) {
  char reason[sizeof j->reason];
  if (!tb_work_run_single(w, p->text, TB_RUN_SECOND, record))
    return false;
  tb_work_judge(w, *record, golden, p, j);
  if (j->verdict == TB_V_PASSED)
    return true;
  snprintf(reason, sizeof reason, "%s", j->reason);
  snprintf(j->reason, sizeof j->reason, "right at the ends of its buffers; at their beginnings, after its twin: %.*s",
           (int)sizeof reason - 100, reason);
  return true;
}

/* The verdict on a record, by nothing but the report in its block. digests: whether they are right. */
static void judge_report(const tb_report *r, bool digests, tb_judgement *j) {
  const char *reason = NULL;
  tb_verdict verdict = TB_V_NONDETERMINISTIC;
  j->against = "PyTorch 2.13.0";
  if (!digests) {
    verdict = TB_V_FAILED;
    reason = "its answer has another digest";
  } else if (r->threads_differ) {
    reason = "right with one thread, with more it differs";
  } else if (r->handed_differs) {
    verdict = TB_V_FAILED;
    reason = "right at first, on generators that are cloned or restored it differs";
  } else if (r->again_differs) {
    reason = "right at first, when run again it differs";
  } else if (!r->run_allocations && !tb_report_left(r)) {
    verdict = TB_V_UNTRUSTED;
    reason = "all of its answer is zero";
  }
  if (reason)
    tb_conclude(j, verdict, "%s (past %d failures no more elements are looked up)", reason, RECHECKED_MAX);
  tb_judge_memory(r, j);
}

bool tb_work_recheck(tb_work *w, int i, const char *text, bool seen_wrong, bool digests) {
  tb_problem p;
  tb_judgement j;
  const tb_record *record;
  memset(&j, 0, sizeof j);
  const bool first = !w->rechecked;
  const tb_report block = w->worker->record[i].report;
  w->rechecked = w->rechecked || seen_wrong;
  if (seen_wrong && atomic_fetch_add(&w->run->rechecked, 1) >= RECHECKED_MAX && !first) {
    judge_report(&block, digests, &j);
    tb_work_conclude(w, i, text, &j);
    return true;
  }
  if (!tb_work_run_single(w, text, tb_work_checks(w), &record))
    return false;
  if (!tb_problem_parse(text, &p))
    abort();
  const tb_golden_case *golden = tb_golden_find(w->run->suite->golden, text);
  tb_work_judge(w, record, golden, &p, &j);
  if (j.verdict == TB_V_UNSUPPORTED) {
    const char *why = "it supported the case at first; asked again, it says: ";
    j.verdict = TB_V_NONDETERMINISTIC;
    snprintf(j.reason, sizeof j.reason, "%s%.*s", why, (int)(sizeof j.reason - strlen(why)) - 1, record->report.detail);
  }
  if (j.verdict == TB_V_PASSED && !p.c.op->sequence && !tb_work_judge_second(w, &p, golden, &record, &j))
    return false;
  if (j.verdict == TB_V_PASSED && seen_wrong && !j.note[0]) {
    tb_judge_memory(&block, &j); /* a kernel may leave a process behind just once */
    tb_conclude(&j, TB_V_NONDETERMINISTIC, "wrong in its block, right when it is run again by itself");
  }
  tb_work_conclude(w, i, text, &j);
  return true;
}
