/* A case on a kernel, inside the worker.
 *
 * SPDX-License-Identifier: MIT */
#include "execute.h"

#include "golden.h"
#include "machine_state.h"
#include "registry.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* One plan of a case: its problem, its set of buffers, and where everything lies in them. */
struct side {
  tb_problem p;
  tb_place place;
  uint32_t poison;
  tb_buffer *slot; /* x, weight, bias, y */
  tenbin_tensor input[3], y;
  size_t y_offset;
  tenbin_plan *plan;
};

struct run {
  tb_execution *e;
  const tenbin_kernel *kernel;
  tb_report *report;
};

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

/* Sets the outcome, unless something has gone wrong before: the first is the one to report. Returns false. */
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

static bool no_memory(struct run *r) {
  return outcome(r, TB_ERROR, "the suite has no memory for this case");
}

/* What a function of the kernel returned, and in what state it left the processor. */
static bool status(struct run *r, tenbin_status s) {
  static const char *const words[] = {"TENBIN_OK", "TENBIN_OUT_OF_MEMORY", "TENBIN_UNSUPPORTED", "TENBIN_FAILED"};
  if (tb_machine_state_restore())
    return outcome(r, TB_ERROR, "%s changed the floating-point environment", r->e->stage);
  if (s == TENBIN_OK)
    return true;
  return outcome(r, TB_ERROR, "%s returned %s", r->e->stage, (unsigned)s < 4 ? words[s] : "a number that is no tenbin_status");
}

/* Fills an input where it has been placed. */
static void fill(struct run *r, struct side *s, int role, uint64_t seed) {
  const tb_buffer *b = &s->slot[role];
  const size_t bytes = tb_desc_bytes(&s->p.input[role]);
  tb_fill_f32(&s->p, role, seed, tb_buffer_writable(b, tb_buffer_place(b, bytes, r->kernel->alignment, s->place)));
}

/* Places the inputs, fills them, and finds a place for y. */
static bool place(struct run *r, struct side *s) {
  const size_t alignment = r->kernel->alignment;
  for (int role = 0; role < 3; role++) {
    const tenbin_desc *desc = &s->p.input[role];
    const size_t bytes = tb_desc_bytes(desc);
    s->input[role] = (tenbin_tensor){*desc, NULL};
    if (desc->dtype == TENBIN_NONE)
      continue;
    if (!tb_buffer_reserve(&s->slot[role], bytes))
      return no_memory(r);
    s->input[role].data = tb_buffer_at(&s->slot[role], tb_buffer_place(&s->slot[role], bytes, alignment, s->place));
    fill(r, s, role, s->p.c.seed);
  }
  const size_t bytes = tb_desc_bytes(&s->p.output[0]);
  if (!tb_buffer_reserve(&s->slot[TB_SLOT_Y_END], bytes))
    return no_memory(r);
  s->y_offset = tb_buffer_place(&s->slot[TB_SLOT_Y_END], bytes, alignment, s->place);
  s->y = (tenbin_tensor){s->p.output[0], tb_buffer_at(&s->slot[TB_SLOT_Y_END], s->y_offset)};
  return true;
}

/* What alignment leaves between a buffer and its guard is watched too. */
static bool margins_clean(struct run *r, const tb_buffer *b, size_t offset, size_t bytes, uint32_t pattern) {
  const int64_t where = tb_buffer_margins(b, offset, bytes, pattern);
  if (where < 0)
    return outcome(r, TB_GUARD, "write before the beginning of %s, %d bytes before it", b->name, (int)-where);
  if (where > 0)
    return outcome(r, TB_GUARD, "write past the end of %s, in the %d bytes behind it", b->name, (int)where);
  return true;
}

static bool prepare(struct run *r, struct side *s) {
  tenbin_tensor constant[3] = {0};
  for (int i = 0; i < s->p.problem.inputs; i++)
    if (s->p.problem.constant & 1u << i)
      constant[i] = s->input[i];
  r->e->host.place = s->place;
  r->e->stage = "prepare";
  return status(r, r->kernel->prepare(&s->p.problem, constant, &r->e->host.services, &s->plan));
}

static void release(struct run *r, struct side *s) {
  if (!s->plan)
    return;
  r->e->stage = "release";
  r->kernel->release(s->plan);
  s->plan = NULL;
  status(r, TENBIN_OK);
  if (r->e->host.wrong_frees)
    outcome(r, TB_ERROR, "host.free was called on memory that is not the host's, or was freed before");
}

