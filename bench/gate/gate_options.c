/* What `tenbin gate` is asked for.
 *
 * SPDX-License-Identifier: MIT */
#include "command_line.h"
#include "data.h"
#include "gate.h"
#include "number.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define MANY 256

static const char usage[] = "usage: tenbin gate --base BASE.so --candidate CANDIDATE.so [OPTION]..\n"
                            "       tenbin gate --calibrate --base BASE.so [OPTION]..\n"
                            "\n"
                            "Is the candidate right, and is it not slower than the base? Both are plugins, or the\n"
                            "built-in kernels of two builds (tenbin-kernels.so in the build's folder). First\n"
                            "`tenbin check` judges the kernels; then pairs of runs, in many processes, are timed\n"
                            "until each row is decided: not slower than the tolerance, slower, or faster.\n"
                            "\n"
                            "  --kernel NAME          of the kernels that both have; the default: all of them\n"
                            "  --layer NAME           a layer of the file of layers; the default: all of them\n"
                            "  --layer 'DESCRIPTOR'   any layer, such as 'conv_transpose2d n1 c64:3 in32x32 k4 s2 p1'\n"
                            "  --layers FILE          a file of layers\n"
                            "  --operator NAME        only kernels and layers of this operator; the default: all\n"
                            "  --tolerance PERCENT    the slowdown that is allowed; the default: 1\n"
                            "  --budget SECONDS       seconds of timing for one kernel; the default: 100\n"
                            "  --alpha PERCENT        probability of a false alarm in a run of the gate, however\n"
                            "                         many rows it has, and of passing one slower row; the\n"
                            "                         default: 0.1\n"
                            "  --threads N            threads that a kernel may use; the default: 1\n"
                            "  --csv FILE             the rows; bench/gate/GATE.md describes the columns\n"
                            "  --markdown FILE        a table for a pull request\n"
                            "  --record FILE          every pair of times\n"
                            "  --instructions         also counts the instructions of a run, with valgrind, which has to\n"
                            "                         be installed\n"
                            "  --tap                  TAP on standard output, the rows as its comments\n"
                            "  --no-check             the kernels are timed without being judged first\n"
                            "  --seed N               of the random choices; the default: another one each time\n"
                            "  --extra PERCENT        adds real work to each run of the candidate, as a share of the\n"
                            "                         base's run: to see that it is found\n"
                            "  --calibrate            measures the gate itself, here and now: false alarms of the base\n"
                            "                         against a copy of itself, and what slowdowns are found, made by\n"
                            "                         --extra; takes five times the budget\n"
                            "  --data DIR             the folder that holds conformance/ and golden/; the default:\n"
                            "                         $TENBIN_DATA, or the installed share/tenbin, or the source tree\n"
                            "  --help                 this text\n"
                            "\n"
                            "--kernel, --operator and --layer may be repeated. Exit codes: 0 all rows are decided, and\n"
                            "none is slower; 1 the candidate is slower somewhere, or wrong, or fails; 2 usage; 3 a file\n"
                            "cannot be used; 4 undecided: a row needs more time or a quieter machine, or nothing\n"
                            "could be compared; 130 interrupted: rows that were decided before keep their verdicts.\n";

struct number {
  double *out;
  double least, most, scale;
};

static bool read_number(const char *text, void *value) {
  const struct number *n = value;
  double x;
  if (!tb_read_decimal(text, n->least, n->most, &x))
    return false;
  *n->out = x * n->scale;
  return true;
}

static bool read_seed(const char *text, void *seed) {
  return tb_number_unsigned(text, text + strlen(text), seed);
}

/* Checks the options together. */
static int check(tb_gate_options *o) {
  if (!o->path[TB_BASE])
    return tb_usage_error("--base is missing");
  if (!o->path[TB_CANDIDATE] && o->calibrate)
    o->path[TB_CANDIDATE] = o->path[TB_BASE];
  if (!o->path[TB_CANDIDATE])
    return tb_usage_error("--candidate is missing");
  if (o->calibrate && strcmp(o->path[TB_CANDIDATE], o->path[TB_BASE]) != 0)
    return tb_usage_error("--calibrate times the base against itself: --candidate does not go with it");
  if (o->calibrate && (o->extra > 0 || o->tap || o->markdown || o->instructions))
    return tb_usage_error("--calibrate does not go with --extra, --instructions, --tap and --markdown");
  return TB_EXIT_OK;
}

bool tb_gate_options_parse(int argc, char **argv, tb_gate_options *o, int *code) {
  int operators = 0;
  *o = (tb_gate_options){.on = {.threads = 1}, .budget = 100, .tolerance = 0.01, .alpha = 0.001};
  o->kernel = calloc(MANY, sizeof *o->kernel);
  o->on.layer = calloc(MANY, sizeof *o->on.layer);
  if (!o->kernel || !o->on.layer || getrandom(&o->seed, sizeof o->seed, 0) < 0)
    abort();
  struct number budget = {&o->budget, 1, 1e6, 1}, tolerance = {&o->tolerance, 0.01, 1000, 0.01},
                alpha = {&o->alpha, 1e-9, 20, 0.01}, extra = {&o->extra, 0, 1000, 0.01};
  const tb_option option[] = {
      {.name = "base", .text = &o->path[TB_BASE], .expected = "a plugin"},
      {.name = "candidate", .text = &o->path[TB_CANDIDATE], .expected = "a plugin"},
      {.name = "kernel", .text = o->kernel, .count = &o->kernels, .most = MANY, .expected = "a kernel's name"},
      {.name = "layer",
       .text = o->on.layer,
       .count = &o->on.layers,
       .most = MANY,
       .expected = "a layer's name or a descriptor"},
      {.name = "layers", .text = &o->on.layer_file, .expected = "a file of layers"},
      TB_OPERATOR_OPTION(&o->operators, &operators, MANY),
      {.name = "tolerance", .read = read_number, .value = &tolerance, .expected = "percent from 0.01 to 1000"},
      {.name = "budget", .read = read_number, .value = &budget, .expected = "seconds from 1 to 1e6"},
      {.name = "alpha", .read = read_number, .value = &alpha, .expected = "percent from 1e-9 to 20"},
      {.name = "threads", .read = tb_read_threads, .value = &o->on.threads, .expected = TB_THREADS_EXPECTED},
      {.name = "csv", .text = &o->csv, .expected = "a file"},
      {.name = "markdown", .text = &o->markdown, .expected = "a file"},
      {.name = "record", .text = &o->record, .expected = "a file"},
      {.name = "instructions", .given = &o->instructions},
      {.name = "tap", .given = &o->tap},
      {.name = "no-check", .given = &o->unchecked},
      {.name = "seed", .read = read_seed, .value = &o->seed, .expected = "an integer from 0 to 2^64 - 1"},
      {.name = "extra", .read = read_number, .value = &extra, .expected = "percent from 0 to 1000"},
      {.name = "calibrate", .given = &o->calibrate},
      TB_DATA_OPTION,
  };
  const tb_command command = {usage, option, sizeof option / sizeof *option};
  int first;
  if (!tb_command_line(&command, argc, argv, &first, code))
    return false;
  o->operators = tb_operators_chosen(o->operators);
  *code = first < argc ? tb_usage_error("unexpected argument '%s'; plugins are given with --base and --candidate", argv[first])
                       : check(o);
  return *code == TB_EXIT_OK;
}

void tb_gate_options_free(tb_gate_options *o) {
  free(o->kernel);
  free(o->on.layer);
}
