/* The diagnosis of normal: the numbers of the smallest case, where and how those of many cases are wrong, or what the
 * distribution lacks.
 *
 * SPDX-License-Identifier: MIT */
#include "calls.h"
#include "distribution_diagnosis.h"
#include "lens.h"
#include "stream_diagnosis.h"
#include "stream_state.h"
#include "verdict.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Fewer numbers than a case of a distribution has only hide what is wrong with it, unless they are so few that it is not the
 * distribution; and such cases take long. */
enum { FEW = 4096, LARGE = 5 };

static bool is_any(const tb_case *c) {
  return c->op->sequence->is_distribution(c);
}

static bool of_cpu(const tb_case *c) {
  return strncmp(tb_normal_of(c)->stream, "torch-cpu-", 10) == 0;
}

static int64_t numbers(const tb_case *c) {
  tb_problem p;
  char message[TB_MESSAGE_MAX];
  return tb_problem_make(c, &p, message) ? p.drawn : 0;
}

static bool worth(tb_diagnosing *g, const tb_case *c) {
  if (!is_any(c) || numbers(c) <= FEW)
    return true;
  return numbers(c) >= numbers(&g->smallest) && g->large++ < LARGE;
}

static bool is_long(const tb_case *c) {
  const int64_t many = 20000;
  return !is_any(c) && numbers(c) > many;
}

static void shorten(tb_case *c) {
  if (!is_any(c))
    return;
  tb_normal *n = tb_normal_edit(c);
  int64_t *const many[] = {&n->repeat, &n->seeds, &n->call[0].size[0]};
  for (int i = 0; i < 3; i++) {
    const int64_t all = numbers(c), other = all / *many[i];
    if (all > FEW && *many[i] > 1)
      *many[i] = other < FEW ? FEW / other : 1;
  }
}

/* How the generator was handed over between the calls, in a case whose numbers are right without that. The worker clones it
 * after the first call, restores another one to its saved state after the second, and so on by turns. */
static void report_handed(const tb_attempt *t, const tb_problem *p, const tb_attempt_numbers *n, tb_sentences *out) {
  int64_t i = 0, call = 0, drawn = 0;
  const tb_normal *of = tb_normal_of(&p->c);
  while (i < n->n && !n->wrong[i])
    i++;
  if (!t->again || !t->record->report.handed_differs || i == n->n || of->seeds > 1)
    return;
  for (int64_t at = 0;; call++) {
    const tb_call *one = &of->call[call % of->calls];
    at += tb_call_numbers(one);
    if (i < at)
      break;
    drawn += one->kind == TB_DRAW;
  }
  if (drawn > 0)
    tb_sentences_add(out, "call %" PRId64 " draws on %s", drawn + 1,
                     drawn % 2 ? "a clone of the generator: it is not as the original, or not independent of it"
                               : "a generator that was restored to the saved state of the one before: the two are not alike");
}

/* The smallest case passed but for the generator's state: what of it is not PyTorch's, by comparison with a right kernel's. */
static void report_state(tb_diagnosing *g, const tb_problem *p, tb_sentences *out) {
  const size_t bytes = (size_t)TB_STATE_BYTES * TB_CALLS_MAX;
  unsigned char *got = tb_judging_memory(2, bytes), *want = got + bytes;
  tb_attempt *right = tb_judging_memory(1, sizeof *right);
  static tb_problem again;
  tb_judgement j;
  if (tb_attempt_states(&g->trial, p, got) &&
      tb_attempt_open(right, g->d->suite, g->d->program, NULL, "box_muller", g->d->stop)) {
    if (tb_attempt_run(right, &p->c, &again, &j) && j.verdict == TB_V_PASSED && tb_attempt_states(right, p, want))
      tb_state_report(p, got, want, out);
    tb_attempt_close(right);
  }
  free(right);
  free(got);
}

