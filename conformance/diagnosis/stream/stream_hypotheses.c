/* How wrong numbers come from right ones: when a hypothesis holds.
 *
 * SPDX-License-Identifier: MIT */
#include "stream_hypotheses.h"

#include "dtype.h"
#include "normal_reference.h"

#include <math.h>
#include <stdlib.h>

/* The distance between numbers around 1. */
static double unit(int32_t dtype) {
  return tb_number_ulp(dtype, 1);
}

bool tb_hypotheses_near(const tb_hypotheses *h, double a, double b, double size) {
  if (isnan(a) || isnan(b))
    return isnan(a) && isnan(b);
  return a == b || fabs(a - b) <= 4 * unit(h->p->c.dtype) * fmax(size, fmax(fabs(a), fabs(b)));
}

bool tb_hypotheses_nearly(const tb_hypotheses *h) {
  const int32_t dtype = h->p->c.dtype;
  double *value = malloc(2 * ((size_t)h->n + 1) * sizeof *value), *bound = value + h->n;
  if (!value)
    abort();
  bool near = tb_normal_reference(h->p, value, bound);
  for (int64_t i = h->first; near && i < h->n; i++) {
    const double got = h->numbers->got[i], want = h->numbers->want[i];
    near = !h->numbers->wrong[i] ||
           (isfinite(want) && (fabs(got - value[i]) <= bound[i] || fabs(got - want) <= 1.01 * tb_number_ulp(dtype, want)));
  }
  free(value);
  return near;
}

bool tb_hypothesis_explains(const tb_hypotheses *h, tb_hypothesis *hypothesis, int64_t argument, bool chosen, double share) {
  const double coincidence = 8 * unit(h->p->c.dtype); /* the probability that one number is near another */
  int64_t hits = 0;                                   /* equal numbers in a row count once */
  double last = NAN;
  for (int64_t i = h->first; i < h->n; i++) {
    double value;
    if (!h->numbers->wrong[i] || !hypothesis(h, i, argument, &value))
      continue;
    const double got = h->numbers->got[i], want = h->numbers->want[i], size = fabs(h->position[i].mean);
    if (tb_hypotheses_near(h, value, want, size) && tb_hypotheses_near(h, got, want, size))
      continue; /* rounding */
    if (!tb_hypotheses_near(h, got, value, size))
      return false;
    hits += value != last;
    last = value;
  }
  return (double)hits >= share * (double)h->wrongs && pow(coincidence, (double)hits) < (chosen ? 1e-9 : 1e-6);
}
