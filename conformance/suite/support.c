/* conformance/support.txt: which cases the built-in kernels do not support, as conditions on their parameters.
 *
 * SPDX-License-Identifier: MIT */
#include "support.h"

#include "columns.h"

#include <errno.h>
#include <fnmatch.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* The parameters of conv_transpose2d that a condition may name, each with a value for the height and one for the width. */
static const struct {
  const char *name;
  size_t list;
  int first; /* the height's place in the list */
} parameter[] = {
    {"kernel_size", offsetof(tb_conv, w), 2},     {"stride", offsetof(tb_conv, stride), 0},
    {"padding", offsetof(tb_conv, padding), 0},   {"output_padding", offsetof(tb_conv, output_padding), 0},
    {"dilation", offsetof(tb_conv, dilation), 0},
};

static int find(const char *name) {
  for (int i = 0; i < (int)(sizeof parameter / sizeof *parameter); i++)
    if (strcmp(parameter[i].name, name) == 0)
      return i;
  return -1;
}

static int64_t value(const tb_conv *c, int which, int axis) {
  const tb_list *list = (const tb_list *)(const void *)((const char *)c + parameter[which].list);
  return list->v[parameter[which].first + axis];
}

static bool holds(const tb_support_condition *a, const tb_case *c) {
  if (a->text)
    return c->op == TB_NORMAL && fnmatch(a->pattern, c->normal.stream, 0) == 0;
  if (c->op != TB_CONV_TRANSPOSE2D)
    return false;
  for (int axis = 0; axis < 2; axis++) {
    const int64_t left = value(&c->conv, a->parameter, axis);
    int64_t right = 0;
    for (int i = 0; i < a->terms; i++)
      right += value(&c->conv, a->term[i], axis);
    const bool less = left < right, equal = left == right;
    if (a->relation[0] == '<' ? less || (a->relation[1] && equal) : (!less && !equal) || (a->relation[1] && equal))
      return true;
  }
  return false;
}

/* One alternative: "stream = PATTERN", or "parameter RELATION parameter + parameter". */
static bool parse_alternative(char *text, tb_support_condition *a) {
  char *rest, *name = strtok_r(text, " ", &rest), *relation = strtok_r(NULL, " ", &rest), *word;
  *a = (tb_support_condition){0};
  if (!name || !relation || strlen(relation) >= sizeof a->relation)
    return false;
  snprintf(a->relation, sizeof a->relation, "%s", relation);
  if (strcmp(name, "stream") == 0) {
    a->text = true;
    word = strtok_r(NULL, " ", &rest);
    snprintf(a->pattern, sizeof a->pattern, "%s", word ? word : "");
    return word && strcmp(relation, "=") == 0 && strlen(word) < sizeof a->pattern && !strtok_r(NULL, " ", &rest);
  }
  a->parameter = find(name);
  bool ok = a->parameter >= 0 && (relation[0] == '<' || relation[0] == '>') && (!relation[1] || relation[1] == '=');
  bool ended = false; /* by a parameter, and not by a plus */
  for (; ok && (word = strtok_r(NULL, " ", &rest)); ended = !ended) {
    if (ended) {
      ok = strcmp(word, "+") == 0;
      continue;
    }
    const int term = find(word);
    ok = term >= 0 && a->terms < TB_SUPPORT_TERMS;
    if (ok)
      a->term[a->terms++] = term;
  }
  return ok && ended;
}

static bool parse_condition(char *text, tb_support *s) {
  for (char *next = text; next; text = next) {
    next = strstr(text, " or ");
    if (next) {
      *next = 0;
      next += strlen(" or ");
    }
    if (s->alternatives == TB_SUPPORT_ALTERNATIVES || !parse_alternative(text, &s->alternative[s->alternatives]))
      return false;
    s->alternatives++;
  }
  return true;
}

static bool parse_count(const char *text, int *out) {
  char *end;
  const long n = strtol(text, &end, 10);
  *out = strcmp(text, "-") == 0 ? -1 : (int)n;
  return *out == -1 || (end != text && !*end && n >= 0 && n < INT32_MAX);
}

