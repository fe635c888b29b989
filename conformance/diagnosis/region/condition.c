/* Conditions on the quantities of a problem: which there are, and when they hold.
 *
 * SPDX-License-Identifier: MIT */
#include "condition.h"

#include <stdlib.h>

struct list {
  tb_condition *at;
  int count, room;
};

static void add(struct list *l, tb_condition c) {
  if (l->count == l->room) {
    l->room = l->room ? 2 * l->room : 256;
    l->at = realloc(l->at, (size_t)l->room * sizeof *l->at);
    if (!l->at)
      abort();
  }
  l->at[l->count++] = c;
}

static int order_of(const tb_quantity_text *text, int32_t constant) {
  int i = 0;
  while (i < text->constants && text->constant[i] != constant)
    i++;
  return i;
}

static int cost_of(const tb_condition *c) {
  static const int with_constant[] = {[TB_EQUAL] = 1, [TB_UNEQUAL] = 3, [TB_ABOVE] = 0, [TB_AT_MOST] = 2};
  static const int with_other[] = {
      [TB_EQUAL] = 1, [TB_UNEQUAL] = 0, [TB_ABOVE] = 1, [TB_AT_MOST] = 2, [TB_BELOW] = 1, [TB_AT_LEAST] = 2};
  static const int scopes[] = {
      [TB_HEIGHT] = 0, [TB_WIDTH] = 0, [TB_EITHER] = 1, [TB_BOTH] = 2, [TB_BOUND] = 0, [TB_CROSS] = 1, [TB_WHOLE] = 0};
  const tb_quantity_text *text = &tb_quantity_texts()[c->quantity];
  const int cost = text->cost + scopes[c->scope];
  if (text->otherwise)
    return cost + (c->relation == TB_EQUAL);
  if (c->other == TB_Q_ALL)
    return cost + with_constant[c->relation] + order_of(text, c->constant);
  return cost + with_other[c->relation] + (c->other == c->quantity ? 0 : 4 + tb_quantity_texts()[c->other].cost);
}

static tb_condition make(tb_quantity q, tb_relation relation, int32_t constant, tb_quantity other, tb_scope scope) {
  tb_condition c = {(uint8_t)q, (uint8_t)other, (uint8_t)relation, (uint8_t)scope, constant, 0};
  c.cost = cost_of(&c);
  return c;
}

/* All comparisons of a quantity with constants. Nothing lies below the least, so that it needs two of the four. */
static void add_constants(struct list *l, tb_quantity q, tb_scope scope) {
  const tb_quantity_text *text = &tb_quantity_texts()[q];
  for (tb_relation r = TB_EQUAL; text->otherwise && r <= TB_UNEQUAL; r++)
    add(l, make(q, r, 0, TB_Q_ALL, scope));
  for (int i = 0; i < text->constants; i++)
    for (tb_relation r = TB_EQUAL; r <= TB_AT_MOST; r++)
      if (i > 0 || r == TB_EQUAL || r == TB_ABOVE)
        add(l, make(q, r, text->constant[i], TB_Q_ALL, scope));
}

static void add_pair(struct list *l, tb_quantity a, tb_quantity b, tb_scope scope) {
  for (tb_relation r = TB_EQUAL; r <= TB_AT_LEAST; r++)
    add(l, make(a, r, 0, b, scope));
}

static int by_cost(const void *a, const void *b) {
  const tb_condition *x = a, *y = b;
  if (x->cost != y->cost)
    return x->cost < y->cost ? -1 : 1;
  const int xs[] = {x->quantity, x->other, x->scope, x->relation, x->constant};
  const int ys[] = {y->quantity, y->other, y->scope, y->relation, y->constant};
  for (int i = 0; i < 5; i++)
    if (xs[i] != ys[i])
      return xs[i] < ys[i] ? -1 : 1;
  return 0;
}

static tb_condition *sorted(struct list *l, int *count) {
  qsort(l->at, (size_t)l->count, sizeof *l->at, by_cost);
  *count = l->count;
  return l->at;
}

tb_condition *tb_conditions_of_axis(int *count) {
  struct list l = {0};
  for (tb_quantity q = 0; q < TB_Q_AXIS; q++)
    add_constants(&l, q, TB_BOUND);
  for (tb_quantity a = 0; a <= TB_Q_EXTENT; a++)
    for (tb_quantity b = a + 1; b <= TB_Q_EXTENT; b++)
      if (a != TB_Q_SCALED && b != TB_Q_SCALED)
        add_pair(&l, a, b, TB_BOUND);
  add_pair(&l, TB_Q_OUTPUT, TB_Q_SCALED, TB_BOUND);
  for (tb_quantity a = 0; a <= TB_Q_OUTPUT_PADDING; a++)
    add_pair(&l, TB_Q_GROUPS, a, TB_BOUND);
  return sorted(&l, count);
}

