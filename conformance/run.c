/* A kernel through a suite.
 *
 * SPDX-License-Identifier: MIT */
#include "run.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { TIME_OUTS_MAX = 3, TOLD_MAX = 5 };

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Three runs of a case, at no more than 50 ns a multiply-add (a scatter in plain C under a sanitizer needs 10), and what it
 * costs to prepare twice. */
static double cpu_limit(const tb_problem *p) {
  return 3 + 3 * 50e-9 * (double)tb_problem_macs(p);
}

/* Reads both answers. */
static bool fetch(tb_run *run, const tb_report *report) {
  const int64_t elements = report->y_bytes / (int64_t)sizeof(float);
  if (elements > run->capacity) {
    for (int i = 0; i < 2; i++) {
      float *more = realloc(run->y[i], (size_t)report->y_bytes);
      if (!more)
        abort();
      run->y[i] = more;
    }
    run->capacity = elements;
  }
  return tb_worker_read(run->worker, TB_SLOT_Y_END, report->y_end, run->y[0], (size_t)report->y_bytes) &&
         tb_worker_read(run->worker, TB_SLOT_Y_START, report->y_start, run->y[1], (size_t)report->y_bytes);
}

/* Runs and judges one case. False: the worker can no longer be started. */
static bool judge_case(tb_run *run, const tb_suite_case *sc, const tb_problem *p, tb_judgement *j) {
  tb_request request;
  tb_report report;
  memset(&request, 0, sizeof request);
  memset(j, 0, sizeof *j);
  j->against = "";
  if (run->time_outs >= TIME_OUTS_MAX) {
    j->verdict = TB_V_NOT_RUN;
    snprintf(j->reason, sizeof j->reason, "left out after %d time-outs of this kernel", TIME_OUTS_MAX);
    return true;
  }
  snprintf(request.kernel, sizeof request.kernel, "%s", run->kernel->name);
  snprintf(request.text, sizeof request.text, "%s", p->text);
  request.cpu_seconds = cpu_limit(p);
  if (!tb_worker_run(run->worker, &request, 20 + 10 * request.cpu_seconds, &report))
    return false;
  run->time_outs += report.outcome == TB_TIME;
  if (report.outcome == TB_RAN && !fetch(run, &report)) {
    report.outcome = TB_ERROR;
    snprintf(report.detail, sizeof report.detail, "its output cannot be read from shared memory");
  }
  tb_judge(p, sc->golden, &report, run->y[0], run->y[1], report.y_bytes / (int64_t)sizeof(float), j);
  return true;
}

static void tell(tb_run *run, const tb_problem *p, const tb_judgement *j) {
  if (j->verdict == TB_V_PASSED || j->verdict == TB_V_UNSUPPORTED)
    return;
  if (run->told < TOLD_MAX)
    tb_report_failure(stderr, run->label, p, j);
  else if (run->told == TOLD_MAX)
    fprintf(stderr, "%s: more failures; all of them are in the TAP stream\n", run->label);
  run->told++;
}

static void progress(const tb_run *run, const char *group, int done, int of, bool slow) {
  static double last;
  if (!isatty(STDERR_FILENO) || (!slow && now() - last < 0.1))
    return;
  last = now();
  fprintf(stderr, done < of ? "\r\033[K%s: %s, case %d of %d" : "\r\033[K", run->label, group, done + 1, of);
  fflush(stderr);
}

static bool run_group(tb_run *run, const tb_suite_group *group) {
  static tb_problem p;
  char name[300], message[TB_MESSAGE_MAX], prints[2000];
  snprintf(name, sizeof name, "%s: %s", run->label, group->name);
  tb_tap_open(run->tap, name);
  for (int i = 0; i < group->cases; i++) {
    const tb_suite_case *sc = &group->cases_of[i];
    tb_judgement j;
    if (strcmp(tb_operator_name(sc->c->op), run->kernel->op) != 0)
      continue;
    if (!tb_problem_make(sc->c, &p, message)) {
      tb_tap_point(run->tap, false, sc->text, NULL);
      tb_tap_yaml_begin(run->tap);
      tb_tap_yaml(run->tap, "reason", "%s", message);
      tb_tap_yaml_end(run->tap);
      run->tally->count[TB_V_FAILED]++;
      continue;
    }
    progress(run, group->name, i, group->cases, tb_problem_macs(&p) > 100000000);
    if (!judge_case(run, sc, &p, &j))
      return false;
    progress(run, group->name, group->cases, group->cases, j.verdict != TB_V_PASSED);
    run->tally->count[j.verdict]++;
    tb_worker_prints(run->worker, prints, sizeof prints);
    tb_report_point(run->tap, run->select, &p, sc->flags, &j, prints);
    tell(run, &p, &j);
  }
  tb_tap_close(run->tap, name);
  return true;
}

