/* What every program of tenbin has.
 *
 * SPDX-License-Identifier: MIT */
#include "program.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *program = "tenbin";
static char command[4200] = "tenbin";

void tb_program_start(const char *name) {
  program = name;
}

const char *tb_program_name(void) {
  return program;
}

/* Whether the first program of that name on PATH is this one. */
static bool on_path(const char *name) {
  const char *path = getenv("PATH");
  struct stat self, found;
  char file[4200];
  if (!path || stat("/proc/self/exe", &self) != 0)
    return false;
  for (;; path++) {
    const int length = (int)strcspn(path, ":");
    snprintf(file, sizeof file, "%.*s%s%s", length, path, length ? "/" : "", name);
    if (stat(file, &found) == 0 && S_ISREG(found.st_mode) && access(file, X_OK) == 0)
      return found.st_dev == self.st_dev && found.st_ino == self.st_ino;
    path += length;
    if (!*path)
      return false;
  }
}

void tb_invoked_as(const char *called) {
  const char *slash = strrchr(called, '/');
  const char *name = slash ? slash + 1 : called;
  if (*name)
    tb_shell_word(on_path(name) ? name : called, command, sizeof command);
}

const char *tb_invocation(void) {
  return command;
}

void tb_shell_word(const char *word, char *out, size_t size) {
  static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:+,=@%-";
  size_t n = 0;
  if (*word && !word[strspn(word, plain)]) {
    snprintf(out, size, "%s", word);
    return;
  }
  out[n++] = '\'';
  for (; *word && n + 6 < size; word++) { /* a piece and the last quote */
    const char *piece = *word == '\'' ? "'\\''" : (const char[]){*word, 0};
    n += (size_t)snprintf(out + n, size - n, "%s", piece);
  }
  snprintf(out + n, size - n, "'");
}

int tb_report_error(int code, const char *format, ...) {
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

void tb_library(const char *name, char *out, size_t size) {
  char installed[200];
  tb_beside(name, out, size);
  if (access(out, F_OK) == 0)
    return;
  snprintf(installed, sizeof installed, "../lib/tenbin/%s", name);
  tb_beside(installed, out, size);
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

/* The dashes of an option count for nothing. */
static const char *bare(const char *word) {
  return word + strspn(word, "-");
}

const char *tb_nearest(const char *word, const char *const *known, int count) {
  const size_t length = strlen(bare(word));
  const char *nearest = NULL;
  int least = length < 6 ? 1 : (int)length / 3;
  for (int i = 0; i < count; i++) {
    const bool shortened = length > 0 && strncmp(bare(known[i]), bare(word), length) == 0;
    const int d = shortened ? 1 : distance(bare(word), bare(known[i]));
    if (d <= least && (!nearest || d < least)) {
      nearest = known[i];
      least = d;
    }
  }
  return nearest;
}

int tb_unknown(const char *word, const char *const *known, int count, const char *format, ...) {
  const char *nearest = tb_nearest(word, known, count);
  va_list list;
  va_start(list, format);
  fprintf(stderr, "%s: ", program);
  vfprintf(stderr, format, list);
  va_end(list);
  if (nearest)
    fprintf(stderr, "; did you mean %s?", nearest);
  if (count > 0)
    fprintf(stderr, "%s known are", nearest ? "" : ";");
  for (int i = 0; i < count; i++)
    fprintf(stderr, " %s", known[i]);
  fputc('\n', stderr);
  return TB_EXIT_USAGE;
}