tb_condition *tb_conditions(int *count) {
  struct list l = {0};
  int bound;
  tb_condition *axis = tb_conditions_of_axis(&bound);
  for (int i = 0; i < bound; i++)
    for (tb_scope scope = TB_HEIGHT; scope <= TB_BOTH; scope++)
      if (axis[i].quantity != TB_Q_REACHED || scope == TB_HEIGHT) /* it is the same of both axes */
        add(&l, make(axis[i].quantity, axis[i].relation, axis[i].constant, axis[i].other, scope));
  free(axis);
  for (tb_quantity q = 0; q < TB_Q_REACHED; q++)
    add_pair(&l, q, q, TB_CROSS);
  for (tb_quantity q = TB_Q_AXIS; q < TB_Q_ALL; q++)
    add_constants(&l, q, TB_WHOLE);
  for (tb_quantity a = TB_Q_GROUPS; a <= TB_Q_C_OUT_PER_GROUP; a++)
    for (tb_quantity b = a + 1; b <= TB_Q_C_OUT_PER_GROUP; b++)
      add_pair(&l, a, b, TB_WHOLE);
  return sorted(&l, count);
}

static bool compare(int32_t a, tb_relation relation, int32_t b) {
  switch (relation) {
  case TB_EQUAL:
    return a == b;
  case TB_UNEQUAL:
    return a != b;
  case TB_ABOVE:
    return a > b;
  case TB_AT_MOST:
    return a <= b;
  case TB_BELOW:
    return a < b;
  default:
    return a >= b;
  }
}

static int32_t value(const tb_point_rows *point, int axis, tb_quantity q) {
  return q < TB_Q_AXIS ? point->axis[axis][q] : point->whole[q];
}

static bool holds_on(const tb_condition *c, const tb_point_rows *point, int axis) {
  return compare(value(point, axis, c->quantity), c->relation,
                 c->other == TB_Q_ALL ? c->constant : value(point, axis, c->other));
}

bool tb_condition_holds(const tb_condition *c, const tb_point_rows *point, int axis) {
  switch ((tb_scope)c->scope) {
  case TB_EITHER:
    return holds_on(c, point, 0) || holds_on(c, point, 1);
  case TB_BOTH:
    return holds_on(c, point, 0) && holds_on(c, point, 1);
  case TB_CROSS:
    return compare(value(point, 0, c->quantity), c->relation, value(point, 1, c->other));
  case TB_BOUND:
    return holds_on(c, point, axis);
  default:
    return holds_on(c, point, c->scope == TB_WIDTH);
  }
}

/* Whether a quantified statement holds, from its truth on the axes. */
#define OVER(quantifier, plain, on_height, on_width)                                                                           \
  ((quantifier) == TB_PLAIN ? (plain) : (quantifier) == TB_SOME_AXIS ? (on_height) || (on_width) : (on_height) && (on_width))

static bool part_on(const tb_part *part, const tb_point_rows *point, int axis) {
  for (int i = 0; i < part->conditions; i++)
    if (tb_condition_holds(&part->condition[i], point, axis) == part->any)
      return part->any;
  return !part->any;
}

static bool part_holds(const tb_part *part, const tb_point_rows *point, int axis) {
  return OVER(part->over, part_on(part, point, axis), part_on(part, point, 0), part_on(part, point, 1));
}

static bool formula_on(const tb_formula *f, const tb_point_rows *point, int axis) {
  for (int i = 0; i < f->parts; i++)
    if (part_holds(&f->part[i], point, axis) == f->any)
      return f->any;
  return !f->any;
}

bool tb_formula_holds(const tb_formula *f, const tb_point_rows *point) {
  return OVER(f->over, formula_on(f, point, 0), formula_on(f, point, 0), formula_on(f, point, 1));
}

static tb_condition negated(tb_condition c) {
  static const uint8_t opposite[] = {[TB_EQUAL] = TB_UNEQUAL, [TB_UNEQUAL] = TB_EQUAL,  [TB_ABOVE] = TB_AT_MOST,
                                     [TB_AT_MOST] = TB_ABOVE, [TB_BELOW] = TB_AT_LEAST, [TB_AT_LEAST] = TB_BELOW};
  const tb_quantity_text *text = &tb_quantity_texts()[c.quantity];
  c.relation = opposite[c.relation];
  if (c.other == TB_Q_ALL && text->constants > 0 && c.constant == text->constant[0])
    c.relation = c.relation == TB_UNEQUAL ? TB_ABOVE : TB_EQUAL;
  if (c.scope == TB_EITHER || c.scope == TB_BOTH)
    c.scope = c.scope == TB_EITHER ? TB_BOTH : TB_EITHER;
  c.cost = cost_of(&c);
  return c;
}

static tb_quantifier opposite_of(tb_quantifier over) {
  return over == TB_PLAIN ? TB_PLAIN : over == TB_SOME_AXIS ? TB_EACH_AXIS : TB_SOME_AXIS;
}

tb_formula tb_formula_negated(const tb_formula *f) {
  tb_formula n = *f;
  n.over = opposite_of(f->over);
  n.any = !f->any;
  for (int i = 0; i < f->parts; i++) {
    tb_part *part = &n.part[i];
    part->over = opposite_of(part->over);
    part->any = !part->any;
    for (int j = 0; j < part->conditions; j++)
      part->condition[j] = negated(part->condition[j]);
  }
  return n;
}

int tb_formula_conditions(const tb_formula *f) {
  int n = 0;
  for (int i = 0; i < f->parts; i++)
    n += f->part[i].conditions;
  return n;
}

int tb_formula_cost(const tb_formula *f) {
  int cost = f->over != TB_PLAIN;
  for (int i = 0; i < f->parts; i++) {
    cost += f->part[i].over != TB_PLAIN;
    for (int j = 0; j < f->part[i].conditions; j++)
      cost += f->part[i].condition[j].cost;
  }
  return cost;
}
