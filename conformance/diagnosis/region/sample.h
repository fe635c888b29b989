/* A sample of points, as bitsets: which condition holds for which of them. What the search for a region works on.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_SAMPLE_H
#define TB_SAMPLE_H

#include "condition.h"

#define TB_SAMPLE_WORDS 128 /* of 64 points, of either label */

/* Points come in two labels: 0 failing, 1 passing. Bits beyond the points are 0. */
typedef struct tb_sample {
  int points[2];
  int conditions, bounds;          /* of all scopes but TB_BOUND, and of TB_BOUND */
  tb_condition *condition, *bound; /* in the order of their cost */
  int *lifted;                     /* [conditions] the condition of an axis that it speaks of, or -1 */
  bool (*on)[2];                   /* [bounds] scratch */
  uint64_t *holds;                 /* [conditions][label][TB_SAMPLE_WORDS] */
  uint64_t *holds_on;              /* [bounds][axis][label][TB_SAMPLE_WORDS] */
  int distinct, bound_distinct;    /* what tb_sample_distinct leaves: */
  int *use, *bound_use;            /* indices, the cheapest of those that no point distinguishes, no constant ones */
} tb_sample;

void tb_sample_open(tb_sample *s);
void tb_sample_close(tb_sample *s);

/* Adds a point. False: there is no room left for its label. */
bool tb_sample_add(tb_sample *s, const tb_point_rows *point, bool fails);

/* Finds the conditions that differ on the sample. */
void tb_sample_distinct(tb_sample *s);

static inline int tb_sample_words(const tb_sample *s, int label) {
  return (s->points[label] + 63) / 64;
}

static inline const uint64_t *tb_sample_holds(const tb_sample *s, int condition, int label) {
  return s->holds + ((size_t)condition * 2 + (size_t)label) * TB_SAMPLE_WORDS;
}

static inline const uint64_t *tb_sample_holds_on(const tb_sample *s, int bound, int axis, int label) {
  return s->holds_on + (((size_t)bound * 2 + (size_t)axis) * 2 + (size_t)label) * TB_SAMPLE_WORDS;
}

/* The bits of word w that stand for points. */
static inline uint64_t tb_sample_valid(const tb_sample *s, int label, int w) {
  const int rest = s->points[label] - 64 * w;
  return rest >= 64 ? ~UINT64_C(0) : rest > 0 ? (UINT64_C(1) << rest) - 1 : 0;
}

/* The simplest formula of exactly so many conditions (1 to TB_CONDITIONS_MAX) that is true for all failing points of the sample
 * and false for all passing ones. False: there is none. */
bool tb_sample_exact(const tb_sample *s, int conditions, tb_formula *out);

/* A formula, for which points of a sample it holds, and what it costs to have it wrong. */
typedef struct tb_candidate {
  tb_formula formula;
  double loss;
  uint64_t held[2][TB_SAMPLE_WORDS]; /* [label] */
} tb_candidate;

/* Finds the best formulas, at most `most`, of one condition, or of one condition more than the `count` formulas of `from` that
 * they extend. A wrong point of label c costs weight[c]. Returns how many. */
int tb_sample_good(const tb_sample *s, const double weight[2], const tb_candidate *from, int count, tb_candidate *out,
                   int most);

#endif
