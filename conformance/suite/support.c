/* conformance/support.txt: which cases the built-in kernels do not support, as conditions on their parameters.
 *
 * SPDX-License-Identifier: MIT */
#include "support.h"

#include "columns.h"
#include "data.h"
#include "lines.h"
#include "number.h"

#include <fnmatch.h>
#include <string.h>

/* The row of a token of an operator by its form and its name in messages. NULL: there is none. A condition may name pairs,
 * which have a value for the height and one for the width, and tokens of an operator's own form, which are texts. */
static const tb_token *row_of(const tb_operator *op, tb_form form, const char *name) {
  for (const tb_token *row = op->token; row->prefix; row++)
    if (row->form == form && strcmp(row->meaning, name) == 0)
      return row;
  return NULL;
}

static const tb_token *pair_of(const tb_operator *op, const char *name) {
  return row_of(op, TB_FORM_PAIR, name);
}

/* Whether any operator has such a token; its name is copied. */
static bool known(tb_form form, const char *name, char out[32]) {
  bool any = false;
  for (int i = 0; tb_operator_at(i); i++)
    any = any || row_of(tb_operator_at(i), form, name);
  return any && snprintf(out, 32, "%s", name) < 32;
}

static int64_t value(const tb_case *c, const char *name, int axis) {
  return tb_list_along((const tb_list *)(const void *)(c->arguments + pair_of(c->op, name)->offset), axis);
}

/* Whether a token of the case, as it is printed, matches. */
static bool matches(const tb_support_condition *a, const tb_case *c) {
  char text[TB_TEXT_MAX] = "";
  tb_text out = {text, 0, sizeof text};
  const tb_token *row = row_of(c->op, TB_FORM_OWN, a->name);
  if (strcmp(a->name, "case") == 0) {
    tb_case_print(c, text);
    return fnmatch(a->pattern, text, 0) == 0;
  }
  if (row)
    row->own->print(&out, c->arguments + row->offset);
  return row && fnmatch(a->pattern, text, 0) == 0;
}

static bool compare(const tb_support_condition *a, const tb_case *c, int axis) {
  const int64_t left = value(c, a->name, axis);
  int64_t right = 0;
  for (int i = 0; i < a->terms; i++)
    if (__builtin_add_overflow(right, value(c, a->term[i], axis), &right))
      right = INT64_MAX;
  const bool less = left < right, equal = left == right;
  return a->relation[0] == '<' ? less || (a->relation[1] && equal) : (!less && !equal) || (a->relation[1] && equal);
}

static bool holds(const tb_support_condition *a, const tb_case *c) {
  if (a->text)
    return matches(a, c);
  bool has = pair_of(c->op, a->name) != NULL;
  for (int i = 0; i < a->terms; i++)
    has = has && pair_of(c->op, a->term[i]);
  return has && (compare(a, c, 0) || compare(a, c, 1));
}

/* One alternative: "stream = PATTERN", or "parameter RELATION parameter + parameter". */
static bool parse_alternative(char *text, tb_support_condition *a) {
  char *rest, *name = strtok_r(text, " ", &rest), *relation = strtok_r(NULL, " ", &rest), *word;
  *a = (tb_support_condition){0};
  if (!name || !relation || strlen(relation) >= sizeof a->relation)
    return false;
  snprintf(a->relation, sizeof a->relation, "%s", relation);
  a->text = known(TB_FORM_OWN, name, a->name) || strcmp(name, "case") == 0;
  if (strcmp(name, "case") == 0)
    strcpy(a->name, name);
  if (a->text) {
    word = strtok_r(NULL, " ", &rest);
    snprintf(a->pattern, sizeof a->pattern, "%s", word ? word : "");
    return word && strcmp(relation, "=") == 0 && strlen(word) < sizeof a->pattern && !strtok_r(NULL, " ", &rest);
  }
  bool ok =
      known(TB_FORM_PAIR, name, a->name) && (relation[0] == '<' || relation[0] == '>') && (!relation[1] || relation[1] == '=');
  bool ended = false; /* by a parameter, and not by a plus */
  for (; ok && (word = strtok_r(NULL, " ", &rest)); ended = !ended) {
    if (ended) {
      ok = strcmp(word, "+") == 0;
      continue;
    }
    ok = a->terms < TB_SUPPORT_TERMS && known(TB_FORM_PAIR, word, a->term[a->terms]);
    a->terms += ok;
  }
  return ok && ended;
}

