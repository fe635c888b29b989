/* PyTorch's line of a case of normal.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_NORMAL_PYTHON_H
#define TB_NORMAL_PYTHON_H

#include "calls.h"

/* tb_operator.python. */
void tb_normal_python(tb_text *t, const tb_problem *p, const int64_t *wrong, int wrongs);

#endif
