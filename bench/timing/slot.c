/* Slots: blocks one after the other, freed in any order.
 *
 * SPDX-License-Identifier: MIT */
#include "slot.h"

#include "protocol.h"

#include <stdint.h>
#include <sys/mman.h>

bool tb_slot_open(tb_slot *slot) {
  void *base = mmap(NULL, TB_SLOT_ADDRESSES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (base == MAP_FAILED)
    return false;
  *slot = (tb_slot){.base = base, .allowance = tb_allowance_open(), .lock = PTHREAD_MUTEX_INITIALIZER};
  return true;
}

void tb_slot_close(tb_slot *slot) {
  if (slot->base)
    munmap(slot->base, TB_SLOT_ADDRESSES);
  slot->base = NULL;
}

void tb_slot_move(tb_slot *slot, size_t offset) {
  slot->start = slot->top = slot->peak = offset;
  slot->blocks = 0;
  slot->allowance.live = slot->allowance.refused = 0;
}

size_t tb_slot_used(const tb_slot *slot) {
  return slot->top - slot->start;
}

size_t tb_slot_peak(const tb_slot *slot) {
  return slot->peak - slot->start;
}

static void *take(void *self, size_t bytes, size_t alignment) {
  tb_slot *s = ((tb_slot_host *)self)->slot;
  void *memory = NULL;
  pthread_mutex_lock(&s->lock);
  /* A line at least, so that no two blocks share one. */
  const size_t step = alignment > 64 ? alignment : 64;
  const size_t at = s->top + (-(uintptr_t)(s->base + s->top) & (step - 1));
  if (s->blocks < TB_SLOT_BLOCKS && at <= TB_SLOT_ADDRESSES - TB_PLAN_MOST && tb_allowance_take(&s->allowance, bytes)) {
    s->block[s->blocks].at = at;
    s->block[s->blocks].bytes = bytes;
    s->block[s->blocks++].live = true;
    s->top = at + (bytes > 0 ? bytes : 1);
    s->peak = s->top > s->peak ? s->top : s->peak;
    memory = s->base + at;
  }
  pthread_mutex_unlock(&s->lock);
  return memory;
}

static void give_back(void *self, void *memory) {
  tb_slot *s = ((tb_slot_host *)self)->slot;
  if (!memory)
    return;
  pthread_mutex_lock(&s->lock);
  const size_t at = (size_t)((char *)memory - s->base);
  for (int i = 0; i < s->blocks; i++)
    if (s->block[i].live && s->block[i].at == at) {
      s->block[i].live = false;
      tb_allowance_give_back(&s->allowance, s->block[i].bytes);
    }
  while (s->blocks > 0 && !s->block[s->blocks - 1].live)
    s->top = s->block[--s->blocks].at;
  if (s->blocks == 0)
    s->top = s->start;
  pthread_mutex_unlock(&s->lock);
}

static void parallel(void *self, int64_t n, void (*body)(void *arg, int64_t i, int32_t worker), void *arg) {
  tb_pool_run(((tb_slot_host *)self)->pool, n, body, arg);
}

tenbin_host tb_slot_services(tb_slot_host *self) {
  return (tenbin_host){sizeof(tenbin_host), self, take, give_back, parallel};
}
