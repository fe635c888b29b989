/* Timing one layer: prepare apart, then batches of runs of all kernels in random order, on the same buffers.
 *
 * A batch is as many runs as take about 2 ms: short, so that a burst of interference spoils few batches, and quartiles over the
 * batches tell it from the kernel. Each batch follows another kernel's, which has filled the caches: one run that is not timed
 * brings back what a kernel keeps there, unless a run lasts so long (50 ms) that a cache's refill is lost in it.
 *
 * SPDX-License-Identifier: MIT */
#include "measure.h"
#include "clock.h"
#include "gbench.h"
#include "host.h"
#include "quantile.h"
#include "registry.h"
#include "status.h"
#include "tensors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BATCH 2e-3        /* seconds */
#define WARM_UP 2e-3      /* seconds of runs before their time is believed */
#define WARM_BELOW 50e-3  /* seconds a run */
#define SLOW_PREPARE 0.5  /* seconds */
#define REPETITIONS_MIN 5 /* for quartiles */
#define REPETITIONS_MAX 100
#define PREPARES_MIN 3
#define PREPARES_MAX 9
#define ITERATIONS_MAX 1e6

/* One kernel on the layer. */
struct trial {
  const tenbin_kernel *kernel;
  tenbin_plan *plan;
  tenbin_generator *generator; /* or NULL */
  tenbin_call call;
  tenbin_status failure;
  tb_row *row;
  double sample[REPETITIONS_MAX];
  int samples;
};

/* What all kernels of the layer share. */
struct buffers {
  tb_tensors tensors;
  void *workspace;
};

static void fail(tb_row *row, const char *what, tenbin_status status) {
  row->status = TB_ROW_FAILED;
  snprintf(row->reason, sizeof row->reason, "%s returned: %s", what, tb_status_name(status));
}

static bool supported(const tb_problem *p, struct trial *t) {
  tenbin_answer answer = {.struct_size = sizeof answer};
  const tenbin_status status = t->kernel->supports(&p->problem, &answer);
  if (status == TENBIN_OK)
    return true;
  if (status != TENBIN_UNSUPPORTED) {
    fail(t->row, "supports", status);
    return false;
  }
  t->row->status = TB_ROW_UNSUPPORTED;
  snprintf(t->row->reason, sizeof t->row->reason, "%s", *answer.why ? answer.why : "no reason given");
  return false;
}

/* Times prepare, a few times unless it is slow, and keeps the last plan. */
static bool prepare(const tb_problem *p, const struct buffers *b, const tenbin_host *host, struct trial *t) {
  double time[PREPARES_MAX], total = 0;
  int n = 0;
  while (n < PREPARES_MIN || (n < PREPARES_MAX && total < 10 * WARM_UP)) {
    if (n > 0)
      t->kernel->release(t->plan);
    t->plan = NULL;
    const double from = tb_now();
    const tenbin_status status = t->kernel->prepare(&p->problem, b->tensors.constant, host, &t->plan);
    time[n] = tb_now() - from;
    if (status == TENBIN_UNSUPPORTED) {
      t->row->status = TB_ROW_UNSUPPORTED;
      snprintf(t->row->reason, sizeof t->row->reason, "refused by prepare");
    } else if (status != TENBIN_OK) {
      fail(t->row, "prepare", status);
    }
    if (status != TENBIN_OK) {
      t->plan = NULL;
      return false;
    }
    total += time[n++];
    if (total > SLOW_PREPARE)
      break;
  }
  t->row->prepare = tb_median(time, n);
  return true;
}

/* Of operators that draw numbers. One generator serves all runs, so that each draws what follows. */
static void open_generator(const tb_problem *p, const tenbin_host *host, struct trial *t) {
  if (p->c.op != TB_NORMAL)
    return;
  if (!TB_HAS(t->kernel, generator) || !t->kernel->generator) {
    t->row->status = TB_ROW_FAILED;
    snprintf(t->row->reason, sizeof t->row->reason, "a kernel without generator functions");
    return;
  }
  const tenbin_status status = t->kernel->generator->open(p->c.seed, host, &t->generator);
  if (status == TENBIN_OK)
    return;
  t->generator = NULL;
  fail(t->row, "open", status);
}

static void release(struct trial *t) {
  if (t->generator)
    t->kernel->generator->close(t->generator);
  if (t->plan)
    t->kernel->release(t->plan);
}

static bool ready(const struct trial *t) {
  return t->plan && t->row->status == TB_ROW_OK;
}

static size_t workspace_bytes(const struct trial *t) {
  return t->plan && t->kernel->workspace ? t->kernel->workspace(t->plan) : 0;
}

static bool run(void *arg) {
  struct trial *t = arg;
  t->failure = t->kernel->run(t->plan, &t->call);
  return t->failure == TENBIN_OK;
}

static void report(void *arg, double seconds) {
  struct trial *t = arg;
  if (t->samples < REPETITIONS_MAX)
    t->sample[t->samples++] = seconds;
}

