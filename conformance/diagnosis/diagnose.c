/* The diagnosis: from the results of a suite to sentences.
 *
 * SPDX-License-Identifier: MIT */
#include "lens.h"

#include "clock.h"
#include "program.h"
#include "reproduce.h"
#include "shrink.h"
#include "verdict.h"
#include "zoo.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Cases that are tried on the way to the smallest. Most kernels need fewer than 20, one that rounds 16 bits wrongly 337. Only a
 * kernel so slow that these take minutes is cut off by the clock, and this is reported. */
enum { SHRINKING = 1000, SHRINKING_SECONDS = 300 };

static void choose_verdict(tb_diagnosing *g) {
  int64_t count[TB_VERDICTS] = {0};
  for (int64_t i = 0; i < g->d->results->cases; i++)
    count[g->d->results->kept[i].verdict]++;
  g->verdict = TB_V_FAILED;
  for (int v = 0; v < TB_VERDICTS; v++)
    if (v != TB_V_PASSED && count[v] > count[g->verdict])
      g->verdict = (tb_verdict)v;
}

static bool is_distribution(const tb_case *c) {
  return c->op->sequence && c->op->sequence->is_distribution(c);
}

/* The case, or its twin: what fails. Of stream `any` that is the case: the second stage would not be judged as one. */
static bool parse_failed(const tb_kept_result *s, tb_case *c) {
  return tb_diagnosing_parse(s->text, c) && (is_distribution(c) || tb_diagnosing_parse(s->failed, c));
}

static void choose_case(tb_diagnosing *g) {
  int64_t least = INT64_MAX;
  for (int64_t i = 0; i < g->d->results->cases; i++) {
    const tb_kept_result *s = &g->d->results->kept[i];
    tb_case c;
    if (s->verdict != g->verdict || !parse_failed(s, &c) || tb_case_work(&c) >= least)
      continue;
    least = tb_case_work(&c);
    g->simple = s;
    g->smallest = c;
    g->op = c.op;
    g->lens = tb_lens_of(c.op);
  }
}

/* Keeps a case that was tried, as a witness of what the kernel does. */
static void keep(tb_diagnosing *g, const char *text, tb_verdict verdict) {
  const bool failed = verdict == g->verdict;
  int *kept = failed ? &g->kept_failing : &g->kept_passing;
  if ((!failed && verdict != TB_V_PASSED) || *kept == TB_TRIED_MAX)
    return;
  tb_tried *t = &g->kept[g->kept_failing + g->kept_passing];
  snprintf(t->text, sizeof t->text, "%s", text);
  t->failed = failed;
  ++*kept;
}

/* Whether a case ends in the same verdict. */
static bool fails(void *arg, const tb_case *c) {
  tb_diagnosing *g = arg;
  tb_judgement j;
  static tb_problem p;
  g->late = g->late || tb_now() > g->shrink_until;
  if (g->stopped || g->late)
    return false;
  g->tried++;
  if (g->lens && g->lens->worth && !g->lens->worth(g, c))
    return false;
  g->stopped = !tb_attempt_run(&g->trial, c, &p, &j);
  if (!g->stopped)
    keep(g, p.text, j.verdict);
  return !g->stopped && j.verdict == g->verdict;
}

/* 1: the smallest case, and its numbers. */
static void report_smallest(tb_diagnosing *g) {
  static tb_problem p;
  const tb_case start = g->smallest;
  g->shrink_until = tb_now() + SHRINKING_SECONDS;
  if (g->verdict != TB_V_TIMED_OUT)
    tb_shrink(&start, fails, g, SHRINKING, &g->smallest);
  g->stopped = g->stopped || !tb_attempt_run(&g->trial, &g->smallest, &p, &g->judgement);
  if (g->stopped)
    return;
  const tb_judgement *j = &g->judgement;
  fprintf(g->out, "  the smallest case\n      %s\n      ", p.text);
  if (j->verdict != g->verdict)
    fprintf(g->out, "%s in the suite; tried again by itself: ", tb_verdict_name(g->verdict));
  fprintf(g->out, "%s%s%s\n", tb_verdict_name(j->verdict), *j->reason ? ": " : "", j->reason);
  if (g->late)
    fprintf(g->out, "      (the search ended after %d s, which was time for %d cases: a smaller one may fail too)\n",
            SHRINKING_SECONDS, g->tried);
  else if (g->tried == SHRINKING)
    fprintf(g->out, "      (the search ended after %d cases: a smaller one may fail too)\n", SHRINKING);
  if (g->lens && g->lens->numbers)
    g->lens->numbers(g, &p, &g->judgement);
}

/* A case to find the name by. */
struct text {
  const tb_kept_result *kept;
  int64_t work; /* kernels that differ in short cases need not run the others; 0: all are short */
  bool is_long;
};

