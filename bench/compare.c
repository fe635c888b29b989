/* A paired comparison: the rounds of pair_timing.c in a process of tenbin-pairs, each with new addresses of both plans, and the
 * gate's interval over them.
 *
 * SPDX-License-Identifier: MIT */
#include "compare.h"
#include "evidence.h"
#include "quantile.h"
#include "timing_host.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#define SIDE 150e-6  /* seconds of the slower side of a pair */
#define ROUNDS_MIN 9 /* for an interval with both ends */
#define ROUNDS_MAX 25
#define PAIRS_MAX 50 /* of half a round */
#define PATIENCE 10  /* seconds beyond twenty times what is expected */

int tb_compare_open(tb_comparer *c, const tb_options *options, const tb_subjects *subjects, const volatile sig_atomic_t *stop) {
  const bool same = strcmp(options->kernel[0], options->kernel[1]) == 0;
  const tb_subject *a = &subjects->item[0], *b = &subjects->item[same ? 0 : 1];
  *c = (tb_comparer){.subject = {a, b},
                     .pairs = TB_PAIRS_NONE,
                     .seconds = 2 * options->min_time,
                     .threads = options->on.threads,
                     .stop = stop};
  tb_library("tenbin-kernels.so", c->builtin, sizeof c->builtin);
  if (subjects->count != (same ? 1 : 2))
    return tb_report_error(TB_EXIT_USAGE, "--compare %s: these are %d kernels; of a plugin's, one is named by FILE.so:NAME",
                           options->compare, subjects->count);
  if (a->op != b->op)
    return tb_report_error(TB_EXIT_USAGE, "--compare %s: %s is a kernel of %s, and %s one of %s", options->compare, a->label,
                           tb_operator_name(a->op), b->label, tb_operator_name(b->op));
  return TB_EXIT_OK;
}

void tb_compare_close(tb_comparer *c) {
  if (c->subject[TB_BASE]) /* it was opened */
    tb_pairs_end(&c->pairs);
}

static bool start(tb_comparer *c) {
  tb_pairs_setup setup = {.threads = c->threads};
  for (int s = 0; s < TB_SIDES; s++) {
    setup.path[s] = c->subject[s]->plugin ? c->subject[s]->plugin : c->builtin;
    setup.kernel[s] = c->subject[s]->name;
  }
  return getrandom(&setup.seed, sizeof setup.seed, 0) == (ssize_t)sizeof setup.seed && tb_pairs_start(&c->pairs, &setup);
}

/* Rounds and pairs that fill the seconds of a layer, by a first look at both. */
static tb_pair_schedule choose(const tb_pair_times *look, double seconds) {
  const double slower = fmax(fmax(look->seconds[TB_BASE], look->seconds[TB_CANDIDATE]), 1e-9);
  const double both = look->seconds[TB_BASE] + look->seconds[TB_CANDIDATE];
  const double prepare = look->prepare[TB_BASE] + look->prepare[TB_CANDIDATE];
  tb_pair_schedule schedule = {.warm = slower < TB_WARM_BELOW};
  schedule.runs = (int)fmin(fmax(SIDE / slower, 1), 1e6);
  const double pair = fmax(both * (schedule.runs + schedule.warm), 1e-9);
  schedule.rounds = (int)fmin(fmax(seconds / (2 * (prepare + 2 * pair)), ROUNDS_MIN), ROUNDS_MAX);
  schedule.pairs = (int)fmin(fmax((seconds / (2 * schedule.rounds) - prepare) / pair - 1, 1), PAIRS_MAX);
  return schedule;
}

/* What a layer is expected to take, by a first look at both. */
static double expected(const tb_pair_times *look, const tb_pair_schedule *s) {
  const double both = look->seconds[TB_BASE] + look->seconds[TB_CANDIDATE];
  const double prepare = look->prepare[TB_BASE] + look->prepare[TB_CANDIDATE];
  return 2 * s->rounds * (prepare + (s->pairs + 1) * both * (s->runs + s->warm));
}

