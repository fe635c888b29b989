/* tenbin list: kernels, cases, layers.
 *
 * SPDX-License-Identifier: MIT */
#include "client.h"
#include "conformance.h"
#include "suite.h"

#include <stdio.h>
#include <string.h>

static const char usage[] = "usage: tenbin list kernels [FILE.so]   the built-in kernels, or a plugin's\n"
                            "       tenbin list cases              the committed cases, with their reasons\n"
                            "       tenbin list layers [FILE]      the layers of the benchmark, or those of a file\n";

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
  tb_cases_path(name, folder, path, sizeof path);
  tb_case_file *file = tb_cases_read(path, message, sizeof message);
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
  const int code = list_layers_of("layers");
  return code == TB_EXIT_OK ? list_layers_of("randn") : code;
}

int tb_list_main(int argc, char **argv) {
  const char *what = argc > 1 ? argv[1] : "";
  if (strcmp(what, "--help") == 0) {
    fputs(usage, stdout);
    return TB_EXIT_OK;
  }
  if (strcmp(what, "kernels") == 0 && (argc == 2 || (argc == 3 && *argv[2])))
    return list_kernels(argc == 3 ? argv[2] : NULL);
  if (strcmp(what, "cases") == 0 && argc == 2)
    return list_cases();
  if (strcmp(what, "layers") == 0 && argc <= 3)
    return argc == 3 ? list_layers_of(argv[2]) : list_layers();
  fprintf(stderr, "tenbin list: %s%s%s\n%s", argc > 1 ? "cannot list '" : "what?", argc > 1 ? argv[argc - 1] : "",
          argc > 1 ? "'" : "", usage);
  return TB_EXIT_USAGE;
}
