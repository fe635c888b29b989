/* What a kernel must leave as it was, beside memory and arithmetic: the process's.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_PROCESS_STATE_H
#define TB_PROCESS_STATE_H

#include <stdbool.h>

/* Before anything of a kernel has run: remembers the current directory, the mode mask, signal masks and handlers, limits, the
 * locale, and the descriptors of worker/protocol.h. False: some of it cannot be had. */
bool tb_process_state_keep(void);

/* Puts it back. NULL, or what was changed, in words that follow "changed". *lost: it cannot be put back, and the process cannot
 * go on. */
const char *tb_process_state_restore(bool *lost);

#endif
