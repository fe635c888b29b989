/* What the programs of this folder share of their command lines: complaints, suggestions, names.
 *
 * SPDX-License-Identifier: MIT */
#include "bench.h"
#include "number.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int tb_complain(int status, const char *format, ...) {
  va_list list;
  va_start(list, format);
  fprintf(stderr, "%s: ", tb_program_name);
  vfprintf(stderr, format, list);
  fputc('\n', stderr);
  va_end(list);
  return status;
}

bool tb_read_threads(const char *text, int *out) {
  int64_t threads;
  if (!tb_number_whole(text, text + strlen(text), 1, TB_THREADS_MAX, &threads))
    return false;
  *out = (int)threads;
  return true;
}

bool tb_read_decimal(const char *text, double least, double most, double *out) {
  double x;
  if (!tb_number_real(text, text + strlen(text), &x) || !(x >= least && x <= most))
    return false;
  *out = x;
  return true;
}

/* Levenshtein's distance: insertions, deletions and substitutions. */
static int distance(const char *a, const char *b) {
  enum { LONGEST = 63 };
  int row[LONGEST + 1];
  const int n = (int)strnlen(a, LONGEST), m = (int)strnlen(b, LONGEST);
  for (int j = 0; j <= m; j++)
    row[j] = j;
  for (int i = 1; i <= n; i++) {
    int diagonal = row[0];
    row[0] = i;
    for (int j = 1; j <= m; j++) {
      const int substituted = diagonal + (a[i - 1] != b[j - 1]);
      const int shorter = row[j - 1] < row[j] ? row[j - 1] : row[j];
      diagonal = row[j];
      row[j] = substituted < shorter + 1 ? substituted : shorter + 1;
    }
  }
  return row[m];
}

const char *tb_nearest(const char *word, const char *const *name, int names) {
  const char *nearest = NULL;
  int least = 1 + (int)strlen(word) / 3;
  for (int i = 0; i < names; i++) {
    const int d = distance(word, name[i]);
    if (d <= least && (!nearest || d < least)) {
      nearest = name[i];
      least = d;
    }
  }
  return nearest;
}

void tb_options_free(tb_options *options) {
  free(options->kernel);
  free(options->plugin);
  free(options->layer);
  free(options->compared);
}
