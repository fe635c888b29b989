/* The diagnosis: from a survey of failing and passing cases to words.
 *
 * SPDX-License-Identifier: MIT */
#include "diagnose.h"

#include "conv_reference.h"
#include "dtype.h"
#include "footprint.h"
#include "judging.h"
#include "normal_reference.h"
#include "picture.h"
#include "region.h"
#include "reproduce.h"
#include "shrink.h"
#include "stream_diagnosis.h"
#include "trial.h"
#include "zoo.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SHRINKING = 400, FOOTPRINTS = 12 };

struct diagnosis {
  const tb_diagnosis *d;
  FILE *out;
  tb_trial trial;
  tb_operator op;
  tb_verdict verdict;    /* the commonest of the failing cases */
  const tb_seen *simple; /* of those that end in it, the one with the least work */
  tb_case smallest;
  bool stopped;
};

static bool parse(const char *text, tb_case *c) {
  tb_error error;
  return tb_case_parse(text, c, &error);
}

static void choose_verdict(struct diagnosis *g) {
  int64_t count[TB_VERDICTS] = {0};
  for (int64_t i = 0; i < g->d->survey->cases; i++)
    count[g->d->survey->seen[i].verdict]++;
  g->verdict = TB_V_FAILED;
  for (int v = 0; v < TB_VERDICTS; v++)
    if (v != TB_V_PASSED && count[v] > count[g->verdict])
      g->verdict = (tb_verdict)v;
}

static void choose_case(struct diagnosis *g) {
  int64_t least = INT64_MAX;
  for (int64_t i = 0; i < g->d->survey->cases; i++) {
    const tb_seen *s = &g->d->survey->seen[i];
    tb_case c;
    if (s->verdict != g->verdict || !parse(s->failed, &c) || tb_case_work(&c) >= least)
      continue;
    least = tb_case_work(&c);
    g->simple = s;
    g->smallest = c;
    g->op = c.op;
  }
}

/* Whether a case ends in the same verdict. */
static bool fails(void *arg, const tb_case *c) {
  struct diagnosis *g = arg;
  tb_judgement j;
  static tb_problem p;
  if (!g->stopped)
    g->stopped = !tb_trial_run(&g->trial, c, &p, &j);
  return !g->stopped && j.verdict == g->verdict;
}

