/* Calls of normal: sizes, and what is kept of their numbers.
 *
 * SPDX-License-Identifier: MIT */
#include "calls.h"

#include "dtype.h"

#include <string.h>

int64_t tb_call_numbers(const tb_call *call) {
  int64_t n = call->kind == TB_DRAW;
  for (int i = 0; i < call->rank; i++)
    n *= call->size[i];
  return n;
}

int64_t tb_call_kept(const tb_call *call, int32_t dtype) {
  const int64_t n = tb_call_numbers(call), each = (int64_t)tb_dtype_bytes(dtype);
  return !call->strided && n > TB_WINDOW_FROM / each ? TB_WINDOW / each : n;
}

tenbin_desc tb_call_desc(const tb_call *call, int32_t dtype) {
  tb_list shape = {.length = call->rank};
  memcpy(shape.v, call->size, sizeof call->size);
  tenbin_desc desc = tb_desc_dense(&shape, dtype);
  if (call->strided)
    memcpy(desc.stride, call->stride, sizeof call->stride);
  return desc;
}

tenbin_normal_args tb_call_args(const tb_normal *normal, const tb_call *call) {
  return (tenbin_normal_args){sizeof(tenbin_normal_args), call->scaled ? call->mean : normal->mean,
                              call->scaled ? call->std : normal->std};
}
