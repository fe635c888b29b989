/* Order statistics.
 *
 * SPDX-License-Identifier: MIT */
#include "quantile.h"

#include <stdlib.h>

static int ascending(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

void tb_sort(double *x, int n) {
  qsort(x, (size_t)n, sizeof *x, ascending);
}

double tb_quantile(const double *sorted, int n, double q) {
  const double at = q * (n - 1);
  const int i = (int)at;
  return i + 1 < n ? sorted[i] + (at - i) * (sorted[i + 1] - sorted[i]) : sorted[n - 1];
}

double tb_median(double *x, int n) {
  tb_sort(x, n);
  return tb_quantile(x, n, 0.5);
}
