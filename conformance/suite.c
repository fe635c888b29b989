/* A suite: files of cases joined with the golden data.
 *
 * SPDX-License-Identifier: MIT */
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The committed files of cases; their heavy groups are left out of the quick suite. */
static const char *const committed[] = {"catalogue", "normal", "rejections", "layers"};

const char *tb_data_dir(void) {
  const char *dir = getenv("TENBIN_DATA");
  return dir && *dir ? dir : TENBIN_DATA_DIR;
}

static void *grow(void *array, size_t count, size_t each) {
  array = realloc(array, count * each);
  if (!array)
    abort();
  return array;
}

static tb_suite *open_golden(const char *name, char *message, size_t size) {
  char dir[4096], why[TB_GOLDEN_MESSAGE];
  snprintf(dir, sizeof dir, "%s/golden", tb_data_dir());
  tb_golden *golden = tb_golden_open(dir, why);
  if (!golden) {
    snprintf(message, size, "golden data: %s", why);
    return NULL;
  }
  tb_suite *suite = calloc(1, sizeof *suite);
  if (!suite)
    abort();
  suite->name = name;
  suite->golden = golden;
  return suite;
}

static tb_suite_group *add_group(tb_suite *suite, const char *file, const char *name) {
  const char *slash = strrchr(file, '/');
  const char *stem = slash ? slash + 1 : file;
  suite->group = grow(suite->group, (size_t)suite->groups + 1, sizeof *suite->group);
  tb_suite_group *group = &suite->group[suite->groups++];
  memset(group, 0, sizeof *group);
  snprintf(group->name, sizeof group->name, "%.*s%s%s", (int)strcspn(stem, "."), stem, *name ? "/" : "", name);
  return group;
}

static void add_case(tb_suite *suite, tb_suite_group *group, const tb_case_line *line) {
  group->cases_of = grow(group->cases_of, (size_t)group->cases + 1, sizeof *group->cases_of);
  group->cases_of[group->cases++] =
      (tb_suite_case){&line->c, line->text, line->flags, line->why, tb_golden_find(suite->golden, line->text)};
}

/* The groups of a file. need_golden: a case without an answer is an error. */
static bool add_file(tb_suite *suite, tb_case_file *file, bool heavy, bool need_golden, char *message, size_t size) {
  suite->file = grow(suite->file, (size_t)suite->files + 1, sizeof *suite->file);
  suite->file[suite->files++] = file;
  for (int g = 0; g < file->groups; g++) {
    if (file->group[g].heavy && !heavy)
      continue;
    tb_suite_group *group = add_group(suite, file->path, file->group[g].name);
    group->reject = file->group[g].reject;
    for (int i = 0; i < file->lines; i++) {
      if (file->line[i].group != g)
        continue;
      add_case(suite, group, &file->line[i]);
      if (need_golden && !group->cases_of[group->cases - 1].golden) {
        snprintf(message, size, "%s:%d: the golden data holds no answer for this case; golden/export.py makes it\n  %s",
                 file->path, file->line[i].line, file->line[i].text);
        return false;
      }
    }
  }
  return true;
}

static tb_suite *checked(tb_suite *suite, bool ok) {
  if (ok)
    return suite;
  tb_suite_close(suite);
  return NULL;
}

tb_suite *tb_suite_open(const char *name, char *message, size_t size) {
  tb_suite *suite = open_golden(name, message, size);
  bool ok = suite != NULL;
  for (size_t i = 0; ok && i < sizeof committed / sizeof *committed; i++) {
    char path[4096];
    snprintf(path, sizeof path, "%s/conformance/cases/%s.cases", tb_data_dir(), committed[i]);
    tb_case_file *file = tb_cases_read(path, message, size);
    ok = file && add_file(suite, file, strcmp(name, "full") == 0, true, message, size);
  }
  return checked(suite, ok);
}

/* A file of one group, for descriptors that come from the command line. */
static tb_case_file *from_texts(const char *const *texts, int count, char *message, size_t size) {
  tb_case_file *file = calloc(1, sizeof *file);
  if (!file)
    abort();
  file->path = strdup("--case");
  file->group = calloc(1, sizeof *file->group);
  file->line = calloc((size_t)count, sizeof *file->line);
  if (!file->path || !file->group || !file->line)
    abort();
  file->groups = 1;
  file->group->name = strdup("");
  file->group->about = strdup("");
  for (int i = 0; i < count; i++) {
    tb_case_line *line = &file->line[file->lines];
    tb_error error;
    char text[TB_TEXT_MAX];
    if (!tb_case_parse(texts[i], &line->c, &error)) {
      tb_error_show(&error, "--case", texts[i], message, size);
      tb_cases_free(file);
      return NULL;
    }
    tb_case_print(&line->c, text);
    line->text = strdup(text);
    line->flags = strdup("");
    line->why = strdup("");
    line->line = ++file->lines;
  }
  return file;
}

tb_suite *tb_suite_make(const char *const *files, int file_count, const char *const *texts, int text_count, char *message,
                        size_t size) {
  tb_suite *suite = open_golden("", message, size);
  bool ok = suite != NULL;
  for (int i = 0; ok && i < file_count; i++) {
    tb_case_file *file = tb_cases_read(files[i], message, size);
    ok = file && add_file(suite, file, true, false, message, size);
  }
  if (ok && text_count > 0) {
    tb_case_file *file = from_texts(texts, text_count, message, size);
    ok = file && add_file(suite, file, true, false, message, size);
  }
  return checked(suite, ok);
}

void tb_suite_close(tb_suite *suite) {
  if (!suite)
    return;
  for (int i = 0; i < suite->groups; i++)
    free(suite->group[i].cases_of);
  for (int i = 0; i < suite->files; i++)
    tb_cases_free(suite->file[i]);
  free(suite->group);
  free(suite->file);
  tb_golden_close(suite->golden);
  free(suite);
}
