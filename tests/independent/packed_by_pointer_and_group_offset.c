/* Packed weights are kept while the weight's address is the same, though its content may be new when it is not constant; and
 * they are padded to 8 output channels per group, while the groups lie only C_out/groups channels apart and overlap.
 *
 * SPDX-License-Identifier: MIT */
#include "independent.h"

enum { LANES = 8 };

/* packed: group, block of LANES output channels, input channel, kh, kw, lane */
typedef struct cache {
  const float *seen;
  float packed[];
} cache;

static int64_t blocks(const geometry *g) {
  return (g->cog + LANES - 1) / LANES;
}

static int64_t panel(const geometry *g) {
  return g->cig * g->k[0] * g->k[1] * LANES;
}

static int64_t group_offset(const geometry *g, int64_t group) {
  return group * g->cog * g->cig * g->k[0] * g->k[1];
}

static void pack(const geometry *g, const float *f, cache *c) {
  for (int64_t group = 0; group < g->groups; group++) {
    float *to = c->packed + group_offset(g, group);
    for (int64_t block = 0; block < blocks(g); block++)
      for (int64_t ci = group * g->cig; ci < (group + 1) * g->cig; ci++)
        for (int64_t ky = 0; ky < g->k[0]; ky++)
          for (int64_t kx = 0; kx < g->k[1]; kx++)
            for (int64_t m = block * LANES; m < (block + 1) * LANES; m++)
              *to++ = m < g->cog ? f[ci * g->f[0] + m * g->f[1] + ky * g->f[2] + kx * g->f[3]] : 0;
  }
  c->seen = f;
}

static tenbin_status prepare(const tenbin_problem *problem, const tenbin_tensor *constant, const tenbin_host *host,
                             tenbin_plan **plan) {
  geometry g = geometry_of(problem);
  size_t bytes = sizeof(cache) + (size_t)(g.groups * blocks(&g) * panel(&g)) * sizeof(float);
  tenbin_status status = plan_open(problem, host, bytes, plan);
  if (status != TENBIN_OK)
    return status;
  cache *c = (*plan)->memory;
  c->seen = NULL;
  if (constant[TENBIN_WEIGHT].desc.dtype != TENBIN_NONE)
    pack(&g, constant[TENBIN_WEIGHT].data, c);
  return TENBIN_OK;
}

static void pixel(const geometry *g, const float *x, const float *packed, int64_t oy, int64_t ox, float *sum) {
  for (int64_t ky = 0; ky < g->k[0]; ky++) {
    int64_t ty = oy + g->p[0] - ky * g->d[0];
    if (ty < 0 || ty % g->s[0] || ty / g->s[0] >= g->in[0])
      continue;
    for (int64_t kx = 0; kx < g->k[1]; kx++) {
      int64_t tx = ox + g->p[1] - kx * g->d[1];
      if (tx < 0 || tx % g->s[1] || tx / g->s[1] >= g->in[1])
        continue;
      const float *xp = x + ty / g->s[0] * g->x[2] + tx / g->s[1] * g->x[3];
      for (int64_t c = 0; c < g->cig; c++) {
        const float *w = packed + ((c * g->k[0] + ky) * g->k[1] + kx) * LANES;
        for (int lane = 0; lane < LANES; lane++)
          sum[lane] += xp[c * g->x[1]] * w[lane];
      }
    }
  }
}

static void block_of_planes(void *arg, int64_t i, int32_t worker) {
  (void)worker;
  const job *j = arg;
  const geometry *g = &j->plan->g;
  const cache *c = j->plan->memory;
  int64_t block = i % blocks(g), group = i / blocks(g) % g->groups, n = i / blocks(g) / g->groups;
  int64_t first = group * g->cog + block * LANES, end = (group + 1) * g->cog, lanes = end - first < LANES ? end - first : LANES;
  const float *x = j->o.x + n * g->x[0] + group * g->cig * g->x[1];
  const float *packed = c->packed + group_offset(g, group) + block * panel(g);
  for (int64_t oy = 0; oy < g->out[0]; oy++)
    for (int64_t ox = 0; ox < g->out[1]; ox++) {
      float sum[LANES] = {0};
      pixel(g, x, packed, oy, ox, sum);
      for (int64_t lane = 0; lane < lanes; lane++)
        j->o.y[n * g->y[0] + (first + lane) * g->y[1] + oy * g->y[2] + ox * g->y[3]] =
            sum[lane] + (j->o.b ? j->o.b[(first + lane) * g->b] : 0);
    }
}

static tenbin_status run(const tenbin_plan *plan, const tenbin_call *call) {
  const geometry *g = &plan->g;
  cache *c = plan->memory;
  job j = {plan, operands_of(call), NULL};
  if (j.o.f != c->seen)
    pack(g, j.o.f, c);
  plan->host->parallel(plan->host->self, g->n * g->groups * blocks(g), block_of_planes, &j);
  return TENBIN_OK;
}

PLUGIN("packed_by_pointer_and_group_offset", "weights packed by 8 output channels and kept", prepare, NULL, run)
