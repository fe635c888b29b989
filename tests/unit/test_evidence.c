/* The gate's statistics: known answers, and error rates of drawn sequences.
 *
 * SPDX-License-Identifier: MIT */
#include "calls.h"
#include "evidence.h"
#include "gate.h"
#include "proxy.h"
#include "quantile.h"
#include "rng.h"
#include "tap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static tb_tap tap;

static void point(bool ok, const char *name) {
  tb_tap_point(&tap, ok, name, NULL);
}

static double uniform(uint64_t *random) {
  return ((double)(tb_rng(random) >> 11) + 0.5) * 0x1p-53;
}

/* A variable of median 0, without a mean: Cauchy's. */
static double cauchy(uint64_t *random) {
  return tan(3.14159265358979323846 * (uniform(random) - 0.5));
}

static void test_wealth(void) {
  double sum = 0, choose = 1;
  /* The expectation of a martingale is what one begins with: under even odds, wealth has mean 1 at any n. */
  for (int hits = 0; hits <= 20; hits++) {
    sum += choose * exp(tb_wealth(20, hits)) * 0x1p-20;
    choose = choose * (20 - hits) / (hits + 1);
  }
  point(fabs(sum - 1) < 1e-12, "under even odds wealth has mean 1");
  point(tb_wealth(0, 0) == 0, "and begins at 1");
  bool rises = true;
  for (int hits = 1; hits <= 30; hits++)
    rises = rises && tb_wealth(30, hits) > tb_wealth(30, hits - 1);
  point(rises, "each hit is worth more than a miss");
  point(tb_wealth(12, 12) >= log(1000) && tb_wealth(11, 11) < log(1000), "12 hits in a row refute at 0.1 %");
  point(tb_wealth(17, 17) >= log(23000) && tb_wealth(16, 16) < log(23000), "17 at a 23rd of that");
}

static void test_evidence(void) {
  const double x[] = {2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, -1, -1, -1, -1, -1, -1};
  point(tb_evidence(x, 18, 1, false) == tb_wealth(12, 12), "evidence is the most that wealth ever was");
  point(tb_evidence(x, 18, 2, false) == 0, "a value at the threshold lies not above it");
  point(tb_evidence(x, 12, 1, true) == 0, "nor below");
  point(tb_evidence(x, 0, 1, false) == 0, "without values there is none");
}

/* Looking after each of 200 values, at a distribution with its median at the threshold: at most 5 % of sequences may ever
 * refute. */
static void test_error(void) {
  uint64_t random = 1;
  int refuted = 0, covered = 0;
  enum { SEQUENCES = 4000, LENGTH = 200, STOP = 60 };
  for (int s = 0; s < SEQUENCES; s++) {
    double x[LENGTH], low, high;
    for (int i = 0; i < LENGTH; i++)
      x[i] = cauchy(&random);
    refuted += tb_evidence(x, LENGTH, 0, false) >= log(20);
    tb_sort(x, STOP);
    tb_interval(x, STOP, 0.95, &low, &high);
    covered += low <= 0 && 0 <= high;
  }
  point(refuted <= SEQUENCES / 20, "a true hypothesis is refuted at 5 % in at most 5 % of all sequences, at any time");
  point(refuted > SEQUENCES / 200, "and in some");
  point(covered >= SEQUENCES * 95 / 100, "an interval of 95 % holds the median as often");
}

static void test_interval(void) {
  double x[40], low, high;
  for (int i = 0; i < 40; i++)
    x[i] = i;
  tb_interval(x, 40, 0.95, &low, &high);
  point(low > 0 && low < 19 && high == 39 - low, "an interval lies about the median");
  tb_interval(x, 3, 0.95, &low, &high);
  point(isinf(low) && low < 0 && isinf(high) && high > 0, "three values have none");
}

static void test_holm(void) {
  /* Of the example in Holm's procedure: at 5 %, p = 0.01 and 0.005 are below 0.05/3 and 0.05/4, 0.03 is above 0.05/2. */
  const double p[] = {0.01, 0.04, 0.03, 0.005};
  double evidence[4];
  bool rejected[4];
  for (int i = 0; i < 4; i++)
    evidence[i] = log(1 / p[i]);
  tb_holm(evidence, 4, 0.05, rejected);
  point(rejected[0] && !rejected[1] && !rejected[2] && rejected[3], "Holm's procedure steps down");
}

static void test_more(void) {
  const double more = tb_more(10, 10, log(1000));
  point(more > 0 && more < 4, "ten hits of ten want few more");
  point(tb_more(20, 10, log(1000)) == 0, "ten of twenty lead nowhere");
}

