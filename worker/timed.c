/* A kernel that is timed: prepare, batches of runs, or calls timed one by one.
 *
 * A batch follows another kernel's, which has filled the caches. One run that is not timed brings back what a kernel keeps
 * there; the order says whether. Where single calls are timed, the clock is read before and after each.
 *
 * SPDX-License-Identifier: MIT */
#include "timed.h"

#include "clock.h"
#include "evict.h"
#include "placement.h"
#include "registry.h"
#include "timing_host.h"

#include <sys/mman.h>

#define WARM_UP 2e-3     /* seconds of runs before their time is believed */
#define SLOW_PREPARE 0.5 /* seconds */
#define PREPARES_MIN 3

/* The one kernel and problem of this process. */
static struct timed {
  tb_run_context r;
  tb_problem p;
  tb_kernel_view view;
  tb_timing_host host;
  tenbin_tensor input[TB_TENSORS], constant[TB_TENSORS], output[TB_TENSORS];
  _Alignas(8) unsigned char args[TB_ARGS_MAX]; /* of the first call of a sequence */
  tenbin_plan *plan;
  tenbin_generator *generator; /* or NULL */
  tenbin_call call;
  void *workspace;
  size_t room; /* bytes of it */
} t;

/* A tensor at the beginning of its range. */
static bool place(int slot, const tenbin_desc *desc, const char *name, tenbin_tensor *out) {
  tb_buffer *b = &t.r.e->slot[slot];
  *out = (tenbin_tensor){*desc, NULL};
  if (desc->dtype == TENBIN_NONE)
    return true;
  tb_buffer_call(b, name);
  if (!tb_buffer_reserve(b, tb_desc_bytes(desc)))
    return tb_run_no_memory(&t.r);
  out->data = tb_buffer_at(b, 0);
  /* So that no run makes pages; where the system cannot, the first one does. */
  madvise(out->data, tb_desc_bytes(desc), tb_slot_is_output(slot) ? MADV_POPULATE_WRITE : MADV_POPULATE_READ);
  return true;
}

static bool place_tensors(void) {
  const tb_operator *op = t.p.c.op;
  bool ok = true;
  for (int i = 0; i < t.p.inputs && ok; i++) {
    ok = place(TB_SLOT_INPUT + i, &t.p.input[i], op->input[i].name, &t.input[i]);
    if (t.p.constant >> i & 1)
      t.constant[i] = t.input[i];
  }
  for (int i = 0; i < t.p.outputs && ok; i++) {
    tenbin_desc desc = t.p.output[i];
    if (i == 0 && op->sequence)
      op->sequence->call(&t.p, 0, &desc, t.args);
    ok = place(TB_SLOT_OUTPUT + i, &desc, op->output[i].name, &t.output[i]);
  }
  return ok;
}

static bool supported(void) {
  tenbin_answer answer = {.struct_size = sizeof answer};
  char why[TB_WHY];
  tb_enter(t.r.e, TB_IN_SUPPORTS);
  const tenbin_status s = t.r.kernel->supports(&t.view.problem, &answer);
  if (s != TENBIN_UNSUPPORTED)
    return tb_run_status(&t.r, s);
  tb_registry_why(&answer, why);
  return tb_run_fail(&t.r, TB_UNSUPPORTED, "%s", why);
}

static tenbin_status prepare(void) {
  tb_enter(t.r.e, TB_IN_PREPARE);
  const tenbin_status s = t.r.kernel->prepare(&t.view.problem, t.constant, &t.host.services, &t.plan);
  if (s != TENBIN_OK)
    t.plan = NULL;
  return s;
}

static void release(void) {
  tb_enter(t.r.e, TB_IN_RELEASE);
  if (t.plan)
    t.r.kernel->release(t.plan);
  t.plan = NULL;
}

/* A few times, unless it is slow. */
static bool time_prepare(tb_times *times) {
  double total = 0;
  times->count = 0;
  while (times->count < PREPARES_MIN || (times->count < TB_PREPARES_MOST && total < 10 * WARM_UP)) {
    release();
    const double from = tb_now();
    const tenbin_status s = prepare();
    const double seconds = tb_now() - from;
    if (s == TENBIN_UNSUPPORTED)
      return tb_run_fail(&t.r, TB_UNSUPPORTED, "refused by prepare");
    if (!tb_run_status(&t.r, s))
      return false;
    times->seconds[times->count++] = seconds;
    total += seconds;
    if (total > SLOW_PREPARE)
      break;
  }
  return true;
}

/* Of operators that draw numbers. One generator serves all runs, so that each draws what follows. */
static bool open_generator(void) {
  const tenbin_kernel *kernel = t.r.kernel;
  if (!t.p.c.op->sequence)
    return true;
  tb_enter(t.r.e, TB_IN_OPEN);
  if (!TB_HAS(kernel, generator) || !kernel->generator)
    return tb_run_fail(&t.r, TB_ERROR, "a kernel without generator functions");
  return tb_run_status(&t.r, kernel->generator->open(t.p.c.seed, &t.host.services, &t.generator));
}

static size_t workspace(void) {
  tb_enter(t.r.e, TB_IN_WORKSPACE);
  return t.r.kernel->workspace ? t.r.kernel->workspace(t.plan) : 0;
}

