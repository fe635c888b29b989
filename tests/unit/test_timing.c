/* The arithmetic of timing, on kernels whose times are scripted: single calls, batches, caches that are cold, pairs, extra
 * work. Time is a number here, to which a kernel adds what a run costs. So each figure is known exactly, whatever the machine
 * does.
 *
 * SPDX-License-Identifier: MIT */
#include "burn.h"
#include "evict.h"
#include "pair_timing.h"
#include "test.h"
#include "timed.h"
#include "trial.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CLOCK 20 /* nanoseconds that a look at the clock takes */

static int64_t now;
static int look;

int clock_gettime(clockid_t id, struct timespec *out) {
  (void)id;
  now += look;
  *out = (struct timespec){now / 1000000000, now % 1000000000};
  return 0;
}

/* Instead of burn.c: a step takes a nanosecond. */
void tb_burn(int64_t steps) {
  now += steps;
}

double tb_burn_step(void) {
  return 1e-9;
}

/* Instead of evict.c: it notes what was evicted since the last run. */
enum { RANGES = 64 };
static struct {
  const char *from;
  size_t bytes;
} evicted[RANGES];
static int ranges;
static bool ended;

void tb_evict(const void *memory, size_t bytes) {
  if (ranges < RANGES) {
    evicted[ranges].from = memory;
    evicted[ranges++].bytes = bytes;
  }
  ended = false;
}

void tb_evict_end(void) {
  ended = true;
}

static bool is_cold(const void *memory, size_t bytes) {
  for (int i = 0; i < ranges; i++)
    if ((const char *)memory >= evicted[i].from && (const char *)memory + bytes <= evicted[i].from + evicted[i].bytes)
      return ended;
  return false;
}

/* What a kernel's functions cost, in nanoseconds. */
enum { PREPARE = 7000, RELEASE = 300, WORKSPACE = 512 };
static struct {
  int64_t cost[2], farther; /* of a run of each kernel, and what it takes longer if its plan lies after `second` */
  const char *second;
  int runs, cold; /* of all; those whose memory was evicted before */
  int64_t slower; /* every tenth run takes as much longer */
} script;

struct tenbin_plan {
  const tenbin_host *host;
  int which;
};

static tenbin_status supports(const tenbin_problem *problem, tenbin_answer *answer) {
  (void)problem;
  answer->claim = TENBIN_EXACT;
  return TENBIN_OK;
}

static tenbin_status prepare(const tenbin_host *host, int which, tenbin_plan **out) {
  *out = host->alloc(host->self, sizeof **out, _Alignof(tenbin_plan));
  if (!*out)
    return TENBIN_OUT_OF_MEMORY;
  **out = (tenbin_plan){host, which};
  now += PREPARE;
  return TENBIN_OK;
}

static tenbin_status prepare_a(const tenbin_problem *p, const tenbin_tensor *constant, const tenbin_host *host,
                               tenbin_plan **out) {
  (void)p;
  (void)constant;
  return prepare(host, 0, out);
}

static tenbin_status prepare_b(const tenbin_problem *p, const tenbin_tensor *constant, const tenbin_host *host,
                               tenbin_plan **out) {
  (void)p;
  (void)constant;
  return prepare(host, 1, out);
}

static size_t workspace(const tenbin_plan *plan) {
  (void)plan;
  return WORKSPACE;
}

static bool all_cold(const tenbin_plan *plan, const tenbin_call *call) {
  bool cold = is_cold(call->output[0].data, tb_desc_bytes(&call->output[0].desc)) && is_cold(plan, sizeof *plan) &&
              is_cold(call->workspace, WORKSPACE);
  for (int i = 0; i < 2; i++)
    cold = cold && is_cold(call->input[i].data, tb_desc_bytes(&call->input[i].desc));
  return cold;
}

