/* One kernel: prepare, batches of runs or calls timed one by one, and the figures of its row.
 *
 * A batch is as many runs as take about 2 ms: short, so that a burst of interference spoils few batches, and quartiles over the
 * batches separate it from the kernel. Each batch follows another kernel's, which has filled the caches: one run that is not
 * timed brings back what a kernel keeps there, unless a run lasts so long (50 ms) that a cache's refill is lost in it. Where
 * single calls are timed, the batches are the same, and the clock is read before and after each call in them. The worker does
 * all of it (worker/timed.c); here is what it is asked for, and what is made of its times.
 *
 * SPDX-License-Identifier: MIT */
#include "trial.h"
#include "clock.h"
#include "program.h"
#include "quantile.h"
#include "timing_host.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BATCH 2e-3        /* seconds */
#define REPETITIONS_MIN 5 /* for quartiles */
#define REPETITIONS_MAX 100
#define RUNS_MAX 1e6
#define COLD_MAX 1000 /* calls after an eviction */
#define P90_FROM 10   /* calls */
#define P99_FROM 100
#define PATIENCE 20 /* times what a batch is expected to take */

static void fail(tb_row *row, const char *why) {
  row->status = TB_ROW_FAILED;
  snprintf(row->reason, sizeof row->reason, "%s", why);
}

/* Why there are no times. */
static void explain(tb_trial *t) {
  const tb_report *r = &t->worker.record[0].report;
  tb_row *row = t->row;
  char prints[2000];
  row->status = r->outcome == TB_UNSUPPORTED ? TB_ROW_UNSUPPORTED : TB_ROW_FAILED;
  if (r->left_processes)
    snprintf(row->reason, sizeof row->reason, "it left %d process%s", (int)r->left_processes,
             r->left_processes == 1 ? "" : "es");
  else if (r->outcome == TB_UNSUPPORTED || r->outcome == TB_ERROR || r->outcome == TB_NO_MEMORY)
    snprintf(row->reason, sizeof row->reason, "%s", r->detail);
  else
    snprintf(row->reason, sizeof row->reason, "in %s: %.150s", r->stage, r->detail);
  tb_worker_prints(&t->worker, prints, sizeof prints);
  if (*prints && row->status == TB_ROW_FAILED)
    tb_report_error(0, "%s printed: %s", t->subject->label, prints);
}

/* Asks the worker. False: it has no times, and the row says why, or *stop was set. */
static bool ask(tb_trial *t, const tb_order *order) {
  if (!t->alive)
    return false;
  const tb_answer answer = tb_worker_time(&t->worker, t->subject->name, order, t->answer);
  const tb_report *r = &t->worker.record[0].report;
  t->alive = answer == TB_ANSWERED && r->outcome == TB_RAN && !r->left_processes;
  if (answer == TB_LOST)
    fail(t->row, "its worker cannot be asked");
  else if (answer != TB_STOPPED && !t->alive)
    explain(t);
  return t->alive;
}

/* Processor time for what takes about so many seconds. */
static double limit(const tb_trial *t, double seconds) {
  return t->problem->c.threads * (tb_cpu_limit(tb_case_work(&t->problem->c), 1) + PATIENCE * seconds);
}

static tb_order order_of(const tb_trial *t, tb_step step, double seconds) {
  return (tb_order){.step = (int32_t)step,
                    .single = t->timing.latency || t->timing.cold,
                    .cold = t->timing.cold,
                    .with_prepare = t->timing.with_prepare,
                    .limit = limit(t, seconds)};
}

/* OpenMP libraries read the number of their threads as they are loaded. */
static bool start(tb_trial *t) {
  char program[4096], threads[16], message[600];
  tb_beside("tenbin-worker", program, sizeof program);
  snprintf(threads, sizeof threads, "%d", t->problem->c.threads);
  setenv("OMP_NUM_THREADS", threads, 1);
  t->alive = tb_worker_start_on(&t->worker, t->files, program, t->subject->plugin, message);
  if (!t->alive) {
    fail(t->row, message);
    return false;
  }
  t->worker.stop = t->stop;
  snprintf(t->worker.record[0].text, sizeof t->worker.record[0].text, "%s", t->problem->text);
  return true;
}

