/* The plan of the oneDNN kernels: layouts, primitives, memory objects, packed weights.
 *
 * SPDX-License-Identifier: MIT */
#include "onednn_plan.h"

static size_t round_up(size_t bytes) {
  return (bytes + TB_ONEDNN_ALIGNMENT - 1) / TB_ONEDNN_ALIGNMENT * TB_ONEDNN_ALIGNMENT;
}

static void destroy_step(struct step *step) {
  dnnl_primitive_destroy(step->primitive);
  dnnl_memory_destroy(step->scratchpad);
}

void tb_onednn_destroy(tenbin_plan *plan) {
  destroy_step(&plan->pack);
  destroy_step(&plan->compute);
  destroy_step(&plan->unpack);
  for (int r = 0; r < ROLES; r++) {
    dnnl_memory_destroy(plan->user[r]);
    dnnl_memory_destroy(plan->chosen[r]);
  }
  dnnl_stream_destroy(plan->stream);
  if (plan->engine)
    dnnl_engine_destroy(plan->engine);
  plan->host->free(plan->host->self, plan->packed);
  plan->host->free(plan->host->self, plan);
}

/* What only prepare needs. */
struct build {
  dnnl_memory_desc_t user[ROLES], offered[ROLES]; /* the caller's layouts; those that oneDNN may choose from */
  dnnl_primitive_attr_t attr;
  dnnl_primitive_desc_t deconvolution;
  struct step pack; /* reorder the weights */
  void *pack_scratch;
};

static void destroy_build(const tenbin_host *host, struct build *b) {
  for (int r = 0; r < ROLES; r++) {
    dnnl_memory_desc_destroy(b->user[r]);
    dnnl_memory_desc_destroy(b->offered[r]);
  }
  dnnl_primitive_attr_destroy(b->attr);
  dnnl_primitive_desc_destroy(b->deconvolution);
  destroy_step(&b->pack);
  host->free(host->self, b->pack_scratch);
}

/* One layout as the caller has it, and as it is offered: the same, or any. */
static dnnl_status_t describe(struct build *b, int role, int rank, const int64_t *dims, const int64_t *strides, bool any) {
  TRY(dnnl_memory_desc_create_with_strides(&b->user[role], rank, dims, dnnl_f32, strides));
  if (any)
    return dnnl_memory_desc_create_with_tag(&b->offered[role], rank, dims, dnnl_f32, dnnl_format_tag_any);
  return dnnl_memory_desc_clone(&b->offered[role], b->user[role]);
}

static dnnl_status_t describe_image(struct build *b, int role, int64_t batch, int64_t channels, const int64_t size[2],
                                    bool any) {
  const dnnl_dims_t dims = {batch, channels, size[0], size[1]};
  const dnnl_dims_t strides = {channels * size[0] * size[1], size[0] * size[1], size[1], 1};
  return describe(b, role, 4, dims, strides, any);
}

/* PyTorch's weights (C_in, C_out/g, kH, kW) are to oneDNN a transposed (g, C_out/g, C_in/g, kH, kW), without g if that is 1. */
static dnnl_status_t describe_all(const struct conv_shape *s, bool blocked, struct build *b) {
  const int64_t g = s->a.groups, o = s->o_per_group, c = s->c_per_group, kh = s->kernel[0], kw = s->kernel[1];
  const dnnl_dims_t dims = {g, o, c, kh, kw}, strides = {c * o * kh * kw, kh * kw, o * kh * kw, kw, 1};
  const int skip = g == 1;
  TRY(describe_image(b, X, s->batch, g * c, s->in, blocked));
  TRY(describe_image(b, Y, s->batch, g * o, s->out, blocked));
  TRY(describe(b, W, 5 - skip, dims + skip, strides + skip, true));
  return s->bias ? describe(b, B, 1, (dnnl_dims_t){g * o}, (dnnl_dims_t){1}, false) : dnnl_success;
}

