/* One of the two placements of a case, inside the worker.
 *
 * SPDX-License-Identifier: MIT */
#include "placement.h"

#include "dtype.h"
#include "machine_state.h"
#include "process_state.h"
#include "strides.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool tb_run_fail(tb_run_context *r, tb_outcome what, const char *format, ...) {
  if (r->outcome != TB_RAN)
    return false;
  va_list list;
  va_start(list, format);
  vsnprintf(r->report->detail, sizeof r->report->detail, format, list);
  va_end(list);
  r->outcome = what;
  r->failed = (tb_worker_stage)*r->e->stage;
  return false;
}

void tb_run_end(tb_run_context *r) {
  if (r->outcome != TB_RAN)
    snprintf(r->report->stage, sizeof r->report->stage, "%s", tb_stage_name((int32_t)r->failed));
  if (r->report->outcome == TB_PENDING)
    r->report->outcome = (int32_t)r->outcome;
  tb_enter(r->e, TB_IN_IDLE);
}

bool tb_run_no_memory(tb_run_context *r) {
  return tb_run_fail(r, TB_NO_MEMORY, "the suite has no memory for this case");
}

bool tb_run_status(tb_run_context *r, tenbin_status s) {
  static const char *const words[] = {"TENBIN_OK", "TENBIN_OUT_OF_MEMORY", "TENBIN_UNSUPPORTED", "TENBIN_FAILED"};
  const char *changed = tb_machine_state_restore();
  if (changed)
    return tb_run_fail(r, TB_ERROR, "%s changed %s", tb_stage_name(*r->e->stage), changed);
  if (s == TENBIN_OK)
    return true;
  if (s == TENBIN_OUT_OF_MEMORY && r->allowance->starved)
    return tb_run_no_memory(r);
  if (s == TENBIN_OUT_OF_MEMORY && r->allowance->refused)
    return tb_run_fail(r, TB_ERROR, "%s " TB_PLAN_REFUSED, tb_stage_name(*r->e->stage), r->allowance->refused,
                       r->allowance->most);
  return tb_run_fail(r, TB_ERROR, "%s returned %s", tb_stage_name(*r->e->stage),
                     (unsigned)s < 4 ? words[s] : "a number that is no tenbin_status");
}

bool tb_run_workspace(tb_run_context *r, size_t bytes) {
  return bytes <= r->allowance->most || tb_run_fail(r, TB_ERROR, TB_WORKSPACE_REFUSED, bytes, r->allowance->most);
}

/* The margins include the bytes that alignment leaves between a buffer and its guard. */
bool tb_margins_clean(tb_run_context *r, const tb_buffer *b, size_t offset, size_t bytes, uint16_t pattern) {
  const int64_t where = tb_buffer_margins(b, offset, bytes, pattern);
  if (where < 0)
    return tb_run_fail(r, TB_GUARD, "write before the beginning of %s, %d bytes before it", b->name, (int)-where);
  if (where > 0)
    return tb_run_fail(r, TB_GUARD, "write past the end of %s, in the %d bytes after it", b->name, (int)where);
  return true;
}

bool tb_run_gather(tb_run_context *r, const tb_buffer *b, size_t offset, const tenbin_desc *desc, uint16_t pattern,
                   void *dense) {
  static const unsigned char ones[sizeof(double)] = {1, 1, 1, 1, 1, 1, 1, 1};
  const size_t bytes = tb_desc_bytes(desc);
  unsigned char *memory = tb_buffer_at(b, offset), *is_element = calloc(bytes + 1, 1);
  bool clean = true;
  if (!is_element)
    return tb_run_no_memory(r);
  tb_desc_gather(desc, memory, dense);
  tb_desc_fill(desc, ones, is_element);
  for (size_t i = 0; i < bytes && clean; i++)
    if (is_element[i])
      memory[i] = tb_poison_byte(offset + i, pattern);
    else if (memory[i] != tb_poison_byte(offset + i, pattern))
      clean = tb_run_fail(r, TB_GUARD, "write between the elements of %s, %zu bytes from its first", b->name, i);
  free(is_element);
  return clean;
}

void tb_placement_constants(const tb_placement *placement, tenbin_tensor constant[TB_TENSORS]) {
  memset(constant, 0, TB_TENSORS * sizeof *constant);
  for (int i = 0; i < placement->p.inputs; i++)
    if (placement->p.constant & 1u << i)
      constant[i] = placement->input[i];
}

