/* Includes a kernel's body LANE_BODY behind conv_lanes.h, once for each width that there is.
 *
 * SPDX-License-Identifier: MIT */
#include "isa.h"

#define LANES 4
#include "conv_lanes.h"

#include LANE_BODY

#if defined(__x86_64__)
#undef LANES
#define LANES 8
#include "conv_lanes.h"

#include LANE_BODY

#undef LANES
#define LANES 16
#include "conv_lanes.h"

#include LANE_BODY
#endif

/* The address of `name` of the width that the processor calls for. */
#if defined(__x86_64__)
#define CONV_CHOOSE(name)                                                                                                      \
  ((const __typeof__(name##_4) *const[]){                                                                                      \
      [TB_ISA_PORTABLE] = &name##_4, [TB_ISA_AVX2] = &name##_8, [TB_ISA_AVX512] = &name##_16}[tb_isa_choose()])
#else
#define CONV_CHOOSE(name) (&name##_4)
#endif
