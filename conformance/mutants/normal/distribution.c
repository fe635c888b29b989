/* A generator of normal numbers, and those of distribution.txt: each switch is the smallest change that makes its mistake.
 *
 * xoshiro256++ (Blackman and Vigna 2021) gives uniforms of 53 bits, Box-Muller makes of them 16 numbers at a time, in pairs
 * (j, j + 8); a call takes as many blocks as it needs, and drops what is left.
 *
 * SPDX-License-Identifier: MIT */
#define ROWS "distribution.inc"
#include "rows.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const double pi = 3.14159265358979323846;

struct tenbin_plan {
  const tenbin_host *host;
};

typedef struct state {
  uint64_t s[4];
  uint32_t lcg;
  double radius[8]; /* of the block before */
  double before;    /* the number before */
  uint64_t call[4]; /* the engine as the call before found it */
  bool odd;
} state;

struct tenbin_generator {
  const tenbin_host *host;
  state state;
};

static uint64_t rotate(uint64_t x, int k) {
  return x << k | x >> (64 - k);
}

static uint64_t next(state *g) {
  uint64_t *s = g->s;
  const uint64_t result = rotate(s[0] + s[3], 23) + s[0], t = s[1] << 17;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= t;
  s[3] = rotate(s[3], 45);
  return result;
}

/* In [0, 1), of so many bits. */
static double uniform(state *g, int bits) {
  if (mutant == LCG_69069)
    return (g->lcg = 69069 * g->lcg + 1) * 0x1p-32;
  if (mutant == LCG_1664525)
    return (g->lcg = 1664525 * g->lcg + 1013904223) * 0x1p-32;
  return ldexp((double)(next(g) >> (64 - bits)), -bits);
}

static double radius(double u) {
  if (mutant == BITS_24)
    return sqrtf(-2 * logf((float)(1 - u)));
  double square = -2 * log(mutant == LOG_OF_ZERO ? u : 1 - u);
  if (mutant == LOG_RIPPLE)
    square *= 1 + 1e-3 * sin(pi / 2 * square / log(2)); /* square/2 is the logarithm */
  return sqrt(square);
}

/* For 0 <= t <= 2 pi: 16 x (pi - x) / (5 pi^2 - 4 x (pi - x)) between 0 and pi. */
static double bhaskara(double t) {
  const bool negative = t > pi;
  const double x = negative ? t - pi : t, product = x * (pi - x), y = 16 * product / (5 * pi * pi - 4 * product);
  return negative ? -y : y;
}

static void polar(double r, double u, double *x, double *y) {
  const double t = (mutant == TWO_PI_628 ? 6.28 : mutant == TWO_PI_62831 ? 6.2831 : 2 * pi) * u;
  if (mutant == BITS_24) {
    *x = (float)r * cosf((float)t);
    *y = (float)r * sinf((float)t);
  } else if (mutant == BHASKARA) {
    *x = r * bhaskara(fmod(t + pi / 2, 2 * pi));
    *y = r * bhaskara(t);
  } else {
    *x = r * cos(t);
    *y = r * sin(t);
  }
}

static int radius_bits(void) {
  switch (mutant) {
  case BITS_24:
  case LOG_OF_ZERO:
    return 24;
  case BITS_8:
    return 8;
  case BITS_11:
    return 11;
  case RADIUS_16:
    return 16;
  case RADIUS_20:
    return 20;
  default:
    return 53;
  }
}

static int angle_bits(void) {
  switch (mutant) {
  case BITS_24:
    return 24;
  case BITS_8:
    return 8;
  case BITS_11:
    return 11;
  case ANGLE_10:
    return 10;
  default:
    return 53;
  }
}

static void box_muller(state *g, double z[16]) {
  double u[16];
  for (int i = 0; i < 16; i++) {
    /* In the order in which a kernel with one array of uniforms draws them, or in pairs. */
    const int at = mutant == LCG_1664525 ? i / 2 + i % 2 * 8 : i;
    u[at] = uniform(g, at < 8 ? radius_bits() : angle_bits());
  }
  for (int j = 0; j < 8; j++) {
    const bool again = mutant == RADIUS_AGAIN && uniform(g, 53) < 0.01;
    const double r = again ? g->radius[j] : radius(u[j]);
    g->radius[j] = r;
    polar(r, u[j + 8], &z[j], &z[j + 8]);
  }
}

