/* The process between a worker and its parent: it outlives the worker, and ends what a kernel has started.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_SUPERVISOR_H
#define TB_SUPERVISOR_H

/* Goes on in a child, the worker, which is ended together with this process. This process ends as the worker does, after all
 * processes that have been started below it, also those in other groups and sessions. SIGTERM, which the system sends when the
 * parent dies, ends the worker. */
void tb_supervise(void);

#endif
