/* What built-in kernels are known to get wrong.
 *
 * SPDX-License-Identifier: MIT */
#include "known.h"

#include "columns.h"
#include "data.h"
#include "lines.h"
#include "memory.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

/* A row of the file. False: it is malformed. *ours: it is of this kernel and library. */
static bool parse(char *line, const char *kernel, const char *library, tb_known_row *row, bool *ours) {
  char name[64], beginning[120];
  *row = (tb_known_row){.matched = 0};
  if (!tb_column(&line, name, sizeof name) || !tb_column(&line, beginning, sizeof beginning) ||
      !tb_column(&line, row->cases, sizeof row->cases) || !tb_column(&line, row->report, sizeof row->report))
    return false;
  *ours = strcmp(name, kernel) == 0 && strncmp(*library ? library : "-", beginning, strlen(beginning)) == 0;
  return true;
}

bool tb_known_open(tb_known *k, const char *kernel, const char *library, char *message, size_t size) {
  char path[4096];
  tb_lines lines;
  snprintf(path, sizeof path, "%s/conformance/known.txt", tb_data_dir());
  *k = (tb_known){0};
  if (!tb_lines_open(&lines, path, message, size)) {
    tb_data_missing(path, message, size);
    return false;
  }
  int got = 0;
  while ((got = tb_lines_next(&lines, message, size)) > 0) {
    tb_known_row row;
    bool ours = false;
    if (*lines.text == '#' || !*lines.text)
      continue;
    if (!parse(lines.text, kernel, library, &row, &ours) || (ours && k->rows == TB_KNOWN_MAX)) {
      snprintf(message, size, "%s:%d: malformed row, or more than %d of one kernel; its head says what stands in a row", path,
               lines.number, TB_KNOWN_MAX);
      got = -1;
      break;
    }
    if (ours)
      k->row[k->rows++] = row;
  }
  tb_lines_close(&lines);
  return got >= 0;
}

void tb_known_take(tb_known *k, tb_case_result *results, int cases) {
  for (int i = 0; k->rows > 0 && i < cases; i++)
    for (int r = 0; results[i].verdict == TB_V_FAILED && r < k->rows; r++) {
      if (fnmatch(k->row[r].cases, results[i].text, 0) != 0)
        continue;
      k->row[r].matched++;
      results[i].verdict = TB_V_KNOWN;
      results[i].why = tb_need(strdup(k->row[r].report));
    }
}

void tb_known_report(const tb_known *k, tb_tap *tap, const tb_tally *tally) {
  char text[400];
  const char *stale = NULL;
  for (int r = 0; r < k->rows; r++)
    stale = k->row[r].matched ? stale : k->row[r].cases;
  if (k->rows == 0)
    return;
  if (stale)
    snprintf(text, sizeof text, "%s: conformance/known.txt knows '%s', and no such case fails", tally->kernel, stale);
  else
    snprintf(text, sizeof text, "%s: each row of conformance/known.txt matches a failing case", tally->kernel);
  tb_tap_point(tap, !stale, text, NULL);
}
