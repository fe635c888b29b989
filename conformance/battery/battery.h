/* The battery: statistical tests of numbers that ought to be independent and normal, in one pass. BATTERY.md has its formulas,
 * their sources, and what it detects.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_BATTERY_H
#define TB_BATTERY_H

#include <stdbool.h>
#include <stdint.h>

/* What the numbers ought to be. Where half a std or less lies between the numbers of the dtype, mean and std have to be
 * exact in f32: kernels may round them to f32 first, or not. */
typedef struct tb_law {
  int32_t dtype; /* enum tenbin_dtype */
  double mean, std;
  int64_t period; /* numbers in each of many equal calls (or in each seed's first call); 0: one call made them all */
} tb_law;

typedef struct tb_statistic {
  const char *name;
  double value, p; /* p: uniform on (0, 1) for right numbers, two-sided where both sides can be wrong */
  bool judged;     /* false: reported only */
} tb_statistic;

#define TB_STATISTICS 24

/* NaN, infinity and repeats condemn a generator by themselves; the statistics do it by their p-values (distribution.h). */
typedef struct tb_battery_result {
  int64_t n;
  int64_t nonfinite; /* numbers that are NaN or infinite; the statistics take them for the mean */
  int64_t repeated;  /* the index from which on a block of numbers comes again; -1: none does */
  int64_t block;     /* how many numbers a block has; 0: not looked for, the dtype has too few numbers within a std */
  tb_statistic statistic[TB_STATISTICS];
} tb_battery_result;

typedef struct tb_battery tb_battery;

/* NULL: there is no memory, or no law: std is 0, or the dtype overflows within 9 std of the mean. */
tb_battery *tb_battery_open(const tb_law *law);

/* Another mean and std from the next number on, for calls that differ in them; the period counts all numbers. False: there is
 * no such law, and nothing has changed. */
bool tb_battery_law(tb_battery *b, double mean, double std);

/* The next n numbers, exactly converted from their dtype. */
void tb_battery_add(tb_battery *b, const double *y, int64_t n);

/* To be called once, after 10^5 numbers or more: the limits that the p-values stand on are not reached before. False: there was
 * no memory. */
bool tb_battery_finish(tb_battery *b, tb_battery_result *result);
void tb_battery_close(tb_battery *b);

#endif
