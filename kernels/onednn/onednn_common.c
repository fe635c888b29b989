/* What all kernels that stand on oneDNN share.
 *
 * SPDX-License-Identifier: MIT */
#include "onednn/onednn_common.h"

#include <stdio.h>

tenbin_status tb_onednn_refuse(tenbin_answer *answer, const char *why) {
  snprintf(answer->why, sizeof answer->why, "%s", why);
  return TENBIN_UNSUPPORTED;
}

tenbin_status tb_onednn_status(dnnl_status_t status) {
  switch (status) {
  case dnnl_success:
    return TENBIN_OK;
  case dnnl_out_of_memory:
    return TENBIN_OUT_OF_MEMORY;
  case dnnl_unimplemented:
    return TENBIN_UNSUPPORTED;
  default:
    return TENBIN_FAILED;
  }
}

const char *tb_onednn_library(void) {
  static const struct {
    dnnl_cpu_isa_t isa;
    const char *name;
  } known[] = {{dnnl_cpu_isa_default, "default"},
               {dnnl_cpu_isa_sse41, "sse41"},
               {dnnl_cpu_isa_avx, "avx"},
               {dnnl_cpu_isa_avx2, "avx2"},
               {dnnl_cpu_isa_avx2_vnni, "avx2_vnni"},
               {dnnl_cpu_isa_avx2_vnni_2, "avx2_vnni_2"},
               {dnnl_cpu_isa_avx512_core, "avx512_core"},
               {dnnl_cpu_isa_avx512_core_vnni, "avx512_core_vnni"},
               {dnnl_cpu_isa_avx512_core_bf16, "avx512_core_bf16"},
               {dnnl_cpu_isa_avx512_core_fp16, "avx512_core_fp16"},
               {dnnl_cpu_isa_avx512_core_amx, "avx512_core_amx"},
               {dnnl_cpu_isa_avx512_core_amx_fp16, "avx512_core_amx_fp16"}};
  static char text[96];
  const dnnl_version_t *v = dnnl_version();
  const dnnl_cpu_isa_t isa = dnnl_get_effective_cpu_isa();
  const char *name = "unknown";
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (known[i].isa == isa)
      name = known[i].name;
  const char *threads = v->cpu_runtime == DNNL_RUNTIME_OMP          ? "omp"
                        : v->cpu_runtime == DNNL_RUNTIME_TBB        ? "tbb"
                        : v->cpu_runtime == DNNL_RUNTIME_THREADPOOL ? "threadpool"
                                                                    : "seq";
  snprintf(text, sizeof text, "oneDNN %d.%d.%d %s %s", v->major, v->minor, v->patch, threads, name);
  return text;
}
