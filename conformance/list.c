/* tenbin list: kernels, cases, layers.
 *
 * SPDX-License-Identifier: MIT */
#include "client.h"
#include "command_line.h"
#include "conformance.h"
#include "program.h"
#include "suite.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const char usage[] = "usage: tenbin list kernels [FILE.so]   the built-in kernels, or a plugin's\n"
                            "       tenbin list cases              the committed cases, with their reasons\n"
                            "       tenbin list layers [FILE]      the layers of the benchmark, or those of a file\n"
                            "\n"
                            "Exit code: 0 all right, 2 usage, 3 something is missing, damaged or cannot be\n"
                            "loaded, or standard output cannot be written.\n";

static const tb_command command = {"tenbin list", usage};

static int list_kernels(const char *plugin) {
  static tb_worker worker;
  char program[4096], message[600];
  tb_beside("tenbin-worker", program, sizeof program);
  if (!tb_worker_start(&worker, program, plugin, message)) {
    fprintf(stderr, "tenbin list: %s\n", message);
    return TB_EXIT_CANNOT_RUN;
  }
  for (int i = 0; i < worker.hello.kernels; i++) {
    const tb_kernel_info *k = &worker.hello.kernel[i];
    printf("%-16s %-17s %s%s%s%s\n", k->name, k->op, k->summary, *k->library ? " (" : "", k->library, *k->library ? ")" : "");
  }
  tb_worker_stop(&worker);
  return TB_EXIT_OK;
}

static int list_cases(void) {
  char message[4096];
  tb_suite *suite = tb_suite_open("full", (tb_shard){0, 1}, message, sizeof message);
  if (!suite) {
    fprintf(stderr, "tenbin list: %s\n", message);
    return TB_EXIT_CANNOT_RUN;
  }
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

/* The layers of one file; what the benchmark chooses itself, the fill, is left out. */
static int list_layers_of(const char *name) {
  char path[4096], folder[2048], message[4096];
  snprintf(folder, sizeof folder, "%s/conformance/cases", tb_data_dir());
  tb_case_file *file = tb_cases_path(name, folder, path, sizeof path, message, sizeof message)
                           ? tb_cases_read(path, message, sizeof message)
                           : NULL;
  if (!file) {
    fprintf(stderr, "tenbin list: %s\n", message);
    return TB_EXIT_CANNOT_RUN;
  }
  for (int i = 0; i < file->lines; i++) {
    const tb_case_line *l = &file->line[i];
    const char *fill = strstr(l->text, " fill=");
    if (l->layer && (i == 0 || l->line != file->line[i - 1].line))
      printf("%-14s %.*s  # %s\n", l->layer, fill ? (int)(fill - l->text) : (int)strlen(l->text), l->text, l->why);
  }
  tb_cases_free(file);
  return TB_EXIT_OK;
}

static int list_layers(void) {
  const int code = list_layers_of("conv_transpose2d/layers");
  return code == TB_EXIT_OK ? list_layers_of("normal/randn") : code;
}

int tb_list_main(int argc, char **argv) {
  const int code = tb_command_line(&command, NULL, 0, argc, argv);
  if (code)
    return code - 1;
  const int words = argc - optind;
  char **word = argv + optind;
  if (words == 0)
    return tb_refuse(&command, "what is to be listed? There are kernels, cases and layers");
  if (strcmp(word[0], "kernels") == 0 && words <= 2)
    return list_kernels(word[1]);
  if (strcmp(word[0], "cases") == 0 && words == 1)
    return list_cases();
  if (strcmp(word[0], "layers") == 0 && words <= 2)
    return words == 2 ? list_layers_of(word[1]) : list_layers();
  return tb_refuse(&command, "cannot list '%s'", word[words - 1]);
}
