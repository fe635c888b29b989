/* inverse_cdf: normal numbers by the quantile of Philox's bits, a sign and a tail.
 *
 * One bit of a word is the sign, the other 31, k, choose the middle of a piece of the tail: p = (k + 1/2) 2^-32 < 1/2, and |z|
 * = Q(p) with Q the inverse of 1 - Phi. Both p and x = 1 - 2 p have the relative precision of f32, so that z has it in the tail
 * and near 0. As M. Giles has it ("Approximating the erfinv function", GPU Computing Gems, Jade edition, 2012), z = x R(log(1 -
 * x^2)) with a smooth R. Here the logarithm is to base 2, from -31 to 0, and R is a polynomial on each of 8 segments of 4
 * octaves. Those are Chebyshev interpolants of the quantile in double, made as a plan is prepared: of algorithm PPND16 of M. J.
 * Wichura
 * ("Algorithm AS 241: The Percentage Points of the Normal Distribution", Applied Statistics 37, 1988), which by itself gives
 * f64, of 63 bits and a sign.
 *
 * Philox4x32 has 7 rounds here, the fewest with which it passed BigCrush (Salmon et al. 2011, table 2).
 * Claim: the distribution; of f32, |z| from 0x1.40d93p-32 to 0x1.95a11ap+2 (6.338), within 2.94e-7 of itself for each of the
 * 2^32 words; of f64, |z| up to 9.155. Witness: word 3abe7640 gives 0x1.7b2f96p-1 for 0x1.7b2f9d4e6171dp-1.
 *
 * SPDX-License-Identifier: MIT */
#include "counted.h"
#include "philox4x32.h"

#include <math.h>

#define ROUNDS 7
#define BATCH INT64_C(16) /* blocks of a group, whose first words become 16 numbers, then their second ones */

#define SEGMENTS 8
#define SPAN 4 /* octaves of a segment: those from 2^-3.5 to 2^0.5, from 2^-7.5 to 2^-3.5, .. */
#define DEGREE 6
#define LOG2_DEGREE 6
#define CENTRE 1.5f          /* of a segment, in octaves above the first exponent */
#define SQRT_HALF 0x3f3504f3 /* the bits of sqrt(1/2) as f32 */
#define EXPONENT (1 << 23)   /* the lowest bit of an exponent */

struct fit {
  float log2[LOG2_DEGREE + 1];           /* log2(1 + m) = m P(m), sqrt(1/2) <= 1 + m < sqrt(2) */
  float ratio[DEGREE + 1][2 * SEGMENTS]; /* coefficients of z / x, of segment s at s and s + 8 */
};

struct tenbin_plan {
  tb_counted counted;
  tb_make_groups *make;
  struct fit fit;
};

#define LANE_BODY "normal/inverse_cdf_body.h"
#include "lane_widths.h"

static double horner(const double *c, int n, double x) {
  double y = c[n - 1];
  for (int i = n - 2; i >= 0; i--)
    y = y * x + c[i];
  return y;
}

/* AS 241, PPND16: z with 1 - Phi(z) = p; of p and q = 1/2 - p the smaller one is to be exact. */
static double quantile(double p, double q) {
  static const double a[] = {3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3,
                             1.3731693765509461125e4, 4.5921953931549871457e4, 6.7265770927008700853e4,
                             3.3430575583588128105e4, 2.5090809287301226727e3};
  static const double b[] = {1.0,
                             4.2313330701600911252e1,
                             6.8718700749205790830e2,
                             5.3941960214247511077e3,
                             2.1213794301586595867e4,
                             3.9307895800092710610e4,
                             2.8729085735721942674e4,
                             5.2264952788528545610e3};
  static const double c[] = {1.42343711074968357734e0,  4.63033784615654529590e0, 5.76949722146069140550e0,
                             3.64784832476320460504e0,  1.27045825245236838258e0, 2.41780725177450611770e-1,
                             2.27238449892691845833e-2, 7.74545014278341407640e-4};
  static const double d[] = {1.0,
                             2.05319162663775882187e0,
                             1.67638483018380384940e0,
                             6.89767334985100004550e-1,
                             1.48103976427480074590e-1,
                             1.51986665636164571966e-2,
                             5.47593808499534494600e-4,
                             1.05075007164441684324e-9};
  static const double e[] = {6.65790464350110377720e0,  5.46378491116411436990e0,  1.78482653991729133580e0,
                             2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
                             2.71155556874348757815e-5, 2.01033439929228813265e-7};
  static const double f[] = {1.0,
                             5.99832206555887937690e-1,
                             1.36929880922735805310e-1,
                             1.48753612908506148525e-2,
                             7.86869131145613259100e-4,
                             1.84631831751005468180e-5,
                             1.42151175831644588870e-7,
                             2.04426310338993978564e-15};
  if (q <= 0.425) {
    const double r = 0.180625 - q * q;
    return q * horner(a, 8, r) / horner(b, 8, r);
  }
  const double r = sqrt(-log(p));
  return r <= 5 ? horner(c, 8, r - 1.6) / horner(d, 8, r - 1.6) : horner(e, 8, r - 5) / horner(f, 8, r - 5);
}

