/* A case on a kernel, inside the worker.
 *
 * SPDX-License-Identifier: MIT */
#include "machine_state.h"
#include "registry.h"
#include "side.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *const slot_names[] = {"x", "weight", "bias", "y"};

bool tb_execution_init(tb_execution *e, int shared) {
  memset(e, 0, sizeof *e);
  for (int i = 0; i < TB_SLOTS; i++)
    tb_buffer_init(&e->slot[i], slot_names[i % 4], shared, i * TB_SLOT_BYTES, i % 4 != TB_SLOT_Y_END);
  tb_buffer_init(&e->workspace, "workspace", -1, 0, false);
  tb_buffer_init(&e->draw, "y", -1, 0, false);
  e->stage = "idle";
  return tb_host_init(&e->host);
}

void tb_execution_free(tb_execution *e) {
  for (int i = 0; i < TB_SLOTS; i++)
    tb_buffer_free(&e->slot[i]);
  tb_buffer_free(&e->workspace);
  tb_buffer_free(&e->draw);
  tb_host_free(&e->host);
}

const tb_buffer *tb_execution_hit(const tb_execution *e, const void *address, const char **where) {
  for (int i = 0; i < TB_SLOTS; i++)
    if ((*where = tb_buffer_hit(&e->slot[i], address)))
      return &e->slot[i];
  if ((*where = tb_buffer_hit(&e->workspace, address)))
    return &e->workspace;
  if ((*where = tb_buffer_hit(&e->draw, address)))
    return &e->draw;
  for (size_t i = 0; i < e->host.allocations; i++)
    if ((*where = tb_buffer_hit(&e->host.allocation[i]->buffer, address)))
      return &e->host.allocation[i]->buffer;
  return NULL;
}

bool tb_running_fail(tb_running *r, tb_outcome what, const char *format, ...) {
  if (r->report->outcome != TB_RAN)
    return false;
  va_list list;
  va_start(list, format);
  vsnprintf(r->report->detail, sizeof r->report->detail, format, list);
  va_end(list);
  r->report->outcome = (int32_t)what;
  snprintf(r->report->stage, sizeof r->report->stage, "%s", r->e->stage);
  return false;
}

bool tb_running_no_memory(tb_running *r) {
  return tb_running_fail(r, TB_ERROR, "the suite has no memory for this case");
}

bool tb_running_status(tb_running *r, tenbin_status s) {
  static const char *const words[] = {"TENBIN_OK", "TENBIN_OUT_OF_MEMORY", "TENBIN_UNSUPPORTED", "TENBIN_FAILED"};
  if (tb_machine_state_restore())
    return tb_running_fail(r, TB_ERROR, "%s changed the floating-point environment", r->e->stage);
  if (s == TENBIN_OK)
    return true;
  return tb_running_fail(r, TB_ERROR, "%s returned %s", r->e->stage,
                         (unsigned)s < 4 ? words[s] : "a number that is no tenbin_status");
}

/* What alignment leaves between a buffer and its guard is watched too. */
static bool margins_clean(tb_running *r, const tb_buffer *b, size_t offset, size_t bytes, uint16_t pattern) {
  const int64_t where = tb_buffer_margins(b, offset, bytes, pattern);
  if (where < 0)
    return tb_running_fail(r, TB_GUARD, "write before the beginning of %s, %d bytes before it", b->name, (int)-where);
  if (where > 0)
    return tb_running_fail(r, TB_GUARD, "write past the end of %s, in the %d bytes behind it", b->name, (int)where);
  return true;
}

bool tb_side_prepare(tb_running *r, tb_side *s) {
  tenbin_tensor constant[3] = {0};
  for (int i = 0; i < s->p.problem.inputs; i++)
    if (s->p.problem.constant & 1u << i)
      constant[i] = s->input[i];
  r->e->host.place = s->place;
  r->e->stage = "prepare";
  return tb_running_status(r, r->kernel->prepare(&s->p.problem, constant, &r->e->host.services, &s->plan));
}

void tb_side_release(tb_running *r, tb_side *s) {
  if (!s->plan)
    return;
  r->e->stage = "release";
  r->kernel->release(s->plan);
  s->plan = NULL;
  tb_running_status(r, TENBIN_OK);
  if (r->e->host.wrong_frees)
    tb_running_fail(r, TB_ERROR, "host.free was called on memory that is not the host's, or was freed before");
}

