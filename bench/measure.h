/* Timing one layer on all kernels.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_MEASURE_H
#define TB_MEASURE_H

#include "bench.h"

#include <signal.h>

/* Fills row[i] for subject i of `subjects`. What goes wrong with a kernel is said in its row. False: *stop became nonzero, and
 * the rows hold nothing of use. */
bool tb_measure(const tb_layer *layer, const tb_subjects *subjects, const tenbin_host *host, double min_time,
                const volatile sig_atomic_t *stop, tb_row *row);

#endif
