/* tenbin-bench: what `tenbin bench` runs. Options, the environment that OpenMP needs, and the loop over the layers.
 *
 * SPDX-License-Identifier: MIT */
#include "bench.h"
#include "clock.h"
#include "csv.h"
#include "figures.h"
#include "floor.h"
#include "host.h"
#include "measure.h"
#include "table.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MACHINE_FIGURE 6e-3 /* seconds */

static volatile sig_atomic_t stop;

static void on_interrupt(int number) {
  (void)number;
  stop = 1;
}

/* A second interrupt ends the program at once: a kernel may hang. A reader that has gone, or a file that may not grow, is
 * noticed by the write that fails. */
static void install_handlers(void) {
  struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = (int)(SA_RESETHAND | SA_RESTART)};
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
}

/* OpenMP libraries read their number of threads from the environment as they are loaded, which is before main: with another
 * number there the program starts itself anew. */
static void require_openmp_threads(char **argv, int threads) {
  char number[16];
  snprintf(number, sizeof number, "%d", threads);
  const char *present = getenv("OMP_NUM_THREADS");
  if (present && strcmp(present, number) == 0)
    return;
  if (setenv("OMP_NUM_THREADS", number, 1) == 0)
    execv("/proc/self/exe", argv);
  tb_complain(0, "warning: cannot start anew with OMP_NUM_THREADS=%s; libraries that use OpenMP may use another number",
              number);
}

/* "layer 3 of 23", overwritten in place on a terminal. The time left is that of the average layer so far. */
static void progress(const tb_layers *layers, int done, double start) {
  const char *terminal = isatty(STDERR_FILENO) ? "\r\033[K" : NULL;
  char left[40] = "";
  if (done > 0)
    snprintf(left, sizeof left, ", about %.0f s left", (tb_now() - start) / done * (layers->count - done) + 0.5);
  fprintf(stderr, "%stenbin bench: layer %d of %d, %s%s%s", terminal ? terminal : "", done + 1, layers->count,
          layers->item[done].name, left, terminal ? "" : "\n");
  fflush(stderr);
}

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
  tenbin_host host;
  tb_meter *meter;
  tb_isa isa; /* with the highest peak for that many threads */
  bool timed, failed;
};

static int say_end(const struct run *r, int layers) {
  int status = r->failed ? TB_KERNEL_FAILED : TB_OK;
  if (layers > 0)
    tb_table_summary(&r->table);
  if (r->csv && !tb_csv_write(r->csv))
    status = TB_CANNOT_RUN;
  else if (r->csv && tb_csv_rows(r->csv) > 0)
    printf("\n%d row%s in %s\n", tb_csv_rows(r->csv), tb_csv_rows(r->csv) == 1 ? "" : "s", r->options.csv);
  if (fflush(stdout) != 0 || ferror(stdout))
    status = tb_complain(TB_CANNOT_RUN, "standard output cannot be written");
  if (stop) {
    tb_complain(0, "interrupted: %d of %d layers are finished%s", layers, r->layers.count,
                r->csv && layers == 0 ? ", and no CSV is written" : "");
    return status == TB_CANNOT_RUN ? status : TB_INTERRUPTED;
  }
  if (status == TB_OK && !r->timed)
    return tb_complain(TB_KERNEL_FAILED, "nothing was timed: no kernel supports any of the layers");
  return status;
}

/* The machine's figures for the head of the table, for one thread, for those of the kernels and for all cores. False: no memory
 * or threads. */
static bool measure_machine(struct run *r) {
  const int cores = r->machine.cores, threads = r->options.threads;
  tb_figures figures;
  r->meter = tb_meter_open(threads > cores ? threads : cores, cores);
  if (!r->meter)
    return false;
  tb_figures_caches(r->meter);
  for (int i = 1; i <= cores || i <= threads; i++) {
    if (i != 1 && i != threads && i != cores)
      continue;
    tb_figures_measure(r->meter, i, MACHINE_FIGURE, &figures);
    if (i == threads)
      r->isa = tb_figures_best(&figures);
  }
  tb_floor_notes(threads);
  fflush(stdout);
  return true;
}