/* The right numbers of a problem, in double, not rounded. NULL: they are not to be had. */
static double *right(const tb_problem *p) {
  const int64_t n = p->c.op == TB_NORMAL ? p->kept : tb_desc_elements(&p->output[TENBIN_Y]);
  double *want = tb_judging_memory(2 * n, sizeof *want);
  if (p->c.op == TB_NORMAL) {
    if (tb_normal_reference(p, want, want + n))
      return want;
    free(want);
    return NULL;
  }
  double *data[3] = {NULL, NULL, NULL};
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

static void indent(FILE *out, const char *text) {
  for (const char *line = text; *line;) {
    const size_t length = strcspn(line, "\n");
    fprintf(out, "      %.*s\n", (int)length, line);
    line += length + (line[length] == '\n');
  }
}

/* Which numbers of a stream are wrong, and how they come from right ones. */
static void describe_stream(const tb_problem *p, const double *got, const double *want, const bool *unwritten, char *out,
                            size_t size) {
  tb_sentences sentences = {0};
  tb_text t = {out, 0, size};
  bool *wrong = tb_judging_memory(p->kept, sizeof *wrong);
  const double *bound = want + p->kept;
  for (int64_t i = 0; i < p->kept; i++)
    wrong[i] = unwritten[i] || !(got[i] == want[i] || (isnan(got[i]) && isnan(want[i])) || fabs(got[i] - want[i]) <= bound[i]);
  const tb_numbers numbers = {got, want, wrong, unwritten};
  tb_stream_first(p, &numbers, &sentences);
  tb_stream_how(p, &numbers, &sentences);
  for (int i = 0; i < sentences.count; i++)
    tb_text_add(&t, "- %s\n", sentences.text[i]);
  free(wrong);
}

/* 1: the smallest case, and its numbers. */
static void tell_smallest(struct diagnosis *g) {
  static tb_problem p;
  tb_judgement j;
  double *got;
  bool *unwritten;
  tb_case start = g->smallest;
  if (g->verdict != TB_V_TIMED_OUT)
    tb_shrink(&start, fails, g, SHRINKING, &g->smallest);
  if (g->stopped || !tb_trial_run(&g->trial, &g->smallest, &p, &j))
    return;
  fprintf(g->out, "  the smallest case\n      %s\n      %s: %s\n", p.text, tb_verdict_name(j.verdict), j.reason);
  double *want = j.wrong > 0 ? right(&p) : NULL;
  if (want && tb_trial_answer(&g->trial, &p, &got, &unwritten)) {
    char text[4000] = "";
    if (g->op == TB_NORMAL)
      describe_stream(&p, got, want, unwritten, text, sizeof text);
    else
      tb_picture(&p, got, want, unwritten, false, text, sizeof text);
    indent(g->out, text);
    free(got);
    free(unwritten);
  }
  free(want);
}

static int by_failure(const void *a, const void *b) {
  const tb_seen *const *x = a, *const *y = b;
  const int fx = (*x)->failed == NULL, fy = (*y)->failed == NULL;
  return fx != fy ? fx - fy : (*x > *y) - (*x < *y);
}

/* The texts of all cases, those that fail first. */
static char **ordered(const tb_survey *survey) {
  const tb_seen **order = tb_judging_memory(survey->cases, sizeof *order);
  char **text = tb_judging_memory(survey->cases, sizeof *text);
  for (int64_t i = 0; i < survey->cases; i++)
    order[i] = &survey->seen[i];
  qsort(order, (size_t)survey->cases, sizeof *order, by_failure);
  for (int64_t i = 0; i < survey->cases; i++)
    text[i] = order[i]->text;
  free(order);
  return text;
}

static void print_mutant(FILE *out, const tb_mutant *m, const char *before) {
  fprintf(out, "      %s one that %s (%s%s%s%s%s)\n", before, m->what, m->id, strcmp(m->flag, "-") ? ", " : "",
          strcmp(m->flag, "-") ? m->flag : "", strcmp(m->reports, "-") ? "; seen in " : "",
          strcmp(m->reports, "-") ? m->reports : "");
}

/* 2: the name. */
static void tell_name(struct diagnosis *g) {
  tb_zoo zoo = tb_zoo_open(g->op);
  tb_names names = {0};
  char **text = ordered(g->d->survey);
  const tb_named named = {.program = g->d->program,
                          .plugin = g->d->plugin,
                          .kernel = g->d->kernel,
                          .jobs = g->d->jobs,
                          .text = text,
                          .texts = (int)g->d->survey->cases,
                          .failing = (int)g->d->survey->failing,
                          .stop = g->d->stop};
  if (g->verdict == TB_V_TIMED_OUT)
    fprintf(g->out, "  its name\n      not looked for: each trial would take as long\n");
  else if (zoo.mutants == 0)
    fprintf(g->out, "  its name\n      not looked for: the folder `mutants` beside tenbin holds no wrong kernels\n");
  else if (!tb_zoo_name(&zoo, &named, &names))
    g->stopped = true;
  else if (names.names == 0)
    fprintf(g->out, "  its name\n      none of the %d wrong kernels that tenbin knows answers as this one\n", names.tried);
  for (int i = 0; i < names.names && i < TB_NAMES_MAX; i++) {
    if (i == 0)
      fprintf(g->out, "  its name\n");
    print_mutant(g->out, names.name[i], i == 0 ? "this kernel answers as" : "or as");
  }
  if (names.names > 0)
    fprintf(g->out, "      the same answers in all %d cases that were tried%s\n", names.cases,
            names.names > 1 ? ", in which these do not differ" : "");
  tb_zoo_close(&zoo);
  free(text);
}

/* Learns the region of the combinations of the grid that were run, or of the listed cases. False: there were none. */
static bool learn_region(const struct diagnosis *g, bool grid, tb_region_result *result) {
  static tb_problem p;
  tb_region *region = tb_region_open();
  char message[TB_MESSAGE_MAX];
  int64_t points = 0;
  for (int64_t i = 0; i < g->d->survey->cases; i++) {
    const tb_seen *s = &g->d->survey->seen[i];
    tb_case c;
    if ((s->group->kind == TB_GRID) != grid || !parse(s->failed ? s->failed : s->text, &c) || !tb_problem_make(&c, &p, message))
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
static void print_region(const struct diagnosis *g, const tb_region_result *r, const char *of) {
  char text[1000];
  tb_region_print(r, text, sizeof text);
  fprintf(g->out, "      %s%s\n", of, text);
  if (r->note[0])
    fprintf(g->out, "      %s\n", r->note);
}

/* Whether a region leaves listed cases unexplained: failing ones outside. */
static bool leaves_failures(const struct diagnosis *g, const tb_region_result *r) {
  static tb_problem p;
  char message[TB_MESSAGE_MAX];
  bool any = false;
  for (int64_t i = 0; !any && i < g->d->survey->cases; i++) {
    const tb_seen *s = &g->d->survey->seen[i];
    tb_case c;
    if (s->group->kind == TB_GRID || !s->failed || !parse(s->failed, &c) || !tb_problem_make(&c, &p, message))
      continue;
    any = r->failing == 0 || (r->conditions > 0 && !tb_region_holds(r, &p));
  }
  return any;
}

/* 3: the region, over the combinations of the grid, and over the listed cases where these fail outside of it: of batches,
 * channels and sizes the grid has few. */
static void tell_region(struct diagnosis *g) {
  tb_region_result grid, listed;
  const bool has_grid = learn_region(g, true, &grid);
  const bool more = has_grid ? leaves_failures(g, &grid) : true;
  if (!has_grid)
    grid = (tb_region_result){0};
  fprintf(g->out, "  the region\n");
  if (has_grid)
    print_region(g, &grid, "");
  if (has_grid && strcmp(g->d->suite->name, "full") != 0)
    fprintf(g->out, "      (learnt from one of 64 combinations of the grid; --suite full learns from all)\n");
  if (more && learn_region(g, false, &listed))
    print_region(g, &listed, has_grid ? "of the listed cases, " : "");
}

/* The sentences about one failing case; false: it has none. */
static bool footprint_of(struct diagnosis *g, const char *text, tb_footprint_result *out) {
  static tb_problem p;
  tb_case c;
  tb_judgement j;
  double *got;
  bool *unwritten;
  if (!parse(text, &c) || !tb_trial_run(&g->trial, &c, &p, &j) || j.wrong == 0 ||
      !tb_trial_answer(&g->trial, &p, &got, &unwritten))
    return false;
  double *want = right(&p);
  if (want)
    tb_footprint(&p, got, want, unwritten, out);
  free(want);
  free(got);
  free(unwritten);
  return want != NULL;
}

static bool says(const tb_footprint_result *f, const char *sentence) {
  for (int i = 0; i < f->sentences; i++)
    if (strcmp(f->sentence[i], sentence) == 0)
      return true;
  return false;
}

/* 4: what the wrong elements of several failing cases have in common; where that is nothing, those of one. */
static void tell_footprint(struct diagnosis *g) {
  tb_footprint_result first = {0}, other;
  bool common[TB_FOOTPRINTS];
  int cases = 0;
  memset(common, true, sizeof common);
  const int64_t failing = g->d->survey->failing, step = failing > FOOTPRINTS ? failing / FOOTPRINTS : 1;
  int64_t seen = 0;
  const char *example = g->simple->failed;
  for (int64_t i = 0; i < g->d->survey->cases && cases < FOOTPRINTS; i++) {
    const tb_seen *s = &g->d->survey->seen[i];
    tb_case c;
    if (!s->failed || seen++ % step || s->verdict != g->verdict || s->group->heavy || !parse(s->failed, &c) ||
        c.fill == TB_REAL)
      continue;
    if (!footprint_of(g, s->failed, cases ? &other : &first))
      continue;
    for (int k = 0; cases && k < first.sentences; k++)
      common[k] = common[k] && says(&other, first.sentence[k]);
    if (!cases++)
      example = s->failed;
  }
  bool any = false;
  for (int k = 0; k < first.sentences; k++)
    any = any || common[k];
  if (first.sentences == 0)
    return;
  fprintf(g->out, "  the footprint\n");
  if (any && cases > 1)
    fprintf(g->out, "      in each of %d failing cases:\n", cases);
  else
    fprintf(g->out, "      in %s:\n", example);
  for (int k = 0; k < first.sentences; k++)
    if (common[k] || !any)
      fprintf(g->out, "      - %s\n", first.sentence[k]);
}

/* 5: the lines to reproduce it. */
static void tell_reproduction(struct diagnosis *g) {
  static tb_problem p;
  tb_judgement j;
  char text[6000] = "";
  tb_text t = {text, 0, sizeof text};
  if (!tb_trial_run(&g->trial, &g->smallest, &p, &j))
    return;
  fprintf(g->out, "  to reproduce it\n      tenbin check --kernel %s --case '%s'\n", g->d->select, p.text);
  if (g->op == TB_NORMAL && strcmp(p.c.normal.stream, "any") == 0)
    return;
  tb_text_pytorch(&t, &p, &j);
  fprintf(g->out, "      and what PyTorch says, in Python:\n");
  indent(g->out, text);
}

bool tb_diagnose(const tb_diagnosis *d, FILE *out) {
  struct diagnosis g = {.d = d, .out = out};
  choose_verdict(&g);
  choose_case(&g);
  if (!g.simple || !tb_trial_open(&g.trial, d->suite, d->program, d->plugin, d->kernel, d->stop))
    return false;
  fprintf(out, "%s: %" PRId64 " of %" PRId64 " cases fail. What is wrong with it:\n", d->kernel, d->survey->failing,
          d->survey->cases);
  tell_smallest(&g);
  if (!g.stopped)
    tell_name(&g);
  if (!g.stopped && g.op == TB_CONV_TRANSPOSE2D)
    tell_region(&g);
  if (!g.stopped && g.op == TB_CONV_TRANSPOSE2D && g.verdict != TB_V_TIMED_OUT)
    tell_footprint(&g);
  if (!g.stopped && g.verdict != TB_V_TIMED_OUT)
    tell_reproduction(&g);
  fflush(out);
  tb_trial_close(&g.trial);
  return !g.stopped;
}
