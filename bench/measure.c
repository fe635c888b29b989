/* Timing one layer: prepare apart, then batches of runs of all kernels, with each number of threads, in random order, on the
 * same buffers.
 *
 * SPDX-License-Identifier: MIT */
#include "measure.h"
#include "tensors.h"
#include "trial.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* What all kernels of the layer share. */
struct shared {
  tb_problem **problem; /* [threads.count]: the layer's, with each number of threads */
  tb_files files;
};

/* Fills an input at the beginning of its range. */
static bool fill(const tb_problem *p, int role, int fd) {
  const size_t bytes = tb_desc_bytes(&p->input[role]);
  const int64_t offset = (TB_SLOT_INPUT + role) * TB_SLOT_BYTES;
  if (p->input[role].dtype == TENBIN_NONE || bytes == 0)
    return true;
  if (fallocate(fd, 0, offset, (off_t)bytes) != 0)
    return false;
  void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset);
  const bool filled = memory != MAP_FAILED && tb_tensor_fill(p, role, &(tenbin_tensor){p->input[role], memory});
  if (memory != MAP_FAILED)
    munmap(memory, bytes);
  return filled;
}

/* The inputs, which no kernel can write to. */
static bool fill_all(const tb_problem *p, int fd) {
  bool ok = true;
  for (int i = 0; i < p->inputs && ok; i++)
    ok = fill(p, i, fd);
  return ok && fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE | F_SEAL_SEAL) == 0;
}

static bool make_shared(const tb_layer *layer, const tb_setting *setting, struct shared *out) {
  char message[TB_MESSAGE_MAX];
  const int n = setting->threads.count;
  *out = (struct shared){.problem = calloc((size_t)n, sizeof(tb_problem *)), .files = {-1, -1}};
  for (int i = 0; out->problem && i < n; i++) {
    tb_case c = layer->problem->c;
    c.threads = (int)setting->threads.v[i];
    out->problem[i] = malloc(sizeof **out->problem);
    if (!out->problem[i] || !tb_problem_make(&c, out->problem[i], message))
      return false;
  }
  return out->problem && tb_files_open(&out->files) && fill_all(layer->problem, out->files.inputs);
}

static void free_shared(struct shared *s, int threads) {
  for (int i = 0; s->problem && i < threads; i++)
    free(s->problem[i]);
  free(s->problem);
  tb_files_close(&s->files);
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

/* The batches of all kernels of the layer, each with its plan. */
static void measure_prepared(tb_trial *trial, const bool *ready, int trials, const tb_setting *setting) {
  int tasks = 0;
  tb_gbench_task *task = calloc((size_t)(trials > 0 ? trials : 1), sizeof *task);
  if (!task)
    abort();
  for (int i = 0; i < trials && !*setting->stop; i++)
    if (ready[i] && tb_trial_warm_up(&trial[i], setting->min_time, &task[tasks]))
      tasks++;
  if (!*setting->stop)
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
    trial[made] = (tb_trial){.subject = &subjects->item[made / threads],
                             .problem = s->problem[made % threads],
                             .files = &s->files,
                             .timing = setting->timing,
                             .clock = setting->clock,
                             .stop = setting->stop,
                             .row = &row[made]};
    ready[made] = tb_trial_prepare(&trial[made]);
  }
  if (!*setting->stop)
    measure_prepared(trial, ready, trials, setting);
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
    if (!memory) {
      row[i].status = TB_ROW_FAILED;
      snprintf(row[i].reason, sizeof row[i].reason, "the host has no memory for the tensors");
    }
  }
  if (memory)
    measure_shared(subjects, setting, &s, trial, ready, row);
  free(trial);
  free(ready);
  free_shared(&s, threads);
  set_ratios(row, subjects->count, threads);
  return !*setting->stop;
}
