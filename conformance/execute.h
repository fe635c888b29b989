/* A case on a kernel, inside the worker: buffers, fill, prepare, runs, release.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_EXECUTE_H
#define TB_EXECUTE_H

#include "host.h"
#include "problem.h"
#include "protocol.h"

typedef struct tb_execution {
  tb_buffer slot[TB_SLOTS]; /* on the memory file */
  tb_buffer workspace, draw; /* draw: where a kernel that draws numbers writes those of one call */
  tb_host host;
  const char *stage; /* for a signal handler: where in the kernel's life it is */
} tb_execution;

bool tb_execution_init(tb_execution *e, int shared);
void tb_execution_free(tb_execution *e);

/* Runs a problem and fills the report in. Two plans, each with all its buffers in one placement, the constants included:
 *
 *   end     prepare, run on the case's data into poisoned outputs, release
 *   start   prepare, run on other input into poisoned outputs, run on the case's data into these dirty outputs, release
 *
 * so that the case's answer is there twice, and the second time behind another one. Operators that draw numbers make all their
 * calls once per placement, on a new generator. */
void tb_execute(tb_execution *e, const tb_problem *p, const tenbin_kernel *kernel, tb_report *report);

/* Says in words which buffer an address belongs to and what of it was touched, such as "past the end of y". NULL: none.
 * *misuse is set where the address lies inside a buffer. Safe in a signal handler. */
const tb_buffer *tb_execution_hit(const tb_execution *e, const void *address, const char **where);

#endif
