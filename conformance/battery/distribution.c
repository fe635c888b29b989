/* The decision: whether the battery's p-values condemn a generator.
 *
 * SPDX-License-Identifier: MIT */
#include "distribution.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

static const double certain = 1e-10, suspicious = 1e-4, confirmed = 3e-4, single = 1e-6 / TB_DISTRIBUTION_CASES;

static uint32_t bit(int i) {
  return UINT32_C(1) << i;
}

/* NaN is the least p of all: no right numbers make it. */
static bool smaller(double p, double q) {
  return !isnan(q) && !(p >= q);
}

/* Of the statistics in `among` the one with the least p; -1: none is left. */
static int least(const tb_battery_result *r, uint32_t among) {
  int found = -1;
  for (int i = 0; i < TB_STATISTICS; i++)
    if (among & bit(i) && r->statistic[i].judged && (found < 0 || smaller(r->statistic[i].p, r->statistic[found].p)))
      found = i;
  return found;
}

static double family(const tb_battery_result *r, int i) {
  if (i < 0)
    return 1;
  return isnan(r->statistic[i].p) ? 0 : fmin(1, TB_STATISTICS * r->statistic[i].p);
}

/* "kurtosis 0.0313: p = 3e-17" for each of them, as far as there is room. */
static void explain(const tb_battery_result *r, uint32_t among, tb_distribution *out) {
  size_t used = 0;
  for (int i; (i = least(r, among)) >= 0; among &= ~bit(i)) {
    const tb_statistic *s = &r->statistic[i];
    char text[100];
    const int length = s->p >= 1e-300 ? snprintf(text, sizeof text, "%s %.6g: p = %.1e", s->name, s->value, s->p)
                                      : snprintf(text, sizeof text, "%s %.6g: p < 1e-300", s->name, s->value);
    const char *comma = used > 0 ? "; " : "";
    if (used + (size_t)length + 40 > sizeof out->reason)
      break;
    used += (size_t)snprintf(out->reason + used, sizeof out->reason - used, "%s%s", comma, text);
  }
  snprintf(out->reason + used, sizeof out->reason - used, ", of %" PRId64 " numbers", r->n);
}

/* Those of `among` whose own family p-value is below the limit. */
static uint32_t below(const tb_battery_result *r, uint32_t among, double limit) {
  uint32_t found = 0;
  for (int i; (i = least(r, among)) >= 0 && family(r, i) < limit; among &= ~bit(i))
    found |= bit(i);
  return found;
}

void tb_distribution_decide(const tb_battery_result *result, tb_stage stage, uint32_t suspects, tb_distribution *out) {
  const uint32_t among = stage == TB_STAGE_SECOND ? suspects : bit(TB_STATISTICS) - 1;
  const double limit = stage == TB_STAGE_FIRST ? certain : stage == TB_STAGE_SECOND ? confirmed : single;
  const int first = least(result, among);
  *out = (tb_distribution){.decision = TB_DECISION_FAILED, .family = 0};
  if (result->nonfinite > 0) {
    snprintf(out->reason, sizeof out->reason, "%" PRId64 " of %" PRId64 " numbers are NaN or infinite", result->nonfinite,
             result->n);
    return;
  }
  if (result->repeated >= 0) {
    snprintf(out->reason, sizeof out->reason, "the numbers from index %" PRId64 " on have been there before", result->repeated);
    return;
  }
  out->family = family(result, first);
  if (out->family < limit) {
    explain(result, below(result, among, limit), out);
  } else if (stage == TB_STAGE_FIRST && out->family < suspicious) {
    out->decision = TB_DECISION_UNDECIDED;
    out->suspects = below(result, among, suspicious);
    explain(result, out->suspects, out);
  } else {
    out->decision = TB_DECISION_PASSED;
    if (first >= 0)
      explain(result, bit(first), out);
  }
}
