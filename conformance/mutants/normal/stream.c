/* A right kernel of PyTorch's CPU streams, and of normal.txt wrong ones, and right ones in another way: each switch is the
 * smallest change that makes its mistake.
 *
 * SPDX-License-Identifier: MIT */
#include "stream_paths.h"

#include <stdio.h>

/* As PyTorch's own: all uniform numbers are written first, and transformed where they lie. */
static void fill_in_place(const tenbin_plan *p, tenbin_generator *g, arithmetic a, const layout *l, void *y,
                          const tenbin_normal_args *args) {
  double u[BLOCK];
  for (int64_t i = 0; i < l->n; i++)
    put(p->dtype, y, i, block_uniform(p, g));
  for (int64_t i = 0; i + BLOCK <= l->n; i += BLOCK) {
    for (int j = 0; j < BLOCK; j++)
      u[j] = p->dtype == TENBIN_F64 ? ((double *)y)[i + j] : ((float *)y)[i + j];
    transform(p, a, u, args);
    for (int j = 0; j < BLOCK; j++)
      put(p->dtype, y, i + j, u[j]);
  }
  if (l->n % BLOCK)
    block(p, g, a, l, y, l->n - BLOCK, 0, args);
}

/* A chunk of uniform numbers that several threads transform. */
typedef struct chunk {
  const tenbin_plan *p;
  arithmetic a;
  const tenbin_normal_args *args;
  double *u;
  void *y;
  int64_t at;
} chunk;

static void transform_block(void *arg, int64_t i, int32_t worker) {
  const chunk *c = arg;
  (void)worker;
  transform(c->p, c->a, c->u + i * BLOCK, c->args);
  for (int64_t j = i * BLOCK; j < (i + 1) * BLOCK; j++)
    put(c->p->dtype, c->y, c->at + j, c->u[j]);
}

static void fill_in_parallel(const tenbin_plan *p, tenbin_generator *g, arithmetic a, const layout *l, void *y,
                             const tenbin_normal_args *args, double *u) {
  const int64_t whole = l->n / BLOCK * BLOCK;
  for (int64_t i = 0; i < whole; i += CHUNK) {
    const int64_t count = whole - i < CHUNK ? whole - i : CHUNK;
    const chunk c = {p, a, args, u, y, i};
    for (int64_t j = 0; j < count; j++)
      u[j] = block_uniform(p, g);
    p->host->parallel(p->host->self, count / BLOCK, transform_block, (void *)&c);
  }
  if (whole < l->n) {
    discard(p, g, l->n - whole);
    block(p, g, a, l, y, l->n - BLOCK, 0, args);
  }
}

static arithmetic choose(const tenbin_plan *p) {
  const bool f64 = p->dtype == TENBIN_F64;
  if (mutant == ROUNDED_DOUBLE)
    return f64 ? TURNED : DOUBLE;
  if (f64 || mutant == FILL_IN_DOUBLE)
    return DOUBLE;
  if (p->is_default)
    return mutant == CEPHES_FOR_LIBM ? CEPHES : LIBM;
  return mutant == LIBM_FOR_CEPHES || mutant == ROUNDED_LIBM ? LIBM : CEPHES;
}

static void draw_blocks(const tenbin_plan *p, const tenbin_call *call, tenbin_generator *g, const layout *l,
                        const tenbin_normal_args *args) {
  const arithmetic a = choose(p);
  void *y = call->output[TENBIN_Y].data;
  if (mutant == IN_PLACE && (p->dtype == TENBIN_F32 || p->dtype == TENBIN_F64))
    fill_in_place(p, g, a, l, y, args);
  else if (mutant == IN_PARALLEL)
    fill_in_parallel(p, g, a, l, y, args, call->workspace);
  else
    (p->has_fma ? fill_fma : fill_portable)(p, g, a, l, y, args);
}

