/* tenbin check: cases x kernels, as TAP on standard output and text for people on standard error.
 *
 * SPDX-License-Identifier: MIT */
#include "check_kernels.h"
#include "clock.h"
#include "conformance.h"
#include "diagnose.h"
#include "interrupt.h"
#include "memory.h"
#include "program.h"
#include "run.h"
#include "validator.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Kernels without a case, " NAME (OPERATOR)" each, as far as there is room. */
struct idle {
  char names[1000];
  int more;
};

struct session {
  const tb_check_options *options;
  const tb_suite *suite;
  tb_tap tap;
  tb_tally *tally;
  tb_rows *rows;    /* or NULL */
  tb_roster roster; /* the kernels to judge */
  int tallies, executed, not_judged;
  int judged;                  /* kernels, the one that runs among them */
  unsigned operators;          /* those of the judged kernels */
  struct idle none, elsewhere; /* kernels without a case, and with cases in other shards alone */
  double began;                /* the first kernel, on tb_now */
};

/* What a reader of the result has to know beside it: on standard error, and in the TAP stream. */
__attribute__((format(printf, 2, 3))) static void note(struct session *s, const char *format, ...) {
  char text[1200];
  va_list list;
  va_start(list, format);
  vsnprintf(text, sizeof text, format, list);
  va_end(list);
  tb_report_error(0, "%s", text);
  if (!s->options->diagnose)
    tb_tap_comment(&s->tap, "%s", text);
}

/* The run ends early: for people, and in the TAP stream. Returns the code. */
__attribute__((format(printf, 3, 4))) static int end_early(struct session *s, int code, const char *format, ...) {
  char text[4600];
  va_list list;
  va_start(list, format);
  vsnprintf(text, sizeof text, format, list);
  va_end(list);
  if (!s->options->diagnose)
    tb_tap_bail(&s->tap, text);
  return tb_report_error(code, "%s", text);
}

static tb_tally *new_tally(struct session *s) {
  s->tally = tb_need(realloc(s->tally, (size_t)(s->tallies + 1) * sizeof *s->tally));
  memset(&s->tally[s->tallies], 0, sizeof *s->tally);
  return &s->tally[s->tallies++];
}

/* What the failures have in common, for people. False: it was interrupted. */
static bool diagnose(struct session *s, const tb_run *run, tb_suite_results *results) {
  tb_suite_results_list(results);
  const tb_diagnosis d = {.program = run->program,
                          .plugin = run->plugin,
                          .kernel = run->kernel->name,
                          .select = run->select,
                          .jobs = run->jobs,
                          .suite = run->suite,
                          .results = results,
                          .stop = &tb_interrupted};
  if (tb_diagnose(&d, s->options->diagnose ? stdout : stderr))
    return true;
  if (!tb_interrupted)
    tb_report_error(0, "%s: the diagnosis ends early: a worker cannot be started any more", run->kernel->name);
  return !tb_interrupted;
}

static void add_idle(struct session *s, const tb_chosen *k) {
  const bool sharded = s->suite->left_out[tb_operator_index(tb_operator_find(k->info.op))].sharded > 0;
  struct idle *idle = sharded ? &s->elsewhere : &s->none;
  const size_t used = strlen(idle->names);
  if (used + strlen(k->label) + strlen(k->info.op) + sizeof " ()" <= sizeof idle->names)
    snprintf(idle->names + used, sizeof idle->names - used, " %s (%s)", k->label, k->info.op);
  else
    idle->more++;
}

static void note_idle(struct session *s, const struct idle *idle, const char *where) {
  if (idle->more)
    note(s, "without a case of their operator%s:%s and %d more", where, idle->names, idle->more);
  else if (*idle->names)
    note(s, "without a case of their operator%s:%s", where, idle->names);
}

/* What support.txt and known.txt say of a built-in kernel. 0, or an exit code. */
static int open_committed(struct session *s, const tb_chosen *k, bool committed, tb_support *support, tb_known *known) {
  char message[4400];
  if (committed && !tb_support_open(support, k->info.name, k->info.library, message, sizeof message))
    return end_early(s, TB_EXIT_CANNOT_RUN, "%s", message);
  if (!*k->selection->file && !tb_known_open(known, k->info.name, k->info.library, message, sizeof message))
    return end_early(s, TB_EXIT_CANNOT_RUN, "%s", message);
  return 0;
}

