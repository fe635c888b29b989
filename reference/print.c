/* The descriptor's printer, driven by the rows of an operator's tokens.
 *
 * SPDX-License-Identifier: MIT */
#include "descriptor.h"

#include "dtype.h"
#include "operator.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void add_list(tb_text *t, const tb_list *list, const char *separator) {
  tb_text_puts(t, "[");
  for (int i = 0; i < list->length; i++)
    tb_text_integer(t, i ? separator : "", list->v[i]);
  tb_text_puts(t, "]");
}

void tb_list_print(const tb_list *list, char *out, size_t size) {
  tb_text t = {out, 0, size};
  add_list(&t, list, ", ");
}

/* The beginning of a token. */
static void open(tb_text *t, const tb_token *row) {
  tb_text_puts(t, " ");
  tb_text_puts(t, row->prefix);
}

static void add_number(tb_text *t, const tb_token *row, int64_t v) {
  if (v == row->standard && !(row->flags & TB_NEEDED))
    return;
  open(t, row);
  tb_text_integer(t, "", v);
}

static bool equal(const tb_list *a, const tb_list *b) {
  return a->length == b->length && memcmp(a->v, b->v, (size_t)a->length * sizeof *a->v) == 0;
}

/* Whether a word would be read as a dtype. */
static bool is_dtype(const tb_operator *op, const char *word) {
  for (int32_t dtype = TENBIN_F32; dtype < tb_dtypes(); dtype++)
    if (op->dtypes >> dtype & 1 && strcmp(tb_dtype_name(dtype), word) == 0)
      return true;
  return false;
}

static void add_pair(tb_text *t, const tb_case *c, const tb_token *row, const tb_list *v) {
  const tb_list usual = {2, {row->standard, row->standard}};
  const tb_list *standard = row->like ? (const tb_list *)(const void *)(c->arguments + row->like) : &usual;
  if (!(row->flags & TB_NEEDED) && equal(v, standard))
    return;
  const size_t from = t->used + 1;
  open(t, row);
  tb_text_integer(t, "", v->v[0]);
  if (v->v[0] != v->v[1] || row->flags & TB_BOTH_AXES || is_dtype(c->op, t->out + from))
    tb_text_integer(t, "x", v->v[1]);
}

static void add_raw(tb_text *t, const tb_token *row, const tb_list *v) {
  if (row->flags & TB_ABSENT ? v->length < 0
      : row->like            ? v->length == 0
                             : equal(v, &(tb_list){2, {row->standard, row->standard}}))
    return;
  open(t, row);
  add_list(t, v, ",");
}

static void add_decimal(tb_text *t, const tb_token *row, double v) {
  const double standard = (double)row->standard;
  if (v == standard && !(v == 0 && signbit(v)))
    return;
  open(t, row);
  tb_text_decimal(t, v);
}

static void add_seed(tb_text *t, uint64_t seed) {
  if (seed <= INT64_MAX)
    tb_text_integer(t, " seed=", (int64_t)seed);
  else
    tb_text_add(t, " seed=%llu", (unsigned long long)seed);
}

void tb_set_print(tb_text *t, int32_t dtype, const tb_set *set) {
  if (!tb_dtype_floats(dtype) && (double)set->whole == set->value)
    tb_text_integer(t, "", set->whole);
  else
    tb_text_decimal(t, set->value);
}

static void add_sets(tb_text *t, const tb_case *c) {
  for (int i = 0; i < c->sets; i++) {
    const tb_set *set = &c->set[i];
    tb_text_add(t, "%s%c@%lld:", i ? "," : " set=", c->op->input[set->role].letter, (long long)set->index);
    tb_set_print(t, c->dtype, set);
  }
}

