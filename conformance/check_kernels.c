/* Which kernels `tenbin check` and `tenbin diagnose` are asked for.
 *
 * SPDX-License-Identifier: MIT */
#include "check_kernels.h"

#include "command_line.h"

#include <string.h>

int tb_selections(const tb_check_options *o) {
  return o->kernels ? o->kernels : 1;
}

const tb_selection *tb_selection_at(const tb_check_options *o, int i) {
  static const tb_selection builtin;
  return o->kernels ? &o->selection[i] : &builtin;
}

static bool names(const tb_selection *selection, const tb_kernel_info *info) {
  return !*selection->name || strcmp(selection->name, info->name) == 0;
}

bool tb_is_chosen(const tb_check_options *o, const tb_selection *selection, const tb_kernel_info *info) {
  return names(selection, info) && tb_operator_in(o->operators, tb_operator_find(info->op));
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
    if (names(selection, &hello->kernel[i]))
      return hello;
  }
  *code = tb_unknown(selection->name, known, hello->kernels, "%s has no kernel '%s'",
                     *selection->file ? selection->file : "tenbin", selection->name);
  return NULL;
}

int tb_check_operators(const tb_check_options *o) {
  char program[4096];
  int code = TB_EXIT_OK;
  unsigned without = o->operators;
  for (int n = 0; o->operators != TB_ALL_OPERATORS && n < tb_selections(o); n++) {
    const tb_selection *selection = tb_selection_at(o, n);
    const tb_hello *hello = tb_selection_list(selection, program, &code);
    if (!hello)
      return code;
    for (int i = 0; i < hello->kernels; i++)
      if (tb_is_chosen(o, selection, &hello->kernel[i]))
        without &= ~tb_operator_set(tb_operator_find(hello->kernel[i].op));
  }
  if (without == 0 || o->operators == TB_ALL_OPERATORS)
    return TB_EXIT_OK;
  return tb_usage_error("--operator: %s %s", o->kernels ? "no chosen kernel is one of" : "tenbin has no kernel of",
                        tb_operator_names_in(without));
}
