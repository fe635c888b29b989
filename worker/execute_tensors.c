/* A case of a function of its inputs on a kernel, inside the worker.
 *
 * SPDX-License-Identifier: MIT */
#include "digest.h"
#include "side.h"

#include <math.h>
#include <string.h>

/* Fills an input where it has been placed. */
static void fill(tb_running *r, tb_side *s, int role, uint64_t seed) {
  const tb_buffer *b = &s->slot[role];
  const size_t bytes = tb_desc_bytes(&s->p.input[role]);
  tb_fill_f32(&s->p, role, seed,
              tb_buffer_writable(b, tb_buffer_place(b, bytes, tb_side_alignment(r, &s->p.input[role]), s->place)));
}

/* Places the inputs, fills them, and finds a place for y. */
static bool place(tb_running *r, tb_side *s) {
  for (int role = 0; role < s->p.inputs; role++) {
    const tenbin_desc *desc = &s->p.input[role];
    const size_t bytes = tb_desc_bytes(desc);
    s->input[role] = (tenbin_tensor){*desc, NULL};
    if (desc->dtype == TENBIN_NONE)
      continue;
    if (!tb_buffer_reserve(&s->slot[role], bytes))
      return tb_running_no_memory(r);
    s->input[role].data =
        tb_buffer_at(&s->slot[role], tb_buffer_place(&s->slot[role], bytes, tb_side_alignment(r, desc), s->place));
    fill(r, s, role, s->p.c.seed);
  }
  const size_t bytes = tb_desc_bytes(&s->p.output[0]);
  if (!tb_buffer_reserve(&s->slot[TB_SLOT_Y_END], bytes))
    return tb_running_no_memory(r);
  s->y_offset = tb_buffer_place(&s->slot[TB_SLOT_Y_END], bytes, tb_side_alignment(r, &s->p.output[0]), s->place);
  s->y = (tenbin_tensor){s->p.output[0], tb_buffer_at(&s->slot[TB_SLOT_Y_END], s->y_offset)};
  return true;
}

static void poison(const tb_side *s) {
  tb_buffer_poison(&s->slot[TB_SLOT_Y_END], s->y_offset, tb_desc_bytes(&s->p.output[0]), s->poison);
}

static bool run_own(tb_running *r, const tb_side *s) {
  poison(s);
  return tb_side_run(r, s, &s->slot[TB_SLOT_Y_END], s->y_offset, &s->y, s->poison, NULL, NULL);
}

static bool equal(const float *a, const float *b, size_t bytes) {
  if (bytes == 0 || memcmp(a, b, bytes) == 0)
    return true;
  for (size_t i = 0; i < bytes / sizeof *a; i++)
    if (tb_canonical_bits(a[i]) != tb_canonical_bits(b[i]))
      return false;
  return true;
}

static void describe_answers(tb_running *r, const tb_side *a, const tb_side *b) {
  const float *y = a->y.data;
  const int64_t n = tb_desc_elements(&a->p.output[0]);
  r->report->digest[0] = tb_digest_y(&a->p.output[0], y);
  r->report->digest[1] = tb_digest_y(&b->p.output[0], b->y.data);
  r->report->y_end = (int64_t)a->y_offset;
  r->report->y_start = (int64_t)b->y_offset;
  r->report->y_bytes = (int64_t)tb_desc_bytes(&a->p.output[0]);
  r->report->all_zero = 1;
  for (int64_t i = 0; i < n && r->report->all_zero; i++)
    r->report->all_zero = y[i] == 0;
}

/* The case's plan once more, into the buffer that holds the twin's answer. */
static bool run_again(tb_running *r, const tb_side *a, const tb_side *b) {
  const size_t bytes = tb_desc_bytes(&a->p.output[0]);
  return tb_side_run(r, a, &b->slot[TB_SLOT_Y_END], b->y_offset, &b->y, b->poison, NULL, NULL) &&
         equal(a->y.data, b->y.data, bytes);
}

/* A new plan that begins with other input, and then has the case's: one that keeps its first input is found out. */
static void other_input(tb_running *r, tb_side *a, const tb_side *b) {
  if (tb_desc_bytes(&a->p.input[TENBIN_X]) == 0 || !tb_side_prepare(r, a))
    return;
  fill(r, a, TENBIN_X, a->p.c.seed + 1);
  const bool ran = tb_side_run(r, a, &b->slot[TB_SLOT_Y_END], b->y_offset, &b->y, b->poison, NULL, NULL);
  fill(r, a, TENBIN_X, a->p.c.seed);
  r->report->again_differs = ran && !run_again(r, a, b) && r->report->outcome == TB_RAN;
  tb_side_release(r, a);
}

/* Whether b holds a NaN, or what was never written, where a has a number. */
static bool brings_nan(const float *a, const float *b, int64_t n) {
  for (int64_t i = 0; i < n; i++)
    if (isnan(b[i]) && !isnan(a[i]))
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
    r->report->threads_nan = brings_nan(a->y.data, b->y.data, tb_desc_elements(&a->p.output[0]));
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
      r->report->again = tb_digest_y(&a->p.output[0], b->y.data);
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
