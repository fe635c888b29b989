/* The footprint of a mistake: what the values of the wrong elements have in common.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_FOOTPRINT_VALUES_H
#define TB_FOOTPRINT_VALUES_H

#include "footprint.h"

/* Says what is true of the values of all elements that are wrong; there is at least one. */
void tb_footprint_values(const tb_problem *p, const double *got, const double *want, const bool *wrong,
                         tb_footprint_result *out);

#endif
