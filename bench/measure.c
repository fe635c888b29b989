/* Timing one layer: prepare apart, then batches of runs of all kernels, with each number of threads, in random order, on the
 * same buffers.
 *
 * SPDX-License-Identifier: MIT */
#include "measure.h"
#include "trial.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What all kernels of the layer share. */
struct shared {
  tb_problem **problem; /* [threads.count]: the layer's, with each number of threads */
  tb_tensors tensors;
  void *workspace;
};

static void no_memory(tb_row *row, const char *what) {
  row->status = TB_ROW_FAILED;
  snprintf(row->reason, sizeof row->reason, "the host, asked for %s, returned: out of memory", what);
}

static bool make_shared(const tb_layer *layer, const tb_setting *setting, struct shared *out) {
  char message[TB_MESSAGE_MAX];
  const int n = setting->threads.count;
  *out = (struct shared){.problem = calloc((size_t)n, sizeof(tb_problem *))};
  for (int i = 0; out->problem && i < n; i++) {
    tb_case c = layer->problem->c;
    c.threads = (int)setting->threads.v[i];
    out->problem[i] = malloc(sizeof **out->problem);
    if (!out->problem[i] || !tb_problem_make(&c, out->problem[i], message))
      return false;
  }
  return out->problem && tb_tensors_make(layer->problem, NULL, &out->tensors);
}

static void free_shared(struct shared *s, int threads) {
  for (int i = 0; s->problem && i < threads; i++)
    free(s->problem[i]);
  free(s->problem);
  tb_tensors_free(&s->tensors);
  tb_pages_free(s->workspace);
}

/* Ratios to the fastest kernel with as many threads, and speed-ups against the first number of threads. */
static void set_ratios(tb_row *row, int subjects, int threads) {
  for (int j = 0; j < threads; j++) {
    double fastest = 0;
    for (int i = j; i < subjects * threads; i += threads)
      if (row[i].status == TB_ROW_OK && (fastest == 0 || row[i].median < fastest))
        fastest = row[i].median;
    for (int i = j; i < subjects * threads; i += threads) {
      const tb_row *first = &row[i - j];
      if (row[i].status != TB_ROW_OK)
        continue;
      row[i].ratio = fastest > 0 ? row[i].median / fastest : 1;
      if (threads > 1 && first->status == TB_ROW_OK && row[i].median > 0)
        row[i].speedup = first->median / row[i].median;
    }
  }
}

/* All kernels of the layer, each with its plan. One workspace serves them all, at the same address. */
static void measure_prepared(tb_trial *trial, const bool *ready, int trials, struct shared *s, const tb_setting *setting) {
  size_t workspace = 0;
  int tasks = 0;
  tb_gbench_task *task = calloc((size_t)(trials > 0 ? trials : 1), sizeof *task);
  for (int i = 0; i < trials; i++)
    workspace = ready[i] && trial[i].workspace > workspace ? trial[i].workspace : workspace;
  s->workspace = workspace > 0 ? tb_pages_alloc(workspace, 1) : NULL;
  const bool memory = task && (s->workspace || workspace == 0);
  for (int i = 0; i < trials && !*setting->stop; i++) {
    if (ready[i] && !memory)
      no_memory(trial[i].row, "the workspace");
    else if (ready[i] && tb_trial_warm_up(&trial[i], s->workspace, setting->min_time, &task[tasks]))
      tasks++;
  }
  if (task && !*setting->stop)
    tb_gbench_run(task, tasks, setting->stop);
  for (int i = 0; i < tasks; i++)
    tb_trial_summarize(task[i].arg, &task[i]);
  free(task);
}

/* Makes the trials, one for each kernel and number of threads. */
static void measure_shared(const tb_subjects *subjects, const tb_setting *setting, struct shared *s, tb_trial *trial,
                           bool *ready, tb_row *row) {
  const int threads = setting->threads.count, trials = subjects->count * threads;
  int made = 0;
  for (; made < trials && !*setting->stop; made++) {
    tb_trial *t = &trial[made];
    *t = (tb_trial){.kernel = subjects->item[made / threads].kernel,
                    .problem = s->problem[made % threads],
                    .tensors = &s->tensors,
                    .timing = setting->timing,
                    .clock = setting->clock,
                    .row = &row[made]};
    tb_timing_host_open(&t->host, setting->pool[made % threads], setting->timing.with_prepare);
    ready[made] = tb_trial_prepare(t);
  }
  if (!*setting->stop)
    measure_prepared(trial, ready, trials, s, setting);
  for (int i = 0; i < made; i++)
    tb_trial_release(&trial[i]);
}

bool tb_measure(const tb_layer *layer, const tb_subjects *subjects, const tb_setting *setting, tb_row *row) {
  const int threads = setting->threads.count, trials = subjects->count * threads;
  struct shared s;
  tb_trial *trial = calloc((size_t)trials, sizeof *trial);
  bool *ready = calloc((size_t)trials, sizeof *ready);
  const bool memory = make_shared(layer, setting, &s) && trial && ready;
  memset(row, 0, (size_t)trials * sizeof *row);
  for (int i = 0; i < trials; i++) {
    row[i].subject = &subjects->item[i / threads];
    row[i].thread = i % threads;
    row[i].threads = (int)setting->threads.v[i % threads];
    snprintf(row[i].text, sizeof row[i].text, "%s", memory ? s.problem[i % threads]->text : layer->problem->text);
    if (!memory)
      no_memory(&row[i], "the tensors");
  }
  if (memory)
    measure_shared(subjects, setting, &s, trial, ready, row);
  free(trial);
  free(ready);
  free_shared(&s, threads);
  set_ratios(row, subjects->count, threads);
  return !*setting->stop;
}
