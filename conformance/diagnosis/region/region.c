/* The region: all points, and the loop that learns from samples of them.
 *
 * A formula that is exact on all points is exact on each sample. So the simplest exact formula of a sample is compared with all
 * points; where some are misclassified, some of these enter the sample, and the search begins anew. What the search ends with
 * is the simplest of all points; and where a sample has no exact formula, all points have none. (Counterexample-guided
 * inductive synthesis: Solar-Lezama and others, Combinatorial sketching for finite programs, 2006.)
 *
 * SPDX-License-Identifier: MIT */
#include "region.h"
#include "conv_arguments.h"

#include "memory.h"
#include "rowset.h"
#include "sample.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST = 512, MORE = 128, ROUNDS = 60, GOOD = 4096, BEAM = 48, TRIED = 3 };

/* Axes, wholes and points are each kept once. A point is two axes and a whole. */
struct tb_region {
  tb_rowset axes, wholes, points;
  int32_t *axis;    /* [axes][2][TB_Q_AXIS]: as they are, and where the other axis crops all taps away */
  int32_t *whole;   /* [wholes][TB_Q_ALL] */
  int64_t *counted; /* [points][2]: of each label, failing first */
};

tb_region *tb_region_open(void) {
  tb_region *r = calloc(1, sizeof *r);
  if (!r)
    abort();
  r->axes.width = 6;
  r->wholes.width = TB_Q_ALL;
  r->points.width = 3;
  return r;
}

void tb_region_close(tb_region *r) {
  tb_rowset_free(&r->axes);
  tb_rowset_free(&r->wholes);
  tb_rowset_free(&r->points);
  free(r->axis);
  free(r->counted);
  free(r);
}

static int32_t *axis_row(const tb_region *r, int axis, bool other_unreached) {
  return r->axis + ((size_t)axis * 2 + other_unreached) * TB_Q_AXIS;
}

static int add_axis(tb_region *r, const tb_problem *p, int axis) {
  const int known = r->axes.rows;
  const int32_t key[6] = {(int32_t)tb_conv2d(p)->in[axis],
                          (int32_t)tb_conv2d(p)->kernel[axis],
                          (int32_t)tb_conv2d(p)->conv.stride[axis],
                          (int32_t)tb_conv2d(p)->conv.padding[axis],
                          (int32_t)tb_conv2d(p)->conv.dilation[axis],
                          (int32_t)tb_conv2d(p)->conv.output_padding[axis]};
  const int at = tb_rowset_put(&r->axes, key);
  if (at == known) {
    r->axis = tb_room(r->axis, known, 2 * TB_Q_AXIS * sizeof *r->axis);
    tb_axis_quantities(p, axis, axis_row(r, at, false));
    tb_axis_quantities(p, axis, axis_row(r, at, true));
    tb_axis_unreached(axis_row(r, at, true));
  }
  return at;
}

void tb_region_add(tb_region *r, const tb_problem *p, bool fails) {
  const int known = r->points.rows;
  int32_t whole[TB_Q_ALL] = {0}, key[3] = {add_axis(r, p, 0), add_axis(r, p, 1), 0};
  const int32_t *const axis[2] = {axis_row(r, key[0], false), axis_row(r, key[1], false)};
  tb_whole_quantities(p, axis, whole);
  key[2] = tb_rowset_put(&r->wholes, whole);
  const int at = tb_rowset_put(&r->points, key);
  if (at == known) {
    r->counted = tb_room(r->counted, known, 2 * sizeof *r->counted);
    r->counted[2 * (size_t)at] = r->counted[2 * (size_t)at + 1] = 0;
  }
  r->counted[2 * (size_t)at + (fails ? 0 : 1)]++;
}

static tb_point_rows rows_of(const tb_region *r, int point) {
  const int32_t *key = tb_rowset_row(&r->points, point);
  const bool reached[2] = {axis_row(r, key[0], false)[TB_Q_REACHED] != 0, axis_row(r, key[1], false)[TB_Q_REACHED] != 0};
  return (tb_point_rows){{axis_row(r, key[0], !reached[1]), axis_row(r, key[1], !reached[0])},
                         tb_rowset_row(&r->wholes, key[2])};
}

