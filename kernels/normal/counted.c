/* What the kernels on Philox share: dtypes, counters, and the walk over the output.
 *
 * SPDX-License-Identifier: MIT */
#include "counted.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* Numbers that a thread takes at once: some tens of microseconds. */
#define CHUNK (INT64_C(1) << 15)
/* Numbers that are made before they are copied to where they belong, in an output with gaps; 8 KiB. */
#define STAGE (INT64_C(1) << 10)

struct job {
  const tb_draw *draw;
  tb_make *make;
  tb_elements elements;
  size_t bytes;
  char *y;
};

size_t tb_number_bytes(int32_t dtype) {
  return dtype == TENBIN_F64 ? 8 : dtype == TENBIN_F32 ? 4 : 2;
}

tenbin_plan *tb_counted_plan(const tenbin_problem *problem, const tenbin_host *host, size_t bytes) {
  tb_counted *plan = host->alloc(host->self, bytes, _Alignof(max_align_t));
  if (plan)
    *plan = (tb_counted){host, problem->threads};
  return (tenbin_plan *)plan;
}

void tb_counted_release(tenbin_plan *plan) {
  const tenbin_host *host = ((const tb_counted *)plan)->host;
  host->free(host->self, plan);
}

bool tb_counted_dtype(int32_t dtype, tenbin_answer *answer) {
  if (dtype == TENBIN_F32 || dtype == TENBIN_F64 || dtype == TENBIN_F16 || dtype == TENBIN_BF16)
    return true;
  snprintf(answer->why, sizeof answer->why, "f32, f64, f16 and bf16 only");
  return false;
}

tenbin_status tb_counted_supports(const tenbin_problem *p, tenbin_answer *answer) {
  const char *stream = ((const tenbin_normal *)p->attr)->stream;
  if (!tb_counted_dtype(p->output[TENBIN_Y].dtype, answer))
    return TENBIN_UNSUPPORTED;
  if (strcmp(stream, "any") != 0) {
    snprintf(answer->why, sizeof answer->why, "has numbers of its own, stream any");
    return TENBIN_UNSUPPORTED;
  }
  answer->claim = TENBIN_DISTRIBUTION;
  return TENBIN_OK;
}

tb_draw tb_draw_blocks(const tenbin_plan *plan, const tenbin_call *call, uint64_t blocks) {
  const tenbin_normal_args *args = call->args;
  tenbin_generator *g = call->generator;
  const tb_draw draw = {plan, g->seed, g->offset / 4, call->output[TENBIN_Y].desc.dtype, args->mean, args->std};
  g->offset += 4 * blocks;
  return draw;
}

void tb_counted_groups(const tb_draw *draw, int64_t first, int64_t count, void *numbers, tb_make_groups *make) {
  const uint64_t low = draw->block + (uint64_t)first / 4;
  const int64_t groups = count / TB_GROUP, whole = groups * TB_GROUP;
  const size_t bytes = tb_number_bytes(draw->dtype);
  make(draw, low, groups, numbers);
  if (whole < count) {
    float group[TB_GROUP];
    make(draw, low + (uint64_t)whole / 4, 1, group);
    memcpy((char *)numbers + (size_t)whole * bytes, group, (size_t)(count - whole) * bytes);
  }
}

void tb_counted_parallel(const tenbin_plan *plan, int64_t n, void (*body)(void *arg, int64_t i, int32_t worker), void *arg) {
  const tb_counted *p = (const tb_counted *)plan;
  if (p->threads > 1 && n > 1)
    p->host->parallel(p->host->self, n, body, arg);
  else
    for (int64_t i = 0; i < n; i++)
      body(arg, i, 0);
}

static void make_chunk(void *arg, int64_t i, int32_t worker) {
  (void)worker;
  const struct job *job = arg;
  const int64_t first = i * CHUNK, left = job->elements.count - first, count = left < CHUNK ? left : CHUNK;
  if (tb_elements_dense(&job->elements)) {
    job->make(job->draw, first, count, job->y + (size_t)first * job->bytes);
    return;
  }
  _Alignas(64) char stage[STAGE * sizeof(double)];
  for (int64_t at = 0; at < count; at += STAGE) {
    const int64_t part = count - at < STAGE ? count - at : STAGE;
    job->make(job->draw, first + at, part, stage);
    tb_elements_put(&job->elements, job->bytes, first + at, part, stage, job->y);
  }
}

void tb_counted_run(const tenbin_plan *plan, const tenbin_call *call, uint64_t per_block, tb_make *make) {
  const tenbin_tensor *y = &call->output[TENBIN_Y];
  struct job job = {.make = make, .elements = tb_elements_of(&y->desc), .bytes = tb_number_bytes(y->desc.dtype), .y = y->data};
  const uint64_t groups = ((uint64_t)job.elements.count + TB_GROUP - 1) / TB_GROUP;
  const tb_draw draw = tb_draw_blocks(plan, call, groups * (TB_GROUP / per_block));
  job.draw = &draw;
  tb_counted_parallel(plan, (job.elements.count + CHUNK - 1) / CHUNK, make_chunk, &job);
}
