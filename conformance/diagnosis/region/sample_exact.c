/* The search for an exact formula on a sample.
 *
 * SPDX-License-Identifier: MIT */
#include "sample.h"

#include "memory.h"

#include <stdlib.h>
#include <string.h>

typedef const uint64_t *bits;

/* Formulas whose root is an "and" are searched for directly: each of their parts holds for the whole target. Those whose root
 * is an "or" are negations of such formulas for the other label, since the conditions are closed under negation. A formula of
 * fewer conditions is known not to exist, which is why parts that hold alone are never looked at. */
struct search {
  const tb_sample *s;
  int target, rest;       /* labels: all true, and all false */
  int words[2];           /* of the labels */
  int covers, *cover;     /* conditions that hold for the whole target */
  int some_covers, *some; /* conditions on an axis that hold, on some axis, for the whole target */
  int pairs;              /* of conditions on an axis that together do */
  int (*pair)[2];
  int *list; /* scratch, for as many as there are conditions */
  bool found;
  int cost;
  tb_formula best;
};

enum kind {
  OR2,     /* 0 or 1 */
  AND3,    /* 0 and 1 and 2 */
  SOME2,   /* on some axis, 0 and 1 */
  EACH2,   /* on each axis, 0 or 1 */
  SOME3,   /* on some axis, 0 and 1 and 2 */
  SOME_ANY /* on some axis, 0 and (1 or 2) */
};

/* A combination of bitsets; those on an axis come in two, the height's and the width's. */
struct combination {
  enum kind kind;
  bits h[3], w[3];
};

static inline uint64_t word(const struct combination *c, int i) {
  const bits *h = c->h, *w = c->w;
  switch (c->kind) {
  case OR2:
    return h[0][i] | h[1][i];
  case AND3:
    return h[0][i] & h[1][i] & h[2][i];
  case SOME2:
    return (h[0][i] & h[1][i]) | (w[0][i] & w[1][i]);
  case EACH2:
    return (h[0][i] | h[1][i]) & (w[0][i] | w[1][i]);
  case SOME3:
    return (h[0][i] & h[1][i] & h[2][i]) | (w[0][i] & w[1][i] & w[2][i]);
  default:
    return (h[0][i] & (h[1][i] | h[2][i])) | (w[0][i] & (w[1][i] | w[2][i]));
  }
}

static struct combination of_conditions(const struct search *f, enum kind kind, int label, int a, int b, int c) {
  return (struct combination){
      kind, {tb_sample_holds(f->s, a, label), tb_sample_holds(f->s, b, label), tb_sample_holds(f->s, c, label)}, {NULL}};
}

static struct combination on_axes(const struct search *f, enum kind kind, int label, int a, int b, int c) {
  const int of[3] = {a, b, c};
  struct combination e = {.kind = kind};
  for (int i = 0; i < 3; i++) {
    e.h[i] = tb_sample_holds_on(f->s, of[i], 0, label);
    e.w[i] = tb_sample_holds_on(f->s, of[i], 1, label);
  }
  return e;
}

static bool covers_target(const struct search *f, struct combination e) {
  for (int i = 0; i < f->words[f->target]; i++)
    if (~word(&e, i) & tb_sample_valid(f->s, f->target, i))
      return false;
  return true;
}

/* also: a bitset that is joined by "and", or NULL. */
static bool misses_rest(const struct search *f, struct combination e, bits also) {
  for (int i = 0; i < f->words[f->rest]; i++)
    if (word(&e, i) & (also ? also[i] : ~UINT64_C(0)))
      return false;
  return true;
}

static tb_part part_of(const tb_condition *from, tb_quantifier over, bool any, int conditions, int a, int b, int c) {
  return (tb_part){over, any, conditions, {from[a], from[b], from[c]}};
}

static void offer(struct search *f, tb_formula formula) {
  if (f->target == 1)
    formula = tb_formula_negated(&formula);
  const int cost = tb_formula_cost(&formula);
  if (f->found && f->cost <= cost)
    return;
  f->found = true;
  f->cost = cost;
  f->best = formula;
}

/* A formula of one part. */
static void offer_part(struct search *f, tb_part part) {
  offer(f, (tb_formula){.parts = 1, .part = {part}});
}

/* A part and a condition. */
static void offer_both(struct search *f, tb_part part, int condition) {
  const tb_condition *c = f->s->condition;
  offer(f, (tb_formula){.parts = 2, .part = {part, part_of(c, TB_PLAIN, false, 1, condition, condition, condition)}});
}

