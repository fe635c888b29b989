/* The loops that find out what a machine can do: multiply-adds without memory, and memory without arithmetic.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_LOOPS_H
#define TB_LOOPS_H

#include "isa.h"

#include <stddef.h>
#include <stdint.h>

/* What is done with memory. */
typedef enum tb_traffic {
  TB_READ,
  TB_WRITE,
  TB_COPY,
  TB_NT_WRITE, /* by stores that bypass the caches, where the processor has them; else as TB_WRITE */
  TB_TRAFFICS
} tb_traffic;

typedef struct tb_loops {
  double flops; /* of a round */
  /* That many rounds; factor is to be 0.5. The result is of no use but to be needed. */
  float (*fma)(int64_t rounds, float factor);
  /* Passes over `bytes` bytes, a multiple of 2048, which begin at multiples of 64. TB_READ leaves `to` alone, TB_WRITE and
   * TB_NT_WRITE `from`. */
  uint32_t (*pass[TB_TRAFFICS])(void *to, const void *from, size_t bytes, int64_t passes);
} tb_loops;

/* The loops of an instruction set; where the program was not built for it, the portable ones. */
const tb_loops *tb_loops_of(tb_isa isa);

#endif
