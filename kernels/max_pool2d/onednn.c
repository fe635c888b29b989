/* max_pool_onednn: max_pool2d by oneDNN's pooling primitive, in dense NCHW.
 *
 * oneDNN takes the padding after the last row or column apart from that before the first; here it is what the last window
 * needs, which is less than padding where pixels are left over, and with ceil_mode may be more. It counts dilation from 0. It
 * has no indices (its workspace holds places within windows), and does not know windows without a pixel: both are refused.
 * Claim: exact, for nothing is rounded.
 *
 * SPDX-License-Identifier: MIT */
#include "onednn/onednn_common.h"

#include <stdbool.h>
#include <stdio.h>

enum { SOURCE, TARGET, SCRATCH, TENSORS };

struct tenbin_plan {
  const tenbin_host *host;
  int32_t threads;
  dnnl_engine_t engine;
  dnnl_stream_t stream;
  dnnl_primitive_t primitive; /* NULL: an empty output */
  dnnl_memory_t memory[TENSORS];
  size_t workspace; /* bytes of scratchpad */
};

/* What only prepare needs, and supports to ask the library. */
struct request {
  dnnl_memory_desc_t tensor[2];
  dnnl_primitive_attr_t attr;
  dnnl_primitive_desc_t pooling;
};

static dnnl_data_type_t type_of(int32_t dtype) {
  switch (dtype) {
  case TENBIN_F32:
    return dnnl_f32;
  case TENBIN_F16:
    return dnnl_f16;
  case TENBIN_BF16:
    return dnnl_bf16;
  case TENBIN_S8:
    return dnnl_s8;
  case TENBIN_U8:
    return dnnl_u8;
  case TENBIN_S32:
    return dnnl_s32;
  default:
    return dnnl_data_type_undef;
  }
}

static bool is_empty(const tenbin_desc *d) {
  return d->rank == 4 && d->size[0] == 0;
}

static bool is_dense(const tenbin_desc *d) {
  int64_t stride = 1;
  for (int i = d->rank - 1; i >= 0; stride *= d->size[i--])
    if (d->size[i] > 1 && d->stride[i] != stride)
      return false;
  return true;
}

/* oneDNN's interface is 64 bits wide, its kernels' own parameters are not. */
static bool fits_int(const tenbin_desc *d) {
  for (int i = 0; i < d->rank; i++)
    if (d->size[i] > INT32_MAX)
      return false;
  return true;
}

/* Whether each row (or column) of y has one of x among its taps. */
static bool all_have_pixels(const tenbin_pool2d *a, const tenbin_desc *x, const tenbin_desc *y, int axis) {
  const int64_t in = x->size[x->rank - 2 + axis], out = y->size[y->rank - 2 + axis];
  for (int64_t q = 0; q < out; q++) {
    const int64_t begin = q * a->stride[axis] - a->padding[axis], d = a->dilation[axis];
    const int64_t taps = begin < 0 ? (d - 1 - begin) / d : 0; /* before the first that is not negative */
    if (taps >= a->kernel_size[axis] || begin + taps * d >= in)
      return false;
  }
  return true;
}

static dnnl_status_t describe(const tenbin_desc *d, dnnl_memory_desc_t *tensor) {
  const int r = d->rank;
  const dnnl_dims_t dims = {r == 4 ? d->size[0] : 1, d->size[r - 3], d->size[r - 2], d->size[r - 1]};
  return dnnl_memory_desc_create_with_tag(tensor, 4, dims, type_of(d->dtype), dnnl_nchw);
}

static dnnl_status_t create_descriptor(const tenbin_problem *p, dnnl_engine_t engine, struct request *b) {
  const tenbin_pool2d *a = p->attr;
  const tenbin_desc *x = &p->input[TENBIN_X], *y = &p->output[TENBIN_Y];
  dnnl_dims_t stride, kernel, dilation, before, after;
  for (int i = 0; i < 2; i++) {
    stride[i] = a->stride[i];
    kernel[i] = a->kernel_size[i];
    dilation[i] = a->dilation[i] - 1; /* oneDNN counts the gaps */
    before[i] = a->padding[i];
    after[i] = (y->size[y->rank - 2 + i] - 1) * a->stride[i] + a->dilation[i] * (a->kernel_size[i] - 1) + 1 -
               x->size[x->rank - 2 + i] - a->padding[i];
  }
  TRY(describe(x, &b->tensor[SOURCE]));
  TRY(describe(y, &b->tensor[TARGET]));
  TRY(dnnl_primitive_attr_create(&b->attr));
  TRY(dnnl_primitive_attr_set_scratchpad_mode(b->attr, dnnl_scratchpad_mode_user));
  return dnnl_pooling_forward_primitive_desc_create(&b->pooling, engine, dnnl_forward_inference, dnnl_pooling_max,
                                                    b->tensor[SOURCE], b->tensor[TARGET], stride, kernel, dilation, before,
                                                    after, b->attr);
}

static void destroy_build(struct request *b) {
  for (int i = 0; i < 2; i++)
    dnnl_memory_desc_destroy(b->tensor[i]);
  dnnl_primitive_attr_destroy(b->attr);
  if (b->pooling)
    dnnl_primitive_desc_destroy(b->pooling);
}

/* Whether the library has such a pooling on this processor. */
static dnnl_status_t ask(const tenbin_problem *p) {
  struct request b = {0};
  dnnl_engine_t engine;
  TRY(dnnl_engine_create(&engine, dnnl_cpu, 0));
  const dnnl_status_t status = create_descriptor(p, engine, &b);
  destroy_build(&b);
  dnnl_engine_destroy(engine);
  return status;
}