/* z / x at u octaves above the centre of a segment. */
static double ratio(double u, int segment) {
  const double v = u + CENTRE - (SPAN - 1) - SPAN * segment; /* log2 of 4 p (1 - p) = 1 - x^2 */
  const double x = sqrt(-expm1(0.69314718055994530942 * v)), p = exp2(v) / (2 * (1 + x));
  return quantile(p, 0.5 * x) / x;
}

static double log2_ratio(double m, int unused) {
  (void)unused;
  return 1.44269504088896340736 * log1p(m) / m;
}

/* The coefficients of the polynomial that interpolates f in the n Chebyshev nodes of [low, high]: by divided differences, then
 * from Newton's form to powers. */
static void interpolate(double (*f)(double x, int segment), int segment, double low, double high, int n, double *c) {
  double x[8];
  for (int i = 0; i < n; i++) {
    x[i] = 0.5 * (low + high) + 0.5 * (high - low) * cos(3.14159265358979323846 * (i + 0.5) / n);
    c[i] = f(x[i], segment);
  }
  for (int k = 1; k < n; k++)
    for (int i = n - 1; i >= k; i--)
      c[i] = (c[i] - c[i - 1]) / (x[i] - x[i - k]);
  for (int k = n - 2; k >= 0; k--)
    for (int i = k; i < n - 1; i++)
      c[i] -= x[k] * c[i + 1];
}

static void fit(struct fit *out) {
  double c[8];
  interpolate(log2_ratio, 0, 0.70710678118654752440 - 1, 1.41421356237309504880 - 1, LOG2_DEGREE + 1, c);
  for (int i = 0; i <= LOG2_DEGREE; i++)
    out->log2[i] = (float)c[i];
  for (int s = 0; s < SEGMENTS; s++) { /* counted from 1/2 down; an octave less, as an index counts octaves up, mod 8 */
    const double half = 0.5 * SPAN, low = CENTRE - half - CENTRE, high = s == 0 ? (SPAN - 1) - CENTRE : half;
    interpolate(ratio, s, low, high, DEGREE + 1, c);
    const int at = (SEGMENTS - s) % SEGMENTS;
    for (int i = 0; i <= DEGREE; i++)
      out->ratio[i][at] = out->ratio[i][at + SEGMENTS] = (float)c[i];
  }
}

static void make(const tb_draw *draw, int64_t first, int64_t count, void *numbers) {
  tb_counted_groups(draw, first, count, numbers, draw->plan->make);
}

/* The sign and 63 bits of two words. */
static double quantile_of(uint32_t high, uint32_t low) {
  const uint64_t most = UINT64_MAX >> 1, k = ((uint64_t)high << 32 | low) & most;
  const double z = quantile(((double)k + 0.5) * 0x1p-64, ((double)(most - k) + 0.5) * 0x1p-64);
  return high >> 31 ? -z : z;
}

static void make_f64(const tb_draw *draw, int64_t first, int64_t count, void *numbers) {
  for (int64_t i = 0; i < count; i += 2) {
    const tb_philox p = tb_philox4x32(ROUNDS, draw->block + (uint64_t)(first + i) / 2, 0, draw->seed);
    for (int k = 0; k < 2 && i + k < count; k++)
      tb_number_put(TENBIN_F64, fma(quantile_of(p.word[2 * k], p.word[2 * k + 1]), draw->std, draw->mean), i + k, numbers);
  }
}

static tenbin_status prepare(const tenbin_problem *problem, const tenbin_tensor *constant, const tenbin_host *host,
                             tenbin_plan **out) {
  (void)constant;
  tenbin_plan *plan = tb_counted_plan(problem, host, sizeof *plan);
  if (!plan)
    return TENBIN_OUT_OF_MEMORY;
  plan->make = LANE_CHOICE(fill_groups);
  fit(&plan->fit);
  *out = plan;
  return TENBIN_OK;
}

static tenbin_status run(const tenbin_plan *plan, const tenbin_call *call) {
  const bool wide = call->output[TENBIN_Y].desc.dtype == TENBIN_F64;
  tb_counted_run(plan, call, wide ? 2 : 4, wide ? make_f64 : make);
  return TENBIN_OK;
}

const tenbin_kernel tenbin_kernel_inverse_cdf = {
    TB_COUNTED_KERNEL,
    .name = "inverse_cdf",
    .summary = "normal numbers by the quantile of Philox's bits",
    .supports = tb_counted_supports,
    .prepare = prepare,
    .run = run,
};
