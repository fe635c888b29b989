/* The floating-point environment that kernels are entered and left in.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_MACHINE_STATE_H
#define TB_MACHINE_STATE_H

#include <fenv.h>
#include <stdbool.h>

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

/* Round to nearest, subnormals kept, no traps: brings this thread back to it. True: it was left otherwise. Flags that
 * arithmetic raises do not count. */
static inline bool tb_machine_state_restore(void) {
#if defined(__x86_64__)
  const unsigned flags = 0x3f, standard = 0x1f80; /* MXCSR: all exceptions masked */
  const bool changed = (_mm_getcsr() & ~flags) != standard;
  if (changed)
    _mm_setcsr(standard);
  return changed;
#else
  const bool changed = fegetround() != FE_TONEAREST;
  if (changed)
    fesetenv(FE_DFL_ENV);
  return changed;
#endif
}

#endif
