/* Averages of Hermite polynomials of normal numbers, and how likely they are.
 *
 * The tail of an average of n independent g(x) by the saddlepoint (Lugannani and Rice, Saddle Point Approximation for the
 * Distribution of the Sum of Independent Random Variables, 1980): with K(t) = log E exp(t g(x)), K'(t) = average,
 * w = sign(t) sqrt(2 n (t K'(t) - K(t))) and u = t sqrt(n K''(t)),
 *
 *     P(the average is at least that large) = Q(w) + phi(w) (1/u - 1/w)
 *
 * with a relative error of order 1/n, everywhere; the normal limit has one of order z^3 / sqrt(n). E is Simpson's rule.
 *
 * SPDX-License-Identifier: MIT */
#include "hermite.h"
#include "pvalue.h"

#include <math.h>
#include <stdbool.h>

enum { NODES = 2001 };

/* g(x) at nodes, and the probability that each stands for. The first and the last also have that of the tails beyond the cut.
 */
typedef struct law {
  double g[NODES], p[NODES];
  double least, most;
} law;

typedef struct cumulants {
  double k, first, second; /* K(t), K'(t), K''(t) */
} cumulants;

static void law_make(int index, law *l) {
  const double step = 2 * TB_HERMITE_CUT / (NODES - 1), tail = erfc(TB_HERMITE_CUT * 0.70710678118654752440) / 2;
  l->least = INFINITY;
  l->most = -INFINITY;
  for (int i = 0; i < NODES; i++) {
    double he[TB_HERMITES];
    const bool end = i == 0 || i == NODES - 1;
    const double x = i * step - TB_HERMITE_CUT, weight = end ? 1 : i % 2 ? 4 : 2;
    tb_hermite(x, he);
    l->g[i] = he[index];
    l->p[i] = weight * step / 3 * exp(-x * x / 2) * 0.39894228040143267794 + (end ? tail : 0);
    l->least = fmin(l->least, l->g[i]);
    l->most = fmax(l->most, l->g[i]);
  }
}

static cumulants at(const law *l, double t) {
  const double largest = t > 0 ? t * l->most : t * l->least;
  double sum = 0, first = 0, second = 0;
  for (int i = 0; i < NODES; i++) {
    const double e = l->p[i] * exp(t * l->g[i] - largest);
    sum += e;
    first += e * l->g[i];
    second += e * l->g[i] * l->g[i];
  }
  first /= sum;
  return (cumulants){log(sum) + largest, first, second / sum - first * first};
}

/* K' grows with t: Newton's method, kept between two points on either side. */
static double saddlepoint(const law *l, double average) {
  double low = -1, high = 1;
  while (at(l, low).first > average)
    low *= 2;
  while (at(l, high).first < average)
    high *= 2;
  double t = 0;
  for (int i = 0; i < 100; i++) {
    const cumulants c = at(l, t);
    if (c.first < average)
      low = t;
    else
      high = t;
    double next = t + (average - c.first) / c.second;
    if (!(next > low && next < high))
      next = low + (high - low) / 2;
    if (fabs(next - t) <= 1e-14 * fabs(t))
      return next;
    t = next;
  }
  return t;
}

double tb_hermite_p(int index, double average, int64_t n) {
  law l;
  law_make(index, &l);
  const cumulants null = at(&l, 0);
  const double m = (double)n, z = (average - null.first) / sqrt(null.second / m);
  if (fabs(z) < 0.01) /* where 1/u - 1/w cancels */
    return tb_normal_p(z);
  /* No node is beyond the extremes, and an average close to them has no probability worth the name. */
  const double margin = 1e-3 * (l.most - l.least);
  if (average > l.most - margin || average < l.least + margin)
    return 0;
  const double t = saddlepoint(&l, average);
  const cumulants c = at(&l, t);
  const double w = sqrt(2 * m * fmax(0, t * c.first - c.k)), u = fabs(t) * sqrt(m * c.second);
  const double density = exp(-w * w / 2) * 0.39894228040143267794;
  return fmin(1, 2 * (tb_normal_p(w) / 2 + density * (1 / u - 1 / w)));
}
