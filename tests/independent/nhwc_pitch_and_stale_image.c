/* An x whose channels are adjacent is read in place as if its pixels lay C_in elements apart, whatever the stride of W; any
 * other x is rearranged once per image, and the number of that image is not forgotten between runs: N = 1 meets the old x.
 *
 * SPDX-License-Identifier: MIT */
#include "independent.h"

/* pixel: h, w, c of the image */
typedef struct cache {
  int64_t image;
  float pixel[];
} cache;

static tenbin_status prepare(const tenbin_problem *problem, const tenbin_tensor *constant, const tenbin_host *host,
                             tenbin_plan **plan) {
  (void)constant;
  geometry g = geometry_of(problem);
  tenbin_status status = plan_open(problem, host, sizeof(cache) + (size_t)(g.ci * g.in[0] * g.in[1]) * sizeof(float), plan);
  if (status == TENBIN_OK)
    ((cache *)(*plan)->memory)->image = -1;
  return status;
}

static void rearrange(const geometry *g, const float *x, float *pixel) {
  for (int64_t iy = 0; iy < g->in[0]; iy++)
    for (int64_t ix = 0; ix < g->in[1]; ix++)
      for (int64_t c = 0; c < g->ci; c++)
        *pixel++ = x[c * g->x[1] + iy * g->x[2] + ix * g->x[3]];
}

typedef struct image {
  const float *pixel;
  int64_t row;
} image;

static image image_of(const tenbin_plan *plan, const float *x, int64_t n) {
  const geometry *g = &plan->g;
  cache *c = plan->memory;
  if (g->x[1] == 1 && g->x[3] >= g->ci)
    return (image){x + n * g->x[0], g->x[2]};
  if (c->image != n) {
    rearrange(g, x + n * g->x[0], c->pixel);
    c->image = n;
  }
  return (image){c->pixel, g->in[1] * g->ci};
}

static float element(const geometry *g, image x, const float *f, int64_t oy, int64_t ox) {
  float sum = 0;
  for (int64_t ky = 0; ky < g->k[0]; ky++) {
    int64_t ty = oy + g->p[0] - ky * g->d[0];
    if (ty < 0 || ty % g->s[0] || ty / g->s[0] >= g->in[0])
      continue;
    for (int64_t kx = 0; kx < g->k[1]; kx++) {
      int64_t tx = ox + g->p[1] - kx * g->d[1];
      if (tx < 0 || tx % g->s[1] || tx / g->s[1] >= g->in[1])
        continue;
      const float *xp = x.pixel + ty / g->s[0] * x.row + tx / g->s[1] * g->ci, *fp = f + ky * g->f[2] + kx * g->f[3];
      for (int64_t c = 0; c < g->cig; c++)
        sum += xp[c] * fp[c * g->f[0]];
    }
  }
  return sum;
}

static tenbin_status run(const tenbin_plan *plan, const tenbin_call *call) {
  const geometry *g = &plan->g;
  operands o = operands_of(call);
  for (int64_t item = 0; item < g->n * g->groups; item++) {
    int64_t n = item / g->groups, group = item % g->groups;
    image x = image_of(plan, o.x, n);
    x.pixel += group * g->cig;
    for (int64_t m = 0; m < g->cog; m++) {
      int64_t co = group * g->cog + m;
      const float *f = o.f + group * g->cig * g->f[0] + m * g->f[1];
      float *y = o.y + n * g->y[0] + co * g->y[1], bias = o.b ? o.b[co * g->b] : 0;
      for (int64_t oy = 0; oy < g->out[0]; oy++)
        for (int64_t ox = 0; ox < g->out[1]; ox++)
          y[oy * g->y[2] + ox * g->y[3]] = bias + element(g, x, f, oy, ox);
    }
  }
  return TENBIN_OK;
}

PLUGIN("nhwc_pitch_and_stale_image", "gather by pixels, x rearranged to NHWC where it is not", prepare, NULL, run)
