/* Input channels are summed into one partial output per worker; the partial outputs are cleared and added up as if channel i of
 * the first ones had run on worker i, which tenbin_host.parallel does not promise.
 *
 * SPDX-License-Identifier: MIT */
#include "independent.h"

/* one group of one image */
static int64_t partial_size(const geometry *g) {
  return g->cog * g->out[0] * g->out[1];
}

static size_t workspace(const tenbin_plan *plan) {
  return (size_t)(plan->threads * partial_size(&plan->g)) * sizeof(float);
}

static void channel(void *arg, int64_t c, int32_t worker) {
  const job *j = arg;
  const geometry *g = &j->plan->g;
  const float *x = j->o.x + c * g->x[1], *f = j->o.f + c * g->f[0];
  float *sum = j->scratch + worker * partial_size(g);
  if (c < j->plan->threads)
    memset(sum, 0, (size_t)partial_size(g) * sizeof *sum);
  for (int64_t m = 0; m < g->cog; m++)
    for (int64_t ky = 0; ky < g->k[0]; ky++)
      for (int64_t kx = 0; kx < g->k[1]; kx++) {
        float w = f[m * g->f[1] + ky * g->f[2] + kx * g->f[3]];
        for (int64_t iy = 0; iy < g->in[0]; iy++) {
          int64_t oy = iy * g->s[0] + ky * g->d[0] - g->p[0];
          if (oy < 0 || oy >= g->out[0])
            continue;
          for (int64_t ix = 0; ix < g->in[1]; ix++) {
            int64_t ox = ix * g->s[1] + kx * g->d[1] - g->p[1];
            if (ox < 0 || ox >= g->out[1])
              continue;
            sum[(m * g->out[0] + oy) * g->out[1] + ox] += w * x[iy * g->x[2] + ix * g->x[3]];
          }
        }
      }
}

static void add_up(const geometry *g, const float *partial, int64_t partials, const float *b, float *y) {
  for (int64_t m = 0; m < g->cog; m++)
    for (int64_t oy = 0; oy < g->out[0]; oy++)
      for (int64_t ox = 0; ox < g->out[1]; ox++) {
        float sum = b ? b[m * g->b] : 0;
        for (int64_t i = 0; i < partials; i++)
          sum += partial[i * partial_size(g) + (m * g->out[0] + oy) * g->out[1] + ox];
        y[m * g->y[1] + oy * g->y[2] + ox * g->y[3]] = sum;
      }
}

static tenbin_status run(const tenbin_plan *plan, const tenbin_call *call) {
  const geometry *g = &plan->g;
  operands o = operands_of(call);
  int64_t partials = g->cig < plan->threads ? g->cig : plan->threads;
  for (int64_t n = 0; n < g->n; n++)
    for (int64_t group = 0; group < g->groups; group++) {
      job j = {plan, o, call->workspace};
      j.o.x += n * g->x[0] + group * g->cig * g->x[1];
      j.o.f += group * g->cig * g->f[0];
      plan->host->parallel(plan->host->self, g->cig, channel, &j);
      add_up(g, j.scratch, partials, o.b ? o.b + group * g->cog * g->b : NULL, o.y + n * g->y[0] + group * g->cog * g->y[1]);
    }
  return TENBIN_OK;
}

PLUGIN("worker_taken_for_item", "input channels in parallel, partial outputs added up", prepare_plain, workspace, run)
