/* The grid of max_pool2d: every combination of kernel_size 1..4, stride 1..4, padding 0..kernel_size/2 and dilation 1..3, on
 * both axes independently, without and with ceil_mode, on four sizes of x, each in three cases: on fill=ties without and with
 * its indices, and on fill=special with them. A block has one size, ceil_mode or not, one tuple of the height, and all tuples
 * of the width that give an output.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_MAX_POOL2D_GRID_H
#define TB_MAX_POOL2D_GRID_H

#include "operator.h"

#define TB_POOL_GRID_CASES 288 /* of a block, at most */

extern const tb_grid tb_max_pool2d_grid;

#endif
