/* Single cases on one kernel.
 *
 * SPDX-License-Identifier: MIT */
#include "trial.h"

#include "dtype.h"
#include "judging.h"
#include "work.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool tb_trial_open(tb_trial *t, const tb_suite *suite, const char *program, const char *plugin, const char *kernel,
                   const volatile sig_atomic_t *stop) {
  char message[600];
  memset(t, 0, sizeof *t);
  t->run.suite = suite;
  t->run.kernel = kernel;
  t->group.kind = TB_LISTED;
  if (!tb_worker_start(&t->worker, program, plugin, message))
    return false;
  t->worker.stop = stop;
  return true;
}

void tb_trial_close(tb_trial *t) {
  tb_worker_stop(&t->worker);
}

bool tb_trial_run(tb_trial *t, const tb_case *c, tb_problem *p, tb_judgement *out) {
  tb_request request = {.to = 1, .checks = TB_CHECK_INPUT | TB_CHECK_ALLOCATIONS};
  tb_work work = {.run = &t->run, .worker = &t->worker, .group = &t->group};
  char message[TB_MESSAGE_MAX];
  int32_t next;
  memset(out, 0, sizeof *out);
  if (!tb_problem_make(c, p, message) || !tb_worker_ready(&t->worker))
    return false;
  if (c->op == TB_NORMAL || c->fill != TB_REAL)
    request.checks |= TB_CHECK_THREADS;
  snprintf(request.kernel, sizeof request.kernel, "%s", t->run.kernel);
  tb_record *record = &t->worker.block->record[0];
  snprintf(record->text, sizeof record->text, "%s", p->text);
  const tb_answer answer = tb_worker_run(&t->worker, &request, &next);
  if (answer == TB_STOPPED || answer == TB_LOST)
    return false;
  tb_work_judge(&work, record, tb_golden_find(t->run.suite->golden, p->text), p, out);
  return true;
}

bool tb_trial_answer(tb_trial *t, const tb_problem *p, double **got, bool **unwritten) {
  const tb_report *r = &t->worker.block->record[0].report;
  const int32_t dtype = p->c.dtype;
  if (r->outcome != TB_RAN)
    return false;
  const int64_t n = r->y_bytes / (int64_t)tb_dtype_bytes(dtype);
  void *raw = tb_judging_memory(r->y_bytes, 1);
  *got = tb_judging_memory(n, sizeof **got);
  *unwritten = tb_judging_memory(n, sizeof **unwritten);
  const bool ok = tb_worker_read(&t->worker, TB_SLOT_Y_END, r->y_end, raw, (size_t)r->y_bytes);
  for (int64_t i = 0; ok && i < n; i++) {
    (*got)[i] = tb_number(dtype, raw, i);
    (*unwritten)[i] = tb_unwritten(dtype, raw, i);
  }
  free(raw);
  if (!ok) {
    free(*got);
    free(*unwritten);
  }
  return ok;
}
