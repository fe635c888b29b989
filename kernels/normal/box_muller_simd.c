/* box_muller_simd: PyTorch's CPU stream "torch-cpu-avx2" on vectors, AVX2 or AVX-512.
 *
 * The numbers of box_muller, made in registers from the words of MT19937: as many radii and angles as a vector has lanes are
 * tempered, transformed, scaled and stored. PyTorch makes the same in two passes over the output, one for the uniforms.
 *
 * Claim: the stream, to the bit. Witness: all 2^24 radii and 2^24 angles give box_muller's numbers, in
 * tests/unit/test_normal_kernels.c.
 *
 * SPDX-License-Identifier: MIT */
#include "isa.h"
#include "torch_scalar.h"

#include <stdio.h>

#if defined(__x86_64__)
enum { BLOCK = 16, HALF = BLOCK / 2 };

static inline size_t bytes(int32_t dtype) {
  return dtype == TENBIN_F32 ? sizeof(float) : sizeof(uint16_t);
}

#define uniform LANE_NAME(uniform)
#define half_blocks LANE_NAME(half_blocks)
#define store_f32 LANE_NAME(store_f32)
#define store_u16 LANE_NAME(store_u16)
#define store LANE_NAME(store)
#define steps LANE_NAME(steps)
#define block LANE_NAME(block)
#define fill_with LANE_NAME(fill_with)

#define LANES 8
#include "box_muller_body.h"
#undef LANES
#define LANES 16
#include "box_muller_body.h"

static tb_torch_fill *choose(void) {
  static tb_torch_fill *const fills[] = {[TB_ISA_PORTABLE] = NULL, [TB_ISA_AVX2] = fill_8, [TB_ISA_AVX512] = fill_16};
  return fills[tb_isa_choose()];
}
#else
static tb_torch_fill *choose(void) {
  return NULL;
}
#endif

static tenbin_status supports(const tenbin_problem *problem, tenbin_answer *answer) {
  if (choose())
    return tb_torch_supports(problem, false, answer);
  snprintf(answer->why, sizeof answer->why, "needs AVX2, FMA and F16C");
  return TENBIN_UNSUPPORTED;
}

static tenbin_status prepare(const tenbin_problem *problem, const tenbin_tensor *constant, const tenbin_host *host,
                             tenbin_plan **out) {
  (void)problem;
  (void)constant;
  return tb_torch_prepare(host, choose(), true, out);
}

const tenbin_kernel tenbin_kernel_box_muller_simd = {
    .struct_size = sizeof(tenbin_kernel),
    .name = "box_muller_simd",
    .op = "normal",
    .summary = "PyTorch's CPU stream by MT19937 and Box-Muller, on vectors",
    .alignment = 1,
    .supports = supports,
    .prepare = prepare,
    .run = tb_torch_run,
    .release = tb_torch_release,
    .generator = &tb_torch_generator,
    .library = tb_isa_library,
};
