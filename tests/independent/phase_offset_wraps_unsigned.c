/* The first output of a phase is (phase + stride - padding) % stride in unsigned arithmetic: where padding > stride + phase the
 * difference wraps around 2^64, which only a stride that is a power of two forgives; the phase lands on another one's outputs.
 *
 * SPDX-License-Identifier: MIT */
#include "independent.h"

static size_t first_output(const geometry *g, int axis, size_t phase) {
  size_t stride = (size_t)g->s[axis], padding = (size_t)g->p[axis];
  return (phase + stride - padding) % stride;
}

typedef struct phase {
  int64_t y, x;
} phase;

static float element(const geometry *g, const float *x, const float *f, int64_t oy, int64_t ox, phase r) {
  int64_t qy = (oy + g->p[0]) / g->s[0], qx = (ox + g->p[1]) / g->s[1];
  float sum = 0;
  for (int64_t ky = 0; ky < g->k[0]; ky++) {
    if (ky * g->d[0] % g->s[0] != r.y)
      continue;
    int64_t iy = qy - ky * g->d[0] / g->s[0];
    if (iy < 0 || iy >= g->in[0])
      continue;
    for (int64_t kx = 0; kx < g->k[1]; kx++) {
      if (kx * g->d[1] % g->s[1] != r.x)
        continue;
      int64_t ix = qx - kx * g->d[1] / g->s[1];
      if (ix < 0 || ix >= g->in[1])
        continue;
      const float *xp = x + iy * g->x[2] + ix * g->x[3], *fp = f + ky * g->f[2] + kx * g->f[3];
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
  for (phase r = {0, 0}; r.y < g->s[0]; r.y++)
    for (r.x = 0; r.x < g->s[1]; r.x++)
      for (int64_t oy = (int64_t)first_output(g, 0, (size_t)r.y); oy < g->out[0]; oy += g->s[0])
        for (int64_t ox = (int64_t)first_output(g, 1, (size_t)r.x); ox < g->out[1]; ox += g->s[1])
          p.y[oy * g->y[2] + ox * g->y[3]] = p.bias + element(g, p.x, p.f, oy, ox, r);
}

static tenbin_status run(const tenbin_plan *plan, const tenbin_call *call) {
  return run_planes(plan, call, make_plane);
}

PLUGIN("phase_offset_wraps_unsigned", "by phases, each a small stride-1 convolution", prepare_plain, NULL, run)
