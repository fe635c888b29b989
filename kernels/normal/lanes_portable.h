/* The vector operations of normal_lanes.h for four lanes, in plain C, by the names that x86-64's have.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_LANES_PORTABLE_H
#define TB_LANES_PORTABLE_H

#include "narrow.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#define TB_LANE4 static inline __attribute__((always_inline))

typedef float tb_f32_4 __attribute__((vector_size(16)));
typedef uint32_t tb_u32_4 __attribute__((vector_size(16)));
typedef int32_t tb_s32_4 __attribute__((vector_size(16)));
typedef uint16_t tb_u16_4 __attribute__((vector_size(8)));

TB_LANE4 tb_f32_4 tb_lane4_fmadd_ps(tb_f32_4 a, tb_f32_4 b, tb_f32_4 c) {
  return (tb_f32_4){fmaf(a[0], b[0], c[0]), fmaf(a[1], b[1], c[1]), fmaf(a[2], b[2], c[2]), fmaf(a[3], b[3], c[3])};
}

TB_LANE4 tb_f32_4 tb_lane4_sqrt_ps(tb_f32_4 x) {
  return (tb_f32_4){sqrtf(x[0]), sqrtf(x[1]), sqrtf(x[2]), sqrtf(x[3])};
}

TB_LANE4 tb_f32_4 tb_lane4_cvtepi32_ps(tb_u32_4 x) {
  return __builtin_convertvector((tb_s32_4)x, tb_f32_4);
}

TB_LANE4 tb_u32_4 tb_lane4_cvttps_epi32(tb_f32_4 x) {
  return (tb_u32_4) __builtin_convertvector(x, tb_s32_4);
}

#endif