/* Blames a side; the other was not compared for want of it. If the process has died of it, both have failed. */
static void refuse(const tb_comparer *c, const tb_pair_fault *fault, bool died, tb_row row[TB_SIDES]) {
  for (int s = 0; s < TB_SIDES; s++) {
    const bool own = s == fault->side || fault->side == TB_SIDES;
    row[s].status = died || fault->side == TB_SIDES || (own && !fault->unsupported) ? TB_ROW_FAILED : TB_ROW_UNSUPPORTED;
    if (own)
      snprintf(row[s].reason, sizeof row[s].reason, "%s", fault->why);
    else if (died)
      snprintf(row[s].reason, sizeof row[s].reason, "not compared: %.80s %.100s", c->subject[fault->side]->label, fault->why);
    else
      snprintf(row[s].reason, sizeof row[s].reason, "not compared, for want of %.150s", c->subject[fault->side]->label);
  }
}

static void fill(const tb_comparer *c, const tb_layer *layer, const tb_pair_times *times, const tb_pair_schedule *schedule,
                 tb_row row[TB_SIDES]) {
  double low, high;
  tb_sort(schedule->each, schedule->rounds);
  tb_interval(schedule->each, schedule->rounds, TB_COMPARE_LEVEL, &low, &high);
  for (int s = 0; s < TB_SIDES; s++) {
    row[s].prepare = times->prepare[s];
    row[s].median = times->seconds[s];
    row[s].ratio = times->seconds[s] / fmin(times->seconds[TB_BASE], times->seconds[TB_CANDIDATE]);
    row[s].repetitions = 2 * schedule->rounds * schedule->pairs;
    row[s].iterations = schedule->runs;
    tb_row_rates(&row[s], layer->problem);
  }
  row[TB_BASE].against = c->subject[TB_CANDIDATE];
  row[TB_BASE].times = exp(times->log_ratio);
  row[TB_BASE].times_low = exp(low);
  row[TB_BASE].times_high = exp(high);
  row[TB_BASE].rounds = schedule->rounds;
}

/* A first look at both, and what it says a layer needs. */
static tb_pairs_result time_both(tb_comparer *c, const tb_problem *problem, tb_pair_times *times, tb_pair_schedule *schedule,
                                 tb_pair_fault *fault) {
  const tb_pair_schedule look = {.rounds = 1, .pairs = 1, .runs = 1, .warm = true};
  const double cpu = tb_pairs_cpu_limit(&look, tb_case_work(&problem->c), 1);
  double *const each = schedule->each;
  tb_pairs_result result =
      tb_pairs_ask(&c->pairs, &look, problem->text, tb_clock_limit(cpu), c->stop, NULL, NULL, times, fault);
  if (result != TB_PAIRS_OK)
    return result;
  *schedule = choose(times, c->seconds);
  schedule->each = each;
  return tb_pairs_ask(&c->pairs, schedule, problem->text, PATIENCE + 20 * expected(times, schedule), c->stop, NULL, NULL, times,
                      fault);
}

bool tb_compare(tb_comparer *c, const tb_layer *layer, tb_row row[TB_SIDES]) {
  double each[ROUNDS_MAX];
  tb_pair_times times;
  tb_pair_schedule schedule = {.each = each};
  tb_pair_fault fault = {.side = TB_SIDES, .why = "tenbin-pairs cannot be started"};
  tb_pairs_result result = TB_PAIRS_DIED;
  for (int s = 0; s < TB_SIDES; s++) {
    row[s] = (tb_row){.subject = c->subject[s], .threads = c->threads};
    snprintf(row[s].text, sizeof row[s].text, "%s", layer->problem->text);
  }
  if (c->pairs.child.pid > 0 || start(c))
    result = time_both(c, layer->problem, &times, &schedule, &fault);
  if (result == TB_PAIRS_STOPPED)
    return false;
  if (result == TB_PAIRS_OK)
    fill(c, layer, &times, &schedule, row);
  else
    refuse(c, &fault, result == TB_PAIRS_DIED, row);
  return true;
}
