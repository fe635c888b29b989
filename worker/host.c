/* The host's services as the worker gives them.
 *
 * SPDX-License-Identifier: MIT */
#include "host.h"

#include <stdlib.h>
#include <string.h>

/* A block that is free and neither too small nor wastefully large, or a new one. */
static tb_allocation *find(tb_host *host, size_t bytes) {
  for (size_t i = 0; i < host->allocations; i++) {
    tb_allocation *a = host->allocation[i];
    if (!a->memory && a->buffer.capacity >= bytes && a->buffer.capacity / 4 <= bytes + 4096)
      return a;
  }
  tb_allocation **list = realloc(host->allocation, (host->allocations + 1) * sizeof *list);
  if (!list)
    return NULL;
  host->allocation = list;
  tb_allocation *a = calloc(1, sizeof *a);
  if (!a)
    return NULL;
  tb_buffer_init(&a->buffer, "plan memory", -1, 0, false);
  if (!tb_buffer_reserve(&a->buffer, bytes > 0 ? bytes : 1)) {
    free(a);
    return NULL;
  }
  host->allocation[host->allocations++] = a;
  return a;
}

/* What a block holds at first. The middle of a large one is not touched: it would take memory that a kernel may only reserve.
 */
static void spoil(unsigned char *memory, size_t bytes) {
  enum { POISON = 0xa5, MUCH = 32 << 20 };
  const size_t end = bytes > 2 * MUCH ? MUCH : bytes;
  memset(memory, POISON, end);
  if (end < bytes)
    memset(memory + bytes - MUCH, POISON, MUCH);
}

static void *host_alloc(void *self, size_t bytes, size_t alignment) {
  tb_host *host = self;
  void *memory = NULL;
  if (alignment == 0 || (alignment & (alignment - 1)) || alignment > 4096)
    return NULL;
  pthread_mutex_lock(&host->lock);
  tb_allocation *a = NULL;
  if (++host->calls != host->fail && tb_allowance_take(&host->allowance, bytes)) {
    a = find(host, bytes);
    if (!a)
      tb_allowance_starve(&host->allowance, bytes);
  }
  if (a) {
    memory = a->memory = tb_buffer_at(&a->buffer, tb_buffer_place(&a->buffer, bytes, alignment, host->edge));
    a->bytes = bytes;
    host->live++;
    spoil(memory, bytes);
  }
  pthread_mutex_unlock(&host->lock);
  return memory;
}

static void host_free(void *self, void *memory) {
  tb_host *host = self;
  if (!memory)
    return;
  pthread_mutex_lock(&host->lock);
  size_t i = 0;
  while (i < host->allocations && host->allocation[i]->memory != memory)
    i++;
  if (i == host->allocations) {
    host->wrong_frees++;
  } else {
    host->allocation[i]->memory = NULL;
    host->live--;
    tb_allowance_give_back(&host->allowance, host->allocation[i]->bytes);
  }
  pthread_mutex_unlock(&host->lock);
}

static void host_parallel(void *self, int64_t n, void (*body)(void *arg, int64_t i, int32_t worker), void *arg) {
  tb_host *host = self;
  if (host->pool) {
    tb_pool_run(host->pool, n, body, arg);
    return;
  }
  for (int64_t i = 0; i < n; i++)
    body(arg, i, 0);
}

bool tb_host_init(tb_host *host) {
  memset(host, 0, sizeof *host);
  host->allowance = tb_allowance_open();
  host->services = (tenbin_host){sizeof host->services, host, host_alloc, host_free, host_parallel};
  return pthread_mutex_init(&host->lock, NULL) == 0;
}

bool tb_host_threads(tb_host *host, int threads) {
  const int kept = sizeof host->idle / sizeof *host->idle;
  tb_pool **idle = &host->idle[threads < kept ? threads : 0]; /* the first entry is for all larger numbers */
  if (threads >= kept && *idle) {
    tb_pool_destroy(*idle);
    *idle = NULL;
  }
  if (threads > 1 && !*idle)
    *idle = tb_pool_create(threads);
  host->pool = threads > 1 ? *idle : NULL;
  return threads == 1 || host->pool;
}

void tb_host_reset(tb_host *host) {
  host->live = host->calls = host->fail = host->wrong_frees = 0;
  host->allowance.live = host->allowance.refused = 0;
  host->allowance.starved = false;
  for (size_t i = 0; i < host->allocations; i++)
    host->allocation[i]->memory = NULL;
}

void tb_host_free(tb_host *host) {
  for (size_t i = 0; i < host->allocations; i++) {
    tb_buffer_free(&host->allocation[i]->buffer);
    free(host->allocation[i]);
  }
  free(host->allocation);
  for (size_t i = 0; i < sizeof host->idle / sizeof *host->idle; i++)
    if (host->idle[i])
      tb_pool_destroy(host->idle[i]);
  pthread_mutex_destroy(&host->lock);
}
