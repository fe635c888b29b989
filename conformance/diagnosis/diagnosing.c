/* How the parts of a diagnosis print.
 *
 * SPDX-License-Identifier: MIT */
#include "diagnosing.h"

#include <stdio.h>
#include <string.h>

bool tb_diagnosing_parse(const char *text, tb_case *c) {
  tb_error error;
  return tb_case_parse(text, c, &error);
}

void tb_print_lines(tb_diagnosing *g, const char *text) {
  for (const char *line = text; *line;) {
    const size_t length = strcspn(line, "\n");
    fprintf(g->out, "      %.*s\n", (int)length, line);
    line += length + (line[length] == '\n');
  }
}

void tb_print_sentences(tb_diagnosing *g, const tb_sentences *sentences) {
  for (int i = 0; i < sentences->count; i++)
    fprintf(g->out, "      - %s\n", sentences->text[i]);
}
