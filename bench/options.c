/* The command line: options and help.
 *
 * SPDX-License-Identifier: MIT */
#include "bench.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char tb_program_name[] = "tenbin bench";

static const char *const option_names[] = {"--kernel",   "--layer", "--layers", "--threads",
                                           "--min-time", "--csv",   "--op",     "--help"};
#define OPTIONS ((int)(sizeof option_names / sizeof *option_names))

void tb_options_help(void) {
  fputs("usage: tenbin bench [OPTION]... [FILE.so]...\n"
        "\n"
        "Times kernels of conv_transpose2d and normal on layers, one beside the other: the same data, the same buffers, in\n"
        "random order. Each layer has the kernels of its own operator. A layer of normal is one contiguous call, made again\n"
        "and again on one generator.\n"
        "\n"
        "  --kernel NAME            a built-in kernel; the default: all of them\n"
        "  --kernel FILE.so[:NAME]  a plugin's kernel, or all of a plugin's\n"
        "  FILE.so[:NAME]           a plugin's too, beside the built-in kernels or those of --kernel\n"
        "  --layer NAME             a layer of the file of layers; the default: all of them\n"
        "  --layer DESCRIPTOR       any layer, such as \"conv_transpose2d n1 c64:3 in32x32 k4 s2 p1\" or\n"
        "                           \"normal f16 stream=any seed=0 calls=65536\"\n"
        "  --layers FILE            a list of descriptors, a file of layers, or one of conformance/cases in the folder\n"
        "                           TENBIN_DATA, such as networks; the default: layers and randn. bench/LAYERS.md\n"
        "  --op NAME                only kernels and layers of this operator; the default: all\n"
        "  --threads N              threads that a kernel may use; the default: 1\n"
        "  --min-time SECONDS       time spent on a kernel and layer; the default: 0.2\n"
        "  --csv FILE               write the rows to a file too; bench/CSV.md describes its columns\n"
        "  --help                   this text\n"
        "\n"
        "First the machine is measured (tenbin machine --help); what a layer's floor depends on is measured again beside it, "
        "and\n"
        "each row says how many times the floor its median is.\n"
        "\n"
        "--kernel and --layer may be repeated. Inputs are always filled with fill=real. Ctrl-C ends the run and keeps the\n"
        "layers that are finished.\n"
        "\n"
        "Exit codes: 0 timed, 1 a kernel failed or none supports any layer, 2 usage, 3 a file or plugin cannot be used,\n"
        "130 interrupted.\n",
        stdout);
}

static int unknown_option(const char *name) {
  const char *nearest = tb_nearest(name, option_names, OPTIONS);
  if (nearest)
    return tb_complain(TB_USAGE, "unknown option '%s'; did you mean %s?", name, nearest);
  return tb_complain(TB_USAGE,
                     "unknown option '%s'; known are --kernel --layer --layers --threads --min-time --csv --op --help", name);
}

static int set_threads(const char *value, tb_options *out) {
  char *end;
  errno = 0;
  const long n = strtol(value, &end, 10);
  if (end == value || *end || errno || n < 1 || n > TB_THREADS_MAX)
    return tb_complain(TB_USAGE, "--threads '%s': a number from 1 to %d is expected", value, TB_THREADS_MAX);
  out->threads = (int)n;
  return TB_OK;
}

static int set_min_time(const char *value, tb_options *out) {
  char *end;
  const double seconds = strtod(value, &end);
  if (end == value || *end || !(seconds > 0) || seconds > 3600)
    return tb_complain(TB_USAGE, "--min-time '%s': seconds above 0 and up to 3600 are expected", value);
  out->min_time = seconds;
  return TB_OK;
}

static int set_once(const char *name, const char *value, const char **out) {
  if (*out)
    return tb_complain(TB_USAGE, "%s is given twice: '%s' and '%s'", name, *out, value);
  if (!*value)
    return tb_complain(TB_USAGE, "%s: the name of a file is expected", name);
  *out = value;
  return TB_OK;
}

static int set_operator(const char *value, tb_options *out) {
  const int op = tb_operator_find(value);
  if (op < 0)
    return tb_complain(TB_USAGE, "--op '%s': conv_transpose2d or normal is expected", value);
  if (out->operators != TB_ALL_OPERATORS)
    return tb_complain(TB_USAGE, "--op is given twice");
  out->operators = 1u << op;
  return TB_OK;
}

static int set_option(int option, const char *value, tb_options *out) {
  switch (option) {
  case 0:
    out->kernel[out->kernels++] = value;
    return TB_OK;
  case 1:
    out->layer[out->layers++] = value;
    return TB_OK;
  case 2:
    return set_once(option_names[option], value, &out->layer_file);
  case 3:
    return set_threads(value, out);
  case 4:
    return set_min_time(value, out);
  case 5:
    return set_once(option_names[option], value, &out->csv);
  default:
    return set_operator(value, out);
  }
}

/* The index of the option that an argument names, --NAME or --NAME=VALUE, or -1. */
static int find_option(const char *argument) {
  const size_t length = strcspn(argument, "=");
  for (int i = 0; i < OPTIONS; i++)
    if (strlen(option_names[i]) == length && memcmp(option_names[i], argument, length) == 0)
      return i;
  return -1;
}

int tb_options_parse(int argc, char **argv, tb_options *out) {
  const size_t room = (size_t)(argc > 0 ? argc : 1);
  *out = (tb_options){.operators = TB_ALL_OPERATORS, .threads = 1, .min_time = 0.2};
  out->kernel = calloc(room, sizeof *out->kernel);
  out->plugin = calloc(room, sizeof *out->plugin);
  out->layer = calloc(room, sizeof *out->layer);
  if (!out->kernel || !out->plugin || !out->layer)
    return tb_complain(TB_CANNOT_RUN, "out of memory");
  int status = TB_OK;
  for (int i = 1; i < argc && status == TB_OK; i++) {
    const char *argument = argv[i], *equals = strchr(argument, '=');
    const int option = find_option(argument);
    if (strcmp(argument, "-h") == 0 || strcmp(argument, "--help") == 0)
      out->help = true;
    else if (argument[0] != '-')
      out->plugin[out->plugins++] = argument;
    else if (option < 0 || option == OPTIONS - 1)
      status = unknown_option(argument);
    else if (equals)
      status = set_option(option, equals + 1, out);
    else if (i + 1 == argc)
      status = tb_complain(TB_USAGE, "%s: a value is expected behind it", argument);
    else
      status = set_option(option, argv[++i], out);
  }
  return status;
}
