/* Memory and threads for timed kernels.
 *
 * Where memory happens to lie moves a time by up to 10 %, and a page's first touch costs more than many a run. So every block
 * begins at a page, big or small, at every run of the program alike, and its pages are there before it is handed out.
 *
 * SPDX-License-Identifier: MIT */
#include "timing_host.h"

#include <stdint.h>
#include <sys/mman.h>

#define PAGE ((size_t)4096)

/* In the page before a block. */
struct tb_timing_block {
  void *base;
  size_t length, room;                  /* of the mapping; of the block, in whole pages */
  size_t bytes;                         /* that the kernel has asked for */
  struct tb_timing_block *next, **link; /* in a list of its host's; link: the pointer to this one */
};

static struct tb_timing_block *block_of(void *memory) {
  return (struct tb_timing_block *)(void *)((char *)memory - PAGE);
}

static void *memory_of(struct tb_timing_block *block) {
  return (char *)block + PAGE;
}

void *tb_pages_alloc(size_t bytes) {
  size_t length;
  if (__builtin_add_overflow(bytes, PAGE, &length))
    return NULL;
  char *base = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  if (base == MAP_FAILED)
    return NULL;
  char *memory = base + PAGE;
  *block_of(memory) = (struct tb_timing_block){.base = base, .length = length, .room = (bytes + PAGE - 1) / PAGE * PAGE};
  return memory;
}

void tb_pages_free(void *memory) {
  if (!memory)
    return;
  const struct tb_timing_block block = *block_of(memory);
  munmap(block.base, block.length);
}

static void enlist(struct tb_timing_block **list, struct tb_timing_block *block) {
  block->next = *list;
  block->link = list;
  if (block->next)
    block->next->link = &block->next;
  *list = block;
}

static void delist(struct tb_timing_block *block) {
  *block->link = block->next;
  if (block->next)
    block->next->link = block->link;
}

/* The smallest block that is kept and suits. */
static struct tb_timing_block *take_kept(tb_timing_host *host, size_t bytes) {
  struct tb_timing_block *best = NULL;
  for (struct tb_timing_block *b = host->kept; b; b = b->next)
    if (b->room >= bytes && (!best || b->room < best->room))
      best = b;
  if (best)
    delist(best);
  return best;
}

static void *host_alloc(void *self, size_t bytes, size_t alignment) {
  tb_timing_host *host = self;
  if (alignment == 0 || (alignment & (alignment - 1)) || alignment > PAGE)
    return NULL;
  pthread_mutex_lock(&host->lock);
  void *memory = NULL;
  if (tb_allowance_take(&host->allowance, bytes)) {
    struct tb_timing_block *block = take_kept(host, bytes);
    memory = block ? memory_of(block) : tb_pages_alloc(bytes);
    if (!memory)
      tb_allowance_starve(&host->allowance, bytes);
  }
  if (memory) {
    block_of(memory)->bytes = bytes;
    enlist(&host->live, block_of(memory));
  }
  pthread_mutex_unlock(&host->lock);
  return memory;
}

static void host_free(void *self, void *memory) {
  tb_timing_host *host = self;
  if (!memory)
    return;
  pthread_mutex_lock(&host->lock);
  delist(block_of(memory));
  tb_allowance_give_back(&host->allowance, block_of(memory)->bytes);
  if (host->reuse)
    enlist(&host->kept, block_of(memory));
  else
    tb_pages_free(memory);
  pthread_mutex_unlock(&host->lock);
}

static void host_parallel(void *self, int64_t n, void (*body)(void *arg, int64_t i, int32_t worker), void *arg) {
  tb_timing_host *host = self;
  tb_pool_run(host->pool, n, body, arg);
}

void tb_timing_host_open(tb_timing_host *host, tb_pool *pool, bool reuse) {
  *host = (tb_timing_host){.pool = pool, .reuse = reuse, .allowance = tb_allowance_open()};
  host->services = (tenbin_host){sizeof host->services, host, host_alloc, host_free, host_parallel};
  pthread_mutex_init(&host->lock, NULL);
}

void tb_timing_host_each(tb_timing_host *host, void (*visit)(const void *memory, size_t bytes)) {
  pthread_mutex_lock(&host->lock);
  for (struct tb_timing_block *b = host->live; b; b = b->next)
    visit(memory_of(b), b->room);
  for (struct tb_timing_block *b = host->kept; b; b = b->next)
    visit(memory_of(b), b->room);
  pthread_mutex_unlock(&host->lock);
}

void tb_timing_host_close(tb_timing_host *host) {
  while (host->kept) {
    struct tb_timing_block *block = host->kept;
    delist(block);
    tb_pages_free(memory_of(block));
  }
  pthread_mutex_destroy(&host->lock);
}
