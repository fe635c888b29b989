/* tenbin-bench: what `tenbin bench` runs: the loop over the layers.
 *
 * SPDX-License-Identifier: MIT */
#include "bench.h"
#include "bench_csv.h"
#include "clock.h"
#include "compare.h"
#include "figures.h"
#include "floor.h"
#include "interrupt.h"
#include "measure.h"
#include "output.h"
#include "table.h"
#include "trial.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define MACHINE_FIGURE 6e-3 /* seconds */

static void clear_progress(void) {
  if (isatty(STDERR_FILENO))
    fputs("\r\033[K", stderr);
}

struct run {
  tb_options options;
  tb_subjects subjects;
  tb_layers layers;
  tb_machine machine;
  tb_table table;
  tb_csv *csv; /* or NULL */
  tb_setting setting;
  tb_comparer comparer; /* of --compare */
  tb_meter *meter;
  tb_isa isa;      /* with the highest peak for the largest number of threads */
  tb_floor *floor; /* of the layer, for each number of threads */
  bool timed, failed;
  bool lost; /* the CSV could not be written after the last layer */
};

/* How many kernels a layer is timed with, in how many ways. */
static int trials(const struct run *r, int layer) {
  const tb_subjects subjects = tb_subjects_of(&r->subjects, r->layers.item[layer].problem->c.op);
  return r->options.compare ? TB_SIDES : subjects.count * r->setting.threads.count;
}

/* "layer 3 of 23", overwritten in place on a terminal. The time left is that of the average kernel and layer so far; before the
 * first, what is asked for. */
static void progress(const struct run *r, int done, double start) {
  const char *terminal = isatty(STDERR_FILENO) ? "\r\033[K" : NULL;
  int past = 0, left = 0;
  for (int i = 0; i < r->layers.count; i++)
    *(i < done ? &past : &left) += trials(r, i);
  fprintf(stderr, "%stenbin bench: layer %d of %d, %s, about %.0f s left%s", terminal ? terminal : "", done + 1,
          r->layers.count, r->layers.item[done].name, left * (past ? (tb_now() - start) / past : r->options.min_time) + 0.5,
          terminal ? "" : "\n");
  fflush(stderr);
}

static int print_end(const struct run *r, int layers) {
  int status = r->failed ? TB_EXIT_NONCONFORMING : TB_EXIT_OK;
  if (layers > 0)
    tb_table_summary(&r->table);
  if (r->lost)
    status = tb_report_error(TB_EXIT_CANNOT_RUN, "--csv: %s has the rows of %d of %d layers", r->options.csv, layers - 1,
                             r->layers.count);
  else if (r->csv && tb_csv_rows(r->csv) > 0)
    printf("\n%d row%s in %s\n", tb_csv_rows(r->csv), tb_csv_rows(r->csv) == 1 ? "" : "s", r->options.csv);
  if (tb_interrupted) {
    tb_report_error(0, "interrupted: %d of %d layers are finished%s", layers, r->layers.count,
                    r->csv && layers == 0 ? ", and no CSV is written" : "");
    return status == TB_EXIT_CANNOT_RUN ? status : TB_EXIT_INTERRUPTED;
  }
  if (status == TB_EXIT_OK && !r->timed)
    return tb_report_error(TB_EXIT_NONCONFORMING, "nothing was timed: no kernel supports any of the layers");
  return status;
}

/* The largest number of threads that is asked for. */
static int most_threads(const tb_options *options) {
  int64_t most = 1;
  for (int i = 0; i < options->thread_list.count; i++)
    most = options->thread_list.v[i] > most ? options->thread_list.v[i] : most;
  return (int)most;
}

/* The machine's figures for the head of the table, for one thread, for the most that the kernels have and for all cores; not
 * all of them where it is interrupted. False: no memory or threads. */
static bool measure_machine(struct run *r) {
  const int cores = r->machine.cores, numbers = r->setting.threads.count, threads = most_threads(&r->options);
  tb_figures figures;
  r->floor = calloc((size_t)numbers, sizeof *r->floor);
  r->meter = tb_meter_open(threads > cores ? threads : cores, cores);
  if (!r->meter || !r->floor)
    return false;
  tb_figures_caches(r->meter);
  for (int i = 1; i <= cores || i <= threads; i++) {
    if (i != 1 && i != threads && i != cores)
      continue;
    if (!tb_figures_measure(r->meter, i, MACHINE_FIGURE, &tb_interrupted, &figures))
      return true;
    if (i == threads)
      r->isa = tb_figures_best(&figures);
  }
  tb_floor_notes(numbers > 1 ? 0 : threads, r->options.timing.cold);
  fflush(stdout);
  return true;
}

static void begin_floors(struct run *r, const tb_problem *problem) {
  const tb_floor_work work = tb_work_of(problem);
  for (int i = 0; i < r->setting.threads.count; i++) {
    const int threads = (int)r->setting.threads.v[i];
    const int level =
        r->options.timing.cold ? tb_meter_memory(r->meter) : tb_meter_level(r->meter, work.in + work.out, threads);
    tb_floor_begin(&work, r->meter, r->isa, level, threads, &r->floor[i]);
  }
}

static void measure_floors(struct run *r) {
  for (int i = 0; i < r->setting.threads.count && !tb_interrupted; i++)
    tb_floor_measure(&r->floor[i], r->meter);
}

