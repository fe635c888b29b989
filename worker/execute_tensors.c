/* A case of a function of its inputs on a kernel, inside the worker.
 *
 * SPDX-License-Identifier: MIT */
#include "digest.h"
#include "dtype.h"
#include "placement.h"
#include "strides.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Fills a placed input, and the gaps between its elements with poison. False: there is no memory. */
static bool fill(tb_run_context *r, tb_placement *placement, int role, uint64_t seed) {
  const tenbin_desc *desc = &placement->p.input[role];
  const tb_buffer *b = &placement->slot[TB_SLOT_INPUT + role];
  const size_t bytes = tb_desc_bytes(desc),
               offset = tb_buffer_place(b, bytes, tb_placement_alignment(r, desc), placement->edge);
  if (tb_desc_is_dense(desc))
    return placement->p.c.op->fill(&placement->p, role, seed, tb_buffer_writable(b, offset)) || tb_run_no_memory(r);
  void *dense = malloc(tb_desc_dense_bytes(desc) + 1);
  if (!dense || !placement->p.c.op->fill(&placement->p, role, seed, dense)) {
    free(dense);
    return tb_run_no_memory(r);
  }
  unsigned char *memory = tb_buffer_writable(b, offset);
  for (size_t i = 0; i < bytes; i++)
    memory[i] = tb_poison_byte(i, placement->poison);
  tb_desc_scatter(desc, dense, memory);
  free(dense);
  return true;
}

/* Places an output; an absent one has no data. */
static bool place_output(tb_run_context *r, tb_placement *placement, int i) {
  const tenbin_desc *desc = &placement->p.output[i];
  tb_buffer *slot = &placement->slot[TB_SLOT_OUTPUT + i];
  const size_t bytes = tb_desc_bytes(desc), dense = tb_desc_dense_bytes(desc);
  placement->output[i] = (tenbin_tensor){*desc, NULL};
  placement->dense[i] = NULL;
  if (desc->dtype == TENBIN_NONE)
    return true;
  placement->written[i] = tb_desc_is_dense(desc) ? slot : &placement->apart[i];
  if (!tb_buffer_reserve(slot, dense) || !tb_buffer_reserve(placement->written[i], bytes))
    return tb_run_no_memory(r);
  placement->offset[i] = tb_buffer_place(placement->written[i], bytes, tb_placement_alignment(r, desc), placement->edge);
  placement->kept[i] = placement->written[i] == slot ? placement->offset[i] : 0;
  placement->output[i].data = tb_buffer_at(placement->written[i], placement->offset[i]);
  placement->dense[i] = tb_buffer_at(slot, placement->kept[i]);
  return true;
}

/* Places and fills the inputs, and places the outputs. */
static bool place_tensors(tb_run_context *r, tb_placement *placement) {
  for (int role = 0; role < placement->p.inputs; role++) {
    const tenbin_desc *desc = &placement->p.input[role];
    tb_buffer *b = &placement->slot[TB_SLOT_INPUT + role];
    const size_t bytes = tb_desc_bytes(desc);
    placement->input[role] = (tenbin_tensor){*desc, NULL};
    if (desc->dtype == TENBIN_NONE)
      continue;
    if (!tb_buffer_reserve(b, bytes))
      return tb_run_no_memory(r);
    placement->input[role].data = tb_buffer_at(b, tb_buffer_place(b, bytes, tb_placement_alignment(r, desc), placement->edge));
    if (!fill(r, placement, role, placement->p.c.seed))
      return false;
  }
  bool ok = true;
  for (int i = 0; i < placement->p.outputs && ok; i++)
    ok = place_output(r, placement, i);
  return ok;
}

static void poison(const tb_placement *placement) {
  for (int i = 0; i < placement->p.outputs; i++)
    if (placement->output[i].data)
      tb_buffer_poison(placement->written[i], placement->offset[i], tb_desc_bytes(&placement->p.output[i]), placement->poison);
}

/* Runs a plan into the outputs of a placement, its own or the other one, whose pattern is in their margins. */
static bool run_into(tb_run_context *r, const tb_placement *placement, const tb_placement *into) {
  if (!tb_placement_run(r, placement, into->output, NULL, NULL))
    return false;
  for (int i = 0; i < into->p.outputs; i++) {
    const tenbin_tensor *y = &into->output[i];
    if (!y->data)
      continue;
    if (!tb_margins_clean(r, into->written[i], into->offset[i], tb_desc_bytes(&y->desc), into->poison))
      return false;
    if (y->data != into->dense[i] &&
        !tb_run_gather(r, into->written[i], into->offset[i], &y->desc, into->poison, into->dense[i]))
      return false;
  }
  return true;
}

static bool run_own(tb_run_context *r, const tb_placement *placement) {
  poison(placement);
  return run_into(r, placement, placement);
}

/* Whether the outputs of both placements, which have the same sizes, hold the same numbers. */
static bool equal(const tb_placement *a, const tb_placement *b) {
  bool same = true;
  for (int i = 0; i < a->p.outputs && same; i++)
    same = !a->dense[i] || tb_numbers_equal(a->p.c.op->flags, &a->p.output[i], a->dense[i], b->dense[i]);
  return same;
}