static int by_failure(const void *a, const void *b) {
  const struct text *x = a, *y = b;
  const int fx = x->kept->failed == NULL, fy = y->kept->failed == NULL;
  if (fx != fy)
    return fx - fy;
  return x->work != y->work ? (x->work > y->work) - (x->work < y->work) : (x->kept > y->kept) - (x->kept < y->kept);
}

/* Whether a case is long; *work is what cases that fail are sorted by. */
static bool is_long(const tb_lens *lens, const char *text, int64_t *work) {
  tb_case c;
  *work = 0;
  if (!lens || !lens->is_long || !tb_diagnosing_parse(text, &c))
    return false;
  *work = tb_case_work(&c);
  return lens->is_long(&c);
}

static char *shortened(const tb_lens *lens, const char *text) {
  char *out = tb_judging_memory(TB_TEXT_MAX, 1);
  tb_case c;
  snprintf(out, TB_TEXT_MAX, "%s", text);
  if (lens && lens->shorten && tb_diagnosing_parse(text, &c)) {
    lens->shorten(&c);
    tb_case_print(&c, out);
  }
  return out;
}

static void add_text(const tb_diagnosing *g, const char *text, uint64_t known, tb_named *out) {
  out->known[out->texts] = known;
  out->text[out->texts++] = shortened(g->lens, text);
}

static bool has_text(const tb_named *named, const char *text) {
  for (int i = 0; i < named->texts; i++)
    if (strcmp(named->text[i], text) == 0)
      return true;
  return false;
}

/* Of the cases tried on the way to the smallest, those that fail, or the others; without long ones. */
static void add_tried(const tb_diagnosing *g, bool failed, tb_named *out) {
  int64_t work;
  for (int i = 0; i < g->kept_failing + g->kept_passing; i++)
    if (g->kept[i].failed == failed && !is_long(g->lens, g->kept[i].text, &work) && !has_text(out, g->kept[i].text))
      add_text(g, g->kept[i].text, 0, out);
}

/* Those of the suite, from `from` on, that fail, or the others; the next one. Of long ones some are taken where hardly any of
 * those fails. */
static int add_results(const tb_diagnosing *g, const struct text *order, int from, int n, bool failed, tb_named *out) {
  enum { ENOUGH = 4 };
  const int64_t much = 200000;
  int i = from, added = 0;
  for (; i < n && failed == (order[i].kept->failed != NULL); i++) {
    const tb_kept_result *s = order[i].kept;
    if (failed && order[i].is_long && (added >= ENOUGH || (added > 0 && order[i].work > much)))
      continue;
    added++;
    add_text(g, s->text, s->signature, out);
  }
  return i;
}

/* The cases to find the name by, those that fail first, and of them the smallest; texts to be freed. Long cases distinguish
 * kernels no better than short ones. Where few fail, those that were tried on the way to the smallest show more of the mistake,
 * and where it is none. */
static void choose_texts(const tb_diagnosing *g, tb_named *out) {
  const tb_suite_results *results = g->d->results;
  const bool few = results->failing < TB_TRIED_MAX;
  char smallest[TB_TEXT_MAX];
  struct text *order = tb_judging_memory(results->cases, sizeof *order);
  int n = 0;
  tb_case_print(&g->smallest, smallest);
  for (int64_t i = 0; i < results->cases; i++) {
    struct text one = {.kept = &results->kept[i]};
    one.is_long = is_long(g->lens, one.kept->text, &one.work);
    if ((one.kept->failed || !one.is_long) && strcmp(one.kept->text, smallest) != 0)
      order[n++] = one;
  }
  qsort(order, (size_t)n, sizeof *order, by_failure);
  out->text = tb_judging_memory(n + 1 + 2 * TB_TRIED_MAX, sizeof *out->text);
  out->known = tb_judging_memory(n + 1 + 2 * TB_TRIED_MAX, sizeof *out->known);
  add_text(g, smallest, 0, out);
  const int passing = add_results(g, order, 0, n, true, out);
  if (few)
    add_tried(g, true, out);
  out->failing = out->texts;
  add_results(g, order, passing, n, false, out);
  if (few)
    add_tried(g, false, out);
  free(order);
}

static void print_mutant(FILE *out, const tb_mutant *m, const char *before) {
  fprintf(out, "      %s one that %s (%s%s%s%s%s)\n", before, m->what, m->id, strcmp(m->flag, "-") ? ", " : "",
          strcmp(m->flag, "-") ? m->flag : "", strcmp(m->reports, "-") ? "; seen in " : "",
          strcmp(m->reports, "-") ? m->reports : "");
}

