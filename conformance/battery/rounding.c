/* Numbers of a normal law rounded to a dtype, made normal again.
 *
 * SPDX-License-Identifier: MIT */
#include "rounding.h"

#include "kernel.h"
#include "rng.h"

#include <math.h>
#include <string.h>

typedef struct gaps {
  double away, towards; /* to the neighbours of a number on the side away from zero, and towards it */
} gaps;

static gaps neighbours(const tb_rounding *r, double y) {
  uint64_t bits;
  memcpy(&bits, &y, sizeof bits);
  const int exponent = (int)(bits >> 52 & 0x7ff) - 1023, e = exponent > r->lowest ? exponent : r->lowest;
  /* Below a power of two, the numbers lie half as far apart as above. */
  const bool power = exponent > r->lowest && (bits & 0xfffffffffffff) == 0;
  gaps g;
  bits = (uint64_t)(e - r->digits + 1 + 1023) << 52;
  memcpy(&g.away, &bits, sizeof bits);
  g.towards = power ? g.away / 2 : g.away;
  return g;
}

bool tb_rounding_init(tb_rounding *r, int32_t dtype, double mean, double std) {
  double largest = 0x1.fffffep127;
  *r = (tb_rounding){.digits = 24, .lowest = -126};
  switch (dtype) {
  case TENBIN_F32:
    break;
  case TENBIN_F64: /* no subnormals: their spacing is no normal double */
    *r = (tb_rounding){.digits = 53, .lowest = -960};
    largest = 0x1.fffffffffffffp1023;
    break;
  case TENBIN_F16:
    *r = (tb_rounding){.digits = 11, .lowest = -14};
    largest = 65504;
    break;
  case TENBIN_BF16:
    r->digits = 8;
    break;
  default:
    return false;
  }
  r->mean = dtype == TENBIN_F64 ? mean : (double)(float)mean;
  r->std = dtype == TENBIN_F64 ? std : (double)(float)std;
  r->coarse = neighbours(r, fabs(r->mean) + r->std).away > 0x1p-22 * r->std;
  return isfinite(r->mean) && isfinite(r->std) && r->std > 0 && fabs(r->mean) + 9 * r->std < largest;
}

/* A uniform number of 53 bits in [0, 1). */
static double uniform(uint64_t *state) {
  return (double)(tb_rng(state) >> 11) * 0x1p-53;
}

/* Whether a draw succeeds whose probability is exp(-t). */
static bool survives(uint64_t *state, double t) {
  const double u = uniform(state);
  return u < 1 - t || u < exp(-t);
}

/* N(0, 1) within [a, b], by rejection: from uniform numbers, or far out and over a wide interval from exponential ones (Robert,
 * Simulation of Truncated Normal Variables, 1995). What lies 9 beyond 0, or beyond the nearer end, is cut off: below 1e-18. */
static double truncated_normal(uint64_t *state, double a, double b) {
  double x;
  if (b <= 0)
    return -truncated_normal(state, -b, -a);
  if (a < 0) {
    a = fmax(a, -9);
    b = fmin(b, 9);
    do
      x = a + (b - a) * uniform(state);
    while (!survives(state, x * x / 2));
    return x;
  }
  b = fmin(b, a + 9);
  if (a * (b - a) < 1) {
    do
      x = a + (b - a) * uniform(state);
    while (!survives(state, (x - a) * (x + a) / 2));
    return x;
  }
  do
    x = a - log1p(expm1(-a * (b - a)) * uniform(state)) / a;
  while (!survives(state, (x - a) * (x - a) / 2));
  return x;
}

double tb_unround(tb_rounding *r, double y) {
  const double z = (y - r->mean) / r->std;
  if (!r->coarse)
    return z;
  const gaps g = neighbours(r, y);
  const double away = g.away / 2 / r->std, towards = g.towards / 2 / r->std;
  return y >= 0 ? truncated_normal(&r->state, z - towards, z + away) : truncated_normal(&r->state, z - away, z + towards);
}

/* The sum of the squares of the probabilities, as the integral of phi(x)^2 times the spacing in units of std. */
double tb_rounding_coincidence(const tb_rounding *r) {
  double sum = 0;
  if (neighbours(r, fabs(r->mean) + r->std).away >= r->std / 2)
    return 1;
  for (int i = -2048; i <= 2048; i++) {
    const double x = i / 256.0;
    sum += exp(-x * x) * neighbours(r, r->mean + r->std * x).away;
  }
  return sum / (2 * 3.14159265358979323846 * 256 * r->std);
}
