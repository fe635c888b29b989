/* Which kernels `tenbin check` and `tenbin diagnose` are asked for.
 *
 * SPDX-License-Identifier: MIT */
#include "check_kernels.h"

#include "command_line.h"
#include "memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int tb_selections(const tb_check_options *o) {
  return o->kernels ? o->kernels : 1;
}

const tb_selection *tb_selection_at(const tb_check_options *o, int i) {
  static const tb_selection builtin;
  return o->kernels ? &o->selection[i] : &builtin;
}

bool tb_selection_names(const tb_selection *selection, const tb_kernel_info *info) {
  return !*selection->name || strcmp(selection->name, info->name) == 0;
}

const tb_hello *tb_kernels_of(const char *plugin, char program[4096]) {
  static tb_worker worker;
  char message[600];
  tb_beside("tenbin-worker", program, 4096);
  if (!tb_worker_start(&worker, program, plugin, message)) {
    tb_report_error(TB_EXIT_CANNOT_RUN, "%s", message);
    return NULL;
  }
  tb_worker_stop(&worker);
  return &worker.hello;
}

const tb_hello *tb_selection_list(const tb_selection *selection, char program[4096], int *code) {
  const char *known[TB_KERNELS_MAX];
  const tb_hello *hello = tb_kernels_of(*selection->file ? selection->file : NULL, program);
  if (!hello) {
    *code = TB_EXIT_CANNOT_RUN;
    return NULL;
  }
  for (int i = 0; i < hello->kernels; i++) {
    known[i] = hello->kernel[i].name;
    if (tb_selection_names(selection, &hello->kernel[i]))
      return hello;
  }
  *code = tb_unknown(selection->name, known, hello->kernels, "%s has no kernel '%s'",
                     *selection->file ? selection->file : "tenbin", selection->name);
  return NULL;
}

/* Whether two selections are of one file, by whatever paths. */
static bool same_file(const tb_selection *a, const tb_selection *b) {
  struct stat of_a, of_b;
  if (strcmp(a->file, b->file) == 0)
    return true;
  return *a->file && *b->file && stat(a->file, &of_a) == 0 && stat(b->file, &of_b) == 0 && of_a.st_dev == of_b.st_dev &&
         of_a.st_ino == of_b.st_ino;
}

/* Adds a kernel that is not yet there. */
static void add(tb_roster *r, const tb_selection *selection, const tb_kernel_info *info) {
  for (int i = 0; i < r->count; i++)
    if (strcmp(r->item[i].info.name, info->name) == 0 && same_file(r->item[i].selection, selection))
      return;
  r->item = tb_need(realloc(r->item, (size_t)(r->count + 1) * sizeof *r->item));
  tb_chosen *chosen = &r->item[r->count++];
  *chosen = (tb_chosen){.selection = selection, .info = *info};
  snprintf(chosen->select, sizeof chosen->select, "%s%s%s", selection->file, *selection->file ? ":" : "", info->name);
}

static void label(tb_roster *r) {
  for (int i = 0; i < r->count; i++) {
    bool alone = true;
    for (int k = 0; k < r->count; k++)
      alone = alone && (k == i || strcmp(r->item[k].info.name, r->item[i].info.name) != 0);
    r->item[i].label = alone ? r->item[i].info.name : r->item[i].select;
  }
}

int tb_roster_make(const tb_check_options *o, tb_roster *out) {
  int code = TB_EXIT_OK;
  unsigned without = o->operators;
  *out = (tb_roster){.count = 0};
  for (int n = 0; n < tb_selections(o); n++) {
    const tb_selection *selection = tb_selection_at(o, n);
    const tb_hello *hello = tb_selection_list(selection, out->program, &code);
    if (!hello)
      return code;
    if (hello->warning[0])
      tb_report_error(0, "warning: %s", hello->warning);
    out->empty[n] = true;
    for (int i = 0; i < hello->kernels; i++) {
      const tb_operator *op = tb_operator_find(hello->kernel[i].op);
      if (!tb_selection_names(selection, &hello->kernel[i]) || !tb_operator_in(o->operators, op))
        continue;
      add(out, selection, &hello->kernel[i]);
      out->empty[n] = false;
      without &= ~tb_operator_set(op);
    }
  }
  label(out);
  if (without == 0 || o->operators == TB_ALL_OPERATORS)
    return TB_EXIT_OK;
  return tb_usage_error("--operator: %s %s", o->kernels ? "no chosen kernel is one of" : "tenbin has no kernel of",
                        tb_operator_names_in(without));
}

void tb_roster_free(tb_roster *roster) {
  free(roster->item);
}