static tenbin_status run(const tenbin_plan *plan, const tenbin_call *call) {
  script.cold += all_cold(plan, call);
  ranges = 0;
  memset(call->output[0].data, plan->which, tb_desc_bytes(&call->output[0].desc));
  now += script.cost[plan->which] + (script.runs++ % 10 == 9 ? script.slower : 0);
  if (script.second && (const char *)plan >= script.second && (const char *)plan < script.second + ((size_t)1 << 30))
    now += script.farther;
  return TENBIN_OK;
}

static void release(tenbin_plan *plan) {
  now += RELEASE;
  plan->host->free(plan->host->self, plan);
}

#define KERNEL(letter)                                                                                                         \
  {sizeof(tenbin_kernel),  .name = #letter,      .op = "conv_transpose2d",                                                     \
   .alignment = 4,         .supports = supports, .prepare = prepare_##letter,                                                  \
   .workspace = workspace, .run = run,           .release = release}
static const tenbin_kernel kernel[2] = {KERNEL(a), KERNEL(b)};

static bool near(double got, double want) {
  return fabs(got - want) <= 1e-9 * fabs(want) + 1e-15;
}

static tb_problem *make_problem(void) {
  tb_case c;
  tb_error error;
  char message[TB_MESSAGE_MAX];
  tb_problem *p = malloc(sizeof *p);
  if (!p || !tb_case_parse("conv_transpose2d n2 c3:2 in4x5 k3 s2 fill=real seed=0", &c, &error) ||
      !tb_problem_make(&c, p, message))
    abort();
  return p;
}

/* Instead of client.c: the worker is this process, with memory of its own for the tensors. */
static tb_execution execution;
static volatile int32_t stage;

bool tb_worker_start_on(tb_worker *w, const tb_files *files, const char *program, const char *plugin, char message[600]) {
  (void)files;
  (void)program;
  (void)plugin;
  *message = 0;
  *w = (tb_worker){.record = calloc(1, sizeof *w->record)};
  if (!w->record || !tb_execution_init(&execution, &stage))
    abort();
  for (int i = 0; i < TB_SLOTS; i++)
    tb_buffer_init(&execution.slot[i], "", -1, 0, false);
  return true;
}

tb_answer tb_worker_time(tb_worker *w, const char *name, const tb_order *order, tb_times *times) {
  tb_case c;
  tb_error error;
  if (strcmp(name, kernel[0].name) != 0 || !tb_case_parse(w->record[0].text, &c, &error))
    abort();
  tb_time(&execution, &c, &kernel[0], order, &w->record[0].report, times);
  return TB_ANSWERED;
}

void tb_worker_prints(const tb_worker *w, char *out, size_t size) {
  (void)w;
  (void)size;
  *out = 0;
}

void tb_worker_stop(tb_worker *w) {
  free(w->record);
  tb_execution_free(&execution);
}

/* Times kernel a as tenbin bench does, batch by batch. */
static tb_row timed(const tb_problem *p, tb_timing timing) {
  tb_row row = {0};
  tb_gbench_task task = {0};
  const tb_subject subject = {.name = (char *)kernel[0].name, .label = "a"};
  static tb_trial trial; /* large */
  double seconds;
  trial = (tb_trial){.subject = &subject, .problem = p, .timing = timing, .row = &row};
  look = timing.latency || timing.cold ? CLOCK : 0;
  trial.clock = tb_clock_cost();
  const bool ok = tb_trial_prepare(&trial) && tb_trial_warm_up(&trial, 0.01, &task);
  script.runs = script.cold = 0;
  for (int r = 0; ok && r < task.batches; r++)
    if (task.batch(task.arg, &seconds))
      task.report(task.arg, seconds);
  if (ok)
    tb_trial_summarize(&trial, &task);
  tb_trial_release(&trial);
  look = 0;
  check(ok && row.status == TB_ROW_OK, "a kernel is timed%s%s", *row.reason ? ": " : "", row.reason);
  return row;
}

