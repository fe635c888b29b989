/* The reader of files of cases.
 *
 * SPDX-License-Identifier: MIT */
#include "cases.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char none[] = "";

struct reader {
  tb_case_file *file;
  char *message;
  size_t size;
  int line;
};

/* Room for one more, doubled as needed; the program cannot go on without memory. */
static void *grow(void *array, int count, size_t each) {
  if (count & (count - 1))
    return array;
  array = realloc(array, (count ? 2 * (size_t)count : 1) * each);
  if (!array)
    abort();
  return array;
}

static char *copy(const char *from, const char *end) {
  while (end > from && strchr(" \t", end[-1]))
    end--;
  char *text = strndup(from, (size_t)(end - from));
  if (!text)
    abort();
  return text;
}

static bool fail(struct reader *r, const char *what, const char *line) {
  snprintf(r->message, r->size, "%s:%d: %s\n  %s", r->file->path, r->line, what, line);
  return false;
}

static bool add_fills(tb_case_group *group, char *names) {
  for (char *save, *name = strtok_r(names, ",", &save); name; name = strtok_r(NULL, ",", &save)) {
    int fill = TB_WIDE_X;
    while (fill <= TB_REAL && strcmp(name, tb_fill_name((tb_fill)fill)) != 0)
      fill++;
    if (fill > TB_REAL || group->fills == 3)
      return false;
    group->fill[group->fills++] = (tb_fill)fill;
  }
  return group->fills > 0;
}

static void add_group(tb_case_file *f, tb_case_group group) {
  f->group = grow(f->group, f->groups, sizeof *f->group);
  f->group[f->groups++] = group;
}

/* [NAME ATTRIBUTE..] about */
static bool group_line(struct reader *r, const char *line) {
  const char *end = strchr(line, ']');
  if (!end)
    return fail(r, "a group's name ends with ]", line);
  char *words = copy(line + 1, end), *save;
  tb_case_group group = {0};
  const char *wrong = NULL;
  for (char *word = strtok_r(words, " \t", &save); word && !wrong; word = strtok_r(NULL, " \t", &save)) {
    if (!group.name)
      group.name = copy(word, word + strlen(word));
    else if (strcmp(word, "heavy") == 0)
      group.heavy = true;
    else if (strcmp(word, "reject") == 0)
      group.reject = true;
    else if (strcmp(word, "digest") == 0 || strcmp(word, "statistics") == 0)
      continue; /* the export's affair */
    else if (strncmp(word, "fill=", 5) != 0 || !add_fills(&group, word + 5))
      wrong = "a group's attributes are heavy, reject, digest, statistics and fill=wide-x,wide-w,real";
  }
  free(words);
  if (!group.name || wrong) {
    free(group.name);
    return fail(r, wrong ? wrong : "a group has a name", line);
  }
  const char *about = end + 1 + strspn(end + 1, " \t");
  group.about = copy(about, about + strlen(about));
  add_group(r->file, group);
  return true;
}

/* "M01 M02 layer=x: why" */
static void annotate(tb_case_line *l, const char *comment) {
  const char *colon = strchr(comment, ':');
  const char *why = colon ? colon + 1 + strspn(colon + 1, " \t") : comment;
  char *words = colon ? copy(comment, colon) : copy(none, none), *save;
  l->why = copy(why, why + strlen(why));
  l->flags = calloc(strlen(words) + 1, 1);
  if (!l->flags)
    abort();
  for (char *word = strtok_r(words, " \t", &save); word; word = strtok_r(NULL, " \t", &save)) {
    if (strncmp(word, "layer=", 6) == 0 && !l->layer) {
      l->layer = copy(word + 6, word + strlen(word));
      continue;
    }
    if (*l->flags)
      strcat(l->flags, " ");
    strcat(l->flags, word);
  }
  free(words);
}

static void name_layer(tb_case_line *l) {
  char name[32];
  snprintf(name, sizeof name, "line%d", l->line);
  l->layer = copy(name, name + strlen(name));
}

static bool case_line(struct reader *r, const char *line) {
  tb_case_file *f = r->file;
  if (f->groups == 0)
    add_group(f, (tb_case_group){.name = copy(none, none), .about = copy(none, none)});
  const tb_case_group *group = &f->group[f->groups - 1];
  const char *hash = strchr(line, '#');
  char *descriptor = copy(line, hash ? hash : line + strlen(line));
  tb_case c;
  tb_error error;
  bool ok = tb_case_parse(descriptor, &c, &error);
  if (!ok) {
    char where[300];
    snprintf(where, sizeof where, "%s:%d", f->path, r->line);
    tb_error_show(&error, where, descriptor, r->message, r->size);
  }
  for (int i = 0; ok && i < (group->fills ? group->fills : 1); i++) {
    f->line = grow(f->line, f->lines, sizeof *f->line);
    tb_case_line *l = &f->line[f->lines++];
    *l = (tb_case_line){.c = c, .group = f->groups - 1, .line = r->line};
    if (group->fills)
      l->c.fill = group->fill[i];
    char text[TB_TEXT_MAX];
    tb_case_print(&l->c, text);
    l->text = copy(text, text + strlen(text));
    const char *comment = hash ? hash + 1 + strspn(hash + 1, " \t") : "";
    annotate(l, comment);
    if (!l->layer && !*group->name)
      name_layer(l);
  }
  free(descriptor);
  return ok;
}

void tb_cases_path(const char *word, const char *folder, char *path, size_t size) {
  static const char *const ending[] = {"cases", "layers"};
  for (int i = 0; i < 2 && !strpbrk(word, "/.") && access(word, F_OK) != 0; i++) {
    snprintf(path, size, "%s/%s.%s", folder, word, ending[i]);
    if (access(path, F_OK) == 0)
      return;
  }
  snprintf(path, size, "%s", word);
}

tb_case_file *tb_cases_read(const char *path, char *message, size_t size) {
  FILE *stream = fopen(path, "r");
  if (!stream) {
    snprintf(message, size, "%s: %s", path, strerror(errno));
    return NULL;
  }
  tb_case_file *file = calloc(1, sizeof *file);
  if (!file)
    abort();
  file->path = copy(path, path + strlen(path));
  struct reader r = {file, message, size, 0};
  char *line = NULL;
  size_t capacity = 0;
  bool ok = true;
  while (ok && getline(&line, &capacity, stream) > 0) {
    r.line++;
    line[strcspn(line, "\r\n")] = 0;
    const char *s = line + strspn(line, " \t");
    if (*s == '[')
      ok = group_line(&r, s);
    else if (*s && *s != '#')
      ok = case_line(&r, s);
  }
  if (ok && ferror(stream)) {
    snprintf(message, size, "%s: cannot be read: %s", path, strerror(errno));
    ok = false;
  } else if (ok && file->lines == 0) {
    snprintf(message, size, "%s: holds no cases", path);
    ok = false;
  }
  free(line);
  fclose(stream);
  if (ok)
    return file;
  tb_cases_free(file);
  return NULL;
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
