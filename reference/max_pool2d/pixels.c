/* The data of max_pool2d.
 *
 * SPDX-License-Identifier: MIT */
#include "max_pool2d/pixels.h"

#include "dtype.h"
#include "fill.h"
#include "kernel.h"

#include <math.h>

static int bits_of(int32_t dtype) {
  return 8 * (int)tb_dtype_bytes(dtype);
}

int64_t tb_max_pool2d_smallest(int32_t dtype) {
  return tb_dtype_signed(dtype) ? INT64_MIN >> (64 - bits_of(dtype)) : 0;
}

int64_t tb_max_pool2d_largest(int32_t dtype) {
  return (int64_t)(UINT64_MAX >> (64 - bits_of(dtype) + tb_dtype_signed(dtype)));
}

/* An integer of so many bits: the uppermost of h, in two's complement unless the dtype has no sign. */
static int64_t wide_whole(int32_t dtype, uint64_t h) {
  const uint64_t upper = h >> (64 - bits_of(dtype));
  return tb_dtype_signed(dtype) ? (int64_t)h >> (64 - bits_of(dtype)) : (int64_t)upper;
}

static int64_t whole(tb_max_pool2d_fill fill, int32_t dtype, uint64_t h) {
  const uint64_t c = h >> 1 & 15;
  if (fill == TB_POOL_WIDE)
    return wide_whole(dtype, h);
  if (fill == TB_POOL_SPECIAL && c < 9)
    return c < 8 ? tb_max_pool2d_smallest(dtype) : tb_max_pool2d_largest(dtype);
  return tb_fill_below(h, 7) - (tb_dtype_signed(dtype) ? 3 : 0);
}

static double wide_real(int32_t dtype, uint64_t h) {
  const int digits = tb_dtype_digits(dtype), bits = digits < 32 ? digits : 32; /* as many as the hash gives */
  const double m = (double)(1 + tb_fill_below(h, INT64_C(1) << bits));
  return h & 1 ? -m : m;
}

static double real(tb_max_pool2d_fill fill, int32_t dtype, uint64_t h) {
  const uint64_t c = h >> 1 & 15;
  if (fill == TB_POOL_WIDE)
    return wide_real(dtype, h);
  if (fill == TB_POOL_SPECIAL && c < 3)
    return (double)NAN;
  if (fill == TB_POOL_SPECIAL && c < 11)
    return (double)(c < 10 ? -INFINITY : INFINITY);
  const double v = (double)(tb_fill_below(h, 7) - 3);
  return v == 0 && h & 1 ? -0.0 : v;
}

void tb_max_pool2d_pixels(tb_max_pool2d_fill fill, int32_t dtype, uint64_t seed, int64_t count, tb_max_pool2d_numbers x) {
  const uint64_t key = tb_fill_key(seed, TENBIN_X);
  for (int64_t i = 0; i < count; i++) {
    const uint64_t h = tb_fill_hash(key, i);
    if (x.whole)
      x.whole[i] = whole(fill, dtype, h);
    else
      x.real[i] = real(fill, dtype, h);
  }
}
