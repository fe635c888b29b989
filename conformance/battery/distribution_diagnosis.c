/* From condemned statistics to suggestions.
 *
 * A moment's value is the average of its Hermite polynomial, 0 for right numbers: the mean in stds, the variance less 1, and so
 * on. Faults show in several statistics at once, and the strongest of them drag others along: a wrong variance shows in all
 * that look at sizes. So a fault of the law as a whole is reported first, and what it drags along is not.
 *
 * SPDX-License-Identifier: MIT */
#include "distribution_diagnosis.h"

#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

struct findings {
  const tb_statistic *statistic;
  int64_t n;
  tb_sentences *out;
};

static const tb_statistic *find(const struct findings *f, const char *name) {
  for (int i = 0; i < TB_STATISTICS; i++)
    if (f->statistic[i].name && strcmp(f->statistic[i].name, name) == 0)
      return &f->statistic[i];
  return NULL;
}

static bool condemned(const struct findings *f, const char *name) {
  const tb_statistic *s = find(f, name);
  return s && s->judged && !(TB_STATISTICS * s->p >= 1e-6);
}

static double value(const struct findings *f, const char *name) {
  const tb_statistic *s = find(f, name);
  return s ? s->value : 0;
}

/* Mean and std as a whole. */
static bool law(const struct findings *f) {
  const double mean = value(f, "mean"), variance = 1 + value(f, "variance") - mean * mean;
  bool found = false;
  if (condemned(f, "mean")) {
    tb_sentences_add(f->out, "the mean is off by %.3g std", mean);
    found = true;
  }
  if (condemned(f, "variance") && fabs(value(f, "kurtosis")) < 3 * fabs(value(f, "variance"))) {
    tb_sentences_add(f->out, "the std is %.5g times what it ought to be", sqrt(fmax(variance, 0)));
    found = true;
  }
  return found && fabs(variance - 1) > 0.05;
}

/* How many numbers ought to be beyond k std. */
static double expected(const struct findings *f, double k) {
  return (double)f->n * erfc(k * sqrt(0.5));
}

/* "beyond 4 std are 120 numbers, and 63 ought to be", of the first of 3, 4 and 5 that condemns; 0: none does. */
static int counts(const struct findings *f, bool *heavy) {
  static const char *const name[] = {[3] = "tail3", "tail4", "tail5"};
  for (int k = 3; k <= 5; k++)
    if (condemned(f, name[k])) {
      *heavy = value(f, name[k]) > expected(f, k);
      return k;
    }
  return 0;
}

/* Whether the numbers are normal up to the largest: those beyond 3 std are not fewer than if what lies beyond it were drawn
 * again. */
static bool clean(const struct findings *f, double largest) {
  const double beyond = expected(f, largest);
  return value(f, "tail3") >= (expected(f, 3) - beyond) / (1 - beyond / (double)f->n) - 5 * sqrt(expected(f, 3));
}

static bool tails(const struct findings *f, bool *is_cut) {
  static const char *const name[] = {[3] = "tail3", "tail4", "tail5"};
  const double largest = value(f, "maximum"), bits = largest * largest / (2 * log(2));
  bool heavy = false;
  const int k = counts(f, &heavy);
  const bool cut = !heavy && clean(f, largest) && (condemned(f, "maximum") || k == 5 || value(f, "tail4") == 0);
  *is_cut = cut;
  if (k == 0 && !condemned(f, "maximum"))
    return false;
  if (cut && fabs(bits - round(bits)) < 0.02 * bits && bits < 32)
    tb_sentences_add(
        f->out, "no number is beyond %.4g std, the longest radius of uniform numbers of %.0f bits: the tail is cut off there",
        largest, bits);
  else if (cut)
    tb_sentences_add(
        f->out,
        "no number is beyond %.4g std: the tail is cut off there, as of a ziggurat without its tail or of numbers that "
        "are clamped",
        largest);
  else if (k)
    tb_sentences_add(f->out, "beyond %d std are %.0f numbers, and %.0f ought to be: the tails are too %s", k, value(f, name[k]),
                     expected(f, k), heavy ? "heavy" : "light");
  else
    tb_sentences_add(f->out, "the largest number is %.4g std: too large", largest);
  return true;
}

static void positions(const struct findings *f) {
  if (condemned(f, "lane_means"))
    tb_sentences_add(f->out, "the mean depends on the position in the call, or in its blocks of 16");
  if (condemned(f, "lane_variances"))
    tb_sentences_add(f->out, "the std depends on the position in the call, or in its blocks of 16");
}

static void dependence(const struct findings *f) {
  if (condemned(f, "pair"))
    tb_sentences_add(f->out, "the numbers of pairs depend on each other: their correlation is %.3g", value(f, "pair"));
  if (condemned(f, "lags") || condemned(f, "runs"))
    tb_sentences_add(f->out,
                     "numbers depend on those up to 31 before them: state that is not advanced, or words that serve twice");
  if (condemned(f, "square_lags") || condemned(f, "square_pair"))
    tb_sentences_add(f->out, "the sizes of numbers depend on those near them: radii that serve twice");
}

/* Box-Muller's two parts, where numbers are paired at distance 8 or 1. */
static void plane(const struct findings *f) {
  static const char *const name[2][3] = {{"angle_8", "radius_8", "(j, j + 8) of blocks of 16"},
                                         {"angle_1", "radius_1", "(2 i, 2 i + 1)"}};
  for (int k = 0; k < 2; k++) {
    const bool angle = condemned(f, name[k][0]), radius = condemned(f, name[k][1]);
    if (angle && !radius)
      tb_sentences_add(
          f->out,
          "of the pairs %s the angle is not uniform and the radius is right: 2 pi, sine and cosine, or the angle's bits",
          name[k][2]);
    if (radius && !angle)
      tb_sentences_add(
          f->out, "of the pairs %s the radius is wrong and the angle is uniform: the logarithm, the root, or the radius' bits",
          name[k][2]);
  }
}

/* A tail that is cut off lowers the kurtosis. */
static void shape(const struct findings *f, bool cut) {
  const int64_t positive = (int64_t)value(f, "signs");
  if (condemned(f, "signs"))
    tb_sentences_add(f->out, "%" PRId64 " of %" PRId64 " numbers are positive: the sign is not fair", positive, f->n);
  else if (condemned(f, "skewness"))
    tb_sentences_add(f->out, "the two sides are unlike: skewness %.3g", value(f, "skewness"));
  if (condemned(f, "kurtosis") && !cut)
    tb_sentences_add(f->out, "the kurtosis is off by %.3g: %s", value(f, "kurtosis"),
                     value(f, "kurtosis") > 0 ? "too many numbers near the mean and far from it, as of a mixture of stds"
                                              : "too few far from the mean, as of a sum of a few uniform numbers");
  else if (condemned(f, "cells") && !cut)
    tb_sentences_add(
        f->out,
        "some intervals have too many numbers and others too few: uniform numbers of few bits, or a table with an error");
}

void tb_distribution_diagnose(const tb_statistic statistic[TB_STATISTICS], int64_t n, tb_sentences *out) {
  const struct findings f = {statistic, n, out};
  memset(out, 0, sizeof *out);
  positions(&f);
  if (law(&f))
    return;
  bool cut = false;
  const bool tailed = tails(&f, &cut);
  dependence(&f);
  if (!tailed)
    plane(&f);
  shape(&f, cut);
}
