/* The command line: options and help.
 *
 * SPDX-License-Identifier: MIT */
#include "bench.h"
#include "command_line.h"
#include "number.h"
#include "parameters.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BATCH_MAX 1000000
#define MIN_TIME 0.2         /* seconds a kernel and layer */
#define MIN_TIME_COMPARE 1.0 /* seconds, too */
#define MIN_TIME_LEAST 1e-9
#define MIN_TIME_MOST 3600.0

void tb_options_help(void) {
  fputs("usage: tenbin bench [OPTION]... [FILE.so]...\n"
        "\n"
        "Times kernels of conv_transpose2d and normal on layers, one beside the other: the same data, the same buffers, in\n"
        "random order. Each layer has the kernels of its own operator. A layer of normal is one contiguous call, made again\n"
        "and again on one generator.\n"
        "\n"
        "Kernels\n"
        "  --kernel NAME            a built-in kernel; the default: all of them\n"
        "  --kernel FILE.so[:NAME]  a plugin's kernel, or all of a plugin's\n"
        "  FILE.so[:NAME]           a plugin's too, beside the built-in kernels or those of --kernel; the last colon\n"
        "                           counts, and none in the path of a file that is there\n"
        "  --op NAME                only kernels and layers of this operator; the default: all\n"
        "\n"
        "Layers\n"
        "  --layer NAME             a layer of the file of layers; the default: all of them\n"
        "  --layer DESCRIPTOR       any layer, such as \"conv_transpose2d n1 c64:3 in32x32 k4 s2 p1\" or\n"
        "                           \"normal f16 stream=any seed=0 calls=65536\"\n"
        "  --layers FILE            a list of descriptors, a file of layers, or one of conformance/cases in the folder\n"
        "                           TENBIN_DATA, such as networks; the default: layers and randn. bench/layers/LAYERS.md\n"
        "  --batch LIST             each layer of conv_transpose2d with these batches instead of its own, such as 1,4,16\n"
        "\n"
        "What is timed: the default is the mean of runs in batches of 2 ms, with warm caches\n"
        "  --threads LIST           threads that a kernel may use, such as 2, 1,2 or 1..4; of several, each kernel is timed\n"
        "                           with each, and its speed-up is told; the default: 1\n"
        "  --latency                single calls, each timed by itself: median, 90 %, 99 %, maximum\n"
        "  --cold                   single calls, with tensors, workspace and plan evicted from the caches before each\n"
        "  --with-prepare           prepare, run and release, for those who have new weights at every call\n"
        "  --min-time SECONDS       time spent on a kernel and layer; the default: 0.2, with --compare 1\n"
        "\n"
        "Two kernels\n"
        "  --compare A,B            how many times as fast A is as B, from pairs of runs in random order, with an interval;\n"
        "                           kernels as those of --kernel\n"
        "\n"
        "Output\n"
        "  --csv FILE               write the rows to a file too; bench/CSV.md describes its columns\n"
        "  --help                   this text\n"
        "\n"
        "First the machine is measured (tenbin machine --help); what a layer's floor depends on is measured again beside it,\n"
        "and each row says how many times the floor its median is.\n"
        "\n"
        "--kernel and --layer may be repeated. Inputs are always filled with fill=real. Ctrl-C ends the run and keeps the\n"
        "layers that are finished; so do SIGTERM and SIGHUP.\n"
        "\n"
        "Exit codes: 0 timed, 1 a kernel failed or none supports any layer, 2 usage, 3 a file or plugin cannot be used,\n"
        "130 interrupted.\n",
        stdout);
}

static int set_once(const char *name, const char *value, const char **out) {
  if (*out)
    return tb_complain(TB_EXIT_USAGE, "%s is given twice: '%s' and '%s'", name, *out, value);
  *out = value;
  return TB_EXIT_OK;
}

/* A number from 1 to `most`. What comes after it is left in *text. */
static bool read_number(const char **text, int64_t most, int64_t *out) {
  const char *end = *text + strspn(*text, "0123456789");
  if (!tb_number_whole(*text, end, 1, most, out))
    return false;
  *text = end;
  return true;
}

static bool add_number(tb_integers *list, int64_t n) {
  for (int i = 0; i < list->count; i++)
    if (list->v[i] == n)
      return true;
  if (list->count == TB_NUMBERS_MAX)
    return false;
  list->v[list->count++] = n;
  return true;
}

