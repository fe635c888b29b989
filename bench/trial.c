/* One kernel: prepare, batches of runs or calls timed one by one, and the figures of its row.
 *
 * A batch is as many runs as take about 2 ms: short, so that a burst of interference spoils few batches, and quartiles over the
 * batches separate it from the kernel. Each batch follows another kernel's, which has filled the caches: one run that is not
 * timed brings back what a kernel keeps there, unless a run lasts so long (50 ms) that a cache's refill is lost in it. Where
 * single calls are timed, the batches are the same, and the clock is read before and after each call in them.
 *
 * SPDX-License-Identifier: MIT */
#include "trial.h"
#include "clock.h"
#include "evict.h"
#include "openmp.h"
#include "quantile.h"
#include "registry.h"
#include "status.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define BATCH 2e-3        /* seconds */
#define WARM_UP 2e-3      /* seconds of runs before their time is believed */
#define SLOW_PREPARE 0.5  /* seconds */
#define REPETITIONS_MIN 5 /* for quartiles */
#define REPETITIONS_MAX 100
#define PREPARES_MIN 3
#define PREPARES_MAX 9
#define ITERATIONS_MAX 1e6
#define COLD_MAX 1000    /* calls after an eviction */
#define CALLS_MAX 100000 /* that are timed one by one */
#define P90_FROM 10      /* calls */
#define P99_FROM 100

static void fail(tb_row *row, const char *what, tenbin_status status) {
  row->status = TB_ROW_FAILED;
  snprintf(row->reason, sizeof row->reason, "%s returned: %s", what, tb_status_name(status));
}

static bool supported(tb_trial *t) {
  tenbin_answer answer = {.struct_size = sizeof answer};
  const tenbin_status status = t->kernel->supports(&t->view.problem, &answer);
  if (status == TENBIN_OK)
    return true;
  if (status != TENBIN_UNSUPPORTED) {
    fail(t->row, "supports", status);
    return false;
  }
  t->row->status = TB_ROW_UNSUPPORTED;
  tb_registry_why(&answer, t->row->reason);
  return false;
}

static tenbin_status prepare_once(tb_trial *t) {
  const tenbin_status status = t->kernel->prepare(&t->view.problem, t->tensors->constant, &t->host.services, &t->plan);
  if (status != TENBIN_OK)
    t->plan = NULL;
  return status;
}

static void drop_plan(tb_trial *t) {
  if (t->plan)
    t->kernel->release(t->plan);
  t->plan = NULL;
}

/* Times prepare, a few times unless it is slow, and keeps the last plan. */
static bool prepare(tb_trial *t) {
  double time[PREPARES_MAX], total = 0;
  int n = 0;
  while (n < PREPARES_MIN || (n < PREPARES_MAX && total < 10 * WARM_UP)) {
    drop_plan(t);
    const double from = tb_now();
    const tenbin_status status = prepare_once(t);
    time[n] = tb_now() - from;
    if (status == TENBIN_UNSUPPORTED) {
      t->row->status = TB_ROW_UNSUPPORTED;
      snprintf(t->row->reason, sizeof t->row->reason, "refused by prepare");
    } else if (status != TENBIN_OK) {
      fail(t->row, "prepare", status);
    }
    if (status != TENBIN_OK)
      return false;
    total += time[n++];
    if (total > SLOW_PREPARE)
      break;
  }
  t->row->prepare = tb_median(time, n);
  return true;
}

/* Of operators that draw numbers. One generator serves all runs, so that each draws what follows. */
static bool open_generator(tb_trial *t) {
  if (!t->problem->c.op->sequence)
    return true;
  if (!TB_HAS(t->kernel, generator) || !t->kernel->generator) {
    t->row->status = TB_ROW_FAILED;
    snprintf(t->row->reason, sizeof t->row->reason, "a kernel without generator functions");
    return false;
  }
  const tenbin_status status = t->kernel->generator->open(t->problem->c.seed, &t->host.services, &t->generator);
  if (status == TENBIN_OK)
    return true;
  t->generator = NULL;
  fail(t->row, "open", status);
  return false;
}

