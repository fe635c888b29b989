/* Where each number of a case of PyTorch's CPU streams comes from: what the diagnosis tells wrong numbers apart by.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_STREAM_PLACES_H
#define TB_STREAM_PLACES_H

#include "problem.h"

enum {
  TB_IN_BLOCKS = 1u << 0, /* by blocks of 16; else one by one */
  TB_ONE_BY_ONE = 1u << 1,
  TB_COSINE = 1u << 2,
  TB_SINE = 1u << 3,
  TB_STRIDED = 1u << 4,        /* its call is not row-major */
  TB_TAIL = 1u << 5,           /* of the last n % 16 of its call, in blocks */
  TB_LAST_BLOCK = 1u << 6,     /* of the 16 that end such a call */
  TB_BEFORE_LAST = 1u << 7,    /* of such a call, before these 16 */
  TB_SIXTEEN = 1u << 8,        /* its call has 16 numbers */
  TB_WAITED = 1u << 9,         /* a sine that was drawn in an earlier call */
  TB_ACROSS_BLOCKS = 1u << 10, /* one that waited while others were drawn in blocks */
  TB_OTHER_LAW = 1u << 11,     /* one that was drawn in a call of another mean or std */
  TB_SEEDED_AGAIN = 1u << 12,  /* drawn since the generator was seeded again, or with the next seed */
  TB_DROPPED = 1u << 13,       /* the same, and that seeding has to drop a waiting number */
  TB_LATER_CALL = 1u << 14,    /* not of the first call since seeding */
  TB_TWISTED = 1u << 15,       /* drawn from words beyond the engine's first 624 */
  TB_ODD_BLOCK = 1u << 16,
  TB_SECOND_HALF = 1u << 17, /* of its call */
  TB_LATER_LAW = 1u << 18,   /* its mean or std is not that of the case's first call */
  TB_NO_STD = 1u << 19,
  TB_SPARSE = 1u << 20,    /* its call has a stride of a dimension of size 1 that is not what row-major order would make it */
  TB_INFINITE = 1u << 21,  /* the right number is */
  TB_NAN = 1u << 22,       /* the right number is */
  TB_ZERO = 1u << 23,      /* the right number is */
  TB_SUBNORMAL = 1u << 24, /* the right number is, in its dtype */
  TB_PLACE_FLAGS = 25
};

typedef struct tb_place {
  uint32_t flags;
  int32_t item;    /* of calls= */
  int64_t call;    /* how many calls came before it, of all repetitions and seeds */
  int64_t begin;   /* of the call's first number among all */
  int64_t n;       /* numbers of the call */
  int64_t memory;  /* its index in the order of memory */
  int64_t partner; /* among all, the other number of its pair; -1: it is not kept */
  double mean, std;
} tb_place;

/* Of the p->kept numbers of a case of torch-cpu-avx2 or torch-cpu-default, `want` the right ones. False: the case has another
 * stream, or calls of which not all numbers are kept. */
bool tb_stream_places(const tb_problem *p, const double *want, tb_place *out);

#endif
