/* The host of a timed kernel: memory in whole pages, touched beforehand, and a pool of threads.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_TIMING_HOST_H
#define TB_TIMING_HOST_H

#include "allowance.h"
#include "kernel.h"
#include "pool.h"

#include <pthread.h>
#include <stdbool.h>

/* Seconds of a run. A shorter one follows an untimed one, for the caches; in a longer one the time to refill them is lost. */
#define TB_WARM_BELOW 50e-3

/* A block of its own pages, all present. NULL: no memory. */
void *tb_pages_alloc(size_t bytes);
void tb_pages_free(void *memory); /* NULL is allowed */

struct tb_timing_block;

/* The memory and threads of one kernel. It points into itself. */
typedef struct tb_timing_host {
  tenbin_host services;
  tb_pool *pool;
  bool reuse; /* what the kernel has freed serves it again, as with malloc; else pages are new each time */
  pthread_mutex_t lock;
  struct tb_timing_block *live, *kept;
  tb_allowance allowance;
} tb_timing_host;

/* Services for a kernel that uses all threads of the pool. */
void tb_timing_host_open(tb_timing_host *host, tb_pool *pool, bool reuse);

/* Visits each block, also those that are kept to serve again. */
void tb_timing_host_each(tb_timing_host *host, void (*visit)(const void *memory, size_t bytes));

/* The kernel has freed its memory. */
void tb_timing_host_close(tb_timing_host *host);

#endif