static size_t workspace_of(const tb_trial *t) {
  return t->kernel->workspace ? t->kernel->workspace(t->plan) : 0;
}

bool tb_trial_prepare(tb_trial *t) {
  tb_problem_view(t->problem, &t->view);
  tb_openmp_use(t->problem->c.threads);
  if (!supported(t) || !prepare(t) || !open_generator(t))
    return false;
  t->workspace = workspace_of(t);
  if (t->timing.with_prepare)
    drop_plan(t);
  return true;
}

void tb_trial_release(tb_trial *t) {
  if (t->generator)
    t->kernel->generator->close(t->generator);
  drop_plan(t);
  tb_timing_host_close(&t->host);
  free(t->sample);
}

static bool run(void *arg) {
  tb_trial *t = arg;
  tb_openmp_use(t->problem->c.threads);
  t->failure = t->kernel->run(t->plan, &t->call);
  return t->failure == TENBIN_OK;
}

/* For those who have a new constant input, such as a weight, at every call. */
static bool run_with_prepare(void *arg) {
  tb_trial *t = arg;
  tb_openmp_use(t->problem->c.threads);
  t->failure = prepare_once(t);
  if (t->failure == TENBIN_OK && workspace_of(t) > t->workspace)
    t->failure = TENBIN_OUT_OF_MEMORY;
  if (t->failure == TENBIN_OK)
    t->failure = t->kernel->run(t->plan, &t->call);
  drop_plan(t);
  return t->failure == TENBIN_OK;
}

static void evict(tb_trial *t) {
  for (int i = 0; i < TB_TENSORS; i++) {
    if (t->tensors->input[i].data)
      tb_evict(t->tensors->input[i].data, tb_desc_bytes(&t->tensors->input[i].desc));
    if (t->tensors->output[i].data)
      tb_evict(t->tensors->output[i].data, tb_desc_bytes(&t->tensors->output[i].desc));
  }
  if (t->call.workspace)
    tb_evict(t->call.workspace, t->workspace);
  tb_timing_host_each(&t->host, tb_evict);
  tb_evict_end();
}

static bool (*runner(const tb_trial *t))(void *) {
  return t->timing.with_prepare ? run_with_prepare : run;
}

/* A single call, timed by itself. */
static bool run_single(void *arg) {
  tb_trial *t = arg;
  if (t->timing.cold)
    evict(t);
  const double from = tb_now();
  const bool ok = runner(t)(t);
  const double seconds = tb_now() - from - t->clock;
  if (ok && t->samples < t->room)
    t->sample[t->samples++] = seconds > 0 ? seconds : 0;
  return ok;
}

static void report(void *arg, double seconds) {
  tb_trial *t = arg;
  if (t->samples < t->room)
    t->sample[t->samples++] = seconds;
}

/* Of calls that have already been reported one by one. */
static void report_nothing(void *arg, double seconds) {
  (void)arg;
  (void)seconds;
}

/* Batches by the time of one run, and of one with its eviction. */
static void choose(const tb_trial *t, double least, double whole, double min_time, tb_gbench_task *task) {
  /* So that no more than the largest number of batches fill the time asked for. */
  const double length = min_time / REPETITIONS_MAX > BATCH ? min_time / REPETITIONS_MAX : BATCH;
  if (t->timing.cold) {
    task->iterations = 1;
    task->repetitions = (int)fmin(fmax(min_time / whole, REPETITIONS_MIN), COLD_MAX);
    return;
  }
  task->iterations = (int64_t)(fmin(fmax(length / least, 0.5), ITERATIONS_MAX) + 0.5);
  task->repetitions = (int)fmin(fmax(min_time / ((double)task->iterations * least), REPETITIONS_MIN), REPETITIONS_MAX);
  if (t->timing.latency && task->iterations > CALLS_MAX / task->repetitions)
    task->iterations = CALLS_MAX / task->repetitions;
  task->warm = least < TB_WARM_BELOW ? runner(t) : NULL;
}

