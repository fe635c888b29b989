/* The command line: options and help.
 *
 * SPDX-License-Identifier: MIT */
#include "bench.h"
#include "command_line.h"
#include "data.h"
#include "number.h"
#include "parameters.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BATCH_MAX 1000000
#define MIN_TIME 0.2         /* seconds a kernel and layer */
#define MIN_TIME_COMPARE 1.0 /* likewise */
#define MIN_TIME_LEAST 1e-9
#define MIN_TIME_MOST 3600.0

static const char usage[] =
    "usage: tenbin bench [OPTION]... [FILE.so]...\n"
    "\n"
    "Times kernels on layers, one beside the other: the same data, the same buffers, in random order. Each layer has the\n"
    "kernels of its own operator. A layer of normal is one contiguous call, made again and again on one generator.\n"
    "\n"
    "Kernels\n"
    "  --kernel NAME            a built-in kernel; the default: all of them\n"
    "  --kernel FILE.so[:NAME]  a plugin's kernel, or all of a plugin's\n"
    "  FILE.so[:NAME]           a plugin's too, beside the built-in kernels or those of --kernel; the last colon\n"
    "                           counts, and none in the path of a file that is there\n"
    "  --operator NAME          only kernels and layers of this operator; `tenbin list operators` names them; the\n"
    "                           default: all\n"
    "\n"
    "Layers\n"
    "  --layer NAME             a layer of the file of layers; the default: all of them\n"
    "  --layer DESCRIPTOR       any layer, such as \"conv_transpose2d n1 c64:3 in32x32 k4 s2 p1\" or\n"
    "                           \"normal f16 stream=any seed=0 calls=65536\"\n"
    "  --layers FILE            a list of descriptors, a file of layers, or one of conformance/cases, such as\n"
    "                           networks; the default: the layers of each operator. bench/layers/LAYERS.md\n"
    "  --batch LIST             each layer that has a batch with these batches instead of its own, such as 1,4,16\n"
    "\n"
    "What is timed: the default is the mean of runs in batches of 2 ms, with warm caches\n"
    "  --threads LIST           threads that a kernel may use, such as 2, 1,2 or 1..4; with several, each kernel is timed\n"
    "                           with each, and its speed-up is printed; the default: 1\n"
    "  --latency                single calls, each timed by itself: median, 90 %, 99 %, maximum\n"
    "  --cold                   single calls, with tensors, workspace and plan evicted from the caches before each\n"
    "  --with-prepare           prepare, run and release, for those whose constant inputs, such as weights, are new at\n"
    "                           every call\n"
    "  --min-time SECONDS       time spent on a kernel and layer; the default: 0.2, with --compare 1\n"
    "\n"
    "Two kernels\n"
    "  --compare A,B            how many times as fast A is as B, from pairs of runs in random order, with an interval;\n"
    "                           kernels as those of --kernel\n"
    "\n"
    "Output\n"
    "  --csv FILE               write the rows to a file too; bench/CSV.md describes its columns\n"
    "  --data DIR               the folder that holds conformance/; the default: $TENBIN_DATA, or the installed\n"
    "                           share/tenbin, or the source tree\n"
    "  --help                   this text\n"
    "\n"
    "First the machine is measured (tenbin machine --help); what a layer's floor depends on is measured again beside it,\n"
    "and each row says how many times the floor its median is.\n"
    "\n"
    "--kernel, --operator and --layer may be repeated. Inputs are filled with the data that their operator is timed on,\n"
    "whatever fill= a descriptor names; bench/CSV.md says which. Ctrl-C ends the run and keeps the layers that are\n"
    "finished; so do SIGTERM and SIGHUP. A kernel that crashes or hangs costs its row. The file of --csv is written after\n"
    "each layer.\n"
    "\n"
    "Exit codes: 0 timed, 1 a kernel failed or none supports any layer, 2 usage, 3 a file or plugin cannot be used,\n"
    "130 interrupted.\n";

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

static bool read_threads(const char *text, void *options) {
  tb_options *o = options;
  if (!read_list(text, TB_THREADS_MAX, &o->thread_list))
    return false;
  o->on.threads = (int)o->thread_list.v[0];
  return true;
}

static bool read_batch(const char *text, void *batch) {
  return read_list(text, BATCH_MAX, batch);
}

static bool read_min_time(const char *text, void *seconds) {
  return tb_read_decimal(text, MIN_TIME_LEAST, MIN_TIME_MOST, seconds);
}

