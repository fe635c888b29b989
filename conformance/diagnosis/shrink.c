/* The smallest case: greedy descent over the numbers of a case.
 *
 * SPDX-License-Identifier: MIT */
#include "shrink.h"

#include "parameters.h"
#include "problem.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

struct shrinker {
  tb_fails fails;
  void *arg;
  int budget, tried;
  uint64_t *hash; /* [budget] of the canonical texts of what was tried */
  tb_case best;
};

/* Makes a candidate the best if it is new, valid and fails. */
static bool attempt(struct shrinker *s, const tb_case *candidate) {
  char text[TB_TEXT_MAX], message[TB_MESSAGE_MAX];
  tb_problem *p = malloc(sizeof *p);
  if (!p)
    abort();
  const bool valid = tb_problem_make(candidate, p, message);
  free(p);
  if (!valid || s->tried == s->budget)
    return false;
  tb_case_print(candidate, text);
  const uint64_t hash = XXH3_64bits(text, strlen(text));
  for (int i = 0; i < s->tried; i++)
    if (s->hash[i] == hash)
      return false;
  s->hash[s->tried++] = hash;
  if (!s->fails(s->arg, candidate))
    return false;
  s->best = *candidate;
  return true;
}

/* Drops items, though not the last call, many at once and then fewer (Zeller and Hildebrandt, Simplifying and isolating
 * failure-inducing input, 2002). */
static bool drop_items(struct shrinker *s) {
  const int kept = tb_items_kept(&s->best);
  bool any = false;
  for (int length = tb_items(&s->best) - kept; length >= 1; length = length > 1 ? (length + 1) / 2 : 0)
    for (int at = 0; at + length <= tb_items(&s->best) && length <= tb_items(&s->best) - kept;) {
      tb_case candidate = s->best;
      if (tb_items_drop(&candidate, at, length) && attempt(s, &candidate))
        any = true;
      else
        at += length;
    }
  return any;
}

/* One step of one value: to its least, to a half of it, or by the largest step that still fails. */
static bool shrink_step(struct shrinker *s, int which) {
  const tb_parameter k = tb_parameter_of(&s->best, which);
  for (int64_t step = k.value - k.least; step >= 1; step /= 2) {
    const int64_t to[2] = {k.value - step, step == k.value - k.least ? k.value / 2 : k.least};
    for (int i = 0; i < 2; i++) {
      tb_case candidate = s->best;
      tb_parameter_set(&candidate, which, to[i] > k.least ? to[i] : k.least);
      if (attempt(s, &candidate))
        return true;
    }
  }
  return false;
}

static bool shrink_value(struct shrinker *s, int which) {
  bool any = false;
  while (shrink_step(s, which))
    any = true;
  return any;
}

/* One step of two values at once: both to their least, or each by one. */
static bool shrink_pair(struct shrinker *s, int a, int b) {
  for (int all = 1; all >= 0; all--) {
    const tb_parameter ka = tb_parameter_of(&s->best, a), kb = tb_parameter_of(&s->best, b);
    tb_case candidate = s->best;
    if (ka.value <= ka.least || kb.value <= kb.least)
      return false;
    tb_parameter_set(&candidate, a, all ? ka.least : ka.value - 1);
    tb_parameter_set(&candidate, b, all ? kb.least : kb.value - 1);
    if (attempt(s, &candidate))
      return true;
  }
  return false;
}

static bool shrink_pairs(struct shrinker *s) {
  bool any = false;
  for (int a = 0; a < tb_parameters(&s->best); a++)
    for (int b = a + 1; b < tb_parameters(&s->best); b++)
      any = shrink_pair(s, a, b) || any;
  return any;
}

static bool shrink_values(struct shrinker *s) {
  bool any = false;
  for (int i = 0; i < tb_parameters(&s->best); i++)
    any = shrink_value(s, i) || any;
  return any;
}

bool tb_shrink(const tb_case *start, tb_fails fails, void *arg, int budget, tb_case *out) {
  struct shrinker s = {.fails = fails, .arg = arg, .budget = budget, .best = *start};
  s.hash = malloc((size_t)(budget > 0 ? budget : 1) * sizeof *s.hash);
  if (!s.hash)
    abort();
  const bool failed = attempt(&s, start);
  if (failed) {
    bool more;
    do {
      more = drop_items(&s);
      more = shrink_values(&s) || more;
      more = more || shrink_pairs(&s);
    } while (more && s.tried < s.budget);
  }
  *out = s.best;
  free(s.hash);
  return failed;
}
