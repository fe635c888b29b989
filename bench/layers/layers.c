/* Which layers are timed: lines of a file of cases that carry layer=NAME, all lines of a list of descriptors, or descriptors
 * given as they are.
 *
 * SPDX-License-Identifier: MIT */
#include "layers.h"

#include "cases.h"
#include "dtype.h"
#include "parameters.h"
#include "program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FOLDER "conformance/cases"
#define MESSAGE 8192

/* The file of --layers, or those of the default. */
struct files {
  int count;
  tb_case_file *file[TB_OPERATORS_MAX];
};

static double bytes_of(const tenbin_desc *desc) {
  return (double)tb_desc_elements(desc) * (double)tb_dtype_bytes(desc->dtype);
}

/* Whether inputs and output fit the machine's memory: beyond it, touching them would kill the process. */
static bool fits(const tb_problem *p, double *bytes) {
  *bytes = 0;
  for (int i = 0; i < p->outputs; i++)
    *bytes += bytes_of(&p->output[i]);
  for (int i = 0; i < p->inputs; i++)
    *bytes += bytes_of(&p->input[i]);
  return *bytes < (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
}

/* Numbers of all signs and sizes, or, where no sum of as many of them is exact in double, integers. */
static bool make(tb_case c, tb_problem *out, char message[TB_MESSAGE_MAX]) {
  if (c.op->sequence)
    return tb_problem_make(&c, out, message);
  c.fill = c.op->timed;
  if (tb_problem_make(&c, out, message))
    return true;
  c.fill = 0;
  return tb_problem_make(&c, out, message);
}

/* Where a layer comes from, for messages, and the exit code where it is invalid: that of usage, or of a file that cannot be
 * used. */
struct source {
  const char *where;
  int code;
};

/* Builds a layer's problem, if no layer is the same with its batch. */
static int add_problem(tb_layers *layers, const tb_layer_options *options, const char *name, const tb_case *c,
                       struct source from) {
  char message[TB_MESSAGE_MAX];
  double bytes;
  tb_problem *problem = malloc(sizeof *problem);
  layers->item = realloc(layers->item, (size_t)(layers->count + 1) * sizeof *layers->item);
  if (!problem || !layers->item)
    abort();
  int status = TB_EXIT_OK;
  bool same = false;
  if (!make(*c, problem, message))
    status = tb_report_error(from.code, "%s: %s", from.where, message);
  else if (!fits(problem, &bytes))
    status = tb_report_error(TB_EXIT_CANNOT_RUN, "%s: its tensors take %.3g GB, more than this machine's memory", from.where,
                             bytes * 1e-9);
  for (int i = 0; i < layers->count && status == TB_EXIT_OK && options->batch.count > 0; i++)
    same = same || strcmp(layers->item[i].problem->text, problem->text) == 0;
  if (status != TB_EXIT_OK || same) {
    free(problem);
    return status;
  }
  char *copy = strdup(name);
  if (!copy)
    abort();
  layers->item[layers->count++] = (tb_layer){copy, problem};
  return TB_EXIT_OK;
}

/* Adds a layer, with each batch that is asked for, if there is none of its name. */
static int add(tb_layers *layers, const tb_layer_options *options, const char *name, tb_case c, struct source from) {
  for (int i = 0; i < layers->count; i++)
    if (strcmp(layers->item[i].name, name) == 0)
      return TB_EXIT_OK;
  const char *fault = c.op->untimed ? c.op->untimed(&c) : NULL;
  if (fault)
    return tb_report_error(from.code, "%s: a layer of %s is one run, made again and again; it cannot be %s", from.where,
                           c.op->name, fault);
  if (c.threads != 1 && c.threads != options->threads)
    return tb_report_error(TB_EXIT_USAGE, "%s: threads=%d and --threads %d differ; give --threads alone", from.where, c.threads,
                           options->threads);
  c.threads = options->threads;
  if (options->batch.count == 0 || !tb_batch_row(c.op))
    return add_problem(layers, options, name, &c, from);
  int status = TB_EXIT_OK;
  for (int i = 0; i < options->batch.count && status == TB_EXIT_OK; i++) {
    const tb_case batched = tb_with_batch(&c, options->batch.v[i]);
    status = add_problem(layers, options, name, &batched, from);
  }
  return status;
}

static int add_line(tb_layers *layers, const tb_layer_options *options, const tb_case_file *file, const tb_case_line *line) {
  char where[400];
  snprintf(where, sizeof where, "%s:%d, layer %s", file->path, line->line, line->layer);
  return add(layers, options, line->layer, line->c, (struct source){where, TB_EXIT_CANNOT_RUN});
}

static bool has_layers(const tb_case_file *file) {
  for (int i = 0; i < file->lines; i++)
    if (file->line[i].layer)
      return true;
  return false;
}

static tb_case_file *open_file(const tb_layer_options *options, const char *name) {
  char message[MESSAGE];
  tb_case_file *file = options->layer_file ? tb_cases_open(options->layer_file, message, sizeof message)
                                           : tb_cases_committed(name, message, sizeof message);
  if (!file) {
    tb_report_error(TB_EXIT_CANNOT_RUN, "%s", message);
    return NULL;
  }
  if (has_layers(file))
    return file;
  tb_report_error(TB_EXIT_CANNOT_RUN,
                  "%s: holds no layers: in files with groups these are the lines with a comment such as # layer=NAME: why",
                  file->path);
  tb_cases_free(file);
  return NULL;
}

static bool open_files(const tb_layer_options *options, struct files *out) {
  const int count = options->layer_file ? 1 : TB_OPERATORS_MAX;
  for (out->count = 0; out->count < count && tb_operator_at(out->count); out->count++) {
    out->file[out->count] = open_file(options, tb_operator_at(out->count)->layers);
    if (!out->file[out->count])
      return false;
  }
  return true;
}

/* Keeps their paths. */
static void close_files(struct files *files, tb_layers *out) {
  for (int i = 0; i < files->count; i++) {
    if (!(out->file[out->files++] = strdup(files->file[i]->path)))
      abort();
    tb_cases_free(files->file[i]);
  }
}

/* Line i of all files, in their order, or NULL after the last. */
static const tb_case_line *line_of(const struct files *files, int i, const tb_case_file **file) {
  for (int f = 0; f < files->count; f++) {
    *file = files->file[f];
    if (i < (*file)->lines)
      return &(*file)->line[i];
    i -= (*file)->lines;
  }
  return NULL;
}

static int unknown_layer(const struct files *files, const char *path, unsigned operators, const char *word) {
  const tb_case_file *file;
  const tb_case_line *line;
  int lines = 1, names = 0;
  for (int f = 0; f < files->count; f++)
    lines += files->file[f]->lines;
  const char **name = calloc((size_t)lines, sizeof *name);
  if (!name)
    abort();
  for (int i = 0; (line = line_of(files, i, &file)); i++) {
    bool known = !line->layer || !tb_operator_in(operators, line->c.op);
    for (int j = 0; j < names && !known; j++)
      known = strcmp(name[j], line->layer) == 0;
    if (!known)
      name[names++] = line->layer;
  }
  tb_unknown(word, name, names, "--layer: %s has no layer '%s'", path ? path : FOLDER, word);
  free(name);
  return TB_EXIT_USAGE;
}

static int add_named(tb_layers *layers, const tb_layer_options *options, const struct files *files, unsigned operators,
                     const char *name) {
  const tb_case_file *file;
  const tb_case_line *line;
  for (int i = 0; (line = line_of(files, i, &file)); i++)
    if (line->layer && strcmp(line->layer, name) == 0)
      return add_line(layers, options, file, line);
  return unknown_layer(files, options->layer_file, operators, name);
}

/* Those whose operator has a kernel. */
static int add_all(tb_layers *layers, const tb_layer_options *options, const struct files *files, unsigned operators) {
  const tb_case_file *file;
  const tb_case_line *line;
  int status = TB_EXIT_OK;
  for (int i = 0; (line = line_of(files, i, &file)) && status == TB_EXIT_OK; i++)
    if (line->layer && tb_operator_in(operators, line->c.op))
      status = add_line(layers, options, file, line);
  if (status == TB_EXIT_OK && layers->count == 0)
    status = tb_report_error(TB_EXIT_USAGE, "%s has no layer of the chosen kernels' operator",
                             options->layer_file ? options->layer_file : FOLDER);
  return status;
}

static bool is_descriptor(const char *argument) {
  return strpbrk(argument, " \t=") != NULL;
}

static int add_descriptor(tb_layers *layers, const tb_layer_options *options, int index) {
  char name[32], message[MESSAGE];
  tb_case c;
  tb_error error;
  const char *line = options->layer[index];
  if (!tb_case_parse(line, &c, &error)) {
    tb_error_show(&error, "--layer", line, message, sizeof message);
    return tb_report_error(TB_EXIT_USAGE, "%s", message);
  }
  snprintf(name, sizeof name, "layer%d", index + 1);
  snprintf(message, sizeof message, "--layer '%s'", line);
  return add(layers, options, name, c, (struct source){message, TB_EXIT_USAGE});
}

unsigned tb_layers_operators(const tb_layers *layers) {
  unsigned operators = 0;
  for (int i = 0; i < layers->count; i++)
    operators |= tb_operator_set(layers->item[i].problem->c.op);
  return operators;
}

int tb_layers_select(const tb_layer_options *options, unsigned operators, tb_layers *out) {
  struct files files = {0};
  bool needed = options->layers == 0 || options->layer_file;
  *out = (tb_layers){0};
  for (int i = 0; i < options->layers; i++)
    needed = needed || !is_descriptor(options->layer[i]);
  int status = needed && !open_files(options, &files) ? TB_EXIT_CANNOT_RUN : TB_EXIT_OK;
  if (status == TB_EXIT_OK && options->layers == 0)
    status = add_all(out, options, &files, operators);
  for (int i = 0; i < options->layers && status == TB_EXIT_OK; i++)
    status = is_descriptor(options->layer[i]) ? add_descriptor(out, options, i)
                                              : add_named(out, options, &files, operators, options->layer[i]);
  for (int i = 0; i < out->count && status == TB_EXIT_OK; i++) {
    const tb_operator *op = out->item[i].problem->c.op;
    if (options->batch.count > 0 && !tb_batch_row(op))
      status = tb_report_error(TB_EXIT_USAGE, "layer %s is one of %s, and --batch does not go with it: it has no images",
                               out->item[i].name, tb_operator_name(op));
    else if (!tb_operator_in(operators, op))
      status = tb_report_error(TB_EXIT_USAGE, "layer %s is one of %s, and no chosen kernel is", out->item[i].name,
                               tb_operator_name(op));
  }
  close_files(&files, out);
  return status;
}

void tb_layers_free(tb_layers *layers) {
  for (int i = 0; i < layers->count; i++) {
    free(layers->item[i].name);
    free(layers->item[i].problem);
  }
  for (int i = 0; i < layers->files; i++)
    free(layers->file[i]);
  free(layers->item);
}