/* A and B. */
static void two_conditions(struct search *f) {
  for (int i = 0; i < f->covers; i++)
    for (int j = i + 1; j < f->covers; j++) {
      const int a = f->cover[i], b = f->cover[j];
      if (misses_rest(f, of_conditions(f, AND3, f->rest, a, b, b), NULL))
        offer_part(f, part_of(f->s->condition, TB_PLAIN, false, 2, a, b, b));
    }
}

/* On some axis, A and B. */
static void two_on_an_axis(struct search *f) {
  for (int i = 0; i < f->pairs; i++) {
    const int a = f->pair[i][0], b = f->pair[i][1];
    if (misses_rest(f, on_axes(f, SOME2, f->rest, a, b, b), NULL))
      offer_part(f, part_of(f->s->bound, TB_SOME_AXIS, false, 2, a, b, b));
  }
}

/* A point of the rest for which a bitset holds, by few of the conditions that cover the target ruled out: its number, and these
 * conditions in out. -1: the bitset is empty. */
static int branch(const struct search *f, bits left, int *out, int *count) {
  int at = -1, fewest = 0, looked = 0;
  for (int i = 0; i < f->words[f->rest]; i++)
    for (uint64_t word = left[i]; word && looked < 64; word &= word - 1, looked++) {
      const int bit = __builtin_ctzll(word);
      int n = 0;
      for (int k = 0; k < f->covers; k++)
        n += !(tb_sample_holds(f->s, f->cover[k], f->rest)[i] >> bit & 1);
      if (at < 0 || n < fewest) {
        fewest = n;
        at = 64 * i + bit;
      }
    }
  *count = 0;
  for (int k = 0; at >= 0 && k < f->covers; k++)
    if (!(tb_sample_holds(f->s, f->cover[k], f->rest)[at / 64] >> at % 64 & 1))
      out[(*count)++] = f->cover[k];
  return at;
}

/* A and B and C: what is left of the rest has to be ruled out, one condition after the other. */
static void three_conditions(struct search *f) {
  uint64_t all[TB_SAMPLE_WORDS], left[TB_SAMPLE_WORDS];
  int *first = f->list, *second = first + f->covers, *third = second + f->covers, n1, n2, n3;
  for (int i = 0; i < f->words[f->rest]; i++)
    all[i] = tb_sample_valid(f->s, f->rest, i);
  branch(f, all, first, &n1);
  for (int i = 0; i < n1; i++) {
    const bits a = tb_sample_holds(f->s, first[i], f->rest);
    if (branch(f, a, second, &n2) < 0)
      continue;
    for (int j = 0; j < n2; j++) {
      const bits b = tb_sample_holds(f->s, second[j], f->rest);
      for (int w = 0; w < f->words[f->rest]; w++)
        left[w] = a[w] & b[w];
      branch(f, left, third, &n3);
      for (int k = 0; k < n3; k++)
        if (misses_rest(f, of_conditions(f, AND3, f->rest, first[i], second[j], third[k]), NULL))
          offer_part(f, part_of(f->s->condition, TB_PLAIN, false, 3, first[i], second[j], third[k]));
    }
  }
}

/* (A or B) and C. */
static void either_and_one(struct search *f) {
  const tb_sample *s = f->s;
  for (int i = 0; i < f->covers; i++) {
    const int c = f->cover[i];
    const bits left = tb_sample_holds(s, c, f->rest);
    int n = 0;
    for (int k = 0; k < s->distinct; k++)
      if (misses_rest(f, of_conditions(f, AND3, f->rest, s->use[k], s->use[k], s->use[k]), left))
        f->list[n++] = s->use[k];
    for (int j = 0; j < n; j++)
      for (int k = j + 1; k < n; k++)
        if (covers_target(f, of_conditions(f, OR2, f->target, f->list[j], f->list[k], c)))
          offer_both(f, part_of(s->condition, TB_PLAIN, true, 2, f->list[j], f->list[k], c), c);
  }
}

/* A pair of conditions on an axis, and C. */
static void pair_and_one(struct search *f, enum kind kind, int a, int b) {
  const struct combination pair = on_axes(f, kind, f->rest, a, b, b);
  const bool each = kind == EACH2;
  for (int i = 0; i < f->covers; i++)
    if (misses_rest(f, pair, tb_sample_holds(f->s, f->cover[i], f->rest)))
      offer_both(f, part_of(f->s->bound, each ? TB_EACH_AXIS : TB_SOME_AXIS, each, 2, a, b, b), f->cover[i]);
}

