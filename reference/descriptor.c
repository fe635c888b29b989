/* The descriptor's parser, driven by the rows of an operator's tokens.
 *
 * SPDX-License-Identifier: MIT */
#include "descriptor.h"

#include "dtype.h"
#include "number.h"
#include "operator.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

enum { THREADS_MAX = 1024, TOKENS_MAX = 64 };

struct parser {
  tb_scan scan;
  tb_case c;
  uint64_t given; /* bit i: row i */
  bool is_short;
  size_t column[TOKENS_MAX], length[TOKENS_MAX]; /* of what was given */
};

static void *value_at(tb_case *c, const tb_token *t) {
  return c->arguments + t->offset;
}

void tb_case_start(const tb_operator *op, tb_case *out) {
  memset(out, 0, offsetof(tb_case, arguments) + op->arguments);
  out->op = op;
  out->dtype = TENBIN_F32;
  out->threads = 1;
  for (const tb_token *t = op->token; t->prefix; t++) {
    if (t->form == TB_FORM_NUMBER || t->form == TB_FORM_COUNT)
      *(int64_t *)value_at(out, t) = t->standard;
    else if (t->form == TB_FORM_PAIR && !(t->flags & TB_NEEDED) && !t->like)
      *(tb_list *)value_at(out, t) = (tb_list){2, {t->standard, t->standard}};
    else if (t->form == TB_FORM_LIST && t->flags & TB_ABSENT)
      *(tb_list *)value_at(out, t) = (tb_list){.length = -1};
    else if (t->form == TB_FORM_DECIMAL)
      *(double *)value_at(out, t) = (double)t->standard;
  }
}

void tb_case_copy(tb_case *out, const tb_case *c) {
  memcpy(out, c, offsetof(tb_case, arguments) + c->op->arguments);
}

static bool fail(const struct parser *p, const char *s, const char *end, const char *meaning, const char *what) {
  return tb_scan_fail(&p->scan, s, (size_t)(end - s), "%s: %s", meaning, what);
}

/* As a number of set=, which may be NaN with its sign set besides. */
static bool set_value(struct parser *p, const char *s, const char *end, tb_set *one) {
  if (end - s == 4 && memcmp(s, "-nan", 4) == 0)
    one->value = -(double)NAN;
  else if (!tb_scan_real(&p->scan, s, end, "set", &one->value))
    return false;
  if (!tb_number_whole(s, end, INT64_MIN, INT64_MAX, &one->whole))
    one->whole = (int64_t)(one->value >= -0x1p63 && one->value < 0x1p63 ? one->value : 0);
  return true;
}

/* set=x@3:nan,w@0:-1.5 */
static bool sets(struct parser *p, const char *s, const char *end) {
  const tb_role *roles = p->c.op->input;
  char letters[TB_LIST_MAX + 1] = "", listed[4 * TB_LIST_MAX] = "";
  tb_text text = {listed, 0, sizeof listed};
  for (int i = 0; i < TB_LIST_MAX && roles[i].name; i++) {
    letters[i] = roles[i].letter;
    tb_text_add(&text, "%s %c", i ? "," : "", roles[i].letter);
  }
  while (s < end) {
    const char *comma = memchr(s, ',', (size_t)(end - s));
    const char *stop = comma ? comma : end;
    const char *colon = memchr(s, ':', (size_t)(stop - s));
    if (!strchr(letters, *s) || stop - s < 4 || s[1] != '@' || !colon)
      return tb_scan_fail(&p->scan, s, (size_t)(stop - s),
                          "set: ROLE@INDEX:VALUE such as x@3:nan is expected here; roles are%s", listed);
    if (p->c.sets == TB_SET_MAX)
      return tb_scan_fail(&p->scan, s, (size_t)(stop - s), "set: at most %d values", TB_SET_MAX);
    tb_set *one = &p->c.set[p->c.sets++];
    const char *at = s + 2;
    one->role = (int)(strchr(letters, *s) - letters);
    if (!tb_scan_number(&p->scan, &at, colon, "set", &one->index) || !set_value(p, colon + 1, stop, one))
      return false;
    if (at != colon || one->index < 0)
      return tb_scan_fail(&p->scan, s + 2, (size_t)(colon - s - 2), "set: the index is a whole number from 0");
    s = comma ? comma + 1 : end;
  }
  return p->c.sets > 0 || tb_scan_fail(&p->scan, s, 1, "set: ROLE@INDEX:VALUE is expected here");
}

