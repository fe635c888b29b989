/* The writer of the CSV: RFC 4180's quoting, lines that end with a newline alone.
 *
 * SPDX-License-Identifier: MIT */
#include "csv.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define SCHEMA "tenbin-bench-1"
#define HEADER                                                                                                                 \
  "schema,time,machine,cores,os,compiler,tenbin,kernel,library,layer,descriptor,threads,status,reason,prepare_s,run_min_s,"    \
  "run_q1_s,run_median_s,run_q3_s,repetitions,iterations,gflops,ratio,ns_per_number,gb_per_s,floor_s,floor_ratio,limit,level," \
  "useful_flops,bytes_in,bytes_out,peak_gflops,read_gb_per_s,write_gb_per_s,copy_gb_per_s,mode,"                               \
  "caches,prepare,run_p90_s,run_p99_s,run_max_s,clock_s,batch,image_s,speedup,compared_with,times_as_fast,"                    \
  "times_low,times_high,rounds\n"

struct tb_csv {
  tb_outfile *file;
  int rows;
};

tb_csv *tb_csv_open(const char *path) {
  tb_csv *csv = calloc(1, sizeof *csv);
  if (!csv)
    abort();
  csv->file = tb_outfile_open("--csv", path);
  if (!csv->file) {
    free(csv);
    return NULL;
  }
  fputs(HEADER, tb_outfile_text(csv->file));
  return csv;
}

int tb_csv_apart(const tb_csv *csv, const tb_input *input, int inputs) {
  return tb_outfiles_apart(&csv->file, 1, input, inputs);
}

/* A comma, and the number unless it is 0: not measured. */
static void add_number(FILE *f, double value) {
  if (value > 0)
    fprintf(f, ",%.9g", value);
  else
    fputc(',', f);
}

static void add_floor(FILE *f, const tb_floor *floor, const tb_row *row) {
  add_number(f, floor->seconds);
  add_number(f, row->status == TB_ROW_OK ? tb_floor_ratio(floor, row->median) : 0);
  fprintf(f, ",%s,%s,%.17g,%.17g,%.17g", floor->limit, floor->level_name, floor->work.flops, floor->work.in, floor->work.out);
  add_number(f, 1e-9 * floor->peak);
  add_number(f, 1e-9 * floor->bandwidth[TB_READ]);
  add_number(f, 1e-9 * tb_floor_write(floor));
  add_number(f, 1e-9 * floor->bandwidth[TB_COPY]);
}

/* What was timed, and what only some ways of timing have. */
static void add_timing(FILE *f, const tb_timing *timing, const tb_layer *layer, const tb_row *row) {
  const char *mode = timing->pairs ? "pairs" : timing->latency || timing->cold ? "latency" : "throughput";
  fprintf(f, ",%s,%s,%s", mode, timing->cold ? "cold" : "hot", timing->with_prepare ? "counted" : "apart");
  const double value[] = {row->p90, row->p99, row->max, row->clock};
  for (size_t i = 0; i < sizeof value / sizeof *value; i++)
    add_number(f, value[i]);
  if (row->image > 0 || tb_problem_batch(layer->problem) > 0)
    fprintf(f, ",%" PRId64, tb_problem_batch(layer->problem));
  else
    fputc(',', f);
  add_number(f, row->image);
  add_number(f, row->speedup);
  fputc(',', f);
  tb_csv_field(f, row->against ? row->against->label : "");
  if (row->against)
    fprintf(f, "%.9g,%.9g,%.9g,%d", row->times, row->times_low, row->times_high, row->rounds);
  else
    fputs(",,,", f);
}

void tb_csv_add(tb_csv *csv, const tb_machine *machine, const tb_timing *timing, const tb_layer *layer, const tb_floor *floor,
                const tb_row *row) {
  static const char *const status[] = {[TB_ROW_OK] = "ok", [TB_ROW_UNSUPPORTED] = "unsupported", [TB_ROW_FAILED] = "failed"};
  FILE *f = tb_outfile_text(csv->file);
  const char *before[] = {SCHEMA, machine->time, machine->cpu};
  const char *after[] = {machine->os,           machine->compiler, TENBIN_VERSION, row->subject->label,
                         row->subject->library, layer->name,       row->text};
  for (size_t i = 0; i < sizeof before / sizeof *before; i++)
    tb_csv_field(f, before[i]);
  fprintf(f, "%d,", machine->cores);
  for (size_t i = 0; i < sizeof after / sizeof *after; i++)
    tb_csv_field(f, after[i]);
  fprintf(f, "%d,", row->threads);
  tb_csv_field(f, status[row->status]);
  tb_csv_field(f, row->reason);
  if (row->status == TB_ROW_OK && timing->pairs)
    fprintf(f, "%.9g,,,%.9g,,%d,%" PRId64 ",", row->prepare, row->median, row->repetitions, row->iterations);
  else if (row->status == TB_ROW_OK)
    fprintf(f, "%.9g,%.9g,%.9g,%.9g,%.9g,%d,%" PRId64 ",", row->prepare, row->min, row->q1, row->median, row->q3,
            row->repetitions, row->iterations);
  if (row->status != TB_ROW_OK)
    fputs(",,,,,,,,,,", f);
  else if (row->subject->op->rate == TB_RATE_NUMBERS)
    fprintf(f, ",%.9g,%.9g,%.9g", row->ratio, row->ns, row->gb);
  else
    fprintf(f, "%.9g,%.9g,,", row->gflops, row->ratio);
  add_floor(f, floor, row);
  add_timing(f, timing, layer, row);
  fputc('\n', f);
  csv->rows++;
}

bool tb_csv_write(tb_csv *csv) {
  return csv->rows == 0 || tb_outfile_write(csv->file);
}

int tb_csv_rows(const tb_csv *csv) {
  return csv->rows;
}

void tb_csv_close(tb_csv *csv) {
  if (!csv)
    return;
  tb_outfile_close(csv->file);
  free(csv);
}