static tenbin_normal_args arguments(tenbin_generator *g, const tenbin_normal_args *given) {
  tenbin_normal_args a = {.struct_size = sizeof a, .mean = given->mean, .std = given->std};
  switch (mutant) {
  case MEAN_STD_SWAPPED:
    return (tenbin_normal_args){.mean = a.std, .std = a.mean};
  case MEAN_STD_IGNORED:
    return (tenbin_normal_args){.mean = 0, .std = 1};
  case MEAN_STD_OF_FIRST_CALL:
    if (!g->remembered)
      g->args = a;
    g->remembered = 1;
    return g->args;
  case STD_SQUARED:
    a.std *= a.std;
    break;
  case STD_ROOT:
    a.std = sqrt(a.std);
    break;
  case HALF_VARIANCE:
    a.std *= 0.70710678118654752440;
    break;
  case MEAN_TWICE:
    a.mean += a.mean * a.std;
    break;
  case INFINITE_STD_NAN:
    a.std = isinf(a.std) ? NAN : a.std;
    break;
  default:
    break;
  }
  return a;
}

static tenbin_status run(const tenbin_plan *p, const tenbin_call *call) {
  const tenbin_tensor *y = &call->output[TENBIN_Y];
  const layout l = layout_of(&y->desc);
  tenbin_generator *g = call->generator, copy;
  const tenbin_normal_args a = arguments(g, call->args);
  if ((mutant == ZERO_STD_REFUSED && a.std == 0) || (mutant == NAN_MEAN_REFUSED && isnan(a.mean)))
    return TENBIN_FAILED;
  if (mutant == SEED_EACH_CALL)
    seed(g, g->seed);
  if (mutant == ALLOCATES_IN_RUN)
    p->host->free(p->host->self, p->host->alloc(p->host->self, 64, 64));
  if (mutant == NOT_ADVANCED) {
    copy = *g;
    copy.mt = copy.own;
    g = &copy;
  }
  if (mutant == ZERO_STD_DRAWS_NOTHING && a.std == 0)
    for (int64_t i = 0; i < l.n; i++)
      put(p->dtype, y->data, offset(&l, i), a.mean);
  else if (in_blocks(&l))
    draw_blocks(p, call, g, &l, &a);
  else
    one_by_one(p, g, &l, y->data, &a, 0);
  return TENBIN_OK;
}

static tenbin_status supports(const tenbin_problem *problem, tenbin_answer *answer) {
  const char *stream = ((const tenbin_normal *)problem->attr)->stream;
  if (strcmp(stream, "torch-cpu-avx2") != 0 && strcmp(stream, "torch-cpu-default") != 0) {
    snprintf(answer->why, sizeof answer->why, "PyTorch's streams on a CPU only");
    return TENBIN_UNSUPPORTED;
  }
  answer->claim = mutant == ROUNDED_DOUBLE || mutant == ROUNDED_LIBM ? TENBIN_STREAM_ROUNDED : TENBIN_STREAM;
  return TENBIN_OK;
}

static tenbin_status prepare(const tenbin_problem *problem, const tenbin_tensor *constant, const tenbin_host *host,
                             tenbin_plan **out) {
  (void)constant;
  tenbin_plan *p = host->alloc(host->self, sizeof *p, _Alignof(tenbin_plan));
  if (!p)
    return TENBIN_OUT_OF_MEMORY;
  *p = (tenbin_plan){.host = host, .dtype = problem->output[TENBIN_Y].dtype, .threads = problem->threads};
  p->is_default = strcmp(((const tenbin_normal *)problem->attr)->stream, "torch-cpu-default") == 0;
#if defined(__x86_64__)
  p->has_fma = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
  *out = p;
  return TENBIN_OK;
}

static size_t workspace(const tenbin_plan *p) {
  (void)p;
  return mutant == IN_PARALLEL ? CHUNK * sizeof(double) : 0;
}

#define WORKSPACE(id) ENTRY_WORKSPACE(id)
#define FIELDS(id) .alignment = (id) == IN_PARALLEL ? 8 : 1, .workspace = id##_workspace, .generator = &id##_generator
#include "generator.h"
