/* What the kernels of conv_transpose2d's zoo share: a problem's shape, what they support, and what table.h asks.
 *
 * SPDX-License-Identifier: MIT */
#ifndef PLUGIN_H
#define PLUGIN_H

#include "rows.h"

#include <stdio.h>

/* One axis of a problem: height or width. */
typedef struct axis {
  int64_t in, kernel, out, stride, padding, output_padding, dilation;
} axis;

typedef struct shape {
  int64_t batch, groups, c_per_group, o_per_group;
  axis axis[2];
} shape;

static shape shape_of(const tenbin_problem *p) {
  const tenbin_conv2d *a = p->attr;
  const tenbin_desc *x = &p->input[TENBIN_X], *w = &p->input[TENBIN_WEIGHT], *y = &p->output[TENBIN_Y];
  shape s = {.batch = x->rank == 4 ? x->size[0] : 1, .groups = a->groups, .o_per_group = w->size[1]};
  s.c_per_group = w->size[0] / a->groups;
  for (int i = 0; i < 2; i++)
    s.axis[i] = (axis){.in = x->size[x->rank - 2 + i],
                       .kernel = w->size[2 + i],
                       .out = y->size[y->rank - 2 + i],
                       .stride = a->stride[i],
                       .padding = a->padding[i],
                       .output_padding = a->output_padding[i],
                       .dilation = a->dilation[i]};
  return s;
}

static tenbin_status supports(const tenbin_problem *p, tenbin_answer *answer) {
  if (p->input[TENBIN_X].dtype != TENBIN_F32) {
    snprintf(answer->why, sizeof answer->why, "f32 only");
    return TENBIN_UNSUPPORTED;
  }
  answer->claim = TENBIN_EXACT;
  return TENBIN_OK;
}

/* For table.h, which comes after a source's functions; workspace is one of them. */
#define OP "conv_transpose2d"
#define SUMMARY "a kernel of the zoo"
#define FUNCTIONS(id) ENTRY_WORKSPACE(id)
#define FIELDS(id) .alignment = 4, .workspace = id##_workspace

#endif
