/* The values of a case, by the rows of its operator's tokens.
 *
 * SPDX-License-Identifier: MIT */
#include "parameters.h"

#include "problem.h"

#include <stdlib.h>
#include <string.h>

enum { ORDER_MAX = 64 };

/* How many values a row has. */
static int values(const tb_case *c, const tb_token *t) {
  if (!t->shrink_order || t->flags & (c->raw ? TB_SHORT : TB_RAW))
    return 0;
  if (t->form == TB_FORM_OWN)
    return t->own->parameters(c->arguments + t->offset);
  return t->form == TB_FORM_PAIR || t->form == TB_FORM_LIST || t->form == TB_FORM_CHANNELS ? 2 : 1;
}

/* The row of value *i, and which of its values that is. NULL: there are no more. */
static const tb_token *row_of(const tb_case *c, int *i) {
  for (int order = 1; order <= ORDER_MAX; order++)
    for (const tb_token *t = c->op->token; t->prefix; t++)
      if (t->shrink_order == order) {
        const int n = values(c, t);
        if (*i < n)
          return t;
        *i -= n;
      }
  return NULL;
}

int tb_parameters(const tb_case *c) {
  int n = 0;
  for (const tb_token *t = c->op->token; t->prefix; t++)
    n += values(c, t);
  return n;
}

static int64_t unit_of(const tb_case *c, const tb_token *t) {
  return t->unit ? *(const int64_t *)(const void *)(c->arguments + t->unit) : 1;
}

tb_parameter tb_parameter_of(const tb_case *c, int i) {
  const tb_token *t = row_of(c, &i);
  const void *v = c->arguments + t->offset;
  const int64_t number = t->form == TB_FORM_NUMBER || t->form == TB_FORM_COUNT ? *(const int64_t *)v : 0;
  switch (t->form) {
  case TB_FORM_WORD:
    return (tb_parameter){*(const bool *)v, 0};
  case TB_FORM_NUMBER:
    if (t->standard < t->least) /* it may be absent, which is simplest; an empty one stays */
      return (tb_parameter){number == t->standard ? 0 : number > 0 ? number : -1, 0};
    return (tb_parameter){number, t->simplest};
  case TB_FORM_COUNT:
    return (tb_parameter){number, t->simplest};
  case TB_FORM_PAIR:
  case TB_FORM_LIST:
    return (tb_parameter){tb_list_along(v, i), t->simplest};
  case TB_FORM_CHANNELS:
    return (tb_parameter){((const int64_t *)v)[i] / unit_of(c, t), t->simplest};
  case TB_FORM_DECIMAL:
    return (tb_parameter){*(const double *)v != (double)t->standard, 0};
  case TB_FORM_OWN:
    return t->own->parameter(v, i);
  case TB_FORM_DTYPE:
    return (tb_parameter){c->dtype != TENBIN_F32, 0};
  case TB_FORM_LAYOUT:
    return (tb_parameter){t->standard != 0 && c->layout == t->standard, 0};
  case TB_FORM_FILL:
    return (tb_parameter){c->fill != 0, 0};
  case TB_FORM_SEED:
    return (tb_parameter){c->seed > INT64_MAX ? INT64_MAX : (int64_t)c->seed, 0};
  case TB_FORM_THREADS:
    return (tb_parameter){c->threads, t->simplest};
  default:
    return (tb_parameter){0, 0};
  }
}

/* Sets a number, and scales the values that are multiples of it. */
static void set_number(tb_case *c, const tb_token *t, int64_t value) {
  int64_t *v = (int64_t *)(void *)(c->arguments + t->offset);
  for (const tb_token *other = c->op->token; other->prefix; other++)
    for (int i = 0; i < 2 && other->unit && other->unit == t->offset; i++) {
      int64_t *channels = (int64_t *)(void *)(c->arguments + other->offset);
      channels[i] = channels[i] / *v * value;
    }
  *v = t->standard < t->least && value == 0 ? t->standard : value;
}

