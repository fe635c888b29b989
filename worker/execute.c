/* A case on a kernel, inside the worker.
 *
 * SPDX-License-Identifier: MIT */
#include "machine_state.h"
#include "placement.h"
#include "process_state.h"
#include "registry.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool tb_execution_init(tb_execution *e, volatile int32_t *stage) {
  memset(e, 0, sizeof *e);
  for (int i = 0; i < TB_SLOTS; i++)
    tb_buffer_init(&e->slot[i], "", tb_slot_is_output(i) ? TB_FD_OUTPUTS : TB_FD_INPUTS, i * TB_SLOT_BYTES,
                   !tb_slot_is_output(i));
  tb_buffer_init(&e->workspace, "workspace", -1, 0, false);
  tb_buffer_init(&e->answers, "", TB_FD_OUTPUTS, TB_ANSWERS_OFFSET, false);
  for (int i = 0; i < 2 * TB_TENSORS; i++)
    tb_buffer_init(&e->apart[i / TB_TENSORS][i % TB_TENSORS], "", -1, 0, false);
  e->stage = stage;
  return tb_host_init(&e->host);
}

void tb_execution_free(tb_execution *e) {
  for (int i = 0; i < TB_SLOTS; i++)
    tb_buffer_free(&e->slot[i]);
  tb_buffer_free(&e->workspace);
  tb_buffer_free(&e->answers);
  for (int i = 0; i < 2 * TB_TENSORS; i++)
    tb_buffer_free(&e->apart[i / TB_TENSORS][i % TB_TENSORS]);
  tb_host_free(&e->host);
}

void tb_execution_begin(tb_execution *e) {
  e->answered = 0;
}

bool tb_execution_full(const tb_execution *e) {
  return e->answered >= TB_ANSWERS_FULL;
}

const tb_buffer *tb_execution_hit(const tb_execution *e, const void *address, const char **where) {
  for (int i = 0; i < TB_SLOTS; i++)
    if ((*where = tb_buffer_hit(&e->slot[i], address)))
      return &e->slot[i];
  if ((*where = tb_buffer_hit(&e->workspace, address)))
    return &e->workspace;
  for (int i = 0; i < 2 * TB_TENSORS; i++)
    if ((*where = tb_buffer_hit(&e->apart[i / TB_TENSORS][i % TB_TENSORS], address)))
      return &e->apart[i / TB_TENSORS][i % TB_TENSORS];
  for (size_t i = 0; i < e->host.allocations; i++)
    if ((*where = tb_buffer_hit(&e->host.allocation[i]->buffer, address)))
      return &e->host.allocation[i]->buffer;
  return NULL;
}

/* What messages call what is in a slot of an operator. */
static const char *role_name(const tb_operator *op, int slot) {
  if (op->sequence && slot == TB_SLOT_STATES)
    return "a generator's states";
  const tb_role *role = slot < TB_SLOT_OUTPUT ? op->input : op->output;
  for (int i = slot % TB_SLOT_OUTPUT; i > 0 && role->name; i--)
    role++;
  return role->name ? role->name : "";
}

/* Calls the buffers what an operator calls its tensors. */
static void name_buffers(tb_execution *e, const tb_operator *op) {
  static const tb_operator *named;
  if (op == named)
    return;
  named = op;
  for (int i = 0; i < TB_SLOTS; i++)
    tb_buffer_call(&e->slot[i], role_name(op, i % TB_SLOT_START));
  for (int i = 0; i < 2 * TB_TENSORS; i++)
    tb_buffer_call(&e->apart[i / TB_TENSORS][i % TB_TENSORS], role_name(op, TB_SLOT_OUTPUT + i % TB_TENSORS));
}

static bool make_placements(tb_run_context *r, const tb_case *c, bool second, tb_placement *a, tb_placement *b) {
  const tb_case twin = tb_case_twin(c);
  a->edge = second ? TB_START : TB_END;
  a->poison = TB_POISON_END;
  a->slot = &r->e->slot[0];
  a->apart = r->e->apart[0];
  b->edge = second ? TB_END : TB_START;
  b->poison = TB_POISON_START;
  b->slot = &r->e->slot[TB_SLOT_START];
  b->apart = r->e->apart[1];
  a->plan = b->plan = NULL;
  if (!tb_placement_make(a, c) || !tb_placement_make(b, &twin))
    return false;
  name_buffers(r->e, c->op);
  return true;
}

static void run_case(tb_run_context *r, const tb_case *c, uint32_t checks) {
  static tb_placement a, b; /* large, and one case runs at a time */
  tb_execution *e = r->e;
  tenbin_answer answer = {.struct_size = sizeof answer};
  if (!make_placements(r, c, checks & TB_RUN_SECOND, &a, &b)) {
    tb_run_fail(r, TB_FAULT, "the case is invalid");
    return;
  }
  if (checks & TB_CHECK_THREADS)
    tb_process_threads_keep();
  tb_enter(e, TB_IN_SUPPORTS);
  const tenbin_status s = r->kernel->supports(&a.view.problem, &answer);
  if (s == TENBIN_UNSUPPORTED) {
    char why[TB_WHY];
    tb_machine_state_restore();
    tb_registry_why(&answer, why);
    tb_run_fail(r, TB_UNSUPPORTED, "%s", why);
    return;
  }
  if (!tb_run_status(r, s))
    return;
  r->report->claim = answer.claim;
  if (answer.claim < 0 || answer.claim > 31 || !(c->op->claims >> answer.claim & 1)) {
    tb_run_fail(r, TB_ERROR, "supports claims %d, which is no claim of %s", (int)answer.claim, c->op->name);
    return;
  }
  tb_host_reset(&e->host);
  if (!tb_host_threads(&e->host, c->threads))
    tb_run_no_memory(r);
  else if (c->op->sequence)
    tb_execute_sequence(r, &a, &b, checks);
  else
    tb_execute_tensors(r, &a, &b, checks);
  r->report->leaked = e->host.live;
  r->report->leaked_bytes = (int64_t)e->host.allowance.live;
}

void tb_execute(tb_execution *e, const tb_case *c, const tenbin_kernel *kernel, uint32_t checks, tb_report *report) {
  tb_run_context r = {e, kernel, &e->host.allowance, report, TB_RAN, TB_IN_IDLE};
  run_case(&r, c, checks);
  tb_run_end(&r);
}
