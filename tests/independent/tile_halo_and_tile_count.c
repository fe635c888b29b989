/* The input window of an output tile (8 x 16) reaches back kernel_size - 1 outputs instead of dilation * (kernel_size - 1); and
 * tiles start only within the output without output_padding, so its rows are not written when they would begin a tile.
 *
 * SPDX-License-Identifier: MIT */
#include "independent.h"

static const int64_t tile[2] = {8, 16};

typedef struct range {
  int64_t from, to;
} range;

static range outputs(const geometry *g, int axis, int64_t from) {
  int64_t to = from + tile[axis];
  return (range){from, to < g->out[axis] ? to : g->out[axis]};
}

static range inputs(const geometry *g, int axis, range o) {
  int64_t lowest = o.from + g->p[axis] - (g->k[axis] - 1);
  int64_t from = lowest <= 0 ? 0 : (lowest + g->s[axis] - 1) / g->s[axis];
  int64_t to = (o.to - 1 + g->p[axis]) / g->s[axis] + 1;
  return (range){from, to < g->in[axis] ? to : g->in[axis]};
}

static void add_tile(const geometry *g, const float *x, const float *f, range oy, range ox, float sum[8][16]) {
  range iy = inputs(g, 0, oy), ix = inputs(g, 1, ox);
  for (int64_t c = 0; c < g->cig; c++)
    for (int64_t v = iy.from; v < iy.to; v++)
      for (int64_t h = ix.from; h < ix.to; h++) {
        float value = x[c * g->x[1] + v * g->x[2] + h * g->x[3]];
        for (int64_t ky = 0; ky < g->k[0]; ky++) {
          int64_t row = v * g->s[0] + ky * g->d[0] - g->p[0];
          if (row < oy.from || row >= oy.to)
            continue;
          for (int64_t kx = 0; kx < g->k[1]; kx++) {
            int64_t column = h * g->s[1] + kx * g->d[1] - g->p[1];
            if (column < ox.from || column >= ox.to)
              continue;
            sum[row - oy.from][column - ox.from] += value * f[c * g->f[0] + ky * g->f[2] + kx * g->f[3]];
          }
        }
      }
}

static void make_plane(void *arg, int64_t i, int32_t worker) {
  (void)worker;
  const job *j = arg;
  const plane p = plane_of(j, i);
  const geometry *g = p.g;
  for (int64_t top = 0; top < g->out[0] - g->op[0]; top += tile[0])
    for (int64_t left = 0; left < g->out[1] - g->op[1]; left += tile[1]) {
      range oy = outputs(g, 0, top), ox = outputs(g, 1, left);
      float sum[8][16] = {{0}};
      add_tile(g, p.x, p.f, oy, ox, sum);
      for (int64_t row = oy.from; row < oy.to; row++)
        for (int64_t column = ox.from; column < ox.to; column++)
          p.y[row * g->y[2] + column * g->y[3]] = p.bias + sum[row - oy.from][column - ox.from];
    }
}

static tenbin_status run(const tenbin_plan *plan, const tenbin_call *call) {
  return run_planes(plan, call, make_plane);
}

PLUGIN("tile_halo_and_tile_count", "scatter into output tiles of 8 x 16", prepare_plain, NULL, run)
