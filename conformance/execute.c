/* A case on a kernel, inside the worker.
 *
 * SPDX-License-Identifier: MIT */
#include "execute.h"

#include "registry.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MARGIN 64 /* elements of poison on either side of an output, as far as its pages reach */

/* One run of a case: where everything lies. */
struct run {
  tb_execution *e;
  const tb_problem *p;
  const tenbin_kernel *kernel;
  tb_report *report;
  tb_place place;
  uint32_t poison;
  tb_buffer *y;
  size_t y_offset;
  tenbin_tensor input[3], output[1];
  tenbin_plan *plan;
  void *workspace;
};

static const char *const slot_names[TB_SLOTS] = {"x", "weight", "bias", "y", "y"};

bool tb_execution_init(tb_execution *e, int shared) {
  memset(e, 0, sizeof *e);
  for (int i = 0; i < TB_SLOTS; i++)
    tb_buffer_init(&e->slot[i], slot_names[i], shared, i * TB_SLOT_BYTES, i <= TB_SLOT_B);
  tb_buffer_init(&e->workspace, "workspace", -1, 0, false);
  tb_buffer_init(&e->draw, "y", -1, 0, false);
  e->stage = "idle";
  return ftruncate(shared, TB_SLOTS * TB_SLOT_BYTES) == 0 && tb_host_init(&e->host);
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

/* The outcome, unless there is one already: the first thing that goes wrong is the one to report. */
__attribute__((format(printf, 3, 4))) static bool outcome(struct run *r, tb_outcome what, const char *format, ...) {
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

static bool status(struct run *r, tenbin_status s) {
  static const char *const words[] = {"TENBIN_OK", "TENBIN_OUT_OF_MEMORY", "TENBIN_UNSUPPORTED", "TENBIN_FAILED"};
  if (s == TENBIN_OK)
    return true;
  return outcome(r, TB_ERROR, "%s returned %s", r->e->stage, (unsigned)s < 4 ? words[s] : "a number that is no tenbin_status");
}

static bool no_memory(struct run *r) {
  return outcome(r, TB_ERROR, "the suite has no memory for this case");
}

/* Places input `role` and gives its tensor; data comes later, from fill_input. */
static bool place_input(struct run *r, int role) {
  const tenbin_desc *desc = &r->p->input[role];
  tb_buffer *b = &r->e->slot[role];
  r->input[role] = (tenbin_tensor){*desc, NULL};
  if (desc->dtype == TENBIN_NONE)
    return true;
  size_t bytes = tb_desc_bytes(desc);
  if (!tb_buffer_reserve(b, bytes))
    return no_memory(r);
  r->input[role].data = tb_buffer_at(b, tb_buffer_place(b, bytes, r->kernel->alignment, r->place));
  return true;
}

static void fill_input(struct run *r, int role, uint64_t seed) {
  const tenbin_desc *desc = &r->p->input[role];
  tb_buffer *b = &r->e->slot[role];
  if (desc->dtype != TENBIN_NONE && tb_desc_bytes(desc) > 0)
    tb_fill_f32(r->p, role, seed,
                tb_buffer_writable(b, tb_buffer_place(b, tb_desc_bytes(desc), r->kernel->alignment, r->place)));
}

/* The part of y's pages that is poisoned around `bytes` bytes at offset. */
static void margins(const tb_buffer *b, size_t offset, size_t bytes, size_t *from, size_t *to) {
  const size_t margin = MARGIN * sizeof(uint32_t);
  *from = offset > margin ? offset - margin : 0;
  *to = b->capacity - offset - bytes > margin ? offset + bytes + margin : b->capacity;
}

static void poison(const tb_buffer *b, size_t offset, size_t bytes, uint32_t pattern) {
  size_t from, to;
  margins(b, offset, bytes, &from, &to);
  uint32_t *words = tb_buffer_at(b, from);
  for (size_t i = 0; i < (to - from) / sizeof *words; i++)
    words[i] = pattern;
}

/* What alignment leaves between a buffer and its guard is watched too. */
static bool margins_clean(struct run *r, const tb_buffer *b, size_t offset, size_t bytes, uint32_t pattern) {
  size_t from, to;
  margins(b, offset, bytes, &from, &to);
  for (size_t at = from; at < to; at += sizeof pattern)
    if ((at < offset || at >= offset + bytes) && memcmp(tb_buffer_at(b, at), &pattern, sizeof pattern) != 0)
      return outcome(r, TB_GUARD, "write %s %s: %zu bytes %s", at < offset ? "before the beginning of" : "past the end of",
                     b->name, at < offset ? offset - at : at - offset - bytes, at < offset ? "before it" : "behind it");
  return true;
}

static bool place_output(struct run *r, tb_buffer *b, size_t bytes) {
  if (!tb_buffer_reserve(b, bytes))
    return no_memory(r);
  r->y = b;
  r->y_offset = tb_buffer_place(b, bytes, r->kernel->alignment, r->place);
  r->output[0] = (tenbin_tensor){r->p->output[0], tb_buffer_at(b, r->y_offset)};
  return true;
}

static bool prepare(struct run *r) {
  tenbin_tensor constant[3] = {0};
  for (int i = 0; i < r->p->problem.inputs; i++)
    if (r->p->problem.constant & 1u << i)
      constant[i] = r->input[i];
  tb_host_reset(&r->e->host, r->place);
  r->e->stage = "prepare";
  if (!status(r, r->kernel->prepare(&r->p->problem, constant, &r->e->host.services, &r->plan)))
    return false;
  size_t bytes = r->kernel->workspace ? r->kernel->workspace(r->plan) : 0;
  tb_buffer *w = &r->e->workspace;
  r->report->plan_bytes = r->e->host.live_bytes;
  r->report->workspace_bytes = (int64_t)bytes;
  if (!tb_buffer_reserve(w, bytes))
    return no_memory(r);
  r->workspace = tb_buffer_at(w, tb_buffer_place(w, bytes, r->kernel->alignment, r->place));
  memset(r->workspace, 0xff, bytes); /* NaN in every floating-point format */
  return true;
}

static void release(struct run *r) {
  if (!r->plan)
    return;
  r->e->stage = "release";
  r->kernel->release(r->plan);
  r->plan = NULL;
  if (r->e->host.live > r->report->leaked) {
    r->report->leaked = r->e->host.live;
    r->report->leaked_bytes = r->e->host.live_bytes;
  }
  if (r->e->host.wrong_frees)
    outcome(r, TB_ERROR, "host.free was called on memory that is not the host's, or was freed before");
}

static bool run(struct run *r, const void *args, tenbin_generator *generator) {
  const tenbin_call call = {sizeof call, args, generator, r->input, r->output, r->workspace};
  const int64_t before = r->e->host.calls;
  r->e->stage = "run";
  tenbin_status s = r->kernel->run(r->plan, &call);
  r->report->run_allocations += r->e->host.calls - before;
  return status(r, s) && margins_clean(r, r->y, r->y_offset, tb_desc_bytes(&r->output[0].desc), r->poison);
}

static bool conv(struct run *r) {
  const uint64_t seed = r->p->c.seed;
  tb_buffer *y = &r->e->slot[r->place == TB_END ? TB_SLOT_Y_END : TB_SLOT_Y_START];
  const size_t bytes = tb_desc_bytes(&r->p->output[0]);
  for (int i = 0; i < 3; i++)
    if (!place_input(r, i))
      return false;
  if (!place_output(r, y, bytes))
    return false;
  fill_input(r, TENBIN_WEIGHT, seed);
  fill_input(r, TENBIN_BIAS, seed);
  if (!prepare(r))
    return false;
  poison(y, r->y_offset, bytes, r->poison);
  if (r->place == TB_START) {
    fill_input(r, TENBIN_X, seed + 1);
    if (!run(r, NULL, NULL))
      return false;
  }
  fill_input(r, TENBIN_X, seed);
  if (!run(r, NULL, NULL))
    return false;
  *(r->place == TB_END ? &r->report->y_end : &r->report->y_start) = (int64_t)r->y_offset;
  r->report->y_bytes = (int64_t)bytes;
  return true;
}

/* All calls of a case of `normal`; what they draw is gathered, in order, at the beginning of the slot. */
static bool draws(struct run *r, tenbin_generator *generator) {
  const tb_normal *n = &r->p->c.normal;
  const tenbin_normal_args args = {sizeof args, n->mean, n->std};
  tb_buffer *slot = &r->e->slot[r->place == TB_END ? TB_SLOT_Y_END : TB_SLOT_Y_START];
  size_t total = 0;
  for (int i = 0; i < n->calls; i++)
    total += n->call[i] > 0 ? (size_t)n->call[i] * sizeof(float) : 0;
  if (!tb_buffer_reserve(slot, total))
    return no_memory(r);
  r->report->y_bytes = (int64_t)total;
  total = 0;
  for (int i = 0; i < n->calls; i++) {
    if (n->call[i] == TB_RESEED) {
      r->e->stage = "seed";
      if (!status(r, r->kernel->generator->seed(generator, r->p->c.seed)))
        return false;
      continue;
    }
    const size_t bytes = (size_t)n->call[i] * sizeof(float);
    if (!place_output(r, &r->e->draw, bytes))
      return false;
    r->output[0].desc.size[0] = n->call[i];
    poison(r->y, r->y_offset, bytes, r->poison);
    if (!run(r, &args, generator))
      return false;
    memcpy(tb_buffer_at(slot, total), tb_buffer_at(r->y, r->y_offset), bytes);
    total += bytes;
  }
  return true;
}

static bool normal(struct run *r) {
  tenbin_generator *generator = NULL;
  const tenbin_generator_functions *g = r->kernel->generator;
  if (!g)
    return outcome(r, TB_ERROR, "a kernel of normal has generator functions");
  if (!prepare(r))
    return false;
  r->e->stage = "open";
  if (!status(r, g->open(r->p->c.seed, &r->e->host.services, &generator)))
    return false;
  bool ok = draws(r, generator);
  r->e->stage = "close";
  g->close(generator);
  return ok;
}

void tb_execute(tb_execution *e, const tb_problem *p, const tenbin_kernel *kernel, tb_report *report) {
  struct run r = {.e = e, .p = p, .kernel = kernel, .report = report};
  tenbin_answer answer = {.struct_size = sizeof answer};
  e->stage = "supports";
  tenbin_status s = kernel->supports(&p->problem, &answer);
  if (s == TENBIN_UNSUPPORTED) {
    answer.why[sizeof answer.why - 1] = 0;
    outcome(&r, TB_UNSUPPORTED, "%s", answer.why[0] ? answer.why : "the kernel gives no reason");
    return;
  }
  if (!status(&r, s))
    return;
  report->claim = answer.claim;
  if (!tb_host_threads(&e->host, p->problem.threads)) {
    no_memory(&r);
    return;
  }
  for (r.place = TB_END; report->outcome == TB_RAN && r.place <= TB_START; r.place++) {
    r.poison = r.place == TB_END ? TB_POISON_END : TB_POISON_START;
    if (p->c.op == TB_NORMAL)
      normal(&r);
    else
      conv(&r);
    release(&r);
  }
  e->stage = "idle";
}
