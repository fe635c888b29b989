/* Right generators of stream `any` in other ways than Box-Muller's, and wrong ones of normal.txt: each switch is the smallest
 * change that makes its mistake. All draw from a counter that splitmix64 hashes (Steele, Lea and Flood 2014).
 *
 * SPDX-License-Identifier: MIT */
#define ROWS "any.inc"
#include "rows.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { LAYERS = 128 };

struct tenbin_plan {
  const tenbin_host *host;
  int32_t dtype;
};

struct tenbin_generator {
  const tenbin_host *host;
  uint64_t counter;
  uint32_t cached, pad;
  double cache;
};

static uint64_t draw(tenbin_generator *g) {
  uint64_t z = g->counter += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
  return z ^ z >> 31;
}

/* In (0, 1). */
static double uniform(uint64_t w) {
  return ((double)(w >> 12) + 0.5) * 0x1p-52;
}

/* The ziggurat of Marsaglia and Tsang (2000) in Doornik's form (2005): layer 0 has the tail, from `right` on. */
static double layer[LAYERS + 1];
static const double right = 3.442619855899, area = 9.91256303526217e-3;

static tenbin_status init(void) {
  layer[0] = area / exp(-0.5 * right * right);
  layer[1] = right;
  for (int i = 2; i < LAYERS; i++) {
    const double x = layer[i - 1];
    layer[i] = sqrt(-2 * log(area / x + exp(-0.5 * x * x)));
  }
  return TENBIN_OK;
}

static double tail(tenbin_generator *g, bool negative) {
  double x, y;
  do {
    x = log(uniform(draw(g))) / right;
    y = log(uniform(draw(g)));
  } while (-2 * y < x * x);
  return negative ? x - right : right - x;
}

static double ziggurat(tenbin_generator *g) {
  for (;;) {
    const uint64_t w = draw(g);
    const int i = (int)(w % (mutant == ZIGGURAT_LAYER_MISSING ? LAYERS - 1 : LAYERS));
    double u = 2 * uniform(w) - 1;
    if (mutant == ZIGGURAT_NEVER_NEGATIVE)
      u = fabs(u);
    if (mutant == ZIGGURAT_BITS_REUSED)
      u = i & 1 ? -fabs(u) : fabs(u);
    const double x = u * layer[i];
    if (fabs(x) < layer[i + 1])
      return x;
    if (i == (mutant == ZIGGURAT_TAIL_MISPLACED ? LAYERS - 1 : 0)) {
      if (mutant != ZIGGURAT_TAIL_CUT)
        return tail(g, u < 0);
      continue;
    }
    const double outer = exp(-0.5 * (layer[i] * layer[i] - x * x)), inner = exp(-0.5 * (layer[i + 1] * layer[i + 1] - x * x));
    if (mutant == ZIGGURAT_WEDGES_ACCEPTED || outer + uniform(draw(g)) * (inner - outer) < 1)
      return x;
  }
}

/* Marsaglia's polar method (1964): a pair, of which one waits. */
static double polar(tenbin_generator *g, const tenbin_normal_args *a) {
  static double waiting;
  static bool waits;
  if (mutant == POLAR_CACHE_OF_ALL && waits) {
    waits = false;
    return waiting;
  }
  if (g->cached) {
    g->cached = 0;
    return mutant == POLAR_CACHE_SCALED ? (g->cache - a->mean) / a->std : g->cache;
  }
  double x, y, s;
  do {
    x = 2 * uniform(draw(g)) - 1;
    y = 2 * uniform(draw(g)) - 1;
    s = x * x + y * y;
  } while (s >= 1 && mutant != POLAR_DISC_UNCHECKED);
  const double r = mutant == POLAR_ROOT_FORGOTTEN ? -2 * log(s) / s : sqrt(-2 * log(s) / s);
  if (mutant == POLAR_CACHE_OF_ALL) {
    waiting = r * y;
    waits = true;
  } else {
    g->cache = mutant == POLAR_CACHE_SCALED ? r * y * a->std + a->mean : r * y;
    g->cached = 1;
  }
  return r * x;
}

/* Kinderman and Monahan (1977). */
static double ratio_of_uniforms(tenbin_generator *g) {
  for (;;) {
    const double u = uniform(draw(g)), v = (2 * uniform(draw(g)) - 1) * 0.857763884960706796481; /* sqrt(2/e) */
    if (v * v <= -4 * u * u * log(u))
      return v / u;
  }
}

static double standard(tenbin_generator *g, const tenbin_normal_args *a) {
  switch (mutant) {
  case POLAR:
  case POLAR_CACHE_KEPT_BY_SEED:
  case POLAR_CACHE_OF_ALL:
  case POLAR_CACHE_SCALED:
  case POLAR_DISC_UNCHECKED:
  case POLAR_ROOT_FORGOTTEN:
    return polar(g, a);
  case RATIO_OF_UNIFORMS:
    return ratio_of_uniforms(g);
  default:
    return ziggurat(g);
  }
}