/* The layer's rows, between two measurements of what its floors depend on: a machine's speed changes within minutes, so the
 * best of the run would hold a slow minute against the kernels, and one measurement alone may meet a burst of interference
 * that they do not. False: interrupted. */
static bool time_layer(struct run *r, const tb_layer *layer, const tb_subjects *subjects, tb_row *row) {
  begin_floors(r, layer->problem);
  measure_floors(r);
  if (!(r->options.compare ? tb_compare(&r->comparer, layer, row) : tb_measure(layer, subjects, &r->setting, row)))
    return false;
  measure_floors(r);
  return true;
}

static int time_layers(struct run *r) {
  const double start = tb_now();
  const int threads = r->setting.threads.count;
  const bool compare = r->options.compare != NULL;
  tb_row *row = calloc((size_t)r->subjects.count * (size_t)threads + TB_SIDES, sizeof *row);
  if (!row)
    return tb_report_error(TB_EXIT_CANNOT_RUN, "out of memory");
  int done = 0;
  while (done < r->layers.count && !tb_interrupted && !ferror(stdout) && !r->lost) {
    const tb_layer *layer = &r->layers.item[done];
    progress(r, done, start);
    const tb_subjects subjects = tb_subjects_of(&r->subjects, layer->problem->c.op);
    const int rows = compare ? TB_SIDES : subjects.count * threads;
    const bool finished = time_layer(r, layer, &subjects, row);
    clear_progress();
    if (!finished)
      break;
    if (compare)
      tb_table_comparison(&r->table, layer, r->floor, row);
    else
      tb_table_layer(&r->table, layer, r->floor, row, rows);
    for (int i = 0; i < rows; i++) {
      r->timed = r->timed || row[i].status == TB_ROW_OK;
      r->failed = r->failed || row[i].status == TB_ROW_FAILED;
      if (r->csv)
        tb_bench_csv_add(r->csv, &r->machine, &r->options.timing, layer, &r->floor[row[i].thread], &row[i]);
    }
    r->lost = !tb_csv_write(r->csv);
    done++;
  }
  free(row);
  return print_end(r, done);
}

static void open_setting(struct run *r) {
  const tb_options *o = &r->options;
  r->setting = (tb_setting){.threads = o->thread_list,
                            .timing = o->timing,
                            .clock = tb_clock_cost(),
                            .min_time = o->min_time,
                            .stop = &tb_interrupted};
  if (most_threads(o) > r->machine.cores)
    tb_report_error(0, "warning: %d threads share %d cores", most_threads(o), r->machine.cores);
}

/* A layer has a worker a kernel, each with some files. */
static void allow_files(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

/* Nothing that is read may be written to. */
static int open_csv(struct run *r) {
  const int most = r->layers.files + r->subjects.count;
  int inputs = 0;
  if (!(r->csv = tb_csv_open(r->options.csv, tb_bench_csv_header)))
    return TB_EXIT_CANNOT_RUN;
  tb_input *input = calloc((size_t)most + 1, sizeof *input);
  if (!input)
    abort();
  for (int i = 0; i < r->layers.files; i++)
    input[inputs++] = (tb_input){"a file of layers", r->layers.file[i]};
  for (int i = 0; i < r->subjects.count; i++)
    if (r->subjects.item[i].plugin)
      input[inputs++] = (tb_input){"a plugin", r->subjects.item[i].plugin};
  tb_outfile *const output = tb_csv_file(r->csv);
  const int status = tb_outfiles_apart(&output, 1, input, inputs);
  free(input);
  return status;
}

static int bench(struct run *r) {
  int status = tb_subjects_select(&r->options, &r->subjects);
  if (status == TB_EXIT_OK)
    status = tb_layers_select(&r->options.on, tb_subjects_operators(&r->subjects), &r->layers);
  if (status == TB_EXIT_OK)
    status = tb_subjects_restrict(&r->subjects, tb_layers_operators(&r->layers));
  if (status != TB_EXIT_OK)
    return status;
  if (r->options.csv && (status = open_csv(r)) != TB_EXIT_OK)
    return status;
  tb_machine_read(&r->machine);
  open_setting(r);
  if (r->options.compare)
    status = tb_compare_open(&r->comparer, &r->options, &r->subjects, &tb_interrupted);
  if (status == TB_EXIT_OK && tb_table_open(&r->table, &r->options, &r->machine, &r->subjects, &r->layers, r->setting.clock) &&
      measure_machine(r))
    status = time_layers(r);
  else if (status == TB_EXIT_OK)
    status = tb_report_error(TB_EXIT_CANNOT_RUN, "out of memory");
  tb_compare_close(&r->comparer);
  free(r->floor);
  tb_meter_close(r->meter);
  return status;
}

int main(int argc, char **argv) {
  struct run r = {0};
  tb_program_start("tenbin bench");
  tb_output_start();
  tb_interrupt_start();
  allow_files();
  int refused;
  int status;
  if (tb_options_parse(argc, argv, &r.options, &refused))
    status = bench(&r);
  else
    status = refused;
  tb_csv_close(r.csv);
  tb_table_close(&r.table);
  tb_layers_free(&r.layers);
  tb_subjects_free(&r.subjects);
  tb_options_free(&r.options);
  return tb_output_finish(tb_program_name(), status);
}
