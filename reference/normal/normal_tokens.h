/* The forms of normal's own tokens; their arguments are tb_normal.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_NORMAL_TOKENS_H
#define TB_NORMAL_TOKENS_H

#include "calls.h"

#define TB_STANDARD_STREAM "torch-cpu-avx2"

extern const tb_own tb_own_calls, tb_own_stream;

#endif
