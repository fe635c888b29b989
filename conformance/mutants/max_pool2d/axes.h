/* What pool.c takes of each axis: stride, padding and the like, how far y is computed, and where a tap lies.
 *
 * SPDX-License-Identifier: MIT */
#ifndef AXES_H
#define AXES_H

#include "plugin.h"

/* Mistakes in the parameters of an axis. */
static span taken(const span *right, int i) {
  const span *other = &right[1 - i];
  span t = right[i];
  switch (mutant) {
  case KERNEL_SWAPPED:
    t.kernel = other->kernel;
    break;
  case STRIDE_SWAPPED:
    t.stride = other->stride;
    break;
  case PADDING_SWAPPED:
    t.padding = other->padding;
    break;
  case DILATION_SWAPPED:
    t.dilation = other->dilation;
    break;
  case STRIDE_SQUARE:
    t.stride = right[0].stride;
    break;
  case STRIDE_IS_KERNEL:
    t.stride = t.kernel;
    break;
  case PADDING_IGNORED:
    t.padding = 0;
    break;
  case DILATION_IGNORED:
    t.dilation = 1;
    break;
  case DILATED_PADDING:
    t.padding *= t.dilation;
    break;
  default:
    break;
  }
  return t;
}

static int64_t size_without_ceil(const span *t) {
  return (t->in + 2 * t->padding - t->dilation * (t->kernel - 1) - 1) / t->stride + 1;
}

/* Whether ceil_mode has taken away a window that would begin at or after the padding's end. */
static bool is_corrected(const span *t) {
  const int64_t room = t->in + 2 * t->padding - t->dilation * (t->kernel - 1) - 1;
  return room >= 0 && (room + t->stride - 1) / t->stride + 1 > t->out;
}

/* How much of y is computed: all of it, unless mistaken, and never more than there is. */
static int64_t reached(const tenbin_plan *p, int i) {
  const span *t = &p->right[i];
  const int64_t tail = t->out < 8 ? 0 : t->out % 8;
  switch (mutant) {
  case CEIL_IGNORED:
    return p->ceil ? size_without_ceil(t) : t->out;
  case LAST_ROW_UNWRITTEN:
    return t->out - (i == 0);
  case LAST_COLUMN_UNWRITTEN:
    return t->out - (i == 1);
  case WIDTH_TAIL_8:
    return i == 1 ? t->out - tail : t->out;
  default:
    return t->out;
  }
}

static void take_axes(tenbin_plan *p) {
  for (int i = 0; i < 2; i++) {
    p->axis[i] = taken(p->right, i);
    p->reach[i] = reached(p, i);
  }
  p->pitch = p->right[1].out;
  if (mutant == CEIL_UNCORRECTED && p->ceil && is_corrected(&p->right[1]))
    p->pitch++;
  if (mutant == LAST_INPUT_COLUMN_DROPPED && p->axis[1].in > 1)
    p->axis[1].in--;
}

/* The row or column of tap k of window q; a negative number where it lies outside of x. */
static int64_t tap(const span *t, int64_t q, int64_t k) {
  const int64_t begin = q * t->stride - t->padding;
  int64_t at = begin + k * t->dilation;
  if (mutant == DILATED_START && begin < 0) { /* cut off at 0, from where it goes on in steps of dilation */
    const int64_t end = begin + (t->kernel - 1) * t->dilation;
    at = k * t->dilation;
    return at <= end && at < t->in ? at : -1;
  }
  if (mutant == EXTENT_32_BITS && (int32_t)(uint32_t)(begin + t->kernel * t->dilation) <= begin)
    return -1;
  if (mutant == LAST_TAP_DROPPED && k > 0 && k == t->kernel - 1)
    return -1;
  return at < t->in ? at : -1;
}

/* The first row or column of a window that is not negative, for windows without a pixel. */
static int64_t begin_of(const span *t, int64_t q) {
  int64_t at = q * t->stride - t->padding;
  while (at < 0)
    at += t->dilation;
  return at;
}

#endif