/* One run of a side's plan into y, whose surroundings hold `pattern`. */
static bool run(struct run *r, const struct side *s, const tb_buffer *b, size_t offset, const tenbin_tensor *y,
                uint32_t pattern, const void *args, tenbin_generator *generator) {
  tb_buffer *w = &r->e->workspace;
  const size_t bytes = r->kernel->workspace ? r->kernel->workspace(s->plan) : 0;
  if (!tb_buffer_reserve(w, bytes))
    return no_memory(r);
  void *workspace = tb_buffer_at(w, tb_buffer_place(w, bytes, r->kernel->alignment, s->place));
  memset(workspace, 0xff, bytes); /* NaN in every floating-point format */
  const tenbin_call call = {sizeof call, args, generator, s->input, y, workspace};
  const int64_t before = r->e->host.calls;
  r->e->stage = "run";
  const tenbin_status returned = r->kernel->run(s->plan, &call);
  r->report->run_allocations += r->e->host.calls - before;
  return status(r, returned) && margins_clean(r, b, offset, tb_desc_bytes(&y->desc), pattern);
}

static bool run_own(struct run *r, const struct side *s) {
  const tb_buffer *b = &s->slot[TB_SLOT_Y_END];
  tb_buffer_poison(b, s->y_offset, tb_desc_bytes(&s->p.output[0]), s->poison);
  return run(r, s, b, s->y_offset, &s->y, s->poison, NULL, NULL);
}

static bool equal(const float *a, const float *b, size_t bytes) {
  if (bytes == 0 || memcmp(a, b, bytes) == 0)
    return true;
  for (size_t i = 0; i < bytes / sizeof *a; i++)
    if (tb_canonical_bits(a[i]) != tb_canonical_bits(b[i]))
      return false;
  return true;
}

static void describe_answers(struct run *r, const struct side *a, const struct side *b) {
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
static bool run_again(struct run *r, const struct side *a, const struct side *b) {
  const size_t bytes = tb_desc_bytes(&a->p.output[0]);
  return run(r, a, &b->slot[TB_SLOT_Y_END], b->y_offset, &b->y, b->poison, NULL, NULL) && equal(a->y.data, b->y.data, bytes);
}

/* A new plan that begins with other input, and then has the case's: one that keeps its first input is found out. */
static void other_input(struct run *r, struct side *a, const struct side *b) {
  if (tb_desc_bytes(&a->p.input[TENBIN_X]) == 0 || !prepare(r, a))
    return;
  fill(r, a, TENBIN_X, a->p.c.seed + 1);
  const bool ran = run(r, a, &b->slot[TB_SLOT_Y_END], b->y_offset, &b->y, b->poison, NULL, NULL);
  fill(r, a, TENBIN_X, a->p.c.seed);
  r->report->again_differs = ran && !run_again(r, a, b) && r->report->outcome == TB_RAN;
  release(r, a);
}

static void more_threads(struct run *r, struct side *a, const struct side *b) {
  for (int threads = 2; threads <= 3 && r->report->outcome == TB_RAN; threads++) {
    tb_case c = a->p.c;
    char message[TB_MESSAGE_MAX];
    c.threads = threads;
    if (!tb_problem_make(&c, &a->p, message) || !tb_host_threads(&r->e->host, threads)) {
      no_memory(r);
      return;
    }
    if (prepare(r, a) && !run_again(r, a, b) && r->report->outcome == TB_RAN)
      r->report->threads_differ = threads;
    release(r, a);
    if (r->report->threads_differ)
      return;
  }
}

/* prepare with its first, second, .. allocation failing: it has to say so, and to leave nothing behind. */
static void starve(struct run *r, struct side *a, int64_t allocations) {
  enum { MOST = 16 };
  tb_host *host = &r->e->host;
  for (int64_t k = 1; k <= allocations && k <= MOST && r->report->outcome == TB_RAN; k++) {
    tenbin_tensor constant[3] = {{{0}, NULL}, a->input[TENBIN_WEIGHT], a->input[TENBIN_BIAS]};
    const int64_t live = host->live;
    tenbin_plan *plan = NULL;
    host->fail = host->calls + k;
    r->e->stage = "prepare, with a failing allocation";
    const tenbin_status s = r->kernel->prepare(&a->p.problem, constant, &host->services, &plan);
    host->fail = 0;
    if (s == TENBIN_OK) {
      r->kernel->release(plan);
      outcome(r, TB_ERROR, "prepare returned TENBIN_OK although allocation %d of %d had failed", (int)k, (int)allocations);
    }
    if (host->live != live)
      outcome(r, TB_ERROR, "prepare kept %d allocations when allocation %d of %d had failed", (int)(host->live - live), (int)k,
              (int)allocations);
  }
}

static void conv(struct run *r, struct side *a, struct side *b, uint32_t checks) {
  tb_host *host = &r->e->host;
  int64_t allocations = 0;
  bool ok = place(r, a) && place(r, b) && prepare(r, a);
  allocations = host->calls;
  ok = ok && run_own(r, a) && prepare(r, b) && run_own(r, b);
  if (ok) {
    describe_answers(r, a, b);
    r->report->again_differs = !run_again(r, a, b) && r->report->outcome == TB_RAN;
  }
  release(r, a);
  release(r, b);
  if (ok && !r->report->again_differs && (checks & TB_CHECK_INPUT))
    other_input(r, a, b);
  if (!r->report->again_differs && (checks & TB_CHECK_ALLOCATIONS))
    starve(r, a, allocations);
  if (!r->report->again_differs && (checks & TB_CHECK_THREADS) && a->p.c.threads == 1)
    more_threads(r, a, b);
}

/* All calls of a case of `normal`; what they draw is gathered, in order, at the beginning of the side's y. */
static bool draws(struct run *r, struct side *s, tenbin_generator *generator) {
  const tb_normal *n = &s->p.c.normal;
  const tenbin_normal_args args = {sizeof args, n->mean, n->std};
  tb_buffer *slot = &s->slot[TB_SLOT_Y_END], *b = &r->e->draw;
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
      if (!status(r, r->kernel->generator->seed(generator, s->p.c.seed)))
        return false;
      continue;
    }
    const size_t bytes = (size_t)n->call[i] * sizeof(float);
    if (!tb_buffer_reserve(b, bytes))
      return no_memory(r);
    const size_t offset = tb_buffer_place(b, bytes, r->kernel->alignment, s->place);
    s->y = (tenbin_tensor){s->p.output[0], tb_buffer_at(b, offset)};
    s->y.desc.size[0] = n->call[i];
    tb_buffer_poison(b, offset, bytes, s->poison);
    if (!run(r, s, b, offset, &s->y, s->poison, &args, generator))
      return false;
    memcpy(tb_buffer_at(slot, total), tb_buffer_at(b, offset), bytes);
    total += bytes;
  }
  return true;
}

