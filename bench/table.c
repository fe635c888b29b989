/* The table.
 *
 * SPDX-License-Identifier: MIT */
#include "table.h"
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
  printf("threads    %d\nmin-time   %g s a kernel and layer\n", options->threads, options->min_time);
}

bool tb_table_open(tb_table *out, const tb_options *options, const tb_machine *machine, const tb_subjects *subjects,
                   const tb_layers *layers) {
  *out = (tb_table){.subjects = subjects, .layer_width = (int)strlen("layer"), .kernel_width = (int)strlen("kernel"), .op = -1};
  out->log_ratio = calloc((size_t)subjects->count, sizeof *out->log_ratio);
  out->log_floor = calloc((size_t)subjects->count, sizeof *out->log_floor);
  out->layers = calloc((size_t)subjects->count, sizeof *out->layers);
  if (!out->log_ratio || !out->log_floor || !out->layers)
    return false;
  for (int i = 0; i < layers->count; i++)
    out->layer_width = wider(out->layer_width, layers->item[i].name);
  for (int i = 0; i < subjects->count; i++)
    out->kernel_width = wider(out->kernel_width, subjects->item[i].label);
  print_head(options, machine, subjects);
  fflush(stdout);
  return true;
}

static void print_columns(tb_table *table, tb_operator op) {
  if (op == (tb_operator)table->op)
    return;
  table->op = (int)op;
  printf("\n%-*s  %-*s  %8s  %8s  %8s  %7s  ", table->layer_width, "layer", table->kernel_width, "kernel", "prepare", "median",
         "min", "spread");
  if (op == TB_NORMAL)
    printf("%9s  %8s  %8s  %8s\n", "ns/number", "GB/s", "ratio", "x floor");
  else
    printf("%8s  %8s  %8s\n", "GFLOP/s", "ratio", "x floor");
}

void tb_table_layer(tb_table *table, const tb_layer *layer, const tb_floor *floor, const tb_row *row, int rows) {
  print_columns(table, layer->problem->c.op);
  printf("\n%s\n", layer->problem->text);
  tb_floor_print(floor);
  for (int i = 0; i < rows; i++) {
    const tb_row *r = &row[i];
    const ptrdiff_t subject = r->subject - table->subjects->item;
    printf("%-*s  %-*s", table->layer_width, layer->name, table->kernel_width, r->subject->label);
    if (r->status != TB_ROW_OK) {
      printf("  %s: %s\n", r->status == TB_ROW_FAILED ? "failed" : "unsupported", r->reason);
      continue;
    }
    print_time(r->prepare, 8);
    print_time(r->median, 8);
    print_time(r->min, 8);
    printf("  %5.1f %%", 100 * (r->q3 - r->q1) / r->median);
    if (r->subject->op == TB_NORMAL)
      printf("  %9.3f  %8.2f  %8.2f", r->ns, r->gb, r->ratio);
    else
      printf("  %8.2f  %8.2f", r->gflops, r->ratio);
    const double above = tb_floor_ratio(floor, r->median);
    printf("  %8.2f\n", above);
    table->log_ratio[subject] += log(r->ratio);
    table->log_floor[subject] += above > 1 ? log(above) : 0;
    table->layers[subject]++;
  }
  fflush(stdout);
}

static void print_means(const tb_table *table, const char *title, const double *logs) {
  printf("\n%s\n", title);
  for (int i = 0; i < table->subjects->count; i++) {
    printf("%-*s  ", table->kernel_width, table->subjects->item[i].label);
    if (table->layers[i] == 0)
      printf("    none, not timed on any layer\n");
    else
      printf("%8.2f, %d layer%s\n", exp(logs[i] / table->layers[i]), table->layers[i], table->layers[i] == 1 ? "" : "s");
  }
}

void tb_table_summary(const tb_table *table) {
  print_means(table, "times slower than the fastest kernel of each layer, geometric mean", table->log_ratio);
  print_means(table, "times the floor, geometric mean, no ratio counted below 1", table->log_floor);
}

void tb_table_close(tb_table *table) {
  free(table->log_ratio);
  free(table->log_floor);
  free(table->layers);
}