/* The tokens of every case. */
static void add_common(tb_text *t, const tb_case *c, const tb_token *row) {
  switch (row->form) {
  case TB_FORM_DTYPE:
    if (c->dtype != TENBIN_F32) {
      tb_text_puts(t, " ");
      tb_text_puts(t, tb_dtype_name(c->dtype));
    }
    break;
  case TB_FORM_LAYOUT:
    if (c->layout == row->standard && row->standard != 0)
      open(t, row);
    break;
  case TB_FORM_FILL:
    open(t, row);
    tb_text_puts(t, tb_fill_name(c->op, c->fill));
    break;
  case TB_FORM_SEED:
    add_seed(t, c->seed);
    break;
  case TB_FORM_SET:
    add_sets(t, c);
    break;
  case TB_FORM_THREADS:
    if (c->threads != 1)
      tb_text_integer(t, " threads=", c->threads);
    break;
  default:
    break;
  }
}

static void add_token(tb_text *t, const tb_case *c, const tb_token *row) {
  const void *v = c->arguments + row->offset;
  switch (row->form) {
  case TB_FORM_WORD:
    if (*(const bool *)v)
      open(t, row);
    break;
  case TB_FORM_NUMBER:
  case TB_FORM_COUNT:
    add_number(t, row, *(const int64_t *)v);
    break;
  case TB_FORM_PAIR:
    add_pair(t, c, row, v);
    break;
  case TB_FORM_CHANNELS:
    open(t, row);
    tb_text_integer(t, "", ((const int64_t *)v)[0]);
    tb_text_integer(t, ":", ((const int64_t *)v)[1]);
    break;
  case TB_FORM_LIST:
    add_raw(t, row, v);
    break;
  case TB_FORM_DECIMAL:
    add_decimal(t, row, *(const double *)v);
    break;
  case TB_FORM_OWN:
    if (!row->own->is_standard(v)) {
      open(t, row);
      row->own->print(t, v);
    }
    break;
  default:
    add_common(t, c, row);
    break;
  }
}

void tb_case_print(const tb_case *c, char text[TB_TEXT_MAX]) {
  tb_text t = {text, 0, TB_TEXT_MAX};
  *text = 0;
  tb_text_puts(&t, c->op->name);
  for (const tb_token *row = c->op->token; row->prefix; row++)
    if (!(row->flags & (c->raw ? TB_SHORT : TB_RAW)))
      add_token(&t, c, row);
}

/* Whether a token is a choice of how the operator works. */
static bool is_choice(const tb_case *c, const tb_token *row) {
  return !(row->flags & (TB_NEEDED | TB_ABSENT | (c->raw ? TB_SHORT : TB_RAW))) && row->form <= TB_FORM_OWN &&
         row->form != TB_FORM_CHANNELS;
}

void tb_case_region(const tb_case *c, char *out, size_t size) {
  tb_text region = {out, 0, size};
  *out = 0;
  for (const tb_token *row = c->op->token; row->prefix; row++) {
    char text[TB_TEXT_MAX] = "";
    tb_text t = {text, 0, sizeof text};
    if (is_choice(c, row))
      add_token(&t, c, row);
    if (*text && region.used > 0)
      tb_text_puts(&region, "+");
    if (*text)
      tb_text_puts(&region, row->form == TB_FORM_OWN ? text + 1 : row->meaning);
  }
  if (region.used == 0)
    tb_text_puts(&region, "default");
}

const char *tb_case_layout(const tb_case *c) {
  for (const tb_token *row = c->op->token; row->prefix; row++)
    if (row->form == TB_FORM_LAYOUT && row->standard == c->layout)
      return row->prefix;
  return "";
}

void tb_error_show(const tb_error *error, const char *where, const char *line, char *out, size_t size) {
  tb_text t = {out, 0, size};
  size_t length = strcspn(line, "\r\n");
  tb_text_add(&t, "%s, column %zu: %s\n  %.*s\n  ", where, error->column + 1, error->text, (int)length, line);
  for (size_t i = 0; i < error->column; i++)
    tb_text_add(&t, "%c", line[i] == '\t' ? '\t' : ' ');
  tb_text_add(&t, "^");
  for (size_t i = 1; i < error->length; i++)
    tb_text_add(&t, "~");
}
