/* Averages of Hermite polynomials of normal numbers, and how likely they are.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_HERMITE_H
#define TB_HERMITE_H

#include <stdint.h>

/* He_1, He_2, He_3, He_4 and He_6 of x: orthogonal under N(0, 1), with expectation 0. */
#define TB_HERMITES 5

/* x is cut off at +-5 first. Without that, single numbers rule the averages of the high ones: the normal limit of He_6 is off
 * by a factor of 18 at p = 1e-7 and a million numbers, and no saddlepoint helps, for exp(t He_4) has no expectation. What lies
 * beyond 5 is for the counts of tails. */
#define TB_HERMITE_CUT 5.0

static inline void tb_hermite(double x, double he[TB_HERMITES]) {
  const double c = x < -TB_HERMITE_CUT ? -TB_HERMITE_CUT : x > TB_HERMITE_CUT ? TB_HERMITE_CUT : x, q = c * c;
  he[0] = c;
  he[1] = q - 1;
  he[2] = c * (q - 3);
  he[3] = (q - 6) * q + 3;
  he[4] = ((q - 15) * q + 45) * q - 15;
}

/* The two-sided p-value of the average over n independent normal numbers of the polynomial of that index. */
double tb_hermite_p(int index, double average, int64_t n);

#endif
