/* The decision: whether the battery's p-values condemn a generator.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_DISTRIBUTION_H
#define TB_DISTRIBUTION_H

#include "battery.h"

/* With p the family's p-value, 24 times the least of those that are judged (Bonferroni: at most the probability that a right
 * generator gets so small a one anywhere), a right kernel is condemned in one of up to 32 cases with a probability of at most
 * 1e-6:
 *
 *   first stage    some 10^6 numbers. p < 1e-10: failed. p < 1e-4: undecided, and those of the statistics with 24 p < 1e-4 are
 *                  the suspects. Else passed.
 *   second stage   another seed, ten times the numbers. Failed where 24 times the least p of the suspects is below 3e-4. Given
 *                  the first stage, that has a probability of at most (suspects/24) 3e-4.
 *   single stage   for 10^7 numbers and more, without a second stage: failed where p < 1e-6 / 32.
 *
 * In two stages, 32 (1e-10 + 1e-4 * 3e-4) = 9.6e-7; in a single one, 32 * 1e-6 / 32. NaN, infinity and repeats fail in every
 * stage; the probability of a repeat is below 1e-9 (repeats.h). */
#define TB_DISTRIBUTION_CASES 32

typedef enum tb_stage { TB_STAGE_FIRST, TB_STAGE_SECOND, TB_STAGE_SINGLE } tb_stage;

typedef enum tb_decision { TB_DECISION_PASSED, TB_DECISION_FAILED, TB_DECISION_UNDECIDED } tb_decision;

typedef struct tb_distribution {
  tb_decision decision;
  double family;     /* the p-value that decided */
  uint32_t suspects; /* undecided: bit i, statistic i */
  char reason[400];  /* failed and undecided: the statistics that say so, least p first; passed: the least p there is */
} tb_distribution;

/* suspects: of the second stage, what the first one gave; else nothing is read of it. */
void tb_distribution_decide(const tb_battery_result *result, tb_stage stage, uint32_t suspects, tb_distribution *out);

#endif