static XXH128_hash_t digest(const tb_placement *placement, const tb_placement *where) {
  return tb_digest_answer(&placement->p, (const void *const *)where->dense);
}

static void append(tb_execution *e, const tb_placement *placement) {
  for (int i = 0; i < placement->p.outputs; i++)
    if (placement->dense[i]) {
      const size_t bytes = tb_desc_dense_bytes(&placement->p.output[i]);
      memcpy(tb_buffer_at(&e->answers, (size_t)e->answered), placement->dense[i], bytes);
      e->answered += tb_answer_room((int64_t)bytes);
    }
}

/* Hands the answers of both placements to the parent. */
static bool hand_answers(tb_run_context *r, const tb_placement *a, const tb_placement *b) {
  tb_execution *e = r->e;
  int64_t bytes = 0;
  for (int i = 0; i < a->p.outputs; i++) {
    r->report->end[i] = (int64_t)a->kept[i];
    r->report->start[i] = (int64_t)b->kept[i];
    bytes += 2 * tb_answer_room((int64_t)tb_desc_dense_bytes(&a->p.output[i]));
  }
  if (!tb_buffer_reserve(&e->answers, (size_t)(e->answered + bytes)))
    return tb_run_no_memory(r);
  r->report->answer = e->answered;
  append(e, a);
  append(e, b);
  return true;
}

/* Runs the case's plan again, into the buffers that hold the twin's answer. */
static bool run_again(tb_run_context *r, const tb_placement *a, const tb_placement *b) {
  return run_into(r, a, b) && equal(a, b);
}

/* Runs a new plan on other input and then on the case's, to find a plan that keeps its first input. */
static void other_input(tb_run_context *r, tb_placement *a, const tb_placement *b) {
  if (tb_desc_bytes(&a->p.input[0]) == 0 || !tb_placement_prepare(r, a))
    return;
  const bool ran = fill(r, a, 0, a->p.c.seed + 1) && run_into(r, a, b) && fill(r, a, 0, a->p.c.seed);
  r->report->again_differs = ran && !run_again(r, a, b) && r->outcome == TB_RAN;
  tb_placement_release(r, a);
}

/* Whether b holds a NaN, or what was never written, where a has a number. */
static bool brings_nan(const tenbin_desc *desc, const void *a, const void *b) {
  const int64_t n = tb_desc_elements(desc);
  for (int64_t i = 0; i < n; i++)
    if (isnan(tb_number(desc->dtype, b, i)) && !isnan(tb_number(desc->dtype, a, i)))
      return true;
  return false;
}

/* The outputs are poisoned again: an element that no thread writes would show nothing on top of the right answer. */
static void more_threads(tb_run_context *r, tb_placement *a, const tb_placement *b) {
  tb_run_threads_clean(r);
  for (int i = 0; i < TB_MORE_THREADS && r->outcome == TB_RAN && !r->report->threads_differ; i++) {
    const int threads = tb_more_threads[i];
    poison(b);
    if (tb_placement_threads(r, a, threads) && tb_placement_prepare(r, a) && !run_again(r, a, b) && r->outcome == TB_RAN)
      r->report->threads_differ = threads;
    tb_placement_release(r, a);
  }
  if (r->report->threads_differ)
    r->report->threads_nan = brings_nan(&a->p.output[0], a->dense[0], b->dense[0]);
}

static tenbin_status attempt(tb_run_context *r, tb_placement *a) {
  tenbin_tensor constant[TB_TENSORS];
  tenbin_plan *plan = NULL;
  tb_placement_constants(a, constant);
  tb_enter(r->e, TB_IN_FAILING_PREPARE);
  const tenbin_status s = r->kernel->prepare(&a->view.problem, constant, &r->e->host.services, &plan);
  if (s == TENBIN_OK)
    r->kernel->release(plan);
  return s;
}

void tb_execute_tensors(tb_run_context *r, tb_placement *a, tb_placement *b, uint32_t checks) {
  tb_host *host = &r->e->host;
  int64_t allocations = 0;
  tb_placement *first = checks & TB_RUN_SECOND ? b : a, *second = first == a ? b : a;
  bool ok = place_tensors(r, a) && place_tensors(r, b) && tb_placement_prepare(r, first);
  allocations = host->calls;
  ok = ok && run_own(r, first) && tb_placement_prepare(r, second) && run_own(r, second) && hand_answers(r, a, b);
  if (ok) {
    r->report->again_differs = !run_again(r, a, b) && r->outcome == TB_RAN;
    if (r->report->again_differs)
      r->report->again = digest(a, b);
  }
  tb_placement_release(r, a);
  tb_placement_release(r, b);
  if (ok && !r->report->again_differs && (checks & TB_CHECK_INPUT))
    other_input(r, a, b);
  if (!r->report->again_differs && (checks & TB_CHECK_ALLOCATIONS))
    tb_run_inject_failures(r, a, allocations, attempt);
  if (!r->report->again_differs && (checks & TB_CHECK_THREADS) && a->p.c.threads == 1)
    more_threads(r, a, b);
}
