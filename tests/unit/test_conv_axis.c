/* The classes of an axis against the definition: every tap, input and output of many axes.
 *
 * SPDX-License-Identifier: MIT */
#include "conv_transpose2d/conv_axis.h"
#include "test.h"

#include <stdlib.h>

static void *take(void *self, size_t bytes, size_t alignment) {
  (void)self;
  (void)alignment;
  return malloc(bytes ? bytes : 1);
}

static const tenbin_host host = {.struct_size = sizeof host, .alloc = take};

/* How often the classes have input i reach output o by tap k. */
static int reached(const struct conv_axis *axis, int64_t i, int64_t o, int64_t k) {
  int times = 0;
  for (int64_t q = 0; q < axis->classes; q++) {
    const struct conv_class *c = &axis->class[q];
    for (int64_t j = 0; j < c->count; j++)
      for (int64_t t = 0; t < c->taps; t++)
        times += c->first + j * axis->stride == o && c->tap + t * axis->step == k && c->input + j - t * axis->shift == i;
  }
  return times;
}

/* How often output o is in a class. */
static int listed(const struct conv_axis *axis, int64_t o) {
  int times = 0;
  for (int64_t q = 0; q < axis->classes; q++)
    for (int64_t j = 0; j < axis->class[q].count; j++)
      times += axis->class[q].first + j * axis->stride == o;
  return times;
}

static bool window_holds(const struct conv_axis *axis, int64_t i, int64_t o) {
  int64_t from, to;
  conv_axis_window(axis, o, o + 1, &from, &to);
  return from <= i && i < to;
}

static bool right(const struct conv_axis *axis) {
  for (int64_t o = 0; o < axis->out; o++) {
    if (listed(axis, o) != 1)
      return false;
    for (int64_t i = 0; i < axis->in; i++)
      for (int64_t k = 0; k < axis->kernel; k++) {
        const int want = i * axis->stride - axis->padding + k * axis->dilation == o;
        if (reached(axis, i, o, k) != want || (want && !window_holds(axis, i, o)))
          return false;
      }
  }
  return true;
}

/* A phase is what its fullest class is, where it has one with all taps. */
static bool phases_agree(const struct conv_axis *axis) {
  for (int64_t q = 0; q < axis->classes; q++) {
    const struct conv_class *c = &axis->class[q], f = axis->phase[c->first % axis->stride];
    const int64_t j = (c->first - f.first) / axis->stride;
    if (c->taps > f.taps || (c->taps == f.taps && c->taps > 0 && (c->tap != f.tap || c->input != f.input + j)))
      return false;
  }
  return true;
}

int main(void) {
  int axes = 0, wrong = 0, torn = 0;
  tb_tap_start(&test_tap, stdout);
  for (int in = 1; in <= 5; in++)
    for (int kernel = 1; kernel <= 6; kernel++)
      for (int stride = 1; stride <= 6; stride++)
        for (int dilation = 1; dilation <= 4; dilation++)
          for (int padding = 0; padding <= 4; padding++)
            for (int extra = 0; extra < stride || extra < dilation; extra++) {
              struct conv_shape s = {.in = {in, in}, .kernel = {kernel, kernel}};
              for (int i = 0; i < 2; i++) {
                s.a.stride[i] = stride, s.a.dilation[i] = dilation, s.a.padding[i] = padding;
                s.out[i] = (in - 1) * stride - 2 * padding + dilation * (kernel - 1) + extra + 1;
              }
              if (s.out[0] <= 0)
                continue;
              struct conv_axis axis = conv_axis_of(&s, 1);
              conv_axis_classify(&axis, &host);
              axes++;
              wrong += !right(&axis);
              torn += !phases_agree(&axis);
              free(axis.class);
            }
  check(axes > 10000 && wrong == 0, "the classes are the definition, on all of %d axes", axes);
  check(torn == 0, "a phase is its classes as if inputs went on at both ends");
  return finish();
}
