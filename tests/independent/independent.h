/* Plumbing shared by the independent mutants: the geometry of a problem, a plan with one block of memory, the plugin table.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_INDEPENDENT_H
#define TB_INDEPENDENT_H

#include "kernel.h"

#include <stdio.h>
#include <string.h>

/* Pairs are (height, width). Strides count elements, in the order n, c, h, w; of the weight f: ci, co, h, w. */
typedef struct geometry {
  int64_t n, ci, co, groups, cig, cog;
  int64_t in[2], out[2], k[2], s[2], p[2], op[2], d[2];
  int64_t x[4], f[4], y[4], b;
} geometry;

struct tenbin_plan {
  geometry g;
  const tenbin_host *host;
  int32_t threads;
  void *memory;
};

typedef struct operands {
  const float *x, *f, *b;
  float *y;
} operands;

typedef struct job {
  const tenbin_plan *plan;
  operands o;
  float *scratch;
} job;

static inline geometry geometry_of(const tenbin_problem *problem) {
  const tenbin_conv2d *a = problem->attr;
  const tenbin_desc *x = &problem->input[TENBIN_X], *f = &problem->input[TENBIN_WEIGHT], *b = &problem->input[TENBIN_BIAS];
  const tenbin_desc *y = &problem->output[TENBIN_Y];
  int batched = x->rank == 4;
  geometry g = {.n = batched ? x->size[0] : 1, .ci = x->size[batched], .co = y->size[batched], .groups = a->groups};
  g.cig = g.ci / g.groups;
  g.cog = g.co / g.groups;
  g.b = b->dtype == TENBIN_NONE ? 0 : b->stride[0];
  for (int i = 0; i < 2; i++) {
    g.in[i] = x->size[batched + 1 + i];
    g.out[i] = y->size[batched + 1 + i];
    g.k[i] = f->size[2 + i];
    g.s[i] = a->stride[i];
    g.p[i] = a->padding[i];
    g.op[i] = a->output_padding[i];
    g.d[i] = a->dilation[i];
  }
  for (int i = 0; i < 4; i++) {
    g.f[i] = f->stride[i];
    g.x[i] = batched ? x->stride[i] : i ? x->stride[i - 1] : 0;
    g.y[i] = batched ? y->stride[i] : i ? y->stride[i - 1] : 0;
  }
  return g;
}

static inline operands operands_of(const tenbin_call *call) {
  operands o = {call->input[TENBIN_X].data, call->input[TENBIN_WEIGHT].data, call->input[TENBIN_BIAS].data,
                call->output[TENBIN_Y].data};
  return o;
}

/* Item i of n * C_out: an output plane with what it is made of. */
typedef struct plane {
  const geometry *g;
  int64_t co;
  const float *x, *f; /* its group's first channel */
  float *y, bias;
} plane;

static inline plane plane_of(const job *j, int64_t i) {
  const geometry *g = &j->plan->g;
  int64_t n = i / g->co, co = i % g->co, group = co / g->cog;
  return (plane){.g = g,
                 .co = co,
                 .x = j->o.x + n * g->x[0] + group * g->cig * g->x[1],
                 .f = j->o.f + group * g->cig * g->f[0] + co % g->cog * g->f[1],
                 .y = j->o.y + n * g->y[0] + co * g->y[1],
                 .bias = j->o.b ? j->o.b[co * g->b] : 0};
}

static inline tenbin_status run_planes(const tenbin_plan *plan, const tenbin_call *call,
                                       void (*body)(void *job, int64_t i, int32_t worker)) {
  job j = {plan, operands_of(call), call->workspace};
  plan->host->parallel(plan->host->self, plan->g.n * plan->g.co, body, &j);
  return TENBIN_OK;
}

static inline void plan_close(tenbin_plan *plan) {
  const tenbin_host *host = plan->host;
  host->free(host->self, plan->memory);
  host->free(host->self, plan);
}

static inline tenbin_status plan_open(const tenbin_problem *problem, const tenbin_host *host, size_t bytes,
                                      tenbin_plan **plan) {
  tenbin_plan *p = host->alloc(host->self, sizeof *p, _Alignof(tenbin_plan));
  if (!p)
    return TENBIN_OUT_OF_MEMORY;
  *p = (tenbin_plan){.g = geometry_of(problem), .host = host, .threads = problem->threads};
  if (bytes && !(p->memory = host->alloc(host->self, bytes, 16))) {
    host->free(host->self, p);
    return TENBIN_OUT_OF_MEMORY;
  }
  *plan = p;
  return TENBIN_OK;
}

static inline tenbin_status prepare_plain(const tenbin_problem *problem, const tenbin_tensor *constant, const tenbin_host *host,
                                          tenbin_plan **plan) {
  (void)constant;
  return plan_open(problem, host, 0, plan);
}

static inline tenbin_status supports_f32(const tenbin_problem *problem, tenbin_answer *answer) {
  if (strcmp(problem->op, "conv_transpose2d") || problem->input[TENBIN_X].dtype != TENBIN_F32 ||
      problem->output[TENBIN_Y].dtype != TENBIN_F32) {
    snprintf(answer->why, sizeof answer->why, "only conv_transpose2d of f32");
    return TENBIN_UNSUPPORTED;
  }
  answer->claim = TENBIN_EXACT;
  return TENBIN_OK;
}

#define PLUGIN(NAME, SUMMARY, PREPARE, WORKSPACE, RUN)                                                                         \
  static const tenbin_kernel kernel = {.struct_size = sizeof(tenbin_kernel),                                                   \
                                       .name = NAME,                                                                           \
                                       .op = "conv_transpose2d",                                                               \
                                       .summary = SUMMARY,                                                                     \
                                       .alignment = sizeof(float),                                                             \
                                       .supports = supports_f32,                                                               \
                                       .prepare = PREPARE,                                                                     \
                                       .workspace = WORKSPACE,                                                                 \
                                       .run = RUN,                                                                             \
                                       .release = plan_close};                                                                 \
  static const tenbin_kernel *const kernels[] = {&kernel};                                                                     \
  static const tenbin_plugin plugin = {sizeof(tenbin_plugin), TENBIN_ABI, NAME, "1", 1, kernels, NULL};                        \
  const tenbin_plugin *tenbin_plugin_table(void) {                                                                             \
    return &plugin;                                                                                                            \
  }

#endif
