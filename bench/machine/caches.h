/* The caches of data that this machine has.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_CACHES_H
#define TB_CACHES_H

#include <stddef.h>

#define TB_CACHES_MAX 4

typedef struct tb_caches {
  int levels; /* at least 1 */
  struct {
    size_t bytes;
    int sharers; /* processors that have one in common, of those that this process may use */
  } level[TB_CACHES_MAX];
  const char *source; /* where this is from */
} tb_caches;

/* By sysfs, else by sysconf, else assumed. `cores` processors are those that this process may use. */
void tb_caches_read(int cores, tb_caches *out);

/* Bytes that `threads` threads on processors of their own find in all their caches of a level. */
size_t tb_caches_capacity(const tb_caches *caches, int level, int threads, int cores);

#endif
