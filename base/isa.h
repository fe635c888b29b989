/* The instruction sets that kernels are compiled for, and the choice among them at run time.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_ISA_H
#define TB_ISA_H

typedef enum tb_isa {
  TB_ISA_PORTABLE, /* what the compiler takes for granted */
  TB_ISA_AVX2,     /* AVX2, FMA and F16C */
  TB_ISA_AVX512    /* these, and AVX-512 F, BW, DQ and VL */
} tb_isa;

/* The best that the processor and the operating system offer, lowered by the environment variable TENBIN_ISA = avx512, avx2 or
 * portable; it never raises the choice, and another value changes nothing. For prepare and library, not for run: it reads the
 * environment. */
tb_isa tb_isa_choose(void);

/* "AVX-512", "AVX2" or "portable". */
const char *tb_isa_name(tb_isa isa);

/* The name of the choice, for tenbin_kernel.library. */
const char *tb_isa_library(void);

#endif
