/* What the kernels on Philox share: dtypes, counters, and the walk over the output.
 *
 * SPDX-License-Identifier: MIT */
#include "counted.h"
#include "isa.h"

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

const char *tb_counted_library(void) {
  return tb_isa_name(tb_isa_choose());
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

void tb_counted_run(const tenbin_plan *plan, const tenbin_host *host, int32_t threads, const tenbin_call *call,
                    uint64_t per_block, tb_make *make) {
  const tenbin_tensor *y = &call->output[TENBIN_Y];
  struct job job = {.make = make, .elements = tb_elements_of(&y->desc), .bytes = tb_number_bytes(y->desc.dtype), .y = y->data};
  const uint64_t groups = ((uint64_t)job.elements.count + TB_GROUP - 1) / TB_GROUP;
  const tb_draw draw = tb_draw_blocks(plan, call, groups * (TB_GROUP / per_block));
  job.draw = &draw;
  const int64_t chunks = (job.elements.count + CHUNK - 1) / CHUNK;
  if (threads > 1 && chunks > 1)
    host->parallel(host->self, chunks, make_chunk, &job);
  else
    for (int64_t i = 0; i < chunks; i++)
      make_chunk(&job, i, 0);
}