static bool make_workspace(void) {
  t.room = workspace();
  if (!tb_run_status(&t.r, TENBIN_OK) || !tb_run_workspace(&t.r, t.room))
    return false;
  if (t.room > 0 && !(t.workspace = tb_pages_alloc(t.room)))
    return tb_run_no_memory(&t.r);
  t.call = (tenbin_call){.struct_size = sizeof t.call,
                         .args = t.generator ? t.args : NULL,
                         .generator = t.generator,
                         .input = t.input,
                         .output = t.output,
                         .workspace = t.workspace};
  return true;
}

static void begin(const tb_case *c, const tb_order *order, tb_times *times) {
  char message[TB_MESSAGE_MAX];
  tb_pool *pool = tb_pool_create(c->threads);
  if (!tb_problem_make(c, &t.p, message)) {
    tb_run_fail(&t.r, TB_FAULT, "the case is invalid");
    return;
  }
  tb_problem_view(&t.p, &t.view);
  tb_timing_host_open(&t.host, pool, order->with_prepare);
  if (!pool)
    tb_run_no_memory(&t.r);
  else if (place_tensors() && supported() && time_prepare(times) && open_generator() && make_workspace() && order->with_prepare)
    release();
}

static tenbin_status run(void) {
  return t.r.kernel->run(t.plan, &t.call);
}

/* For those who have a new constant input, such as a weight, at every call. */
static tenbin_status run_with_prepare(void) {
  tenbin_status s = prepare();
  if (s == TENBIN_OK && workspace() > t.room)
    s = TENBIN_OUT_OF_MEMORY;
  tb_enter(t.r.e, TB_IN_RUN);
  if (s == TENBIN_OK)
    s = run();
  release();
  return s;
}

static void evict(void) {
  const tenbin_tensor *const tensors[] = {t.input, t.output};
  for (int i = 0; i < 2 * TB_TENSORS; i++) {
    const tenbin_tensor *tensor = &tensors[i / TB_TENSORS][i % TB_TENSORS];
    if (tensor->data)
      tb_evict(tensor->data, tb_desc_bytes(&tensor->desc));
  }
  if (t.workspace)
    tb_evict(t.workspace, t.room);
  tb_timing_host_each(&t.host, tb_evict);
  tb_evict_end();
}

/* A call, `seconds` by itself. */
static tenbin_status call(const tb_order *order, double *seconds) {
  if (order->cold)
    evict();
  const double from = tb_now();
  const tenbin_status s = order->with_prepare ? run_with_prepare() : run();
  *seconds = tb_now() - from;
  return s;
}

static void warm_up(const tb_order *order, tb_times *times) {
  double total = 0, least = 0, whole = 0, seconds;
  while (total < WARM_UP) {
    const double from = tb_now();
    if (!tb_run_status(&t.r, call(order, &seconds)))
      return;
    const double all = tb_now() - from;
    seconds = seconds > 1e-9 ? seconds : 1e-9;
    least = total == 0 || seconds < least ? seconds : least;
    whole = total == 0 || all < whole ? all : whole;
    total += seconds;
  }
  times->count = 2;
  times->seconds[0] = least;
  times->seconds[1] = whole;
}

static tenbin_status run_batch(const tb_order *order, tb_times *times) {
  tenbin_status (*const one)(void) = order->with_prepare ? run_with_prepare : run;
  tenbin_status s = order->warm ? one() : TENBIN_OK;
  const double from = tb_now();
  for (int32_t i = 0; i < order->runs && s == TENBIN_OK; i++)
    s = one();
  times->seconds[0] = tb_now() - from;
  times->count = 1;
  return s;
}

static tenbin_status run_single(const tb_order *order, tb_times *times) {
  double unused;
  tenbin_status s = order->warm ? call(order, &unused) : TENBIN_OK;
  for (times->count = 0; times->count < order->runs && times->count < TB_CALLS_MOST && s == TENBIN_OK; times->count++)
    s = call(order, &times->seconds[times->count]);
  return s;
}

static void end(tb_times *times) {
  times->count = 0;
  if (t.generator) {
    tb_enter(t.r.e, TB_IN_CLOSE);
    t.r.kernel->generator->close(t.generator);
  }
  t.generator = NULL;
  release();
  tb_run_status(&t.r, TENBIN_OK);
  tb_pages_free(t.workspace);
  t.workspace = NULL;
  tb_pool_destroy(t.host.pool);
  tb_timing_host_close(&t.host);
}

void tb_time(tb_execution *e, const tb_case *c, const tenbin_kernel *kernel, const tb_order *order, tb_report *report,
             tb_times *times) {
  t.r = (tb_run_context){e, kernel, &t.host.allowance, report, TB_RAN, TB_IN_IDLE};
  tb_enter(e, TB_IN_RUN);
  if (order->step == TB_STEP_PREPARE)
    begin(c, order, times);
  else if (order->step == TB_STEP_WARM_UP)
    warm_up(order, times);
  else if (order->step == TB_STEP_RELEASE)
    end(times);
  else
    tb_run_status(&t.r, order->single || order->cold ? run_single(order, times) : run_batch(order, times));
  tb_run_end(&t.r);
}
