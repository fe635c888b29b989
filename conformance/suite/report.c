/* The report of a run.
 *
 * SPDX-License-Identifier: MIT */
#include "report.h"

#include "program.h"
#include "reproduce.h"

#include <inttypes.h>
#include <string.h>

int tb_tally_cases(const tb_tally *t) {
  int n = 0;
  for (int v = 0; v < TB_VERDICTS; v++)
    n += t->count[v];
  return n;
}

int tb_tally_failures(const tb_tally *t) {
  return tb_tally_cases(t) - t->count[TB_V_PASSED] - t->count[TB_V_UNSUPPORTED] - t->count[TB_V_KNOWN] -
         t->count[TB_V_NOT_JUDGED];
}

static bool make_problem(const char *text, tb_problem *p) {
  tb_case c;
  tb_error error;
  char message[TB_MESSAGE_MAX];
  return tb_case_parse(text, &c, &error) && tb_problem_make(&c, p, message);
}

/* Name, value and p of each statistic of a distribution. */
static void yaml_statistics(tb_tap *tap, const tb_judgement *j) {
  char text[4000] = "";
  tb_text t = {text, 0, sizeof text};
  for (int i = 0; i < j->statistics; i++)
    tb_text_add(&t, "%-16s %14.6g  p = %.3g%s\n", j->statistic[i].name, j->statistic[i].value, j->statistic[i].p,
                j->statistic[i].judged ? "" : " (reported only)");
  if (j->statistics)
    tb_tap_yaml_text(tap, "statistics", text);
}

/* The body of a YAML block for one failing case. */
static void yaml_case(tb_tap *tap, const char *select, const tb_problem *p, const tb_case_result *r) {
  const tb_judgement *j = r->judgement;
  char text[6000] = "";
  tb_text t = {text, 0, sizeof text};
  tb_tap_yaml(tap, "verdict", "%s", tb_verdict_name(j->verdict));
  tb_tap_yaml(tap, "reason", "%s", j->reason);
  if (*j->against)
    tb_tap_yaml(tap, "against", "%s", j->against);
  for (int i = 0; i < j->differences; i++)
    tb_text_difference(&t, p, &j->difference[i]);
  if (j->differences)
    tb_tap_yaml_text(tap, "elements", text);
  yaml_statistics(tap, j);
  if (r->prints)
    tb_tap_yaml_text(tap, "printed", r->prints);
  tb_shell_word(select, text, sizeof text);
  tb_tap_yaml(tap, "tenbin", "%s check --kernel %s --case '%s'", tb_invocation(), text, p->text);
  if (p->c.op->sequence && p->c.op->sequence->is_distribution(&p->c))
    return; /* PyTorch cannot repeat it */
  t = (tb_text){text, 0, sizeof text};
  tb_text_pytorch(&t, p, j);
  tb_tap_yaml_text(tap, "pytorch", text);
}

/* Prints the first few failures for people, in a few lines each. */
static void print_failure(tb_tally *tally, const tb_problem *p, const tb_judgement *j) {
  enum { REPORTED_MAX = 5 };
  char text[600] = "";
  tb_text t = {text, 0, sizeof text};
  if (tally->reported > REPORTED_MAX)
    return;
  if (tally->reported++ == REPORTED_MAX) {
    fprintf(stderr, "%s: more failures; all of them are in the TAP stream\n", tally->kernel);
    return;
  }
  if (j->differences)
    tb_text_difference(&t, p, &j->difference[0]);
  fprintf(stderr, "%s: %s: %s\n  %s\n%s%s", tally->kernel, tb_verdict_name(j->verdict), j->reason, p->text,
          *text ? "  first: " : "", text);
}

void tb_texts_count(tb_texts *t, const char *text) {
  int i = 0;
  while (i < t->texts && strcmp(t->text[i].text, text) != 0)
    i++;
  if (i == t->texts && i < (int)(sizeof t->text / sizeof *t->text))
    snprintf(t->text[t->texts++].text, sizeof t->text[i].text, "%s", text);
  if (i < t->texts)
    t->text[i].count++;
  else
    t->others++;
}

