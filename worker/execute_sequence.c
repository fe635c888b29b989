/* A case of calls on a generator, on a kernel, inside the worker. Between the calls the generator may be handed over to
 * another.
 *
 * SPDX-License-Identifier: MIT */
#include "calls.h"
#include "digest.h"
#include "dtype.h"
#include "placement.h"
#include "window.h"

#include <stdlib.h>
#include <string.h>

enum { HANDED_MAX = 100 }; /* a clone can cost more than a call */

/* A generator and how far it has come in the calls. */
struct sequence {
  tb_run_context *r;
  tb_placement *placement;
  const tenbin_generator_functions *f;
  tenbin_generator *generator;
  bool hand_over; /* to a clone, or to a restored one, after each call */
  int handed;     /* how often that has been done */
  size_t kept;    /* bytes of the numbers so far, in y */
  size_t state;   /* bytes of the generator's state; 0: not known yet */
  int64_t chunk;  /* of inject */
  uint64_t seed;
};

/* A call of a function of the generator. */
#define CALL(q, at, name, ...) (tb_enter((q)->r->e, at), tb_run_status((q)->r, (q)->f->name(__VA_ARGS__)))

static void close_generator(struct sequence *q, tenbin_generator *generator) {
  tb_enter(q->r->e, TB_IN_CLOSE);
  q->f->close(generator);
  tb_run_status(q->r, TENBIN_OK);
}

/* One call whose output is in memory that repeats. */
static bool draw_window(struct sequence *q, const tenbin_desc *desc, const tenbin_normal_args *args, unsigned char *out) {
  tb_window w;
  const size_t bytes = tb_desc_bytes(desc);
  if (!tb_window_open(&w, bytes))
    return tb_run_no_memory(q->r);
  const tenbin_tensor y = {*desc, w.data};
  const bool ok = tb_placement_run(q->r, q->placement, &y, args, q->generator);
  if (ok)
    memcpy(out, w.data, (size_t)TB_WINDOW);
  tb_window_close(&w);
  return ok;
}

static bool draw(struct sequence *q, const tb_call *call) {
  const tenbin_desc desc = tb_call_desc(call, q->placement->p.c.dtype);
  const tenbin_normal_args args = tb_call_args(tb_normal_of(&q->placement->p.c), call);
  const size_t bytes = tb_desc_bytes(&desc), kept = (size_t)tb_call_kept(call, desc.dtype) * tb_dtype_bytes(desc.dtype);
  unsigned char *out = tb_buffer_at(&q->placement->slot[TB_SLOT_OUTPUT], q->kept);
  tb_buffer *b = &q->placement->apart[0];
  q->kept += kept;
  if (!call->strided && kept < bytes)
    return draw_window(q, &desc, &args, out);
  if (!tb_buffer_reserve(b, bytes))
    return tb_run_no_memory(q->r);
  const size_t offset = tb_buffer_place(b, bytes, tb_placement_alignment(q->r, &desc), q->placement->edge);
  const tenbin_tensor y = {desc, tb_buffer_at(b, offset)};
  tb_buffer_poison(b, offset, bytes, q->placement->poison);
  if (!tb_placement_run(q->r, q->placement, &y, &args, q->generator) ||
      !tb_margins_clean(q->r, b, offset, bytes, q->placement->poison))
    return false;
  if (call->strided)
    return tb_run_gather(q->r, b, offset, &desc, q->placement->poison, out);
  memcpy(out, y.data, bytes);
  return true;
}

/* Sets q->state. */
static bool ask_size(struct sequence *q) {
  tb_enter(q->r->e, TB_IN_STATE_SIZE);
  const size_t bytes = q->f->state_size(q->generator);
  if (!tb_run_status(q->r, TENBIN_OK))
    return false;
  if (bytes > TB_STATE_MOST)
    return tb_run_fail(q->r, TB_ERROR, "state_size returned %zu, and a state has up to %d bytes", bytes, (int)TB_STATE_MOST);
  if (q->state && bytes != q->state)
    return tb_run_fail(q->r, TB_ERROR, "state_size returned %zu, and %zu before", bytes, q->state);
  q->state = bytes;
  return true;
}

