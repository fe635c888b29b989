/* What `tenbin check` and `tenbin diagnose` are asked for.
 *
 * SPDX-License-Identifier: MIT */
#include "check_options.h"

#include "command_line.h"
#include "data.h"
#include "number.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char usage[] = "usage: tenbin check|diagnose [FILE.so].. [--kernel NAME|FILE.so[:NAME]]..\n"
                            "                    [--operator NAME].. [--suite quick|full|grid]\n"
                            "                    [--case 'DESCRIPTOR'].. [--cases FILE]..\n"
                            "                    [--jobs N] [--shard I/N] [--until-failure] [--no-diagnosis]\n"
                            "                    [--verbose] [--csv FILE]\n"
                            "\n"
                            "Runs kernels on cases and judges their answers, by PyTorch's golden data where\n"
                            "it has the case and by tenbin's reference where it has not.\n"
                            "\n"
                            "  --kernel NAME           a built-in kernel; `tenbin list kernels` names them\n"
                            "  --kernel FILE.so        all kernels of a plugin, or FILE.so:NAME one of them;\n"
                            "                          a FILE.so alone means the same; the last colon counts,\n"
                            "                          and none in the path of a file that is there\n"
                            "                          (default: all built-in kernels, and the validator)\n"
                            "  --operator NAME         only kernels and cases of this operator, of which\n"
                            "                          there has to be a kernel; `tenbin list operators`\n"
                            "                          names them (default: all)\n"
                            "  --suite quick|full|grid the committed cases; quick, the default, leaves the\n"
                            "                          heavy ones out; grid is the exhaustive grid alone\n"
                            "  --case 'DESCRIPTOR'     one case instead, such as\n"
                            "                          'conv_transpose2d n1 c4:6 in5x4 k3 s2 p1 op1'\n"
                            "  --cases FILE            the cases of a file instead, or of one of\n"
                            "                          conformance/cases, such as networks\n"
                            "  --jobs N                workers at once (default: one per processor)\n"
                            "  --shard I/N             the I-th of N parts of the cases, such as 1/4\n"
                            "  --until-failure         of check: each kernel only up to its first failing case\n"
                            "  --no-diagnosis          of check: what fails is not diagnosed\n"
                            "  --csv FILE              of check: writes the results as rows too, counted by\n"
                            "                          kernel, group, parameters, claim and verdict;\n"
                            "                          conformance/README.md describes the columns\n"
                            "  --verbose               of check: also the statistics of passing distributions\n"
                            "  --data DIR              the folder that holds golden/ and conformance/ (default:\n"
                            "                          $TENBIN_DATA, or the installed share/tenbin, or the source\n"
                            "                          tree)\n"
                            "  --help                  this text\n"
                            "\n"
                            "--kernel, --operator, --case and --cases may be repeated, and each adds what it\n"
                            "names. A kernel is judged once, and on the cases of its own operator. Kernels and\n"
                            "cases of other operators than --operator names are left out.\n"
                            "A kernel that fails is diagnosed: the smallest case, the name of the mistake,\n"
                            "where it fails. tenbin check prints that on standard error, and tenbin diagnose\n"
                            "prints it alone, on standard output.\n"
                            "Standard output is TAP, one point per kernel and group of cases with its cases\n"
                            "inside; standard error is for people. Exit code: 0 all right, 1 nonconforming\n"
                            "(or nothing was executed), 2 usage, 3 something is missing, damaged or cannot\n"
                            "be loaded or judged, or standard output cannot be written, 130 interrupted.\n"
                            "$TENBIN_MANIFEST is the XXH3-128 of golden/MANIFEST, where that is not the\n"
                            "committed one.\n";

static bool read_jobs(const char *text, void *jobs) {
  return tb_read_integer(text, 1, 256, jobs);
}

