/* The diagnosis of a distribution: what the statistics that condemn it suggest.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_DISTRIBUTION_DIAGNOSIS_H
#define TB_DISTRIBUTION_DIAGNOSIS_H

#include "battery.h"
#include "sentences.h"

/* Diagnoses TB_STATISTICS statistics of n numbers. A statistic condemns where 24 times its p-value is below 1e-6. The sentences
 * say what is wrong, as far as the statistics show; what explains the most comes first. None: nothing is condemned. */
void tb_distribution_diagnose(const tb_statistic statistic[TB_STATISTICS], int64_t n, tb_sentences *out);

#endif