static bool inject(struct sequence *q) {
  unsigned char state[TB_STATE_BYTES];
  tb_inject_state(q->seed, q->chunk, state);
  return CALL(q, TB_IN_RESTORE, restore, q->generator, state, sizeof state);
}

/* Another generator takes over: a clone, or one of another seed that is restored to the state of this one. This one is then
 * seeded and closed, which must not change the other. */
static bool hand_over(struct sequence *q) {
  tenbin_generator *other = NULL;
  if (q->handed++ % 2 == 0) {
    if (!CALL(q, TB_IN_CLONE, clone, q->generator, &other))
      return false;
  } else {
    if (!ask_size(q))
      return false;
    void *state = malloc(q->state + 1);
    bool ok = state || tb_run_no_memory(q->r);
    ok = ok && CALL(q, TB_IN_SAVE, save, q->generator, state) &&
         CALL(q, TB_IN_OPEN, open, ~q->seed, &q->r->e->host.services, &other) &&
         CALL(q, TB_IN_RESTORE, restore, other, state, q->state);
    free(state);
    if (!ok) {
      if (other)
        close_generator(q, other);
      return false;
    }
  }
  const bool ok = CALL(q, TB_IN_SEED, seed, q->generator, ~q->seed);
  close_generator(q, q->generator);
  q->generator = other;
  return ok;
}

/* Seeds the generator; where generators are handed over, a new one of that seed replaces it. */
static bool begin_anew(struct sequence *q) {
  tenbin_generator *other = NULL;
  if (!q->hand_over || q->handed >= HANDED_MAX)
    return CALL(q, TB_IN_SEED, seed, q->generator, q->seed);
  if (!CALL(q, TB_IN_OPEN, open, q->seed, &q->r->e->host.services, &other))
    return false;
  close_generator(q, q->generator);
  q->generator = other;
  return true;
}

/* The state after item i of calls=, for the judge. */
static bool keep_state(struct sequence *q, int i) {
  tb_buffer *slot = &q->placement->slot[TB_SLOT_STATES];
  if (!ask_size(q))
    return false;
  if (i == 0 && !tb_buffer_reserve(slot, q->state * TB_CALLS_MAX))
    return tb_run_no_memory(q->r);
  q->r->report->state_bytes = (int64_t)q->state;
  return CALL(q, TB_IN_SAVE, save, q->generator, tb_buffer_writable(slot, q->state * (size_t)i));
}

static bool item(struct sequence *q, const tb_call *call) {
  if (call->kind == TB_RESEED)
    return begin_anew(q);
  if (call->kind == TB_INJECT)
    return inject(q);
  return draw(q, call) && (!q->hand_over || q->handed >= HANDED_MAX || hand_over(q));
}

static bool all_items(struct sequence *q) {
  const tb_normal *n = tb_normal_of(&q->placement->p.c);
  for (int64_t s = 0; s < n->seeds; s++) {
    q->seed = q->placement->p.c.seed + (uint64_t)s;
    if (s > 0 && !begin_anew(q))
      return false;
    for (int64_t k = 0; k < n->repeat; k++, q->chunk++)
      for (int i = 0; i < n->calls; i++) {
        const bool last = s == n->seeds - 1 && k == n->repeat - 1;
        if (!item(q, &n->call[i]) || (last && !q->hand_over && !keep_state(q, i)))
          return false;
      }
  }
  return true;
}

