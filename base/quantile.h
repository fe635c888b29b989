/* Order statistics of times.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_QUANTILE_H
#define TB_QUANTILE_H

/* Sorts n numbers, ascending. */
void tb_sort(double *x, int n);

/* Quantile q of n >= 1 sorted values, linear between neighbours (Hyndman and Fan's type 7, numpy's default). */
double tb_quantile(const double *sorted, int n, double q);

/* The median of n >= 1 numbers, which it sorts. */
double tb_median(double *x, int n);

#endif
