/* A file of cases, and the layers in it.
 *
 * SPDX-License-Identifier: MIT */
#include "cases.h"
#include "fuzz.h"
#include "layers.h"
#include "operator.h"
#include "problem.h"

#include <string.h>

static void look_at(const tb_case_file *file) {
  char text[TB_TEXT_MAX];
  for (int i = 0; i < file->lines; i++) {
    const tb_case_line *l = &file->line[i];
    tb_case c;
    tb_error error;
    fuzz_require(l->group >= 0 && l->group < file->groups && l->line > 0, "line %d is in group %d", l->line, l->group);
    fuzz_require(tb_case_parse(l->text, &c, &error), "%s: %s", l->text, error.text);
    tb_case_print(&l->c, text);
    fuzz_require(strcmp(text, l->text) == 0, "%s: is printed as %s", l->text, text);
    fuzz_require(l->flags && l->why && (l->layer || *file->group[l->group].name), "line %d lacks a text", l->line);
  }
}

static void select_layers(const char *path, int64_t batch) {
  const tb_layer_options options = {.layer_file = path, .threads = 1, .batch = {batch > 0, {batch}}};
  tb_layers layers;
  tb_layers_select(&options, TB_ALL_OPERATORS, &layers);
  for (int i = 0; i < layers.count; i++)
    fuzz_require(*layers.item[i].problem->text, "a layer without a case");
  tb_layers_free(&layers);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  const char *path = fuzz_data("a.cases", bytes, size);
  char message[8192] = "", little[40];
  tb_case_file *file = tb_cases_open(path, message, sizeof message), *again = tb_cases_open(path, little, sizeof little);
  fuzz_require(!file == !again && (file || *message), "a file is refused without a reason, or once");
  if (file) {
    fuzz_taken++;
    look_at(file);
    fuzz_mute(true);
    select_layers(path, 0);
    select_layers(path, 1000000);
    fuzz_mute(false);
  }
  tb_cases_free(file);
  tb_cases_free(again);
  return 0;
}
