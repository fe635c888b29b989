/* Timing two kernels on one problem in pairs of runs, with the memory of their plans at random addresses and exchanged.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_PAIR_TIMING_H
#define TB_PAIR_TIMING_H

#include "problem.h"
#include "slot.h"
#include "stage.h"

#include <stdio.h>

/* The two kernels that are compared. */
enum { TB_BASE, TB_CANDIDATE, TB_SIDES };

/* For the process that watches it: the side that is at work, or was last, and its enum tb_worker_stage, which is
 * TB_IN_IDLE between two rows. */
typedef struct tb_pair_place {
  unsigned char side, stage;
} tb_pair_place;

/* What all rows of a process share. */
typedef struct tb_pair_context {
  const tenbin_kernel *kernel[TB_SIDES];
  tb_slot slot[TB_SIDES];
  tb_pool *pool;
  uint64_t random; /* state of the choices */
  double extra;    /* extra work of the candidate's runs, as a share of a base's run */
  FILE *record;    /* every pair, or NULL */
  volatile tb_pair_place *place;
} tb_pair_context;

typedef struct tb_pair_schedule {
  int rounds;   /* placements */
  int pairs;    /* of each half of a round */
  int runs;     /* of each side of a pair */
  bool warm;    /* an untimed run of each side before the timed ones: for kernels that use the caches differently */
  double *each; /* [rounds], for the log ratio of each round; or NULL */
} tb_pair_schedule;

typedef struct tb_pair_times {
  double log_ratio;                                           /* of candidate to base: median over the rounds */
  double seconds[TB_SIDES];                                   /* of one run: median over the pairs */
  double address_effect;                                      /* log ratio of one address of plan memory to the other */
  double prepare[TB_SIDES];                                   /* seconds, median */
  size_t plan[TB_SIDES], peak[TB_SIDES], workspace[TB_SIDES]; /* bytes; peak: of prepare's memory */
  int64_t differing, elements;                                /* elements of the two answers whose bits differ */
} tb_pair_times;

/* What went wrong. */
typedef struct tb_pair_fault {
  int side;         /* or TB_SIDES: neither's */
  bool unsupported; /* the side's supports says no */
  char why[200];
} tb_pair_fault;

/* False: fault says why, and out is untouched. */
bool tb_time_pairs(tb_pair_context *context, const tb_problem *problem, const tb_pair_schedule *schedule, tb_pair_times *out,
                   tb_pair_fault *fault);

/* The base's kernel alone: one run, and then one inside the function tb_counted, whose instructions a profiler counts. False:
 * as of tb_time_pairs. */
bool tb_run_counted(tb_pair_context *context, const tb_problem *problem, tb_pair_fault *fault);
#define TB_COUNTED "tb_counted"

#endif
