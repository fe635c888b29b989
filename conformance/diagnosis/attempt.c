/* Single cases on one kernel.
 *
 * SPDX-License-Identifier: MIT */
#include "attempt.h"

#include "dtype.h"
#include "verdict.h"
#include "work.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool tb_attempt_open(tb_attempt *t, const tb_suite *suite, const char *program, const char *plugin, const char *kernel,
                     const volatile sig_atomic_t *stop) {
  char message[600];
  memset(t, 0, sizeof *t);
  t->run.suite = suite;
  t->run.kernel = kernel;
  if (!tb_worker_start(&t->worker, program, plugin, message))
    return false;
  t->worker.stop = stop;
  return true;
}

void tb_attempt_close(tb_attempt *t) {
  tb_worker_stop(&t->worker);
}

bool tb_attempt_run(tb_attempt *t, const tb_case *c, tb_problem *p, tb_judgement *out) {
  tb_suite_case listed = {.c = c};
  const tb_suite_group group = {.kind = TB_LISTED, .cases = 1, .listed = 1, .list = &listed};
  const tb_chunk chunk = {.cases = 1};
  tb_work work = {.run = &t->run, .worker = &t->worker, .group = &group, .chunk = &chunk};
  char message[TB_MESSAGE_MAX], text[TB_TEXT_MAX];
  memset(out, 0, sizeof *out);
  if (!tb_problem_make(c, p, message) || !tb_worker_ready(&t->worker))
    return false;
  listed.text = p->text;
  t->again = false;
  t->golden = tb_golden_find(t->run.suite->golden, p->text);
  const bool first = !t->record;
  if (!tb_work_run_single(&work, p->text, tb_work_checks(&work), &t->record))
    return false;
  if (t->record->report.outcome == TB_RAN && c->op->sequence && c->op->sequence->is_distribution(c))
    return tb_work_judge_distribution(&work, &t->record->report, c, text, out);
  tb_work_judge(&work, t->record, t->golden, p, out);
  if (out->verdict == TB_V_PASSED && !c->op->sequence && (first || t->second)) {
    if (!tb_work_judge_second(&work, p, t->golden, &t->record, out))
      return false;
    t->second = t->second || out->verdict != TB_V_PASSED;
  }
  t->again = out->again;
  return true;
}

/* The bytes of an answer, and one more. NULL: they cannot be read. */
static void *answer(const tb_attempt *t, bool again) {
  const tb_report *r = &t->record->report;
  unsigned char *raw = tb_judging_memory(r->bytes[0] + 1, 1);
  if (tb_worker_read(&t->worker, again ? TB_SLOT_START + TB_SLOT_OUTPUT : TB_SLOT_OUTPUT, again ? r->start[0] : r->end[0], raw,
                     (size_t)r->bytes[0]))
    return raw;
  free(raw);
  return NULL;
}

/* tb_attempt_answer, with the bytes it was read from, to be freed. NULL: it did not run to its end. */
static void *read_answer(const tb_attempt *t, const tb_problem *p, tb_attempt_numbers *out) {
  const int32_t dtype = p->output[0].dtype;
  const tb_report *r = &t->record->report;
  memset(out, 0, sizeof *out);
  void *raw = r->outcome == TB_RAN ? answer(t, t->again) : NULL;
  if (!raw)
    return NULL;
  out->n = r->bytes[0] / (int64_t)tb_dtype_bytes(dtype);
  out->got = tb_judging_memory(out->n, sizeof *out->got);
  out->unwritten = tb_judging_memory(out->n, sizeof *out->unwritten);
  for (int64_t i = 0; i < out->n; i++) {
    out->got[i] = tb_number(dtype, raw, i);
    out->unwritten[i] = tb_unwritten(dtype, raw, i);
  }
  return raw;
}

bool tb_attempt_answer(tb_attempt *t, const tb_problem *p, tb_attempt_numbers *out) {
  void *raw = read_answer(t, p, out);
  const bool ok = raw != NULL;
  free(raw);
  return ok;
}

/* Where the first answer was right, it says what the second one ought to be. */
static bool mark_again(const tb_attempt *t, int32_t dtype, const void *raw, tb_attempt_numbers *out) {
  void *first = answer(t, false);
  for (int64_t i = 0; first && i < out->n; i++) {
    out->want[i] = tb_number(dtype, first, i);
    out->wrong[i] = tb_number_bits(dtype, first, i) != tb_number_bits(dtype, raw, i);
  }
  free(first);
  return first != NULL;
}

bool tb_attempt_stream(tb_attempt *t, const tb_problem *p, tb_attempt_numbers *out) {
  void *raw = read_answer(t, p, out);
  if (!raw)
    return false;
  out->want = tb_judging_memory(out->n, sizeof *out->want);
  out->wrong = tb_judging_memory(out->n, sizeof *out->wrong);
  const bool ok = t->again ? mark_again(t, p->c.dtype, raw, out)
                           : tb_stream_mark(p, t->golden, t->record->report.claim, raw, out->want, out->wrong);
  free(raw);
  if (!ok)
    tb_attempt_free(out);
  return ok;
}

void tb_attempt_free(tb_attempt_numbers *n) {
  free(n->got);
  free(n->want);
  free(n->wrong);
  free(n->unwritten);
  memset(n, 0, sizeof *n);
}

bool tb_attempt_states(tb_attempt *t, const tb_problem *p, unsigned char *out) {
  const size_t each = TB_STATE_BYTES;
  return t->record->report.outcome == TB_RAN && t->record->report.state_bytes == TB_STATE_BYTES &&
         tb_worker_read(&t->worker, TB_SLOT_STATES, 0, out, each * (size_t)tb_normal_of(&p->c)->calls);
}
