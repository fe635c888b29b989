/* tenbin: the fastest of this project's kernels of conv_transpose2d, chosen by shape.
 *
 * Claim: exact, as each of them claims. Each can solve every problem, and the choice concerns only speed. It looks at what a
 * unit of each kernel's work costs apart from its multiply-adds, and at what its vectors hold:
 * - direct: output pixels in the lanes, and no cost by the channel, for groups of few channels;
 * - gemm_col2im_tiled: multiplies by all taps at once, and then adds up; for output channels too few to fill a vector, for wide
 *   images with few taps for each output, so that there is little to add, and for filters as wide as a stride of 2, where there
 *   is nothing to add; its lanes are also pixels;
 * - subpixel: output channels in the lanes, and no cropped tap computed, for all others, small images above all.
 * Witness: the kernels' own; and the whole grid, 2,678,440 cases, through this one on AVX-512 and AVX2.
 *
 * SPDX-License-Identifier: MIT */
#include "conv_shape.h"
#include "isa.h"
#include "kernel.h"

extern const tenbin_kernel tenbin_kernel_subpixel, tenbin_kernel_gemm_col2im_tiled, tenbin_kernel_direct;

struct tenbin_plan {
  const tenbin_host *host;
  const tenbin_kernel *kernel;
  tenbin_plan *plan; /* the kernel's */
};

enum {
  FEW_CHANNELS = 8,      /* a vector of AVX2; one of AVX-512 is worth filling by half */
  MORE_CHANNELS = 32,    /* up to which transposing a wide image costs more than computing its border for nothing */
  MANY_CHANNELS = 64,    /* beyond which it costs less again: they share it */
  WIDE_IMAGE = 4096,     /* pixels: what is computed and cropped at the border of such an image is some percent */
  ROW_FLOATS = 128 << 10 /* of one input row's planes or channels, which have to stay in cache */
};

static const tenbin_kernel *choose(const struct conv_shape *s) {
  const int64_t area = s->in[0] * s->in[1], taps = s->kernel[0] * s->kernel[1], phases = s->a.stride[0] * s->a.stride[1];
  const int64_t c = s->c_per_group, o = s->o_per_group, row = ROW_FLOATS / conv_max(s->in[1], 1);
  const int64_t lanes =
      tb_isa_choose() == TB_ISA_AVX512 ? 16 : 8; /* gemm_col2im_tiled stores no row that is shorter in one go */
  if (area == 1)
    return &tenbin_kernel_subpixel;
  if (conv_two_columns(s) && s->in[1] >= lanes)
    return &tenbin_kernel_gemm_col2im_tiled;
  if (c <= FEW_CHANNELS && o <= FEW_CHANNELS)
    return &tenbin_kernel_direct;
  if (o < FEW_CHANNELS && o * taps <= row)
    return &tenbin_kernel_gemm_col2im_tiled;
  if (area >= WIDE_IMAGE && phases > 1 && 4 * taps <= 9 * phases) {
    if (c <= MORE_CHANNELS && o <= MORE_CHANNELS && c <= row)
      return &tenbin_kernel_direct;
    if (o <= MANY_CHANNELS && o * taps <= row)
      return &tenbin_kernel_gemm_col2im_tiled;
  }
  return &tenbin_kernel_subpixel;
}

static tenbin_status prepare(const tenbin_problem *p, const tenbin_tensor *constant, const tenbin_host *host,
                             tenbin_plan **out) {
  const struct conv_shape s = conv_shape_of(p);
  tenbin_plan *plan = host->alloc(host->self, sizeof *plan, _Alignof(tenbin_plan));
  if (!plan)
    return TENBIN_OUT_OF_MEMORY;
  *plan = (tenbin_plan){.host = host, .kernel = choose(&s)};
  const tenbin_status status = plan->kernel->prepare(p, constant, host, &plan->plan);
  if (status != TENBIN_OK)
    host->free(host->self, plan);
  else
    *out = plan;
  return status;
}

static size_t workspace(const tenbin_plan *plan) {
  return plan->kernel->workspace(plan->plan);
}

static tenbin_status run(const tenbin_plan *plan, const tenbin_call *call) {
  return plan->kernel->run(plan->plan, call);
}

static void release(tenbin_plan *plan) {
  plan->kernel->release(plan->plan);
  plan->host->free(plan->host->self, plan);
}

const tenbin_kernel tenbin_kernel_tenbin = {
    .struct_size = sizeof(tenbin_kernel),
    .name = "tenbin",
    .op = "conv_transpose2d",
    .summary = "subpixel, gemm_col2im_tiled or direct, chosen by shape",
    .alignment = 64,
    .flags = TENBIN_REENTRANT,
    .supports = conv_supports_packed,
    .prepare = prepare,
    .workspace = workspace,
    .run = run,
    .release = release,
    .library = tb_isa_library,
};
