/* A case of a function of its inputs on a kernel, inside the worker.
 *
 * SPDX-License-Identifier: MIT */
#include "digest.h"
#include "dtype.h"
#include "side.h"
#include "strides.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Fills an input where it has been placed; between its elements lies the poison. False: there is no memory. */
static bool fill(tb_running *r, tb_side *s, int role, uint64_t seed) {
  const tenbin_desc *desc = &s->p.input[role];
  const tb_buffer *b = &s->slot[TB_SLOT_INPUT + role];
  const size_t bytes = tb_desc_bytes(desc), offset = tb_buffer_place(b, bytes, tb_side_alignment(r, desc), s->place);
  if (tb_desc_is_dense(desc)) {
    s->p.c.op->fill(&s->p, role, seed, tb_buffer_writable(b, offset));
    return true;
  }
  void *dense = malloc(tb_desc_dense_bytes(desc) + 1);
  if (!dense)
    return tb_running_no_memory(r);
  s->p.c.op->fill(&s->p, role, seed, dense);
  unsigned char *memory = tb_buffer_writable(b, offset);
  for (size_t i = 0; i < bytes; i++)
    memory[i] = tb_poison_byte(i, s->poison);
  tb_desc_scatter(desc, dense, memory);
  free(dense);
  return true;
}

/* Places an output; an absent one is nowhere. */
static bool place_output(tb_running *r, tb_side *s, int i) {
  const tenbin_desc *desc = &s->p.output[i];
  tb_buffer *slot = &s->slot[TB_SLOT_OUTPUT + i];
  const size_t bytes = tb_desc_bytes(desc), dense = tb_desc_dense_bytes(desc);
  s->output[i] = (tenbin_tensor){*desc, NULL};
  s->dense[i] = NULL;
  if (desc->dtype == TENBIN_NONE)
    return true;
  s->written[i] = tb_desc_is_dense(desc) ? slot : &s->apart[i];
  if (!tb_buffer_reserve(slot, dense) || !tb_buffer_reserve(s->written[i], bytes))
    return tb_running_no_memory(r);
  s->offset[i] = tb_buffer_place(s->written[i], bytes, tb_side_alignment(r, desc), s->place);
  s->kept[i] = s->written[i] == slot ? s->offset[i] : 0;
  s->output[i].data = tb_buffer_at(s->written[i], s->offset[i]);
  s->dense[i] = tb_buffer_at(slot, s->kept[i]);
  return true;
}

/* Places the inputs, fills them, and finds places for the outputs. */
static bool place(tb_running *r, tb_side *s) {
  for (int role = 0; role < s->p.inputs; role++) {
    const tenbin_desc *desc = &s->p.input[role];
    tb_buffer *b = &s->slot[TB_SLOT_INPUT + role];
    const size_t bytes = tb_desc_bytes(desc);
    s->input[role] = (tenbin_tensor){*desc, NULL};
    if (desc->dtype == TENBIN_NONE)
      continue;
    if (!tb_buffer_reserve(b, bytes))
      return tb_running_no_memory(r);
    s->input[role].data = tb_buffer_at(b, tb_buffer_place(b, bytes, tb_side_alignment(r, desc), s->place));
    if (!fill(r, s, role, s->p.c.seed))
      return false;
  }
  bool ok = true;
  for (int i = 0; i < s->p.outputs && ok; i++)
    ok = place_output(r, s, i);
  return ok;
}

static void poison(const tb_side *s) {
  for (int i = 0; i < s->p.outputs; i++)
    if (s->output[i].data)
      tb_buffer_poison(s->written[i], s->offset[i], tb_desc_bytes(&s->p.output[i]), s->poison);
}

/* One run of a plan into the outputs of a side, which may be the other one's; their surroundings hold that side's pattern. */
static bool run_into(tb_running *r, const tb_side *s, const tb_side *into) {
  if (!tb_side_run(r, s, into->output, NULL, NULL))
    return false;
  for (int i = 0; i < into->p.outputs; i++) {
    const tenbin_tensor *y = &into->output[i];
    if (!y->data)
      continue;
    if (!tb_margins_clean(r, into->written[i], into->offset[i], tb_desc_bytes(&y->desc), into->poison))
      return false;
    if (y->data != into->dense[i] &&
        !tb_running_gather(r, into->written[i], into->offset[i], &y->desc, into->poison, into->dense[i]))
      return false;
  }
  return true;
}

static bool run_own(tb_running *r, const tb_side *s) {
  poison(s);
  return run_into(r, s, s);
}

