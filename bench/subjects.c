/* Which kernels are timed: built-in ones by name, plugins by file.
 *
 * SPDX-License-Identifier: MIT */
#include "bench.h"
#include "client.h"
#include "outfile.h"
#include "parameters.h"
#include "selection.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a word of the command line is looked at with. */
struct wish {
  const char *option; /* "--kernel: " and the like; of a FILE.so alone "" */
  unsigned operators;
  bool batch; /* --batch is given, and leaves out operators whose layers have no images */
};

static bool timed(const tb_kernel_info *kernel, unsigned operators) {
  return tb_operator_in(operators, tb_operator_find(kernel->op));
}

/* Whether --batch alone leaves a kernel out. */
static bool without_batch(const struct wish *wish, const tb_kernel_info *kernel) {
  return wish->batch && !tb_batch_row(tb_operator_find(kernel->op));
}

static char *copy(const char *text) {
  char *out = strdup(text);
  if (!out)
    abort();
  return out;
}

/* Whether both are built in, or of one file. */
static bool same_plugin(const char *a, const char *b) {
  return a && b ? tb_same_file(a, b) : a == b;
}

/* Adds a kernel that is not yet there; named: the option that names it, or NULL. The program cannot go on without memory. */
static void add(tb_subjects *s, const tb_kernel_info *kernel, const char *file, const char *named) {
  for (int i = 0; i < s->count; i++)
    if (strcmp(s->item[i].name, kernel->name) == 0 && same_plugin(s->item[i].plugin, file)) {
      s->item[i].named = s->item[i].named ? s->item[i].named : named;
      return;
    }
  s->item = realloc(s->item, (size_t)(s->count + 1) * sizeof *s->item);
  if (!s->item)
    abort();
  tb_subject *subject = &s->item[s->count++];
  *subject = (tb_subject){.op = tb_operator_find(kernel->op),
                          .plugin = file ? copy(file) : NULL,
                          .name = copy(kernel->name),
                          .named = named,
                          .library = copy(kernel->library)};
  if (asprintf(&subject->label, "%s%s%s", file ? file : "", file ? ":" : "", kernel->name) < 0)
    abort();
}

static int unknown_kernel(const tb_hello *hello, const struct wish *wish, const char *word, const char *where) {
  const char *name[TB_KERNELS_MAX];
  int names = 0;
  for (int32_t i = 0; i < hello->kernels; i++)
    if (timed(&hello->kernel[i], wish->operators))
      name[names++] = hello->kernel[i].name;
  tb_unknown(word, name, names, "%s%s has no kernel '%s'", wish->option, where, word);
  return TB_EXIT_USAGE;
}

static int add_named(tb_subjects *s, const tb_hello *hello, const struct wish *wish, const char *name, const char *file) {
  const tb_kernel_info *kernel = NULL;
  for (int32_t i = 0; i < hello->kernels && !kernel; i++)
    if (strcmp(hello->kernel[i].name, name) == 0)
      kernel = &hello->kernel[i];
  if (!kernel)
    return unknown_kernel(hello, wish, name, file ? file : "tenbin");
  if (without_batch(wish, kernel))
    return tb_report_error(TB_EXIT_USAGE, "%s%s is a kernel of %s, and --batch does not go with it: its layers have no images",
                           wish->option, name, kernel->op);
  if (!timed(kernel, wish->operators))
    return tb_report_error(TB_EXIT_USAGE, "%s%s is a kernel of %s; timed are those of %s", wish->option, name, kernel->op,
                           tb_operator_names_in(wish->operators));
  add(s, kernel, file, wish->option);
  return TB_EXIT_OK;
}

static int add_all(tb_subjects *s, const tb_hello *hello, const struct wish *wish, const char *file) {
  bool any = false, unbatched = false;
  for (int32_t i = 0; i < hello->kernels; i++) {
    unbatched = unbatched || without_batch(wish, &hello->kernel[i]);
    if (timed(&hello->kernel[i], wish->operators)) {
      add(s, &hello->kernel[i], file, NULL);
      any = true;
    }
  }
  return any ? TB_EXIT_OK
             : tb_report_error(TB_EXIT_USAGE, "%s has no kernel of %s%s", file ? file : "tenbin",
                               tb_operator_names_in(wish->operators),
                               unbatched ? ", and --batch does not go with others: their layers have no images" : "");
}

