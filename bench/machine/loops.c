/* The loops, compiled for each instruction set.
 *
 * This file is compiled with -ffp-contract=fast, so that a * b + c is one instruction wherever the target has it.
 *
 * SPDX-License-Identifier: MIT */
#include "loops.h"

#if defined(__x86_64__)
#include <immintrin.h>
#define LOOP_FENCE() _mm_sfence()
#else
#define LOOP_FENCE() (void)0
#endif

/* Chains of multiply-adds: as many as leave two of 16 registers to the factors. They hide 4 cycles of latency at 3 a cycle,
 * and without FMA 6 at 2. */
#define LOOP_CHAINS(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13)
#define LOOP_CHAIN_COUNT 14
#define LOOP_REPEAT 4 /* of all chains, in a round */

/* The compiler may neither leave out a pass nor make a call of memset or memcpy of it. */
#define LOOP_KEEP() __asm__ volatile("" ::: "memory")

/* In the order of the addresses, which prefetchers follow best, and which the compiler would change. */
#define LOOP_ADD(p)                                                                                                            \
  a += (p)[0], b += (p)[1], c += (p)[2], d += (p)[3], e += (p)[4], f += (p)[5], g += (p)[6], h += (p)[7];                      \
  LOOP_KEEP();
#define LOOP_STORE(p, x)                                                                                                       \
  *(p) = (x);                                                                                                                  \
  LOOP_KEEP();

#define LOOP_PASTE_(a, b) a##_##b
#define LOOP_PASTE(a, b) LOOP_PASTE_(a, b)
#define LOOP_NAME(name) LOOP_PASTE(name, LOOP_BYTES)

#define LOOP_BYTES 16
#define LOOP_TARGET
#if defined(__x86_64__)
#define LOOP_STREAM(p, x) _mm_stream_si128((void *)(p), (__m128i)(x))
#else
#define LOOP_STREAM(p, x) (*(p) = (x))
#endif
#include "loops_body.h"

#if defined(__x86_64__)
#define LOOP_BYTES 32
#define LOOP_TARGET __attribute__((target("avx2,fma")))
#define LOOP_STREAM(p, x) _mm256_stream_si256((void *)(p), (__m256i)(x))
#include "loops_body.h"

#define LOOP_BYTES 64
#define LOOP_TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")))
#define LOOP_STREAM(p, x) _mm512_stream_si512((void *)(p), (__m512i)(x))
#include "loops_body.h"
#endif

const tb_loops *tb_loops_of(tb_isa isa) {
#if defined(__x86_64__)
  if (isa == TB_ISA_AVX512)
    return &loops_64;
  if (isa == TB_ISA_AVX2)
    return &loops_32;
#endif
  (void)isa;
  return &loops_16;
}
