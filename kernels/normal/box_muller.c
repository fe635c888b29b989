/* box_muller: normal numbers as PyTorch's CPU generator draws them, one by one.
 *
 * MT19937 (Matsumoto and Nishimura 1998) gives uniforms of 53 bits; the Box-Muller transform makes two normal numbers of two of
 * them, r*cos(t) and r*sin(t) with t = 2 pi u1, r = sqrt(-2 log(1 - u2)); the cosine is returned first and the sine kept for
 * the next element, across calls (aten/src/ATen/core/DistributionsHelper.h). PyTorch 2.13.0 takes this path for less than 16
 * elements. All arithmetic is in double; the result is scaled by one fused multiply-add where PyTorch runs with AVX2
 * ("torch-cpu-avx2"), by a product and a sum elsewhere ("torch-cpu-default"), and rounded to f32.
 * Claim: the stream, to the bit, given a log1p, sin and cos that err by less than an ulp. Witness: the group [scalar] of
 * conformance/cases/normal.cases; seed 0 begins 0x1.8a7eb8p+0, -0x1.2c78ap-2, -0x1.16e292p+1.
 *
 * SPDX-License-Identifier: MIT */
#include "kernel.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { N = 624, M = 397 };

struct tenbin_plan {
  const tenbin_host *host;
  bool fused;
};

struct tenbin_generator {
  const tenbin_host *host;
  uint64_t seed;
  uint32_t mt[N];
  int32_t left; /* draws until the next twist, as PyTorch counts them: 1 after seeding */
  uint32_t next;
  bool cached;
  double cache; /* N(0, 1), not scaled */
};

static void twist(uint32_t mt[N]) {
  for (int i = 0; i < N; i++) {
    uint32_t y = (mt[i] & 0x80000000) | (mt[(i + 1) % N] & 0x7fffffff);
    mt[i] = mt[(i + M) % N] ^ (y >> 1) ^ (y & 1 ? 0x9908b0df : 0);
  }
}

static uint32_t draw(tenbin_generator *g) {
  if (--g->left == 0) {
    twist(g->mt);
    g->left = N;
    g->next = 0;
  }
  uint32_t y = g->mt[g->next++];
  y ^= y >> 11;
  y ^= (y << 7) & 0x9d2c5680;
  y ^= (y << 15) & 0xefc60000;
  return y ^ (y >> 18);
}

/* Of the 64 bits of two draws, the first one high, the low 53. */
static double uniform(tenbin_generator *g) {
  uint64_t high = draw(g);
  return (double)((high << 32 | draw(g)) & ((UINT64_C(1) << 53) - 1)) * 0x1p-53;
}

static double standard_normal(tenbin_generator *g) {
  if (g->cached) {
    g->cached = false;
    return g->cache;
  }
  const double u1 = uniform(g), u2 = uniform(g);
  const double r = sqrt(-2.0 * log1p(-u2)), t = 2.0 * 3.14159265358979323846 * u1;
  g->cache = r * sin(t);
  g->cached = true;
  return r * cos(t);
}

static tenbin_status supports(const tenbin_problem *p, tenbin_answer *answer) {
  const tenbin_desc *y = &p->output[TENBIN_Y];
  const char *stream = ((const tenbin_normal *)p->attr)->stream;
  if (strcmp(stream, "torch-cpu-avx2") != 0 && strcmp(stream, "torch-cpu-default") != 0)
    snprintf(answer->why, sizeof answer->why, "draws torch-cpu-avx2 and torch-cpu-default, not %.60s", stream);
  else if (y->dtype != TENBIN_F32)
    snprintf(answer->why, sizeof answer->why, "f32 only");
  else if (y->rank != 1 || y->size[0] >= 16)
    snprintf(answer->why, sizeof answer->why, "PyTorch draws 16 and more elements in blocks, which this kernel does not");
  else {
    answer->claim = TENBIN_STREAM;
    return TENBIN_OK;
  }
  return TENBIN_UNSUPPORTED;
}

static tenbin_status prepare(const tenbin_problem *p, const tenbin_tensor *constant, const tenbin_host *host,
                             tenbin_plan **out) {
  (void)constant;
  tenbin_plan *plan = host->alloc(host->self, sizeof *plan, _Alignof(tenbin_plan));
  if (!plan)
    return TENBIN_OUT_OF_MEMORY;
  plan->host = host;
  plan->fused = strcmp(((const tenbin_normal *)p->attr)->stream, "torch-cpu-avx2") == 0;
  *out = plan;
  return TENBIN_OK;
}