/* Adds the kernels of a file, or the built-in ones (NULL), or that of a name. A worker that loads them says which there are. */
static int add_of(tb_subjects *s, const struct wish *wish, const char *file, const char *name) {
  char program[4096], message[600];
  tb_worker *worker = malloc(sizeof *worker); /* larger than some stacks */
  if (!worker)
    abort();
  tb_beside("tenbin-worker", program, sizeof program);
  int status = TB_EXIT_CANNOT_RUN;
  if (!tb_worker_start(worker, program, file, message)) {
    tb_report_error(0, "%s", message);
  } else {
    if (*worker->hello.warning)
      tb_report_error(0, "warning: %s", worker->hello.warning);
    status = *name ? add_named(s, &worker->hello, wish, name, file) : add_all(s, &worker->hello, wish, file);
    tb_worker_stop(worker);
  }
  free(worker);
  return status;
}

/* What a word of the command line names. */
static int add_selected(tb_subjects *s, const struct wish *wish, const char *word) {
  char message[TB_REGISTRY_MESSAGE];
  tb_selection selection;
  if (!tb_select(word, &selection, message))
    return tb_report_error(TB_EXIT_USAGE, "%s%s", wish->option, message);
  return add_of(s, wish, *selection.file ? selection.file : NULL, selection.name);
}

unsigned tb_subjects_operators(const tb_subjects *subjects) {
  unsigned operators = 0;
  for (int i = 0; i < subjects->count; i++)
    operators |= tb_operator_set(subjects->item[i].op);
  return operators;
}

static void free_subject(tb_subject *subject) {
  free(subject->plugin);
  free(subject->name);
  free(subject->label);
  free(subject->library);
}

/* Keeps those of these operators, in the operators' order. */
static void arrange(tb_subjects *s, unsigned operators) {
  tb_subject *from = s->item;
  const int count = s->count;
  if (count == 0)
    return;
  *s = (tb_subjects){.item = calloc((size_t)count, sizeof *s->item)};
  if (!s->item)
    abort();
  const tb_operator *op;
  for (int o = 0; (op = tb_operator_at(o)); o++)
    for (int i = 0; i < count; i++)
      if (from[i].op == op && tb_operator_in(operators, op))
        s->item[s->count++] = from[i];
      else if (from[i].op == op)
        free_subject(&from[i]);
  free(from);
}

/* The built-in kernels, or those of --kernel. */
static int select_kernels(const tb_options *options, tb_subjects *out) {
  const struct wish wish = {options->compare ? "--compare: " : "--kernel: ", options->operators, options->on.batch.count > 0};
  int status = TB_EXIT_OK;
  if (options->kernels == 0)
    return add_of(out, &wish, NULL, "");
  for (int i = 0; i < options->kernels && status == TB_EXIT_OK; i++)
    status = add_selected(out, &wish, options->kernel[i]);
  return status;
}

int tb_subjects_select(const tb_options *options, tb_subjects *out) {
  const struct wish wish = {"", options->operators, options->on.batch.count > 0};
  *out = (tb_subjects){0};
  int status = select_kernels(options, out);
  const int builtin = out->count;
  for (int i = 0; i < options->plugins && status == TB_EXIT_OK; i++) {
    const char *p = options->plugin[i];
    if (tb_names_file(p))
      status = add_selected(out, &wish, p);
    else
      status = tb_report_error(
          TB_EXIT_USAGE, "'%s' is no plugin, FILE.so[:NAME]; for a kernel or layer write --kernel or --layer before it", p);
  }
  /* Nobody asked for built-in kernels of an operator that no plugin has. */
  const tb_subjects plugins = {out->count - builtin, out->item + builtin};
  const bool beside = options->kernels == 0 && plugins.count > 0;
  arrange(out, beside ? tb_subjects_operators(&plugins) : TB_ALL_OPERATORS);
  const unsigned without = options->required & ~tb_subjects_operators(out);
  if (status == TB_EXIT_OK && without)
    status = tb_report_error(TB_EXIT_USAGE, "--operator: no chosen kernel is one of %s", tb_operator_names_in(without));
  return status;
}

int tb_subjects_restrict(tb_subjects *subjects, unsigned operators) {
  for (int i = 0; i < subjects->count; i++) {
    const tb_subject *s = &subjects->item[i];
    if (s->named && !tb_operator_in(operators, s->op))
      return tb_report_error(TB_EXIT_USAGE, "%s%s is a kernel of %s, and no chosen layer is", s->named, s->label,
                             tb_operator_name(s->op));
  }
  arrange(subjects, operators);
  return TB_EXIT_OK;
}

tb_subjects tb_subjects_of(const tb_subjects *subjects, const tb_operator *op) {
  int from = 0, to;
  while (from < subjects->count && subjects->item[from].op != op)
    from++;
  for (to = from; to < subjects->count && subjects->item[to].op == op;)
    to++;
  return (tb_subjects){to - from, subjects->item + from};
}

void tb_subjects_free(tb_subjects *subjects) {
  for (int i = 0; i < subjects->count; i++)
    free_subject(&subjects->item[i]);
  free(subjects->item);
}
