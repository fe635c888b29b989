/* tenbin list: operators, kernels, cases, layers.
 *
 * SPDX-License-Identifier: MIT */
#include "check_kernels.h"
#include "command_line.h"
#include "conformance.h"
#include "data.h"
#include "dtype.h"
#include "program.h"
#include "suite.h"

#include <stdio.h>
#include <string.h>

static const char usage[] = "usage: tenbin list operators        the operators, with their dtypes\n"
                            "       tenbin list kernels [WORD]   the built-in kernels, or those that NAME or\n"
                            "                                    FILE.so[:NAME] means\n"
                            "       tenbin list cases            the committed cases, with their reasons\n"
                            "       tenbin list layers [FILE]    the layers of the benchmark, or those of a file\n"
                            "\n"
                            "  --operator NAME  only those of this operator; may be repeated\n"
                            "  --data DIR       the folder that holds conformance/ and golden/; the default: $TENBIN_DATA,\n"
                            "                   or the installed share/tenbin, or the source tree\n"
                            "  --help           this text\n"
                            "\n"
                            "Exit code: 0 all right, 2 usage, 3 something is missing, damaged or cannot be\n"
                            "loaded, or standard output cannot be written.\n";

/* The longest name of an operator, the column's width. */
static int operator_width(void) {
  size_t width = 0;
  for (int i = 0; tb_operator_at(i); i++)
    if (strlen(tb_operator_at(i)->name) > width)
      width = strlen(tb_operator_at(i)->name);
  return (int)width;
}

/* Nothing is there of the operators that were asked for. */
static int none(const char *where, const char *what, unsigned operators) {
  return tb_usage_error("%s has no %s of %s", where, what, tb_operator_names_in(operators));
}

/* Those that a word names, or all built-in ones. */
static int list_kernels(const char *word, unsigned operators) {
  bool any = false;
  int width = 0, code = TB_EXIT_OK;
  char program[4096], message[TB_REGISTRY_MESSAGE];
  tb_selection selection = {.file = ""};
  if (word && !tb_select(word, &selection, message))
    return tb_usage_error("%s", message);
  const tb_hello *hello = tb_selection_list(&selection, program, &code);
  if (!hello)
    return code;
  for (int i = 0; i < hello->kernels; i++)
    if ((int)strlen(hello->kernel[i].name) > width)
      width = (int)strlen(hello->kernel[i].name);
  for (int i = 0; i < hello->kernels; i++) {
    const tb_kernel_info *k = &hello->kernel[i];
    if (!tb_operator_in(operators, tb_operator_find(k->op)) || !tb_selection_names(&selection, k))
      continue;
    any = true;
    printf("%-*s %-*s %s%s%s%s\n", width, k->name, operator_width(), k->op, k->summary, *k->library ? " (" : "", k->library,
           *k->library ? ")" : "");
  }
  return any ? TB_EXIT_OK : none(word ? word : "tenbin", "kernel", operators);
}

static void print_count(int count, const char *one, const char *several) {
  printf("  %2d %s", count, count == 1 ? one : several);
}

static void print_operator(const tb_operator *op, const tb_hello *hello) {
  int kernels = 0, files = 0;
  for (int i = 0; i < hello->kernels; i++)
    kernels += strcmp(hello->kernel[i].op, op->name) == 0;
  while (op->files[files])
    files++;
  printf("%-*s", operator_width(), op->name);
  print_count(kernels, "kernel, ", "kernels,");
  print_count(files, "file of cases, ", "files of cases,");
  for (int dtype = 0, dtypes = 0; dtype < 32; dtype++)
    if (op->dtypes >> dtype & 1)
      printf("%s%s", dtypes++ == 0 ? "  " : " ", tb_dtype_name(dtype));
  putchar('\n');
}

static int list_operators(unsigned operators) {
  char program[4096];
  const tb_hello *hello = tb_kernels_of(NULL, program);
  if (!hello)
    return TB_EXIT_CANNOT_RUN;
  for (int i = 0; tb_operator_at(i); i++)
    if (tb_operator_in(operators, tb_operator_at(i)))
      print_operator(tb_operator_at(i), hello);
  return TB_EXIT_OK;
}

