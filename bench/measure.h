/* Timing one layer on all kernels.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_MEASURE_H
#define TB_MEASURE_H

#include "bench.h"
#include <signal.h>

/* What all layers share. */
typedef struct tb_setting {
  tb_integers threads; /* that a kernel may use: it is timed with each */
  tb_timing timing;
  double clock;    /* seconds that the clock itself takes */
  double min_time; /* seconds a kernel, layer and number of threads */
  const volatile sig_atomic_t *stop;
} tb_setting;

/* Fills row[i * threads.count + j] for subject i of `subjects` with thread count j. A row holds what went
 * wrong with its kernel. False: *stop became nonzero, and the rows hold nothing of use. */
bool tb_measure(const tb_layer *layer, const tb_subjects *subjects, const tb_setting *setting, tb_row *row);

#endif
