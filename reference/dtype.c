/* Numbers as they are stored.
 *
 * SPDX-License-Identifier: MIT */
#include "dtype.h"

#include "kernel.h"

#include <math.h>
#include <string.h>

/* How a dtype is called here, in PyTorch and in safetensors; its bytes; of an IEEE 754 interchange format the bits of the
 * exponent and of the significand after the point, which integers do not have; and whether an integer has a sign. */
struct format {
  const char *name, *torch, *container;
  int bytes, exponent, significand;
  bool sign;
};

static const struct format formats[] = {
    [TENBIN_NONE] = {"none", "", "", 0, 0, 0, false},
    [TENBIN_F32] = {"f32", "float32", "F32", 4, 8, 23, true},
    [TENBIN_F64] = {"f64", "float64", "F64", 8, 11, 52, true},
    [TENBIN_F16] = {"f16", "float16", "F16", 2, 5, 10, true},
    [TENBIN_BF16] = {"bf16", "bfloat16", "BF16", 2, 8, 7, true},
    [TENBIN_S8] = {"s8", "int8", "I8", 1, 0, 0, true},
    [TENBIN_U8] = {"u8", "uint8", "U8", 1, 0, 0, false},
    [TENBIN_S32] = {"s32", "int32", "I32", 4, 0, 0, true},
    [TENBIN_S64] = {"s64", "int64", "I64", 8, 0, 0, true},
};

int32_t tb_dtypes(void) {
  return sizeof formats / sizeof *formats;
}

const char *tb_dtype_name(int32_t dtype) {
  return formats[dtype].name;
}

const char *tb_dtype_torch(int32_t dtype) {
  return formats[dtype].torch;
}

const char *tb_dtype_container(int32_t dtype) {
  return formats[dtype].container;
}

size_t tb_dtype_bytes(int32_t dtype) {
  return (size_t)formats[dtype].bytes;
}

bool tb_dtype_signed(int32_t dtype) {
  return formats[dtype].sign;
}

int tb_dtype_digits(int32_t dtype) {
  return formats[dtype].significand + 1;
}

static int bias(struct format f) {
  return (1 << f.exponent) / 2 - 1;
}

static uint64_t raw_bits(int32_t dtype, const void *data, int64_t i) {
  uint64_t bits = 0;
  const size_t bytes = (size_t)formats[dtype].bytes;
  memcpy(&bits, (const unsigned char *)data + (size_t)i * bytes, bytes); /* little-endian */
  return bits;
}

uint64_t tb_number_nan(int32_t dtype) {
  const struct format f = formats[dtype];
  return ((UINT64_C(2) << f.exponent) - 1) << f.significand >> 1;
}

bool tb_dtype_floats(int32_t dtype) {
  return formats[dtype].exponent > 0;
}

uint64_t tb_number_bits(int32_t dtype, const void *data, int64_t i) {
  const struct format f = formats[dtype];
  if (!f.exponent)
    return raw_bits(dtype, data, i);
  const uint64_t bits = raw_bits(dtype, data, i), infinity = ((UINT64_C(1) << f.exponent) - 1) << f.significand;
  return (bits & ((UINT64_C(1) << (8 * f.bytes - 1)) - 1)) > infinity ? tb_number_nan(dtype) : bits;
}

int64_t tb_number_whole_of(int32_t dtype, const void *data, int64_t i) {
  const int unused = 64 - 8 * formats[dtype].bytes;
  const uint64_t bits = raw_bits(dtype, data, i) << unused;
  return formats[dtype].sign ? (int64_t)bits >> unused : (int64_t)(bits >> unused);
}

bool tb_number_is_zero(int32_t dtype, const void *data, int64_t i) {
  return tb_dtype_floats(dtype) ? tb_number(dtype, data, i) == 0 : raw_bits(dtype, data, i) == 0;
}

double tb_number(int32_t dtype, const void *data, int64_t i) {
  const struct format f = formats[dtype];
  if (!f.exponent)
    return (double)tb_number_whole_of(dtype, data, i);
  const uint64_t bits = raw_bits(dtype, data, i);
  if (dtype == TENBIN_F32 || dtype == TENBIN_F64) {
    float narrow;
    double wide;
    memcpy(&narrow, &bits, sizeof narrow);
    memcpy(&wide, &bits, sizeof wide);
    return dtype == TENBIN_F32 ? (double)narrow : wide;
  }
  const int exponent = (int)(bits >> f.significand) & ((1 << f.exponent) - 1);
  const double fraction = (double)(bits & ((UINT64_C(1) << f.significand) - 1)), one = (double)(1 << f.significand);
  double value = ldexp(exponent ? one + fraction : fraction, (exponent ? exponent : 1) - bias(f) - f.significand);
  if (exponent == (1 << f.exponent) - 1)
    value = fraction == 0 ? (double)INFINITY : (double)NAN;
  return bits >> (8 * f.bytes - 1) ? -value : value;
}

double tb_number_ulp(int32_t dtype, double value) {
  const struct format f = formats[dtype];
  if (!f.exponent)
    return 1;
  int e = 1 - bias(f);
  if (value != 0 && ilogb(value) > e)
    e = ilogb(value);
  return ldexp(1, e - f.significand);
}

/* The whole number nearest to a value, as far as the dtype goes. */
static int64_t nearest(int32_t dtype, double value) {
  const int bits = 8 * formats[dtype].bytes - formats[dtype].sign;
  const double end = ldexp(1, bits), low = formats[dtype].sign ? -end : 0, whole = nearbyint(value);
  if (isnan(value))
    return 0;
  if (whole >= end)
    return (int64_t)((UINT64_C(1) << bits) - 1);
  return (int64_t)(whole < low ? low : whole);
}

void tb_number_set(int32_t dtype, void *data, int64_t i, double value) {
  const struct format f = formats[dtype];
  const uint64_t sign = (uint64_t)(signbit(value) != 0) << (8 * f.bytes - 1);
  uint64_t bits = tb_number_nan(dtype) | sign;
  if (dtype == TENBIN_F32) {
    const float narrow = (float)value;
    memcpy(&bits, &narrow, sizeof narrow);
  } else if (dtype == TENBIN_F64) {
    memcpy(&bits, &value, sizeof value);
  } else if (!f.exponent) {
    bits = (uint64_t)nearest(dtype, value);
  } else if (!isnan(value)) {
    /* In units of its ulp the significand is a whole number, and counting on from one exponent to the next keeps the order. */
    const double ulp = tb_number_ulp(dtype, value), largest = ldexp(2 - ldexp(1, -f.significand), bias(f));
    const double units = isinf(value) ? 0 : nearbyint(fabs(value) / ulp);
    const int e = isinf(value) ? 0 : ilogb(ulp) + f.significand + bias(f);
    bits = ((uint64_t)(e - 1) << f.significand) + (uint64_t)units;
    if (isinf(value) || units * ulp > largest)
      bits = ((UINT64_C(1) << f.exponent) - 1) << f.significand;
    bits |= sign;
  }
  memcpy((unsigned char *)data + i * f.bytes, &bits, (size_t)f.bytes);
}
