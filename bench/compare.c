/* A paired comparison: the rounds of weigh.c, each of which places both plans anew, and the gate's interval over them.
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
    return tb_complain(TB_EXIT_USAGE, "--compare %s: these are %d kernels; of a plugin's, one is named by FILE.so:NAME",
                       options->compare, subjects->count);
  if (a->op != b->op)
    return tb_complain(TB_EXIT_USAGE, "--compare %s: %s is a kernel of %s, and %s one of %s", options->compare, a->label,
                       tb_operator_name(a->op), b->label, tb_operator_name(b->op));
  c->scales = (tb_scales){.kernel = {a->kernel, b->kernel}, .pool = pool, .who = &c->who, .stop = stop};
  if (getrandom(&c->scales.random, sizeof c->scales.random, 0) != (ssize_t)sizeof c->scales.random ||
      !tb_slot_open(&c->scales.slot[TB_BASE]) || !tb_slot_open(&c->scales.slot[TB_CANDIDATE]))
    return tb_complain(TB_EXIT_CANNOT_RUN, "no addresses for plans, or no random numbers");
  tb_openmp_use(c->threads);
  return TB_EXIT_OK;
}

void tb_compare_close(tb_comparer *c) {
  for (int s = 0; s < TB_SIDES; s++)
    if (c->scales.slot[s].base)
      tb_slot_close(&c->scales.slot[s]);
}

/* Rounds and pairs that fill the seconds of a layer, by a first look at both. */
static tb_weight_order choose(const tb_weight *look, double seconds) {
  const double slower = fmax(fmax(look->seconds[TB_BASE], look->seconds[TB_CANDIDATE]), 1e-9);
  const double both = look->seconds[TB_BASE] + look->seconds[TB_CANDIDATE];
  const double prepare = look->prepare[TB_BASE] + look->prepare[TB_CANDIDATE];
  tb_weight_order order = {.warm = slower < TB_WARM_BELOW};
  order.runs = (int)fmin(fmax(SIDE / slower, 1), 1e6);
  const double pair = fmax(both * (order.runs + order.warm), 1e-9);
  order.rounds = (int)fmin(fmax(seconds / (2 * (prepare + 2 * pair)), ROUNDS_MIN), ROUNDS_MAX);
  order.pairs = (int)fmin(fmax((seconds / (2 * order.rounds) - prepare) / pair - 1, 1), PAIRS_MAX);
  return order;
}

/* Blames a side; the other was not compared for want of it. */
static void refuse(const tb_comparer *c, const tb_weigh_fault *fault, tb_row row[TB_SIDES]) {
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

static void fill(const tb_comparer *c, const tb_layer *layer, const tb_weight *weight, const tb_weight_order *order,
                 tb_row row[TB_SIDES]) {
  double low, high;
  tb_sort(order->each, order->rounds);
  tb_interval(order->each, order->rounds, TB_COMPARE_LEVEL, &low, &high);
  for (int s = 0; s < TB_SIDES; s++) {
    row[s].prepare = weight->prepare[s];
    row[s].median = weight->seconds[s];
    row[s].ratio = weight->seconds[s] / fmin(weight->seconds[TB_BASE], weight->seconds[TB_CANDIDATE]);
    row[s].repetitions = 2 * order->rounds * order->pairs;
    row[s].iterations = order->runs;
    tb_row_rates(&row[s], layer->problem);
  }
  row[TB_BASE].against = c->subject[TB_CANDIDATE];
  row[TB_BASE].times = exp(weight->log_ratio);
  row[TB_BASE].times_low = exp(low);
  row[TB_BASE].times_high = exp(high);
  row[TB_BASE].rounds = order->rounds;
}

bool tb_compare(tb_comparer *c, const tb_layer *layer, tb_row row[TB_SIDES]) {
  const tb_weight_order look = {.rounds = 1, .pairs = 1, .runs = 1, .warm = true};
  double each[ROUNDS_MAX];
  tb_weight weight;
  tb_weight_order order;
  tb_weigh_fault fault = {0};
  for (int s = 0; s < TB_SIDES; s++) {
    row[s] = (tb_row){.subject = c->subject[s], .threads = c->threads};
    snprintf(row[s].text, sizeof row[s].text, "%s", layer->problem->text);
  }
  bool ok = tb_weigh(&c->scales, layer->problem, &look, &weight, &fault);
  if (ok) {
    order = choose(&weight, c->seconds);
    order.each = each;
    ok = tb_weigh(&c->scales, layer->problem, &order, &weight, &fault);
  }
  if (*c->scales.stop)
    return false;
  if (ok)
    fill(c, layer, &weight, &order, row);
  else
    refuse(c, &fault, row);
  return true;
}