/* Whether a tap reaches its output. */
static bool is_reached(const tb_region *r, int point) {
  return rows_of(r, point).axis[0][TB_Q_REACHED] != 0;
}

/* A number for each point, the same in each run, in no order. */
static uint64_t scattered(int point) {
  return (uint64_t)((unsigned)point + 1) * UINT64_C(0x9e3779b97f4a7c15) * UINT64_C(0xd1342543de82ef95);
}

/* Points of a label are drawn from a stream of them: the first `room`, and then each in the place of another, as reservoir
 * sampling does (Vitter 1985, algorithm R). */
struct draw {
  int *point;
  int room;
  int64_t met;
};

static void draw(struct draw *d, int point) {
  const int64_t at = d->met < d->room ? d->met : (int64_t)((scattered(point) >> 33) % (uint64_t)(d->met + 1));
  if (at < d->room)
    d->point[at] = point;
  d->met++;
}

static void add_drawn(const tb_region *r, tb_sample *s, const struct draw *d, bool fails) {
  for (int i = 0; i < d->room && i < d->met; i++) {
    const tb_point_rows rows = rows_of(r, d->point[i]);
    tb_sample_add(s, &rows, fails);
  }
}

/* A sample of at most so many points of each label; `reached`: of those whose output a tap reaches. */
static void sample(const tb_region *r, tb_sample *s, int room, bool reached) {
  int *const points = tb_need(malloc(2 * sizeof *points * (size_t)room)); /* larger than some stacks */
  struct draw draws[2] = {{points, room, 0}, {points + room, room, 0}};
  tb_sample_open(s);
  for (int i = 0; i < r->points.rows; i++)
    for (int label = 0; label < 2; label++)
      if (r->counted[2 * (size_t)i + (size_t)label] > 0 && (!reached || is_reached(r, i)))
        draw(&draws[label], i);
  for (int label = 0; label < 2; label++)
    add_drawn(r, s, &draws[label], label == 0);
  free(points);
  tb_sample_distinct(s);
}

/* Compares a formula with all points, counts, and gives up to MORE misclassified points of each label to the sample, if there
 * is one; `reached`: of those whose output a tap reaches. Returns how many it misclassifies of the latter. */
static int64_t verify(const tb_region *r, const tb_formula *f, tb_region_result *out, tb_sample *s, bool reached) {
  int points[2][MORE];
  struct draw draws[2] = {{points[0], MORE, 0}, {points[1], MORE, 0}};
  out->formula = *f;
  out->conditions = tb_formula_conditions(f);
  out->false_positives = out->false_negatives = 0;
  int64_t misclassified = 0;
  for (int i = 0; i < r->points.rows; i++) {
    const tb_point_rows rows = rows_of(r, i);
    const int wrong = tb_formula_holds(f, &rows) ? 1 : 0;
    const int64_t n = r->counted[2 * (size_t)i + (size_t)wrong];
    *(wrong ? &out->false_positives : &out->false_negatives) += n;
    if (n == 0 || (reached && !rows.axis[0][TB_Q_REACHED]))
      continue;
    misclassified += n;
    draw(&draws[wrong], i);
  }
  out->misclassified = out->false_positives + out->false_negatives;
  for (int label = 0; s && label < 2; label++)
    add_drawn(r, s, &draws[label], label == 0);
  return misclassified;
}

/* Whether points that are the same in all quantities differ in their label. Then no formula is exact. */
static bool contradictory(const tb_region *r) {
  for (int i = 0; i < r->points.rows; i++)
    if (r->counted[2 * (size_t)i] > 0 && r->counted[2 * (size_t)i + 1] > 0)
      return true;
  return false;
}

/* The simplest formula that is exact; `reached`: for the points whose output a tap reaches. */
static bool learn_exact(const tb_region *r, tb_region_result *out, bool reached) {
  tb_sample s;
  int conditions = 1, rounds = 0;
  bool exact = false;
  out->proven = true;
  if (contradictory(r))
    return false;
  sample(r, &s, FIRST, reached);
  while (!exact && conditions <= TB_CONDITIONS_MAX && rounds++ < ROUNDS) {
    tb_formula f;
    if (!tb_sample_exact(&s, conditions, &f)) {
      conditions++;
      continue;
    }
    exact = verify(r, &f, out, &s, reached) == 0;
    tb_sample_distinct(&s);
  }
  tb_sample_close(&s);
  out->proven = exact || conditions > TB_CONDITIONS_MAX;
  out->reached_only = exact && reached;
  return exact;
}