static bool concerns(const tb_suite_group *group, const char *op) {
  for (int i = 0; !group->reject && i < group->cases; i++)
    if (strcmp(tb_operator_name(group->cases_of[i].c->op), op) == 0)
      return true;
  return false;
}

bool tb_run_suite(tb_run *run, const tb_suite *suite) {
  const double from = now();
  bool ok = true;
  for (int g = 0; ok && g < suite->groups; g++)
    if (concerns(&suite->group[g], run->kernel->op))
      ok = run_group(run, &suite->group[g]);
  run->tally->seconds = now() - from;
  free(run->y[0]);
  free(run->y[1]);
  return ok;
}

static bool same_shape(const tb_list *a, const tb_list *b) {
  return a->length == b->length && memcmp(a->v, b->v, (size_t)a->length * sizeof *a->v) == 0;
}

static void reject_point(tb_tap *tap, const tb_suite_case *sc, tb_tally *tally) {
  char message[TB_MESSAGE_MAX] = "accepted";
  tb_list y;
  bool accepted = tb_conv_check(&sc->c->conv, &y, message);
  bool known = sc->golden && sc->golden->kind == TB_GOLDEN_REJECTED;
  bool ok = known && !accepted && strcmp(message, sc->golden->message) == 0;
  tb_tap_point(tap, ok, sc->text, NULL);
  tally->count[ok ? TB_V_PASSED : TB_V_FAILED]++;
  if (ok)
    return;
  fprintf(stderr, "validator: %s\n  got:  %s\n  want: %s\n", sc->text, message,
          known ? sc->golden->message : "(no golden answer)");
  tb_tap_yaml_begin(tap);
  tb_tap_yaml(tap, "got", "%s", message);
  tb_tap_yaml(tap, "want", "%s", known ? sc->golden->message : "(no golden answer)");
  tb_tap_yaml_end(tap);
}

void tb_run_validator(tb_tap *tap, const tb_suite *suite, tb_tally *tally) {
  const double from = now();
  for (int g = 0; g < suite->groups; g++) {
    const tb_suite_group *group = &suite->group[g];
    char name[300];
    if (!group->reject && !concerns(group, "conv_transpose2d"))
      continue;
    snprintf(name, sizeof name, "validator: %s", group->name);
    tb_tap_open(tap, name);
    for (int i = 0; i < group->cases; i++) {
      const tb_suite_case *sc = &group->cases_of[i];
      char message[TB_MESSAGE_MAX];
      tb_list y = {0};
      if (group->reject) {
        reject_point(tap, sc, tally);
        continue;
      }
      bool ok = tb_conv_check(&sc->c->conv, &y, message) && sc->golden && same_shape(&y, &sc->golden->shape);
      tb_tap_point(tap, ok, sc->text, NULL);
      tally->count[ok ? TB_V_PASSED : TB_V_FAILED]++;
    }
    tb_tap_close(tap, name);
  }
  tally->seconds = now() - from;
}

void tb_run_support(tb_tap *tap, const tb_suite *suite, tb_tally *tally) {
  char path[4096], line[512], kernel[64], name[32], library[200], text[400];
  int committed, supported = tb_tally_cases(tally) - tally->count[TB_V_UNSUPPORTED];
  snprintf(path, sizeof path, "%s/conformance/support.txt", tb_data_dir());
  FILE *file = fopen(path, "r");
  bool found = false;
  while (file && !found && fgets(line, sizeof line, file))
    found = sscanf(line, "%63s %31s %d %199[^\n]", kernel, name, &committed, library) == 4 &&
            strcmp(kernel, tally->kernel) == 0 && strcmp(name, suite->name) == 0 &&
            strncmp(library, *tally->library ? tally->library : "-", strlen(library)) == 0;
  if (file)
    fclose(file);
  if (!found) {
    tb_tap_comment(tap, "conformance/support.txt has no count for %s on the %s suite with %s", tally->kernel, suite->name,
                   *tally->library ? tally->library : "no library");
    return;
  }
  snprintf(text, sizeof text, "%s: supports %d cases of the %s suite; %d are committed", tally->kernel, supported, suite->name,
           committed);
  tb_tap_point(tap, supported >= committed, text, NULL);
  if (supported != committed)
    fprintf(stderr, "%s; conformance/support.txt\n", text);
}