/* A row of the file. *ours: it is of this kernel and library. */
static bool parse_row(char *line, const char *kernel, const char *library, tb_support *s, bool *ours) {
  char name[64], beginning[120], quick[16], full[16], condition[200];
  if (!tb_column(&line, name, sizeof name) || !tb_column(&line, beginning, sizeof beginning) ||
      !tb_column(&line, quick, sizeof quick) || !tb_column(&line, full, sizeof full) ||
      !tb_column(&line, condition, sizeof condition))
    return false;
  *s = (tb_support){.found = true};
  *ours = strcmp(name, kernel) == 0 && strncmp(*library ? library : "-", beginning, strlen(beginning)) == 0;
  return parse_count(quick, &s->quick) && parse_count(full, &s->full) &&
         (strcmp(condition, "never") == 0 || parse_condition(condition, s));
}

bool tb_support_open(tb_support *s, const char *kernel, const char *library, char *message, size_t size) {
  char path[4096], line[512];
  snprintf(path, sizeof path, "%s/conformance/support.txt", tb_data_dir());
  FILE *file = fopen(path, "r");
  *s = (tb_support){0};
  if (!file) {
    snprintf(message, size, "%s: %s", path, strerror(errno));
    return false;
  }
  bool ok = true, ours = false;
  for (int number = 1; ok && !ours && fgets(line, sizeof line, file); number++) {
    tb_support row;
    line[strcspn(line, "\r\n")] = 0;
    if (*line == '#' || !*line)
      continue;
    ok = parse_row(line, kernel, library, &row, &ours);
    if (!ok)
      snprintf(message, size, "%s:%d: malformed row; its head says what stands in a row", path, number);
    else if (ours)
      *s = row;
  }
  if (ok && ferror(file)) {
    snprintf(message, size, "%s: %s", path, strerror(errno));
    ok = false;
  }
  fclose(file);
  return ok;
}

bool tb_support_expected(const tb_support *s, const tb_case *c) {
  for (int i = 0; i < s->alternatives; i++)
    if (holds(&s->alternative[i], c))
      return false;
  return true;
}

void tb_support_take(tb_support *s, const tb_suite_group *group, const tb_chunk *chunk, const tb_case_result *results) {
  for (int i = 0; s->found && i < chunk->cases; i++) {
    const bool supported = results[i].verdict != TB_V_UNSUPPORTED;
    char text[TB_TEXT_MAX];
    tb_case c;
    tb_error error;
    if (results[i].verdict == TB_V_NOT_RUN || (supported && s->alternatives == 0))
      continue;
    tb_chunk_text(group, chunk, i, text);
    if (!tb_case_parse(text, &c, &error) || tb_support_expected(s, &c) == supported)
      continue;
    if ((*(supported ? &s->surplus : &s->lacking))++ == 0)
      memcpy(supported ? s->first_surplus : s->first_lacking, text, sizeof text);
  }
}

void tb_support_report(const tb_support *s, tb_tap *tap, const tb_tally *tally, const tb_suite *suite, bool whole) {
  const char *library = *tally->library ? tally->library : "no library";
  if (!s->found) {
    tb_tap_comment(tap, "conformance/support.txt has no row for %s with %s", tally->kernel, library);
    return;
  }
  const int supported = tb_tally_cases(tally) - tally->count[TB_V_UNSUPPORTED];
  const int committed = !whole ? -1 : strcmp(suite->name, "full") == 0 ? s->full : s->quick;
  char text[400];
  int n = snprintf(text, sizeof text, "%s: supports %d cases of the %s suite", tally->kernel, supported, suite->name);
  if (committed >= 0)
    n += snprintf(text + n, sizeof text - (size_t)n, "; %d are committed", committed);
  if (s->lacking)
    snprintf(text + n, sizeof text - (size_t)n, "; %d more are unsupported than conformance/support.txt says", s->lacking);
  tb_tap_point(tap, s->lacking == 0 && supported >= committed, text, NULL);
  if (s->lacking) {
    tb_tap_yaml_begin(tap);
    tb_tap_yaml(tap, "first", "%s", s->first_lacking);
    tb_tap_yaml_end(tap);
    fprintf(stderr, "%s: the first is %s\n", text, s->first_lacking);
  } else if (committed >= 0 && supported != committed) {
    fprintf(stderr, "%s; conformance/support.txt\n", text);
  }
  if (s->surplus)
    fprintf(stderr, "%s: supports %d cases that conformance/support.txt calls unsupported; the first is %s\n", tally->kernel,
            s->surplus, s->first_surplus);
}
