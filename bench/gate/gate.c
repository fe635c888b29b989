/* tenbin gate: is the candidate right, and is it not slower than the base?
 *
 * SPDX-License-Identifier: MIT */
#include "gate.h"
#include "clock.h"
#include "gate_main.h"
#include "interrupt.h"
#include "outfile.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct gate {
  tb_gate_options options;
  tb_listing *side[TB_SIDES];
  bool apart;
  int kernels;
  const char *kernel[TB_KERNELS_MAX];
  unsigned operators;
  tb_layers layers;
  tb_machine machine;
  tb_gate_run run[TB_KERNELS_MAX];
  tb_csv *csv;
  tb_outfile *markdown, *record;
  tb_tap tap; /* of --tap */
  uint64_t random;
  char notes[4096]; /* lines */
  bool lost;        /* a kernel that the candidate does not have any more */
};

__attribute__((format(printf, 2, 3))) static void note(struct gate *g, const char *format, ...) {
  const size_t used = strlen(g->notes);
  va_list list;
  va_start(list, format);
  vsnprintf(g->notes + used, sizeof g->notes - used, format, list);
  va_end(list);
  const size_t now = strlen(g->notes);
  snprintf(g->notes + now, sizeof g->notes - now, "\n");
}

static int find_kernel(const tb_listing *l, const char *name) {
  for (int i = 0; i < l->kernels; i++)
    if (strcmp(l->kernel[i].name, name) == 0)
      return i;
  return -1;
}

static bool is_chosen(const struct gate *g, const char *name) {
  for (int i = 0; i < g->kernels; i++)
    if (strcmp(g->kernel[i], name) == 0)
      return true;
  return false;
}

/* Once, however often --kernel names it. */
static void add_kernel(struct gate *g, const char *name) {
  const int base = find_kernel(g->side[TB_BASE], name), candidate = find_kernel(g->side[TB_CANDIDATE], name);
  const tb_listing *one = base >= 0 ? g->side[TB_BASE] : g->side[TB_CANDIDATE];
  const tb_operator *op = tb_operator_find(one->kernel[base >= 0 ? base : candidate].op);
  if (base >= 0 && candidate < 0) {
    note(g, "%s: the candidate does not have it any more; with --kernel the others are compared alone", name);
    g->lost = true;
  } else if (base < 0) {
    note(g, "%s: the base does not have it: nothing to compare with", name);
  } else if (op && tb_operator_in(g->options.operators, op) && !is_chosen(g, name)) {
    g->kernel[g->kernels++] = name;
    g->operators |= tb_operator_set(op);
  }
}

/* A name of --kernel that a side does not know. */
static int unknown_kernel(const struct gate *g, int side, const char *word) {
  const tb_listing *l = g->side[side];
  const char *known[TB_KERNELS_MAX];
  for (int i = 0; i < l->kernels; i++)
    known[i] = l->kernel[i].name;
  return tb_unknown(word, known, l->kernels, "--kernel: %s has no kernel '%s'", g->options.path[side], word);
}

static int choose_kernels(struct gate *g) {
  const tb_gate_options *o = &g->options;
  const tb_listing *base = g->side[TB_BASE], *candidate = g->side[TB_CANDIDATE];
  for (int i = 0; i < o->kernels; i++) {
    for (int s = 0; s < TB_SIDES; s++)
      if (find_kernel(g->side[s], o->kernel[i]) < 0)
        return unknown_kernel(g, s, o->kernel[i]);
    add_kernel(g, o->kernel[i]);
  }
  for (int i = 0; o->kernels == 0 && i < base->kernels; i++)
    add_kernel(g, base->kernel[i].name);
  for (int i = 0; o->kernels == 0 && i < candidate->kernels; i++)
    if (find_kernel(base, candidate->kernel[i].name) < 0)
      add_kernel(g, candidate->kernel[i].name);
  if (g->kernels > 0)
    return TB_EXIT_OK;
  fputs(g->notes, stderr);
  return tb_report_error(TB_EXIT_CANNOT_RUN, "the two have no kernel in common of %s", tb_operator_names_in(o->operators));
}