static tenbin_status supports(const tenbin_problem *p, tenbin_answer *answer) {
  const tenbin_desc *x = &p->input[TENBIN_X], *y = &p->output[TENBIN_Y];
  if (p->wanted >> TENBIN_INDICES & 1)
    return tb_onednn_refuse(answer, "oneDNN has no indices");
  if (type_of(x->dtype) == dnnl_data_type_undef || y->dtype != x->dtype)
    return tb_onednn_refuse(answer, "oneDNN has no pooling of this dtype");
  if (!is_dense(x) || !is_dense(y))
    return tb_onednn_refuse(answer, "dense NCHW only");
  if (!fits_int(x))
    return tb_onednn_refuse(answer, "a size does not fit oneDNN's 32 bits");
  if (!is_empty(y)) { /* which asks nothing of oneDNN */
    if (!all_have_pixels(p->attr, x, y, 0) || !all_have_pixels(p->attr, x, y, 1))
      return tb_onednn_refuse(answer, "oneDNN does not know windows without a pixel");
    const dnnl_status_t status = ask(p);
    if (status != dnnl_success)
      return tb_onednn_refuse(answer, status == dnnl_unimplemented ? "oneDNN has no such pooling on this processor"
                                                                   : "oneDNN does not accept these parameters");
  }
  answer->claim = TENBIN_EXACT;
  return TENBIN_OK;
}

static dnnl_status_t build(tenbin_plan *plan, const tenbin_problem *p, struct request *b) {
  TRY(dnnl_engine_create(&plan->engine, dnnl_cpu, 0));
  TRY(dnnl_stream_create(&plan->stream, plan->engine, dnnl_stream_default_flags));
  TRY(create_descriptor(p, plan->engine, b));
  TRY(dnnl_primitive_create(&plan->primitive, b->pooling));
  const_dnnl_memory_desc_t scratch = dnnl_primitive_desc_query_md(b->pooling, dnnl_query_scratchpad_md, 0);
  plan->workspace = dnnl_memory_desc_get_size(scratch);
  const const_dnnl_memory_desc_t descs[TENSORS] = {b->tensor[SOURCE], b->tensor[TARGET], scratch};
  for (int i = 0; i < TENSORS; i++)
    TRY(dnnl_memory_create(&plan->memory[i], descs[i], plan->engine, DNNL_MEMORY_NONE));
  return dnnl_success;
}

static void release(tenbin_plan *plan) {
  for (int i = 0; i < TENSORS; i++)
    dnnl_memory_destroy(plan->memory[i]);
  dnnl_primitive_destroy(plan->primitive);
  dnnl_stream_destroy(plan->stream);
  if (plan->engine)
    dnnl_engine_destroy(plan->engine);
  plan->host->free(plan->host->self, plan);
}

static tenbin_status prepare(const tenbin_problem *p, const tenbin_tensor *constant, const tenbin_host *host,
                             tenbin_plan **out) {
  struct request b = {0};
  (void)constant;
  tenbin_plan *plan = host->alloc(host->self, sizeof *plan, _Alignof(tenbin_plan));
  if (!plan)
    return TENBIN_OUT_OF_MEMORY;
  *plan = (tenbin_plan){.host = host, .threads = p->threads};
  omp_set_num_threads(p->threads); /* oneDNN divides the work, and sizes the scratchpad, when a primitive is made */
  const tenbin_status status = is_empty(&p->output[TENBIN_Y]) ? TENBIN_OK : tb_onednn_status(build(plan, p, &b));
  destroy_build(&b);
  if (status == TENBIN_OK)
    *out = plan;
  else
    release(plan);
  return status;
}

/* The workspace comes aligned to an element, and run aligns it. */
static size_t workspace(const tenbin_plan *plan) {
  return plan->workspace > 0 ? plan->workspace + TB_ONEDNN_ALIGNMENT : 0;
}

static dnnl_status_t execute(const tenbin_plan *plan, void *x, void *y, char *scratch) {
  void *const data[TENSORS] = {x, y, scratch ? scratch + -(uintptr_t)scratch % TB_ONEDNN_ALIGNMENT : NULL};
  static const int role[TENSORS] = {DNNL_ARG_SRC, DNNL_ARG_DST, DNNL_ARG_SCRATCHPAD};
  dnnl_exec_arg_t arg[TENSORS];
  for (int i = 0; i < TENSORS; i++) {
    TRY(dnnl_memory_set_data_handle(plan->memory[i], data[i]));
    arg[i] = (dnnl_exec_arg_t){role[i], plan->memory[i]};
  }
  TRY(dnnl_primitive_execute(plan->primitive, plan->stream, TENSORS, arg));
  return dnnl_stream_wait(plan->stream);
}

static tenbin_status run(const tenbin_plan *plan, const tenbin_call *call) {
  if (!plan->primitive)
    return TENBIN_OK;
  omp_set_num_threads(plan->threads); /* a property of the calling thread, which need not be the one that prepared */
  return tb_onednn_status(execute(plan, call->input[TENBIN_X].data, call->output[TENBIN_Y].data, call->workspace));
}

const tenbin_kernel tenbin_kernel_max_pool_onednn = {
    .struct_size = sizeof(tenbin_kernel),
    .name = "max_pool_onednn",
    .op = "max_pool2d",
    .summary = "oneDNN's pooling on NCHW input and output",
    .alignment = 4,
    .supports = supports,
    .prepare = prepare,
    .workspace = workspace,
    .run = run,
    .release = release,
    .library = tb_onednn_library,
};
