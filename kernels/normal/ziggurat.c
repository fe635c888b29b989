/* ziggurat: normal numbers from 256 layers of equal area under the density.
 *
 * G. Marsaglia and W. W. Tsang, "The Ziggurat Method for Generating Random Variables", Journal of Statistical Software 5(8),
 * 2000. Layer i > 0 is the rectangle up to x[i] between the heights f(x[i]) and f(x[i+1]), f(x) = exp(-x^2/2); layer 0 is the
 * rectangle up to r = x[1] below f(r) together with the tail beyond r. All have the area v = r f(r) + integral of f beyond r,
 * and r is such that the uppermost ends at f = 1. A point is drawn in a layer; it is below the curve for certain where |x| <
 * x[i+1], else that is looked up, or the tail is drawn from (G. Marsaglia, "Generating a Variable from the Tail of the Normal
 * Distribution", Technometrics 6(1), 1964).
 *
 * Layer, sign and position take bits of their own (J. A. Doornik, "An Improved Ziggurat Method to Generate Normal Random
 * Samples", 2005: the original takes layer and position from the same ones, and fails tests for it). Uniforms are odd multiples
 * of 2^-53, so that none is 0 or 1. Two numbers are made of each block of Philox; one that is rejected goes on in blocks whose
 * counters have upper halves of its own.
 * Claim: the distribution, in double, by steps of 2^-52 of a layer's width. Witness: with r as below the uppermost layer ends
 * at v / x[255] + f(x[255]) = 1 - 6e-16, the sums made in 30 digits.
 *
 * SPDX-License-Identifier: MIT */
#include "counted.h"
#include "philox4x32.h"

#include <math.h>

#define LAYERS 256
#define ROUNDS 10

/* The root of the equation above for 256 layers (Marsaglia and Tsang, section 3, where it is 3.6541528853610088). */
static const double r = 0x1.d3bb48209ad33p+1;

/* The words of blocks low, low + 1, .., BATCH of them: word k of block b is number BATCH k + b. */
#define BATCH 64
typedef void words_function(uint64_t low, uint64_t seed, uint32_t words[4 * BATCH]);

#define LANE_BODY "normal/ziggurat_body.h"
#include "lane_widths.h"

struct tenbin_plan {
  tb_counted counted;
  words_function *words;
  double x[LAYERS + 1], f[LAYERS + 1];
};

/* Where a number gets its bits from after its first 64: blocks of Philox with `high`, `high` + 2, .. in the upper half of the
 * counter, 2 and more; of the two numbers of a block one takes the even, one the odd. */
struct source {
  uint64_t seed, block, high;
};

static void more(struct source *s, uint64_t u[2]) {
  const tb_philox p = tb_philox4x32(ROUNDS, s->block, s->high, s->seed);
  s->high += 2;
  u[0] = p.word[0] | (uint64_t)p.word[1] << 32;
  u[1] = p.word[2] | (uint64_t)p.word[3] << 32;
}

/* Of the upper 52 bits, in (0, 1). */
static double uniform(uint64_t bits) {
  return ((double)(bits >> 12) + 0.5) * 0x1p-52;
}

/* Beyond r (Marsaglia 1964). */
static double tail(struct source *s) {
  for (;;) {
    uint64_t u[2];
    more(s, u);
    const double x = -log(uniform(u[0])) / r, y = -log(uniform(u[1]));
    if (2 * y > x * x)
      return r + x;
  }
}

static double standard_normal(const tenbin_plan *p, struct source *s, uint64_t bits) {
  for (;;) {
    const int layer = bits & (LAYERS - 1);
    const double sign = bits & LAYERS ? -1 : 1, x = uniform(bits) * p->x[layer];
    if (x < p->x[layer + 1])
      return sign * x;
    if (layer == 0)
      return sign * tail(s);
    uint64_t u[2];
    more(s, u);
    if (p->f[layer] + uniform(u[0]) * (p->f[layer + 1] - p->f[layer]) < exp(-0.5 * x * x))
      return sign * x;
    bits = u[1];
  }
}

static void make(const tb_draw *draw, int64_t first, int64_t count, void *numbers) {
  uint32_t words[4 * BATCH];
  for (int64_t i = 0; i < count; i++) {
    const int64_t number = i % (2 * BATCH), at = number / 2 + number % 2 * 2 * BATCH;
    const uint64_t block = draw->block + (uint64_t)(first + i) / 2;
    if (number == 0)
      draw->plan->words(block, draw->seed, words);
    struct source s = {draw->seed, block, 2 + (uint64_t)number % 2};
    const double z = standard_normal(draw->plan, &s, words[at] | (uint64_t)words[at + BATCH] << 32);
    tb_number_put(draw->dtype, z * draw->std + draw->mean, i, numbers);
  }
}

/* The integral of f beyond r by the continued fraction of Mills' ratio, f(r) / (r + 1 / (r + 2 / (r + 3 / ..))) (Abramowitz and
 * Stegun 26.2.14); 100 terms are more than double holds. */
static double area_beyond(double a) {
  double fraction = a;
  for (int i = 100; i > 0; i--)
    fraction = a + i / fraction;
  return exp(-0.5 * a * a) / fraction;
}

static tenbin_status prepare(const tenbin_problem *problem, const tenbin_tensor *constant, const tenbin_host *host,
                             tenbin_plan **out) {
  (void)constant;
  tenbin_plan *p = tb_counted_plan(problem, host, sizeof *p);
  if (!p)
    return TENBIN_OUT_OF_MEMORY;
  p->words = LANE_CHOICE(fill_words);
  p->f[1] = exp(-0.5 * r * r);
  const double area = r * p->f[1] + area_beyond(r);
  p->x[0] = area / p->f[1];
  p->f[0] = 0;
  p->x[1] = r;
  for (int i = 2; i < LAYERS; i++) {
    p->f[i] = p->f[i - 1] + area / p->x[i - 1];
    p->x[i] = sqrt(-2 * log(p->f[i]));
  }
  p->x[LAYERS] = 0;
  p->f[LAYERS] = 1;
  *out = p;
  return TENBIN_OK;
}

static tenbin_status run(const tenbin_plan *plan, const tenbin_call *call) {
  tb_counted_run(plan, call, 2, make);
  return TENBIN_OK;
}

const tenbin_kernel tenbin_kernel_ziggurat = {
    TB_COUNTED_KERNEL,
    .name = "ziggurat",
    .summary = "normal numbers by the ziggurat of Marsaglia and Tsang, on Philox",
    .supports = tb_counted_supports,
    .prepare = prepare,
    .run = run,
};
