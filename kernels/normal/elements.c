/* The elements of a tensor one after the other, in the order in which PyTorch's TensorIterator visits them.
 *
 * SPDX-License-Identifier: MIT */
#include "elements.h"

#include <string.h>

tb_elements tb_elements_of(const tenbin_desc *desc) {
  tb_elements e = {.count = 1};
  for (int32_t d = 0; d < desc->rank; d++) {
    const int64_t size = desc->size[d], stride = desc->stride[d];
    e.count *= size;
    if (size == 1)
      continue;
    int32_t at = e.rank++;
    for (; at > 0 && e.stride[at - 1] > stride; at--) {
      e.size[at] = e.size[at - 1];
      e.stride[at] = e.stride[at - 1];
    }
    e.size[at] = size;
    e.stride[at] = stride;
  }
  int32_t last = 0;
  for (int32_t d = 1; d < e.rank; d++)
    if (e.stride[d] == e.stride[last] * e.size[last]) {
      e.size[last] *= e.size[d];
    } else {
      e.size[++last] = e.size[d];
      e.stride[last] = e.stride[d];
    }
  e.rank = e.rank > 0 ? last + 1 : 0;
  return e;
}

bool tb_elements_dense(const tb_elements *e) {
  return e->rank == 0 || (e->rank == 1 && e->stride[0] == 1);
}

/* `count` numbers to y, y + pitch, y + 2 * pitch, .. with pitch in bytes; `bytes` is a constant wherever this is called. */
static inline void put_run(size_t bytes, int64_t count, int64_t pitch, const char *numbers, char *y) {
  for (int64_t i = 0; i < count; i++)
    memcpy(y + i * pitch, numbers + (size_t)i * bytes, bytes);
}

static void put(size_t bytes, int64_t count, int64_t pitch, const char *numbers, char *y) {
  if (pitch == (int64_t)bytes)
    memcpy(y, numbers, (size_t)count * bytes);
  else if (bytes == 2)
    put_run(2, count, pitch, numbers, y);
  else if (bytes == 4)
    put_run(4, count, pitch, numbers, y);
  else
    put_run(8, count, pitch, numbers, y);
}

void tb_elements_put(const tb_elements *e, size_t bytes, int64_t first, int64_t count, const void *numbers, void *y) {
  const int64_t size = (int64_t)bytes;
  int64_t index[TENBIN_RANK_MAX] = {0}, at = 0;
  const char *from = numbers;
  for (int32_t d = 0; d < e->rank; d++) {
    index[d] = first % e->size[d];
    first /= e->size[d];
    at += index[d] * e->stride[d];
  }
  const int64_t inner = e->rank > 0 ? e->size[0] : 1, pitch = e->rank > 0 ? e->stride[0] * size : size;
  while (count > 0) {
    const int64_t left = inner - index[0], run = left < count ? left : count;
    put(bytes, run, pitch, from, (char *)y + at * size);
    from += run * size;
    count -= run;
    at -= index[0] * (pitch / size);
    index[0] = 0;
    for (int32_t d = 1; d < e->rank; d++) {
      at += e->stride[d];
      if (++index[d] < e->size[d])
        break;
      at -= e->size[d] * e->stride[d];
      index[d] = 0;
    }
  }
}