static void report_numbers(tb_diagnosing *g, const tb_problem *p, const tb_judgement *j) {
  tb_attempt_numbers n;
  tb_sentences sentences = {0};
  if (of_cpu(&p->c) && j->wrong > 0 && tb_attempt_stream(&g->trial, p, &n)) {
    const tb_stream_numbers of = {n.got, n.want, n.wrong, n.unwritten};
    tb_stream_first(p, &of, &sentences);
    report_handed(&g->trial, p, &n, &sentences);
    tb_stream_hypotheses(p, &of, &sentences);
    tb_attempt_free(&n);
  } else if (of_cpu(&p->c) && j->verdict == TB_V_FAILED && j->wrong == 0) {
    report_state(g, p, &sentences);
  } else if (j->differences > 0) {
    const tb_difference *d = &j->difference[0];
    tb_sentences_add(&sentences, "the first wrong number is number %" PRId64 " of all: it is %.9g and ought to be %.9g",
                     d->index, d->got, d->want);
  }
  tb_print_sentences(g, &sentences);
}

/* Short cases of a CPU's streams. Those with injected states say the same of hundreds of numbers: they are looked at where no
 * other fails. */
enum { SOME = 48, MORE = 96, SHORT = 2000 };
enum evidence { FAILED, INJECTED, PASSED };

static bool injects(const tb_normal *n) {
  for (int i = 0; i < n->calls; i++)
    if (n->call[i].kind == TB_INJECT)
      return true;
  return false;
}

static bool is_evidence(const tb_diagnosing *g, const tb_kept_result *s, enum evidence kind, tb_problem *p) {
  const bool failing = kind != PASSED;
  tb_case c;
  char message[TB_MESSAGE_MAX];
  return (s->failed != NULL) == failing && (!failing || s->verdict == g->verdict) && !s->group->heavy &&
         tb_diagnosing_parse(s->text, &c) && of_cpu(&c) && injects(tb_normal_of(&c)) == (kind == INJECTED) &&
         tb_problem_make(&c, p, message) && p->kept == p->drawn && p->kept > 0 && p->kept <= SHORT;
}

static void add_passing(tb_diagnosing *g, tb_evidence *e, const tb_problem *p) {
  double *want = tb_judging_memory(p->kept, sizeof *want);
  const tb_stream_numbers of = {.want = want};
  if (tb_stream_mark(p, tb_golden_find(g->d->suite->golden, p->text), TENBIN_STREAM, NULL, want, NULL))
    tb_evidence_add(e, p, &of);
  free(want);
}

/* Whether numbers of it were wrong. */
static bool add_failing(tb_diagnosing *g, tb_evidence *e, const tb_problem *of) {
  static tb_problem p;
  tb_judgement j;
  tb_attempt_numbers n;
  g->stopped = !tb_attempt_run(&g->trial, &of->c, &p, &j);
  if (g->stopped || j.wrong == 0 || !tb_attempt_stream(&g->trial, &p, &n))
    return false;
  tb_evidence_add(e, &p, &(tb_stream_numbers){n.got, n.want, n.wrong, n.unwritten});
  tb_attempt_free(&n);
  return true;
}

/* Some of those there are, evenly. How many had wrong numbers. */
static int gather(tb_diagnosing *g, tb_evidence *e, enum evidence kind) {
  static tb_problem p;
  const int64_t most = kind == PASSED ? MORE : SOME;
  int64_t there = 0, at = 0;
  int wrong = 0;
  for (int64_t i = 0; i < g->d->results->cases; i++)
    there += is_evidence(g, &g->d->results->kept[i], kind, &p);
  for (int64_t i = 0; i < g->d->results->cases && !g->stopped; i++) {
    if (!is_evidence(g, &g->d->results->kept[i], kind, &p))
      continue;
    if (there <= most || at * most / there != (at + 1) * most / there) {
      if (kind == PASSED)
        add_passing(g, e, &p);
      else
        wrong += add_failing(g, e, &p);
    }
    at++;
  }
  return wrong;
}

/* Where no short case fails, the smallest has to do. */
static bool add_smallest(tb_diagnosing *g, tb_evidence *e) {
  static tb_problem p;
  const int64_t most = 200000;
  char message[TB_MESSAGE_MAX];
  return of_cpu(&g->smallest) && tb_problem_make(&g->smallest, &p, message) && p.kept <= most && add_failing(g, e, &p);
}

