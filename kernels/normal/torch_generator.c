/* MT19937 (Matsumoto and Nishimura 1998) as PyTorch seeds, draws, saves and restores it (ATen/core/MT19937RNGEngine.h,
 * aten/src/ATen/CPUGeneratorImpl.cpp). Witness: of seed 5489 the 10,000th draw is 4123659995 (the C++ standard, rand.predef).
 *
 * SPDX-License-Identifier: MIT */
#include "torch_generator.h"

#include "isa.h"

enum { N = TB_MT_N, M = 397 };

static inline __attribute__((always_inline)) uint32_t twisted(uint32_t here, uint32_t after, uint32_t far) {
  const uint32_t y = (here & 0x80000000) | (after & 0x7fffffff);
  return far ^ y >> 1 ^ ((0 - (y & 1)) & 0x9908b0df);
}

/* In three loops, each of which takes what is N - M words before or M words after, so that it can be made of vectors. */
static inline __attribute__((always_inline)) void twist(uint32_t mt[N]) {
  for (int i = 0; i < N - M; i++)
    mt[i] = twisted(mt[i], mt[i + 1], mt[i + M]);
  for (int i = N - M; i < N - 1; i++)
    mt[i] = twisted(mt[i], mt[i + 1], mt[i + M - N]);
  mt[N - 1] = twisted(mt[N - 1], mt[0], mt[M - 1]);
}

static void twist_portable(uint32_t mt[N]) {
  twist(mt);
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static void twist_avx2(uint32_t mt[N]) {
  twist(mt);
}

__attribute__((target("avx512f,avx512vl,avx512bw,avx512dq"))) static void twist_avx512(uint32_t mt[N]) {
  twist(mt);
}
#else
#define twist_avx2 twist_portable
#define twist_avx512 twist_portable
#endif

/* Only the low 32 bits of the seed reach the engine. */
static tenbin_status seed(tenbin_generator *g, uint64_t value) {
  uint32_t *mt = g->word + TB_MT_ATONCE;
  g->seed = value;
  mt[0] = (uint32_t)value;
  for (uint32_t i = 1; i < N; i++)
    mt[i] = 1812433253u * (mt[i - 1] ^ mt[i - 1] >> 30) + i;
  g->next = g->available = 0;
  g->cached = g->f32_cached = false;
  return TENBIN_OK;
}

static tenbin_status open_generator(uint64_t value, const tenbin_host *host, tenbin_generator **out) {
  static void (*const twists[])(uint32_t mt[N]) = {
      [TB_ISA_PORTABLE] = twist_portable, [TB_ISA_AVX2] = twist_avx2, [TB_ISA_AVX512] = twist_avx512};
  tenbin_generator *g = host->alloc(host->self, sizeof *g, _Alignof(tenbin_generator));
  if (!g)
    return TENBIN_OUT_OF_MEMORY;
  g->host = host;
  g->twist = twists[tb_isa_choose()];
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

/* torch.Generator.get_state: the bytes of CPUGeneratorImplState, with its words of 64 bits that hold 32. */
struct state {
  uint64_t seed;
  int32_t left, seeded;
  uint64_t next, mt[N];
  double normal_x, normal_y, normal_rho; /* normal_y is the number that waits; the others are 0 */
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
  s.left = (int32_t)g->available + 1;
  s.seeded = 1;
  s.next = g->next;
  for (int i = 0; i < N; i++)
    s.mt[i] = g->word[TB_MT_ATONCE + i];
  s.normal_y = g->cached ? g->cache : 0;
  s.normal_is_valid = g->cached;
  s.next_float = g->f32_cached ? g->f32_cache : 0;
  s.next_float_is_valid = g->f32_cached;
  memcpy(out, &s, sizeof s);
  return TENBIN_OK;
}

/* Refused is what PyTorch refuses, and a state with which it would read past its 624 words. As in PyTorch, `next` and the
 * words lose their high 32 bits. */
static tenbin_status restore(tenbin_generator *g, const void *from, size_t bytes) {
  struct state s;
  if (bytes != sizeof s)
    return TENBIN_FAILED;
  memcpy(&s, from, sizeof s);
  const uint32_t next = (uint32_t)s.next;
  if (!s.seeded || s.left <= 0 || s.left > N || next > N || next + (uint32_t)s.left - 1 > N)
    return TENBIN_FAILED;
  g->seed = s.seed;
  g->next = next;
  g->available = (uint32_t)s.left - 1;
  for (int i = 0; i < N; i++)
    g->word[TB_MT_ATONCE + i] = (uint32_t)s.mt[i];
  g->cached = s.normal_is_valid != 0;
  g->cache = s.normal_y;
  g->f32_cached = s.next_float_is_valid != 0;
  g->f32_cache = s.next_float;
  return TENBIN_OK;
}

const tenbin_generator_functions tb_torch_generator = {
    .struct_size = sizeof tb_torch_generator,
    .open = open_generator,
    .seed = seed,
    .clone = clone,
    .state_size = state_size,
    .save = save,
    .restore = restore,
    .close = close_generator,
};
