/* Tensors in memory.
 *
 * SPDX-License-Identifier: MIT */
#include "strides.h"

#include "dtype.h"

#include <string.h>

bool tb_desc_is_dense(const tenbin_desc *d) {
  int64_t step = 1;
  for (int i = d->rank - 1; i >= 0; i--) {
    if (d->size[i] > 1 && d->stride[i] != step)
      return tb_desc_elements(d) == 0;
    step *= d->size[i];
  }
  return true;
}

size_t tb_desc_dense_bytes(const tenbin_desc *d) {
  return (size_t)tb_desc_elements(d) * tb_dtype_bytes(d->dtype);
}

/* The next index in row-major order, and the offset of its element. */
static void advance(const tenbin_desc *d, int64_t at[TENBIN_RANK_MAX], int64_t *offset) {
  for (int i = d->rank - 1; i >= 0; i--) {
    *offset += d->stride[i];
    if (++at[i] < d->size[i])
      return;
    *offset -= at[i] * d->stride[i];
    at[i] = 0;
  }
}

void tb_desc_scatter(const tenbin_desc *d, const void *dense, void *memory) {
  const size_t each = tb_dtype_bytes(d->dtype);
  const int64_t n = tb_desc_elements(d);
  int64_t at[TENBIN_RANK_MAX] = {0}, offset = 0;
  for (int64_t i = 0; i < n; i++, advance(d, at, &offset))
    memcpy((char *)memory + offset * (int64_t)each, (const char *)dense + (size_t)i * each, each);
}

void tb_desc_gather(const tenbin_desc *d, const void *memory, void *dense) {
  const size_t each = tb_dtype_bytes(d->dtype);
  const int64_t n = tb_desc_elements(d);
  int64_t at[TENBIN_RANK_MAX] = {0}, offset = 0;
  for (int64_t i = 0; i < n; i++, advance(d, at, &offset))
    memcpy((char *)dense + (size_t)i * each, (const char *)memory + offset * (int64_t)each, each);
}

void tb_desc_fill(const tenbin_desc *d, const void *element, void *memory) {
  const size_t each = tb_dtype_bytes(d->dtype);
  const int64_t n = tb_desc_elements(d);
  int64_t at[TENBIN_RANK_MAX] = {0}, offset = 0;
  for (int64_t i = 0; i < n; i++, advance(d, at, &offset))
    memcpy((char *)memory + offset * (int64_t)each, element, each);
}
