/* onednn_plain, onednn_blocked: conv_transpose2d by oneDNN's deconvolution primitive.
 *
 * plain holds input and output to NCHW and leaves oneDNN the choice of the weights' layout only; blocked leaves it all three,
 * and reorders input and output in every run where the choice is not NCHW. Weights are reordered once, in prepare. Claim:
 * exact; oneDNN is set to compute in strict f32, and its order of summation is its own.
 *
 * oneDNN takes output_padding as a smaller padding at the bottom and right, and refuses that padding where it is -stride or
 * less: what has output_padding >= stride + padding on an axis, which needs dilation > stride, is unsupported.
 *
 * SPDX-License-Identifier: MIT */
#include "onednn_plan.h"

/* oneDNN's interface is 64 bits wide, its kernels' own parameters are not. */
static bool fits_int(const struct conv_shape *s) {
  bool fits = s->batch <= INT32_MAX && s->c_per_group <= INT32_MAX / s->a.groups && s->o_per_group <= INT32_MAX / s->a.groups;
  for (int i = 0; i < 2; i++)
    fits = fits && s->a.stride[i] <= INT32_MAX && s->a.dilation[i] <= INT32_MAX && s->in[i] <= INT32_MAX &&
           s->kernel[i] <= INT32_MAX && s->a.padding[i] <= INT32_MAX / 2 &&
           s->out[i] <= INT32_MAX - 2 * s->a.padding[i]; /* the output before cropping */
  return fits;
}

static tenbin_status supports(const tenbin_problem *p, tenbin_answer *answer) {
  if (!conv_all_dense_f32(p))
    return tb_onednn_refuse(answer, "dense NCHW f32 only");
  if (!(p->constant >> TENBIN_WEIGHT & 1))
    return tb_onednn_refuse(answer, "constant weights only");
  const struct conv_shape s = conv_shape_of(p);
  if (s.batch > 0) { /* an empty output asks nothing of oneDNN */
    for (int i = 0; i < 2; i++)
      if (s.a.output_padding[i] >= s.a.stride[i] + s.a.padding[i])
        return tb_onednn_refuse(answer, "oneDNN needs output_padding < stride + padding");
    if (!fits_int(&s))
      return tb_onednn_refuse(answer, "a size or attribute does not fit oneDNN's 32 bits");
  }
  answer->claim = TENBIN_EXACT;
  return TENBIN_OK;
}

static tenbin_status prepare(const tenbin_problem *p, const tenbin_tensor *constant, const tenbin_host *host, bool blocked,
                             tenbin_plan **out) {
  const struct conv_shape s = conv_shape_of(p);
  tenbin_plan *plan = host->alloc(host->self, sizeof *plan, _Alignof(tenbin_plan));
  if (!plan)
    return TENBIN_OUT_OF_MEMORY;
  *plan = (tenbin_plan){.host = host, .threads = p->threads};
  omp_set_num_threads(p->threads); /* oneDNN divides the work, and sizes the scratchpad, when a primitive is made */
  const tenbin_status status =
      s.batch > 0 ? tb_onednn_status(tb_onednn_build(plan, &s, blocked, constant[TENBIN_WEIGHT].data)) : TENBIN_OK;
  if (status == TENBIN_OK)
    *out = plan;
  else
    tb_onednn_destroy(plan);
  return status;
}

static tenbin_status prepare_plain(const tenbin_problem *p, const tenbin_tensor *constant, const tenbin_host *host,
                                   tenbin_plan **out) {
  return prepare(p, constant, host, false, out);
}

static tenbin_status prepare_blocked(const tenbin_problem *p, const tenbin_tensor *constant, const tenbin_host *host,
                                     tenbin_plan **out) {
  return prepare(p, constant, host, true, out);
}

/* The workspace comes aligned to a float. run aligns it, one step farther if y has the same offset in a page. */
static size_t workspace(const tenbin_plan *plan) {
  return plan->workspace > 0 ? plan->workspace + 2 * TB_ONEDNN_ALIGNMENT - sizeof(float) : 0;
}

/* If both have the same offset in a page, as in hosts that begin both at a page, loads from the scratchpad seem to depend on
 * the stores to y (processors compare the low 12 bits of addresses), which costs 8 % of DCGAN's last layer. */
static char *begin(void *memory, const void *y) {
  uintptr_t skip = -(uintptr_t)memory % TB_ONEDNN_ALIGNMENT;
  if (((uintptr_t)memory + skip - (uintptr_t)y) % 4096 == 0)
    skip += TB_ONEDNN_ALIGNMENT;
  return (char *)memory + skip;
}

static dnnl_status_t set_memory(const tenbin_plan *plan, const tenbin_call *call, char *base) {
  void *const data[ROLES] = {call->input[TENBIN_X].data, call->input[TENBIN_WEIGHT].data, call->input[TENBIN_BIAS].data,
                             call->output[TENBIN_Y].data};
  for (int r = 0; r < ROLES; r++) {
    if (plan->user[r])
      TRY(dnnl_memory_set_data_handle(plan->user[r], data[r]));
    if (plan->chosen[r])
      TRY(dnnl_memory_set_data_handle(plan->chosen[r], r == W ? plan->packed : base + plan->offset[r]));
  }
  return dnnl_success;
}

static dnnl_status_t run_steps(const tenbin_plan *plan, const tenbin_call *call) {
  char *base = call->workspace ? begin(call->workspace, call->output[TENBIN_Y].data) : NULL;
  TRY(set_memory(plan, call, base));
  TRY(tb_onednn_execute(&plan->pack, plan->stream, base));
  TRY(tb_onednn_execute(&plan->compute, plan->stream, base));
  return tb_onednn_execute(&plan->unpack, plan->stream, base);
}

static tenbin_status run(const tenbin_plan *plan, const tenbin_call *call) {
  if (!plan->compute.primitive) /* an empty output */
    return TENBIN_OK;
  omp_set_num_threads(plan->threads); /* a property of the calling thread, which need not be the one that prepared */
  return tb_onednn_status(run_steps(plan, call));
}

#define KERNEL(layouts, about)                                                                                                 \
  const tenbin_kernel tenbin_kernel_onednn_##layouts = {.struct_size = sizeof(tenbin_kernel),                                  \
                                                        .name = "onednn_" #layouts,                                            \
                                                        .op = "conv_transpose2d",                                              \
                                                        .summary = about,                                                      \
                                                        .alignment = 4,                                                        \
                                                        .supports = supports,                                                  \
                                                        .prepare = prepare_##layouts,                                          \
                                                        .workspace = workspace,                                                \
                                                        .run = run,                                                            \
                                                        .release = tb_onednn_destroy,                                          \
                                                        .library = tb_onednn_library}

KERNEL(plain, "oneDNN's deconvolution on NCHW input and output");
KERNEL(blocked, "oneDNN's deconvolution in the layouts it likes best, with reorders");
