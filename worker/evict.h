/* Evicting memory from all caches of the machine.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_EVICT_H
#define TB_EVICT_H

#include <stddef.h>

/* Evicts a stretch of memory. It is evicted once tb_evict_end has been called, after the last stretch. Where the processor
 * cannot evict single lines, tb_evict_end evicts everything. */
void tb_evict(const void *memory, size_t bytes);
void tb_evict_end(void);

/* How that is done: "clflushopt". */
const char *tb_evict_name(void);

#endif