/* On some axis, A and B; or on each axis, A or B: and C. */
static void axis_and_one(struct search *f) {
  const tb_sample *s = f->s;
  for (int i = 0; i < f->pairs; i++)
    pair_and_one(f, SOME2, f->pair[i][0], f->pair[i][1]);
  for (int i = 0; i < s->bound_distinct; i++)
    for (int j = i + 1; j < s->bound_distinct; j++) {
      const int a = s->bound_use[i], b = s->bound_use[j];
      if (covers_target(f, on_axes(f, EACH2, f->target, a, b, b)))
        pair_and_one(f, EACH2, a, b);
    }
}

/* On some axis, A and B and C. */
static void three_on_an_axis(struct search *f) {
  for (int i = 0; i < f->pairs; i++)
    for (int k = 0; k < f->some_covers; k++) {
      const int a = f->pair[i][0], b = f->pair[i][1], c = f->some[k];
      if (c > b && covers_target(f, on_axes(f, SOME3, f->target, a, b, c)) &&
          misses_rest(f, on_axes(f, SOME3, f->rest, a, b, c), NULL))
        offer_part(f, part_of(f->s->bound, TB_SOME_AXIS, false, 3, a, b, c));
    }
}

/* On some axis, A and (B or C). */
static void one_and_either_on_an_axis(struct search *f) {
  const tb_sample *s = f->s;
  for (int i = 0; i < f->some_covers; i++) {
    const int a = f->some[i];
    int n = 0;
    for (int k = 0; k < s->bound_distinct; k++)
      if (misses_rest(f, on_axes(f, SOME2, f->rest, a, s->bound_use[k], a), NULL))
        f->list[n++] = s->bound_use[k];
    for (int j = 0; j < n; j++)
      for (int k = j + 1; k < n; k++) {
        const int b = f->list[j], c = f->list[k];
        if (covers_target(f, on_axes(f, SOME_ANY, f->target, a, b, c)))
          offer(f, (tb_formula){.over = TB_SOME_AXIS,
                                .parts = 2,
                                .part = {part_of(s->bound, TB_PLAIN, false, 1, a, a, a),
                                         part_of(s->bound, TB_PLAIN, true, 2, b, c, c)}});
      }
  }
}

static void *array(size_t count, size_t each) {
  return tb_need(malloc(count * each + 1));
}

/* What covers the target, alone or as a pair on some axis. */
static void find_covers(struct search *f) {
  const tb_sample *s = f->s;
  f->cover = array((size_t)s->distinct, sizeof *f->cover);
  f->some = array((size_t)s->bound_distinct, sizeof *f->some);
  f->list = array(3 * (size_t)(s->conditions + s->bounds), sizeof *f->list);
  for (int i = 0; i < s->distinct; i++) {
    const int a = s->use[i];
    if (covers_target(f, of_conditions(f, OR2, f->target, a, a, a)))
      f->cover[f->covers++] = a;
  }
  for (int i = 0; i < s->bound_distinct; i++) {
    const int a = s->bound_use[i];
    if (covers_target(f, on_axes(f, SOME2, f->target, a, a, a)))
      f->some[f->some_covers++] = a;
  }
  f->pair = array((size_t)f->some_covers * (size_t)f->some_covers / 2, sizeof *f->pair);
  for (int i = 0; i < f->some_covers; i++)
    for (int j = i + 1; j < f->some_covers; j++) {
      const int a = f->some[i], b = f->some[j];
      if (covers_target(f, on_axes(f, SOME2, f->target, a, b, b)))
        memcpy(f->pair[f->pairs++], (int[2]){a, b}, sizeof *f->pair);
    }
}

static void search(struct search *f, int conditions) {
  find_covers(f);
  if (conditions == 1) {
    for (int i = 0; i < f->covers; i++) {
      const int a = f->cover[i];
      if (misses_rest(f, of_conditions(f, AND3, f->rest, a, a, a), NULL))
        offer_part(f, part_of(f->s->condition, TB_PLAIN, false, 1, a, a, a));
    }
  } else if (conditions == 2) {
    two_conditions(f);
    two_on_an_axis(f);
  } else {
    three_conditions(f);
    either_and_one(f);
    axis_and_one(f);
    three_on_an_axis(f);
    one_and_either_on_an_axis(f);
  }
  free(f->cover);
  free(f->some);
  free(f->pair);
  free(f->list);
}

bool tb_sample_exact(const tb_sample *s, int conditions, tb_formula *out) {
  struct search found = {0};
  for (int target = 0; target < 2; target++) {
    struct search f = {.s = s, .target = target, .rest = 1 - target, .found = found.found, .cost = found.cost};
    f.best = found.best;
    for (int label = 0; label < 2; label++)
      f.words[label] = tb_sample_words(s, label);
    search(&f, conditions);
    found = f;
  }
  *out = found.best;
  return found.found;
}