/* How a case passed, where it passed by less than every bit of PyTorch's; NULL where it did not. c: of a list, or NULL. */
static const char *passed_as(const tb_suite_case *c, const tb_case_result *r) {
  if (r->verdict != TB_V_PASSED)
    return NULL;
  if (r->judgement && r->judgement->note[0])
    return r->judgement->note;
  const bool referred = c && !c->golden && !(c->c->op->sequence && c->c->op->sequence->is_distribution(c->c));
  return referred ? "right by tenbin's reference: there is no golden answer" : NULL;
}

static void count(tb_tally *tally, const tb_suite_case *c, const tb_case_result *r) {
  const char *how = passed_as(c, r);
  tally->count[r->verdict]++;
  if (r->why)
    tb_texts_count(r->verdict == TB_V_KNOWN ? &tally->known : &tally->reasons, r->why);
  if (how)
    tb_texts_count(&tally->notes, how);
}

static void report_case(const tb_reporter *o, const tb_suite_case *c, const tb_case_result *r) {
  static tb_problem p;
  const tb_judgement *j = r->judgement;
  const char *how = passed_as(c, r);
  char directive[300];
  snprintf(directive, sizeof directive, "%s: %s", r->verdict == TB_V_KNOWN ? "TODO known" : "SKIP unsupported",
           r->why ? r->why : "");
  tb_tap_point(o->tap, tb_result_ok(r) && r->verdict != TB_V_KNOWN, c->text, r->why ? directive : NULL);
  if (r->verdict == TB_V_PASSED && (how || (o->verbose && j && j->statistics))) {
    tb_tap_yaml_begin(o->tap);
    if (how)
      tb_tap_yaml(o->tap, "passed_as", "%s", how);
    if (o->verbose && j)
      yaml_statistics(o->tap, j);
    tb_tap_yaml_end(o->tap);
  }
  if (tb_result_ok(r) || !j || !make_problem(r->text, &p))
    return;
  tb_tap_yaml_begin(o->tap);
  if (*c->flags)
    tb_tap_yaml(o->tap, "catches", "%s", c->flags);
  yaml_case(o->tap, o->select, &p, r);
  tb_tap_yaml_end(o->tap);
  print_failure(o->tally, &p, j);
}

/* "k5 s4 p3 d3 op2 on the height, 655 tuples on the width: 640 passed, 15 unsupported" */
static bool name_block(tb_text *t, const tb_suite_group *group, const tb_chunk *chunk, const tb_case_result *results) {
  int counts[TB_VERDICTS] = {0};
  const char *separator = ": ";
  if (group->kind == TB_GRID)
    group->op->grid->describe(t, &chunk->block);
  else
    tb_text_add(t, "cases %d to %d", chunk->first + 1, chunk->first + chunk->cases);
  for (int i = 0; i < chunk->cases; i++)
    counts[results[i].verdict]++;
  for (int v = 0; v < TB_VERDICTS; v++)
    if (counts[v]) {
      tb_text_add(t, "%s%d %s", separator, counts[v], tb_verdict_name((tb_verdict)v));
      separator = ", ";
    }
  return counts[TB_V_PASSED] + counts[TB_V_UNSUPPORTED] + counts[TB_V_KNOWN] == chunk->cases;
}

/* A block's point: its first failing case in full, and the others by verdict and descriptor. */
static void report_block(const tb_reporter *o, const tb_suite_group *group, const tb_chunk *chunk,
                         const tb_case_result *results) {
  static tb_problem p;
  tb_tap *tap = o->tap;
  char name[400];
  tb_text t = {name, 0, sizeof name};
  bool first = true, unsupported = true;
  const bool ok = name_block(&t, group, chunk, results);
  for (int i = 0; i < chunk->cases; i++)
    unsupported = unsupported && results[i].verdict == TB_V_UNSUPPORTED;
  tb_tap_point(tap, ok, name, unsupported ? "SKIP all unsupported" : NULL);
  if (ok)
    return;
  tb_tap_yaml_begin(tap);
  for (int i = 0; i < chunk->cases; i++) {
    const tb_case_result *r = &results[i];
    if (tb_result_ok(r) || !r->judgement || !make_problem(r->text, &p))
      continue;
    if (first) {
      yaml_case(tap, o->select, &p, r);
      tb_tap_yaml_list(tap, "all");
    }
    first = false;
    tb_tap_yaml_item(tap, "%s: %s: %s", tb_verdict_name(r->verdict), r->text, r->judgement->reason);
    print_failure(o->tally, &p, r->judgement);
  }
  tb_tap_yaml_end(tap);
}

