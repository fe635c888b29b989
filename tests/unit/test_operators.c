/* The rows of operators: each has what the rest relies on.
 *
 * SPDX-License-Identifier: MIT */
#include "operator.h"
#include "problem.h"

#include "test.h"

#include <string.h>

static int fills_of(const tb_operator *op) {
  int n = 0;
  while (op->fills && op->fills[n])
    n++;
  return n;
}

static int roles_of(const tb_role *role) {
  int n = 0;
  while (role && role[n].name)
    n++;
  return n;
}

static void row(const tb_operator *op) {
  const int fills = fills_of(op);
  check(tb_operator_find(op->name) == op, "%s is found by its name", op->name);
  check(op->dtypes >> TENBIN_F32 & 1 && op->claims, "%s takes f32, which a line leaves out, and claims", op->name);
  check(op->files && op->files[0] && op->layers, "%s has files of cases, and layers", op->name);
  check(op->complete && op->make && op->attributes && op->work && op->halve && op->python, "%s has what all operators have",
        op->name);
  check(op->rounding >= -1 && op->rounding < fills && op->timed >= -1 && op->timed < fills,
        "%s names kinds of its data for rounding and timing, or none", op->name);
  check(roles_of(op->output) >= 1 && roles_of(op->output) <= TB_TENSORS && roles_of(op->input) <= TB_TENSORS,
        "%s has 1 to %d outputs, and as many inputs at most", op->name, TB_TENSORS);
  if (op->sequence)
    check(op->sequence->call && op->sequence->calls && op->sequence->is_distribution && op->sequence->in_pytorch,
          "%s has what a sequence has", op->name);
  else
    check(fills >= 2 && op->fill && (op->answer || (op->compute && op->element)),
          "%s has two kinds of data, for a case and its twin, and an answer", op->name);
  if (op->grid)
    check(op->grid->ledger && op->grid->group && op->grid->group[0] && op->grid->parse && op->grid->get && op->grid->describe,
          "%s has what a grid has", op->name);
}

/* Names, and ranks in shrinking, are one token's each; letters of inputs are one input's. */
static void distinct(const tb_operator *op) {
  bool prefixes = true, ranks = true, letters = true;
  for (const tb_token *t = op->token; t->prefix; t++) {
    prefixes = prefixes && *t->meaning;
    for (const tb_token *u = op->token; u < t; u++) {
      prefixes = prefixes && strcmp(t->prefix, u->prefix) != 0;
      const bool apart = (t->flags | u->flags) & TB_RAW && (t->flags | u->flags) & TB_SHORT; /* of two forms that do not mix */
      ranks = ranks && (t->shrink_order == 0 || t->shrink_order != u->shrink_order || apart);
    }
  }
  for (int i = 0; i < roles_of(op->input); i++)
    for (int k = 0; k < i; k++)
      letters = letters && op->input[i].letter != op->input[k].letter;
  check(prefixes, "%s: each token has a meaning, and a prefix of its own", op->name);
  check(ranks, "%s: no two tokens have one rank in shrinking", op->name);
  check(letters, "%s: no two inputs have one letter", op->name);
}

int main(void) {
  const tb_operator *op;
  tb_tap_start(&test_tap, stdout);
  for (int i = 0; (op = tb_operator_at(i)); i++) {
    row(op);
    distinct(op);
  }
  return finish();
}