/* "1,4..6" */
static bool read_list(const char *text, int64_t most, tb_integers *out) {
  tb_integers list = {0};
  for (;; text++) {
    int64_t from, to;
    if (!read_number(&text, most, &from))
      return false;
    to = from;
    if (strncmp(text, "..", 2) == 0) {
      text += 2;
      if (!read_number(&text, most, &to) || to < from)
        return false;
    }
    for (; from <= to; from++)
      if (!add_number(&list, from))
        return false;
    if (*text != ',')
      break;
  }
  if (*text)
    return false;
  *out = list;
  return true;
}

static int set_threads(const char *value, tb_options *out) {
  if (!read_list(value, TB_THREADS_MAX, &out->thread_list))
    return tb_complain(TB_EXIT_USAGE, "--threads '%s': a number from 1 to %d is expected, or up to %d such as 1,2 or 1..4",
                       value, TB_THREADS_MAX, TB_NUMBERS_MAX);
  out->on.threads = (int)out->thread_list.v[0];
  return TB_EXIT_OK;
}

static int set_batch(const char *value, tb_options *out) {
  if (!read_list(value, BATCH_MAX, &out->on.batch))
    return tb_complain(TB_EXIT_USAGE, "--batch '%s': up to %d numbers from 1 to %d are expected, such as 1,4,16", value,
                       TB_NUMBERS_MAX, BATCH_MAX);
  return TB_EXIT_OK;
}

static int set_min_time(const char *value, tb_options *out) {
  if (!tb_read_decimal(value, MIN_TIME_LEAST, MIN_TIME_MOST, &out->min_time))
    return tb_complain(TB_EXIT_USAGE, "--min-time '%s': seconds from %g to %g are expected", value, MIN_TIME_LEAST,
                       MIN_TIME_MOST);
  return TB_EXIT_OK;
}

static int set_operator(const char *value, tb_options *out) {
  const tb_operator *op = tb_operator_find(value);
  if (!op)
    return tb_complain(TB_EXIT_USAGE, "--op '%s': %s is expected", value, tb_operator_names());
  if (out->operators != TB_ALL_OPERATORS)
    return tb_complain(TB_EXIT_USAGE, "--op is given twice");
  out->operators = tb_operator_set(op);
  return TB_EXIT_OK;
}

static int set_kernel(const char *value, tb_options *out) {
  out->kernel[out->kernels++] = value;
  return TB_EXIT_OK;
}

static int set_layer(const char *value, tb_options *out) {
  out->on.layer[out->on.layers++] = value;
  return TB_EXIT_OK;
}

static int set_layers(const char *value, tb_options *out) {
  return set_once("--layers", value, &out->on.layer_file);
}

static int set_csv(const char *value, tb_options *out) {
  return set_once("--csv", value, &out->csv);
}

static int set_compare(const char *value, tb_options *out) {
  const char *comma = strchr(value, ',');
  if (out->compare)
    return tb_complain(TB_EXIT_USAGE, "--compare is given twice: '%s' and '%s'", out->compare, value);
  if (!comma || comma == value || !comma[1] || strchr(comma + 1, ','))
    return tb_complain(TB_EXIT_USAGE, "--compare '%s': two kernels are expected, such as naive,FILE.so:NAME", value);
  out->compare = value;
  out->compared = strdup(value);
  return out->compared ? TB_EXIT_OK : tb_complain(TB_EXIT_CANNOT_RUN, "out of memory");
}

static int set_latency(const char *value, tb_options *out) {
  (void)value;
  out->timing.latency = true;
  return TB_EXIT_OK;
}

static int set_cold(const char *value, tb_options *out) {
  (void)value;
  out->timing.cold = true;
  return TB_EXIT_OK;
}

static int set_with_prepare(const char *value, tb_options *out) {
  (void)value;
  out->timing.with_prepare = true;
  return TB_EXIT_OK;
}

static int set_help(const char *value, tb_options *out) {
  (void)value;
  out->help = true;
  return TB_EXIT_OK;
}

static const struct option {
  const char *name;
  bool flag; /* it has no value */
  int (*set)(const char *value, tb_options *out);
} option[] = {
    {"--kernel", false, set_kernel},     {"--op", false, set_operator},     {"--layer", false, set_layer},
    {"--layers", false, set_layers},     {"--batch", false, set_batch},     {"--threads", false, set_threads},
    {"--latency", true, set_latency},    {"--cold", true, set_cold},        {"--with-prepare", true, set_with_prepare},
    {"--min-time", false, set_min_time}, {"--compare", false, set_compare}, {"--csv", false, set_csv},
    {"--help", true, set_help}};
#define OPTIONS ((int)(sizeof option / sizeof *option))

