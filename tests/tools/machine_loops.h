/* Loops like STREAM's, and multiply-adds, for vectors of BYTES bytes: written apart from bench/machine/loops.c, to be held
 * against it. To be included by machine_check.c, once for each width, with NAME, TARGET, FMA and NT_STORE.
 *
 * SPDX-License-Identifier: MIT */
typedef double NAME(wide) __attribute__((vector_size(BYTES)));
typedef float NAME(wide_float) __attribute__((vector_size(BYTES)));

TARGET static double NAME(sum)(double *c, const double *a, long n, long passes) {
  const NAME(wide) *v = (const void *)a;
  const long vectors = n * (long)sizeof *a / BYTES;
  NAME(wide) s[8] = {{0}};
  (void)c;
  for (long p = 0; p < passes; p++) {
    AGAIN();
#pragma GCC unroll 4
    for (long i = 0; i < vectors; i += 8) {
#pragma GCC unroll 8
      for (long k = 0; k < 8; k++)
        s[k] += v[i + k];
    }
  }
  return ((s[0] + s[1]) + (s[2] + s[3]) + ((s[4] + s[5]) + (s[6] + s[7])))[0];
}

TARGET static double NAME(fill)(double *c, const double *a, long n, long passes) {
  const double value = a[0];
  for (long p = 0; p < passes; p++) {
    AGAIN();
#pragma GCC unroll 8
    for (long i = 0; i < n; i++)
      c[i] = value;
  }
  return 0;
}

TARGET static double NAME(copy)(double *restrict c, const double *restrict a, long n, long passes) {
  for (long p = 0; p < passes; p++) {
    AGAIN();
#pragma GCC unroll 8
    for (long i = 0; i < n; i++)
      c[i] = a[i];
  }
  return 0;
}

TARGET static double NAME(stream)(double *c, const double *a, long n, long passes) {
  const NAME(wide) value = (NAME(wide)){0} + a[0];
  for (long p = 0; p < passes; p++) {
#pragma GCC unroll 8
    for (long i = 0; i < n; i += (long)(BYTES / sizeof *c))
      NT_STORE(c + i, value);
  }
  FENCE();
  return 0;
}

TARGET static double NAME(multiply_add)(double *c, const double *a, long n, long passes) {
  NAME(wide_float) x[CHAINS];
  const NAME(wide_float) m = (NAME(wide_float)){0} + (float)a[0], b = 1 - m;
  (void)c;
  n *= passes;
  for (int k = 0; k < CHAINS; k++)
    x[k] = b * (float)k;
#pragma GCC unroll 2
  for (long i = 0; i < n; i++) {
#pragma GCC unroll 16
    for (int k = 0; k < CHAINS; k++)
      x[k] = FMA(x[k], m, b);
  }
  for (int k = 1; k < CHAINS; k++)
    x[0] += x[k];
  return x[0][0];
}

static loop *const NAME(loops)[] = {NAME(sum), NAME(fill), NAME(copy), NAME(stream), NAME(multiply_add)};

#undef BYTES
#undef NAME
#undef TARGET
#undef FMA
#undef NT_STORE
