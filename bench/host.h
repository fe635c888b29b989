/* The host of a timed kernel: memory in whole pages, touched beforehand, and a pool of threads.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_HOST_H
#define TB_HOST_H

#include "kernel.h"

#include <stdbool.h>

/* A block of its own pages, all of them present, at a multiple of a page and of `alignment` (a power of two). NULL: no memory.
 */
void *tb_pages_alloc(size_t bytes, size_t alignment);
void tb_pages_free(void *memory); /* NULL is allowed */

/* Services for kernels that use up to `threads` threads. False: they cannot be had. */
bool tb_host_open(tenbin_host *host, int threads);
void tb_host_close(tenbin_host *host);

#endif