static void test_proxies(void) {
  static tb_case c, proxy[TB_PROXIES];
  tb_error error;
  char text[TB_TEXT_MAX];
  bool smaller = true, same = true;
  tb_case_parse("conv_transpose2d n16 c128:64 in16x16 k4 s2 p1 g4 bias fill=real seed=0", &c, &error);
  const int n = tb_proxies(&c, proxy);
  tb_case_print(&proxy[0], text);
  point(strcmp(text, "conv_transpose2d n16 c128:64 in16x16 k4 s2 p1 g4 bias fill=real seed=0") == 0,
        "a layer is its first proxy");
  for (int i = 1; i < n; i++) {
    tb_case again;
    tb_case_print(&proxy[i], text);
    smaller = smaller && tb_case_parse(text, &again, &error);
    same = same && strstr(text, " k4 s2 p1 ") && strstr(text, " g4 ") && strstr(text, " bias ");
  }
  point(n > 5 && smaller, "smaller ones are valid");
  point(same, "and keep kernel, stride, padding, groups and bias");
  tb_case_parse("normal seed=0 calls=1000000", &c, &error);
  const int draws = tb_proxies(&c, proxy);
  point(draws > 3 && tb_normal_of(&proxy[draws - 1])->call[0].size[0] >= 4096, "a call of normal keeps at least 4,096 numbers");
}

/* Adds the same value of n processes, the orders of loading by turns, of which the second may be slower by `bias`. */
static void add(tb_gate_row *row, int n, double x, double bias) {
  for (int i = 0; i < n; i++, row->blocks++) {
    row->candidate_first[row->blocks] = row->blocks % 2;
    row->x[row->blocks] = x + (row->blocks % 2 ? -bias : bias);
  }
}

/* Verdicts at 1 % and alpha 0.1 %, of values that are given. */
static void test_verdicts(void) {
  enum { ROWS = 23 };
  tb_gate_row *row = calloc(ROWS, sizeof *row);
  if (!row)
    abort();
  add(row, 11, 0.005, 0);
  bool more = tb_gate_judge(row, 1, 0.01, 0.001);
  point(more && row->verdict == TB_OPEN, "11 processes below the tolerance decide nothing");
  add(row, 1, 0.005, 0);
  more = tb_gate_judge(row, 1, 0.01, 0.001);
  point(!more && row->verdict == TB_NOT_SLOWER, "12 do: not slower");
  row->blocks = 0;
  add(row, 12, -0.02, 0);
  point(!tb_gate_judge(row, 1, 0.01, 0.001) && row->verdict == TB_FASTER, "12 below the tolerance's other end: faster");
  row->blocks = 0;
  add(row, 12, 0.02, 0);
  point(!tb_gate_judge(row, 1, 0.01, 0.001) && row->verdict == TB_SLOWER, "12 above it: slower");
  for (int i = 1; i < ROWS; i++)
    add(&row[i], 12, 0, 0);
  more = tb_gate_judge(row, ROWS, 0.01, 0.001);
  point(more && row->verdict == TB_OPEN && row[1].verdict == TB_NOT_SLOWER, "not beside 22 others, which are not slower");
  add(row, 4, 0.02, 0);
  tb_gate_judge(row, ROWS, 0.01, 0.001);
  point(row->verdict == TB_OPEN, "where 16 do not do");
  add(row, 1, 0.02, 0);
  tb_gate_judge(row, ROWS, 0.01, 0.001);
  point(row->verdict == TB_SLOWER, "and 17 do");
  row->blocks = 0;
  add(row, TB_BLOCKS, 0.0, 0.05);
  tb_gate_summary s = tb_gate_summarize(row);
  point(tb_gate_judge(row, 1, 0.01, 0.001) && row->verdict == TB_OPEN, "half above and half below is never decided");
  point(fabs(s.order_bias + 0.05) < 1e-12, "and is a bias of the order of loading");
  row->blocks = 0;
  add(row, 6, 0.0, 0.05);
  s = tb_gate_summarize(row);
  point(s.order_bias == 0 && isinf(s.low) && isinf(s.high), "which six processes do not show, nor do they give an interval");
  free(row);
}

/* Of the whole layer, the medians of few pairs are no figure. */
static void test_whole(void) {
  tb_gate_row *row = calloc(1, sizeof *row);
  if (!row)
    abort();
  for (row->wholes = 0; row->wholes < 5; row->wholes++)
    row->whole[row->wholes] = 0.5;
  point(isinf(tb_gate_summarize(row).whole_low), "five times on the whole layer have no interval");
  for (; row->wholes < TB_WHOLES; row->wholes++)
    row->whole[row->wholes] = 0.5;
  point(tb_gate_summarize(row).whole_low == 0.5, "nine that agree have one");
  free(row);
}

int main(void) {
  tb_tap_start(&tap, stdout);
  test_wealth();
  test_evidence();
  test_error();
  test_interval();
  test_holm();
  test_more();
  test_proxies();
  test_verdicts();
  test_whole();
  return tb_tap_finish(&tap) ? 0 : 1;
}
