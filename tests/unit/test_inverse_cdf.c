/* inverse_cdf against 1 - Phi by the C library's erfc, and the words at its ends, which are drawn from restored states.
 *
 * SPDX-License-Identifier: MIT */
#include "normal/philox4x32.h"

#include "normal.h"
#include "test.h"

#include <math.h>

#define SEED UINT64_C(20)

static const char *const isa[] = {"portable", "avx2", "avx512"};

/* Of seed 0, the number that a word becomes: the word is in Philox's block number `block`, as its word number `word`. */
static const struct edge {
  uint32_t bits;
  uint64_t block;
  int word;
  float z;
} edges[] = {
    {0x00000000, 0x557f960d, 3, 0x1.95a11ap+2f},  /* the farthest, Q(2^-33) = 0x1.95a1198fcf3d5p+2 */
    {0xffffffff, 0x733d9488, 2, -0x1.40d93p-32f}, /* the nearest to 0, sqrt(2 pi) 2^-33 */
    {0x3abe7640, 0x58424548, 0, 0x1.7b2f96p-1f},  /* the greatest relative error */
};

static void at_the_edges(void) {
  for (size_t i = 0; i < 3 * sizeof edges / sizeof *edges; i++) {
    const struct edge *e = &edges[i / 3];
    const uint64_t state[2] = {0, 4 * e->block};
    float y[64];
    struct drawer d;
    drawer_open(&d, "inverse_cdf", "any", TENBIN_F32, 1, isa[i % 3], NULL, 1);
    d.kernel->generator->restore(d.generator, state, sizeof state);
    drawer_draw(&d, 64, y);
    drawer_close(&d);
    check(tb_philox4x32(7, e->block, 0, 0).word[e->word] == e->bits && y[16 * e->word] == e->z, "word %08x gives %a, %s",
          e->bits, (double)e->z, isa[i % 3]);
  }
}

/* How far z is from Q(p), relative to it: a Newton step from z. */
static double error(double z, double p) {
  const double density = 0.39894228040143267794 * exp(-0.5 * z * z);
  return fabs((0.5 * erfc(z * 0.70710678118654752440) - p) / (density * z));
}

static void against_erfc_f32(void) {
  enum { N = 1 << 20 };
  float *y = malloc(N * sizeof *y);
  for (int path = 0; path < 3; path++) {
    double worst = 0;
    struct drawer d;
    drawer_open(&d, "inverse_cdf", "any", TENBIN_F32, SEED, isa[path], NULL, 1);
    drawer_draw(&d, N, y);
    drawer_close(&d);
    for (int i = 0; i < N; i++) {
      const uint32_t word = tb_philox4x32(7, (uint64_t)(i / 64 * 16 + i % 16), 0, SEED).word[i % 64 / 16],
                     k = word & 0x7fffffff;
      const double e = error(word >> 31 ? -(double)y[i] : (double)y[i], (k + 0.5) * 0x1p-32);
      /* 1/2 - p is not seen next to 1/2 */
      if (k < 0x7ff00000)
        worst = e > worst || isnan(e) ? e : worst;
    }
    check(worst < 2.94e-7 && worst > 1e-7, "f32: %d numbers within 2.94e-7 of themselves, at most %.3g off, %s", N, worst,
          isa[path]);
  }
  free(y);
}

static void against_erfc_f64(void) {
  enum { N = 100000 };
  double *y = malloc(N * sizeof *y), worst = 0;
  struct drawer d;
  drawer_open(&d, "inverse_cdf", "any", TENBIN_F64, SEED, "portable", NULL, 1);
  drawer_draw(&d, N, y);
  drawer_close(&d);
  for (int i = 0; i < N; i++) {
    const tb_philox p = tb_philox4x32(7, (uint64_t)i / 2, 0, SEED);
    const uint64_t word = (uint64_t)p.word[i % 2 * 2] << 32 | p.word[i % 2 * 2 + 1], k = word & (UINT64_MAX >> 1);
    const double z = word >> 63 ? -y[i] : y[i], e = error(z, ((double)k + 0.5) * 0x1p-64);
    if (z > 0.1)
      worst = e > worst ? e : worst;
    if (!(z > 0))
      worst = INFINITY;
  }
  /* erfc errs by an ulp or two, 2^-52 of p; in z that is least at 0.1 */
  check(worst < 1e-14, "f64: %d numbers within 1e-14 of themselves, at most %.3g off", N, worst);
  free(y);
}

int main(void) {
  tb_tap_start(&test_tap, stdout);
  at_the_edges();
  against_erfc_f32();
  against_erfc_f64();
  return finish();
}
