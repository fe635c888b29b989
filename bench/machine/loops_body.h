/* The loops for vectors of LOOP_BYTES bytes. To be included by loops.c, once for each width.
 *
 * SPDX-License-Identifier: MIT */
#define floats LOOP_NAME(floats)
#define words LOOP_NAME(words)

typedef float floats __attribute__((vector_size(LOOP_BYTES), may_alias));
typedef int32_t words __attribute__((vector_size(LOOP_BYTES), may_alias));

/* Each chain tends to 1, so that no number becomes subnormal. */
LOOP_TARGET static float LOOP_NAME(fma)(int64_t rounds, float factor) {
  const floats m = (floats){0} + factor, c = 1 - m;
#define LOOP_START(k) floats a##k = m * (float)(k);
#define LOOP_STEP(k) a##k = a##k * m + c;
#define LOOP_SUM(k) +a##k
  LOOP_CHAINS(LOOP_START)
  for (int64_t i = 0; i < rounds; i++) {
    LOOP_CHAINS(LOOP_STEP)
    LOOP_CHAINS(LOOP_STEP)
    LOOP_CHAINS(LOOP_STEP)
    LOOP_CHAINS(LOOP_STEP)
  }
  const floats sum = LOOP_CHAINS(LOOP_SUM);
  return sum[0];
#undef LOOP_START
#undef LOOP_STEP
#undef LOOP_SUM
}

LOOP_TARGET static uint32_t LOOP_NAME(read)(void *to, const void *from, size_t bytes, int64_t passes) {
  (void)to;
  const floats *x = from, *end = x + bytes / sizeof *x;
  floats a = {0}, b = a, c = a, d = a, e = a, f = a, g = a, h = a;
  for (int64_t i = 0; i < passes; i++)
    for (const floats *p = x; p < end; p += 32) {
      LOOP_ADD(p)
      LOOP_ADD(p + 8)
      LOOP_ADD(p + 16)
      LOOP_ADD(p + 24)
    }
  a += b + c + d + e + f + g + h;
  return a[0] > 0;
}

LOOP_TARGET static uint32_t LOOP_NAME(write)(void *to, const void *from, size_t bytes, int64_t passes) {
  (void)from;
  words *y = to, *end = y + bytes / sizeof *y;
  const words a = (words){0} + (int32_t)passes;
  for (int64_t i = 0; i < passes; i++)
    for (words *p = y; p < end; p += 8) {
      p[0] = a, p[1] = a, p[2] = a, p[3] = a, p[4] = a, p[5] = a, p[6] = a, p[7] = a;
      LOOP_KEEP();
    }
  return 0;
}

LOOP_TARGET static uint32_t LOOP_NAME(copy)(void *to, const void *from, size_t bytes, int64_t passes) {
  const ptrdiff_t n = (ptrdiff_t)(bytes / sizeof(words));
  for (int64_t i = 0; i < passes; i++) {
    const words *x = from;
    words *y = to;
    for (ptrdiff_t j = 0; j < n; j += 8, x += 8, y += 8) {
      LOOP_STORE(y, x[0])
      LOOP_STORE(y + 1, x[1])
      LOOP_STORE(y + 2, x[2])
      LOOP_STORE(y + 3, x[3])
      LOOP_STORE(y + 4, x[4])
      LOOP_STORE(y + 5, x[5])
      LOOP_STORE(y + 6, x[6])
      LOOP_STORE(y + 7, x[7])
    }
  }
  return 0;
}

LOOP_TARGET static uint32_t LOOP_NAME(nt_write)(void *to, const void *from, size_t bytes, int64_t passes) {
  (void)from;
  words *y = to, *end = y + bytes / sizeof *y;
  const words a = (words){0} + (int32_t)passes;
  for (int64_t i = 0; i < passes; i++)
    for (words *p = y; p < end; p += 8) {
      LOOP_STREAM(p, a);
      LOOP_STREAM(p + 1, a);
      LOOP_STREAM(p + 2, a);
      LOOP_STREAM(p + 3, a);
      LOOP_STREAM(p + 4, a);
      LOOP_STREAM(p + 5, a);
      LOOP_STREAM(p + 6, a);
      LOOP_STREAM(p + 7, a);
      LOOP_KEEP();
    }
  LOOP_FENCE();
  return 0;
}

static const tb_loops LOOP_NAME(loops) = {
    .flops = 2.0 * LOOP_CHAIN_COUNT * LOOP_REPEAT * LOOP_BYTES / sizeof(float),
    .fma = LOOP_NAME(fma),
    .pass = {LOOP_NAME(read), LOOP_NAME(write), LOOP_NAME(copy), LOOP_NAME(nt_write)},
};

#undef floats
#undef words
#undef LOOP_BYTES
#undef LOOP_TARGET
#undef LOOP_STREAM