static void test_trial(const tb_problem *p) {
  script.cost[0] = 10000;
  tb_row row = timed(p, (tb_timing){0});
  check(near(row.median, 1e-5) && near(row.min, 1e-5) && near(row.q3, 1e-5), "batches: the mean of runs");
  check(near(row.prepare, 1e-9 * PREPARE) && near(row.image, 5e-6), "prepare apart, and an image's share");
  check(near(row.gflops, 2e-9 * (double)tb_case_work(&p->c) / 1e-5), "operations a second");
  script.slower = 40000;
  row = timed(p, (tb_timing){.latency = true});
  check(near(row.clock, 1e-9 * CLOCK) && near(row.median, 1e-5) && near(row.max, 5e-5) && near(row.p99, 5e-5) &&
            row.p90 >= row.median && row.p90 <= row.max && row.repetitions >= 1000 && row.iterations == 1,
        "single calls: quantiles, without the clock's own time");
  check(script.cold == 0, "with warm caches");
  script.slower = 0;
  row = timed(p, (tb_timing){.latency = true, .cold = true});
  check(near(row.median, 1e-5) && script.runs == row.repetitions && script.cold == script.runs,
        "cold caches: tensors, workspace and plan are evicted before each of %d calls", script.runs);
  row = timed(p, (tb_timing){.with_prepare = true});
  check(near(row.median, 1e-9 * (PREPARE + 10000 + RELEASE)), "prepare, run and release");
  row = timed(p, (tb_timing){.with_prepare = true, .cold = true});
  check(near(row.median, 1e-9 * (PREPARE + 10000 + RELEASE)), "and single calls of them");
}

static tb_pair_times time_pairs(const tb_problem *p, tb_pair_context *context, const tb_pair_schedule *schedule) {
  tb_pair_times times = {0};
  tb_pair_fault fault = {0};
  check(tb_time_pairs(context, p, schedule, &times, &fault), "two kernels are timed in pairs%s%s", *fault.why ? ": " : "",
        fault.why);
  return times;
}

static void test_time_pairs(const tb_problem *p, tb_pool *pool) {
  static tb_pair_place place;
  tb_pair_context context = {.kernel = {&kernel[0], &kernel[1]}, .pool = pool, .place = &place, .random = 1};
  const tb_pair_schedule schedule = {.rounds = 4, .pairs = 5, .runs = 3};
  if (!tb_slot_open(&context.slot[TB_BASE]) || !tb_slot_open(&context.slot[TB_CANDIDATE]))
    abort();
  script.cost[0] = 100000;
  script.cost[1] = 120000;
  tb_pair_times times = time_pairs(p, &context, &schedule);
  check(near(times.log_ratio, log(1.2)) && near(times.seconds[TB_BASE], 1e-4) && near(times.seconds[TB_CANDIDATE], 1.2e-4),
        "a ratio");
  check(near(times.address_effect, 0) && near(times.prepare[TB_BASE], 1e-9 * PREPARE) && times.differing == times.elements &&
            times.elements > 0,
        "addresses, prepare and answers");
  script.second = context.slot[TB_CANDIDATE].base;
  script.farther = 20000;
  script.cost[1] = 100000;
  times = time_pairs(p, &context, &schedule);
  check(near(times.log_ratio, 0) && near(times.address_effect, log(1.2)), "the effect of the address cancels");
  script.second = NULL;
  context.extra = 0.3;
  times = time_pairs(p, &context, &schedule);
  check(near(times.log_ratio, log(1.3)), "extra work is as much as is asked for");
  tb_slot_close(&context.slot[TB_BASE]);
  tb_slot_close(&context.slot[TB_CANDIDATE]);
}

int main(void) {
  tb_problem *p = make_problem();
  tb_pool *pool = tb_pool_create(1);
  tb_tap_start(&test_tap, stdout);
  test_trial(p);
  test_time_pairs(p, pool);
  tb_pool_destroy(pool);
  free(p);
  return finish();
}
