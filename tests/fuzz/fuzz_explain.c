/* What `tenbin explain` draws: one descriptor, or two lines of them; a third line is --at.
 *
 * SPDX-License-Identifier: MIT */
#include "explain.h"
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ELEMENTS = 4096 };

/* Whether a case is drawn at once: beyond some size none is, and below it drawing takes as long as the case is large. */
static bool is_quick(const char *line) {
  static tb_problem p;
  bool quick = true;
  if (!tb_problem_parse(line, &p))
    return true;
  for (int i = 0; i < p.inputs; i++)
    quick = quick && tb_desc_elements(&p.input[i]) <= ELEMENTS;
  for (int i = 0; i < p.outputs; i++)
    quick = quick && tb_desc_elements(&p.output[i]) <= ELEMENTS;
  return quick;
}

static int explain(char **line, char *at, bool svg) {
  char *argv[8] = {"explain", "--ascii"};
  int argc = 2;
  if (svg) {
    argv[argc++] = "--svg=-";
    argv[argc++] = "--phases";
  }
  if (at)
    argv[argc++] = at;
  argv[argc++] = "--";
  for (int i = 0; i < 2; i++)
    if (line[i] && *line[i])
      argv[argc++] = line[i];
  return tb_explain_main(argc, argv);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  char *text = fuzz_text(bytes, size), *rest = text, *line[3], at[100];
  for (int i = 0; i < 3; i++)
    line[i] = strsep(&rest, "\n");
  if (is_quick(line[0]) && (!line[1] || is_quick(line[1]))) {
    snprintf(at, sizeof at, "--at=%s", line[2] ? line[2] : "");
    fuzz_mute(true);
    const int code = explain(line, line[2] && *line[2] ? at : NULL, false);
    explain(line, NULL, true);
    fuzz_mute(false);
    fuzz_taken += code == 0;
  }
  free(text);
  return 0;
}
