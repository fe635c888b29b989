/* The arithmetic of stream.c: uniform numbers, the Box-Muller transform (Box and Muller 1958) in three arithmetics, and numbers
 * of 16 bits. Coefficients are those of Cephes' logf.c and sinf.c (Moshier).
 *
 * SPDX-License-Identifier: MIT */
#ifndef STREAM_MATH_H
#define STREAM_MATH_H

#include "stream.h"

#define TWO_PI 6.28318530717958647692

/* In [0, 1): the low 24 bits of a word, or the low 53 of two words, the first one high. */
static double uniform_f32(tenbin_generator *g) {
  const uint32_t w = word(g), k = w & 0xffffff;
  if (mutant == UNIFORM_23)
    return (w & 0x7fffff) * 0x1p-23;
  if (mutant == UNIFORM_HIGH)
    return (w >> 8) * 0x1p-24;
  if (mutant == UNIFORM_CENTRED)
    return ((float)k + 0.5f) * 0x1p-24f;
  if (mutant == LARGEST_ROUNDED_UP && k == 0xffffff)
    return 1;
  if (mutant == ZERO_AVOIDED && k == 0)
    return 0x1p-24;
  if (mutant == ZERO_HANGS && k == 0)
    for (volatile uint32_t again = k; again == 0;)
      ;
  return k * 0x1p-24;
}

static double uniform_f64(tenbin_generator *g) {
  const uint64_t first = word(g);
  if (mutant == UNIFORM_32_OF_F64)
    return (double)first * 0x1p-32;
  const uint64_t second = word(g), w = mutant == WORDS_SWAPPED ? second << 32 | first : first << 32 | second;
  if (mutant == UNIFORM_52)
    return (double)(w & ((UINT64_C(1) << 52) - 1)) * 0x1p-52;
  return (double)(w & ((UINT64_C(1) << 53) - 1)) * 0x1p-53;
}

