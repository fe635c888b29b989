/* Conditions on the quantities of a problem, and formulas of at most three of them: their truth and their words.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_CONDITION_H
#define TB_CONDITION_H

#include "quantity.h"

typedef enum tb_relation { TB_EQUAL, TB_UNEQUAL, TB_ABOVE, TB_AT_MOST, TB_BELOW, TB_AT_LEAST } tb_relation;

typedef enum tb_scope {
  TB_HEIGHT,
  TB_WIDTH,
  TB_EITHER, /* it holds on at least one axis */
  TB_BOTH,
  TB_BOUND, /* of the axis that a quantifier around it names */
  TB_CROSS, /* the height's quantity against the width's */
  TB_WHOLE
} tb_scope;

/* quantity RELATION constant, or quantity RELATION other, a second quantity. A truth is UNEQUAL to 0. */
typedef struct tb_condition {
  uint8_t quantity, other; /* other: TB_Q_ALL where it is a constant */
  uint8_t relation, scope;
  int32_t constant;
  int32_t cost; /* simple ones are cheap */
} tb_condition;

/* The quantities of a point: of the height, of the width, of the whole. */
typedef struct tb_point_rows {
  const int32_t *axis[2], *whole;
} tb_point_rows;

/* A condition that holds for no axis, for some, for each: formulas have two levels, and one of them may speak of an axis. */
typedef enum tb_quantifier { TB_PLAIN, TB_SOME_AXIS, TB_EACH_AXIS } tb_quantifier;

#define TB_CONDITIONS_MAX 3

/* Conditions joined by and, or, if `any`, by or. */
typedef struct tb_part {
  tb_quantifier over;
  bool any;
  int conditions;
  tb_condition condition[TB_CONDITIONS_MAX];
} tb_part;

/* Parts joined in the same way. */
typedef struct tb_formula {
  tb_quantifier over;
  bool any;
  int parts;
  tb_part part[TB_CONDITIONS_MAX];
} tb_formula;

/* The conditions worth considering, the cheap ones first: of one axis, with scope TB_BOUND; and of all other scopes. Freed by
 * the caller. */
tb_condition *tb_conditions_of_axis(int *count);
tb_condition *tb_conditions(int *count);

/* axis: that of TB_BOUND. */
bool tb_condition_holds(const tb_condition *c, const tb_point_rows *point, int axis);
bool tb_formula_holds(const tb_formula *f, const tb_point_rows *point);

tb_formula tb_formula_negated(const tb_formula *f);

int tb_formula_conditions(const tb_formula *f);
int tb_formula_cost(const tb_formula *f);

/* "stride_w > 1 and dilation_w > 1", and what its names mean, "" if they are PyTorch's. */
void tb_formula_print(const tb_formula *f, char *out, size_t size);
void tb_formula_note(const tb_formula *f, char *out, size_t size);

#endif
