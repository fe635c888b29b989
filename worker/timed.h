/* A kernel that is timed, inside the worker.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_TIMED_H
#define TB_TIMED_H

#include "execute.h"

/* Does what an order says with a kernel and a case, the same ones as before in this process, and fills in the report and the
 * times. Inputs and outputs lie at the beginnings of their ranges, where the parent has filled the inputs in. */
void tb_time(tb_execution *e, const tb_case *c, const tenbin_kernel *kernel, const tb_order *order, tb_report *report,
             tb_times *times);

#endif
