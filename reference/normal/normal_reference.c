/* The reference of normal: MT19937 (Matsumoto and Nishimura 1998), and the Box-Muller transform as PyTorch 2.13.0 applies it
 * (aten/src/ATen/native/cpu/DistributionTemplates.h, aten/src/ATen/core/DistributionsHelper.h).
 *
 * SPDX-License-Identifier: MIT */
#include "normal_reference.h"

#include "dtype.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N = 624, M = 397, BLOCK = 16 };

static const double two_pi = 6.283185307179586;

struct engine {
  uint32_t mt[N];
  int next, left; /* left: draws until the words are made anew, counted as PyTorch counts them */
  bool waits;
  tb_standard waiting;   /* the sine that the next element takes */
  uint64_t seed, offset; /* of torch-cuda */
};

static void seed_engine(struct engine *e, uint64_t seed) {
  *e = (struct engine){.left = 1, .seed = seed};
  e->mt[0] = (uint32_t)seed;
  for (uint32_t i = 1; i < N; i++)
    e->mt[i] = 1812433253u * (e->mt[i - 1] ^ (e->mt[i - 1] >> 30)) + i;
}

static void inject(struct engine *e, int64_t chunk) {
  unsigned char state[TB_STATE_BYTES];
  tb_inject_state(e->seed, chunk, state);
  for (int i = 0; i < N; i++) /* words of 64 bits after 24 bytes */
    memcpy(&e->mt[i], state + 24 + 8 * i, sizeof e->mt[i]);
  e->next = 0;
  e->left = N;
  e->waits = false;
}

