/* The data of max_pool2d, the same in C and in golden/export/max_pool2d.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_MAX_POOL2D_PIXELS_H
#define TB_MAX_POOL2D_PIXELS_H

#include "max_pool2d/definition.h"

/* Element i comes of h = mix(mix(seed + G) + G * i), mix and G of splitmix64 (Steele, Lea, Flood 2014), and of u = h >> 32.
 *
 *   ties     7*u >> 32, one of 0 .. 6, and less 3 but in u8: most windows hold their greatest pixel more than once. Floating
 *            zeros are -0 where h is odd
 *   wide     floating: +-(1 + (R*u >> 32)), negative where h is odd, R = 2^32, 2^24, 2^11 and 2^8 in f64, f32, f16 and bf16;
 *            integers: the uppermost bits of h
 *   special  by c = h >> 1 & 15. Floating: NaN where c < 3; -inf where c < 10; inf where c is 10. Integers: the smallest where
 *            c < 8, the largest where c is 8. Elsewhere as ties
 *
 * Each is exact in its dtype. */
typedef enum tb_max_pool2d_fill { TB_POOL_TIES, TB_POOL_WIDE, TB_POOL_SPECIAL } tb_max_pool2d_fill;

/* Fills the numbers of x, of which real or whole is there as dtype is floating or not. */
void tb_max_pool2d_pixels(tb_max_pool2d_fill fill, int32_t dtype, uint64_t seed, int64_t count, tb_max_pool2d_numbers x);

/* The smallest and the largest number of an integer dtype. */
int64_t tb_max_pool2d_smallest(int32_t dtype);
int64_t tb_max_pool2d_largest(int32_t dtype);

#endif
