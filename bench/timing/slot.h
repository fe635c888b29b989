/* Plan memory at a chosen address, which can change a time by up to 10 %.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_SLOT_H
#define TB_SLOT_H

#include "allowance.h"
#include "kernel.h"
#include "pool.h"

#include <pthread.h>
#include <stdbool.h>

#define TB_SLOT_BLOCKS 256                  /* that are alive at once */
#define TB_SLOT_ADDRESSES ((size_t)1 << 34) /* more than any plan; only what is touched is there */

/* A stretch of addresses whose blocks lie one after the other. */
typedef struct tb_slot {
  char *base;
  size_t start, top, peak; /* offsets in bytes; peak is the largest top since tb_slot_move */
  int blocks;
  struct {
    size_t at, bytes;
    bool live;
  } block[TB_SLOT_BLOCKS];
  tb_allowance allowance;
  pthread_mutex_t lock;
} tb_slot;

/* Reserves addresses; memory comes as it is touched. False: they cannot be had. */
bool tb_slot_open(tb_slot *slot);
void tb_slot_close(tb_slot *slot);

/* From now on the blocks begin at `offset` bytes. None may be alive. The same calls then give the same offsets. */
void tb_slot_move(tb_slot *slot, size_t offset);

/* Bytes between the first block and the end of the last that is alive, and the most that they have been. */
size_t tb_slot_used(const tb_slot *slot);
size_t tb_slot_peak(const tb_slot *slot);

/* The services of tenbin_host: memory from a slot, threads from a pool. */
typedef struct tb_slot_host {
  tb_slot *slot;
  tb_pool *pool;
} tb_slot_host;
tenbin_host tb_slot_services(tb_slot_host *self);

#endif