static const char *file_name(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

/* Finds a library that the two plugins load from two paths: in one process the second would silently use the first's. */
static void compare_libraries(struct gate *g) {
  const tb_listing *base = g->side[TB_BASE], *candidate = g->side[TB_CANDIDATE];
  for (int i = 0; i < base->files; i++)
    for (int j = 0; j < candidate->files; j++) {
      const char *name = file_name(base->file[i].path);
      if (strcmp(name, file_name(candidate->file[j].path)) != 0 || strcmp(base->file[i].inode, candidate->file[j].inode) == 0 ||
          strcmp(name, file_name(g->options.path[TB_BASE])) == 0)
        continue;
      g->apart = true;
      note(g, "%s is another file for the candidate (%s) than for the base (%s): each has a link namespace of its own", name,
           candidate->file[j].path, base->file[i].path);
    }
}

static int open_sides(struct gate *g) {
  for (int s = 0; s < TB_SIDES; s++) {
    g->side[s] = calloc(1, sizeof *g->side[s]);
    if (!g->side[s])
      abort();
    if (!tb_pairs_list(g->options.path[s], &tb_interrupted, g->side[s]))
      return tb_report_error(tb_interrupted ? TB_EXIT_INTERRUPTED : TB_EXIT_CANNOT_RUN, "%s", g->side[s]->fault);
    if (*g->side[s]->warning)
      note(g, "%s", g->side[s]->warning);
  }
  compare_libraries(g);
  return choose_kernels(g);
}

static int open_files(struct gate *g) {
  const tb_gate_options *o = &g->options;
  if (o->csv && !(g->csv = tb_csv_open(o->csv, o->calibrate ? tb_calibration_csv_header : tb_gate_csv_header)))
    return TB_EXIT_CANNOT_RUN;
  if (o->markdown && !(g->markdown = tb_outfile_open("--markdown", o->markdown)))
    return TB_EXIT_CANNOT_RUN;
  if (o->record && !(g->record = tb_outfile_open("--record", o->record)))
    return TB_EXIT_CANNOT_RUN;
  if (g->record)
    fputs("kernel layer extra_percent process first_loaded row round half first_run base_s candidate_s\n",
          tb_outfile_text(g->record));
  return TB_EXIT_OK;
}

/* Whether no output is an input: a file of layers, a plugin, or a library below it. */
static int outputs_apart(const struct gate *g) {
  static tb_input input[TB_SIDES * (1 + TB_PAIRS_FILES) + TB_OPERATORS_MAX];
  tb_outfile *const output[] = {tb_csv_file(g->csv), g->markdown, g->record};
  int inputs = 0;
  for (int i = 0; i < g->layers.files; i++)
    input[inputs++] = (tb_input){"a file of layers", g->layers.file[i]};
  for (int s = 0; s < TB_SIDES; s++) {
    input[inputs++] = (tb_input){s == TB_BASE ? "--base" : "--candidate", g->options.path[s]};
    for (int i = 0; i < g->side[s]->files; i++)
      input[inputs++] = (tb_input){"a library of a plugin", g->side[s]->file[i].path};
  }
  return tb_outfiles_apart(output, sizeof output / sizeof *output, input, inputs);
}

/* The rows of a kernel: the layers of its operator. */
static void make_run(struct gate *g, int number) {
  tb_gate_run *c = &g->run[number];
  const int index = find_kernel(g->side[TB_BASE], g->kernel[number]);
  const tb_operator *op = tb_operator_find(g->side[TB_BASE]->kernel[index].op);
  *c = (tb_gate_run){.options = &g->options,
                     .kernel = g->kernel[number],
                     .apart = g->apart,
                     .row = calloc((size_t)g->layers.count + 1, sizeof *c->row),
                     .random = &g->random,
                     .record = g->record ? tb_outfile_text(g->record) : NULL,
                     .stop = &tb_interrupted};
  if (!c->row)
    abort();
  for (int i = 0; i < g->layers.count; i++)
    if (g->layers.item[i].problem->c.op == op) {
      c->row[c->rows].kernel = c->kernel;
      c->row[c->rows++].layer = &g->layers.item[i];
    }
}

/* Whether no row is left to be timed. */
static bool closed(const tb_gate_run *c) {
  for (int i = 0; i < c->rows; i++)
    if (tb_gate_timed(&c->row[i]))
      return false;
  return true;
}

/* What a line of the table begins with. */
static const char *prefix(const struct gate *g) {
  return g->options.tap ? "# " : "";
}

static void head(struct gate *g) {
  const char *p = prefix(g);
  const tb_gate_options *o = &g->options;
  if (o->tap)
    tb_tap_start(&g->tap, stdout);
  printf("%stenbin %s gate, %s\n", p, TENBIN_VERSION, g->machine.time);
  printf("%smachine    %s, %d core%s, %s\n", p, g->machine.cpu, g->machine.cores, g->machine.cores == 1 ? "" : "s",
         g->machine.os);
  printf("%sbase       %s (%s)\n", p, o->path[TB_BASE], g->side[TB_BASE]->plugin);
  printf("%scandidate  %s (%s)\n", p, o->path[TB_CANDIDATE], g->side[TB_CANDIDATE]->plugin);
  printf("%stolerance  %g %%, alpha %g %%, budget %g s a kernel, %d thread%s, seed %llu\n", p, 100 * o->tolerance,
         100 * o->alpha, o->budget, o->on.threads, o->on.threads == 1 ? "" : "s", (unsigned long long)o->seed);
  if (o->extra > 0)
    printf("%sextra      %g %% of real work in each run of the candidate\n", p, 100 * o->extra);
  printf("%s\n", p);
  fflush(stdout);
}

static void count(struct gate *g, tb_gate_run *c) {
  fprintf(stderr, "tenbin gate: %s: valgrind counts instructions\n", c->kernel);
  if (!tb_gate_run_count(c) && !tb_interrupted)
    note(g, "%s: valgrind could not count its instructions: it is not there, or does not know what the kernel uses", c->kernel);
}

/* A kernel's rows and their table. Without time where the gate is interrupted; rows that are decided stay so. */
static void run_kernel(struct gate *g, tb_gate_run *c) {
  const bool going =
      !tb_interrupted &&
      (closed(c) || (tb_gate_run_size(c) && tb_gate_run_time(c, g->options.budget, false) && tb_gate_run_close(c)));
  const char *p = prefix(g);
  if (going && g->options.instructions && !closed(c))
    count(g, c);
  if (!going)
    tb_gate_run_abandon(c, tb_interrupted ? "interrupted" : "tenbin-pairs could not be started");
  if (isatty(STDERR_FILENO))
    fputs("\r\033[K", stderr);
  tb_gate_table(stdout, p, c->row, c->rows);
  printf("%s%s: %d processes, %.0f s\n%s\n", p, c->kernel, c->processes, c->elapsed, p);
  fflush(stdout);
  if (g->csv)
    tb_gate_csv(g->csv, &g->options, &g->machine, c->row, c->rows);
}

/* All rows in one array, of which the caller frees the array alone. */
static tb_gate_row *all_rows(const struct gate *g, int *rows) {
  *rows = 0;
  for (int i = 0; i < g->kernels; i++)
    *rows += g->run[i].rows;
  tb_gate_row *row = calloc((size_t)*rows + 1, sizeof *row);
  if (!row)
    abort();
  for (int i = 0, n = 0; i < g->kernels; n += g->run[i++].rows)
    memcpy(row + n, g->run[i].row, (size_t)g->run[i].rows * sizeof *row);
  return row;
}

/* On a loaded machine all rows are undecided; a line says so. */
static void print_end(const struct gate *g, const tb_gate_row *row, int rows) {
  const char *p = prefix(g);
  int count[TB_NEITHER + 1] = {0};
  for (int i = 0; i < rows; i++)
    count[row[i].verdict]++;
  for (const char *line = g->notes; *line; line += strcspn(line, "\n") + 1)
    printf("%snote: %.*s\n", p, (int)strcspn(line, "\n"), line);
  printf("%s%d row%s: ", p, rows, rows == 1 ? "" : "s");
  for (int v = TB_NOT_SLOWER, any = 0; v <= TB_NEITHER; v++)
    if (count[v] > 0)
      printf("%s%d %s", any++ ? ", " : "", count[v], tb_gate_verdict_name((tb_gate_verdict)v));
  putchar('\n');
  if (!tb_interrupted && 2 * count[TB_UNDECIDED] > rows)
    printf("%sMost rows are undecided: this machine is too busy, or the budget too small, for a tolerance of %g %%.\n", p,
           100 * g->options.tolerance);
}

static int decided(const tb_gate_row *row, int rows) {
  int count = 0;
  for (int i = 0; i < rows; i++)
    count += row[i].verdict != TB_OPEN && row[i].verdict != TB_UNDECIDED;
  return count;
}

static int finish(struct gate *g) {
  int rows, status;
  tb_gate_row *row = all_rows(g, &rows);
  print_end(g, row, rows);
  if (g->options.tap)
    tb_gate_tap(&g->tap, row, rows);
  if (g->markdown)
    tb_gate_markdown(tb_outfile_text(g->markdown), &g->options, &g->machine, row, rows, g->notes);
  status = tb_gate_code(row, rows);
  if (status == TB_EXIT_OK && g->lost)
    status = TB_EXIT_UNDECIDED;
  if (tb_interrupted)
    status = tb_report_error(TB_EXIT_INTERRUPTED, "interrupted: %d of %d rows are decided", decided(row, rows), rows);
  free(row);
  if (!tb_csv_write(g->csv) || !tb_outfile_write(g->markdown) || !tb_outfile_write(g->record))
    status = TB_EXIT_CANNOT_RUN;
  return status;
}

static int calibrate(struct gate *g) {
  const int status = tb_gate_calibrate(g->run, g->kernels, g->csv, &g->machine);
  if (!tb_csv_write(g->csv) || !tb_outfile_write(g->record))
    return TB_EXIT_CANNOT_RUN;
  return tb_interrupted ? tb_report_error(TB_EXIT_INTERRUPTED, "interrupted: what is finished is above") : status;
}

static int gate(struct gate *g) {
  g->random = g->options.seed;
  int status = open_files(g);
  if (status == TB_EXIT_OK)
    status = open_sides(g);
  if (status == TB_EXIT_OK)
    status = tb_layers_select(&g->options.on, g->operators, &g->layers);
  if (status == TB_EXIT_OK)
    status = outputs_apart(g);
  if (status != TB_EXIT_OK)
    return status;
  tb_machine_read(&g->machine);
  for (int i = 0; i < g->kernels; i++)
    make_run(g, i);
  head(g);
  for (int i = 0; i < g->kernels && status == TB_EXIT_OK && !ferror(stdout); i++)
    status = tb_gate_conform(&g->options, &g->run[i]);
  if (status != TB_EXIT_OK)
    return status;
  if (g->options.calibrate)
    return calibrate(g);
  for (int i = 0; i < g->kernels && !ferror(stdout); i++)
    run_kernel(g, &g->run[i]);
  return finish(g);
}

int tb_gate_main(int argc, char **argv) {
  tb_program_start("tenbin gate");
  struct gate *g = calloc(1, sizeof *g);
  if (!g)
    abort();
  tb_interrupt_start();
  int refused;
  const int status = tb_gate_options_parse(argc, argv, &g->options, &refused) ? gate(g) : (int)refused;
  for (int i = 0; i < g->kernels; i++)
    free(g->run[i].row);
  for (int s = 0; s < TB_SIDES; s++)
    free(g->side[s]);
  tb_csv_close(g->csv);
  tb_outfile_close(g->markdown);
  tb_outfile_close(g->record);
  tb_layers_free(&g->layers);
  tb_gate_options_free(&g->options);
  free(g);
  return status;
}
