/* Wealth, intervals, Holm's procedure.
 *
 * SPDX-License-Identifier: MIT */
#include "evidence.h"

#include <math.h>
#include <stdlib.h>

/* Stakes of the gamblers: (1 + s) / 2 is the share of hits at which one grows fastest. The largest reaches 1/0.001 in 12 hits
 * in a row and 23/0.001 in 17, the smallest bears with a third of misses. */
static const double stake[] = {0.3, 0.6, 0.8, 0.94};
#define GAMBLERS ((int)(sizeof stake / sizeof *stake))

double tb_wealth(int n, int hits) {
  double log_wealth[GAMBLERS], most = -INFINITY, sum = 0;
  for (int i = 0; i < GAMBLERS; i++) {
    log_wealth[i] = hits * log1p(stake[i]) + (n - hits) * log1p(-stake[i]);
    most = log_wealth[i] > most ? log_wealth[i] : most;
  }
  for (int i = 0; i < GAMBLERS; i++)
    sum += exp(log_wealth[i] - most);
  return most + log(sum / GAMBLERS);
}

double tb_evidence(const double *x, int n, double threshold, bool below) {
  double most = 0;
  int hits = 0;
  for (int i = 0; i < n; i++) {
    hits += below ? x[i] < threshold : x[i] > threshold;
    const double wealth = tb_wealth(i + 1, hits);
    most = wealth > most ? wealth : most;
  }
  return most;
}

void tb_interval(const double *sorted, int n, double level, double *low, double *high) {
  const double wanted = log(2 / (1 - level));
  *low = -INFINITY;
  *high = INFINITY;
  /* The fewest hits that refute: every median below the hits-th largest value, or above the hits-th smallest, is refuted. */
  for (int hits = n / 2; hits <= n; hits++)
    if (hits > 0 && tb_wealth(n, hits) >= wanted) {
      *low = sorted[n - hits];
      *high = sorted[hits - 1];
      return;
    }
}

struct ranked {
  double evidence;
  int index;
};

static int descending(const void *a, const void *b) {
  const double x = ((const struct ranked *)a)->evidence, y = ((const struct ranked *)b)->evidence;
  return (x < y) - (x > y);
}

void tb_holm(const double *log_evidence, int n, double alpha, bool *rejected) {
  struct ranked *r = calloc((size_t)(n > 0 ? n : 1), sizeof *r);
  if (!r)
    abort();
  for (int i = 0; i < n; i++) {
    r[i] = (struct ranked){log_evidence[i], i};
    rejected[i] = false;
  }
  qsort(r, (size_t)n, sizeof *r, descending);
  for (int i = 0; i < n && r[i].evidence >= log((n - i) / alpha); i++)
    rejected[r[i].index] = true;
  free(r);
}

double tb_more(int n, int hits, double wanted) {
  const double share = (double)hits / n, missing = wanted - tb_wealth(n, hits);
  double rate = 0;
  for (int i = 0; i < GAMBLERS; i++) {
    const double r = share * log1p(stake[i]) + (1 - share) * log1p(-stake[i]);
    rate = r > rate ? r : rate;
  }
  return rate > 0 && n > 0 ? (missing > 0 ? missing / rate : 0) : 0;
}
