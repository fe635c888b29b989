/* A table of rows of numbers, each kept once: open addressing.
 *
 * SPDX-License-Identifier: MIT */
#include "rowset.h"

#include "memory.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

void *tb_room(void *array, int count, size_t each) {
  if (count & (count - 1))
    return array;
  return tb_need(realloc(array, (count ? 2 * (size_t)count : 1) * each));
}

static size_t bytes(const tb_rowset *t) {
  return (size_t)t->width * sizeof *t->row;
}

/* The slot that holds a row's number, or where it belongs. */
static size_t slot_of(const tb_rowset *t, const int32_t *row) {
  size_t at = (size_t)XXH3_64bits(row, bytes(t)) & (t->slots - 1);
  while (t->slot[at] >= 0 && memcmp(tb_rowset_row(t, t->slot[at]), row, bytes(t)) != 0)
    at = (at + 1) & (t->slots - 1);
  return at;
}

static void widen(tb_rowset *t) {
  t->slots = t->slots ? 2 * t->slots : 64;
  free(t->slot);
  t->slot = tb_need(malloc(t->slots * sizeof *t->slot));
  memset(t->slot, 0xff, t->slots * sizeof *t->slot);
  for (int i = 0; i < t->rows; i++)
    t->slot[slot_of(t, tb_rowset_row(t, i))] = i;
}

int tb_rowset_put(tb_rowset *t, const int32_t *row) {
  if (2 * ((size_t)t->rows + 1) > t->slots)
    widen(t);
  const size_t at = slot_of(t, row);
  if (t->slot[at] < 0) {
    t->row = tb_room(t->row, t->rows, bytes(t));
    memcpy(t->row + (size_t)t->rows * (size_t)t->width, row, bytes(t));
    t->slot[at] = t->rows++;
  }
  return t->slot[at];
}

void tb_rowset_free(tb_rowset *t) {
  free(t->row);
  free(t->slot);
}