static int unknown_option(const char *name) {
  const char *names[OPTIONS];
  char known[400] = "";
  for (int i = 0; i < OPTIONS; i++) {
    names[i] = option[i].name;
    snprintf(known + strlen(known), sizeof known - strlen(known), " %s", names[i]);
  }
  const char *nearest = tb_nearest(name, names, OPTIONS);
  if (nearest)
    return tb_complain(TB_EXIT_USAGE, "unknown option '%s'; did you mean %s?", name, nearest);
  return tb_complain(TB_EXIT_USAGE, "unknown option '%s'; known are%s", name, known);
}

/* The option that an argument names, --NAME or --NAME=VALUE, or NULL. */
static const struct option *find_option(const char *argument) {
  const size_t length = strcspn(argument, "=");
  for (int i = 0; i < OPTIONS; i++)
    if (strlen(option[i].name) == length && memcmp(option[i].name, argument, length) == 0)
      return &option[i];
  return NULL;
}

/* What contradicts itself. */
static int check(tb_options *o) {
  unsigned batched = 0;
  for (int i = 0; tb_operator_at(i); i++)
    batched |= tb_batch_row(tb_operator_at(i)) ? 1u << i : 0;
  if (o->on.batch.count > 0 && !(o->operators & batched))
    return tb_complain(TB_EXIT_USAGE, "--batch does not go with --op %s: its layers have no images",
                       tb_operator_name(tb_operator_at(__builtin_ctz(o->operators))));
  if (o->on.batch.count > 0)
    o->operators &= batched;
  if (!o->compare)
    return TB_EXIT_OK;
  if (o->kernels + o->plugins > 0)
    return tb_complain(TB_EXIT_USAGE, "--compare %s names the kernels; '%s' is one more", o->compare,
                       o->kernels > 0 ? o->kernel[0] : o->plugin[0]);
  if (o->timing.latency || o->timing.cold || o->timing.with_prepare)
    return tb_complain(TB_EXIT_USAGE, "--compare weighs runs with warm caches against each other, and does not go with %s",
                       o->timing.cold      ? "--cold: an eviction between the runs of a pair takes longer than they"
                       : o->timing.latency ? "--latency: the quantiles of two kernels are no pairs"
                                           : "--with-prepare: the place of the plan would be another at every run");
  if (o->thread_list.count > 1)
    return tb_complain(TB_EXIT_USAGE, "--compare takes one number of threads, and --threads names %d", o->thread_list.count);
  o->kernel[0] = o->compared;
  o->kernel[1] = strchr(o->compared, ',') + 1;
  o->compared[o->kernel[1] - o->compared - 1] = 0;
  o->kernels = 2;
  o->timing.pairs = true;
  return TB_EXIT_OK;
}

static int parse_one(int argc, char **argv, int *i, tb_options *out) {
  const char *argument = argv[*i], *equals = strchr(argument, '=');
  const struct option *o = find_option(strcmp(argument, "-h") == 0 ? "--help" : argument);
  if (argument[0] != '-') {
    out->plugin[out->plugins++] = argument;
    return TB_EXIT_OK;
  }
  if (!o)
    return unknown_option(argument);
  if (o->flag)
    return equals ? tb_complain(TB_EXIT_USAGE, "%s: no value is expected", argument) : o->set(NULL, out);
  if (!equals && *i + 1 == argc)
    return tb_complain(TB_EXIT_USAGE, "%s: a value is expected after it", argument);
  const char *value = equals ? equals + 1 : argv[++*i];
  return *value ? o->set(value, out) : tb_complain(TB_EXIT_USAGE, "%s: a value is expected, and it is empty", o->name);
}

int tb_options_parse(int argc, char **argv, tb_options *out) {
  const size_t room = (size_t)(argc > 0 ? argc : 1);
  *out = (tb_options){.operators = TB_ALL_OPERATORS, .on = {.threads = 1}, .thread_list = {1, {1}}};
  out->kernel = calloc(room, sizeof *out->kernel);
  out->plugin = calloc(room, sizeof *out->plugin);
  out->on.layer = calloc(room, sizeof *out->on.layer);
  if (!out->kernel || !out->plugin || !out->on.layer)
    return tb_complain(TB_EXIT_CANNOT_RUN, "out of memory");
  int status = TB_EXIT_OK;
  for (int i = 1; i < argc && status == TB_EXIT_OK; i++)
    status = parse_one(argc, argv, &i, out);
  if (out->min_time <= 0)
    out->min_time = out->compare ? MIN_TIME_COMPARE : MIN_TIME;
  return status == TB_EXIT_OK && !out->help ? check(out) : status;
}

void tb_options_free(tb_options *options) {
  free(options->kernel);
  free(options->plugin);
  free(options->on.layer);
  free(options->compared);
}
