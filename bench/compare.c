/* A paired comparison: the rounds of pair_timing.c, each with new addresses of both plans, and the gate's interval over them.
 *
 * SPDX-License-Identifier: MIT */
#include "compare.h"
#include "evidence.h"
#include "openmp.h"
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

int tb_compare_open(tb_comparer *c, const tb_options *options, const tb_subjects *subjects, tb_pool *pool,
                    const volatile sig_atomic_t *stop) {
  const bool same = strcmp(options->kernel[0], options->kernel[1]) == 0;
  const tb_subject *a = &subjects->item[0], *b = &subjects->item[same ? 0 : 1];
  *c = (tb_comparer){.subject = {a, b}, .seconds = 2 * options->min_time, .threads = options->on.threads};
  if (subjects->count != (same ? 1 : 2))
    return tb_report_error(TB_EXIT_USAGE, "--compare %s: these are %d kernels; of a plugin's, one is named by FILE.so:NAME",
                           options->compare, subjects->count);
  if (a->op != b->op)
    return tb_report_error(TB_EXIT_USAGE, "--compare %s: %s is a kernel of %s, and %s one of %s", options->compare, a->label,
                           tb_operator_name(a->op), b->label, tb_operator_name(b->op));
  c->context = (tb_pair_context){.kernel = {a->kernel, b->kernel}, .pool = pool, .place = &c->place, .stop = stop};
  if (getrandom(&c->context.random, sizeof c->context.random, 0) != (ssize_t)sizeof c->context.random ||
      !tb_slot_open(&c->context.slot[TB_BASE]) || !tb_slot_open(&c->context.slot[TB_CANDIDATE]))
    return tb_report_error(TB_EXIT_CANNOT_RUN, "no addresses for plans, or no random numbers");
  tb_openmp_use(c->threads);
  return TB_EXIT_OK;
}

void tb_compare_close(tb_comparer *c) {
  for (int s = 0; s < TB_SIDES; s++)
    if (c->context.slot[s].base)
      tb_slot_close(&c->context.slot[s]);
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

/* Blames a side; the other was not compared for want of it. */
static void refuse(const tb_comparer *c, const tb_pair_fault *fault, tb_row row[TB_SIDES]) {
  for (int s = 0; s < TB_SIDES; s++) {
    row[s].status = TB_ROW_UNSUPPORTED;
    if (s == fault->side || fault->side == TB_SIDES)
      snprintf(row[s].reason, sizeof row[s].reason, "%s", fault->why);
    else
      snprintf(row[s].reason, sizeof row[s].reason, "not compared, for want of %.150s", c->subject[fault->side]->label);
    if (fault->side == TB_SIDES || (s == fault->side && !fault->unsupported))
      row[s].status = TB_ROW_FAILED;
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

bool tb_compare(tb_comparer *c, const tb_layer *layer, tb_row row[TB_SIDES]) {
  const tb_pair_schedule look = {.rounds = 1, .pairs = 1, .runs = 1, .warm = true};
  double each[ROUNDS_MAX];
  tb_pair_times times;
  tb_pair_schedule schedule;
  tb_pair_fault fault = {0};
  for (int s = 0; s < TB_SIDES; s++) {
    row[s] = (tb_row){.subject = c->subject[s], .threads = c->threads};
    snprintf(row[s].text, sizeof row[s].text, "%s", layer->problem->text);
  }
  bool ok = tb_time_pairs(&c->context, layer->problem, &look, &times, &fault);
  if (ok) {
    schedule = choose(&times, c->seconds);
    schedule.each = each;
    ok = tb_time_pairs(&c->context, layer->problem, &schedule, &times, &fault);
  }
  if (*c->context.stop)
    return false;
  if (ok)
    fill(c, layer, &times, &schedule, row);
  else
    refuse(c, &fault, row);
  return true;
}