/* The layer's rows, between two measurements of what its floor depends on: a machine's speed changes within minutes, so the
 * best of the run would hold a slow minute against the kernels, and one measurement alone may meet a burst of interference
 * that they do not. False: interrupted. */
static bool time_layer(struct run *r, const tb_layer *layer, const tb_subjects *subjects, tb_floor *floor, tb_row *row) {
  const tb_work work = tb_work_of(layer->problem);
  const int level = tb_meter_level(r->meter, work.in + work.out, r->options.threads);
  tb_floor_begin(&work, r->meter, r->isa, level, r->options.threads, floor);
  tb_floor_measure(floor, r->meter);
  if (!tb_measure(layer, subjects, &r->host, r->options.min_time, &stop, row))
    return false;
  tb_floor_measure(floor, r->meter);
  return true;
}

static int time_layers(struct run *r) {
  const double start = tb_now();
  tb_row *row = calloc((size_t)r->subjects.count, sizeof *row);
  if (!row)
    return tb_complain(TB_CANNOT_RUN, "out of memory");
  install_handlers();
  int done = 0;
  while (done < r->layers.count && !stop && !ferror(stdout)) {
    const tb_layer *layer = &r->layers.item[done];
    progress(&r->layers, done, start);
    const tb_subjects subjects = tb_subjects_of(&r->subjects, layer->problem->c.op);
    tb_floor floor;
    const bool finished = time_layer(r, layer, &subjects, &floor, row);
    clear_progress();
    if (!finished)
      break;
    tb_table_layer(&r->table, layer, &floor, row, subjects.count);
    for (int i = 0; i < subjects.count; i++) {
      r->timed = r->timed || row[i].status == TB_ROW_OK;
      r->failed = r->failed || row[i].status == TB_ROW_FAILED;
      if (r->csv)
        tb_csv_add(r->csv, &r->machine, layer, &floor, &row[i]);
    }
    done++;
  }
  free(row);
  return say_end(r, done);
}

static int bench(struct run *r) {
  int status = tb_subjects_select(&r->options, &r->subjects);
  if (status == TB_OK)
    status = tb_layers_select(&r->options, tb_subjects_operators(&r->subjects), &r->layers);
  if (status == TB_OK)
    status = tb_subjects_restrict(&r->subjects, tb_layers_operators(&r->layers));
  if (status != TB_OK)
    return status;
  if (r->options.csv && !(r->csv = tb_csv_open(r->options.csv)))
    return TB_CANNOT_RUN;
  if (!tb_host_open(&r->host, r->options.threads))
    return tb_complain(TB_CANNOT_RUN, "%d threads cannot be started", r->options.threads);
  tb_machine_read(&r->machine);
  if (r->options.threads > r->machine.cores)
    tb_complain(0, "warning: %d threads share %d cores", r->options.threads, r->machine.cores);
  status = TB_CANNOT_RUN;
  if (tb_table_open(&r->table, &r->options, &r->machine, &r->subjects, &r->layers) && measure_machine(r))
    status = time_layers(r);
  else
    tb_complain(status, "out of memory");
  tb_meter_close(r->meter);
  tb_host_close(&r->host);
  return status;
}

int main(int argc, char **argv) {
  struct run r = {0};
  int status = tb_options_parse(argc, argv, &r.options);
  if (status == TB_OK && r.options.help) {
    tb_options_help();
    if (fflush(stdout) != 0)
      status = tb_complain(TB_CANNOT_RUN, "standard output cannot be written");
  } else if (status == TB_OK) {
    require_openmp_threads(argv, r.options.threads);
    status = bench(&r);
  }
  tb_csv_close(r.csv);
  tb_table_close(&r.table);
  tb_layers_free(&r.layers);
  tb_subjects_free(&r.subjects);
  tb_options_free(&r.options);
  return status;
}