static bool fill(struct parser *p, const char *s, const char *end) {
  char names[120];
  const int found = tb_fill_find(p->c.op, s, (size_t)(end - s));
  if (found >= 0) {
    p->c.fill = found;
    return true;
  }
  tb_fill_names(p->c.op, names, sizeof names);
  return tb_scan_fail(&p->scan, s, (size_t)(end - s), "fill: %s is expected here", names);
}

/* The dtype of a word, or TENBIN_NONE. */
static int32_t dtype_of(const char *s, size_t length) {
  for (int32_t dtype = TENBIN_F32; dtype < tb_dtypes(); dtype++) {
    const char *name = tb_dtype_name(dtype);
    if (*name == *s && strlen(name) == length && memcmp(name, s, length) == 0)
      return dtype;
  }
  return TENBIN_NONE;
}

/* The dtypes of an operator, separated by `separator`. */
static void list_dtypes(tb_text *t, const tb_operator *op, const char *separator) {
  const char *before = "";
  for (int32_t dtype = TENBIN_F32; dtype < tb_dtypes(); dtype++)
    if (op->dtypes >> dtype & 1) {
      tb_text_add(t, "%s%s", before, tb_dtype_name(dtype));
      before = separator;
    }
}

static bool dtype(struct parser *p, const char *s, const char *end) {
  char known[80] = "";
  tb_text text = {known, 0, sizeof known};
  p->c.dtype = dtype_of(s, (size_t)(end - s));
  if (p->c.op->dtypes >> p->c.dtype & 1)
    return true;
  list_dtypes(&text, p->c.op, ", ");
  return tb_scan_fail(&p->scan, s, (size_t)(end - s), "dtype: %s is %s so far", p->c.op->name, known);
}

static bool number(struct parser *p, const tb_token *t, const char *s, const char *end, int64_t most, int64_t *out) {
  const char *const from = s;
  int64_t v;
  if (!tb_scan_number(&p->scan, &s, end, t->meaning, &v))
    return false;
  if (s != end)
    return fail(p, s, end, t->meaning, "nothing is expected after the number");
  if (most && (v < t->least || v > most))
    return tb_scan_fail(&p->scan, from, (size_t)(end - from), "%s: a number from %lld to %lld is expected here", t->meaning,
                        (long long)t->least, (long long)most);
  if (v < t->least)
    return tb_scan_fail(&p->scan, from, (size_t)(end - from), "%s: a number from %lld is expected here", t->meaning,
                        (long long)t->least);
  *out = v;
  return true;
}

/* Two numbers, such as 3x2 or 4:6. */
static bool pair(struct parser *p, const tb_token *t, const char *s, const char *end, char separator, int64_t v[2]) {
  if (!tb_scan_pair(&p->scan, s, end, t->meaning, separator, v))
    return false;
  return (v[0] >= t->least && v[1] >= t->least) || fail(p, s, end, t->meaning, "sizes are not negative");
}

static bool list(struct parser *p, const tb_token *t, const char *s, const char *end, tb_list *out) {
  if (!tb_scan_list(&p->scan, s, end, t->meaning, out))
    return false;
  for (int i = 0; i < out->length; i++)
    if (out->v[i] < t->least)
      return fail(p, s, end, t->meaning, "sizes are not negative");
  return true;
}

