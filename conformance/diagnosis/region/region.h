/* The region where a kernel fails: the simplest condition on the parameters that separates failing from passing points.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_REGION_H
#define TB_REGION_H

#include "condition.h"

typedef struct tb_region tb_region;

typedef struct tb_region_result {
  char text[400];          /* "dilation_w > 1 and stride_w > 1"; "everything" or "nothing" where no condition is needed */
  char note[400];          /* what its names mean where they are not PyTorch's; or "" */
  tb_formula formula;      /* of no part for everything and nothing */
  int conditions;          /* 0 to TB_CONDITIONS_MAX */
  int64_t points, failing; /* as many as were added */
  int64_t false_positives; /* passing points for which it is true */
  int64_t false_negatives; /* failing points for which it is false */
  int64_t misclassified;   /* both; 0: exact */
  bool reached_only;       /* exact for the points whose output a tap reaches, if not for all of them */
  int64_t reached, reached_failing; /* such points */
  bool proven;                      /* no condition of that form with fewer terms is exact; if inexact, none at all */
} tb_region_result;

tb_region *tb_region_open(void);

/* One point of op conv_transpose2d. */
void tb_region_add(tb_region *r, const tb_problem *p, bool fails);

/* Learns from all points. An exact condition has as few terms as can be, and of those the simplest: parameters rather than
 * derived quantities, one axis rather than both, small constants. Where there is no exact one of TB_CONDITIONS_MAX terms, then
 * one that is exact for the points whose output a tap reaches: the others, where padding crops all taps away, hold the bias
 * whatever the parameters do. Where there is none either, the best that was found. */
void tb_region_learn(tb_region *r, tb_region_result *out);

/* Whether the condition of a result, of one part or more, holds for a problem. */
bool tb_region_holds(const tb_region_result *result, const tb_problem *p);

/* One line for the result: "fails exactly where stride_h > 1: 12 of 40 points", or how far it is from exact. */
void tb_region_print(const tb_region_result *result, char *out, size_t size);

void tb_region_close(tb_region *r);

#endif
