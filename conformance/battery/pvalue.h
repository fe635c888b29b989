/* Probabilities of the tails of the distributions that test statistics follow, by closed forms.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_PVALUE_H
#define TB_PVALUE_H

#include <stdint.h>

/* Both tails, each with what was observed: lower + upper = 1 of a continuous distribution, and more of a discrete one. The
 * smaller one is accurate to 1e-10 of itself, down to 1e-300. */
typedef struct tb_tails {
  double lower, upper;
} tb_tails;

/* The two-sided p-value: twice the smaller tail, at most 1. */
double tb_two_sided(tb_tails tails);

/* N(0, 1): two-sided. */
double tb_normal_p(double z);

/* The z >= 0 with P(Z > z) = q, for 1e-300 <= q <= 1/2. */
double tb_normal_quantile(double q);

/* Chi-square with k >= 1 degrees of freedom. */
tb_tails tb_chi2(int k, double statistic);

/* k successes of n, each with probability p, 0 < p < 1. */
tb_tails tb_binomial(int64_t n, double p, int64_t k);

/* The limits for large n of P(sqrt(n) D > d), with D Kolmogorov's distance, and of P(A^2 > a), with A^2 of Anderson and Darling
 * where the distribution is fully known (case 0). The latter to 0.3 % of itself. */
double tb_kolmogorov_p(double d);
double tb_anderson_darling_p(double a);

#endif