/* What the name stands on. Numbers that are drawn alike are evidence enough: they do not come by chance. */
static void print_evidence(const tb_diagnosing *g, const tb_names *names) {
  enum { LITTLE = 10 };
  const bool little = names->failing < LITTLE && !is_distribution(&g->smallest);
  if (names->cases == 1)
    fprintf(g->out, "      the same answer in the one case that was tried");
  else
    fprintf(g->out, "      the same answers in all %d cases that were tried", names->cases);
  fprintf(g->out, "%s", names->names > 1 ? ", in which these do not differ" : "");
  if (names->failing < names->cases)
    fprintf(g->out, "; %s%d of them fail%s", little ? "only " : "", names->failing, names->failing == 1 ? "s" : "");
  fprintf(g->out, little ? ", which is little evidence\n" : "\n");
}

/* 2: the name, of an operator that has a zoo. */
static void report_name(tb_diagnosing *g) {
  if (!g->lens || !g->lens->table)
    return;
  tb_zoo zoo = tb_zoo_open(g->lens);
  tb_names names = {0};
  tb_named named = {
      .program = g->d->program, .plugin = g->d->plugin, .kernel = g->d->kernel, .jobs = g->d->jobs, .stop = g->d->stop};
  choose_texts(g, &named);
  if (g->verdict == TB_V_TIMED_OUT)
    fprintf(g->out, "  its name\n      not looked for: each trial would take as long\n");
  else if (zoo.mutants == 0)
    fprintf(g->out,
            "  its name\n      not looked for: the folder `%s` beside tenbin holds no wrong kernels;\n"
            "      in tenbin's sources, `cmake --build build/release --target zoo` makes them\n",
            g->lens->folder);
  else if (!tb_zoo_name(&zoo, &named, &names))
    g->stopped = true;
  else if (names.names == 0)
    fprintf(g->out, "  its name\n      none of the %d wrong kernels that tenbin knows %s\n", names.tried,
            is_distribution(&g->smallest) ? "draws the same numbers" : "answers as this one");
  for (int i = 0; i < names.names && i < TB_NAMES_MAX; i++) {
    if (i == 0)
      fprintf(g->out, "  its name\n");
    print_mutant(g->out, names.name[i], i == 0 ? "this kernel answers as" : "or as");
  }
  if (names.names > 0)
    print_evidence(g, &names);
  tb_zoo_close(&zoo);
  for (int i = 0; i < named.texts; i++)
    free(named.text[i]);
  free(named.text);
  free(named.known);
}

/* 3: where it fails, and what the wrong numbers have in common. */
static void report_where(tb_diagnosing *g) {
  if (g->lens && g->lens->region)
    g->lens->region(g);
  if (g->verdict != TB_V_TIMED_OUT && g->lens && g->lens->footprint)
    g->lens->footprint(g);
}

/* 4: the lines to reproduce it. */
static void report_reproduction(tb_diagnosing *g) {
  static tb_problem p;
  char text[6000] = "", message[TB_MESSAGE_MAX];
  tb_text t = {text, 0, sizeof text};
  if (!tb_problem_make(&g->smallest, &p, message))
    return;
  tb_shell_word(g->d->select, text, sizeof text);
  fprintf(g->out, "  to reproduce it\n      %s check --kernel %s --case '%s'\n", tb_invocation(), text, p.text);
  if (p.c.op->sequence && !p.c.op->sequence->in_pytorch(&p.c))
    return;
  tb_text_pytorch(&t, &p, &g->judgement);
  fprintf(g->out, "      and what PyTorch says, in Python:\n");
  tb_print_lines(g, text);
}

bool tb_diagnose(const tb_diagnosis *d, FILE *out) {
  tb_diagnosing *g = tb_judging_memory(1, sizeof *g);
  memset(g, 0, sizeof *g);
  g->d = d;
  g->out = out;
  choose_verdict(g);
  choose_case(g);
  const bool open = g->simple && tb_attempt_open(&g->trial, d->suite, d->program, d->plugin, d->kernel, d->stop);
  if (open) {
    fprintf(out, "%s: %" PRId64 " of %" PRId64 " cases fail. What is wrong with it:\n", d->kernel, d->results->failing,
            d->results->cases);
    fflush(out);
    report_smallest(g);
    fflush(out);
    if (!g->stopped)
      report_name(g);
    fflush(out);
    if (!g->stopped)
      report_where(g);
    g->stopped = g->stopped || *d->stop;
    if (!g->stopped)
      report_reproduction(g);
    else if (*d->stop)
      fprintf(out, "  (interrupted: the diagnosis ends here)\n");
    fflush(out);
    tb_attempt_close(&g->trial);
  }
  const bool ok = open && !g->stopped;
  free(g);
  return ok;
}