bool tb_placement_make(tb_placement *placement, const tb_case *c) {
  char message[TB_MESSAGE_MAX];
  if (!tb_problem_make(c, &placement->p, message))
    return false;
  tb_problem_view(&placement->p, &placement->view);
  return true;
}

bool tb_placement_prepare(tb_run_context *r, tb_placement *placement) {
  tenbin_tensor constant[TB_TENSORS];
  tb_placement_constants(placement, constant);
  r->e->host.edge = placement->edge;
  tb_enter(r->e, TB_IN_PREPARE);
  return tb_run_status(r, r->kernel->prepare(&placement->view.problem, constant, &r->e->host.services, &placement->plan));
}

void tb_placement_release(tb_run_context *r, tb_placement *placement) {
  if (!placement->plan)
    return;
  tb_enter(r->e, TB_IN_RELEASE);
  r->kernel->release(placement->plan);
  placement->plan = NULL;
  tb_run_status(r, TENBIN_OK);
  if (r->e->host.wrong_frees)
    tb_run_fail(r, TB_ERROR, "host.free was called on memory that is not the host's, or was freed before");
}

bool tb_placement_run(tb_run_context *r, const tb_placement *placement, const tenbin_tensor *output, const void *args,
                      tenbin_generator *generator) {
  tb_buffer *w = &r->e->workspace;
  tb_enter(r->e, TB_IN_WORKSPACE);
  const size_t bytes = r->kernel->workspace ? r->kernel->workspace(placement->plan) : 0;
  if (!tb_run_status(r, TENBIN_OK))
    return false;
  if (!tb_run_workspace(r, bytes))
    return false;
  if (!tb_buffer_reserve(w, bytes))
    return tb_run_no_memory(r);
  void *workspace = tb_buffer_at(w, tb_buffer_place(w, bytes, r->kernel->alignment, placement->edge));
  memset(workspace, 0xff, bytes); /* NaN in every floating-point format */
  const tenbin_call call = {sizeof call, args, generator, placement->input, output, workspace};
  const int64_t before = r->e->host.calls;
  tb_enter(r->e, TB_IN_RUN);
  const tenbin_status returned = r->kernel->run(placement->plan, &call);
  r->report->run_allocations += r->e->host.calls - before;
  return tb_run_status(r, returned);
}

size_t tb_placement_alignment(const tb_run_context *r, const tenbin_desc *desc) {
  const size_t element = tb_dtype_bytes(desc->dtype);
  return element > r->kernel->alignment ? element : r->kernel->alignment;
}

bool tb_run_threads_clean(tb_run_context *r) {
  const int left = tb_process_threads_left(0);
  return left == 0 || tb_run_fail(r, TB_ERROR, "left %d thread%s", left, left == 1 ? "" : "s");
}

const int tb_more_threads[TB_MORE_THREADS] = {2, 3, 4, 7};

bool tb_placement_threads(tb_run_context *r, tb_placement *placement, int threads) {
  tb_case c = placement->p.c;
  c.threads = threads;
  return (tb_placement_make(placement, &c) && tb_host_threads(&r->e->host, threads)) || tb_run_no_memory(r);
}

void tb_run_inject_failures(tb_run_context *r, tb_placement *a, int64_t allocations,
                            tenbin_status (*attempt)(tb_run_context *r, tb_placement *a)) {
  enum { MOST = 16 };
  tb_host *host = &r->e->host;
  for (int64_t k = 1; k <= allocations && k <= MOST && r->outcome == TB_RAN; k++) {
    const int64_t live = host->live;
    host->fail = host->calls + k;
    const tenbin_status s = attempt(r, a);
    host->fail = 0;
    if (s == TENBIN_OK)
      tb_run_fail(r, TB_ERROR, "%s returned TENBIN_OK although allocation %d of %d had failed", tb_stage_name(*r->e->stage),
                  (int)k, (int)allocations);
    if (host->live != live)
      tb_run_fail(r, TB_ERROR, "%s kept %d allocations when allocation %d of %d had failed", tb_stage_name(*r->e->stage),
                  (int)(host->live - live), (int)k, (int)allocations);
  }
}
