/* tenbin-machine: what `tenbin machine` runs. What this machine can do, for one thread and for all.
 *
 * SPDX-License-Identifier: MIT */
#include "command_line.h"
#include "csv.h"
#include "figures.h"
#include "interrupt.h"
#include "machine.h"
#include "output.h"
#include "program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCHEMA "tenbin-machine-1"
#define HEADER "schema,time,machine,cores,os,compiler,tenbin,threads,figure,where,set_bytes,value,unit"
#define SECONDS 0.06 /* a figure */

static const char usage[] =
    "usage: tenbin machine [OPTION]..\n"
    "\n"
    "Measures what this machine can do: the peak of multiply-adds of each instruction set that it has,\n"
    "and the bandwidth of each cache and of memory, for one thread and for all cores. `tenbin bench` holds\n"
    "its times against these figures. Takes a few seconds.\n"
    "\n"
    "  --threads N   for N threads alone\n"
    "  --csv FILE    write the figures to a file too; bench/machine/MACHINE.md describes its columns\n"
    "  --help        this text\n"
    "\n"
    "TENBIN_ISA=avx2 or portable in the environment excludes the instruction sets beyond it.\n"
    "Ctrl-C ends it and keeps the figures that are there.\n"
    "Exit codes: 0 measured, 2 usage, 3 a file cannot be written, or no memory or threads, 130 interrupted.\n";

struct options {
  int threads; /* 0: one, and all cores */
  const char *csv;
};

/* False: the program ends with *code. */
static bool parse(int argc, char **argv, struct options *out, int *code) {
  const tb_option option[] = {
      {.name = "threads", .read = tb_read_threads, .value = &out->threads, .expected = TB_THREADS_EXPECTED},
      {.name = "csv", .text = &out->csv, .expected = "a file"},
  };
  const tb_command command = {usage, option, sizeof option / sizeof *option};
  int first;
  if (!tb_command_line(&command, argc, argv, &first, code))
    return false;
  if (first < argc)
    *code = tb_usage_error("unexpected argument '%s'", argv[first]);
  return *code == TB_EXIT_OK;
}

static void add_row(tb_csv *csv, const tb_machine *machine, int threads, const char *figure, const char *where, size_t set,
                    double value, const char *unit) {
  const char *const first[] = {SCHEMA, machine->time, machine->cpu};
  const char *const second[] = {machine->os, machine->compiler, TENBIN_VERSION};
  tb_csv_texts(csv, first, 3);
  tb_csv_integer(csv, machine->cores);
  tb_csv_texts(csv, second, 3);
  tb_csv_integer(csv, threads);
  tb_csv_text(csv, figure);
  tb_csv_text(csv, where);
  if (set > 0)
    tb_csv_integer(csv, (int64_t)set);
  else
    tb_csv_empty(csv, 1);
  tb_csv_number(csv, value);
  tb_csv_text(csv, unit);
  tb_csv_end_row(csv);
}

static void add_rows(tb_csv *csv, const tb_machine *machine, const tb_meter *meter, const tb_figures *figures) {
  for (int i = 0; i < TB_ISAS && figures->peak[i] > 0; i++)
    add_row(csv, machine, figures->threads, "fma", tb_isa_name((tb_isa)i), 0, 1e-9 * figures->peak[i], "GFLOP/s");
  for (int level = 0; level <= tb_meter_memory(meter) && figures->bandwidth[level][0] > 0; level++)
    for (int i = 0; i < TB_TRAFFICS; i++)
      add_row(csv, machine, figures->threads, tb_traffic_name((tb_traffic)i), tb_meter_level_name(meter, level),
              tb_meter_set(meter, level, figures->threads), 1e-9 * figures->bandwidth[level][i], "GB/s");
}

static void measure(tb_meter *meter, const tb_machine *machine, int threads, tb_csv *csv) {
  tb_figures figures;
  tb_figures_measure(meter, threads, SECONDS, &tb_interrupted, &figures);
  if (csv)
    add_rows(csv, machine, meter, &figures);
}

static int run(const struct options *options, tb_csv *csv) {
  tb_machine machine;
  tb_machine_read(&machine);
  const int most = options->threads > 0 ? options->threads : machine.cores;
  if (most > machine.cores)
    tb_report_error(0, "warning: %d threads share %d cores", most, machine.cores);
  tb_meter *meter = tb_meter_open(most, machine.cores);
  if (!meter)
    return tb_report_error(TB_EXIT_CANNOT_RUN, "memory or %d threads cannot be had", most);
  printf("tenbin %s machine, %s\n", TENBIN_VERSION, machine.time);
  printf("machine    %s, %d core%s, %s\n", machine.cpu, machine.cores, machine.cores == 1 ? "" : "s", machine.os);
  printf("compiler   %s\n", machine.compiler);
  tb_figures_caches(meter);
  fflush(stdout);
  const int numbers[] = {1, most};
  for (int i = options->threads == 0 && machine.cores > 1 ? 0 : 1; i < 2 && !tb_interrupted && !ferror(stdout); i++)
    measure(meter, &machine, numbers[i], csv);
  if (!tb_interrupted)
    tb_figures_notes();
  tb_meter_close(meter);
  if (!tb_csv_write(csv))
    return TB_EXIT_CANNOT_RUN;
  return tb_interrupted ? tb_report_error(TB_EXIT_INTERRUPTED, "interrupted: not all figures are measured") : TB_EXIT_OK;
}

/* The options' files are opened before anything is measured. */
static int machine(const struct options *options) {
  tb_csv *csv = NULL;
  if (options->csv && !(csv = tb_csv_open(options->csv, HEADER)))
    return TB_EXIT_CANNOT_RUN;
  tb_outfile *const output = tb_csv_file(csv);
  int status = tb_outfiles_apart(&output, 1, NULL, 0);
  if (status == TB_EXIT_OK)
    status = run(options, csv);
  tb_csv_close(csv);
  return status;
}

int main(int argc, char **argv) {
  struct options options = {0};
  int refused;
  tb_program_start("tenbin machine");
  tb_output_start();
  tb_interrupt_start();
  const int status = parse(argc, argv, &options, &refused) ? machine(&options) : (int)refused;
  return tb_output_finish(tb_program_name(), status);
}
