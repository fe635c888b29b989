/* What all kernels that stand on oneDNN share.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_ONEDNN_COMMON_H
#define TB_ONEDNN_COMMON_H

#include "kernel.h"

#include <oneapi/dnnl/dnnl.h>

/* Bytes, of packed weights and of the parts of a workspace: a cache line, and what oneDNN's vector stores want. */
#define TB_ONEDNN_ALIGNMENT 64

/* Returns from the function on an error. */
#define TRY(call)                                                                                                              \
  do {                                                                                                                         \
    const dnnl_status_t status_ = (call);                                                                                      \
    if (status_ != dnnl_success)                                                                                               \
      return status_;                                                                                                          \
  } while (0)

/* OpenMP's own function. Its header belongs to a compiler, but the runtime that must know is the one that oneDNN is linked to.
 */
extern void omp_set_num_threads(int threads);

tenbin_status tb_onednn_status(dnnl_status_t status);

/* Refuses a problem, with the reason. */
tenbin_status tb_onednn_refuse(tenbin_answer *answer, const char *why);

/* Such as "oneDNN 3.2.0 omp avx512_core": version, threads, instruction set. */
const char *tb_onednn_library(void);

#endif