static void set_value(tb_case *c, const tb_token *t, int i, int64_t value) {
  void *v = c->arguments + t->offset;
  switch (t->form) {
  case TB_FORM_WORD:
    *(bool *)v = value != 0;
    break;
  case TB_FORM_NUMBER:
  case TB_FORM_COUNT:
    set_number(c, t, value);
    break;
  case TB_FORM_PAIR:
  case TB_FORM_LIST:
    tb_list_set_along(v, i, value);
    break;
  case TB_FORM_CHANNELS:
    ((int64_t *)v)[i] = value * unit_of(c, t);
    break;
  case TB_FORM_DECIMAL:
    *(double *)v = (double)t->standard;
    break;
  case TB_FORM_OWN:
    t->own->set(v, i, value);
    break;
  case TB_FORM_DTYPE:
    c->dtype = TENBIN_F32;
    break;
  case TB_FORM_LAYOUT:
    c->layout = 0;
    break;
  case TB_FORM_FILL:
    c->fill = 0;
    break;
  case TB_FORM_SEED:
    c->seed = (uint64_t)value;
    break;
  case TB_FORM_THREADS:
    c->threads = (int)value;
    break;
  default:
    break;
  }
}

/* Of values that set= puts into one element the last counts, and the others go. */
static void drop_hidden_sets(tb_case *c) {
  int kept = 0;
  for (int i = 0; i < c->sets; i++) {
    bool hidden = false;
    for (int k = i + 1; k < c->sets; k++)
      hidden = hidden || (c->set[k].role == c->set[i].role && c->set[k].index == c->set[i].index);
    if (!hidden)
      c->set[kept++] = c->set[i];
  }
  c->sets = kept;
}

/* Moves the indices of set= into tensors that have become smaller. */
static void move_sets(tb_case *c) {
  tb_problem *p = malloc(sizeof *p);
  char message[TB_MESSAGE_MAX];
  tb_case plain = *c;
  plain.sets = 0;
  if (!p)
    abort();
  const bool made = c->sets > 0 && tb_problem_make(&plain, p, message);
  for (int i = 0; made && i < c->sets; i++) {
    const int64_t elements = tb_desc_elements(&p->input[c->set[i].role]);
    if (elements > 0)
      c->set[i].index %= elements;
  }
  if (made)
    drop_hidden_sets(c);
  free(p);
}

void tb_parameter_set(tb_case *c, int i, int64_t value) {
  tb_blame blame;
  const tb_token *t = row_of(c, &i);
  set_value(c, t, i, value);
  if (!c->op->complete(c, &blame))
    return;
  if (c->op->repair)
    c->op->repair(c);
  move_sets(c);
}

static const tb_token *items_of(const tb_case *c) {
  for (const tb_token *t = c->op->token; t->prefix; t++)
    if (t->form == TB_FORM_OWN && t->own->items)
      return t;
  return NULL;
}

static int own_items(const tb_case *c) {
  const tb_token *t = items_of(c);
  return t ? t->own->items(c->arguments + t->offset) : 0;
}

int tb_items(const tb_case *c) {
  return own_items(c) + c->sets;
}

int tb_items_kept(const tb_case *c) {
  return own_items(c) > 0;
}

bool tb_items_drop(tb_case *c, int first, int count) {
  const tb_token *t = items_of(c);
  const int items = own_items(c), end = first + count;
  const int own = (end < items ? end : items) - (first < items ? first : items);
  const int set = first > items ? first - items : 0, sets = count - own;
  if (items > 0 && own == items)
    return false;
  if (own > 0)
    t->own->drop(c->arguments + t->offset, first, own);
  memmove(&c->set[set], &c->set[set + sets], (size_t)(c->sets - set - sets) * sizeof *c->set);
  c->sets -= sets;
  return true;
}

const tb_token *tb_batch_row(const tb_operator *op) {
  for (const tb_token *t = op->token; t->prefix; t++)
    if (t->form == TB_FORM_NUMBER && strcmp(t->meaning, "batch") == 0)
      return t;
  return NULL;
}

tb_case tb_with_batch(const tb_case *c, int64_t batch) {
  tb_case out = *c;
  tb_blame blame;
  *(int64_t *)(void *)(out.arguments + tb_batch_row(c->op)->offset) = batch;
  c->op->complete(&out, &blame);
  return out;
}