static bool value(struct parser *p, const tb_token *t, const char *word, const char *end) {
  const char *s = word + (t->form == TB_FORM_DTYPE ? 0 : strlen(t->prefix));
  void *out = value_at(&p->c, t);
  int64_t v[2] = {0, 0};
  switch (t->form) {
  case TB_FORM_WORD:
    *(bool *)out = true;
    return true;
  case TB_FORM_LAYOUT:
    p->c.layout = (int)t->standard;
    return true;
  case TB_FORM_DTYPE:
    return dtype(p, s, end);
  case TB_FORM_COUNT:
    return tb_scan_count(&p->scan, s, end, t->meaning, out);
  case TB_FORM_NUMBER:
    return number(p, t, s, end, 0, out);
  case TB_FORM_THREADS:
    if (!number(p, t, s, end, THREADS_MAX, v))
      return false;
    p->c.threads = (int)v[0];
    return true;
  case TB_FORM_PAIR:
    if (!pair(p, t, s, end, 'x', v))
      return false;
    *(tb_list *)out = (tb_list){2, {v[0], v[1]}};
    return true;
  case TB_FORM_CHANNELS:
    return pair(p, t, s, end, ':', out);
  case TB_FORM_LIST:
    return list(p, t, s, end, out);
  case TB_FORM_SEED:
    return tb_scan_seed(&p->scan, s, end, &p->c.seed);
  case TB_FORM_FILL:
    return fill(p, s, end);
  case TB_FORM_SET:
    return sets(p, s, end);
  case TB_FORM_DECIMAL:
    return tb_scan_real(&p->scan, s, end, t->meaning, out);
  case TB_FORM_OWN:
    return t->own->scan(&p->scan, s, end, out);
  }
  return false;
}

/* The length of the part of a word that a row's prefix matches; 0: it does not. */
static size_t match(const tb_token *t, const char *s, size_t length, int32_t dtype) {
  if (t->form == TB_FORM_DTYPE)
    return dtype != TENBIN_NONE ? length : 0;
  if (*s != *t->prefix)
    return 0;
  const size_t prefix = strlen(t->prefix);
  if (length < prefix || memcmp(s, t->prefix, prefix) != 0)
    return 0;
  if (t->form == TB_FORM_WORD || t->form == TB_FORM_LAYOUT)
    return length == prefix ? length : 0;
  /* A letter is a token's prefix only before its number: "nchw" is no batch. */
  return t->prefix[prefix - 1] != '=' && prefix < length && isalpha((unsigned char)s[prefix]) ? 0 : prefix;
}

/* A whole word wins over a prefix, and a longer prefix over a shorter one: s8 is a dtype where the operator has it, and else a
 * stride, for which s8x8 stands too. A dtype that the operator lacks comes last. */
static const tb_token *find(const tb_operator *op, const char *s, size_t length) {
  const tb_token *found = NULL;
  size_t longest = 0;
  const int32_t dtype = dtype_of(s, length);
  const bool lacks = !(op->dtypes >> dtype & 1);
  for (const tb_token *t = op->token; t->prefix; t++) {
    const size_t matched = match(t, s, length, dtype), rank = t->form == TB_FORM_DTYPE && lacks ? matched > 0 : 2 * matched;
    if (rank > longest) {
      longest = rank;
      found = t;
    }
  }
  return found;
}

/* "kHxW": a token as a list of known ones has it. */
static void spell(tb_text *text, const tb_operator *op, const tb_token *t) {
  char upper[8] = "";
  if (t->form == TB_FORM_DTYPE) {
    list_dtypes(text, op, " ");
    return;
  }
  for (size_t i = 0; i < sizeof upper - 1 && t->prefix[i]; i++)
    upper[i] = (char)toupper((unsigned char)t->prefix[i]);
  tb_text_add(text, "%s%s", t->prefix,
              t->form == TB_FORM_NUMBER     ? upper
              : t->form == TB_FORM_PAIR     ? "HxW"
              : t->form == TB_FORM_CHANNELS ? "IN:OUT"
                                            : "");
}

static bool unknown(const struct parser *p, const char *s, size_t length) {
  char known[sizeof p->scan.error->text] = "";
  tb_text text = {known, 0, sizeof known};
  for (int raw = 0; raw <= 1; raw++)
    for (const tb_token *t = p->c.op->token; t->prefix; t++)
      if (!(t->flags & TB_RAW) == !raw) {
        tb_text_puts(&text, text.used == 0 ? "" : raw && !strstr(known, ", or") ? ", or " : " ");
        spell(&text, p->c.op, t);
      }
  return tb_scan_fail(&p->scan, s, length, "unknown token; known are %s", known);
}

