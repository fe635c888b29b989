/* What shrinking changes: items of two kinds, and indices of set= in tensors that become smaller.
 *
 * SPDX-License-Identifier: MIT */
#include "parameters.h"
#include "problem.h"

#include "test.h"

#include <string.h>

/* An operator with items of its own beside set=: so many numbers. */
typedef struct numbers {
  int count;
  int64_t v[8];
} numbers;

static int items(const void *value) {
  return ((const numbers *)value)->count;
}

static void drop(void *value, int first, int count) {
  numbers *n = value;
  memmove(&n->v[first], &n->v[first + count], (size_t)(n->count - first - count) * sizeof *n->v);
  n->count -= count;
}

static const tb_own own = {.items = items, .drop = drop};
static const tb_token tokens[] = {
    TB_ROW("v=", "numbers", TB_FORM_OWN, .own = &own), TB_ROW("set=", "set", TB_FORM_SET, .offset = 0), {0}};
static const tb_operator op = {.name = "numbers", .token = tokens};

/* 0 1 .. and after them the sets, whose indices are 10 11 .. */
static tb_case with(int own_items, int sets) {
  tb_case c = {.op = &op, .sets = sets};
  numbers *n = (numbers *)(void *)c.arguments;
  n->count = own_items;
  for (int i = 0; i < own_items; i++)
    n->v[i] = i;
  for (int i = 0; i < sets; i++)
    c.set[i].index = 10 + i;
  return c;
}

static void left(const tb_case *c, char *text) {
  const numbers *n = (const numbers *)(const void *)c->arguments;
  for (int i = 0; i < n->count; i++)
    text += sprintf(text, "%d ", (int)n->v[i]);
  for (int i = 0; i < c->sets; i++)
    text += sprintf(text, "%d ", (int)c->set[i].index);
}

static void both_kinds(void) {
  static const struct {
    int own, sets, first, count;
    const char *left; /* NULL: refused */
  } rows[] = {
      {3, 3, 0, 1, "1 2 10 11 12 "},
      {3, 3, 1, 2, "0 10 11 12 "},
      {3, 3, 2, 2, "0 1 11 12 "},
      {3, 3, 1, 5, "0 "},
      {3, 3, 3, 3, "0 1 2 "},
      {3, 3, 4, 1, "0 1 2 10 12 "},
      {3, 3, 0, 3, NULL},
      {1, 2, 0, 1, NULL},
      {1, 2, 0, 3, NULL},
      {1, 2, 1, 2, "0 "},
      {0, 3, 0, 3, ""},
      {0, 3, 1, 1, "10 12 "},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    tb_case c = with(rows[i].own, rows[i].sets);
    char before[100] = "", after[100] = "";
    left(&c, before);
    check(tb_items(&c) == rows[i].own + rows[i].sets && tb_items_kept(&c) == (rows[i].own > 0), "%d items and %d sets",
          rows[i].own, rows[i].sets);
    const bool dropped = tb_items_drop(&c, rows[i].first, rows[i].count);
    left(&c, after);
    check(dropped == (rows[i].left != NULL) && strcmp(after, dropped ? rows[i].left : before) == 0,
          "of %d items and %d sets, %d from %d on: \"%s\"", rows[i].own, rows[i].sets, rows[i].count, rows[i].first, after);
  }
}

static void hidden_sets(void) {
  tb_case c;
  tb_error e;
  check(tb_case_parse("conv_transpose2d n1 c1:1 in3x1 k1 set=x@0:1,x@2:2,w@0:3,x@1:4", &c, &e), "four values are set");
  for (int i = 0; i < tb_parameters(&c); i++) {
    const tb_parameter k = tb_parameter_of(&c, i);
    if (k.value == 3)
      tb_parameter_set(&c, i, 1);
  }
  check(c.sets == 2 && c.set[0].value == 3 && c.set[1].value == 4 && c.set[1].index == 0,
        "of three values in one element the last stays, and the weight's");
}

int main(void) {
  tb_tap_start(&test_tap, stdout);
  both_kinds();
  hidden_sets();
  return finish();
}