static int list_cases(unsigned operators) {
  char message[4096];
  tb_suite *suite = tb_suite_open("full", (tb_shard){0, 1}, message, sizeof message);
  if (!suite)
    return tb_report_error(TB_EXIT_CANNOT_RUN, "%s", message);
  tb_suite_restrict(suite, operators);
  for (int g = 0; g < suite->groups; g++) {
    printf("[%s] %d cases\n", suite->group[g].name, suite->group[g].cases);
    for (int i = 0; i < suite->group[g].listed; i++) {
      const tb_suite_case *c = &suite->group[g].list[i];
      printf("  %s  # %s%s%s\n", c->text, c->flags, *c->flags ? ": " : "", c->why);
    }
  }
  tb_suite_close(suite);
  return TB_EXIT_OK;
}

/* The layers of one file, which may be NULL: `message` says why. What the benchmark chooses itself, the fill, is left out.
 * *any: there is one of the operators. */
static int list_layers_of(tb_case_file *file, unsigned operators, const char *message, bool *any) {
  if (!file)
    return tb_report_error(TB_EXIT_CANNOT_RUN, "%s", message);
  for (int i = 0; i < file->lines; i++) {
    const tb_case_line *l = &file->line[i];
    const char *fill = strstr(l->text, " fill=");
    if (!l->layer || (i > 0 && l->line == file->line[i - 1].line) || !tb_operator_in(operators, l->c.op))
      continue;
    *any = true;
    printf("%-14s %.*s  # %s\n", l->layer, fill ? (int)(fill - l->text) : (int)strlen(l->text), l->text, l->why);
  }
  tb_cases_free(file);
  return TB_EXIT_OK;
}

/* Those of the file that a word names, or of the default, NULL. */
static int list_layers(const char *word, unsigned operators) {
  char message[4096];
  int code = TB_EXIT_OK;
  bool any = false;
  const tb_operator *op;
  if (word)
    code = list_layers_of(tb_cases_open(word, message, sizeof message), operators, message, &any);
  for (int i = 0; !word && code == TB_EXIT_OK && (op = tb_operator_at(i)) != NULL; i++)
    if (tb_operator_in(operators, op))
      code = list_layers_of(tb_cases_committed(op->layers, message, sizeof message), operators, message, &any);
  return code != TB_EXIT_OK || any || operators == TB_ALL_OPERATORS ? code : none(word ? word : "tenbin", "layer", operators);
}

static int list(int words, char **word, unsigned operators) {
  static const char *const known[] = {"operators", "kernels", "cases", "layers"};
  if (words == 0)
    return tb_usage_error("expected operators, kernels, cases or layers, got nothing");
  const bool kernels = strcmp(word[0], "kernels") == 0, layers = strcmp(word[0], "layers") == 0;
  const int most = kernels || layers ? 2 : 1;
  if (words > most)
    return tb_usage_error("unexpected argument '%s'", word[most]);
  if (kernels)
    return list_kernels(words == 2 ? word[1] : NULL, operators);
  if (layers)
    return list_layers(words == 2 ? word[1] : NULL, operators);
  if (strcmp(word[0], "cases") == 0)
    return list_cases(operators);
  if (strcmp(word[0], "operators") == 0)
    return list_operators(operators);
  return tb_unknown(word[0], known, sizeof known / sizeof *known, "cannot list '%s'", word[0]);
}

int tb_list_main(int argc, char **argv) {
  unsigned operators = 0;
  int given = 0;
  const tb_option option[] = {TB_OPERATOR_OPTION(&operators, &given, TB_OPERATORS_MAX), TB_DATA_OPTION};
  const tb_command command = {usage, option, sizeof option / sizeof *option};
  int code;
  int first;
  tb_program_start("tenbin list");
  return tb_command_line(&command, argc, argv, &first, &code) ? list(argc - first, argv + first, tb_operators_chosen(operators))
                                                              : code;
}
