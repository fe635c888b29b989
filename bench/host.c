/* Memory and threads for timed kernels.
 *
 * Where memory happens to lie moves a time by up to 10 %, and a page's first touch costs more than many a run. So every block
 * begins at a page, big or small, at every run of the program alike, and its pages are there before it is handed out.
 *
 * SPDX-License-Identifier: MIT */
#include "host.h"
#include "pool.h"

#include <stdint.h>
#include <sys/mman.h>

#define PAGE ((size_t)4096)

/* In the page before a block. */
struct header {
  void *base;
  size_t length;
};

void *tb_pages_alloc(size_t bytes, size_t alignment) {
  const size_t step = alignment > PAGE ? alignment : PAGE;
  size_t length;
  if (__builtin_add_overflow(bytes, step + PAGE, &length))
    return NULL;
  char *base = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  if (base == MAP_FAILED)
    return NULL;
  char *block = base + PAGE;
  block += -(uintptr_t)block & (step - 1);
  *(struct header *)(void *)(block - PAGE) = (struct header){base, length};
  return block;
}

void tb_pages_free(void *memory) {
  if (!memory)
    return;
  const struct header header = *(struct header *)(void *)((char *)memory - PAGE);
  munmap(header.base, header.length);
}

static void *host_alloc(void *self, size_t bytes, size_t alignment) {
  (void)self;
  return tb_pages_alloc(bytes, alignment);
}

static void host_free(void *self, void *memory) {
  (void)self;
  tb_pages_free(memory);
}

static void host_parallel(void *self, int64_t n, void (*body)(void *arg, int64_t i, int32_t worker), void *arg) {
  tb_pool_run(self, n, body, arg);
}

bool tb_host_open(tenbin_host *host, int threads) {
  tb_pool *pool = tb_pool_create(threads);
  if (!pool)
    return false;
  *host = (tenbin_host){sizeof *host, pool, host_alloc, host_free, host_parallel};
  return true;
}

void tb_host_close(tenbin_host *host) {
  tb_pool_destroy(host->self);
}
