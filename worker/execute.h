/* A case on a kernel, inside the worker: buffers, fill, prepare, runs, release.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_EXECUTE_H
#define TB_EXECUTE_H

#include "host.h"
#include "problem.h"
#include "protocol.h"

typedef struct tb_execution {
  tb_buffer slot[TB_SLOTS]; /* on the files of inputs and outputs */
  tb_buffer workspace;
  tb_buffer answers;              /* on that of outputs, at TB_ANSWERS_OFFSET */
  int64_t answered;               /* bytes of it, since the request's beginning */
  tb_buffer apart[2][TB_TENSORS]; /* where a kernel writes strided outputs, and the numbers of one call */
  tb_host host;
  volatile int32_t *stage; /* tb_block.stage */
} tb_execution;

bool tb_execution_init(tb_execution *e, volatile int32_t *stage);
void tb_execution_free(tb_execution *e);

/* Before each call of a kernel's function. */
static inline void tb_enter(tb_execution *e, tb_worker_stage stage) {
  *e->stage = (int32_t)stage;
}

/* Before a request's first case: forgets the answers of the last one. Whether it ends here: TB_ANSWERS_FULL. */
void tb_execution_begin(tb_execution *e);
bool tb_execution_full(const tb_execution *e);

/* Runs a case and fills its report in. A case has a twin: the same problem with other data (tb_case_twin). Both have plans that
 * live at once, the case's with all its buffers flush at their ends, the twin's flush at their beginnings:
 *
 *   the case's plan on the case's data, into poisoned y
 *   the twin's plan on the twin's data, into poisoned y
 *   the case's plan on the case's data again, into the y that holds the twin's answer
 *
 * With TB_RUN_SECOND the first two change their turns and their ends. With TB_CHECK_INPUT a new plan runs on other input and
 * then on the case's, with TB_CHECK_THREADS the case is run with 2, 3, 4 and 7 threads, and with TB_CHECK_ALLOCATIONS prepared
 * with each of its allocations failing. Operators that draw numbers make all their calls once in each placement, on a new
 * generator.
 */
void tb_execute(tb_execution *e, const tb_case *c, const tenbin_kernel *kernel, uint32_t checks, tb_report *report);

/* Says in words which buffer an address belongs to and what of it was touched, such as "past the end of" y. NULL: none. Safe in
 * a signal handler. */
const tb_buffer *tb_execution_hit(const tb_execution *e, const void *address, const char **where);

#endif
