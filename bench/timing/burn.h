/* Extra work of a known length, that a gate has to find.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_BURN_H
#define TB_BURN_H

#include <stdint.h>

/* A chain of multiplications and additions, each of which waits for the one before: no kernel's work overlaps with it for
 * longer than the processor looks ahead. */
void tb_burn(int64_t steps);

/* Seconds of one step, as it is now: the median of several measurements, which take about a millisecond. */
double tb_burn_step(void);

#endif
