/* Inputs and output of a timed problem.
 *
 * SPDX-License-Identifier: MIT */
#include "tensors.h"
#include "chance.h"
#include "timing_host.h"

#define LINE ((size_t)64)
#define PAGE ((size_t)4096)

static void *place(tb_tensors *t, int slot, size_t bytes, uint64_t *random) {
  const size_t offset = random ? LINE * (tb_chance(random) % (PAGE / LINE)) : 0;
  t->memory[slot] = tb_pages_alloc(bytes + (random ? PAGE : 0), 1);
  return t->memory[slot] ? (char *)t->memory[slot] + offset : NULL;
}

bool tb_tensors_make(const tb_problem *p, uint64_t *random, tb_tensors *out) {
  *out = (tb_tensors){0};
  for (int i = 0; i < 3; i++) {
    out->input[i].desc = p->input[i];
    if (p->input[i].dtype == TENBIN_NONE)
      continue;
    out->input[i].data = place(out, i, tb_desc_bytes(&p->input[i]), random);
    if (!out->input[i].data)
      return false;
    tb_fill_f32(p, i, p->c.seed, out->input[i].data);
    if (p->problem.constant >> i & 1)
      out->constant[i] = out->input[i];
  }
  out->output[0].desc = p->output[0];
  if (p->c.op == TB_NORMAL) {
    out->output[0].desc = tb_call_desc(&p->c.normal.call[0], p->c.dtype);
    out->args = tb_call_args(&p->c.normal, &p->c.normal.call[0]);
  }
  out->output[0].data = place(out, 3, tb_desc_bytes(&out->output[0].desc), random);
  return out->output[0].data != NULL;
}

void tb_tensors_free(tb_tensors *t) {
  for (int i = 0; i < 4; i++)
    tb_pages_free(t->memory[i]);
}
