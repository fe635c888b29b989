/* A table of rows of numbers, each kept once.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_ROWSET_H
#define TB_ROWSET_H

#include <stddef.h>
#include <stdint.h>

typedef struct tb_rowset {
  int width, rows;
  int32_t *row; /* [rows][width], in the order in which they came */
  int32_t *slot;
  size_t slots;
} tb_rowset;

/* The number of a row of t->width numbers, which is kept if it is new: t->rows as it was before. */
int tb_rowset_put(tb_rowset *t, const int32_t *row);
void tb_rowset_free(tb_rowset *t);

static inline const int32_t *tb_rowset_row(const tb_rowset *t, int row) {
  return t->row + (size_t)row * (size_t)t->width;
}

/* Makes room for one more of count things in an array that doubles: at count 0 and at each power of two. */
void *tb_room(void *array, int count, size_t each);

#endif