bool tb_side_run(tb_running *r, const tb_side *s, const tb_buffer *b, size_t offset, const tenbin_tensor *y, uint16_t pattern,
                 const void *args, tenbin_generator *generator) {
  tb_buffer *w = &r->e->workspace;
  const size_t bytes = r->kernel->workspace ? r->kernel->workspace(s->plan) : 0;
  if (!tb_buffer_reserve(w, bytes))
    return tb_running_no_memory(r);
  void *workspace = tb_buffer_at(w, tb_buffer_place(w, bytes, r->kernel->alignment, s->place));
  memset(workspace, 0xff, bytes); /* NaN in every floating-point format */
  const tenbin_call call = {sizeof call, args, generator, s->input, y, workspace};
  const int64_t before = r->e->host.calls;
  r->e->stage = "run";
  const tenbin_status returned = r->kernel->run(s->plan, &call);
  r->report->run_allocations += r->e->host.calls - before;
  return tb_running_status(r, returned) && (!b || margins_clean(r, b, offset, tb_desc_bytes(&y->desc), pattern));
}

static bool make_sides(tb_running *r, const tb_case *c, tb_side *a, tb_side *b) {
  char message[TB_MESSAGE_MAX];
  const tb_case twin = tb_case_twin(c);
  a->place = TB_END;
  a->poison = TB_POISON_END;
  a->slot = &r->e->slot[TB_SLOT_X_END];
  b->place = TB_START;
  b->poison = TB_POISON_START;
  b->slot = &r->e->slot[TB_SLOT_X_START];
  a->plan = b->plan = NULL;
  return tb_problem_make(c, &a->p, message) && tb_problem_make(&twin, &b->p, message);
}

size_t tb_side_alignment(const tb_running *r, const tenbin_desc *desc) {
  const size_t element = tb_dtype_bytes(desc->dtype);
  return element > r->kernel->alignment ? element : r->kernel->alignment;
}

bool tb_side_threads(tb_running *r, tb_side *s, int threads) {
  tb_case c = s->p.c;
  char message[TB_MESSAGE_MAX];
  c.threads = threads;
  return (tb_problem_make(&c, &s->p, message) && tb_host_threads(&r->e->host, threads)) || tb_running_no_memory(r);
}

void tb_running_starve(tb_running *r, tb_side *a, int64_t allocations, tenbin_status (*attempt)(tb_running *r, tb_side *a)) {
  enum { MOST = 16 };
  tb_host *host = &r->e->host;
  for (int64_t k = 1; k <= allocations && k <= MOST && r->report->outcome == TB_RAN; k++) {
    const int64_t live = host->live;
    host->fail = host->calls + k;
    const tenbin_status s = attempt(r, a);
    host->fail = 0;
    if (s == TENBIN_OK)
      tb_running_fail(r, TB_ERROR, "%s returned TENBIN_OK although allocation %d of %d had failed", r->e->stage, (int)k,
                      (int)allocations);
    if (host->live != live)
      tb_running_fail(r, TB_ERROR, "%s kept %d allocations when allocation %d of %d had failed", r->e->stage,
                      (int)(host->live - live), (int)k, (int)allocations);
  }
}

/* What can be promised of an operator. */
static bool can_claim(tb_operator op, int32_t claim) {
  if (op == TB_CONV_TRANSPOSE2D)
    return claim == TENBIN_EXACT || claim == TENBIN_BOUNDED;
  return claim == TENBIN_STREAM || claim == TENBIN_DISTRIBUTION || claim == TENBIN_STREAM_ROUNDED;
}

void tb_execute(tb_execution *e, const tb_case *c, const tenbin_kernel *kernel, uint32_t checks, tb_report *report) {
  static tb_side a, b; /* large, and one case runs at a time */
  tb_running r = {e, kernel, report};
  tenbin_answer answer = {.struct_size = sizeof answer};
  report->outcome = TB_RAN;
  e->stage = "supports";
  if (!make_sides(&r, c, &a, &b)) {
    tb_running_fail(&r, TB_ERROR, "the case is invalid");
    return;
  }
  const tenbin_status s = kernel->supports(&a.p.problem, &answer);
  if (s == TENBIN_UNSUPPORTED) {
    char why[TB_WHY];
    tb_machine_state_restore();
    tb_registry_why(&answer, why);
    tb_running_fail(&r, TB_UNSUPPORTED, "%s", why);
    return;
  }
  if (!tb_running_status(&r, s))
    return;
  report->claim = answer.claim;
  if (!can_claim(c->op, answer.claim)) {
    tb_running_fail(&r, TB_ERROR, "supports claims %d, which is no claim of %s", (int)answer.claim, tb_operator_name(c->op));
    return;
  }
  tb_host_reset(&e->host);
  if (!tb_host_threads(&e->host, c->threads))
    tb_running_no_memory(&r);
  else if (c->op == TB_NORMAL)
    tb_execute_normal(&r, &a, &b, checks);
  else
    tb_execute_conv(&r, &a, &b, checks);
  report->leaked = e->host.live;
  report->leaked_bytes = e->host.live_bytes;
  e->stage = "idle";
}
