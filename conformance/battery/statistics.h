/* From the battery's sums over the numbers to its statistics and their p-values.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_STATISTICS_H
#define TB_STATISTICS_H

#include "battery.h"
#include "hermite.h"

enum {
  TB_LAGS = 31,
  TB_NORMAL_CELLS = 4096,
  TB_POLAR_CELLS = 1024, /* of angle and of radius, each */
  TB_OCTANT_CELLS = TB_POLAR_CELLS / 8,
  TB_LANES = 64
};

/* Over x, N(0, 1), and s = (x^2 - 1) / sqrt(2). */
typedef struct tb_sums {
  int64_t n;
  double hermite[TB_HERMITES];
  int64_t cell[TB_NORMAL_CELLS];
  int64_t beyond[3];                        /* |x| > 3, 4, 5 */
  double maximum;                           /* of |x| */
  int64_t positive, changes;                /* of sign */
  double lag[TB_LAGS], square_lag[TB_LAGS]; /* of x_i x_(i-k) and s_i s_(i-k), k = 1 .. 31 */
  int64_t pairs;
  double pair, square_pair; /* of x_j x_(j+8) and s_j s_(j+8) */
  struct {
    int64_t angle[TB_POLAR_CELLS], radius[TB_POLAR_CELLS];
  } polar[2]; /* of the pairs at distance 8, and at distance 1 */
  int lanes;
  int64_t lane_n[TB_LANES];
  double lane[TB_LANES], lane_square[TB_LANES]; /* of x and s */
} tb_sums;

void tb_statistics(const tb_sums *sums, tb_statistic statistic[TB_STATISTICS]);

#endif
