/* Includes LANE_BODY, which includes lanes.h or what is on top of it, once for each width of vectors that there is.
 *
 * SPDX-License-Identifier: MIT */
#include "isa.h"

#define LANES 4
#include LANE_BODY
#undef LANES

#if defined(__x86_64__)
#define LANES 8
#include LANE_BODY
#undef LANES

#define LANES 16
#include LANE_BODY
#undef LANES
#endif

/* The address of a name of the body, a function or an object, of the width that tb_isa_choose calls for. */
#if defined(__x86_64__)
#define LANE_CHOICE(name)                                                                                                      \
  ((__typeof__(&name##_4)[]){                                                                                                  \
      [TB_ISA_PORTABLE] = &name##_4, [TB_ISA_AVX2] = &name##_8, [TB_ISA_AVX512] = &name##_16}[tb_isa_choose()])
#else
#define LANE_CHOICE(name) (&name##_4)
#endif
