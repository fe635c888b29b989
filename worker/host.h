/* The host's services as the worker gives them: guarded, counted memory, and threads.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_HOST_H
#define TB_HOST_H

#include "allowance.h"
#include "arena.h"
#include "kernel.h"
#include "pool.h"

#include <pthread.h>

typedef struct tb_allocation {
  tb_buffer buffer;
  void *memory; /* what the kernel was given; NULL: free for the next one */
  size_t bytes;
} tb_allocation;

typedef struct tb_host {
  tenbin_host services; /* what kernels get */
  pthread_mutex_t lock;
  tb_edge edge;     /* of what is allocated from now on */
  tb_pool *pool;    /* NULL: one thread */
  tb_pool *idle[8]; /* by their number of threads: pools are kept, for starting one takes longer than most cases */
  tb_allocation **allocation;
  size_t allocations;
  int64_t live, calls;
  int64_t fail;        /* the number of the call of alloc that gives NULL; 0: none */
  int64_t wrong_frees; /* of memory that is not the host's, or was freed before */
  tb_allowance allowance;
} tb_host;

/* False: there is no memory. */
bool tb_host_init(tb_host *host);
void tb_host_free(tb_host *host);

/* Threads of parallel from now on. False: they cannot be started. */
bool tb_host_threads(tb_host *host, int threads);

/* Takes back whatever plans have left behind, and counts from zero again. */
void tb_host_reset(tb_host *host);

#endif
