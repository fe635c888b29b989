/* What every program of tenbin has.
 *
 * SPDX-License-Identifier: MIT */
#include "program.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *program = "tenbin";

void tb_program_start(const char *name) {
  program = name;
}

const char *tb_program_name(void) {
  return program;
}

int tb_complain(int code, const char *format, ...) {
  va_list list;
  va_start(list, format);
  fprintf(stderr, "%s: ", program);
  vfprintf(stderr, format, list);
  fputc('\n', stderr);
  va_end(list);
  return code;
}

void tb_beside(const char *name, char *out, size_t size) {
  char self[4000];
  ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
  self[n > 0 ? n : 0] = 0;
  char *slash = strrchr(self, '/');
  snprintf(out, size, "%.*s%s", slash ? (int)(slash - self + 1) : 0, self, name);
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
