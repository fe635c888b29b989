/* lanes: vectors of f32, so that a body is written once and compiled for SSE2 or whatever else the compiler takes for granted
 * (four lanes), for AVX2 (eight) and for AVX-512 (sixteen).
 *
 * To be included with LANES defined as 4, 8 (AVX2 with FMA and F16C) or 16 (AVX-512 F, BW, DQ, VL), once for each: the names
 * below then stand for those of that width, in the body as in here. A function of the body is a LANE_INLINE, or a LANE_FUNCTION
 * where it is to be called from outside; a name of its own is made one for each width by LANE_NAME:
 *
 *     #include "lanes.h"
 *     LANE_FUNCTION void LANE_NAME(twice)(float *x) { v_store(x, v_load(x) * 2.0f); }
 *
 * Vectors are those of GCC and Clang: + - * and scalars work on them lane by lane, each rounded by itself.
 *
 * SPDX-License-Identifier: MIT */
#if LANES != 4 && (!defined(__x86_64__) || (LANES != 8 && LANES != 16))
#error "LANES is 4, or on x86-64 also 8 or 16"
#endif

#ifndef TB_LANES_ONCE
#define TB_LANES_ONCE

#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>

typedef float v_f32_8 __attribute__((vector_size(32)));
typedef float v_f32_16 __attribute__((vector_size(64)));
#endif
typedef float v_f32_4 __attribute__((vector_size(16)));

#define LANE_TARGET_8 "avx2,fma,f16c"
#define LANE_TARGET_16 "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c"

#define LANE_PASTE_(a, b) a##_##b
#define LANE_PASTE(a, b) LANE_PASTE_(a, b)
#define LANE_NAME(name) LANE_PASTE(name, LANES)
#define LANE_ATTRIBUTE_4
#define LANE_ATTRIBUTE_8 __attribute__((target(LANE_TARGET_8)))
#define LANE_ATTRIBUTE_16 __attribute__((target(LANE_TARGET_16)))
#define LANE_FUNCTION LANE_PASTE(LANE_ATTRIBUTE, LANES) static
#define LANE_INLINE LANE_FUNCTION inline __attribute__((always_inline))

#define v_f32 LANE_NAME(v_f32)
#define v_set LANE_NAME(v_set)
#define v_load LANE_NAME(v_load)
#define v_store LANE_NAME(v_store)

#endif

LANE_INLINE v_f32 v_set(float x) {
#if LANES == 4
  return (v_f32){x, x, x, x};
#elif LANES == 8
  return _mm256_set1_ps(x);
#else
  return _mm512_set1_ps(x);
#endif
}

LANE_INLINE v_f32 v_load(const float *p) {
  v_f32 x;
  memcpy(&x, p, sizeof x);
  return x;
}

LANE_INLINE void v_store(float *p, v_f32 x) {
  memcpy(p, &x, sizeof x);
}