static void normal(struct run *r, struct side *s) {
  const tenbin_generator_functions *g = r->kernel->generator;
  tenbin_generator *generator = NULL;
  if (!g) {
    outcome(r, TB_ERROR, "a kernel of normal has generator functions");
    return;
  }
  if (!prepare(r, s))
    return;
  r->e->stage = "open";
  if (status(r, g->open(s->p.c.seed, &r->e->host.services, &generator))) {
    draws(r, s, generator);
    r->e->stage = "close";
    g->close(generator);
  }
  release(r, s);
}

static void normal_twice(struct run *r, struct side *a, struct side *b) {
  normal(r, a);
  if (r->report->outcome != TB_RAN)
    return;
  normal(r, b);
  const size_t bytes = (size_t)r->report->y_bytes;
  const float *y = tb_buffer_at(&a->slot[TB_SLOT_Y_END], 0), *again = tb_buffer_at(&b->slot[TB_SLOT_Y_END], 0);
  r->report->digest[0] = tb_digest_f32(y, (int64_t)(bytes / sizeof *y));
  r->report->again_differs = r->report->outcome == TB_RAN && !equal(y, again, bytes);
}

static bool make_sides(struct run *r, const tb_case *c, struct side *a, struct side *b) {
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

void tb_execute(tb_execution *e, const tb_case *c, const tenbin_kernel *kernel, uint32_t checks, tb_report *report) {
  static struct side a, b; /* large, and one case runs at a time */
  struct run r = {e, kernel, report};
  tenbin_answer answer = {.struct_size = sizeof answer};
  report->outcome = TB_RAN;
  e->stage = "supports";
  if (!make_sides(&r, c, &a, &b)) {
    outcome(&r, TB_ERROR, "the case is invalid");
    return;
  }
  const tenbin_status s = kernel->supports(&a.p.problem, &answer);
  answer.why[sizeof answer.why - 1] = 0;
  if (s == TENBIN_UNSUPPORTED) {
    tb_machine_state_restore();
    outcome(&r, TB_UNSUPPORTED, "%s", answer.why[0] ? answer.why : "the kernel gives no reason");
    return;
  }
  if (!status(&r, s))
    return;
  report->claim = answer.claim;
  tb_host_reset(&e->host);
  if (!tb_host_threads(&e->host, c->threads))
    no_memory(&r);
  else if (c->op == TB_NORMAL)
    normal_twice(&r, &a, &b);
  else
    conv(&r, &a, &b, checks);
  report->leaked = e->host.live;
  report->leaked_bytes = e->host.live_bytes;
  e->stage = "idle";
}