/* Why a kernel's run has ended before its end. */
static int ended(struct session *s, const tb_chosen *k) {
  if (tb_interrupted) {
    if (!s->options->diagnose)
      tb_tap_bail(&s->tap, "interrupted");
    return tb_report_error(TB_EXIT_INTERRUPTED, "interrupted; these are the results so far");
  }
  if (ferror(stdout))
    return TB_EXIT_CANNOT_RUN; /* main reports it */
  return end_early(s, TB_EXIT_CANNOT_RUN, "%s: there is no memory for its workers", k->label);
}

/* The kernels of whose operator the suite has cases. */
static int with_cases(const struct session *s) {
  int count = 0;
  for (int i = 0; i < s->roster.count; i++)
    count += tb_suite_cases(s->suite, s->roster.item[i].info.op) > 0;
  return count;
}

/* One kernel through the suite. 0, or an exit code. */
static int run_kernel(struct session *s, const tb_chosen *k) {
  s->operators |= tb_operator_set(tb_operator_find(k->info.op));
  if (tb_suite_cases(s->suite, k->info.op) == 0) {
    add_idle(s, k);
    return 0;
  }
  tb_tally *tally = new_tally(s);
  tally->kernel = k->label;
  snprintf(tally->library, sizeof tally->library, "%s", k->info.library);
  tb_suite_results results = {0};
  tb_support support;
  tb_known known = {0};
  const char *plugin = *k->selection->file ? k->selection->file : NULL;
  const bool committed = s->suite->counted && !plugin && !s->options->diagnose;
  const int code = open_committed(s, k, committed, &support, &known);
  if (code)
    return code;
  const tb_run run = {.tap = s->options->diagnose ? NULL : &s->tap,
                      .suite = s->suite,
                      .program = s->roster.program,
                      .plugin = plugin,
                      .kernel = &k->info,
                      .select = k->select,
                      .until_failure = s->options->until_failure,
                      .verbose = s->options->verbose,
                      .jobs = s->options->jobs,
                      .stop = &tb_interrupted,
                      .index = s->judged++,
                      .kernels = with_cases(s),
                      .began = s->began,
                      .tally = tally,
                      .known = &known,
                      .rows = s->rows,
                      .support = committed ? &support : NULL,
                      .take = tb_suite_results_take,
                      .arg = &results};
  tb_rows_kernel(s->rows, &k->info, plugin ? plugin : s->roster.program);
  bool ok = tb_run_suite(&run);
  if (ok && results.failing > 0 && !run.until_failure && !s->options->undiagnosed)
    ok = diagnose(s, &run, &results);
  tb_suite_results_free(&results);
  s->executed +=
      tb_tally_cases(tally) - tally->count[TB_V_UNSUPPORTED] - tally->count[TB_V_NOT_RUN] - tally->count[TB_V_NOT_JUDGED];
  s->not_judged += tally->count[TB_V_NOT_JUDGED];
  if (!ok)
    return ended(s, k);
  if (committed && !(run.until_failure && tb_tally_failures(tally)))
    tb_support_report(&support, &s->tap, tally, s->suite, s->options->shard.shards == 1);
  if (committed && !run.until_failure && s->options->shard.shards == 1)
    tb_known_report(&known, &s->tap, tally);
  return 0;
}

/* Selections of whose kernels --operator means none. */
static void note_left_out(struct session *s) {
  for (int n = 0; n < tb_selections(s->options); n++) {
    const tb_selection *selection = tb_selection_at(s->options, n);
    if (s->roster.empty[n])
      note(s, "left out: %s%s%s, without a kernel of %s", selection->file, *selection->file && *selection->name ? ":" : "",
           selection->name, tb_operator_names_in(s->options->operators));
  }
}

/* A descriptor that breaks a rule is refused before any kernel sees it: 0, or an exit code. One of the command line is a
 * mistake of usage; a file that holds one cannot be used. */
