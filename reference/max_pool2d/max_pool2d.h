/* max_pool2d as an operator.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_MAX_POOL2D_H
#define TB_MAX_POOL2D_H

#include "operator.h"

extern const tb_operator tb_operator_max_pool2d;

#endif
