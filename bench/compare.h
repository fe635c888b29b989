/* Two kernels against each other on one layer: pairs of runs, and an interval for how many times as fast one is.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_COMPARE_H
#define TB_COMPARE_H

#include "bench.h"
#include "pairs.h"

#include <signal.h>

#define TB_COMPARE_LEVEL 0.95

/* What all layers share. */
typedef struct tb_comparer {
  const tb_subject *subject[TB_SIDES];
  char builtin[4096]; /* the file of the built-in kernels */
  tb_pairs pairs;     /* the process; a new one after it has died */
  double seconds;     /* a layer */
  int threads;
  const volatile sig_atomic_t *stop;
} tb_comparer;

/* The kernels of --compare among those selected, which are no others. Failures are reported and returned as exit codes. Close
 * in any case. */
int tb_compare_open(tb_comparer *comparer, const tb_options *options, const tb_subjects *subjects,
                    const volatile sig_atomic_t *stop);
void tb_compare_close(tb_comparer *comparer);

/* Fills the rows of both kernels; what compares them is in the first. False: *stop became nonzero, and the rows hold nothing of
 * use. */
bool tb_compare(tb_comparer *comparer, const tb_layer *layer, tb_row row[TB_SIDES]);

#endif
