/* Numbers as they are stored.
 *
 * SPDX-License-Identifier: MIT */
#include "dtype.h"

#include "kernel.h"

#include <math.h>
#include <string.h>

/* IEEE 754 interchange formats: bits of the exponent and of the significand after the point; integers have no exponent. */
struct format {
  int bytes, exponent, significand;
};

static struct format format_of(int32_t dtype) {
  switch (dtype) {
  case TENBIN_S8:
  case TENBIN_U8:
    return (struct format){.bytes = 1};
  case TENBIN_S32:
    return (struct format){.bytes = 4};
  case TENBIN_S64:
    return (struct format){.bytes = 8};
  case TENBIN_F64:
    return (struct format){8, 11, 52};
  case TENBIN_F16:
    return (struct format){2, 5, 10};
  case TENBIN_BF16:
    return (struct format){2, 8, 7};
  default:
    return (struct format){4, 8, 23};
  }
}

static int bias(struct format f) {
  return (1 << f.exponent) / 2 - 1;
}

static uint64_t raw_bits(int32_t dtype, const void *data, int64_t i) {
  uint64_t bits = 0;
  const size_t bytes = (size_t)format_of(dtype).bytes;
  memcpy(&bits, (const unsigned char *)data + (size_t)i * bytes, bytes); /* little-endian */
  return bits;
}

uint64_t tb_number_nan(int32_t dtype) {
  const struct format f = format_of(dtype);
  return ((UINT64_C(2) << f.exponent) - 1) << f.significand >> 1;
}

bool tb_dtype_floats(int32_t dtype) {
  return format_of(dtype).exponent > 0;
}

uint64_t tb_number_bits(int32_t dtype, const void *data, int64_t i) {
  const struct format f = format_of(dtype);
  if (!f.exponent)
    return raw_bits(dtype, data, i);
  const uint64_t bits = raw_bits(dtype, data, i), infinity = ((UINT64_C(1) << f.exponent) - 1) << f.significand;
  return (bits & ((UINT64_C(1) << (8 * f.bytes - 1)) - 1)) > infinity ? tb_number_nan(dtype) : bits;
}

int64_t tb_number_whole_of(int32_t dtype, const void *data, int64_t i) {
  const uint64_t bits = raw_bits(dtype, data, i);
  switch (dtype) {
  case TENBIN_S8:
    return (int8_t)bits;
  case TENBIN_S32:
    return (int32_t)bits;
  default:
    return (int64_t)bits;
  }
}

bool tb_number_is_zero(int32_t dtype, const void *data, int64_t i) {
  return tb_dtype_floats(dtype) ? tb_number(dtype, data, i) == 0 : raw_bits(dtype, data, i) == 0;
}

double tb_number(int32_t dtype, const void *data, int64_t i) {
  const struct format f = format_of(dtype);
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
  const struct format f = format_of(dtype);
  if (!f.exponent)
    return 1;
  int e = 1 - bias(f);
  if (value != 0 && ilogb(value) > e)
    e = ilogb(value);
  return ldexp(1, e - f.significand);
}

void tb_number_set(int32_t dtype, void *data, int64_t i, double value) {
  const struct format f = format_of(dtype);
  uint64_t bits = tb_number_nan(dtype);
  if (dtype == TENBIN_F32) {
    const float narrow = (float)value;
    memcpy(&bits, &narrow, sizeof narrow);
  } else if (dtype == TENBIN_F64) {
    memcpy(&bits, &value, sizeof value);
  } else if (!isnan(value)) {
    /* In units of its ulp the significand is a whole number, and counting on from one exponent to the next keeps the order. */
    const double ulp = tb_number_ulp(dtype, value), largest = ldexp(2 - ldexp(1, -f.significand), bias(f));
    const double units = isinf(value) ? 0 : nearbyint(fabs(value) / ulp);
    const int e = isinf(value) ? 0 : ilogb(ulp) + f.significand + bias(f);
    bits = ((uint64_t)(e - 1) << f.significand) + (uint64_t)units;
    if (isinf(value) || units * ulp > largest)
      bits = ((UINT64_C(1) << f.exponent) - 1) << f.significand;
    bits |= (uint64_t)(signbit(value) != 0) << (8 * f.bytes - 1);
  }
  memcpy((unsigned char *)data + i * f.bytes, &bits, (size_t)f.bytes);
}
