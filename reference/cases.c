/* The reader of files of cases.
 *
 * SPDX-License-Identifier: MIT */
#include "cases.h"

#include "data.h"
#include "lines.h"
#include "operator.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct reader {
  tb_case_file *file;
  char *message;
  size_t size;
  int line;
};

static bool no_memory(struct reader *r) {
  snprintf(r->message, r->size, "%s: no memory for line %d", r->file->path, r->line);
  return false;
}

/* Room in *array for one more, doubled as needed. */
static bool grow(struct reader *r, void **array, int count, size_t each) {
  void *more = *array;
  if ((count & (count - 1)) == 0)
    more = realloc(*array, (count ? 2 * (size_t)count : 1) * each);
  if (!more)
    return no_memory(r);
  *array = more;
  return true;
}

/* The text up to end, without blanks there; NULL: there is no memory. */
static char *copy(const char *from, const char *end) {
  while (end > from && strchr(" \t", end[-1]))
    end--;
  return strndup(from, (size_t)(end - from));
}

static bool fail(struct reader *r, const char *what, const char *line) {
  snprintf(r->message, r->size, "%s:%d: %s\n  %s", r->file->path, r->line, what, line);
  return false;
}

/* Whether any operator has such a kind of data. */
static bool is_fill(const char *name) {
  bool any = false;
  for (int i = 0; tb_operator_at(i); i++)
    any = any || tb_fill_find(tb_operator_at(i), name, strlen(name)) >= 0;
  return any;
}

static bool add_fills(tb_case_group *group, char *names) {
  for (char *save, *name = strtok_r(names, ",", &save); name; name = strtok_r(NULL, ",", &save)) {
    if (!is_fill(name) || group->fills == 3)
      return false;
    snprintf(group->fill[group->fills++], sizeof group->fill[0], "%s", name);
  }
  return group->fills > 0;
}

/* Takes the group's texts over, or frees them. */
static bool add_group(struct reader *r, tb_case_group group) {
  tb_case_file *f = r->file;
  void *groups = f->group;
  if (group.name && group.about && grow(r, &groups, f->groups, sizeof *f->group)) {
    f->group = groups;
    f->group[f->groups++] = group;
    return true;
  }
  free(group.name);
  free(group.about);
  return no_memory(r);
}

/* What a group may have, with each operator's kinds of data. */
static const char *attributes(void) {
  static char text[800];
  char names[200];
  const char *separator = "";
  tb_text out = {text, 0, sizeof text};
  tb_text_puts(&out, "a group's attributes are heavy, reject, digest, statistics and fill=NAME,.. with up to 3 of ");
  for (int i = 0; tb_operator_at(i); i++) {
    if (!tb_operator_at(i)->fills) /* a sequence has none */
      continue;
    tb_fill_names(tb_operator_at(i), names, sizeof names);
    tb_text_add(&out, "%s%s (%s)", separator, names, tb_operator_name(tb_operator_at(i)));
    separator = "; ";
  }
  return text;
}

/* NAME ATTRIBUTE.. NULL, or what is wrong with them; names point into words. */
static const char *group_words(char *words, const char **name, tb_case_group *group) {
  char *save;
  *name = NULL;
  for (char *word = strtok_r(words, " \t", &save); word; word = strtok_r(NULL, " \t", &save)) {
    if (!*name)
      *name = word;
    else if (strcmp(word, "heavy") == 0)
      group->heavy = true;
    else if (strcmp(word, "reject") == 0)
      group->reject = true;
    else if (strcmp(word, "digest") == 0 || strcmp(word, "statistics") == 0)
      continue; /* the export's affair */
    else if (strncmp(word, "fill=", 5) != 0 || !add_fills(group, word + 5))
      return attributes();
  }
  return *name ? NULL : "a group has a name";
}

/* [NAME ATTRIBUTE..] about */
static bool group_line(struct reader *r, const char *line) {
  const char *end = strchr(line, ']'), *name;
  tb_case_group group = {0};
  if (!end)
    return fail(r, "a group's name ends with ]", line);
  char *words = copy(line + 1, end);
  if (!words)
    return no_memory(r);
  const char *wrong = group_words(words, &name, &group);
  if (!wrong) {
    const char *about = end + 1 + strspn(end + 1, " \t");
    group.name = strdup(name);
    group.about = copy(about, about + strlen(about));
  }
  free(words);
  return wrong ? fail(r, wrong, line) : add_group(r, group);
}

/* "M01 M02 layer=x: why". False: there is no memory. */
static bool annotate(tb_case_line *l, const char *comment) {
  const char *colon = strchr(comment, ':');
  const char *why = colon ? colon + 1 + strspn(colon + 1, " \t") : comment;
  char *words = copy(comment, colon ? colon : comment), *save;
  l->why = copy(why, why + strlen(why));
  l->flags = words ? calloc(strlen(words) + 1, 1) : NULL;
  bool ok = l->why && l->flags;
  for (char *word = ok ? strtok_r(words, " \t", &save) : NULL; ok && word; word = strtok_r(NULL, " \t", &save)) {
    if (strncmp(word, "layer=", 6) == 0 && !l->layer) {
      l->layer = strdup(word + 6);
      ok = l->layer != NULL;
      continue;
    }
    if (*l->flags)
      strcat(l->flags, " ");
    strcat(l->flags, word);
  }
  free(words);
  return ok;
}