/* Whether the outputs of both sides, which are as large, hold the same numbers. */
static bool equal(const tb_side *a, const tb_side *b) {
  bool same = true;
  for (int i = 0; i < a->p.outputs && same; i++)
    same = !a->dense[i] || tb_numbers_equal(a->p.c.op->flags, &a->p.output[i], a->dense[i], b->dense[i]);
  return same;
}

static XXH128_hash_t digest(const tb_side *s, const tb_side *where) {
  return tb_digest_answer(&s->p, (const void *const *)where->dense);
}

static bool all_zero(const tenbin_desc *desc, const void *dense) {
  const int64_t n = tb_desc_elements(desc);
  for (int64_t i = 0; i < n; i++)
    if (!tb_number_is_zero(desc->dtype, dense, i))
      return false;
  return true;
}

static void describe_answers(tb_running *r, const tb_side *a, const tb_side *b) {
  r->report->digest[0] = digest(a, a);
  r->report->digest[1] = digest(b, b);
  for (int i = 0; i < a->p.outputs; i++) {
    r->report->end[i] = (int64_t)a->kept[i];
    r->report->start[i] = (int64_t)b->kept[i];
    r->report->bytes[i] = (int64_t)tb_desc_dense_bytes(&a->p.output[i]);
  }
  r->report->all_zero = all_zero(&a->p.output[0], a->dense[0]);
}

/* The case's plan once more, into the buffers that hold the twin's answer. */
static bool run_again(tb_running *r, const tb_side *a, const tb_side *b) {
  return run_into(r, a, b) && equal(a, b);
}

/* A new plan that begins with other input, and then has the case's: one that keeps its first input is found out. */
static void other_input(tb_running *r, tb_side *a, const tb_side *b) {
  if (tb_desc_bytes(&a->p.input[0]) == 0 || !tb_side_prepare(r, a))
    return;
  const bool ran = fill(r, a, 0, a->p.c.seed + 1) && run_into(r, a, b) && fill(r, a, 0, a->p.c.seed);
  r->report->again_differs = ran && !run_again(r, a, b) && r->report->outcome == TB_RAN;
  tb_side_release(r, a);
}

/* Whether b holds a NaN, or what was never written, where a has a number. */
static bool brings_nan(const tenbin_desc *desc, const void *a, const void *b) {
  const int64_t n = tb_desc_elements(desc);
  for (int64_t i = 0; i < n; i++)
    if (isnan(tb_number(desc->dtype, b, i)) && !isnan(tb_number(desc->dtype, a, i)))
      return true;
  return false;
}

/* Into poison again: what the threads leave out shows only where the right answer does not stand there already. */
static void more_threads(tb_running *r, tb_side *a, const tb_side *b) {
  for (int threads = 2; threads <= 3 && r->report->outcome == TB_RAN && !r->report->threads_differ; threads++) {
    poison(b);
    if (tb_side_threads(r, a, threads) && tb_side_prepare(r, a) && !run_again(r, a, b) && r->report->outcome == TB_RAN)
      r->report->threads_differ = threads;
    tb_side_release(r, a);
  }
  if (r->report->threads_differ)
    r->report->threads_nan = brings_nan(&a->p.output[0], a->dense[0], b->dense[0]);
}

static tenbin_status starved(tb_running *r, tb_side *a) {
  tenbin_tensor constant[TB_TENSORS];
  tenbin_plan *plan = NULL;
  tb_side_constants(a, constant);
  r->e->stage = "prepare, with a failing allocation";
  const tenbin_status s = r->kernel->prepare(&a->view.problem, constant, &r->e->host.services, &plan);
  if (s == TENBIN_OK)
    r->kernel->release(plan);
  return s;
}

void tb_execute_tensors(tb_running *r, tb_side *a, tb_side *b, uint32_t checks) {
  tb_host *host = &r->e->host;
  int64_t allocations = 0;
  bool ok = place(r, a) && place(r, b) && tb_side_prepare(r, a);
  allocations = host->calls;
  ok = ok && run_own(r, a) && tb_side_prepare(r, b) && run_own(r, b);
  if (ok) {
    describe_answers(r, a, b);
    r->report->again_differs = !run_again(r, a, b) && r->report->outcome == TB_RAN;
    if (r->report->again_differs)
      r->report->again = digest(a, b);
  }
  tb_side_release(r, a);
  tb_side_release(r, b);
  if (ok && !r->report->again_differs && (checks & TB_CHECK_INPUT))
    other_input(r, a, b);
  if (!r->report->again_differs && (checks & TB_CHECK_ALLOCATIONS))
    tb_running_starve(r, a, allocations, starved);
  if (!r->report->again_differs && (checks & TB_CHECK_THREADS) && a->p.c.threads == 1)
    more_threads(r, a, b);
}
