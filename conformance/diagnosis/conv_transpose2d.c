/* The diagnosis of conv_transpose2d: the picture of the smallest case, the region, the footprint.
 *
 * SPDX-License-Identifier: MIT */
#include "conv_reference.h"
#include "footprint.h"
#include "lens.h"
#include "picture.h"
#include "region.h"
#include "verdict.h"

#include <stdlib.h>
#include <string.h>

enum { FOOTPRINTS = 12 };

/* The right answer of a problem, in double, not rounded. */
static double *right(const tb_problem *p) {
  double *want = tb_judging_memory(tb_desc_elements(&p->output[TENBIN_Y]), sizeof *want), *data[3] = {NULL, NULL, NULL};
  for (int role = 0; role < 3; role++)
    if (p->input[role].dtype != TENBIN_NONE) {
      data[role] = tb_judging_memory(tb_desc_elements(&p->input[role]), sizeof *data[role]);
      tb_fill_f64(p, role, p->c.seed, data[role]);
    }
  tb_conv_scatter(p, data[0], data[1], data[2], want);
  for (int role = 0; role < 3; role++)
    free(data[role]);
  return want;
}

/* The answer of the case that ran last, with the right one. False: it did not run to its end, or nothing of it is wrong. */
static bool answer(tb_diagnosing *g, const tb_problem *p, const tb_judgement *j, tb_attempt_numbers *out) {
  if (j->wrong == 0 || !tb_attempt_answer(&g->trial, p, out))
    return false;
  out->want = right(p);
  return true;
}

static void report_picture(tb_diagnosing *g, const tb_problem *p, const tb_judgement *j) {
  char text[4000] = "";
  tb_attempt_numbers n;
  if (!answer(g, p, j, &n))
    return;
  tb_picture(p, n.got, n.want, n.unwritten, false, text, sizeof text);
  tb_print_lines(g, text);
  tb_attempt_free(&n);
}

/* The problem of a combination of the grid, or of a listed case. False: it is not of these. */
static bool point(const tb_kept_result *s, bool grid, tb_problem *p) {
  char message[TB_MESSAGE_MAX];
  tb_case c;
  return (s->group->kind == TB_GRID) == grid && tb_diagnosing_parse(s->failed ? s->failed : s->text, &c) &&
         tb_problem_make(&c, p, message);
}

/* Whether a case fails whose values are all the fill's. */
static bool fails_by_fill(const tb_diagnosing *g, bool grid) {
  static tb_problem p;
  for (int64_t i = 0; i < g->d->results->cases; i++)
    if (g->d->results->kept[i].failed && point(&g->d->results->kept[i], grid, &p) && p.c.sets == 0)
      return true;
  return false;
}

/* Learns the region of the combinations of the grid that were run, or of the listed cases. Where these fail by the fill, those
 * with other values say nothing: infinities and zeros can hide what the parameters show. False: there were none. */
static bool learn_region(const tb_diagnosing *g, bool grid, tb_region_result *result) {
  static tb_problem p;
  tb_region *region = tb_region_open();
  const bool by_fill = fails_by_fill(g, grid);
  int64_t points = 0;
  for (int64_t i = 0; i < g->d->results->cases; i++) {
    const tb_kept_result *s = &g->d->results->kept[i];
    if (!point(s, grid, &p) || (by_fill && p.c.sets > 0))
      continue;
    tb_region_add(region, &p, s->failed != NULL);
    points++;
  }
  if (points > 0)
    tb_region_learn(region, result);
  tb_region_close(region);
  return points > 0;
}

/* A region in a line, and a line on its names. */
static void print_region(const tb_diagnosing *g, const tb_region_result *r, const char *of) {
  char text[1000];
  tb_region_print(r, text, sizeof text);
  fprintf(g->out, "      %s%s\n", of, text);
  if (r->note[0])
    fprintf(g->out, "      %s\n", r->note);
}

