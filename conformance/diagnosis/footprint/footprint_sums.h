/* The footprint of a mistake: which products the sums of the wrong elements lack, or are of alone.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_FOOTPRINT_SUMS_H
#define TB_FOOTPRINT_SUMS_H

#include "footprint.h"

/* Says so, if there are such products: those of one kernel row, column or tap, of one input row, column or channel, or of
 * the last input channels. Problems of many multiply-adds are not looked at. */
bool tb_footprint_sums(const tb_problem *p, const double *got, const double *want, const bool *wrong, tb_footprint_result *out);

#endif
