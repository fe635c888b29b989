/* One axis of a transposed convolution, cut into classes of output positions that the same taps reach.
 *
 * Tap k carries input i to output o = i*stride - padding + k*dilation. The taps of an output o are therefore those with
 * k*dilation = o + padding modulo stride: every `step`-th, step = stride/gcd(stride, dilation), and from one to the next the
 * input lies shift = dilation/gcd(stride, dilation) positions before. All o of one residue modulo stride, a phase, share them,
 * save where an input would lie outside: at both ends a phase has fewer taps, and these positions are classes of their own. So
 * an output is computed from its own taps alone: no tap is cropped, none multiplies a zero of padding.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_CONV_AXIS_H
#define TB_CONV_AXIS_H

#include "conv_shape.h"

struct conv_class {
  int64_t first, count; /* the output positions first + j*stride, 0 <= j < count */
  int64_t tap, taps;    /* the taps tap + t*step, 0 <= t < taps; taps may be 0 */
  int64_t input;        /* which reach position j from input + j - t*shift */
};

struct conv_axis {
  int64_t in, out, kernel, stride, padding, dilation;
  int64_t step, shift;
  int64_t classes, phases;
  struct conv_class *class; /* phase by phase, in each from low positions to high ones */
  struct conv_class *phase; /* each phase, of output positions i modulo stride, as one: as if inputs went on at both ends */
};

/* The axis i (0: height) of s, without its classes and phases. */
struct conv_axis conv_axis_of(const struct conv_shape *s, int i);

/* Makes the classes and phases, in one piece of the host's memory: class, to be freed by the caller. Takes a time of order
 * `out`. False: no memory, and class is NULL. */
bool conv_axis_classify(struct conv_axis *axis, const tenbin_host *host);

/* The class's positions [*from, *to) whose outputs lie in [first, last). */
void conv_class_clip(const struct conv_axis *axis, const struct conv_class *c, int64_t first, int64_t last, int64_t *from,
                     int64_t *to);

/* The inputs [*from, *to) that reach an output in [first, last); empty where none does. */
void conv_axis_window(const struct conv_axis *axis, int64_t first, int64_t last, int64_t *from, int64_t *to);

#endif
