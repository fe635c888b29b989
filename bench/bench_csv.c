/* The rows of a benchmark as a file of comma-separated values: CSV.md describes the columns.
 *
 * SPDX-License-Identifier: MIT */
#include "bench_csv.h"
#include "parameters.h"

#define SCHEMA "tenbin-bench-1"

const char tb_bench_csv_header[] =
    "schema,time,machine,cores,os,compiler,tenbin,kernel,library,layer,descriptor,threads,status,reason,prepare_s,run_min_s,"
    "run_q1_s,run_median_s,run_q3_s,repetitions,iterations,gflops,ratio,ns_per_number,gb_per_s,floor_s,floor_ratio,limit,level,"
    "useful_flops,bytes_in,bytes_out,peak_gflops,read_gb_per_s,write_gb_per_s,copy_gb_per_s,mode,"
    "caches,prepare,run_p90_s,run_p99_s,run_max_s,clock_s,batch,image_s,speedup,compared_with,times_as_fast,"
    "times_low,times_high,rounds";

/* A number, or an empty field where it is 0: not measured. */
static void add_measured(tb_csv *csv, double value) {
  tb_csv_number_if(csv, value > 0, value);
}

/* What the row is of. */
static void add_subject(tb_csv *csv, const tb_machine *machine, const tb_layer *layer, const tb_row *row) {
  const char *const before[] = {SCHEMA, machine->time, machine->cpu};
  const char *const after[] = {machine->os,           machine->compiler, TENBIN_VERSION, row->subject->label,
                               row->subject->library, layer->name,       row->text};
  tb_csv_texts(csv, before, sizeof before / sizeof *before);
  tb_csv_integer(csv, machine->cores);
  tb_csv_texts(csv, after, sizeof after / sizeof *after);
  tb_csv_integer(csv, row->threads);
}

static void add_times(tb_csv *csv, const tb_timing *timing, const tb_row *row) {
  static const char *const status[] = {[TB_ROW_OK] = "ok", [TB_ROW_UNSUPPORTED] = "unsupported", [TB_ROW_FAILED] = "failed"};
  tb_csv_text(csv, status[row->status]);
  tb_csv_text(csv, row->reason);
  if (row->status != TB_ROW_OK) {
    tb_csv_empty(csv, 11);
    return;
  }
  const bool single = !timing->pairs, numbers = row->subject->op->rate == TB_RATE_NUMBERS;
  tb_csv_number(csv, row->prepare);
  tb_csv_number_if(csv, single, row->min);
  tb_csv_number_if(csv, single, row->q1);
  tb_csv_number(csv, row->median);
  tb_csv_number_if(csv, single, row->q3);
  tb_csv_integer(csv, row->repetitions);
  tb_csv_integer(csv, row->iterations);
  tb_csv_number_if(csv, !numbers, row->gflops);
  tb_csv_number(csv, row->ratio);
  tb_csv_number_if(csv, numbers, row->ns);
  tb_csv_number_if(csv, numbers, row->gb);
}

static void add_floor(tb_csv *csv, const tb_floor *floor, const tb_row *row) {
  add_measured(csv, floor->seconds);
  add_measured(csv, row->status == TB_ROW_OK ? tb_floor_ratio(floor, row->median) : 0);
  tb_csv_text(csv, floor->limit);
  tb_csv_text(csv, floor->level_name);
  tb_csv_exact(csv, floor->work.flops);
  tb_csv_exact(csv, floor->work.in);
  tb_csv_exact(csv, floor->work.out);
  add_measured(csv, 1e-9 * floor->peak);
  add_measured(csv, 1e-9 * floor->bandwidth[TB_READ]);
  add_measured(csv, 1e-9 * tb_floor_write(floor));
  add_measured(csv, 1e-9 * floor->bandwidth[TB_COPY]);
}

/* What was timed, and what only some ways of timing have. */
static void add_timing(tb_csv *csv, const tb_timing *timing, const tb_layer *layer, const tb_row *row) {
  tb_csv_text(csv, timing->pairs ? "pairs" : timing->latency || timing->cold ? "latency" : "throughput");
  tb_csv_text(csv, timing->cold ? "cold" : "hot");
  tb_csv_text(csv, timing->with_prepare ? "counted" : "apart");
  const double value[] = {row->p90, row->p99, row->max, row->clock};
  for (size_t i = 0; i < sizeof value / sizeof *value; i++)
    add_measured(csv, value[i]);
  if (tb_batch_row(layer->problem->c.op))
    tb_csv_integer(csv, tb_problem_batch(layer->problem));
  else
    tb_csv_empty(csv, 1);
  add_measured(csv, row->image);
  add_measured(csv, row->speedup);
  if (!row->against) {
    tb_csv_empty(csv, 5);
    return;
  }
  tb_csv_text(csv, row->against->label);
  tb_csv_number(csv, row->times);
  tb_csv_number(csv, row->times_low);
  tb_csv_number(csv, row->times_high);
  tb_csv_integer(csv, row->rounds);
}

void tb_bench_csv_add(tb_csv *csv, const tb_machine *machine, const tb_timing *timing, const tb_layer *layer,
                      const tb_floor *floor, const tb_row *row) {
  add_subject(csv, machine, layer, row);
  add_times(csv, timing, row);
  add_floor(csv, floor, row);
  add_timing(csv, timing, layer, row);
  tb_csv_end_row(csv);
}