/* Whether a row has been given, or another that says the same. */
static bool is_given(const struct parser *p, const tb_token *t) {
  if (p->given >> (t - p->c.op->token) & 1)
    return true;
  for (const tb_token *other = p->c.op->token; t->form == TB_FORM_LAYOUT && other->prefix; other++)
    if (other->form == t->form && p->given >> (other - p->c.op->token) & 1)
      return true;
  return false;
}

static bool token(struct parser *p, const char *s, const char *end) {
  const size_t length = (size_t)(end - s);
  const tb_token *t = find(p->c.op, s, length);
  if (!t)
    return unknown(p, s, length);
  const size_t row = (size_t)(t - p->c.op->token);
  if (is_given(p, t))
    return tb_scan_fail(&p->scan, s, length, "%s is given twice", t->meaning);
  p->given |= UINT64_C(1) << row;
  p->column[row] = (size_t)(s - p->scan.line);
  p->length[row] = length;
  p->c.raw = p->c.raw || t->flags & TB_RAW;
  p->is_short = p->is_short || t->flags & TB_SHORT;
  if (p->c.raw && p->is_short)
    return tb_scan_fail(&p->scan, s, length, "shapes and lists in brackets do not mix with the short form");
  return value(p, t, s, end);
}

/* What was not given, and what follows from what was. */
static bool complete(struct parser *p, const char *end) {
  const char *last = end > p->scan.line ? end - 1 : end;
  tb_blame blame = {.prefix = NULL};
  for (const tb_token *t = p->c.op->token; t->prefix; t++) {
    const bool given = p->given >> (t - p->c.op->token) & 1;
    if (!given && t->flags & TB_NEEDED && !p->c.raw)
      return tb_scan_fail(&p->scan, last, 1, "%s", t->missing);
    if (!given && t->like && !p->c.raw && !(t->flags & TB_RAW))
      memcpy(value_at(&p->c, t), p->c.arguments + t->like, sizeof(tb_list));
  }
  if (p->c.op->complete(&p->c, &blame))
    return true;
  for (const tb_token *t = p->c.op->token; blame.prefix && t->prefix; t++)
    if (strcmp(t->prefix, blame.prefix) == 0) {
      const size_t row = (size_t)(t - p->c.op->token);
      return tb_scan_fail(&p->scan, p->scan.line + p->column[row], p->length[row], "%s", blame.text);
    }
  return tb_scan_fail(&p->scan, last, 1, "%s", blame.text);
}

/* Whether the canonical line has room in TB_TEXT_MAX. It is longer than what was given where numbers are: 1e300 becomes 1e+300,
 * and in4 in4x4, but no token becomes eight times as long. */
static bool fits(struct parser *p, const char *line) {
  char text[TB_TEXT_MAX];
  if (strlen(line) < TB_TEXT_MAX / 16)
    return true;
  tb_case_print(&p->c, text);
  return strlen(text) < sizeof text - 1 ||
         tb_scan_fail(&p->scan, line, 1, "the case is too long: its canonical line has more than %d bytes", TB_TEXT_MAX - 2);
}

bool tb_case_parse(const char *line, tb_case *out, tb_error *error) {
  struct parser p; /* tb_case_start clears its case, and a row's place is read once it is given */
  p.scan = (tb_scan){line, error};
  p.given = 0;
  p.is_short = false;
  const char *s = line + strspn(line, " \t");
  const char *end = s + strcspn(s, " \t\r\n");
  const tb_operator *op = NULL;
  for (int i = 0; (op = tb_operator_at(i)); i++)
    if (strlen(op->name) == (size_t)(end - s) && memcmp(s, op->name, (size_t)(end - s)) == 0)
      break;
  if (!op)
    return tb_scan_fail(&p.scan, s, (size_t)(end - s), "a case begins with its operator: %s", tb_operator_names());
  tb_case_start(op, &p.c);
  for (;;) {
    s = end + strspn(end, " \t\r\n");
    if (!*s)
      break;
    end = s + strcspn(s, " \t\r\n");
    if (!token(&p, s, end))
      return false;
  }
  if (!complete(&p, end) || !fits(&p, line))
    return false;
  tb_case_copy(out, &p.c);
  return true;
}