static uint32_t word(struct engine *e) {
  if (--e->left == 0) {
    for (int i = 0; i < N; i++) {
      const uint32_t y = (e->mt[i] & 0x80000000) | (e->mt[(i + 1) % N] & 0x7fffffff);
      e->mt[i] = e->mt[(i + M) % N] ^ (y >> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    e->next = 0;
    e->left = N;
  }
  uint32_t y = e->mt[e->next++];
  y ^= y >> 11;
  y ^= (y << 7) & 0x9d2c5680;
  y ^= (y << 15) & 0xefc60000;
  return y ^ (y >> 18);
}

static double uniform24(struct engine *e) {
  return (double)(word(e) & 0xffffff) * 0x1p-24;
}

static double uniform53(struct engine *e) {
  const uint64_t high = word(e);
  return (double)((high << 32 | word(e)) & ((UINT64_C(1) << 53) - 1)) * 0x1p-53;
}

static double radius(double u) {
  return sqrt(-2 * log1p(-u));
}

/* One by one: a cosine, and the sine for whoever comes next. */
static tb_standard scalar(struct engine *e) {
  if (e->waits) {
    e->waits = false;
    return e->waiting;
  }
  const double t = two_pi * uniform53(e), r = radius(uniform53(e));
  e->waiting = (tb_standard){r * sin(t), r};
  e->waits = true;
  return (tb_standard){r * cos(t), r};
}

/* u becomes the numbers of a block: 8 radii and 8 angles, 8 cosines and 8 sines. */
static void transform(const double u[BLOCK], tb_standard out[BLOCK]) {
  for (int j = 0; j < BLOCK / 2; j++) {
    const double r = radius(u[j]), t = two_pi * u[j + BLOCK / 2];
    out[j] = (tb_standard){r * cos(t), r};
    out[j + BLOCK / 2] = (tb_standard){r * sin(t), r};
  }
}

/* f32 and f64 draw all n uniforms first, and 16 fresh ones for the last 16 numbers where n is no multiple of 16; the half types
 * draw for one block at a time, and nothing for what the last block overwrites. */
static void blocks(struct engine *e, int32_t dtype, int64_t n, tb_standard *out) {
  const bool half = dtype == TENBIN_F16 || dtype == TENBIN_BF16;
  double u[BLOCK];
  for (int64_t i = 0; i < n; i += BLOCK) {
    const bool whole = i + BLOCK <= n;
    for (int64_t j = 0; j < BLOCK && (half ? whole : i + j < n); j++)
      u[j] = dtype == TENBIN_F64 ? uniform53(e) : uniform24(e);
    if (whole)
      transform(u, out + i);
  }
  if (n % BLOCK == 0)
    return;
  for (int j = 0; j < BLOCK; j++)
    u[j] = dtype == TENBIN_F64 ? uniform53(e) : uniform24(e);
  transform(u, out + n - BLOCK);
}

bool tb_normal_by_blocks(const tenbin_desc *d) {
  int64_t stride = 1;
  for (int i = d->rank - 1; i >= 0; i--) {
    if (d->size[i] != 1 && d->stride[i] != stride)
      return false;
    stride *= d->size[i];
  }
  return tb_desc_elements(d) >= BLOCK;
}

void tb_normal_order(const tenbin_desc *d, int64_t *memory) {
  int64_t weight[TENBIN_RANK_MAX], at[TENBIN_RANK_MAX] = {0};
  for (int i = 0; i < d->rank; i++) {
    weight[i] = 1;
    for (int k = 0; k < d->rank; k++)
      if (d->size[k] != 1 && (d->stride[k] < d->stride[i] || (d->stride[k] == d->stride[i] && k > i)))
        weight[i] *= d->size[k];
  }
  for (int64_t e = 0; e < tb_desc_elements(d); e++) {
    memory[e] = 0;
    for (int i = 0; i < d->rank; i++)
      memory[e] += at[i] * (d->size[i] != 1 ? weight[i] : 0);
    for (int i = d->rank - 1; i >= 0 && ++at[i] == d->size[i]; i--)
      at[i] = 0;
  }
}

static void standard(struct engine *e, const tb_problem *p, const tenbin_desc *d, tb_standard *out) {
  const int64_t n = tb_desc_elements(d);
  if (strncmp(tb_normal_of(&p->c)->stream, "torch-cuda:", 11) == 0)
    tb_cuda_numbers(tb_normal_of(&p->c)->stream, e->seed, &e->offset, d->dtype, n, out);
  else if (tb_normal_by_blocks(d))
    blocks(e, d->dtype, n, out);
  else
    for (int64_t i = 0; i < n; i++)
      out[i] = scalar(e);
}

/* The numbers of one call, in row-major order, scaled. */
static void scaled(struct engine *e, const tb_problem *p, const tb_call *call, double *value, double *bound) {
  const tenbin_desc d = tb_call_desc(call, p->c.dtype);
  tenbin_normal_args a = tb_call_args(tb_normal_of(&p->c), call);
  const int64_t n = tb_desc_elements(&d);
  tb_standard *z = calloc((size_t)n + 1, sizeof *z);
  int64_t *memory = calloc((size_t)n + 1, sizeof *memory);
  if (!z || !memory)
    abort();
  standard(e, p, &d, z);
  tb_normal_order(&d, memory);
  const bool wide = d.dtype == TENBIN_F64;
  if (!wide && (tb_normal_by_blocks(&d) || strncmp(tb_normal_of(&p->c)->stream, "torch-cuda:", 11) == 0)) {
    a.mean = (double)(float)a.mean;
    a.std = (double)(float)a.std;
  }
  for (int64_t i = 0; i < n; i++) {
    const tb_standard s = z[memory[i]];
    const int32_t arithmetic = wide ? TENBIN_F64 : TENBIN_F32;
    const double product = s.z * a.std, y = product + a.mean;
    value[i] = y;
    bound[i] = 0;
    if (isfinite(y) && isfinite(product))
      bound[i] = a.std * (wide ? 1.8e-15 * fmax(1, s.r) : 6e-7 * s.r) + tb_number_ulp(arithmetic, product) +
                 tb_number_ulp(arithmetic, y) + (d.dtype != arithmetic ? 0.5 * tb_number_ulp(d.dtype, y) : 0);
  }
  free(z);
  free(memory);
}

bool tb_normal_reference(const tb_problem *p, double *value, double *bound) {
  const tb_normal *n = tb_normal_of(&p->c);
  struct engine e;
  int64_t chunk = 0;
  if (strcmp(n->stream, "any") == 0 || p->drawn > TB_NORMAL_REFERENCE_MAX)
    return false;
  for (int64_t s = 0; s < n->seeds; s++) {
    seed_engine(&e, p->c.seed + (uint64_t)s);
    for (int64_t k = 0; k < n->repeat; k++, chunk++)
      for (int i = 0; i < n->calls; i++) {
        const int64_t count = tb_call_numbers(&n->call[i]);
        if (n->call[i].kind == TB_RESEED)
          seed_engine(&e, e.seed);
        else if (n->call[i].kind == TB_INJECT)
          inject(&e, chunk);
        else
          scaled(&e, p, &n->call[i], value, bound);
        value += count;
        bound += count;
      }
  }
  return true;
}
