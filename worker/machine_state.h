/* The state of the processor that kernels are entered and left in.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_MACHINE_STATE_H
#define TB_MACHINE_STATE_H

#include <fenv.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

/* Round to nearest, subnormals kept, no traps; strings upwards, addresses not checked for alignment: brings this thread back to
 * it. NULL, or what was left otherwise. Flags that arithmetic raises do not count. */
static inline const char *tb_machine_state_restore(void) {
#if defined(__x86_64__)
  const uint64_t direction = 1u << 10, alignment = 1u << 18, eflags = __readeflags();
  if (eflags & (direction | alignment)) {
    __writeeflags(eflags & ~(direction | alignment));
    return eflags & direction ? "the direction flag" : "the alignment-check flag";
  }
  const unsigned flags = 0x3f, standard = 0x1f80;   /* MXCSR: all exceptions masked */
  const uint16_t fields = 0x0f3f, control = 0x037f; /* x87: masks, precision, rounding; 64 bits of precision */
  uint16_t now;
  __asm__ volatile("fnstcw %0" : "=m"(now));
  const bool changed_sse = (_mm_getcsr() & ~flags) != standard, changed_x87 = (now & fields) != (control & fields);
  if (changed_sse)
    _mm_setcsr(standard);
  if (changed_x87) /* a flag of an exception that is no longer masked would trap here */
    __asm__ volatile("fnclex\n\tfldcw %0" : : "m"(control));
  return changed_sse || changed_x87 ? "the floating-point environment" : NULL;
#else
  const bool changed = fegetround() != FE_TONEAREST;
  if (changed)
    fesetenv(FE_DFL_ENV);
  return changed ? "the floating-point environment" : NULL;
#endif
}

#endif
