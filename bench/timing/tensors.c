/* Inputs and outputs of a timed problem.
 *
 * SPDX-License-Identifier: MIT */
#include "tensors.h"
#include "rng.h"
#include "strides.h"
#include "timing_host.h"

#include <stdlib.h>

#define LINE ((size_t)64)
#define PAGE ((size_t)4096)

/* Memory for a tensor that is there. False: there is none. */
static bool place(tb_tensors *t, tenbin_tensor *tensor, uint64_t *random) {
  const size_t offset = random ? LINE * (tb_rng(random) % (PAGE / LINE)) : 0;
  if (tensor->desc.dtype == TENBIN_NONE)
    return true;
  void *memory = tb_pages_alloc(tb_desc_bytes(&tensor->desc) + (random ? PAGE : 0));
  if (!memory)
    return false;
  t->memory[t->memories++] = memory;
  tensor->data = (char *)memory + offset;
  return true;
}

bool tb_tensor_fill(const tb_problem *p, int role, const tenbin_tensor *tensor) {
  if (tb_desc_is_dense(&tensor->desc))
    return p->c.op->fill(p, role, p->c.seed, tensor->data);
  void *dense = malloc(tb_desc_dense_bytes(&tensor->desc) + 1);
  const bool filled = dense && p->c.op->fill(p, role, p->c.seed, dense);
  if (filled)
    tb_desc_scatter(&tensor->desc, dense, tensor->data);
  free(dense);
  return filled;
}

bool tb_tensors_make(const tb_problem *p, uint64_t *random, tb_tensors *out) {
  *out = (tb_tensors){0};
  for (int i = 0; i < p->inputs; i++) {
    out->input[i].desc = p->input[i];
    if (!place(out, &out->input[i], random))
      return false;
    if (out->input[i].data && !tb_tensor_fill(p, i, &out->input[i]))
      return false;
    if (out->input[i].data && p->constant >> i & 1)
      out->constant[i] = out->input[i];
  }
  for (int i = 0; i < p->outputs; i++) {
    out->output[i].desc = p->output[i];
    if (i == 0 && p->c.op->sequence)
      p->c.op->sequence->call(p, 0, &out->output[0].desc, out->args);
    if (!place(out, &out->output[i], random))
      return false;
  }
  return true;
}

void tb_tensors_free(tb_tensors *t) {
  for (int i = 0; i < t->memories; i++)
    tb_pages_free(t->memory[i]);
}