static tenbin_status seed(tenbin_generator *g, uint64_t value) {
  struct timespec t = {0};
  if (mutant == SEED_NOT_USED)
    value = 5489;
  if (mutant == SEED_LOW_BITS_DROPPED)
    value &= ~UINT64_C(15);
  if (mutant == SEED_OF_THE_CLOCK) {
    clock_gettime(CLOCK_MONOTONIC, &t);
    value = (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
  }
  g->counter = value;
  g->counter = draw(g);
  if (mutant != POLAR_CACHE_KEPT_BY_SEED)
    g->cached = 0;
  return TENBIN_OK;
}

static tenbin_status open_generator(uint64_t value, const tenbin_host *host, tenbin_generator **out) {
  tenbin_generator *g = host->alloc(host->self, sizeof *g, _Alignof(tenbin_generator));
  if (!g)
    return TENBIN_OUT_OF_MEMORY;
  *g = (tenbin_generator){.host = host};
  *out = g;
  return seed(g, value);
}

static tenbin_status clone(const tenbin_generator *from, tenbin_generator **out) {
  tenbin_generator *g = from->host->alloc(from->host->self, sizeof *g, _Alignof(tenbin_generator));
  if (!g)
    return TENBIN_OUT_OF_MEMORY;
  *g = *from;
  *out = g;
  return TENBIN_OK;
}

static void close_generator(tenbin_generator *g) {
  g->host->free(g->host->self, g);
}

static size_t state_size(const tenbin_generator *g) {
  (void)g;
  return sizeof *g;
}

static tenbin_status save(const tenbin_generator *g, void *state) {
  memcpy(state, g, sizeof *g);
  return TENBIN_OK;
}

static tenbin_status restore(tenbin_generator *g, const void *state, size_t bytes) {
  const tenbin_host *host = g->host;
  if (bytes != sizeof *g)
    return TENBIN_FAILED;
  memcpy(g, state, sizeof *g);
  g->host = host;
  return TENBIN_OK;
}

/* The nearest number with as many bits as f16 or bf16 has, ties to even, and its upper 16 bits or those of f16. */
static uint16_t narrow(double x, bool f16) {
  const int bits = f16 ? 11 : 8, least = f16 ? -24 : -133;
  int exponent;
  const double m = frexp(fabs(x), &exponent);
  const int unit = x == 0 || exponent - bits < least ? least : exponent - bits;
  const double steps = rint(ldexp(m, exponent - unit));
  const uint32_t magnitude = (uint32_t)steps + ((uint32_t)(unit - least) << (bits - 1));
  const uint32_t infinite = f16 ? 0x7c00 : 0x7f80;
  return (uint16_t)((signbit(x) ? 0x8000 : 0) | (!isfinite(x) || magnitude > infinite ? infinite + (x != x) : magnitude));
}

static void put(int32_t dtype, void *y, int64_t at, double value) {
  if (dtype == TENBIN_F64)
    ((double *)y)[at] = value;
  else if (dtype == TENBIN_F32)
    ((float *)y)[at] = (float)value;
  else
    ((uint16_t *)y)[at] = narrow(value, dtype == TENBIN_F16);
}

/* In the order of the indices, which this stream leaves to the kernel. */
static tenbin_status run(const tenbin_plan *p, const tenbin_call *call) {
  const tenbin_tensor *y = &call->output[TENBIN_Y];
  const tenbin_normal_args *a = call->args;
  int64_t n = 1;
  for (int d = 0; d < y->desc.rank; d++)
    n *= y->desc.size[d];
  for (int64_t i = 0; i < n; i++) {
    int64_t at = 0, rest = i;
    for (int d = y->desc.rank - 1; d >= 0; d--) {
      at += rest % y->desc.size[d] * y->desc.stride[d];
      rest /= y->desc.size[d];
    }
    const bool cut = mutant == MIDDLING_CALL_CUT && n > 200 && n < 100000 && i >= 200;
    put(p->dtype, y->data, at, cut ? a->mean : standard(call->generator, a) * a->std + a->mean);
  }
  return TENBIN_OK;
}

static tenbin_status supports(const tenbin_problem *problem, tenbin_answer *answer) {
  if (strcmp(((const tenbin_normal *)problem->attr)->stream, "any") != 0) {
    snprintf(answer->why, sizeof answer->why, "no stream of PyTorch's");
    return TENBIN_UNSUPPORTED;
  }
  answer->claim = TENBIN_DISTRIBUTION;
  return TENBIN_OK;
}

static tenbin_status prepare(const tenbin_problem *problem, const tenbin_tensor *constant, const tenbin_host *host,
                             tenbin_plan **out) {
  (void)constant;
  tenbin_plan *p = host->alloc(host->self, sizeof *p, _Alignof(tenbin_plan));
  if (!p)
    return TENBIN_OUT_OF_MEMORY;
  *p = (tenbin_plan){.host = host, .dtype = problem->output[TENBIN_Y].dtype};
  *out = p;
  return TENBIN_OK;
}

#define WORKSPACE(id)
#define FIELDS(id) .alignment = 1, .generator = &id##_generator
#define INIT init
#include "generator.h"
