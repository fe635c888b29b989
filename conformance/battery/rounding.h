/* Numbers of a normal law rounded to a dtype, made normal again.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_ROUNDING_H
#define TB_ROUNDING_H

#include <stdbool.h>
#include <stdint.h>

/* What is known of the numbers y = round(mean + std * z), and the stream of the draws below. */
typedef struct tb_rounding {
  double mean, std;
  int digits, lowest; /* of the dtype: of its significand, and the exponent of its least normal number */
  bool coarse;
  uint64_t state;
} tb_rounding;

/* False: dtype is none of f32, f64, f16, bf16, or mean and std are not finite, or std is not above 0, or the dtype overflows
 * within 9 std of the mean. For f32, f16 and bf16, mean and std are rounded to f32 first, as PyTorch does. */
bool tb_rounding_init(tb_rounding *r, int32_t dtype, double mean, double std);

/* z of a finite y. Where the dtype is fine, (y - mean) / std: it is fine where its numbers lie at most 2^-22 std apart at the
 * distance |mean| + std, as those of f32 with mean 0 do. Otherwise a draw from N(0, 1) within the interval that rounds to y,
 * which makes independent rounded normal numbers exactly independent normal ones again, whatever the dtype: one null law for
 * all, without a second set of cells, moments and tails. It hides only what numbers closer than the cells of a test could show.
 * The draws come from a fixed stream (splitmix64), so that equal numbers always get equal results. */
double tb_unround(tb_rounding *r, double y);

/* The probability that two numbers of the law are equal; 1 where half a std or more lies between the dtype's numbers. */
double tb_rounding_coincidence(const tb_rounding *r);

#endif
