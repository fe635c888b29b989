/* Strided tensors: copied to dense ones and back, with gaps, permuted, and with a stride that says nothing.
 *
 * SPDX-License-Identifier: MIT */
#include "dtype.h"
#include "strides.h"

#include "test.h"

#include <string.h>

enum { SIZES = 4, ROOM = 600 };

static tenbin_desc desc_of(const int64_t size[SIZES], const int64_t stride[SIZES], int32_t dtype) {
  tenbin_desc d = {.dtype = dtype, .rank = SIZES};
  memcpy(d.size, size, SIZES * sizeof *size);
  memcpy(d.stride, stride, SIZES * sizeof *stride);
  return d;
}

/* Whether each element lies where its strides say, comes back, and nothing else was touched. */
static bool survives(const tenbin_desc *d) {
  unsigned char dense[ROOM], back[ROOM], memory[ROOM], untouched[ROOM],
      blank[8] = {0xee, 0xee, 0xee, 0xee, 0xee, 0xee, 0xee, 0xee};
  const size_t each = tb_dtype_bytes(d->dtype);
  const int64_t n = tb_desc_elements(d);
  bool right = tb_desc_dense_bytes(d) == (size_t)n * each;
  for (size_t i = 0; i < sizeof dense; i++)
    dense[i] = (unsigned char)(i % 251);
  memset(memory, 0xee, sizeof memory);
  memset(untouched, 0xee, sizeof untouched);
  memset(back, 0, sizeof back);
  tb_desc_scatter(d, dense, memory);
  for (int64_t i = 0; i < n; i++) {
    int64_t offset = 0, rest = i;
    for (int k = d->rank - 1; k >= 0; rest /= d->size[k--])
      offset += rest % d->size[k] * d->stride[k];
    right = right && memcmp(memory + (size_t)offset * each, dense + (size_t)i * each, each) == 0;
  }
  tb_desc_gather(d, memory, back);
  right = right && memcmp(back, dense, (size_t)n * each) == 0;
  tb_desc_fill(d, blank, memory);
  return right && memcmp(memory, untouched, sizeof memory) == 0;
}

int main(void) {
  static const struct {
    const char *name;
    int64_t size[SIZES], stride[SIZES];
    bool dense;
  } rows[] = {
      {"row-major", {2, 3, 2, 4}, {24, 8, 4, 1}, true},
      {"channels last", {2, 3, 2, 4}, {24, 1, 12, 3}, false},
      {"rows with gaps", {2, 3, 2, 4}, {36, 12, 6, 1}, false},
      {"every second element", {1, 2, 3, 4}, {48, 24, 8, 2}, false},
      {"a stride that says nothing", {1, 3, 1, 4}, {99, 4, 77, 1}, true},
      {"one element", {1, 1, 1, 1}, {5, 6, 7, 8}, true},
      {"none", {2, 0, 3, 4}, {12, 12, 4, 1}, true},
  };
  static const int32_t dtypes[] = {TENBIN_U8, TENBIN_F16, TENBIN_F32, TENBIN_S64};
  tb_tap_start(&test_tap, stdout);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    for (size_t k = 0; k < sizeof dtypes / sizeof *dtypes; k++) {
      const tenbin_desc d = desc_of(rows[i].size, rows[i].stride, dtypes[k]);
      check(tb_desc_bytes(&d) <= ROOM && survives(&d) && tb_desc_is_dense(&d) == rows[i].dense, "%s, %s", rows[i].name,
            tb_dtype_name(dtypes[k]));
    }
  return finish();
}
