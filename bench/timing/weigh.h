/* Weighing two kernels on one problem: pairs of runs, the memory of their plans placed by chance and exchanged.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_WEIGH_H
#define TB_WEIGH_H

#include "problem.h"
#include "slot.h"

#include <signal.h>
#include <stdio.h>

/* The two pans. */
enum { TB_BASE, TB_CANDIDATE, TB_SIDES };

/* What all rows of a process share. */
typedef struct tb_scales {
  const tenbin_kernel *kernel[TB_SIDES];
  tb_slot slot[TB_SIDES];
  tb_pool *pool;
  uint64_t random;                   /* state of the choices */
  double extra;                      /* extra work of the candidate's runs, as a share of a base's run */
  FILE *record;                      /* every pair, or NULL */
  volatile unsigned char *who;       /* the side that is at work, for who watches this process */
  const volatile sig_atomic_t *stop; /* becomes nonzero when no more rounds are to be begun; or NULL */
} tb_scales;

typedef struct tb_weight_order {
  int id;       /* in records */
  int rounds;   /* placements */
  int pairs;    /* of each half of a round */
  int runs;     /* of each side of a pair */
  bool warm;    /* a run of each side that is not timed before those that are: for kernels that use the caches differently */
  double *each; /* [rounds], where the log ratio of each round is put; or NULL */
} tb_weight_order;

typedef struct tb_weight {
  double log_ratio;                                           /* of candidate to base: median over the rounds */
  double seconds[TB_SIDES];                                   /* of one run: median over the pairs */
  double place;                                               /* log ratio of one place of plan memory to the other */
  double prepare[TB_SIDES];                                   /* seconds, median */
  size_t plan[TB_SIDES], peak[TB_SIDES], workspace[TB_SIDES]; /* bytes; peak: of prepare's memory */
  int64_t differing, elements;                                /* elements of the two answers whose bits differ */
} tb_weight;

/* What went wrong. */
typedef struct tb_weigh_fault {
  int side;         /* or TB_SIDES: neither's */
  bool unsupported; /* the side's supports says no */
  char why[200];
} tb_weigh_fault;

/* False: fault says why, and out is untouched. */
bool tb_weigh(tb_scales *scales, const tb_problem *problem, const tb_weight_order *order, tb_weight *out,
              tb_weigh_fault *fault);

/* The base's kernel alone: one run, and then one inside the function tb_counted, whose instructions a profiler counts. False:
 * as of tb_weigh. */
bool tb_weigh_once(tb_scales *scales, const tb_problem *problem, tb_weigh_fault *fault);
#define TB_COUNTED "tb_counted"

#endif