/* Runs the kernel until its time is known, and chooses batches by it. False: it failed. */
static bool warm_up(struct trial *t, double min_time, tb_gbench_task *task) {
  double total = 0, least = 0;
  while (total < WARM_UP) {
    const double from = tb_now();
    if (!run(t)) {
      fail(t->row, "run", t->failure);
      return false;
    }
    const double time = tb_now() - from;
    least = total > 0 && least < time ? least : time;
    total += time > 1e-9 ? time : 1e-9;
  }
  least = least > 1e-9 ? least : 1e-9;
  /* So that no more than the largest number of batches fill the time asked for. */
  const double length = min_time / REPETITIONS_MAX > BATCH ? min_time / REPETITIONS_MAX : BATCH;
  const double iterations = length / least, limited = iterations < ITERATIONS_MAX ? iterations : ITERATIONS_MAX;
  task->iterations = limited > 1 ? (int64_t)(limited + 0.5) : 1;
  const double repetitions = min_time / ((double)task->iterations * least);
  task->repetitions = repetitions < REPETITIONS_MIN   ? REPETITIONS_MIN
                      : repetitions > REPETITIONS_MAX ? REPETITIONS_MAX
                                                      : (int)repetitions;
  task->warm = least < WARM_BELOW;
  task->run = run;
  task->report = report;
  task->arg = t;
  return true;
}

/* The row of a kernel whose batches are done. */
static void summarize(const tb_layer *layer, struct trial *t, const tb_gbench_task *task) {
  tb_row *row = t->row;
  if (task->failed) {
    fail(row, "run", t->failure);
    return;
  }
  if (t->samples == 0) {
    row->status = TB_ROW_FAILED;
    snprintf(row->reason, sizeof row->reason, "Google Benchmark gave no times");
    return;
  }
  tb_sort(t->sample, t->samples);
  row->status = TB_ROW_OK;
  row->min = t->sample[0];
  row->q1 = tb_quantile(t->sample, t->samples, 0.25);
  row->median = tb_quantile(t->sample, t->samples, 0.5);
  row->q3 = tb_quantile(t->sample, t->samples, 0.75);
  row->repetitions = t->samples;
  row->iterations = task->iterations;
  const tb_problem *p = layer->problem;
  row->gflops = 2e-9 * (double)tb_problem_macs(p) / row->median;
  if (p->c.op == TB_NORMAL) {
    row->ns = 1e9 * row->median / (double)tb_desc_elements(&p->output[TENBIN_Y]);
    row->gb = 1e-9 * (double)tb_desc_bytes(&p->output[TENBIN_Y]) / row->median;
  }
}

static void set_ratios(tb_row *row, int rows) {
  double fastest = 0;
  for (int i = 0; i < rows; i++)
    if (row[i].status == TB_ROW_OK && (fastest == 0 || row[i].median < fastest))
      fastest = row[i].median;
  for (int i = 0; i < rows; i++)
    if (row[i].status == TB_ROW_OK)
      row[i].ratio = row[i].median / fastest;
}

/* All kernels of the layer, each with its plan. One workspace serves them all: it lies at the same place for each. */
static void measure_prepared(const tb_layer *layer, struct trial *trial, int trials, struct buffers *b, double min_time,
                             const volatile sig_atomic_t *stop) {
  size_t workspace = 0;
  int tasks = 0;
  tb_gbench_task *task = calloc((size_t)trials, sizeof *task);
  for (int i = 0; i < trials; i++)
    workspace = workspace_bytes(&trial[i]) > workspace ? workspace_bytes(&trial[i]) : workspace;
  b->workspace = workspace > 0 ? tb_pages_alloc(workspace, 1) : NULL;
  const bool memory = task && (b->workspace || workspace == 0);
  for (int i = 0; i < trials && !*stop; i++) {
    struct trial *t = &trial[i];
    t->call = (tenbin_call){.struct_size = sizeof t->call,
                            .args = t->generator ? &b->tensors.args : NULL,
                            .generator = t->generator,
                            .input = b->tensors.input,
                            .output = b->tensors.output,
                            .workspace = b->workspace};
    if (ready(t) && !memory)
      fail(t->row, "the host, asked for the workspace,", TENBIN_OUT_OF_MEMORY);
    else if (ready(t) && warm_up(t, min_time, &task[tasks]))
      tasks++;
  }
  if (task && !*stop)
    tb_gbench_run(task, tasks, stop);
  for (int i = 0; i < tasks; i++)
    summarize(layer, task[i].arg, &task[i]);
  free(task);
}

bool tb_measure(const tb_layer *layer, const tb_subjects *subjects, const tenbin_host *host, double min_time,
                const volatile sig_atomic_t *stop, tb_row *row) {
  const int n = subjects->count;
  struct buffers b = {0};
  struct trial *trial = calloc((size_t)n, sizeof *trial);
  memset(row, 0, (size_t)n * sizeof *row);
  const bool memory = tb_tensors_make(layer->problem, NULL, &b.tensors) && trial;
  for (int i = 0; i < n; i++)
    row[i].subject = &subjects->item[i];
  for (int i = 0; i < n && !*stop; i++) {
    if (!memory) {
      fail(&row[i], "the host, asked for the tensors,", TENBIN_OUT_OF_MEMORY);
      continue;
    }
    trial[i].kernel = subjects->item[i].kernel;
    trial[i].row = &row[i];
    if (supported(layer->problem, &trial[i]) && prepare(layer->problem, &b, host, &trial[i]))
      open_generator(layer->problem, host, &trial[i]);
  }
  if (memory && !*stop)
    measure_prepared(layer, trial, n, &b, min_time, stop);
  for (int i = 0; memory && i < n; i++)
    release(&trial[i]);
  free(trial);
  tb_tensors_free(&b.tensors);
  tb_pages_free(b.workspace);
  set_ratios(row, n);
  return !*stop;
}
