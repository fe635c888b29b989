/* tenbin list: kernels, cases, layers.
 *
 * SPDX-License-Identifier: MIT */
#include "client.h"
#include "command_line.h"
#include "conformance.h"
#include "data.h"
#include "program.h"
#include "suite.h"

#include <stdio.h>
#include <string.h>

static const char usage[] = "usage: tenbin list kernels [FILE.so]   the built-in kernels, or a plugin's\n"
                            "       tenbin list cases              the committed cases, with their reasons\n"
                            "       tenbin list layers [FILE]      the layers of the benchmark, or those of a file\n"
                            "\n"
                            "  --data DIR   the folder that holds conformance/ and golden/; the default: $TENBIN_DATA,\n"
                            "               or the installed share/tenbin, or the source tree\n"
                            "  --help       this text\n"
                            "\n"
                            "Exit code: 0 all right, 2 usage, 3 something is missing, damaged or cannot be\n"
                            "loaded, or standard output cannot be written.\n";

static int list_kernels(const char *plugin) {
  static tb_worker worker;
  char program[4096], message[600];
  tb_beside("tenbin-worker", program, sizeof program);
  if (!tb_worker_start(&worker, program, plugin, message))
    return tb_report_error(TB_EXIT_CANNOT_RUN, "%s", message);
  for (int i = 0; i < worker.hello.kernels; i++) {
    const tb_kernel_info *k = &worker.hello.kernel[i];
    printf("%-17s %-17s %s%s%s%s\n", k->name, k->op, k->summary, *k->library ? " (" : "", k->library, *k->library ? ")" : "");
  }
  tb_worker_stop(&worker);
  return TB_EXIT_OK;
}

static int list_cases(void) {
  char message[4096];
  tb_suite *suite = tb_suite_open("full", (tb_shard){0, 1}, message, sizeof message);
  if (!suite)
    return tb_report_error(TB_EXIT_CANNOT_RUN, "%s", message);
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

/* The layers of one file, which may be NULL: `message` says why. What the benchmark chooses itself, the fill, is left out. */
static int list_layers_of(tb_case_file *file, const char *message) {
  if (!file)
    return tb_report_error(TB_EXIT_CANNOT_RUN, "%s", message);
  for (int i = 0; i < file->lines; i++) {
    const tb_case_line *l = &file->line[i];
    const char *fill = strstr(l->text, " fill=");
    if (l->layer && (i == 0 || l->line != file->line[i - 1].line))
      printf("%-14s %.*s  # %s\n", l->layer, fill ? (int)(fill - l->text) : (int)strlen(l->text), l->text, l->why);
  }
  tb_cases_free(file);
  return TB_EXIT_OK;
}

/* Those of the file that a word names, or of the default, NULL. */
static int list_layers(const char *word) {
  char message[4096];
  if (word)
    return list_layers_of(tb_cases_open(word, message, sizeof message), message);
  int code = TB_EXIT_OK;
  const tb_operator *op;
  for (int i = 0; code == TB_EXIT_OK && (op = tb_operator_at(i)) != NULL; i++)
    code = list_layers_of(tb_cases_committed(op->layers, message, sizeof message), message);
  return code;
}

static int list(int words, char **word) {
  static const char *const known[] = {"kernels", "cases", "layers"};
  if (words == 0)
    return tb_usage_error("expected kernels, cases or layers, got nothing");
  const bool cases = strcmp(word[0], "cases") == 0;
  const int most = cases ? 1 : 2;
  if (words > most)
    return tb_usage_error("unexpected argument '%s'", word[most]);
  if (cases)
    return list_cases();
  if (strcmp(word[0], "kernels") == 0)
    return list_kernels(words == 2 ? word[1] : NULL);
  if (strcmp(word[0], "layers") == 0)
    return list_layers(words == 2 ? word[1] : NULL);
  return tb_unknown(word[0], known, 3, "cannot list '%s'", word[0]);
}

int tb_list_main(int argc, char **argv) {
  const tb_option option[] = {TB_DATA_OPTION};
  const tb_command command = {usage, option, sizeof option / sizeof *option};
  int code;
  int first;
  tb_program_start("tenbin list");
  return tb_command_line(&command, argc, argv, &first, &code) ? list(argc - first, argv + first) : code;
}
