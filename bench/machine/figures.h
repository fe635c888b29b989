/* The figures of a machine: measured, and printed as they come.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_FIGURES_H
#define TB_FIGURES_H

#include "meter.h"

#include <signal.h>
#include <stdbool.h>

#define TB_ISAS 3 /* of enum tb_isa */

typedef struct tb_figures {
  int threads;
  double peak[TB_ISAS];                         /* flop/s; 0: the processor does not have it, or TENBIN_ISA excludes it */
  double bandwidth[TB_LEVELS_MAX][TB_TRAFFICS]; /* bytes/s */
} tb_figures;

/* "read", "write", "copy" or "nt-write". */
const char *tb_traffic_name(tb_traffic traffic);

/* "32 KiB" */
#define TB_SIZE 24
void tb_size(size_t bytes, char out[TB_SIZE]);

/* The caches in words, one line on standard output. */
void tb_figures_caches(const tb_meter *meter);

/* Measures, `seconds` for each figure, and prints a block on standard output. False: *stop became nonzero, and what was not
 * measured is 0. */
bool tb_figures_measure(tb_meter *meter, int threads, double seconds, const volatile sig_atomic_t *stop, tb_figures *out);

/* What the figures mean, a few lines on standard output. */
void tb_figures_notes(void);

/* The instruction set with the highest peak. */
tb_isa tb_figures_best(const tb_figures *figures);

#endif
