/* What a kernel must leave as it was, beside memory and arithmetic: the process's.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_PROCESS_STATE_H
#define TB_PROCESS_STATE_H

#include <stdbool.h>

/* Before anything of a kernel has run: remembers the current directory, the mode mask, signal masks and handlers, limits,
 * the locale, the descriptors of worker/protocol.h, and what system_state.h has. False: some of it cannot be had. */
bool tb_process_state_keep(void);

/* Puts it back. NULL, or what was changed, in words that follow "changed". *lost: it cannot be put back, and the process cannot
 * go on. */
const char *tb_process_state_restore(bool *lost);

/* After the kernels have been loaded, and between cases: remembers how many threads there are beside the pools'. */
void tb_process_threads_keep(void);

/* How many more there are now than that and than those that a library may keep. One that is about to end is waited for. */
int tb_process_threads_left(int lawful);

#endif
