/* What the system keeps of a process, and a kernel must leave as it was: rights, how it is scheduled, timers, locked memory,
 * and what prctl asks for.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_SYSTEM_STATE_H
#define TB_SYSTEM_STATE_H

#include <stdbool.h>

/* Before anything of a kernel has run: remembers it. What this system does not tell is not looked at. */
void tb_system_state_keep(void);

/* As tb_process_state_restore, but *lost is only ever set. It opens files. */
const char *tb_system_state_restore(bool *lost);

#endif