/* The scratchpad is ours (below); strict: no environment variable may make it compute in less than f32. */
static dnnl_status_t create_descriptor(const struct conv_shape *s, dnnl_engine_t engine, struct build *b) {
  dnnl_dims_t stride, dilates, before, after;
  for (int i = 0; i < 2; i++) {
    stride[i] = s->a.stride[i];
    dilates[i] = s->a.dilation[i] - 1; /* oneDNN counts the gaps */
    before[i] = s->a.padding[i];
    after[i] = s->a.padding[i] - s->a.output_padding[i];
  }
  TRY(dnnl_primitive_attr_create(&b->attr));
  TRY(dnnl_primitive_attr_set_scratchpad_mode(b->attr, dnnl_scratchpad_mode_user));
  TRY(dnnl_primitive_attr_set_fpmath_mode(b->attr, dnnl_fpmath_mode_strict));
  return dnnl_deconvolution_forward_primitive_desc_create(
      &b->deconvolution, engine, dnnl_forward_inference, dnnl_deconvolution_direct, b->offered[X], b->offered[W], b->offered[B],
      b->offered[Y], stride, dilates, before, after, b->attr);
}

static void add_arg(struct step *step, int arg, dnnl_memory_t memory) {
  if (memory)
    step->arg[step->args++] = (dnnl_exec_arg_t){arg, memory};
}

static dnnl_status_t create_step(dnnl_engine_t engine, const_dnnl_primitive_desc_t pd, struct step *step) {
  const_dnnl_memory_desc_t scratchpad = dnnl_primitive_desc_query_md(pd, dnnl_query_scratchpad_md, 0);
  TRY(dnnl_primitive_create(&step->primitive, pd));
  step->scratch = dnnl_memory_desc_get_size(scratchpad);
  TRY(dnnl_memory_create(&step->scratchpad, scratchpad, engine, DNNL_MEMORY_NONE));
  add_arg(step, DNNL_ARG_SCRATCHPAD, step->scratchpad);
  return dnnl_success;
}

static dnnl_status_t create_reorder(dnnl_engine_t engine, const struct build *b, dnnl_memory_t from, dnnl_memory_t to,
                                    struct step *step) {
  const_dnnl_memory_desc_t source, target;
  dnnl_primitive_desc_t pd;
  TRY(dnnl_memory_get_memory_desc(from, &source));
  TRY(dnnl_memory_get_memory_desc(to, &target));
  TRY(dnnl_reorder_primitive_desc_create(&pd, source, engine, target, engine, b->attr));
  const dnnl_status_t status = create_step(engine, pd, step);
  dnnl_primitive_desc_destroy(pd);
  add_arg(step, DNNL_ARG_FROM, from);
  add_arg(step, DNNL_ARG_TO, to);
  return status;
}

/* Memory objects, without memory: run says where it lies. */
static dnnl_status_t create_memory(tenbin_plan *plan, const struct build *b) {
  const struct {
    dnnl_query_t what;
    int index;
  } query[ROLES] = {[X] = {dnnl_query_src_md, 0},
                    [W] = {dnnl_query_weights_md, 0},
                    [B] = {dnnl_query_weights_md, 1},
                    [Y] = {dnnl_query_dst_md, 0}};
  for (int r = 0; r < ROLES; r++) {
    if (!b->user[r])
      continue;
    const_dnnl_memory_desc_t chosen = dnnl_primitive_desc_query_md(b->deconvolution, query[r].what, query[r].index);
    TRY(dnnl_memory_create(&plan->user[r], b->user[r], plan->engine, DNNL_MEMORY_NONE));
    if (!dnnl_memory_desc_equal(b->user[r], chosen))
      TRY(dnnl_memory_create(&plan->chosen[r], chosen, plan->engine, DNNL_MEMORY_NONE));
  }
  return dnnl_success;
}

