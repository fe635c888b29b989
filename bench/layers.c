/* Which layers are timed: lines of a file of cases that carry layer=NAME, or descriptors given as they are.
 *
 * SPDX-License-Identifier: MIT */
#include "bench.h"
#include "cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_FILE "conformance/cases/layers.cases"
#define MESSAGE 8192

/* Whether x, weight, bias and y fit the machine's memory: beyond it, touching them would kill the process. */
static bool fits(const tb_problem *p, double *bytes) {
  *bytes = 4.0 * (double)tb_desc_elements(&p->output[TENBIN_Y]);
  for (int i = 0; i < 3; i++)
    *bytes += 4.0 * (double)tb_desc_elements(&p->input[i]);
  return *bytes < (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
}

/* Numbers of all signs and sizes, or, where no sum of as many of them is exact in double, integers. */
static bool make(tb_case c, tb_problem *out, char message[TB_MESSAGE_MAX]) {
  c.fill = TB_REAL;
  if (tb_problem_make(&c, out, message))
    return true;
  c.fill = TB_WIDE_X;
  return tb_problem_make(&c, out, message);
}

/* Builds a layer's problem. `where` names it in messages. */
static int add(tb_layers *layers, const tb_options *options, const char *name, tb_case c, const char *where) {
  char message[TB_MESSAGE_MAX];
  double bytes;
  for (int i = 0; i < layers->count; i++)
    if (strcmp(layers->item[i].name, name) == 0)
      return TB_OK;
  if (c.op != TB_CONV_TRANSPOSE2D)
    return tb_complain(TB_USAGE, "%s: layers of conv_transpose2d are timed, and this is %s", where, tb_operator_name(c.op));
  if (c.threads != 1 && c.threads != options->threads)
    return tb_complain(TB_USAGE, "%s: threads=%d and --threads %d differ; give --threads alone", where, c.threads,
                       options->threads);
  c.threads = options->threads;
  tb_problem *problem = malloc(sizeof *problem);
  layers->item = realloc(layers->item, (size_t)(layers->count + 1) * sizeof *layers->item);
  if (!problem || !layers->item)
    abort();
  int status = TB_OK;
  if (!make(c, problem, message))
    status = tb_complain(TB_USAGE, "%s: %s", where, message);
  else if (!fits(problem, &bytes))
    status = tb_complain(TB_CANNOT_RUN, "%s: its tensors take %.3g GB, more than this machine's memory", where, bytes * 1e-9);
  if (status != TB_OK) {
    free(problem);
    return status;
  }
  char *copy = strdup(name);
  if (!copy)
    abort();
  layers->item[layers->count++] = (tb_layer){copy, problem};
  return TB_OK;
}

static int add_line(tb_layers *layers, const tb_options *options, const tb_case_file *file, const tb_case_line *line) {
  char where[400];
  snprintf(where, sizeof where, "%s:%d, layer %s", file->path, line->line, line->layer);
  return add(layers, options, line->layer, line->c, where);
}

static tb_case_file *open_file(const tb_options *options) {
  char path[4096], message[MESSAGE];
  const char *folder = getenv("TENBIN_DATA");
  if (options->layer_file)
    snprintf(path, sizeof path, "%s", options->layer_file);
  else
    snprintf(path, sizeof path, "%s/" DEFAULT_FILE, folder && *folder ? folder : TENBIN_DATA_DIR);
  tb_case_file *file = tb_cases_read(path, message, sizeof message);
  if (!file) {
    tb_complain(TB_CANNOT_RUN, "%s%s", message,
                options->layer_file ? "" : "\n  (the environment variable TENBIN_DATA names the folder of conformance/cases)");
    return NULL;
  }
  for (int i = 0; i < file->lines; i++)
    if (file->line[i].layer)
      return file;
  tb_complain(TB_CANNOT_RUN, "%s: holds no layers: no line has a comment such as # layer=NAME: why", path);
  tb_cases_free(file);
  return NULL;
}

static int unknown_layer(const tb_case_file *file, const char *word) {
  const size_t room = file->lines > 0 ? (size_t)file->lines : 1;
  const char **name = calloc(room, sizeof *name);
  int names = 0;
  if (!name)
    abort();
  for (int i = 0; i < file->lines; i++) {
    bool known = !file->line[i].layer;
    for (int j = 0; j < names && !known; j++)
      known = strcmp(name[j], file->line[i].layer) == 0;
    if (!known)
      name[names++] = file->line[i].layer;
  }
  const char *nearest = tb_nearest(word, name, names);
  fprintf(stderr, "tenbin bench: --layer '%s': %s has no layer of that name", word, file->path);
  if (nearest)
    fprintf(stderr, "; did you mean %s?", nearest);
  fprintf(stderr, "%s known are", nearest ? "" : ";");
  for (int i = 0; i < names; i++)
    fprintf(stderr, " %s", name[i]);
  fputc('\n', stderr);
  free(name);
  return TB_USAGE;
}

static int add_named(tb_layers *layers, const tb_options *options, const tb_case_file *file, const char *name) {
  for (int i = 0; i < file->lines; i++)
    if (file->line[i].layer && strcmp(file->line[i].layer, name) == 0)
      return add_line(layers, options, file, &file->line[i]);
  return unknown_layer(file, name);
}

static bool is_descriptor(const char *argument) {
  return strpbrk(argument, " \t=") != NULL;
}

static int add_descriptor(tb_layers *layers, const tb_options *options, int index) {
  char name[32], message[MESSAGE];
  tb_case c;
  tb_error error;
  const char *line = options->layer[index];
  if (!tb_case_parse(line, &c, &error)) {
    tb_error_show(&error, "--layer", line, message, sizeof message);
    return tb_complain(TB_USAGE, "%s", message);
  }
  snprintf(name, sizeof name, "layer%d", index + 1);
  snprintf(message, sizeof message, "--layer '%s'", line);
  return add(layers, options, name, c, message);
}

int tb_layers_select(const tb_options *options, tb_layers *out) {
  int status = TB_OK;
  bool needed = options->layers == 0 || options->layer_file;
  *out = (tb_layers){0};
  for (int i = 0; i < options->layers; i++)
    needed = needed || !is_descriptor(options->layer[i]);
  tb_case_file *file = needed ? open_file(options) : NULL;
  if (needed && !file)
    return TB_CANNOT_RUN;
  for (int i = 0; i < options->layers && status == TB_OK; i++)
    status =
        is_descriptor(options->layer[i]) ? add_descriptor(out, options, i) : add_named(out, options, file, options->layer[i]);
  for (int i = 0; options->layers == 0 && i < file->lines && status == TB_OK; i++)
    if (file->line[i].layer)
      status = add_line(out, options, file, &file->line[i]);
  tb_cases_free(file);
  return status;
}

void tb_layers_free(tb_layers *layers) {
  for (int i = 0; i < layers->count; i++) {
    free(layers->item[i].name);
    free(layers->item[i].problem);
  }
  free(layers->item);
}