/* Whether a region leaves listed cases unexplained: failing ones outside. */
static bool leaves_failures(const tb_diagnosing *g, const tb_region_result *r) {
  static tb_problem p;
  char message[TB_MESSAGE_MAX];
  for (int64_t i = 0; i < g->d->results->cases; i++) {
    const tb_kept_result *s = &g->d->results->kept[i];
    tb_case c;
    if (s->group->kind != TB_GRID && s->failed && tb_diagnosing_parse(s->failed, &c) && tb_problem_make(&c, &p, message) &&
        (r->failing == 0 || (r->conditions > 0 && !tb_region_holds(r, &p))))
      return true;
  }
  return false;
}

/* Over the combinations of the grid, and over the listed cases where these fail outside of it, if that says more: of batches,
 * channels and sizes the grid has few. */
static void report_region(tb_diagnosing *g) {
  tb_region_result grid = {0}, listed;
  const bool has_grid = learn_region(g, true, &grid), more = !has_grid || leaves_failures(g, &grid);
  fprintf(g->out, "  the region\n");
  if (has_grid)
    print_region(g, &grid, "");
  if (has_grid && strcmp(g->d->suite->name, "full") != 0)
    fprintf(g->out, "      (learnt from one of 64 combinations of the grid; --suite full learns from all)\n");
  if (more && learn_region(g, false, &listed) && (grid.failing == 0 || listed.misclassified == 0))
    print_region(g, &listed, has_grid ? "of the listed cases, " : "");
}

/* The sentences about one failing case; false: it has none. */
static bool footprint_of(tb_diagnosing *g, const char *text, tb_footprint_result *out) {
  static tb_problem p;
  tb_case c;
  tb_judgement j;
  tb_attempt_numbers n;
  if (!tb_diagnosing_parse(text, &c) || !tb_attempt_run(&g->trial, &c, &p, &j) || !answer(g, &p, &j, &n))
    return false;
  tb_footprint(&p, n.got, n.want, n.unwritten, out);
  tb_attempt_free(&n);
  return true;
}

static bool has_sentence(const tb_footprint_result *f, const char *sentence) {
  for (int i = 0; i < f->sentences.count; i++)
    if (strcmp(f->sentences.text[i], sentence) == 0)
      return true;
  return false;
}

/* What the wrong elements of several failing cases have in common; where that is nothing, those of one. */
static void report_footprint(tb_diagnosing *g) {
  tb_footprint_result first = {0}, other;
  bool common[TB_SENTENCES];
  int cases = 0;
  memset(common, true, sizeof common);
  const int64_t failing = g->d->results->failing, step = failing > FOOTPRINTS ? failing / FOOTPRINTS : 1;
  int64_t seen = 0;
  const char *example = g->simple->failed;
  for (int64_t i = 0; i < g->d->results->cases && cases < FOOTPRINTS; i++) {
    const tb_kept_result *s = &g->d->results->kept[i];
    tb_case c;
    if (!s->failed || seen++ % step || s->verdict != g->verdict || s->group->heavy || !tb_diagnosing_parse(s->failed, &c) ||
        c.fill == TB_REAL)
      continue;
    if (!footprint_of(g, s->failed, cases ? &other : &first))
      continue;
    for (int k = 0; cases && k < first.sentences.count; k++)
      common[k] = common[k] && has_sentence(&other, first.sentences.text[k]);
    if (!cases++)
      example = s->failed;
  }
  bool any = false;
  for (int k = 0; k < first.sentences.count; k++)
    any = any || common[k];
  if (first.sentences.count == 0)
    return;
  fprintf(g->out, "  the footprint\n");
  if (any && cases > 1)
    fprintf(g->out, "      in each of %d failing cases:\n", cases);
  else
    fprintf(g->out, "      in %s:\n", example);
  for (int k = 0; k < first.sentences.count; k++)
    if (common[k] || !any)
      fprintf(g->out, "      - %s\n", first.sentences.text[k]);
}

const tb_lens tb_lens_conv_transpose2d = {
    .op = &tb_operator_conv_transpose2d,
    .table = "conv_transpose2d/mutants.txt",
    .folder = "mutants",
    .numbers = report_picture,
    .region = report_region,
    .footprint = report_footprint,
};