static dnnl_status_t create_compute(tenbin_plan *plan, const struct build *b) {
  static const int arg[ROLES] = {[X] = DNNL_ARG_SRC, [W] = DNNL_ARG_WEIGHTS, [B] = DNNL_ARG_BIAS, [Y] = DNNL_ARG_DST};
  TRY(create_step(plan->engine, b->deconvolution, &plan->compute));
  for (int r = 0; r < ROLES; r++)
    add_arg(&plan->compute, arg[r], plan->chosen[r] ? plan->chosen[r] : plan->user[r]);
  if (plan->chosen[X])
    TRY(create_reorder(plan->engine, b, plan->user[X], plan->chosen[X], &plan->pack));
  if (plan->chosen[Y])
    TRY(create_reorder(plan->engine, b, plan->chosen[Y], plan->user[Y], &plan->unpack));
  return dnnl_success;
}

static dnnl_status_t memory_size(dnnl_memory_t memory, size_t *bytes) {
  const_dnnl_memory_desc_t desc;
  TRY(dnnl_memory_get_memory_desc(memory, &desc));
  *bytes = dnnl_memory_desc_get_size(desc);
  return dnnl_success;
}

static dnnl_status_t lay_out_workspace(tenbin_plan *plan) {
  const struct step *step[] = {&plan->pack, &plan->compute, &plan->unpack};
  for (int i = 0; i < 3; i++)
    if (step[i]->scratch > plan->workspace)
      plan->workspace = step[i]->scratch;
  for (int r = 0; r < ROLES; r++) {
    size_t bytes;
    if (r == W || !plan->chosen[r])
      continue;
    TRY(memory_size(plan->chosen[r], &bytes));
    plan->offset[r] = round_up(plan->workspace);
    plan->workspace = plan->offset[r] + bytes;
  }
  return dnnl_success;
}

dnnl_status_t tb_onednn_execute(const struct step *step, dnnl_stream_t stream, void *scratch) {
  if (!step->primitive)
    return dnnl_success;
  TRY(dnnl_memory_set_data_handle(step->scratchpad, scratch));
  TRY(dnnl_primitive_execute(step->primitive, stream, step->args, step->arg));
  return dnnl_stream_wait(stream);
}

static dnnl_status_t pack_weights(tenbin_plan *plan, struct build *b, void *weights) {
  const tenbin_host *host = plan->host;
  size_t bytes;
  if (!plan->chosen[W])
    return dnnl_success;
  TRY(create_reorder(plan->engine, b, plan->user[W], plan->chosen[W], &b->pack));
  TRY(memory_size(plan->chosen[W], &bytes));
  plan->packed = host->alloc(host->self, bytes, TB_ONEDNN_ALIGNMENT);
  b->pack_scratch = host->alloc(host->self, b->pack.scratch, TB_ONEDNN_ALIGNMENT);
  if (!plan->packed || !b->pack_scratch)
    return dnnl_out_of_memory;
  TRY(dnnl_memory_set_data_handle(plan->user[W], weights));
  TRY(dnnl_memory_set_data_handle(plan->chosen[W], plan->packed));
  return tb_onednn_execute(&b->pack, plan->stream, b->pack_scratch);
}

static dnnl_status_t build(tenbin_plan *plan, struct build *b, const struct conv_shape *s, bool blocked, void *weights) {
  TRY(dnnl_engine_create(&plan->engine, dnnl_cpu, 0));
  TRY(dnnl_stream_create(&plan->stream, plan->engine, dnnl_stream_default_flags));
  TRY(describe_all(s, blocked, b));
  TRY(create_descriptor(s, plan->engine, b));
  TRY(create_memory(plan, b));
  TRY(create_compute(plan, b));
  TRY(lay_out_workspace(plan));
  return pack_weights(plan, b, weights);
}

dnnl_status_t tb_onednn_build(tenbin_plan *plan, const struct conv_shape *s, bool blocked, void *weights) {
  struct build b = {0};
  const dnnl_status_t status = build(plan, &b, s, blocked, weights);
  destroy_build(plan->host, &b);
  return status;
}