static uint32_t bits_of(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

static float float_of(uint32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

/* a * b + c, fused except in the mutant `id`. */
INLINE float fused(int id, float a, float b, float c) {
  return mutant == id || mutant == UNFUSED_ALL ? a * b + c : fmaf(a, b, c);
}

INLINE float log_cephes(float x) {
  static const float p[] = {7.0376836292e-2f,  -1.1514610310e-1f, 1.1676998740e-1f,  -1.2420140846e-1f, 1.4249322787e-1f,
                            -1.6668057665e-1f, 2.0000714765e-1f,  -2.4999993993e-1f, 3.3333331174e-1f};
  const uint32_t bits = bits_of(x);
  float e = (float)((int32_t)(bits >> 23) - 126), m = float_of((bits & 0x7fffff) | 0x3f000000);
  const bool low = m < 0.707106781186547524f;
  e -= low ? 1 : 0;
  m = m - 1 + (low ? m : 0);
  const float z = m * m;
  float y = fused(UNFUSED_LOG_FIRST, p[0], m, p[1]);
  for (int i = 2; i < 8; i++)
    y = fused(UNFUSED_ALL, y, m, p[i]);
  y = fused(UNFUSED_LOG_LAST, y, m, p[8]);
  y = fused(UNFUSED_LOG_LOW, y * m, z, e * -2.12194440e-4f);
  return e * 0.693359375f + (m + (y - 0.5f * z)); /* both products are exact */
}

INLINE void sincos_cephes(float x, float *sine, float *cosine) {
  const int32_t octant = ((int32_t)(x * 1.27323954473516f) + 1) & ~1;
  const float n = (float)octant;
  x = fused(UNFUSED_REDUCTION, n, -3.77489497744594108e-8f, x - n * 0.78515625f - n * 2.4187564849853515625e-4f);
  const float z = x * x;
  float c = fused(UNFUSED_COSINE_1, 2.443315711809948e-5f, z, -1.388731625493765e-3f);
  c = fused(UNFUSED_COSINE_2, c, z, 4.166664568298827e-2f) * z;
  c = fused(UNFUSED_COSINE_3, c, z, -(z * 0.5f)) + 1;
  float s = fused(UNFUSED_SINE_1, -1.9515295891e-4f, z, 8.3321608736e-3f);
  s = fused(UNFUSED_SINE_2, s, z, -1.6666654611e-1f) * z;
  s = fused(UNFUSED_SINE_3, s, x, x);
  *sine = (octant & 2 ? c : s) * (octant & 4 ? -1.0f : 1.0f);
  *cosine = (octant & 2 ? s : c) * ((octant - 2) & 4 ? 1.0f : -1.0f);
}

typedef enum arithmetic { CEPHES, LIBM, DOUBLE, TURNED } arithmetic;

typedef struct pair {
  double cosine, sine;
} pair;

INLINE pair box_muller_f32(arithmetic a, float radius, float angle) {
  const float u = mutant == LOG_OF_U ? radius : 1 - radius, factor = mutant == SIGN_UNDER_ROOT ? 2 : -2;
  const bool product_f32 = a == CEPHES || mutant == DEFAULT_ANGLE_F32 || mutant == ROUNDED_LIBM;
  const float t = product_f32 ? (float)TWO_PI * angle : (float)(TWO_PI * (double)angle);
  float r, sine, cosine;
  if (a == CEPHES) {
    r = sqrtf(factor * log_cephes(u));
    sincos_cephes(t, &sine, &cosine);
  } else {
    r = sqrtf(factor * logf(u));
    sine = sinf(t);
    cosine = cosf(t);
  }
  return (pair){r * cosine, r * sine};
}

/* `log1` chooses log1p(-u) for log(1 - u): in double these round unlike. */
static pair box_muller_f64(double radius, double angle, bool log1) {
  const double u = mutant == LOG_OF_U ? radius : 1 - radius, factor = mutant == SIGN_UNDER_ROOT ? 2 : -2;
  const double r = sqrt(factor * (log1 ? log1p(-radius) : log(u))), t = TWO_PI * angle;
  return (pair){r * cos(t), r * sin(t)};
}

/* Half a turn further. */
static pair box_muller_turned(double radius, double angle) {
  const double r = -sqrt(-2 * log1p(-radius)), t = TWO_PI * (angle - 0.5);
  return (pair){r * cos(t), r * sin(t)};
}

INLINE pair box_muller(arithmetic a, double radius, double angle) {
  switch (a) {
  case CEPHES:
    return box_muller_f32(CEPHES, (float)radius, (float)angle);
  case LIBM:
    return box_muller_f32(LIBM, (float)radius, (float)angle);
  case DOUBLE:
    return box_muller_f64(radius, angle, mutant == FILL_LOG1P);
  default:
    return box_muller_turned(radius, angle);
  }
}

/* bits / 2^drop, to the nearest, ties to even. */
static uint32_t rounded(uint32_t bits, uint32_t drop) {
  const uint32_t half = UINT32_C(1) << (drop - 1);
  return (bits + (mutant == HALF_UP ? half : half - 1 + (bits >> drop & 1))) >> drop;
}

static uint16_t to_bf16(float x) {
  const uint32_t bits = bits_of(x);
  if (x != x)
    return 0x7fc0;
  return (uint16_t)(mutant == BF16_TRUNCATED ? bits >> 16 : rounded(bits, 16));
}

static uint16_t to_f16(float x) {
  const uint32_t bits = bits_of(x), sign = bits >> 16 & 0x8000, magnitude = bits & 0x7fffffff, exponent = magnitude >> 23;
  uint32_t y = 0;
  if (x != x)
    return 0x7e00;
  if (exponent > 112) { /* 2^-14 and above */
    y = magnitude < 0x47800000 ? rounded(magnitude - (UINT32_C(112) << 23), 13) : 0x7c00;
    if (mutant == F16_SATURATED && y == 0x7c00)
      y = 0x7bff;
  } else if (exponent > 101 && mutant != F16_FLUSHED) { /* half of 2^-24 and above */
    y = rounded((magnitude & 0x7fffff) | 0x800000, 126 - exponent);
  }
  return (uint16_t)(sign | y);
}

/* The nearest float; HALF_ONCE: that of the two around x whose last bit is set, which then rounds as x itself does. */
static float to_f32(double x, bool half) {
  float f = (float)x;
  if (mutant == F32_FLUSHED && fabsf(f) < 0x1p-126f)
    return copysignf(0, f);
  if (mutant == HALF_ONCE && half && isfinite(f) && (double)f != x)
    f = float_of((bits_of(f) - (fabs((double)f) > fabs(x) ? 1 : 0)) | 1);
  return f;
}

static void put(int32_t dtype, void *y, int64_t i, double value) {
  const float f32 = to_f32(value, dtype == TENBIN_F16 || dtype == TENBIN_BF16);
  if (mutant == OUTPUT_ADDED_TO && dtype == TENBIN_F32)
    ((float *)y)[i] += f32;
  else if (dtype == TENBIN_F64)
    ((double *)y)[i] = value;
  else if (dtype == TENBIN_F32)
    ((float *)y)[i] = f32;
  else
    ((uint16_t *)y)[i] = dtype == TENBIN_F16 ? to_f16(f32) : to_bf16(f32);
}

#endif
