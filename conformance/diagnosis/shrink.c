/* The smallest case: greedy descent over the numbers of a case, and over its data.
 *
 * SPDX-License-Identifier: MIT */
#include "shrink.h"

#include "dtype.h"
#include "parameters.h"
#include "problem.h"
#include "strides.h"

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

/* Whether a case can be asked: its text is parsed as it would be by whoever gets it. Rows of tokens have rules of their own,
 * and what breaks one is no case, though its numbers may look like one. */
static bool is_valid(const tb_case *candidate, char text[TB_TEXT_MAX]) {
  char again[TB_TEXT_MAX], message[TB_MESSAGE_MAX];
  tb_problem *p = malloc(sizeof *p);
  tb_case parsed;
  tb_error error;
  if (!p)
    abort();
  tb_case_print(candidate, text);
  bool valid = tb_case_parse(text, &parsed, &error) && tb_problem_make(&parsed, p, message);
  if (valid) {
    tb_case_print(&parsed, again);
    valid = strcmp(text, again) == 0 && tb_problem_make(candidate, p, message);
  }
  free(p);
  return valid;
}

/* Makes a candidate the best if it is new, valid and fails. */
static bool attempt(struct shrinker *s, const tb_case *candidate) {
  char text[TB_TEXT_MAX];
  if (s->tried == s->budget || !is_valid(candidate, text))
    return false;
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

static int by_place(const void *a, const void *b) {
  const tb_set *x = a, *y = b;
  return x->role != y->role ? x->role - y->role : (x->index > y->index) - (x->index < y->index);
}

/* The case, or else with the elements of set= moved together at the beginning of their tensors: a smaller shape may have
 * brought them apart, or a smaller distance ask for them nearer. */
static bool attempt_near(struct shrinker *s, tb_case candidate) {
  if (attempt(s, &candidate))
    return true;
  qsort(candidate.set, (size_t)candidate.sets, sizeof *candidate.set, by_place);
  for (int i = 0; i < candidate.sets; i++)
    candidate.set[i].index = i > 0 && candidate.set[i - 1].role == candidate.set[i].role ? candidate.set[i - 1].index + 1 : 0;
  return candidate.sets > 0 && attempt(s, &candidate);
}

/* One step of one value: to its least, to a half of it, or by the largest step that still fails. */
static bool shrink_step(struct shrinker *s, int which) {
  const tb_parameter k = tb_parameter_of(&s->best, which);
  for (int64_t step = k.value - k.least; step >= 1; step /= 2) {
    const int64_t to[2] = {k.value - step, step == k.value - k.least ? k.value / 2 : k.least};
    for (int i = 0; i < 2; i++) {
      tb_case candidate = s->best;
      tb_parameter_set(&candidate, which, to[i] > k.least ? to[i] : k.least);
      if (attempt_near(s, candidate))
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

/* The case with the first kind of data, and in it as many elements of the other as set= has room for: those from `first` on. */
static bool shrink_window(struct shrinker *s, const tb_problem *p, int role, const void *data, int64_t first) {
  const int64_t elements = tb_desc_elements(&p->input[role]);
  const int32_t dtype = p->input[role].dtype;
  tb_case candidate = s->best;
  candidate.fill = 0;
  candidate.sets = 0; /* the data has them */
  for (int64_t i = first; i < elements && candidate.sets < TB_SET_MAX; i++) {
    tb_set *set = &candidate.set[candidate.sets++];
    *set = (tb_set){.role = role, .index = i, .value = tb_number(dtype, data, i)};
    if (!tb_dtype_floats(dtype))
      set->whole = tb_number_whole_of(dtype, data, i);
  }
  return attempt(s, &candidate);
}

/* Another kind of data than the first may be what fails, by a few of its elements: these are looked for in windows that overlap
 * by a half. The shapes can then shrink around them, where before each of them would get other data. Not of sums of products,
 * whose fill keeps all sums exact. */
static bool shrink_data(struct shrinker *s) {
  enum { STEP = TB_SET_MAX / 2, WINDOWS = 128 };
  char message[TB_MESSAGE_MAX];
  tb_problem *p = malloc(sizeof *p);
  bool found = false;
  if (!p)
    abort();
  const bool possible = s->best.fill > 0 && tb_problem_make(&s->best, p, message) && p->products == 0;
  for (int role = 0; possible && !found && role < p->inputs; role++) {
    void *data = malloc(tb_desc_dense_bytes(&p->input[role]) + 1);
    if (!data || !p->c.op->fill(p, role, p->c.seed, data))
      abort();
    for (int64_t k = 0; !found && k < WINDOWS && k * STEP < tb_desc_elements(&p->input[role]); k++)
      found = shrink_window(s, p, role, data, k * STEP);
    free(data);
  }
  free(p);
  return found;
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
      more = more || attempt_near(&s, s.best) || shrink_data(&s) || shrink_pairs(&s);
    } while (more && s.tried < s.budget);
  }
  *out = s.best;
  free(s.hash);
  return failed;
}