bool tb_trial_warm_up(tb_trial *t, void *workspace, double min_time, tb_gbench_task *task) {
  double total = 0, least = 0, whole = 0;
  t->call = (tenbin_call){.struct_size = sizeof t->call,
                          .args = t->generator ? t->tensors->args : NULL,
                          .generator = t->generator,
                          .input = t->tensors->input,
                          .output = t->tensors->output,
                          .workspace = workspace};
  while (total < WARM_UP) {
    const double begin = tb_now();
    if (t->timing.cold)
      evict(t);
    const double from = tb_now();
    if (!runner(t)(t)) {
      fail(t->row, t->timing.with_prepare ? "prepare or run" : "run", t->failure);
      return false;
    }
    const double end = tb_now(), time = end - from > 1e-9 ? end - from : 1e-9;
    if (total == 0 || time < least)
      least = time;
    if (total == 0 || end - begin < whole)
      whole = end - begin;
    total += time;
  }
  const bool single = t->timing.latency || t->timing.cold;
  task->warm = NULL;
  choose(t, least, whole, min_time, task);
  task->run = single ? run_single : runner(t);
  task->report = single ? report_nothing : report;
  task->arg = t;
  t->room = single ? (int)(task->iterations * task->repetitions) : task->repetitions;
  t->sample = malloc((size_t)t->room * sizeof *t->sample);
  if (t->sample)
    return true;
  fail(t->row, "the host, asked for memory,", TENBIN_OUT_OF_MEMORY);
  return false;
}

void tb_trial_summarize(tb_trial *t, const tb_gbench_task *task) {
  tb_row *row = t->row;
  const bool single = t->timing.latency || t->timing.cold;
  const int n = t->samples;
  if (task->failed) {
    fail(row, t->timing.with_prepare ? "prepare or run" : "run", t->failure);
    return;
  }
  if (n == 0) {
    row->status = TB_ROW_FAILED;
    snprintf(row->reason, sizeof row->reason, "Google Benchmark gave no times");
    return;
  }
  tb_sort(t->sample, n);
  row->status = TB_ROW_OK;
  row->min = t->sample[0];
  row->q1 = tb_quantile(t->sample, n, 0.25);
  row->median = tb_quantile(t->sample, n, 0.5);
  row->q3 = tb_quantile(t->sample, n, 0.75);
  row->p90 = single && n >= P90_FROM ? tb_quantile(t->sample, n, 0.9) : 0;
  row->p99 = single && n >= P99_FROM ? tb_quantile(t->sample, n, 0.99) : 0;
  row->max = single ? t->sample[n - 1] : 0;
  row->clock = single ? t->clock : 0;
  row->repetitions = n;
  row->iterations = single ? 1 : task->iterations;
  tb_row_rates(row, t->problem);
}

void tb_row_rates(tb_row *row, const tb_problem *p) {
  const double median = row->median > 1e-12 ? row->median : 1e-12;
  if (p->c.op->rate == TB_RATE_OPERATIONS)
    row->gflops = 2e-9 * (double)tb_case_work(&p->c) / median;
  if (p->c.op->rate == TB_RATE_NUMBERS) {
    double bytes = 0;
    for (int i = 0; i < p->outputs; i++)
      bytes += p->wanted >> i & 1 ? (double)tb_desc_bytes(&p->output[i]) : 0;
    row->ns = 1e9 * row->median / (double)tb_desc_elements(&p->output[TENBIN_Y]);
    row->gb = 1e-9 * bytes / median;
  }
  if (tb_problem_batch(p) > 0)
    row->image = row->median / (double)tb_problem_batch(p);
}

double tb_clock_cost(void) {
  enum { LOOKS = 1001 };
  static double cost[LOOKS];
  for (int i = 0; i < LOOKS; i++) {
    const double from = tb_now();
    cost[i] = tb_now() - from;
  }
  return tb_median(cost, LOOKS);
}
