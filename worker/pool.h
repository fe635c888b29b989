/* A pool of threads that serves tenbin_host.parallel.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_POOL_H
#define TB_POOL_H

#include <stdint.h>

typedef struct tb_pool tb_pool;

/* A pool of `threads` workers, at least 1: the caller of tb_pool_run is worker 0, the others are threads that live until
 * tb_pool_destroy. NULL: no memory, or no more threads to be had. */
tb_pool *tb_pool_create(int threads);

/* Calls body(arg, i, worker) for i = 0 .. n-1 and returns when all have returned; what they wrote is visible to the caller.
 * Each worker takes the next index when it is free, so n may be smaller or larger than the number of threads. With one thread,
 * or one index, everything runs in the caller. Not to be nested, nor called from two threads at once. */
void tb_pool_run(tb_pool *pool, int64_t n, void (*body)(void *arg, int64_t i, int32_t worker), void *arg);

/* Threads of all pools of this process, without the callers. */
int tb_pool_threads(void);

/* NULL is allowed. */
void tb_pool_destroy(tb_pool *pool);

#endif