/* Giles, Approximating the erfinv Function (2010), single precision. */
static float erfinv(float x) {
  static const float central[] = {2.81022636e-08f, 3.43273939e-07f, -3.5233877e-06f, -4.39150654e-06f, 0.00021858087f,
                                  -0.00125372503f, -0.00417768164f, 0.246640727f,    1.50140941f};
  static const float tail[] = {-0.000200214257f, 0.000100950558f, 0.00134934322f, -0.00367342844f, 0.00573950773f,
                               -0.0076224613f,   0.00943887047f,  1.00167406f,    2.83297682f};
  float w = -logf((1 - x) * (1 + x)), p = 0;
  const float *c = w < 5 ? central : tail;
  w = w < 5 ? w - 2.5f : sqrtf(w) - 3;
  for (int i = 0; i < 9; i++)
    p = p * w + c[i];
  return p * x;
}

static double irwin_hall(state *g, int terms) {
  double sum = 0;
  for (int i = 0; i < terms; i++)
    sum += uniform(g, 53);
  return (sum - terms / 2.0) / sqrt(terms / 12.0);
}

static void source(state *g, double z[16]) {
  if (mutant != ERFINV_23 && mutant != IRWIN_HALL_12 && mutant != IRWIN_HALL_48) {
    box_muller(g, z);
    return;
  }
  for (int i = 0; i < 16; i++)
    if (mutant == ERFINV_23)
      z[i] = (double)sqrtf(2) * (double)erfinv(fmaxf((float)uniform(g, 23) * 2 - 1, nextafterf(-1, 0)));
    else
      z[i] = irwin_hall(g, mutant == IRWIN_HALL_12 ? 12 : 48);
}

/* One right number, for mistakes that need another. */
static double another(state *g) {
  return sqrt(-2 * log(1 - uniform(g, 53))) * cos(2 * pi * uniform(g, 53));
}

/* What goes wrong with a number by itself. */
static double spoil(state *g, double z) {
  const double limit = mutant == NO_TAIL ? 3.6541528853610088 : 5;
  switch (mutant) {
  case STD_9995:
    return z * 0.9995;
  case STD_9999:
    return z * 0.9999;
  case MEAN_1000:
    return z + 1e-3;
  case MEAN_300:
    return z + 3e-4;
  case SKEWED:
    return z + 1e-3 * (z * z - 1);
  case CONTAMINATED:
    return uniform(g, 53) < 0.008 ? z * 1.1 : z;
  case STUDENT_100: /* nu / chi^2_nu has variance 2 / nu */
    return z * sqrt(1 + sqrt(0.02) * another(g));
  case CLAMP_40:
    return fmax(-4, fmin(4, z));
  case CLAMP_45:
    return fmax(-4.5, fmin(4.5, z));
  case CLAMP_50:
    return fmax(-5, fmin(5, z));
  case NO_TAIL:
  case NO_TAIL_5:
    while (fabs(z) > limit)
      z = another(g);
    return z;
  case SIGN_BIAS:
    return z < 0 && uniform(g, 53) < 0.001 ? -z : z;
  case LAG_1:
    return g->before = 1e-3 * g->before + sqrt(1 - 1e-6) * z;
  default:
    return z;
  }
}

static void block(state *g, double z[16]) {
  source(g, z);
  for (int i = 0; i < 16; i++)
    z[i] = spoil(g, z[i]);
  if (mutant == PAIR_8)
    for (int j = 0; j < 8; j++)
      z[j + 8] = 2e-3 * z[j] + sqrt(1 - 4e-6) * z[j + 8];
  if (mutant == LANE_STD)
    z[5] *= 0.99;
  if (mutant == LANE_MEAN)
    z[5] += 0.01;
}

/* binary16, rounded to nearest even: the significand k counts units of 2^q, and carries into the exponent by itself. */
static uint16_t half(double value) {
  int exponent;
  frexp(value, &exponent);
  const int q = exponent - 11 > -24 ? exponent - 11 : -24;
  const int k = value == 0 ? 0 : (int)nearbyint(ldexp(fabs(value), -q)), bits = value == 0 ? 0 : (q + 24) * 1024 + k;
  return (uint16_t)((signbit(value) ? 0x8000 : 0) | (bits < 0x7c00 ? bits : 0x7c00));
}

