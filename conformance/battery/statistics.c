/* From the battery's sums over the numbers to its statistics and their p-values.
 *
 * SPDX-License-Identifier: MIT */
#include "statistics.h"
#include "cells.h"

#include <math.h>

static const double root_half = 0.70710678118654752440;

static tb_statistic judged(const char *name, double value, double p) {
  return (tb_statistic){name, value, p, true};
}

static tb_statistic *moments(const tb_sums *s, tb_statistic *out) {
  static const char *const name[TB_HERMITES] = {"mean", "variance", "skewness", "kurtosis", "he6"};
  for (int k = 0; k < TB_HERMITES; k++) {
    const double average = s->hermite[k] / (double)s->n;
    *out++ = judged(name[k], average, tb_hermite_p(k, average, s->n));
  }
  return out;
}

static tb_statistic *tails(const tb_sums *s, tb_statistic *out) {
  static const char *const name[3] = {"tail3", "tail4", "tail5"};
  for (int i = 0; i < 3; i++) {
    const double p = erfc((3 + i) * root_half);
    *out++ = judged(name[i], (double)s->beyond[i], tb_two_sided(tb_binomial(s->n, p, s->beyond[i])));
  }
  /* All |x| are at most m with the probability (1 - 2Q(m))^n. */
  const double all = (double)s->n * log1p(-erfc(s->maximum * root_half));
  *out++ = judged("maximum", s->maximum, tb_two_sided((tb_tails){exp(all), -expm1(all)}));
  return out;
}

/* Sums of m independent products of variance 1, each squared and divided by m. */
static tb_statistic lag_test(const char *name, const double *sum, int64_t n) {
  double chi2 = 0;
  for (int k = 1; k <= TB_LAGS; k++)
    chi2 += sum[k - 1] * sum[k - 1] / (double)(n - k);
  return judged(name, chi2, tb_two_sided(tb_chi2(TB_LAGS, chi2)));
}

/* z of a sum whose terms have skewness: the first term of Cornish and Fisher 1938, held where z is larger than it is made for.
 */
static double unskewed(double z, double skewness) {
  return z - skewness / 6 * (fmin(z * z, 100) - 1);
}

static tb_statistic *dependence(const tb_sums *s, tb_statistic *out) {
  const double root = sqrt((double)s->pairs), r = s->pair / root, q = s->square_pair / root;
  *out++ = lag_test("lags", s->lag, s->n);
  *out++ = lag_test("square_lags", s->square_lag, s->n);
  *out++ = judged("pair", r / root, tb_normal_p(r));
  /* E s^3 = sqrt(8), so that the product of two has skewness 8. */
  *out++ = judged("square_pair", q / root, tb_normal_p(unskewed(q, 8 / root)));
  const double changes = (double)s->n - 1;
  *out++ = judged("runs", (double)s->changes + 1, tb_normal_p((2 * (double)s->changes - changes) / sqrt(changes)));
  *out++ = judged("signs", (double)s->positive, tb_two_sided(tb_binomial(s->n, 0.5, s->positive)));
  return out;
}

static tb_statistic *plane(const tb_sums *s, tb_statistic *out) {
  static const char *const name[2][2] = {{"angle_8", "radius_8"}, {"angle_1", "radius_1"}};
  for (int kind = 0; kind < 2; kind++) {
    double chi2;
    tb_tails both = tb_cells_chi2(s->polar[kind].angle, TB_POLAR_CELLS, &chi2);
    *out++ = judged(name[kind][0], chi2, tb_two_sided(both));
    both = tb_cells_chi2(s->polar[kind].radius, TB_POLAR_CELLS, &chi2);
    *out++ = judged(name[kind][1], chi2, tb_two_sided(both));
  }
  return out;
}

static tb_statistic lane_test(const char *name, const double *sum, const tb_sums *s) {
  double chi2 = 0;
  for (int l = 0; l < s->lanes; l++)
    chi2 += sum[l] * sum[l] / (double)s->lane_n[l];
  return judged(name, chi2, tb_two_sided(tb_chi2(s->lanes, chi2)));
}

/* Both from the counts in cells: D is a little smaller than that of the numbers themselves, and A^2 a sum for an integral. */
static tb_statistic *distances(const tb_sums *s, tb_statistic *out) {
  const double n = (double)s->n;
  double distance = 0, square = 0;
  int64_t below = 0;
  for (int i = 1; i < TB_NORMAL_CELLS; i++) {
    below += s->cell[i - 1];
    const double f = (double)i / TB_NORMAL_CELLS, d = (double)below / n - f;
    distance = fmax(distance, fabs(d));
    square += n * d * d / (f * (1 - f)) / TB_NORMAL_CELLS;
  }
  *out++ = (tb_statistic){"ks", sqrt(n) * distance, tb_kolmogorov_p(sqrt(n) * distance), false};
  *out++ = (tb_statistic){"ad", square, tb_anderson_darling_p(square), false};
  return out;
}

void tb_statistics(const tb_sums *s, tb_statistic statistic[TB_STATISTICS]) {
  tb_statistic *out = moments(s, statistic);
  double chi2;
  const tb_tails both = tb_cells_chi2(s->cell, TB_NORMAL_CELLS, &chi2);
  *out++ = judged("cells", chi2, tb_two_sided(both));
  out = tails(s, out);
  out = dependence(s, out);
  out = plane(s, out);
  *out++ = lane_test("lane_means", s->lane, s);
  *out++ = lane_test("lane_variances", s->lane_square, s);
  distances(s, out);
}