bool tb_trial_prepare(tb_trial *t) {
  const tb_order order = order_of(t, TB_STEP_PREPARE, 0);
  t->answer = malloc(sizeof *t->answer);
  if (!t->answer) {
    fail(t->row, "the host has no memory");
    return false;
  }
  if (!start(t) || !ask(t, &order))
    return false;
  t->row->prepare = tb_median(t->answer->seconds, t->answer->count);
  return true;
}

void tb_trial_release(tb_trial *t) {
  if (t->worker.record)
    tb_worker_stop(&t->worker);
  free(t->answer);
  free(t->sample);
}

static bool batch(void *arg, double *seconds) {
  tb_trial *t = arg;
  if (!ask(t, &t->order))
    return false;
  *seconds = 0;
  for (int i = 0; i < t->answer->count; i++) {
    const double one = t->answer->seconds[i] - t->clock;
    *seconds += t->answer->seconds[i];
    if (t->order.single && t->samples < t->room)
      t->sample[t->samples++] = one > 0 ? one : 0;
  }
  return true;
}

static void report(void *arg, double seconds) {
  tb_trial *t = arg;
  if (t->samples < t->room)
    t->sample[t->samples++] = seconds / t->order.runs;
}

/* Of calls that are there one by one. */
static void report_nothing(void *arg, double seconds) {
  (void)arg;
  (void)seconds;
}

/* Batches by the time of one run, and of one with its eviction. */
static void choose(tb_trial *t, double least, double whole, double min_time, tb_gbench_task *task) {
  /* So that no more than the largest number of batches fill the time asked for. */
  const double length = min_time / REPETITIONS_MAX > BATCH ? min_time / REPETITIONS_MAX : BATCH;
  double runs = 1;
  if (t->timing.cold) {
    task->batches = (int)fmin(fmax(min_time / whole, REPETITIONS_MIN), COLD_MAX);
  } else {
    runs = floor(fmin(fmax(length / least, 0.5), RUNS_MAX) + 0.5);
    task->batches = (int)fmin(fmax(min_time / (runs * least), REPETITIONS_MIN), REPETITIONS_MAX);
    if (t->timing.latency)
      runs = fmin(runs, floor((double)TB_CALLS_MOST / task->batches));
  }
  t->order = order_of(t, TB_STEP_RUN, runs * whole);
  t->order.runs = (int32_t)runs;
  t->order.warm = !t->timing.cold && least < TB_WARM_BELOW;
}

bool tb_trial_warm_up(tb_trial *t, double min_time, tb_gbench_task *task) {
  const tb_order order = order_of(t, TB_STEP_WARM_UP, 0);
  if (!ask(t, &order))
    return false;
  choose(t, t->answer->seconds[0], t->answer->seconds[1], min_time, task);
  task->batch = batch;
  task->report = t->order.single ? report_nothing : report;
  task->arg = t;
  t->room = t->order.single ? t->order.runs * task->batches : task->batches;
  t->sample = malloc((size_t)t->room * sizeof *t->sample);
  if (!t->sample)
    fail(t->row, "the host has no memory");
  return t->sample != NULL;
}

void tb_trial_summarize(tb_trial *t, const tb_gbench_task *task) {
  tb_row *row = t->row;
  const bool single = t->order.single;
  const int n = t->samples;
  const tb_order order = order_of(t, TB_STEP_RELEASE, 0);
  if (task->failed || !ask(t, &order))
    return;
  if (n == 0) {
    fail(row, "Google Benchmark gave no times");
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
  row->iterations = single ? 1 : t->order.runs;
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
