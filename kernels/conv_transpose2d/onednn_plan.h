/* The plan of the oneDNN kernels: what is built once, by onednn_plan.c, and executed by onednn.c.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_ONEDNN_PLAN_H
#define TB_ONEDNN_PLAN_H

#include "conv_shape.h"
#include "kernel.h"
#include "onednn/onednn_common.h"

/* The caller's tensors, each in his layout and, where that is another one, in the layout that oneDNN chose. */
enum { X, W, B, Y, ROLES };

/* A primitive with its arguments; primitive is NULL where there is nothing to do. */
struct step {
  dnnl_primitive_t primitive;
  dnnl_memory_t scratchpad;
  size_t scratch; /* bytes */
  int args;
  dnnl_exec_arg_t arg[ROLES + 1];
};

struct tenbin_plan {
  const tenbin_host *host;
  int32_t threads;
  dnnl_engine_t engine;
  dnnl_stream_t stream;
  dnnl_memory_t user[ROLES], chosen[ROLES]; /* chosen is NULL where it is the caller's layout; both are NULL where absent */
  struct step pack, compute, unpack;        /* reorder x, deconvolution, reorder y */
  void *packed;                             /* the weights in the layout chosen */
  size_t offset[ROLES], workspace;          /* of x and y as chosen; the scratchpad, shared by the steps, lies at 0 */
};

/* Builds all of a plan, of which host is set, for a problem whose batch is not empty. weights are the caller's. On an error
 * the plan is to be destroyed as well. */
dnnl_status_t tb_onednn_build(tenbin_plan *plan, const struct conv_shape *s, bool blocked, void *weights);

/* Frees what there is of a plan, and the plan. */
void tb_onednn_destroy(tenbin_plan *plan);

/* Executes a step, if there is one, with its scratchpad at `scratch`. */
dnnl_status_t tb_onednn_execute(const struct step *step, dnnl_stream_t stream, void *scratch);

#endif