/* Makes all calls, on a new plan and a new generator. False: something failed, and is reported. */
static bool draw_all(tb_run_context *r, tb_placement *placement, bool hand_over) {
  struct sequence q = {.r = r, .placement = placement, .f = r->kernel->generator, .hand_over = hand_over};
  if (!tb_buffer_reserve(&placement->slot[TB_SLOT_OUTPUT], (size_t)placement->p.kept * tb_dtype_bytes(placement->p.c.dtype)))
    return tb_run_no_memory(r);
  if (!tb_placement_prepare(r, placement))
    return false;
  bool ok = CALL(&q, TB_IN_OPEN, open, placement->p.c.seed, &r->e->host.services, &q.generator);
  if (ok) {
    ok = all_items(&q);
    close_generator(&q, q.generator);
  }
  tb_placement_release(r, placement);
  return ok && r->outcome == TB_RAN;
}

static XXH128_hash_t digest(const tb_placement *placement) {
  return tb_digest_numbers(placement->p.c.dtype, tb_buffer_at(&placement->slot[TB_SLOT_OUTPUT], 0), placement->p.kept);
}

/* Draws all numbers again. Whether they differ from the first ones. */
static bool differs(tb_run_context *r, tb_placement *b, bool hand_over, XXH128_hash_t first) {
  if (!draw_all(r, b, hand_over))
    return false;
  r->report->again = digest(b);
  return !XXH128_isEqual(first, r->report->again);
}

static tenbin_status attempt(tb_run_context *r, tb_placement *a) {
  const tenbin_host *host = &r->e->host.services;
  tenbin_plan *plan = NULL;
  tenbin_generator *generator = NULL;
  tb_enter(r->e, TB_IN_FAILING_PREPARE);
  tenbin_status s = r->kernel->prepare(&a->view.problem, NULL, host, &plan);
  if (s != TENBIN_OK)
    return s;
  tb_enter(r->e, TB_IN_FAILING_OPEN);
  s = r->kernel->generator->open(a->p.c.seed, host, &generator);
  if (s == TENBIN_OK)
    r->kernel->generator->close(generator);
  r->kernel->release(plan);
  return s;
}

/* The numbers have to be the same for every number of threads. */
static void more_threads(tb_run_context *r, tb_placement *b, XXH128_hash_t first) {
  tb_run_threads_clean(r);
  for (int i = 0; i < TB_MORE_THREADS && r->outcome == TB_RAN && !r->report->threads_differ; i++)
    if (tb_placement_threads(r, b, tb_more_threads[i]) && differs(r, b, false, first))
      r->report->threads_differ = tb_more_threads[i];
}

static bool complete(const tenbin_generator_functions *f) {
  return f && f->open && f->seed && f->clone && f->state_size && f->save && f->restore && f->close;
}

void tb_execute_sequence(tb_run_context *r, tb_placement *a, tb_placement *b, uint32_t checks) {
  const int64_t once = INT64_C(1) << 28; /* so many numbers are drawn only once */
  const int64_t many = 1000;             /* a case of more calls is not repeated with more threads */
  tb_report *report = r->report;
  if (!complete(r->kernel->generator)) {
    tb_run_fail(r, TB_ERROR, "a kernel of %s has all generator functions", a->p.c.op->name);
    return;
  }
  if (!draw_all(r, a, false))
    return;
  const int64_t allocations = r->e->host.calls;
  r->e->answered = TB_ANSWERS_FULL; /* what the parent reads is in the slots */
  if (a->p.drawn > once)
    return;
  const XXH128_hash_t first = digest(a);
  if (differs(r, b, true, first)) {
    report->again_differs = differs(r, b, false, first);
    report->handed_differs = !report->again_differs && differs(r, b, true, first);
  }
  if (r->outcome != TB_RAN || report->again_differs || report->handed_differs)
    return;
  if (checks & TB_CHECK_ALLOCATIONS)
    tb_run_inject_failures(r, a, allocations, attempt);
  if ((checks & TB_CHECK_THREADS) && a->p.c.threads == 1 &&
      tb_normal_of(&a->p.c)->repeat * tb_normal_of(&a->p.c)->seeds <= many)
    more_threads(r, b, first);
}
