/* The grid of conv_transpose2d: every combination of kernel_size 1..5, stride 1..4, padding 0..3, dilation 1..3 and
 * output_padding below the larger of stride and dilation, on both axes independently, in six settings of the channels, on x of
 * 2 x C x 4 x 3. A block has one tuple of the height with one setting of the channels, and all tuples of the width that give an
 * output.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_CONV_GRID_H
#define TB_CONV_GRID_H

#include "conv_arguments.h"

#define TB_CONV_GRID_CASES 680 /* of a block, at most */

extern const tb_grid tb_conv_grid;

#endif
