/* The table.
 *
 * SPDX-License-Identifier: MIT */
#include "table.h"
#include "evict.h"
#include "seconds.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int wider(int width, const char *text) {
  return (int)strlen(text) > width ? (int)strlen(text) : width;
}

static void print_time(double seconds, int width) {
  char text[TB_SECONDS];
  tb_seconds(seconds, text);
  printf("  %*s", width, text);
}

static void print_head(const tb_options *options, const tb_machine *machine, const tb_subjects *subjects) {
  printf("tenbin %s bench, %s\n", TENBIN_VERSION, machine->time);
  printf("machine    %s, %d core%s, %s\n", machine->cpu, machine->cores, machine->cores == 1 ? "" : "s", machine->os);
  printf("compiler   %s\n", machine->compiler);
  const char *title = "libraries";
  for (int i = 0; i < subjects->count; i++)
    if (*subjects->item[i].library) {
      printf("%-10s %s: %s\n", title, subjects->item[i].label, subjects->item[i].library);
      title = "";
    }
  printf("threads    %d", options->on.threads);
  for (int i = 1; i < options->thread_list.count; i++)
    printf(", %d", (int)options->thread_list.v[i]);
  printf("\nmin-time   %g s a kernel and layer\n", options->min_time);
}

/* What is timed, where that is not the default. */
static void print_timing(const tb_timing *timing, double clock) {
  if (timing->latency || timing->cold)
    printf("timing     single calls; the clock's own %.0f ns are subtracted from each\n", 1e9 * clock);
  if (timing->cold)
    printf("cold       tensors, workspace and plan are evicted before each call, by %s; code and TLB stay warm\n",
           tb_evict_name());
  if (timing->with_prepare)
    printf("prepare    counted in: prepare, run and release of a plan, whose memory serves the next one; the floor is of the\n"
           "           run alone\n");
}

static bool several_threads(const tb_table *table) {
  return table->options->thread_list.count > 1;
}

static bool single_calls(const tb_table *table) {
  return table->options->timing.latency || table->options->timing.cold;
}

bool tb_table_open(tb_table *out, const tb_options *options, const tb_machine *machine, const tb_subjects *subjects,
                   const tb_layers *layers, double clock) {
  const size_t rows = (size_t)subjects->count * (size_t)options->thread_list.count;
  *out = (tb_table){
      .options = options,
      .subjects = subjects,
      .layer_width = (int)strlen("layer"),
      .kernel_width = (int)strlen("kernel"),
  };
  out->log_ratio = calloc(rows, sizeof *out->log_ratio);
  out->log_floor = calloc(rows, sizeof *out->log_floor);
  out->log_speedup = calloc(rows, sizeof *out->log_speedup);
  out->layers = calloc(rows, sizeof *out->layers);
  if (!out->log_ratio || !out->log_floor || !out->log_speedup || !out->layers)
    return false;
  for (int i = 0; i < layers->count; i++)
    out->layer_width = wider(out->layer_width, layers->item[i].name);
  for (int i = 0; i < subjects->count; i++)
    out->kernel_width = wider(out->kernel_width, subjects->item[i].label);
  print_head(options, machine, subjects);
  print_timing(&options->timing, clock);
  fflush(stdout);
  return true;
}

static void print_columns(tb_table *table, const tb_operator *op) {
  if (op == table->op)
    return;
  table->op = op;
  printf("\n%-*s  %-*s", table->layer_width, "layer", table->kernel_width, "kernel");
  if (several_threads(table))
    printf("  %7s", "threads");
  if (single_calls(table))
    printf("  %8s  %8s  %8s  %8s  %8s  %6s  ", "prepare", "median", "90 %", "99 %", "maximum", "calls");
  else
    printf("  %8s  %8s  %8s  %7s  ", "prepare", "median", "min", "spread");
  if (op->rate == TB_RATE_NUMBERS)
    printf("%9s  %8s  %8s  %8s", "ns/number", "GB/s", "ratio", "x floor");
  else
    printf("%8s  %8s  %8s", "GFLOP/s", "ratio", "x floor");
  if (table->options->on.batch.count > 0)
    printf("  %8s", "an image");
  puts(several_threads(table) ? "  speed-up" : "");
}

static void print_quantile(double seconds) {
  if (seconds > 0)
    print_time(seconds, 8);
  else
    printf("  %8s", "-");
}

static void print_row(const tb_table *table, const tb_row *r, double above) {
  print_time(r->prepare, 8);
  print_time(r->median, 8);
  if (single_calls(table)) {
    print_quantile(r->p90);
    print_quantile(r->p99);
    print_time(r->max, 8);
    printf("  %6d", r->repetitions);
  } else {
    print_time(r->min, 8);
    printf("  %5.1f %%", 100 * (r->q3 - r->q1) / r->median);
  }
  if (r->subject->op->rate == TB_RATE_NUMBERS)
    printf("  %9.3f  %8.2f  %8.2f", r->ns, r->gb, r->ratio);
  else
    printf("  %8.2f  %8.2f", r->gflops, r->ratio);
  printf("  %8.2f", above);
  if (table->options->on.batch.count > 0)
    print_time(r->image, 8);
  if (r->speedup > 0)
    printf("  %8.2f", r->speedup);
  putchar('\n');
}