static bool read_compare(const char *text, void *options) {
  tb_options *o = options;
  const char *comma = strchr(text, ',');
  if (!comma || comma == text || !comma[1] || strchr(comma + 1, ','))
    return false;
  o->compare = text;
  o->compared = strdup(text);
  if (!o->compared)
    abort();
  return true;
}

/* What contradicts itself. */
static int check(tb_options *o) {
  unsigned batched = 0;
  for (int i = 0; tb_operator_at(i); i++)
    batched |= tb_batch_row(tb_operator_at(i)) ? 1u << i : 0;
  if (o->on.batch.count > 0 && (o->required & ~batched))
    return tb_usage_error("--batch does not go with --operator %s: its layers have no images",
                          tb_operator_names_in(o->required & ~batched));
  if (o->on.batch.count > 0)
    o->operators &= batched;
  if (!o->compare)
    return TB_EXIT_OK;
  if (o->kernels + o->plugins > 0)
    return tb_usage_error("--compare %s names the kernels; '%s' is one more", o->compare,
                          o->kernels > 0 ? o->kernel[0] : o->plugin[0]);
  if (o->timing.latency || o->timing.cold || o->timing.with_prepare)
    return tb_usage_error("--compare times pairs of runs with warm caches, and does not go with %s",
                          o->timing.cold      ? "--cold: an eviction between the runs of a pair takes longer than the runs"
                          : o->timing.latency ? "--latency: the quantiles of two kernels are no pairs"
                                              : "--with-prepare: the plan would have another address in every run");
  if (o->thread_list.count > 1)
    return tb_usage_error("--compare takes one number of threads, and --threads names %d", o->thread_list.count);
  o->kernel[0] = o->compared;
  o->kernel[1] = strchr(o->compared, ',') + 1;
  o->compared[o->kernel[1] - o->compared - 1] = 0;
  o->kernels = 2;
  o->timing.pairs = true;
  return TB_EXIT_OK;
}

bool tb_options_parse(int argc, char **argv, tb_options *o, int *code) {
  const int most = argc + 2; /* --compare has two kernels */
  int operators = 0;
  *o = (tb_options){.on = {.threads = 1}, .thread_list = {1, {1}}};
  o->kernel = calloc((size_t)most, sizeof *o->kernel);
  o->on.layer = calloc((size_t)most, sizeof *o->on.layer);
  if (!o->kernel || !o->on.layer)
    abort();
  const tb_option option[] = {
      {.name = "kernel", .text = o->kernel, .count = &o->kernels, .most = most, .expected = "NAME or FILE.so[:NAME]"},
      TB_OPERATOR_OPTION(&o->required, &operators, most),
      {.name = "layer",
       .text = o->on.layer,
       .count = &o->on.layers,
       .most = most,
       .expected = "a layer's name or a descriptor"},
      {.name = "layers", .text = &o->on.layer_file, .expected = "a file of layers"},
      {.name = "batch",
       .read = read_batch,
       .value = &o->on.batch,
       .expected = "up to 64 integers from 1 to 1000000, such as 1,4,16"},
      {.name = "threads",
       .read = read_threads,
       .value = o,
       .expected = "up to 64 integers from 1 to 1024, such as 2, 1,2 or 1..4"},
      {.name = "latency", .given = &o->timing.latency},
      {.name = "cold", .given = &o->timing.cold},
      {.name = "with-prepare", .given = &o->timing.with_prepare},
      {.name = "min-time", .read = read_min_time, .value = &o->min_time, .expected = "seconds from 1e-9 to 3600"},
      {.name = "compare", .read = read_compare, .value = o, .expected = "two kernels, such as naive,FILE.so:NAME"},
      {.name = "csv", .text = &o->csv, .expected = "a file"},
      TB_DATA_OPTION,
  };
  const tb_command command = {usage, option, sizeof option / sizeof *option};
  int first;
  if (!tb_command_line(&command, argc, argv, &first, code))
    return false;
  o->operators = tb_operators_chosen(o->required);
  o->plugin = argv + first;
  o->plugins = argc - first;
  if (o->min_time <= 0)
    o->min_time = o->compare ? MIN_TIME_COMPARE : MIN_TIME;
  *code = check(o);
  return *code == TB_EXIT_OK;
}

void tb_options_free(tb_options *options) {
  free(options->kernel);
  free(options->on.layer);
  free(options->compared);
}
