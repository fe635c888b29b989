/* Output rows are summed in a ring of dilation * (kernel_size - 1) + 1 rows; a row that padding crops at the top is dropped
 * without clearing its place, and its sums come back one ring length further down.
 *
 * SPDX-License-Identifier: MIT */
#include "independent.h"

static int64_t ring_rows(const geometry *g) {
  return g->d[0] * (g->k[0] - 1) + 1;
}

static int64_t full_width(const geometry *g) {
  int64_t width = (g->in[1] - 1) * g->s[1] + g->d[1] * (g->k[1] - 1) + 1;
  return width > 0 ? width : 0;
}

static size_t workspace(const tenbin_plan *plan) {
  return (size_t)(plan->threads * ring_rows(&plan->g) * full_width(&plan->g)) * sizeof(float);
}

static void add_input_row(const geometry *g, const float *x, const float *f, int64_t iy, float *ring) {
  int64_t rows = ring_rows(g), width = full_width(g);
  for (int64_t c = 0; c < g->cig; c++)
    for (int64_t ky = 0; ky < g->k[0]; ky++) {
      float *sum = ring + (iy * g->s[0] + ky * g->d[0]) % rows * width;
      for (int64_t kx = 0; kx < g->k[1]; kx++) {
        float w = f[c * g->f[0] + ky * g->f[2] + kx * g->f[3]];
        for (int64_t ix = 0; ix < g->in[1]; ix++)
          sum[ix * g->s[1] + kx * g->d[1]] += w * x[c * g->x[1] + iy * g->x[2] + ix * g->x[3]];
      }
    }
}

/* row counts before cropping */
static void emit(const geometry *g, int64_t row, float *ring, float bias, float *y) {
  int64_t width = full_width(g), oy = row - g->p[0];
  float *sum = ring + row % ring_rows(g) * width;
  if (oy < 0 || oy >= g->out[0])
    return;
  for (int64_t ox = 0; ox < g->out[1]; ox++) {
    int64_t column = ox + g->p[1];
    y[oy * g->y[2] + ox * g->y[3]] = bias + (column < width ? sum[column] : 0);
  }
  memset(sum, 0, (size_t)width * sizeof *sum);
}

static void make_plane(void *arg, int64_t i, int32_t worker) {
  const job *j = arg;
  const plane p = plane_of(j, i);
  const geometry *g = p.g;
  int64_t size = ring_rows(g) * full_width(g), next = 0;
  float *ring = j->scratch + worker * size;
  memset(ring, 0, (size_t)size * sizeof *ring);
  for (int64_t iy = 0; iy < g->in[0]; iy++) {
    add_input_row(g, p.x, p.f, iy, ring);
    for (; next < (iy + 1) * g->s[0]; next++)
      emit(g, next, ring, p.bias, p.y);
  }
  for (; next < g->p[0] + g->out[0]; next++)
    emit(g, next, ring, p.bias, p.y);
}

static tenbin_status run(const tenbin_plan *plan, const tenbin_call *call) {
  return run_planes(plan, call, make_plane);
}

PLUGIN("ring_slot_of_cropped_row", "streams input rows through a ring of output rows", prepare_plain, workspace, run)