static int invalid(const tb_case_file *file) {
  static tb_problem p;
  char message[TB_MESSAGE_MAX];
  for (int i = 0; i < file->lines; i++) {
    const tb_case_line *line = &file->line[i];
    if (file->group[line->group].reject || tb_problem_make(&line->c, &p, message))
      continue;
    if (strcmp(file->path, "--case") == 0)
      return tb_report_error(TB_EXIT_USAGE, "invalid case: %s\n  %s", message, line->text);
    return tb_report_error(TB_EXIT_CANNOT_RUN, "%s:%d: invalid case: %s\n  %s", file->path, line->line, message, line->text);
  }
  return 0;
}

/* The exit code of a run to its end. ok: what TAP says, of a diagnosis true. */
static int conclude(const struct session *s, bool ok) {
  int failures = 0;
  for (int i = 0; i < s->tallies; i++)
    failures += tb_tally_failures(&s->tally[i]);
  if (failures == 0 && s->not_judged > 0)
    return TB_EXIT_CANNOT_RUN;
  return ok && failures == 0 && s->executed > 0 ? TB_EXIT_OK : TB_EXIT_NONCONFORMING;
}

static bool judges_validator(const tb_check_options *o) {
  return o->kernels == 0 && !o->diagnose;
}

/* Reports which cases are left out, and what else a pass does not cover. */
static void print_left_out(struct session *s) {
  const tb_suite *suite = s->suite;
  int rejected = 0;
  tb_left_out out = {0};
  for (int i = 0; tb_operator_at(i); i++)
    if (tb_operator_in(s->operators, tb_operator_at(i))) {
      out.heavy += suite->left_out[i].heavy;
      out.sampled += suite->left_out[i].sampled;
      out.sharded += suite->left_out[i].sharded;
    }
  if (suite->manifest)
    note(s, "the golden data is not the committed one, but that of the MANIFEST %s, by $TENBIN_MANIFEST", suite->manifest);
  if (out.heavy + out.sampled > 0)
    note(s, "cases left out: %" PRId64 " heavy ones and %" PRId64 " of the ledgers, which --suite full runs", out.heavy,
         out.sampled);
  if (out.sharded > 0)
    note(s, "cases left out: %" PRId64 " of other shards", out.sharded);
  if (suite->unchosen > 0)
    note(s, "cases left out: %" PRId64 " of other operators than --operator names", suite->unchosen);
  note_idle(s, &s->none, "");
  note_idle(s, &s->elsewhere, " in this shard");
  for (int op = 0; tb_operator_at(op); op++) {
    const char *name = tb_operator_name(tb_operator_at(op));
    const int64_t cases = tb_suite_cases(suite, name);
    if (cases > 0 && !tb_operator_in(s->operators, tb_operator_at(op)))
      note(s, "cases left out: %" PRId64 " of %s, for no kernel of it is judged", cases, name);
  }
  for (int g = 0; g < suite->groups; g++)
    rejected += suite->group[g].kind == TB_REJECTED ? suite->group[g].cases : 0;
  if (rejected > 0 && !judges_validator(s->options))
    note(s, "cases left out: %d that PyTorch rejects, for the validator is judged only where no kernel is named", rejected);
}

static int finish(struct session *s, int code) {
  const bool tap = !s->options->diagnose;
  if (code == 0)
    print_left_out(s);
  if (s->tallies > 0 && (code == 0 || code == TB_EXIT_INTERRUPTED))
    tb_report_table(stderr, s->tally, s->tallies);
  if (code == 0 && s->executed == 0 && s->not_judged == 0) {
    tb_report_error(0, "nothing was executed");
    if (tap)
      tb_tap_point(&s->tap, false, "something was executed", NULL);
  }
  if (code != 0) /* it ended early, and has reported why */
    fflush(stdout);
  else
    code = conclude(s, !tap || tb_tap_finish(&s->tap));
  free(s->tally);
  return code;
}

/* tenbin's own rules beside PyTorch's; where no kernel is named. */
static void run_validator(struct session *s) {
  tb_tally *tally = new_tally(s);
  tally->kernel = "validator";
  tb_run_validator(&s->tap, s->suite, tally);
  s->executed += tb_tally_cases(tally);
  if (tb_tally_cases(tally) == 0)
    s->tallies--;
}