static bool read_shard(const char *text, void *shard) {
  const char *slash = strchr(text, '/');
  int64_t i, n;
  if (!slash || !tb_number_whole(slash + 1, text + strlen(text), 1, 1000000, &n) || !tb_number_whole(text, slash, 1, n, &i))
    return false;
  *(tb_shard *)shard = (tb_shard){(int)i - 1, (int)n};
  return true;
}

static bool read_suite(const char *text, void *suite) {
  *(const char **)suite = text;
  return strcmp(text, "quick") == 0 || strcmp(text, "full") == 0 || strcmp(text, "grid") == 0;
}

/* The arguments that are no options are plugins. */
static int add_plugins(tb_check_options *o, int count, char **word) {
  for (int i = 0; i < count; i++) {
    if (!tb_names_file(word[i]))
      return tb_usage_error(
          "unexpected argument '%s'; a plugin's file is given with a '/' or a '.', such as ./libmine.so, and a "
          "built-in kernel with --kernel",
          word[i]);
    if (o->kernels == TB_MANY)
      return tb_usage_error("expected at most %d kernels, got one more: '%s'", TB_MANY, word[i]);
    o->kernel[o->kernels++] = word[i];
  }
  return TB_EXIT_OK;
}

/* What would leave a diagnosis out, or is no part of it. */
static int check_diagnosis(const tb_check_options *o) {
  const struct {
    const char *name;
    bool given;
  } option[] = {
      {"csv", o->csv != NULL}, {"no-diagnosis", o->undiagnosed}, {"until-failure", o->until_failure}, {"verbose", o->verbose}};
  for (size_t i = 0; i < sizeof option / sizeof *option; i++)
    if (option[i].given)
      return tb_usage_error("--%s is for tenbin check", option[i].name);
  return TB_EXIT_OK;
}

/* Checks the options together. */
static int check(tb_check_options *o) {
  char message[TB_REGISTRY_MESSAGE];
  for (int i = 0; i < o->kernels; i++)
    if (!tb_select(o->kernel[i], &o->selection[i], message))
      return tb_usage_error("%s", message);
  if (o->suite && (o->texts || o->files))
    return tb_usage_error("--suite %s does not go with --case and --cases", o->suite);
  return o->diagnose ? check_diagnosis(o) : TB_EXIT_OK;
}

bool tb_check_options_parse(int argc, char **argv, bool diagnose, tb_check_options *o, int *code) {
  *o = (tb_check_options){.jobs = (int)sysconf(_SC_NPROCESSORS_ONLN), .shard = {0, 1}, .diagnose = diagnose};
  int operators = 0;
  const tb_option option[] = {
      {.name = "kernel", .text = o->kernel, .count = &o->kernels, .most = TB_MANY, .expected = "NAME or FILE.so[:NAME]"},
      TB_OPERATOR_OPTION(&o->operators, &operators, TB_MANY),
      {.name = "case", .text = o->text, .count = &o->texts, .most = TB_MANY, .expected = "a descriptor"},
      {.name = "cases", .text = o->file, .count = &o->files, .most = TB_MANY, .expected = "a file of cases"},
      {.name = "suite", .read = read_suite, .value = &o->suite, .expected = "quick, full or grid"},
      {.name = "jobs", .read = read_jobs, .value = &o->jobs, .expected = "an integer from 1 to 256"},
      {.name = "shard", .read = read_shard, .value = &o->shard, .expected = "I/N with 1 <= I <= N <= 1000000"},
      {.name = "csv", .text = &o->csv, .expected = "a file"},
      {.name = "verbose", .given = &o->verbose},
      {.name = "until-failure", .given = &o->until_failure},
      {.name = "no-diagnosis", .given = &o->undiagnosed},
      TB_DATA_OPTION,
  };
  const tb_command command = {usage, option, sizeof option / sizeof *option};
  int first;
  if (!tb_command_line(&command, argc, argv, &first, code))
    return false;
  o->operators = tb_operators_chosen(o->operators);
  *code = add_plugins(o, argc - first, argv + first);
  if (*code == TB_EXIT_OK)
    *code = check(o);
  return *code == TB_EXIT_OK;
}
