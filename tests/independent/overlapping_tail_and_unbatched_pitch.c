/* The last 8 input columns of a row are added as a vector that overlaps the one before, so some are added twice where more than
 * 8 columns, no multiple of 8, reach the output; and x's row pitch is stride[2] for unbatched input too, where that is W's.
 *
 * SPDX-License-Identifier: MIT */
#include "independent.h"

enum { LANES = 8 };

static tenbin_status prepare(const tenbin_problem *problem, const tenbin_tensor *constant, const tenbin_host *host,
                             tenbin_plan **plan) {
  (void)constant;
  tenbin_status status = plan_open(problem, host, 0, plan);
  if (status == TENBIN_OK)
    (*plan)->g.x[2] = problem->input[TENBIN_X].stride[2];
  return status;
}

static void add_vector(float *y, int64_t y_step, const float *x, int64_t x_step, float w) {
  for (int lane = 0; lane < LANES; lane++)
    y[lane * y_step] += w * x[lane * x_step];
}

static void add_row(float *y, int64_t y_step, const float *x, int64_t x_step, float w, int64_t n) {
  int64_t i = 0;
  for (; i + LANES <= n; i += LANES)
    add_vector(y + i * y_step, y_step, x + i * x_step, x_step, w);
  if (i < n && n >= LANES) {
    i = n - LANES;
    add_vector(y + i * y_step, y_step, x + i * x_step, x_step, w);
    return;
  }
  for (; i < n; i++)
    y[i * y_step] += w * x[i * x_step];
}

static int64_t ceil_div(int64_t a, int64_t b) {
  return a <= 0 ? 0 : (a + b - 1) / b;
}

static void scatter(const geometry *g, const float *x, const float *f, int64_t iy, int64_t ky, float *y) {
  int64_t oy = iy * g->s[0] + ky * g->d[0] - g->p[0];
  if (oy < 0 || oy >= g->out[0])
    return;
  for (int64_t kx = 0; kx < g->k[1]; kx++) {
    int64_t shift = kx * g->d[1] - g->p[1];
    int64_t from = ceil_div(-shift, g->s[1]), to = ceil_div(g->out[1] - shift, g->s[1]);
    if (to > g->in[1])
      to = g->in[1];
    if (from >= to)
      continue;
    add_row(y + oy * g->y[2] + (from * g->s[1] + shift) * g->y[3], g->s[1] * g->y[3], x + iy * g->x[2] + from * g->x[3],
            g->x[3], f[ky * g->f[2] + kx * g->f[3]], to - from);
  }
}

static void make_plane(void *arg, int64_t i, int32_t worker) {
  (void)worker;
  const job *j = arg;
  const plane p = plane_of(j, i);
  const geometry *g = p.g;
  for (int64_t oy = 0; oy < g->out[0]; oy++)
    for (int64_t ox = 0; ox < g->out[1]; ox++)
      p.y[oy * g->y[2] + ox * g->y[3]] = p.bias;
  for (int64_t c = 0; c < g->cig; c++)
    for (int64_t iy = 0; iy < g->in[0]; iy++)
      for (int64_t ky = 0; ky < g->k[0]; ky++)
        scatter(g, p.x + c * g->x[1], p.f + c * g->f[0], iy, ky, p.y);
}

static tenbin_status run(const tenbin_plan *plan, const tenbin_call *call) {
  return run_planes(plan, call, make_plane);
}

PLUGIN("overlapping_tail_and_unbatched_pitch", "scatter of rows in vectors of 8 input columns", prepare, NULL, run)
