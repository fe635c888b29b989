/* The table of taps per output row also serves the columns when kernel_size, stride, padding and dilation are the same in both
 * directions, although it ends at H_in: input columns from H_in on are ignored if W_in > H_in.
 *
 * SPDX-License-Identifier: MIT */
#include "independent.h"

/* Of one direction: the taps of output o are tap[begin[o]] .. tap[begin[o + 1] - 1]. */
typedef struct tap {
  int64_t i, k;
} tap;

typedef struct tables {
  int64_t *begin[2];
  tap *tap[2];
} tables;

static void build(const geometry *g, int axis, int64_t outputs, int64_t *begin, tap *list) {
  int64_t n = 0;
  for (int64_t o = 0; o < outputs; o++) {
    begin[o] = n;
    for (int64_t k = 0; k < g->k[axis]; k++) {
      int64_t t = o + g->p[axis] - k * g->d[axis];
      if (t >= 0 && t % g->s[axis] == 0 && t / g->s[axis] < g->in[axis])
        list[n++] = (tap){t / g->s[axis], k};
    }
  }
  begin[outputs] = n;
}

static int square(const geometry *g) {
  return g->k[0] == g->k[1] && g->s[0] == g->s[1] && g->p[0] == g->p[1] && g->d[0] == g->d[1];
}

static tenbin_status prepare(const tenbin_problem *problem, const tenbin_tensor *constant, const tenbin_host *host,
                             tenbin_plan **plan) {
  (void)constant;
  geometry g = geometry_of(problem);
  int shared = square(&g);
  int64_t outputs[2] = {shared && g.out[1] > g.out[0] ? g.out[1] : g.out[0], shared ? 0 : g.out[1]};
  size_t taps[2] = {(size_t)(outputs[0] * g.k[0]), (size_t)(outputs[1] * g.k[1])};
  size_t begins = (size_t)(outputs[0] + outputs[1] + 2);
  tenbin_status status =
      plan_open(problem, host, sizeof(tables) + begins * sizeof(int64_t) + (taps[0] + taps[1]) * sizeof(tap), plan);
  if (status != TENBIN_OK)
    return status;

  tables *t = (*plan)->memory;
  t->tap[0] = (tap *)(t + 1);
  t->tap[1] = t->tap[0] + taps[0];
  t->begin[0] = (int64_t *)(t->tap[1] + taps[1]);
  t->begin[1] = t->begin[0] + outputs[0] + 1;
  build(&g, 0, outputs[0], t->begin[0], t->tap[0]);
  if (shared) {
    t->begin[1] = t->begin[0];
    t->tap[1] = t->tap[0];
  } else {
    build(&g, 1, outputs[1], t->begin[1], t->tap[1]);
  }
  return TENBIN_OK;
}

static float element(const geometry *g, const tables *t, const float *x, const float *f, int64_t oy, int64_t ox) {
  float sum = 0;
  for (int64_t a = t->begin[0][oy]; a < t->begin[0][oy + 1]; a++) {
    tap v = t->tap[0][a];
    if (v.i >= g->in[0])
      continue;
    for (int64_t b = t->begin[1][ox]; b < t->begin[1][ox + 1]; b++) {
      tap h = t->tap[1][b];
      if (h.i >= g->in[1])
        continue;
      const float *xp = x + v.i * g->x[2] + h.i * g->x[3], *fp = f + v.k * g->f[2] + h.k * g->f[3];
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
  for (int64_t oy = 0; oy < g->out[0]; oy++)
    for (int64_t ox = 0; ox < g->out[1]; ox++)
      p.y[oy * g->y[2] + ox * g->y[3]] = p.bias + element(g, j->plan->memory, p.x, p.f, oy, ox);
}

static tenbin_status run(const tenbin_plan *plan, const tenbin_call *call) {
  return run_planes(plan, call, make_plane);
}

PLUGIN("square_tap_table_shared", "gather by tables of taps made in prepare", prepare, NULL, run)
