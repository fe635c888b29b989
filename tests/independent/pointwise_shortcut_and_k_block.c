/* A 1x1 kernel of stride 1 without padding is written straight to y, where output_padding (legal with a dilation > 1) is
 * forgotten; and the matrix product overwrites what earlier blocks of 64 input channels gave.
 *
 * SPDX-License-Identifier: MIT */
#include "independent.h"

enum { BLOCK = 64 };

static size_t workspace(const tenbin_plan *plan) {
  const geometry *g = &plan->g;
  return (size_t)(g->cog * g->k[0] * g->k[1] * g->in[0] * g->in[1]) * sizeof(float);
}

/* c: (cog * kh * kw) x (h * w) */
static void gemm(const geometry *g, const float *x, const float *f, float *c) {
  int64_t taps = g->k[0] * g->k[1], pixels = g->in[0] * g->in[1], from = 0;
  do {
    int64_t to = from + BLOCK < g->cig ? from + BLOCK : g->cig;
    for (int64_t row = 0; row < g->cog * taps; row++) {
      int64_t tap = row % taps;
      const float *fp = f + row / taps * g->f[1] + tap / g->k[1] * g->f[2] + tap % g->k[1] * g->f[3];
      for (int64_t pixel = 0; pixel < pixels; pixel++) {
        const float *xp = x + pixel / g->in[1] * g->x[2] + pixel % g->in[1] * g->x[3];
        float sum = 0;
        for (int64_t k = from; k < to; k++)
          sum += xp[k * g->x[1]] * fp[k * g->f[0]];
        c[row * pixels + pixel] = sum;
      }
    }
    from = to;
  } while (from < g->cig);
}

static void copy_plane(const geometry *g, const float *c, float bias, float *y) {
  for (int64_t iy = 0; iy < g->in[0]; iy++)
    for (int64_t ix = 0; ix < g->in[1]; ix++)
      y[iy * g->y[2] + ix * g->y[3]] = bias + c[iy * g->in[1] + ix];
}

static void col2im(const geometry *g, const float *c, float bias, float *y) {
  for (int64_t oy = 0; oy < g->out[0]; oy++)
    for (int64_t ox = 0; ox < g->out[1]; ox++)
      y[oy * g->y[2] + ox * g->y[3]] = bias;
  for (int64_t tap = 0; tap < g->k[0] * g->k[1]; tap++) {
    int64_t ky = tap / g->k[1], kx = tap % g->k[1];
    for (int64_t iy = 0; iy < g->in[0]; iy++) {
      int64_t oy = iy * g->s[0] + ky * g->d[0] - g->p[0];
      if (oy < 0 || oy >= g->out[0])
        continue;
      for (int64_t ix = 0; ix < g->in[1]; ix++) {
        int64_t ox = ix * g->s[1] + kx * g->d[1] - g->p[1];
        if (ox < 0 || ox >= g->out[1])
          continue;
        y[oy * g->y[2] + ox * g->y[3]] += c[(tap * g->in[0] + iy) * g->in[1] + ix];
      }
    }
  }
}

static int pointwise(const geometry *g) {
  for (int i = 0; i < 2; i++)
    if (g->k[i] != 1 || g->s[i] != 1 || g->p[i] != 0)
      return 0;
  return 1;
}

static tenbin_status run(const tenbin_plan *plan, const tenbin_call *call) {
  const geometry *g = &plan->g;
  operands o = operands_of(call);
  int64_t panel = g->k[0] * g->k[1] * g->in[0] * g->in[1];
  float *c = call->workspace;
  for (int64_t n = 0; n < g->n; n++)
    for (int64_t group = 0; group < g->groups; group++) {
      gemm(g, o.x + n * g->x[0] + group * g->cig * g->x[1], o.f + group * g->cig * g->f[0], c);
      for (int64_t m = 0; m < g->cog; m++) {
        int64_t co = group * g->cog + m;
        float *y = o.y + n * g->y[0] + co * g->y[1], bias = o.b ? o.b[co * g->b] : 0;
        if (pointwise(g))
          copy_plane(g, c + m * panel, bias, y);
        else
          col2im(g, c + m * panel, bias, y);
      }
    }
  return TENBIN_OK;
}

PLUGIN("pointwise_shortcut_and_k_block", "blocked matrix product and col2im, 1x1 without", prepare_plain, workspace, run)