/* A case with one of its group's fills; -1: with its own. */
static bool add_case(struct reader *r, const tb_case *c, int fill, const char *comment) {
  tb_case_file *f = r->file;
  void *lines = f->line;
  char text[TB_TEXT_MAX], name[32];
  if (!grow(r, &lines, f->lines, sizeof *f->line))
    return false;
  f->line = lines;
  tb_case_line *l = &f->line[f->lines++];
  *l = (tb_case_line){.c = *c, .group = f->groups - 1, .line = r->line};
  if (fill >= 0)
    l->c.fill = fill;
  tb_case_print(&l->c, text);
  l->text = strdup(text);
  if (!l->text || !annotate(l, comment))
    return no_memory(r);
  if (l->layer || *f->group[l->group].name)
    return true;
  snprintf(name, sizeof name, "line%d", l->line);
  l->layer = strdup(name);
  return l->layer || no_memory(r);
}

static bool case_line(struct reader *r, const char *line) {
  tb_case_file *f = r->file;
  if (f->groups == 0 && !add_group(r, (tb_case_group){.name = strdup(""), .about = strdup("")}))
    return false;
  const char *hash = strchr(line, '#'), *comment = hash ? hash + 1 + strspn(hash + 1, " \t") : "";
  char *descriptor = copy(line, hash ? hash : line + strlen(line)), where[300];
  tb_case c;
  tb_error error;
  if (!descriptor)
    return no_memory(r);
  bool ok = tb_case_parse(descriptor, &c, &error);
  if (!ok) {
    snprintf(where, sizeof where, "%s:%d", f->path, r->line);
    tb_error_show(&error, where, descriptor, r->message, r->size);
  }
  free(descriptor);
  const tb_case_group group = f->group[f->groups - 1];
  for (int i = 0; ok && i < group.fills; i++) {
    const int fill = tb_fill_find(c.op, group.fill[i], strlen(group.fill[i]));
    ok = fill >= 0 ? add_case(r, &c, fill, comment) : fail(r, "the group's fill is none of this operator's", line);
  }
  return ok && (group.fills > 0 || add_case(r, &c, -1, comment));
}

/* The path of the file that a word names, as of tb_cases_open. False: it names more than one, and message lists them. */
static bool find(const char *word, const char *folder, char *path, size_t size, char *message, size_t message_size) {
  char pattern[4400];
  glob_t found;
  snprintf(path, size, "%s", word);
  /* A dot before the slash is that of an operator's name, as of conv_transpose2d.backward_data. */
  const char *slash = strrchr(word, '/');
  if (!*word || *word == '.' || strchr(slash ? slash : word, '.') || strpbrk(word, "*?[{\\") || access(word, F_OK) == 0)
    return true;
  snprintf(pattern, sizeof pattern, "%s/%s%s.{cases,layers}", folder, slash ? "" : "*/", word);
  if (glob(pattern, GLOB_BRACE, NULL, &found) != 0)
    return true;
  if (found.gl_pathc == 1)
    snprintf(path, size, "%s", found.gl_pathv[0]);
  size_t used = (size_t)snprintf(message, message_size, "%s names more than one file:", word);
  for (size_t i = 0; i < found.gl_pathc && used < message_size; i++)
    used += (size_t)snprintf(message + used, message_size - used, " %s", found.gl_pathv[i] + strlen(folder) + 1);
  const bool one = found.gl_pathc == 1;
  globfree(&found);
  return one;
}

static bool read_lines(struct reader *r, tb_lines *lines) {
  bool ok = true;
  int got = 0;
  while (ok && (got = tb_lines_next(lines, r->message, r->size)) > 0) {
    const char *s = lines->text + strspn(lines->text, " \t");
    r->line = lines->number;
    if (*s == '[')
      ok = group_line(r, s);
    else if (*s && *s != '#')
      ok = case_line(r, s);
  }
  if (!ok || got < 0)
    return false;
  if (r->file->lines == 0)
    snprintf(r->message, r->size, "%s: holds no cases", r->file->path);
  return r->file->lines > 0;
}

static tb_case_file *read_file(const char *path, char *message, size_t size) {
  tb_lines lines;
  if (!tb_lines_open(&lines, path, message, size))
    return NULL;
  tb_case_file *file = calloc(1, sizeof *file);
  struct reader r = {file, message, size, 0};
  bool ok = file && (file->path = strdup(path));
  if (!ok)
    snprintf(message, size, "%s: no memory", path);
  ok = ok && read_lines(&r, &lines);
  tb_lines_close(&lines);
  if (ok)
    return file;
  tb_cases_free(file);
  return NULL;
}

static void cases_folder(char *out, size_t size) {
  snprintf(out, size, "%s/conformance/cases", tb_data_dir());
}

static tb_case_file *open_at(const char *path, char *message, size_t size) {
  tb_case_file *file = read_file(path, message, size);
  if (!file)
    tb_data_missing(path, message, size);
  return file;
}

tb_case_file *tb_cases_open(const char *word, char *message, size_t size) {
  char folder[4096], path[4200];
  cases_folder(folder, sizeof folder);
  return find(word, folder, path, sizeof path, message, size) ? open_at(path, message, size) : NULL;
}

tb_case_file *tb_cases_committed(const char *name, char *message, size_t size) {
  char folder[4096], path[4200];
  cases_folder(folder, sizeof folder);
  snprintf(path, sizeof path, "%s/%s.cases", folder, name);
  return open_at(path, message, size);
}

void tb_cases_free(tb_case_file *file) {
  if (!file)
    return;
  for (int i = 0; i < file->groups; i++) {
    free(file->group[i].name);
    free(file->group[i].about);
  }
  for (int i = 0; i < file->lines; i++) {
    free(file->line[i].text);
    free(file->line[i].flags);
    free(file->line[i].layer);
    free(file->line[i].why);
  }
  free(file->group);
  free(file->line);
  free(file->path);
  free(file);
}
