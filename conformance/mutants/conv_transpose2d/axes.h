/* What scatter.c takes of each axis: stride, padding and the like, where a tap lands, and how far y is computed.
 *
 * SPDX-License-Identifier: MIT */
#ifndef AXES_H
#define AXES_H

#include "scatter.h"

/* Mistakes that take one axis for the other. */
static axis swapped(const axis *right, int i) {
  const axis *other = &right[1 - i], *height = &right[0], *width = &right[1];
  axis t = right[i];
  switch (mutant) {
  case STRIDE_SWAPPED:
    t.stride = other->stride;
    break;
  case PADDING_SWAPPED:
    t.padding = other->padding;
    break;
  case DILATION_SWAPPED:
    t.dilation = other->dilation;
    break;
  case KERNEL_SWAPPED:
    t.kernel = other->kernel;
    break;
  case INPUT_SWAPPED:
    t.in = other->in;
    break;
  case OUTPUT_SWAPPED:
    t.out = other->out;
    break;
  case STRIDE_SQUARE:
    t.stride = height->stride;
    break;
  case PADDING_SQUARE:
    t.padding = height->padding;
    break;
  case DILATION_SQUARE:
    t.dilation = height->dilation;
    break;
  case HEIGHT_ONE_SQUEEZED:
    t.in = height->in == 1 ? other->in : t.in;
    break;
  case WIDTH_ONE_SQUEEZED:
    t.in = width->in == 1 ? other->in : t.in;
    break;
  default:
    break;
  }
  return t;
}

/* Mistakes in stride and dilation, whatever the other axis. */
static void spaced(const tenbin_plan *p, axis *t) {
  const int64_t stride = t->stride, dilation = t->dilation;
  switch (mutant) {
  case STRIDE_DILATION_SWAPPED:
    t->stride = dilation;
    t->dilation = stride;
    break;
  case DILATION_IGNORED:
    t->dilation = 1;
    break;
  case STRIDED_DILATION_IGNORED:
    t->dilation = stride > 1 ? 1 : dilation;
    break;
  case DILATED_STRIDE_IGNORED:
    t->stride = dilation > 1 ? 1 : stride;
    break;
  case GROUPS_AS_DILATION:
    t->dilation = p->s.groups;
    break;
  case ONE_TAP_STRIDE_IGNORED:
    t->stride = p->one_tap ? 1 : stride;
    break;
  case TILED_DILATION_IGNORED:
    t->dilation = p->tiled ? 1 : dilation;
    break;
  case STRIDE_BELOW_9:
    t->stride = least(stride, 8);
    break;
  default:
    break;
  }
}

/* What lies before y: the padding, unless mistaken. */
static int64_t cropped(const tenbin_plan *p, const axis *t) {
  const int64_t extent = t->dilation * (t->kernel - 1);
  switch (mutant) {
  case OUTPUT_PADDING_BEGIN:
    return t->padding - t->output_padding;
  case OUTPUT_PADDING_ON_INPUT:
    return t->padding - t->output_padding * t->stride;
  case DILATION_IGNORED_IN_PADDING:
    return t->padding + extent - (t->kernel - 1);
  case PADDING_IGNORED:
    return 0;
  case PADDING_ADDED:
    return -t->padding;
  case PADDING_TIMES_STRIDE:
    return t->padding * t->stride;
  case PADDING_BELOW_KERNEL:
    return least(t->padding, t->kernel - 1);
  case PADDING_BELOW_EXTENT:
    return least(t->padding, extent);
  case PADDING_AS_CONVOLUTION:
    return p->s.axis[0].stride == 1 && p->s.axis[1].stride == 1 ? extent - t->padding : t->padding;
  case PADDING_HALVED_DOWN:
    return (2 * t->padding - t->output_padding) / 2;
  case PADDING_HALVED_UP:
    return (2 * t->padding - t->output_padding + 1) / 2;
  case ONE_TAP_PADDING_IGNORED:
    return p->one_tap ? 0 : t->padding;
  case TILED_PADDING_IGNORED:
    return p->tiled ? 0 : t->padding;
  case SINGLE_PIXEL_PADDING_IGNORED:
    return p->single_pixel ? 0 : t->padding;
  default:
    return t->padding;
  }
}

/* How much of y is computed: all of it, unless mistaken, and never more than there is. */
static int64_t reached(const axis *t, const axis *right, int i) {
  const axis *other = &right[1 - i], *height = &right[0];
  const int64_t without = t->out - t->output_padding;
  switch (mutant) {
  case OUTPUT_PADDING_UNWRITTEN:
    return without;
  case OUTPUT_PADDING_BELOW_STRIDE:
    return without + least(t->output_padding, t->stride - 1);
  case OUTPUT_PADDING_SWAPPED:
    return least(t->out, without + other->output_padding);
  case OUTPUT_PADDING_SQUARE:
    return least(t->out, without + height->output_padding);
  case DILATION_IGNORED_IN_EXTENT:
    return t->out - (t->dilation - 1) * (t->kernel - 1);
  case LAST_ROW_UNWRITTEN:
    return t->out - (i == 0);
  case LAST_COLUMN_UNWRITTEN:
    return t->out - (i == 1);
  case WIDTH_TAIL_4:
    return i == 1 ? whole_vectors(t->out, 4) : t->out;
  case WIDTH_TAIL_8:
    return i == 1 ? whole_vectors(t->out, 8) : t->out;
  case WIDTH_TAIL_16:
    return i == 1 ? whole_vectors(t->out, 16) : t->out;
  default:
    return t->out;
  }
}

static void take_axes(tenbin_plan *p) {
  const axis *right = p->right.axis;
  for (int i = 0; i < 2; i++) {
    axis *t = &p->s.axis[i];
    *t = swapped(right, i);
    spaced(p, t);
    p->begin[i] = cropped(p, t);
    p->reach[i] = reached(t, right, i);
    if (mutant == OUTPUT_PADDING_IGNORED) /* also in memory */
      p->reach[i] = t->out -= t->output_padding;
    if (mutant == OUTPUT_PADDING_TIMES_STRIDE)
      p->reach[i] = t->out += t->output_padding * (t->stride - 1);
    if (mutant == KERNEL_BELOW_17)
      t->kernel = least(t->kernel, 16);
  }
}

/* The row or column of y that tap k of input row or column i reaches. */
static int64_t landing(const tenbin_plan *p, int axis, int64_t i, int64_t k) {
  const int64_t stride = p->s.axis[axis].stride, dilation = p->s.axis[axis].dilation;
  const int64_t at = i * stride + k * dilation - p->begin[axis];
  if (mutant == DILATED_PHASES) /* y's phase is that of k, where it ought to be that of k * dilation */
    return at + (stride - (dilation - 1) * k % stride) % stride;
  return at;
}

#endif
