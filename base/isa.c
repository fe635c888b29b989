/* The choice of an instruction set at run time.
 *
 * SPDX-License-Identifier: MIT */
#include "isa.h"

#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

static tb_isa of_processor(void) {
#if defined(__x86_64__)
  /* F16C lies in the state that AVX2 has had enabled; __builtin_cpu_supports knows its name in GCC 11 and later only. */
  unsigned int eax, ebx, ecx = 0, edx;
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") || !__get_cpuid(1, &eax, &ebx, &ecx, &edx) ||
      !(ecx & bit_F16C))
    return TB_ISA_PORTABLE;
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl"))
    return TB_ISA_AVX512;
  return TB_ISA_AVX2;
#else
  return TB_ISA_PORTABLE;
#endif
}

tb_isa tb_isa_choose(void) {
  static const char *const value[] = {"portable", "avx2", "avx512"};
  const tb_isa best = of_processor();
  const char *wanted = getenv("TENBIN_ISA");
  for (int i = 0; wanted && i < (int)best; i++)
    if (strcmp(wanted, value[i]) == 0)
      return (tb_isa)i;
  return best;
}

const char *tb_isa_name(tb_isa isa) {
  static const char *const name[] = {"portable", "AVX2", "AVX-512"};
  return name[isa];
}

const char *tb_isa_library(void) {
  return tb_isa_name(tb_isa_choose());
}
