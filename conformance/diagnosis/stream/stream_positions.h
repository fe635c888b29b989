/* Where each number of a case of PyTorch's CPU streams comes from: what the diagnosis sorts wrong numbers by.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_STREAM_POSITIONS_H
#define TB_STREAM_POSITIONS_H

#include "calls.h"

/* Properties of a number, each a bit of tb_position.flags. */
typedef enum tb_position_flag {
  TB_P_IN_BLOCKS, /* drawn in blocks of 16; else one by one */
  TB_P_ONE_BY_ONE,
  TB_P_COSINE,
  TB_P_SINE,
  TB_P_ROW_MAJOR,
  TB_P_STRIDED,     /* its call has 16 numbers and more, and is not row-major */
  TB_P_GAPLESS,     /* such a call, whose elements lie side by side */
  TB_P_SPARSE,      /* its call has a stride of a dimension of size 1 that is not what row-major order would make it */
  TB_P_SHORT,       /* its call has fewer than 16 numbers */
  TB_P_SIXTEEN,     /* its call has 16 */
  TB_P_BEYOND,      /* at index 65,536 of its call or later */
  TB_P_TAIL,        /* of the last n % 16 of its call, in blocks */
  TB_P_REDRAWN,     /* of the numbers before those that the last block draws again */
  TB_P_LAST_BLOCK,  /* of either */
  TB_P_BEFORE_LAST, /* of such a call, before its last block */
  TB_P_ODD_BLOCK,
  TB_P_WAITED,        /* a sine that was drawn in an earlier call */
  TB_P_ACROSS_BLOCKS, /* one that waited while others were drawn in blocks */
  TB_P_OTHER_LAW,     /* one that was drawn in a call of another mean or std */
  TB_P_LATER_CALL,    /* not of the first call since seeding */
  TB_P_AFTER_EMPTY,   /* an empty call comes right before its own */
  TB_P_SEEDED_AGAIN,  /* drawn since the generator was seeded again, or with the next seed */
  TB_P_DROPPED,       /* drawn since a seeding that has to drop a waiting number */
  TB_P_TWISTED,       /* its pair takes the last of the engine's first 624 words, or later ones */
  TB_P_WITH_MEAN,     /* its mean is not 0 */
  TB_P_WITH_STD,      /* its std is not 1 */
  TB_P_WITH_EITHER,
  TB_P_NO_STD,    /* its std is 0 */
  TB_P_LATER_LAW, /* its mean or std is not that of the case's first call */
  TB_P_SEED_NOT_0,
  TB_P_SEED_ABOVE_16, /* bits 16 to 31 of its seed are not all 0 */
  TB_P_SEED_ABOVE_32,
  TB_P_NO_RADIUS,   /* the radius of its pair is 0 */
  TB_P_LONG_RADIUS, /* the radius of its pair is among the longest of 24 bits */
  TB_P_INFINITE,    /* the right number is */
  TB_P_NAN,         /* the right number is */
  TB_P_ZERO,        /* the right number is */
  TB_P_SUBNORMAL,   /* the right number is, in its dtype */
  TB_POSITION_FLAGS
} tb_position_flag;

typedef struct tb_position {
  uint64_t flags;
  int64_t seeding; /* how often the generator had been seeded before */
  int64_t call;    /* how many calls came before it, of all repetitions and seeds */
  int64_t begin;   /* of the call's first number among all */
  int64_t n;       /* numbers of the call */
  int64_t memory;  /* its index in the order of memory */
  int64_t partner; /* among all, the other number of its pair; -1: it is not kept */
  double mean, std;
} tb_position;

static inline bool tb_position_is(const tb_position *q, tb_position_flag flag) {
  return q->flags >> flag & 1;
}

/* Of the p->kept numbers of a case of torch-cpu-avx2 or torch-cpu-default, `want` the right ones. False: the case has another
 * stream, or calls of which not all numbers are kept. */
bool tb_stream_positions(const tb_problem *p, const double *want, tb_position *out);

#endif