void tb_report_chunk(const tb_reporter *reporter, const tb_suite_group *group, const tb_chunk *chunk,
                     const tb_case_result *results) {
  for (int i = 0; i < chunk->cases; i++)
    count(reporter->tally, group->kind == TB_LISTED ? &group->list[chunk->first + i] : NULL, &results[i]);
  if (!reporter->tap)
    return;
  if (group->kind != TB_LISTED) {
    report_block(reporter, group, chunk, results);
    return;
  }
  for (int i = 0; i < chunk->cases; i++)
    report_case(reporter, &group->list[chunk->first + i], &results[i]);
}

static void print_texts(FILE *out, const tb_tally *t, const tb_texts *texts, const char *verdict) {
  for (int k = 0; k < texts->texts; k++)
    fprintf(out, "%s: %d %s: %s\n", t->kernel, texts->text[k].count, verdict, texts->text[k].text);
  if (texts->others)
    fprintf(out, "%s: %d %s: others; the TAP stream has them\n", t->kernel, texts->others, verdict);
}

/* The columns `known` and `not judged` are there where a kernel has any. */
static void print_counts(FILE *out, const tb_tally *tallies, int count) {
  int width = 6;
  bool known = false, not_judged = false;
  for (int i = 0; i < count; i++) {
    width = (int)strlen(tallies[i].kernel) > width ? (int)strlen(tallies[i].kernel) : width;
    known = known || tallies[i].count[TB_V_KNOWN];
    not_judged = not_judged || tallies[i].count[TB_V_NOT_JUDGED];
  }
  fprintf(out, "%-*s  %7s  %7s  %11s%s%s  %7s  %9s  %s\n", width, "kernel", "cases", "passed", "unsupported",
          known ? "    known" : "", not_judged ? "  not judged" : "", "failed", "seconds", "library");
  for (int i = 0; i < count; i++) {
    const tb_tally *t = &tallies[i];
    fprintf(out, "%-*s  %7d  %7d  %11d", width, t->kernel, tb_tally_cases(t), t->count[TB_V_PASSED],
            t->count[TB_V_UNSUPPORTED]);
    if (known)
      fprintf(out, "  %7d", t->count[TB_V_KNOWN]);
    if (not_judged)
      fprintf(out, "  %10d", t->count[TB_V_NOT_JUDGED]);
    fprintf(out, "  %7d  %9.2f  %s\n", tb_tally_failures(t), t->seconds, *t->library ? t->library : "-");
  }
}

void tb_report_table(FILE *out, const tb_tally *tallies, int count) {
  print_counts(out, tallies, count);
  for (int i = 0; i < count; i++) {
    print_texts(out, &tallies[i], &tallies[i].reasons, "unsupported");
    print_texts(out, &tallies[i], &tallies[i].known, "known");
    print_texts(out, &tallies[i], &tallies[i].notes, "passed as");
  }
  for (int i = 0; i < count; i++) {
    const char *separator = "";
    for (int v = 0; tb_tally_failures(&tallies[i]) && v < TB_VERDICTS; v++) {
      if (v == TB_V_PASSED || v == TB_V_UNSUPPORTED || v == TB_V_KNOWN || v == TB_V_NOT_JUDGED || tallies[i].count[v] == 0)
        continue;
      if (!*separator)
        fprintf(out, "%s: ", tallies[i].kernel);
      fprintf(out, "%s%d %s", separator, tallies[i].count[v], tb_verdict_name((tb_verdict)v));
      separator = ", ";
    }
    if (*separator)
      fprintf(out, "\n");
  }
}
