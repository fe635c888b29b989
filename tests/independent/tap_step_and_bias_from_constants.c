/* The taps of a phase are visited in steps of stride, not of stride / gcd(stride, dilation), so taps are missing where the two
 * have a common divisor; and a bias that is not constant is taken for an absent one, as prepare is not given it.
 *
 * SPDX-License-Identifier: MIT */
#include "independent.h"

static tenbin_status prepare(const tenbin_problem *problem, const tenbin_tensor *constant, const tenbin_host *host,
                             tenbin_plan **plan) {
  geometry g = geometry_of(problem);
  tenbin_status status = plan_open(problem, host, (size_t)(g.co ? g.co : 1) * sizeof(float), plan);
  if (status != TENBIN_OK)
    return status;
  const tenbin_tensor *b = &constant[TENBIN_BIAS];
  float *bias = (*plan)->memory;
  for (int64_t co = 0; co < g.co; co++)
    bias[co] = b->desc.dtype == TENBIN_NONE ? 0 : ((const float *)b->data)[co * g.b];
  return TENBIN_OK;
}

static int64_t first_tap(const geometry *g, int axis, int64_t phase) {
  int64_t k = 0;
  while (k < g->k[axis] && k * g->d[axis] % g->s[axis] != phase)
    k++;
  return k;
}

static int64_t first_output(const geometry *g, int axis, int64_t phase) {
  return ((phase - g->p[axis]) % g->s[axis] + g->s[axis]) % g->s[axis];
}

static float element(const geometry *g, const float *x, const float *f, const int64_t *o, const int64_t *tap) {
  float sum = 0;
  for (int64_t ky = tap[0]; ky < g->k[0]; ky += g->s[0]) {
    int64_t ty = o[0] + g->p[0] - ky * g->d[0];
    if (ty < 0 || ty / g->s[0] >= g->in[0])
      continue;
    for (int64_t kx = tap[1]; kx < g->k[1]; kx += g->s[1]) {
      int64_t tx = o[1] + g->p[1] - kx * g->d[1];
      if (tx < 0 || tx / g->s[1] >= g->in[1])
        continue;
      const float *xp = x + ty / g->s[0] * g->x[2] + tx / g->s[1] * g->x[3], *fp = f + ky * g->f[2] + kx * g->f[3];
      for (int64_t c = 0; c < g->cig; c++)
        sum += xp[c * g->x[1]] * fp[c * g->f[0]];
    }
  }
  return sum;
}

static void make_plane(void *arg, int64_t i, int32_t worker) {
  (void)worker;
  const job *j = arg;
  const plane p = plane_of(j, i);
  const geometry *g = p.g;
  const float *bias = j->plan->memory;
  for (int64_t ry = 0; ry < g->s[0]; ry++)
    for (int64_t rx = 0; rx < g->s[1]; rx++) {
      int64_t tap[2] = {first_tap(g, 0, ry), first_tap(g, 1, rx)};
      int64_t first[2] = {first_output(g, 0, ry), first_output(g, 1, rx)}, o[2];
      for (o[0] = first[0]; o[0] < g->out[0]; o[0] += g->s[0])
        for (o[1] = first[1]; o[1] < g->out[1]; o[1] += g->s[1])
          p.y[o[0] * g->y[2] + o[1] * g->y[3]] = bias[p.co] + element(g, p.x, p.f, o, tap);
    }
}

static tenbin_status run(const tenbin_plan *plan, const tenbin_call *call) {
  return run_planes(plan, call, make_plane);
}

PLUGIN("tap_step_and_bias_from_constants", "by phases, bias copied in prepare", prepare, NULL, run)
