/* The search for a formula that is not exact but good, on a sample: a beam.
 *
 * SPDX-License-Identifier: MIT */
#include "sample.h"

#include <string.h>

/* The best so far, in order. */
struct beam {
  const tb_sample *s;
  const double *weight;
  tb_candidate *out;
  int count, most;
};

static double loss_of(const struct beam *beam, const tb_candidate *c) {
  int64_t n[2] = {0};
  for (int label = 0; label < 2; label++)
    for (int w = 0; w < tb_sample_words(beam->s, label); w++)
      n[label] += __builtin_popcountll(c->held[label][w]);
  return (double)(beam->s->points[0] - n[0]) * beam->weight[0] + (double)n[1] * beam->weight[1];
}

/* Inserts a candidate by its loss, if it is among the best. Of equal losses the first stays first, because simple conditions
 * come first. */
static void insert(struct beam *beam, tb_candidate *c) {
  c->loss = loss_of(beam, c);
  if (beam->count == beam->most && c->loss >= beam->out[beam->count - 1].loss)
    return;
  int at = beam->count < beam->most ? beam->count++ : beam->count - 1;
  for (; at > 0 && beam->out[at - 1].loss > c->loss; at--)
    beam->out[at] = beam->out[at - 1];
  beam->out[at] = *c;
}

/* A formula of one part, of the first `count` of two conditions. */
static tb_formula formula_of(tb_condition a, tb_condition b, int count, tb_quantifier over, bool any) {
  return (tb_formula){.parts = 1, .part = {{over, any, count, {a, b}}}};
}

static void singles(struct beam *beam) {
  const tb_sample *s = beam->s;
  for (int i = 0; i < s->distinct; i++) {
    tb_candidate c = {.formula = formula_of(s->condition[s->use[i]], s->condition[s->use[i]], 1, TB_PLAIN, false)};
    for (int label = 0; label < 2; label++)
      memcpy(c.held[label], tb_sample_holds(s, s->use[i], label), sizeof c.held[label]);
    insert(beam, &c);
  }
}

/* On some axis, A and B; on each axis, A or B. */
static void pair_on_an_axis(struct beam *beam, int a, int b, bool each) {
  const tb_sample *s = beam->s;
  tb_candidate c = {.formula = formula_of(s->bound[a], s->bound[b], 2, each ? TB_EACH_AXIS : TB_SOME_AXIS, each)};
  for (int label = 0; label < 2; label++)
    for (int w = 0; w < tb_sample_words(s, label); w++) {
      const uint64_t h1 = tb_sample_holds_on(s, a, 0, label)[w], h2 = tb_sample_holds_on(s, b, 0, label)[w];
      const uint64_t w1 = tb_sample_holds_on(s, a, 1, label)[w], w2 = tb_sample_holds_on(s, b, 1, label)[w];
      c.held[label][w] = each ? (h1 | h2) & (w1 | w2) : (h1 & h2) | (w1 & w2);
    }
  insert(beam, &c);
}

/* A formula and a condition, or one or the other. At most one level of brackets is needed, since the formula has two conditions
 * at most. */
static tb_formula joined(const tb_formula *f, const tb_condition *condition, bool any) {
  tb_formula out = *f;
  if (f->parts == 2 && f->any != any) {
    out.parts = 1;
    out.part[0] = (tb_part){TB_PLAIN, f->any, 2, {f->part[0].condition[0], f->part[1].condition[0]}};
  }
  out.any = any;
  out.part[out.parts++] = (tb_part){TB_PLAIN, false, 1, {*condition}};
  return out;
}

static void grow(struct beam *beam, const tb_candidate *from) {
  const tb_sample *s = beam->s;
  for (int i = 0; i < s->distinct; i++)
    for (int any = 0; any < 2; any++) {
      tb_candidate c = {.formula = joined(&from->formula, &s->condition[s->use[i]], any)};
      for (int label = 0; label < 2; label++) {
        const uint64_t *held = tb_sample_holds(s, s->use[i], label);
        for (int w = 0; w < tb_sample_words(s, label); w++)
          c.held[label][w] = any ? from->held[label][w] | held[w] : from->held[label][w] & held[w];
      }
      insert(beam, &c);
    }
}

int tb_sample_good(const tb_sample *s, const double weight[2], const tb_candidate *from, int count, tb_candidate *out,
                   int most) {
  struct beam beam = {s, weight, out, 0, most};
  if (count == 0)
    singles(&beam);
  for (int i = 0; i < count; i++)
    grow(&beam, &from[i]);
  if (count > 0 && tb_formula_conditions(&from[0].formula) == 1)
    for (int i = 0; i < s->bound_distinct; i++)
      for (int j = i + 1; j < s->bound_distinct; j++)
        for (int each = 0; each < 2; each++)
          pair_on_an_axis(&beam, s->bound_use[i], s->bound_use[j], each);
  return beam.count;
}