static void release(tenbin_plan *plan) {
  plan->host->free(plan->host->self, plan);
}

static tenbin_status run(const tenbin_plan *plan, const tenbin_call *call) {
  const tenbin_normal_args *args = call->args;
  const tenbin_tensor *y = &call->output[TENBIN_Y];
  for (int64_t i = 0; i < y->desc.size[0]; i++) {
    const double z = standard_normal(call->generator);
    const double value = plan->fused ? fma(z, args->std, args->mean) : z * args->std + args->mean;
    ((float *)y->data)[i * y->desc.stride[0]] = (float)value;
  }
  return TENBIN_OK;
}

/* Only the low 32 bits of the seed reach the engine (ATen/core/MT19937RNGEngine.h). */
static tenbin_status reseed(tenbin_generator *g, uint64_t seed) {
  g->seed = seed;
  g->mt[0] = (uint32_t)seed;
  for (uint32_t i = 1; i < N; i++)
    g->mt[i] = 1812433253u * (g->mt[i - 1] ^ (g->mt[i - 1] >> 30)) + i;
  g->left = 1;
  g->next = 0;
  g->cached = false;
  g->cache = 0;
  return TENBIN_OK;
}

static tenbin_status open_generator(uint64_t seed, const tenbin_host *host, tenbin_generator **out) {
  tenbin_generator *g = host->alloc(host->self, sizeof *g, _Alignof(tenbin_generator));
  if (!g)
    return TENBIN_OUT_OF_MEMORY;
  g->host = host;
  *out = g;
  return reseed(g, seed);
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

/* torch.Generator.get_state: the bytes of CPUGeneratorImplState (aten/src/ATen/CPUGeneratorImpl.cpp), with its words of 64 bits
 * that hold 32. */
struct state {
  uint64_t seed;
  int32_t left, seeded;
  uint64_t next, mt[N];
  double normal_x, normal_y, normal_rho;
  int32_t normal_is_valid, pad;
  float next_float;
  uint8_t next_float_is_valid, pad_end[3];
};
_Static_assert(sizeof(struct state) == 5056, "PyTorch's state has 5,056 bytes");

static size_t state_size(const tenbin_generator *g) {
  (void)g;
  return sizeof(struct state);
}

static tenbin_status save(const tenbin_generator *g, void *out) {
  struct state s;
  memset(&s, 0, sizeof s);
  s.seed = g->seed;
  s.left = g->left;
  s.seeded = 1;
  s.next = g->next;
  for (int i = 0; i < N; i++)
    s.mt[i] = g->mt[i];
  s.normal_y = g->cached ? g->cache : 0;
  s.normal_is_valid = g->cached;
  memcpy(out, &s, sizeof s);
  return TENBIN_OK;
}

static tenbin_status restore(tenbin_generator *g, const void *from, size_t bytes) {
  struct state s;
  if (bytes != sizeof s)
    return TENBIN_FAILED;
  memcpy(&s, from, sizeof s);
  if (s.left <= 0 || s.left > N || s.next > N)
    return TENBIN_FAILED;
  g->seed = s.seed;
  g->left = s.left;
  g->next = (uint32_t)s.next;
  for (int i = 0; i < N; i++)
    g->mt[i] = (uint32_t)s.mt[i];
  g->cached = s.normal_is_valid != 0;
  g->cache = s.normal_y;
  return TENBIN_OK;
}

static const tenbin_generator_functions generator = {
    .struct_size = sizeof generator,
    .open = open_generator,
    .seed = reseed,
    .clone = clone,
    .state_size = state_size,
    .save = save,
    .restore = restore,
    .close = close_generator,
};

const tenbin_kernel tenbin_kernel_box_muller = {
    .struct_size = sizeof(tenbin_kernel),
    .name = "box_muller",
    .op = "normal",
    .summary = "PyTorch's CPU stream below 16 elements, by MT19937 and Box-Muller",
    .alignment = 4,
    .supports = supports,
    .prepare = prepare,
    .run = run,
    .release = release,
    .generator = &generator,
};
