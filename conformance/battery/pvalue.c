/* Probabilities of the tails of the distributions that test statistics follow, by closed forms.
 *
 * Sums of densities start from one term and go on by the ratio of neighbours. That term comes from Loader, Fast and Accurate
 * Computation of Binomial Probabilities (2000): the logarithm of a density at its mode and the deviance from there, so that
 * nothing cancels, overflows or underflows however large the parameters are.
 *
 * SPDX-License-Identifier: MIT */
#include "pvalue.h"

#include <math.h>
#include <stdbool.h>

static const double pi = 3.14159265358979323846;
static const double epsilon = 0x1p-56; /* terms below that of a sum are dropped */

double tb_two_sided(tb_tails tails) {
  return fmin(1, 2 * fmin(tails.lower, tails.upper));
}

double tb_normal_p(double z) {
  return erfc(fabs(z) * 0.70710678118654752440);
}

/* By bisection, which needs no formula of its own: the last interval has no double inside. */
double tb_normal_quantile(double q) {
  double low = 0, high = 39;
  for (;;) {
    const double z = low + (high - low) / 2;
    if (z <= low || z >= high)
      return low;
    if (erfc(z * 0.70710678118654752440) / 2 > q)
      low = z;
    else
      high = z;
  }
}

/* log Gamma(a + 1) - log(sqrt(2 pi a) (a/e)^a): Stirling's series, of which the first term left out is below 1e-15. */
static double stirling_error(double a) {
  if (a < 12) {
    int sign;
    return lgamma_r(a + 1, &sign) - (a + 0.5) * log(a) + a - 0.5 * log(2 * pi);
  }
  const double s = 1 / (a * a);
  return (1.0 / 12 - (1.0 / 360 - (1.0 / 1260 - (1.0 / 1680 - (1.0 / 1188 - 691.0 / 360360 * s) * s) * s) * s) * s) / a;
}

/* a log(a/y) + y - a: half the deviance of a Poisson variable that is a, with mean y. Near y, log(a/y) would lose digits. */
static double deviance(double a, double y) {
  const double h = (y - a) / a;
  return fabs(h) < 0.5 ? a * (h - log1p(h)) : a * log(a / y) + y - a;
}

/* y^a e^-y / Gamma(a + 1) */
static double poisson(double a, double y) {
  return a == 0 ? exp(-y) : exp(-stirling_error(a) - deviance(a, y)) / sqrt(2 * pi * a);
}

/* Abramowitz and Stegun 26.4.4 and 26.4.5 are finite sums of poisson(j, s/2) over j = k/2 - 1, k/2 - 2, ..., 0 or 1/2, for odd
 * k with twice the normal tail; the sum over j = k/2, k/2 + 1, ... is the other tail (26.4.6). */
tb_tails tb_chi2(int k, double statistic) {
  if (!(statistic > 0))
    return (tb_tails){0, 1};
  const double y = statistic / 2, a = k / 2.0;
  tb_tails tails;
  double sum = 0;
  if (statistic < k) {
    double term = poisson(a, y);
    for (int i = 1; term > epsilon * sum; i++) {
      sum += term;
      term *= y / (a + i);
    }
    tails = (tb_tails){fmin(sum, 1), 1 - fmin(sum, 1)};
  } else {
    sum = k % 2 ? erfc(sqrt(y)) : 0;
    double term = k > 1 ? poisson(a - 1, y) : 0;
    for (int i = 1; i <= k / 2 && term > epsilon * sum; i++) {
      sum += term;
      term *= (a - i) / y;
    }
    tails = (tb_tails){1 - fmin(sum, 1), fmin(sum, 1)};
  }
  return tails;
}

static double binomial(int64_t n, double p, int64_t k) {
  if (k == 0)
    return exp((double)n * log1p(-p));
  if (k == n)
    return exp((double)n * log(p));
  const double a = (double)k, b = (double)(n - k), m = (double)n;
  const double correction = stirling_error(m) - stirling_error(a) - stirling_error(b);
  return exp(correction - deviance(a, m * p) - deviance(b, m * (1 - p))) * sqrt(m / (2 * pi * a * b));
}

tb_tails tb_binomial(int64_t n, double p, int64_t k) {
  const double odds = p / (1 - p), first = binomial(n, p, k);
  double sum = 0, term = first;
  if ((double)k < (double)n * p) {
    for (int64_t j = k; j >= 0 && term > epsilon * sum; j--) {
      sum += term;
      term *= (double)j / ((double)(n - j + 1) * odds);
    }
    return (tb_tails){fmin(sum, 1), fmin(1, 1 - sum + first)};
  }
  for (int64_t j = k; j <= n && term > epsilon * sum; j++) {
    sum += term;
    term *= (double)(n - j) * odds / (double)(j + 1);
  }
  return (tb_tails){fmin(1, 1 - sum + first), fmin(sum, 1)};
}

/* Kolmogorov 1933, and for small d the same function transformed (Jacobi's theta). */
double tb_kolmogorov_p(double d) {
  double sum = 0;
  if (d < 0.2)
    return 1; /* to 1e-12 */
  if (d < 1) {
    for (int k = 1; k <= 20; k += 2)
      sum += exp(-k * k * pi * pi / (8 * d * d));
    return 1 - sqrt(2 * pi) / d * sum;
  }
  for (int k = 1; k <= 20; k++)
    sum += (k % 2 ? 2 : -2) * exp(-2.0 * k * k * d * d);
  return sum;
}

/* Marsaglia and Marsaglia, Evaluating the Anderson-Darling Distribution (2004), which fits the body; beyond 6 the leading term
 * for a sum of Y_j^2 / (j(j+1)) with normal Y_j (Zolotarev 1961), times 1 + 0.3/a, fitted to Smirnov's exact formula. */
double tb_anderson_darling_p(double a) {
  if (!(a > 0.01))
    return 1;
  if (a < 2)
    return 1 - exp(-1.2337141 / a) / sqrt(a) *
                   (2.00012 + (0.247105 - (0.0649821 - (0.0347962 - (0.011672 - 0.00168691 * a) * a) * a) * a) * a);
  if (a < 6)
    return -expm1(-exp(1.0776 - (2.30695 - (0.43424 - (0.082433 - (0.008056 - 0.0003146 * a) * a) * a) * a) * a));
  return sqrt(3) * erfc(sqrt(a)) * (1 + 0.3 / a);
}
