/* What the kernels of PyTorch's CPU streams share: their plan, the choice between PyTorch's two paths, and the parts in double.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_TORCH_SCALAR_H
#define TB_TORCH_SCALAR_H

#include "torch_generator.h"

/* A fill of n >= 16 numbers of f32, f16 or bf16, in order from y on, n of them dense. */
typedef void tb_torch_fill(tenbin_generator *g, int32_t dtype, void *y, int64_t n, float mean, float std);

struct tenbin_plan {
  const tenbin_host *host;
  tb_torch_fill *fill;
  bool fused; /* one by one, numbers are scaled by one fused multiply-add (torch-cpu-avx2), not by a product and a sum */
};

tenbin_status tb_torch_prepare(const tenbin_host *host, tb_torch_fill *fill, bool fused, tenbin_plan **out);

/* Tensor.normal_: 16 and more dense elements by the plan's fill, f64 by libm; all others one by one. */
tenbin_status tb_torch_run(const tenbin_plan *plan, const tenbin_call *call);
void tb_torch_release(tenbin_plan *plan);

/* TENBIN_OK, with the claim, for a problem of f32, f64, f16 or bf16 in stream torch-cpu-avx2 or `any`, and where
 * `also_default` in torch-cpu-default; else TENBIN_UNSUPPORTED, with the reason. */
tenbin_status tb_torch_supports(const tenbin_problem *problem, bool also_default, tenbin_answer *answer);

#endif
