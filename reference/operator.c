/* The operators' table.
 *
 * SPDX-License-Identifier: MIT */
#include "operator.h"

#include <string.h>

#define OPERATOR(name) extern const tb_operator tb_operator_##name;
#include "operators.inc"
#undef OPERATOR

static const tb_operator *const operators[] = {
#define OPERATOR(name) &tb_operator_##name,
#include "operators.inc"
#undef OPERATOR
};
enum { OPERATORS = sizeof operators / sizeof *operators };

const tb_operator *tb_operator_at(int i) {
  return i >= 0 && i < OPERATORS ? operators[i] : NULL;
}

int tb_operator_index(const tb_operator *op) {
  int i = 0;
  while (i < OPERATORS && operators[i] != op)
    i++;
  return i;
}

const char *tb_operator_name(const tb_operator *op) {
  return op->name;
}

const tb_operator *tb_operator_find(const char *name) {
  for (int i = 0; i < OPERATORS; i++)
    if (strcmp(operators[i]->name, name) == 0)
      return operators[i];
  return NULL;
}

static void print_names(unsigned set, char *names, size_t size) {
  tb_text text = {names, 0, size};
  *names = 0;
  for (int i = 0; i < OPERATORS; i++)
    if (set >> i & 1)
      tb_text_add(&text, "%s%s", text.used == 0 ? "" : set >> i == 1 ? " or " : ", ", operators[i]->name);
}

const char *tb_operator_names(void) {
  static char names[40 * OPERATORS];
  print_names((1u << OPERATORS) - 1, names, sizeof names);
  return names;
}

const char *tb_operator_names_in(unsigned set) {
  static char names[40 * OPERATORS];
  print_names(set & ((1u << OPERATORS) - 1), names, sizeof names);
  return names;
}

bool tb_read_operator(const char *text, void *set) {
  const tb_operator *op = tb_operator_find(text);
  if (op)
    *(unsigned *)set |= tb_operator_set(op);
  return op != NULL;
}

int tb_fill_find(const tb_operator *op, const char *name, size_t length) {
  for (int i = 0; op->fills && op->fills[i]; i++)
    if (strlen(op->fills[i]) == length && memcmp(op->fills[i], name, length) == 0)
      return i;
  return -1;
}

const char *tb_fill_name(const tb_operator *op, int fill) {
  return op->fills[fill];
}

void tb_fill_names(const tb_operator *op, char *out, size_t size) {
  tb_text text = {out, 0, size};
  for (int i = 0; op->fills[i]; i++)
    tb_text_add(&text, "%s%s", i == 0 ? "" : op->fills[i + 1] ? ", " : " or ", op->fills[i]);
}

bool tb_case_rounds(const tb_case *c) {
  return c->fill == c->op->rounding;
}
