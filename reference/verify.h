/* A whole output verified by one number (Freivalds, "Probabilistic machines can use less running time", 1977).
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_VERIFY_H
#define TB_VERIFY_H

#include "problem.h"

/* Secret weights r of y's elements, and what follows for x: an output y of x is right only if sum r*y = sum g*x + c, and a
 * wrong one, by whoever does not know r, is found but for chance. The sums are in double, so that what is left is y's rounding.
 */
typedef struct tb_verifier tb_verifier;

/* Of a problem whose operator has `adjoint`. in: all inputs, dense, of their dtypes; the first one is not looked at. The
 * weights follow from the key. NULL: there is no memory. */
tb_verifier *tb_verifier_make(const tb_problem *p, const void *const *in, uint64_t key);
void tb_verifier_free(tb_verifier *v);

/* rho of an output, dense, of x:
 *     |sum r*y - sum g*x - c| / sqrt(sum r*r * E y*y),
 * where E y*y is the mean square of an element of y for an x of that size. NaN where y holds a NaN or an infinity. */
double tb_verifier_rho(const tb_verifier *v, const void *x, const void *y);

/* The largest rho of a right output in f32: 2^-24 * 8 * (1 + sqrt(K)), K the most products that meet in an element. Errors of K
 * additions grow like sqrt(K); 8 leaves room for orders of summation that are less lucky. One element of n that was not written
 * gives some 1.4 / sqrt(n). */
double tb_verifier_bound(const tb_verifier *v);

#endif