/* The best of formulas that a sample finds good, compared with all points. A further condition has to halve the
 * mistakes. */
static void learn_good(const tb_region *r, tb_region_result *out) {
  tb_sample s;
  tb_candidate *beam[2] = {calloc(BEAM, sizeof(tb_candidate)), calloc(BEAM, sizeof(tb_candidate))};
  if (!beam[0] || !beam[1])
    abort();
  sample(r, &s, GOOD, false);
  const double weight[2] = {(double)out->failing / s.points[0], (double)(out->points - out->failing) / s.points[1]};
  out->misclassified = INT64_MAX;
  for (int conditions = 1, count = 0; conditions <= TB_CONDITIONS_MAX; conditions++) {
    tb_candidate *now = beam[conditions % 2];
    tb_region_result best = *out;
    count = tb_sample_good(&s, weight, beam[1 - conditions % 2], count, now, BEAM);
    for (int i = 0; i < count && i < TRIED; i++) {
      tb_region_result tried = *out;
      verify(r, &now[i].formula, &tried, NULL, false);
      if (tried.misclassified < best.misclassified)
        best = tried;
    }
    if ((double)best.misclassified <= 0.5 * (double)out->misclassified)
      *out = best;
  }
  tb_sample_close(&s);
  free(beam[0]);
  free(beam[1]);
}

void tb_region_learn(tb_region *r, tb_region_result *out) {
  memset(out, 0, sizeof *out);
  for (int i = 0; i < r->points.rows; i++) {
    out->failing += r->counted[2 * (size_t)i];
    out->points += r->counted[2 * (size_t)i] + r->counted[2 * (size_t)i + 1];
    if (!is_reached(r, i))
      continue;
    out->reached_failing += r->counted[2 * (size_t)i];
    out->reached += r->counted[2 * (size_t)i] + r->counted[2 * (size_t)i + 1];
  }
  if (out->failing == 0 || out->failing == out->points) {
    snprintf(out->text, sizeof out->text, "%s", out->failing ? "everything" : "nothing");
    out->proven = true;
    return;
  }
  const bool mixed = out->reached_failing > 0 && out->reached_failing < out->reached;
  if (!learn_exact(r, out, false) && !(mixed && learn_exact(r, out, true)))
    learn_good(r, out);
  tb_formula_print(&out->formula, out->text, sizeof out->text);
  tb_formula_note(&out->formula, out->note, sizeof out->note);
}

bool tb_region_holds(const tb_region_result *result, const tb_problem *p) {
  tb_region *r = tb_region_open();
  tb_region_add(r, p, true);
  const tb_point_rows rows = rows_of(r, 0);
  const bool holds = tb_formula_holds(&result->formula, &rows);
  tb_region_close(r);
  return holds;
}

void tb_region_print(const tb_region_result *result, char *out, size_t size) {
  const int64_t passing = result->points - result->failing;
  if (result->conditions == 0)
    snprintf(out, size, "fails %s of %" PRId64 " points", result->failing ? "on each" : "on none", result->points);
  else if (result->misclassified == 0)
    snprintf(out, size, "fails exactly where %s: on %" PRId64 " of %" PRId64 " points", result->text, result->failing,
             result->points);
  else if (result->reached_only)
    snprintf(out, size,
             "fails exactly where %s, on %" PRId64 " of the %" PRId64 " points whose output a tap reaches; and on %" PRId64
             " of the other %" PRId64,
             result->text, result->reached_failing, result->reached, result->failing - result->reached_failing,
             result->points - result->reached);
  else
    snprintf(out, size,
             "fails mostly where %s, which is not exact: it holds for %" PRId64 " of %" PRId64
             " failing points, and for %" PRId64 " of %" PRId64 " passing ones",
             result->text, result->failing - result->false_negatives, result->failing, result->false_positives, passing);
}