/* Cases for the validator, where it is not judged. */
static void skip_rejected(struct session *s) {
  for (int g = 0; g < s->suite->groups; g++) {
    const tb_suite_group *group = &s->suite->group[g];
    char text[300];
    snprintf(text, sizeof text, "%s: cases that PyTorch rejects: %d", group->name, group->cases);
    if (group->kind == TB_REJECTED && group->cases > 0)
      tb_tap_point(&s->tap, true, text, "SKIP they are for the validator, which is judged only where no kernel is named");
  }
}

/* Before anything runs: that the rows can be written, and over no file that is read. 0, or an exit code. */
static int open_rows(struct session *s) {
  tb_input input[2 * TB_MANY];
  int inputs = 0;
  if (!s->options->csv)
    return 0;
  s->rows = tb_rows_open(s->options->csv, s->suite);
  if (!s->rows)
    return TB_EXIT_CANNOT_RUN;
  for (int i = 0; i < s->options->kernels; i++)
    if (s->options->selection[i].file[0])
      input[inputs++] = (tb_input){"a plugin", s->options->selection[i].file};
  for (int i = 0; i < s->suite->files && inputs < 2 * TB_MANY; i++)
    input[inputs++] = (tb_input){"a file of cases", s->suite->file[i]->path};
  tb_outfile *const output = tb_rows_file(s->rows);
  return tb_outfiles_apart(&output, 1, input, inputs);
}

/* What ran is written, also where the run ended early. */
static int write_rows(struct session *s, int code) {
  const bool ok = tb_rows_write(s->rows);
  tb_rows_close(s->rows);
  return ok || code != TB_EXIT_OK ? code : TB_EXIT_CANNOT_RUN;
}

/* All kernels. 0, or an exit code. */
static int run_all(struct session *s) {
  int code = 0;
  if (!s->options->diagnose)
    tb_tap_start(&s->tap, stdout);
  if (judges_validator(s->options))
    run_validator(s);
  else if (!s->options->diagnose)
    skip_rejected(s);
  note_left_out(s);
  s->began = tb_now();
  for (int i = 0; code == 0 && i < s->roster.count; i++)
    code = run_kernel(s, &s->roster.item[i]);
  return write_rows(s, finish(s, code));
}

/* Looks at all kernels and files before anything is judged. */
static int check(const tb_check_options *o, const tb_suite *suite) {
  struct session s = {.options = o, .suite = suite};
  int code = tb_roster_make(o, &s.roster);
  if (code == 0)
    code = open_rows(&s);
  if (code == 0)
    code = run_all(&s);
  else
    tb_rows_close(s.rows);
  tb_roster_free(&s.roster);
  return code;
}

static int check_options(const tb_check_options *o) {
  char message[4096];
  /* One thread for libraries with threads of their own, unless a case says otherwise. */
  setenv("OMP_NUM_THREADS", "1", 0);
  setenv("OMP_WAIT_POLICY", "passive", 0); /* threads that spin would take the other workers' processors */
  tb_interrupt_start();
  tb_interrupt_with_parent();
  tb_suite *suite = o->texts || o->files
                        ? tb_suite_make(o->file, o->files, o->text, o->texts, o->shard, message, sizeof message)
                        : tb_suite_open(o->suite ? o->suite : "quick", o->shard, message, sizeof message);
  if (!suite)
    return tb_report_error(strncmp(message, "--case", 6) == 0 ? TB_EXIT_USAGE : TB_EXIT_CANNOT_RUN, "%s", message);
  int code = 0;
  for (int i = 0; i < suite->files && code == 0; i++)
    code = invalid(suite->file[i]);
  if (code == 0) {
    tb_suite_restrict(suite, o->operators);
    code = check(o, suite);
  }
  tb_suite_close(suite);
  return code;
}

static int check_main(int argc, char **argv, bool diagnosis) {
  tb_program_start(diagnosis ? "tenbin diagnose" : "tenbin check");
  tb_check_options *o = tb_need(malloc(sizeof *o)); /* larger than some stacks */
  int code;
  if (tb_check_options_parse(argc, argv, diagnosis, o, &code))
    code = check_options(o);
  free(o);
  return code;
}

int tb_check_main(int argc, char **argv) {
  return check_main(argc, argv, false);
}

int tb_diagnose_main(int argc, char **argv) {
  return check_main(argc, argv, true);
}