static void report_stream(tb_diagnosing *g) {
  tb_evidence *e = tb_evidence_open();
  tb_sentences sentences = {0};
  if (!e)
    return;
  if (gather(g, e, FAILED) > 0 || (!g->stopped && gather(g, e, INJECTED) > 0) || (!g->stopped && add_smallest(g, e))) {
    gather(g, e, PASSED);
    tb_evidence_report(e, &sentences);
  }
  if (sentences.count > 0 && !g->stopped) {
    fprintf(g->out, "  where and how its numbers are wrong\n");
    tb_print_sentences(g, &sentences);
  }
  tb_evidence_close(e);
}

/* How many cases of stream `any` there are, and fail, in a group; NULL: in all. */
static int count_any(const tb_suite_results *results, const tb_suite_group *group, int *failing) {
  int cases = 0;
  *failing = 0;
  for (int64_t i = 0; i < results->cases; i++) {
    tb_case c;
    if ((group && results->kept[i].group != group) || !tb_diagnosing_parse(results->kept[i].text, &c) || !is_any(&c))
      continue;
    cases++;
    *failing += results->kept[i].failed != NULL;
  }
  return cases;
}

/* "one_call 0 of 9, by_position 9 of 9" */
static void report_groups(const tb_diagnosing *g, tb_sentences *out) {
  char text[350] = "";
  size_t used = 0;
  int failing, all = count_any(g->d->results, NULL, &failing);
  if (failing == all) {
    tb_sentences_add(out, "every case of a distribution fails, %d of %d", failing, all);
    return;
  }
  for (int k = 0; k < g->d->suite->groups && used < sizeof text; k++) {
    const tb_suite_group *group = &g->d->suite->group[k];
    const char *slash = strrchr(group->name, '/');
    const int cases = count_any(g->d->results, group, &failing);
    if (cases > 0)
      used += (size_t)snprintf(text + used, sizeof text - used, "%s%s %d of %d", used ? ", " : "",
                               slash ? slash + 1 : group->name, failing, cases);
  }
  tb_sentences_add(out, "of the groups of cases there fail: %s", text);
}

/* Whose number it is from which on numbers come again. */
static void report_repeated(const tb_case *c, int64_t index, tb_sentences *out) {
  const tb_normal *n = tb_normal_of(c);
  int64_t each = 0, call = 0;
  for (int i = 0; i < n->calls; i++)
    each += tb_call_numbers(&n->call[i]);
  if (each == 0)
    return;
  const int64_t repetition = index / each;
  for (index %= each; index >= tb_call_numbers(&n->call[call]); call++)
    index -= tb_call_numbers(&n->call[call]);
  if (n->seeds > 1 && index == 0 && repetition % n->repeat == 0)
    tb_sentences_add(out, "the numbers of seed %" PRIu64 " are those of a seed before: not all of the seed is used",
                     c->seed + (uint64_t)(repetition / n->repeat));
  else if (index == 0)
    tb_sentences_add(out,
                     "the numbers of call %" PRId64 " have been drawn by a call before: the generator's state is not advanced",
                     repetition * n->calls + call + 1);
  else
    tb_sentences_add(
        out, "from y[%" PRId64 "] of call %" PRId64 " on, which has %" PRId64 ", numbers come again that it has drawn before",
        index, repetition * n->calls + call + 1, tb_call_numbers(&n->call[call]));
}

static void report_distribution(tb_diagnosing *g) {
  tb_sentences sentences = {0};
  if (g->judgement.repeated > 0)
    report_repeated(&g->smallest, g->judgement.repeated, &sentences);
  else if (g->judgement.statistics > 0)
    tb_distribution_diagnose(g->judgement.statistic, g->judgement.elements, &sentences);
  report_groups(g, &sentences);
  fprintf(g->out, "  what is wrong with its distribution\n");
  tb_print_sentences(g, &sentences);
}

static void report_where(tb_diagnosing *g) {
  if (is_any(&g->smallest))
    report_distribution(g);
  else
    report_stream(g);
}

const tb_lens tb_lens_normal = {
    .op = &tb_operator_normal,
    .table = "normal/normal.txt",
    .folder = "streams",
    .worth = worth,
    .is_long = is_long,
    .shorten = shorten,
    .numbers = report_numbers,
    .footprint = report_where,
};