/* Conditions joined by "or". */
static bool parse_any(char *text, tb_support_condition *out, int *count) {
  for (char *next = text; next; text = next) {
    next = strstr(text, " or ");
    if (next) {
      *next = 0;
      next += strlen(" or ");
    }
    if (*count == TB_SUPPORT_ALTERNATIVES || !parse_alternative(text, &out[*count]))
      return false;
    (*count)++;
  }
  return true;
}

static bool parse_condition(char *text, tb_support *s) {
  char *except = strstr(text, " except ");
  if (except) {
    *except = 0;
    if (!parse_any(except + strlen(" except "), s->exception, &s->exceptions))
      return false;
  }
  return parse_any(text, s->alternative, &s->alternatives);
}

static bool parse_count(const char *text, int *out) {
  int64_t count = -1;
  if (strcmp(text, "-") != 0 && !tb_number_whole(text, text + strlen(text), 0, INT32_MAX, &count))
    return false;
  *out = (int)count;
  return true;
}

/* A row of the file. *ours: it is of this kernel and library. */
static bool parse_row(char *line, const char *kernel, const char *library, tb_support *s, bool *ours) {
  char name[64], beginning[120], quick[16], full[16], condition[400];
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
  char path[4096];
  tb_lines lines;
  snprintf(path, sizeof path, "%s/conformance/support.txt", tb_data_dir());
  *s = (tb_support){0};
  if (!tb_lines_open(&lines, path, message, size)) {
    tb_data_missing(path, message, size);
    return false;
  }
  bool ours = false;
  int got = 0;
  while (!ours && (got = tb_lines_next(&lines, message, size)) > 0) {
    tb_support row;
    if (*lines.text == '#' || !*lines.text)
      continue;
    if (!parse_row(lines.text, kernel, library, &row, &ours)) {
      snprintf(message, size, "%s:%d: malformed row; its head says what stands in a row", path, lines.number);
      got = -1;
      break;
    }
    if (ours)
      *s = row;
  }
  tb_lines_close(&lines);
  return got >= 0;
}

static bool any_holds(const tb_support_condition *condition, int count, const tb_case *c) {
  bool any = false;
  for (int i = 0; i < count; i++)
    any = any || holds(&condition[i], c);
  return any;
}

bool tb_support_expected(const tb_support *s, const tb_case *c) {
  return !any_holds(s->alternative, s->alternatives, c) || any_holds(s->exception, s->exceptions, c);
}

void tb_support_take(tb_support *s, const tb_suite_group *group, const tb_chunk *chunk, const tb_case_result *results) {
  for (int i = 0; s->found && i < chunk->cases; i++) {
    const bool supported = results[i].verdict != TB_V_UNSUPPORTED;
    char text[TB_TEXT_MAX];
    tb_case c;
    tb_error error;
    if (results[i].verdict == TB_V_NOT_RUN || results[i].verdict == TB_V_NOT_JUDGED || (supported && s->alternatives == 0))
      continue;
    tb_chunk_text(group, chunk, i, text);
    if (!tb_case_parse(text, &c, &error) || tb_support_expected(s, &c) == supported)
      continue;
    if ((*(supported ? &s->surplus : &s->lacking))++ == 0)
      memcpy(supported ? s->first_surplus : s->first_lacking, text, sizeof text);
  }
}

/* The row that is missing, as far as a run knows it. */
static void propose(tb_tap *tap, const tb_tally *tally, int supported, const char *suite, bool whole) {
  const char *library = *tally->library ? tally->library : "-";
  const bool full = strcmp(suite, "full") == 0;
  const int unsupported = tally->count[TB_V_UNSUPPORTED];
  char count[16] = "-";
  if (whole)
    snprintf(count, sizeof count, "%d", supported);
  tb_tap_comment(tap, "conformance/support.txt has no row for %s with %s. The row, which may be pasted there:", tally->kernel,
                 *tally->library ? library : "no library");
  tb_tap_comment(tap, "  %s  %s  %s  %s  %s", tally->kernel, library, full ? "-" : count, full ? count : "-",
                 unsupported == 0 ? "never" : "CONDITION");
  if (whole)
    tb_tap_comment(tap, "--suite %s gives the other count", full ? "quick" : "full");
  else
    tb_tap_comment(tap, "without --shard, --suite quick gives its first count and --suite full the second");
  if (unsupported > 0)
    tb_tap_comment(tap, "CONDITION has to say which cases are unsupported, here %d; the head of the file says how",
                   unsupported);
}

void tb_support_report(const tb_support *s, tb_tap *tap, const tb_tally *tally, const tb_suite *suite, bool whole) {
  const int supported = tb_tally_cases(tally) - tally->count[TB_V_UNSUPPORTED];
  if (!s->found) {
    propose(tap, tally, supported, suite->name, whole);
    return;
  }
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
