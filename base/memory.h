/* Memory that has to be had: without it nothing can be judged.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_MEMORY_H
#define TB_MEMORY_H

#include <stdlib.h>

/* What an allocation gave. */
static inline void *tb_need(void *memory) {
  if (!memory)
    abort();
  return memory;
}

#endif