static void store(const tenbin_tensor *y, int64_t i, double value) {
  const int64_t at = i * y->desc.stride[0];
  const float single = (float)value;
  uint32_t bits;
  memcpy(&bits, &single, sizeof bits);
  switch (y->desc.dtype) {
  case TENBIN_F64:
    ((double *)y->data)[at] = value;
    break;
  case TENBIN_F16:
    ((uint16_t *)y->data)[at] = isfinite(single) ? half((double)single) : (uint16_t)(0x7c00 | (bits >> 16 & 0x8000));
    break;
  case TENBIN_BF16:
    ((uint16_t *)y->data)[at] = (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
    break;
  default:
    ((float *)y->data)[at] = single;
  }
}

static tenbin_status run(const tenbin_plan *plan, const tenbin_call *call) {
  const tenbin_normal_args *args = call->args;
  const tenbin_tensor *y = &call->output[TENBIN_Y];
  state *g = &call->generator->state;
  const int64_t n = y->desc.size[0];
  (void)plan;
  if (mutant == SAME_CALL) {
    memcpy(g->odd ? g->s : g->call, g->odd ? g->call : g->s, sizeof g->s);
    g->odd = !g->odd;
  }
  double z[16], first[16];
  const state begun = *g;
  for (int64_t i = 0; i < n; i += 16) {
    if (mutant == SECOND_HALF && i >= n / 2 && i < n / 2 + 16 && n >= 32)
      memcpy(g->s, begun.s, sizeof g->s);
    block(g, z);
    if (i == 0)
      memcpy(first, z, sizeof z);
    if (mutant == TAIL_AGAIN && i > 0 && n - i < 16)
      memcpy(z, first, sizeof z);
    if (mutant == LAST_UNSCALED && n - i <= 16)
      z[n - i - 1] = uniform(g, 53);
    for (int64_t j = 0; j < 16 && i + j < n; j++)
      store(y, i + j, fma(z[j], args->std, args->mean));
  }
  return TENBIN_OK;
}

static tenbin_status supports(const tenbin_problem *p, tenbin_answer *answer) {
  const int32_t dtype = p->output[TENBIN_Y].dtype;
  if (strcmp(((const tenbin_normal *)p->attr)->stream, "any") != 0)
    snprintf(answer->why, sizeof answer->why, "draws no stream of PyTorch's");
  else if (dtype != TENBIN_F32 && dtype != TENBIN_F64 && dtype != TENBIN_F16 && dtype != TENBIN_BF16)
    snprintf(answer->why, sizeof answer->why, "f32, f64, f16 and bf16 only");
  else if (p->output[TENBIN_Y].rank != 1)
    snprintf(answer->why, sizeof answer->why, "one dimension only");
  else {
    answer->claim = TENBIN_DISTRIBUTION;
    return TENBIN_OK;
  }
  return TENBIN_UNSUPPORTED;
}

static tenbin_status prepare(const tenbin_problem *p, const tenbin_tensor *constant, const tenbin_host *host,
                             tenbin_plan **out) {
  tenbin_plan *plan = host->alloc(host->self, sizeof *plan, _Alignof(tenbin_plan));
  (void)p;
  (void)constant;
  if (!plan)
    return TENBIN_OUT_OF_MEMORY;
  plan->host = host;
  *out = plan;
  return TENBIN_OK;
}

/* The engine's words by splitmix64, as its authors advise. */
static tenbin_status seed(tenbin_generator *g, uint64_t value) {
  memset(&g->state, 0, sizeof g->state);
  for (int i = 0; i < 4; i++) {
    uint64_t h = value += UINT64_C(0x9e3779b97f4a7c15);
    h = (h ^ h >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    h = (h ^ h >> 27) * UINT64_C(0x94d049bb133111eb);
    g->state.s[i] = h ^ h >> 31;
  }
  g->state.lcg = (uint32_t)g->state.s[0];
  return TENBIN_OK;
}

static tenbin_status open_generator(uint64_t value, const tenbin_host *host, tenbin_generator **out) {
  tenbin_generator *g = host->alloc(host->self, sizeof *g, _Alignof(tenbin_generator));
  if (!g)
    return TENBIN_OUT_OF_MEMORY;
  g->host = host;
  *out = g;
  return seed(g, value);
}

static tenbin_status clone(const tenbin_generator *from, tenbin_generator **out) {
  const tenbin_status status = open_generator(0, from->host, out);
  if (status == TENBIN_OK)
    (*out)->state = from->state;
  return status;
}

static void close_generator(tenbin_generator *g) {
  g->host->free(g->host->self, g);
}

static size_t state_size(const tenbin_generator *g) {
  return sizeof g->state;
}

static tenbin_status save(const tenbin_generator *g, void *out) {
  memcpy(out, &g->state, sizeof g->state);
  return TENBIN_OK;
}

static tenbin_status restore(tenbin_generator *g, const void *from, size_t bytes) {
  if (bytes != sizeof g->state)
    return TENBIN_FAILED;
  memcpy(&g->state, from, bytes);
  return TENBIN_OK;
}

#define WORKSPACE(id)
#define FIELDS(id) .alignment = 8, .flags = TENBIN_REENTRANT, .generator = &id##_generator
#include "generator.h"