void tb_table_layer(tb_table *table, const tb_layer *layer, const tb_floor *floor, const tb_row *row, int rows) {
  print_columns(table, layer->problem->c.op);
  printf("\n%s\n", layer->problem->text);
  for (int i = 0; i < table->options->thread_list.count; i++)
    tb_floor_print(&floor[i], several_threads(table));
  for (int i = 0; i < rows; i++) {
    const tb_row *r = &row[i];
    const ptrdiff_t subject = r->subject - table->subjects->item, at = subject * table->options->thread_list.count + r->thread;
    printf("%-*s  %-*s", table->layer_width, layer->name, table->kernel_width, r->subject->label);
    if (several_threads(table))
      printf("  %7d", r->threads);
    if (r->status != TB_ROW_OK) {
      printf("  %s: %s\n", r->status == TB_ROW_FAILED ? "failed" : "unsupported", r->reason);
      continue;
    }
    const double above = tb_floor_ratio(&floor[r->thread], r->median);
    print_row(table, r, above);
    table->log_ratio[at] += log(r->ratio);
    table->log_floor[at] += above > 1 ? log(above) : 0;
    table->log_speedup[at] += r->speedup > 0 ? log(r->speedup) : 0;
    table->layers[at]++;
  }
  fflush(stdout);
}

void tb_table_comparison(tb_table *table, const tb_layer *layer, const tb_floor *floor, const tb_row row[2]) {
  char a[TB_SECONDS], b[TB_SECONDS];
  printf("\n%s\n", layer->problem->text);
  tb_floor_print(floor, false);
  for (int i = 0; i < 2; i++)
    if (row[i].status != TB_ROW_OK)
      printf("%-*s  %s: %s: %s\n", table->layer_width, layer->name, row[i].subject->label,
             row[i].status == TB_ROW_FAILED ? "failed" : "unsupported", row[i].reason);
  if (row[0].status == TB_ROW_OK) {
    tb_seconds(row[0].median, a);
    tb_seconds(row[1].median, b);
    printf("%-*s  %s is %.3f times as fast as %s, 95 %% interval %.3f .. %.3f   (%s, %s; %.2f, %.2f x floor; %d rounds)\n",
           table->layer_width, layer->name, row[0].subject->label, row[0].times, row[1].subject->label, row[0].times_low,
           row[0].times_high, a, b, tb_floor_ratio(floor, row[0].median), tb_floor_ratio(floor, row[1].median), row[0].rounds);
    table->log_times += log(row[0].times);
    table->layers[0]++;
  }
  fflush(stdout);
}

static void comparison_summary(const tb_table *table) {
  const tb_subjects *s = table->subjects;
  if (table->layers[0] > 0)
    printf("\n%s is %.3f times as fast as %s, geometric mean over %d layer%s\n", s->item[0].label,
           exp(table->log_times / table->layers[0]), s->item[s->count - 1].label, table->layers[0],
           table->layers[0] == 1 ? "" : "s");
}

/* `more` may be NULL: there is no second column. */
static void print_means(const tb_table *table, const double *logs, const double *more) {
  const int threads = table->options->thread_list.count;
  for (int i = 0; i < table->subjects->count * threads; i++) {
    printf("%-*s  ", table->kernel_width, table->subjects->item[i / threads].label);
    if (threads > 1)
      printf("%4d  ", (int)table->options->thread_list.v[i % threads]);
    if (table->layers[i] == 0) {
      printf("    none, not timed on any layer\n");
      continue;
    }
    printf("%8.2f", exp(logs[i] / table->layers[i]));
    if (more)
      printf("  %8.2f", exp(more[i] / table->layers[i]));
    printf(", %d layer%s\n", table->layers[i], table->layers[i] == 1 ? "" : "s");
  }
}

void tb_table_summary(const tb_table *table) {
  const bool several = several_threads(table);
  if (table->options->compare) {
    comparison_summary(table);
    return;
  }
  printf("\ntimes slower than the fastest kernel of each layer%s, geometric mean\n",
         several ? " with as many threads, and speed-up" : "");
  print_means(table, table->log_ratio, several ? table->log_speedup : NULL);
  printf("\ntimes the floor%s, geometric mean, no ratio counted below 1\n", several ? " of as many threads" : "");
  print_means(table, table->log_floor, NULL);
}

void tb_table_close(tb_table *table) {
  free(table->log_ratio);
  free(table->log_floor);
  free(table->log_speedup);
  free(table->layers);
}
