/* One axis of a transposed convolution, cut into classes of output positions.
 *
 * SPDX-License-Identifier: MIT */
#include "conv_axis.h"

static int64_t gcd(int64_t a, int64_t b) {
  return b ? gcd(b, a % b) : a;
}

struct conv_axis conv_axis_of(const struct conv_shape *s, int i) {
  const int64_t d = s->a.dilation[i] > 0 ? s->a.dilation[i] : 1; /* PyTorch takes 0 where there is no image */
  const int64_t g = gcd(s->a.stride[i], d);
  return (struct conv_axis){.in = s->in[i],
                            .out = s->out[i],
                            .kernel = s->kernel[i],
                            .stride = s->a.stride[i],
                            .padding = s->a.padding[i],
                            .dilation = d,
                            .step = s->a.stride[i] / g,
                            .shift = d / g};
}

/* The lowest tap of output o's phase, or -1. */
static int64_t lowest_tap(const struct conv_axis *axis, int64_t o) {
  for (int64_t k = 0; k < axis->step && k < axis->kernel; k++)
    if ((o + axis->padding - k * axis->dilation) % axis->stride == 0)
      return k;
  return -1;
}

/* The class of o alone; `lowest` as above. */
static struct conv_class class_of(const struct conv_axis *axis, int64_t o, int64_t lowest) {
  struct conv_class c = {.first = o, .count = 1};
  if (lowest < 0)
    return c;
  /* The phase's tap t lies at i - t*shift; o + padding - k*dilation may be negative, and is a multiple of stride. */
  const int64_t i = (o + axis->padding - lowest * axis->dilation) / axis->stride;
  const int64_t phase = (axis->kernel - lowest + axis->step - 1) / axis->step;
  const int64_t from = i < axis->in ? 0 : (i - axis->in) / axis->shift + 1;
  const int64_t reach = i < 0 ? 0 : i / axis->shift + 1, to = reach < phase ? reach : phase;
  if (from >= to)
    return c;
  c.tap = lowest + from * axis->step;
  c.taps = to - from;
  c.input = i - from * axis->shift;
  return c;
}

/* Writes the classes, and returns how many there are; class may be NULL: only that. */
static int64_t list_classes(const struct conv_axis *axis, struct conv_class *class) {
  int64_t n = 0;
  for (int64_t phase = 0; phase < axis->stride && phase < axis->out; phase++) {
    const int64_t lowest = lowest_tap(axis, phase);
    struct conv_class last = {0};
    for (int64_t o = phase; o < axis->out; o += axis->stride) {
      const struct conv_class c = class_of(axis, o, lowest);
      if (last.count > 0 && c.tap == last.tap && c.taps == last.taps) {
        last.count++;
      } else {
        n += last.count > 0;
        last = c;
      }
      if (class)
        class[n] = last;
    }
    n += last.count > 0;
  }
  return n;
}

/* Phase i as one class. */
static struct conv_class phase_of(const struct conv_axis *axis, int64_t i) {
  const int64_t lowest = lowest_tap(axis, i);
  struct conv_class c = {.first = i, .count = conv_ceil_div(axis->out - i, axis->stride)};
  if (lowest < 0)
    return c;
  c.tap = lowest;
  c.taps = conv_ceil_div(axis->kernel - lowest, axis->step);
  c.input = (i + axis->padding - lowest * axis->dilation) / axis->stride;
  return c;
}

bool conv_axis_classify(struct conv_axis *axis, const tenbin_host *host) {
  axis->classes = list_classes(axis, NULL);
  axis->phases = conv_min(axis->stride, axis->out);
  axis->class =
      host->alloc(host->self, (size_t)(axis->classes + axis->phases) * sizeof *axis->class, _Alignof(struct conv_class));
  if (!axis->class)
    return false;
  list_classes(axis, axis->class);
  axis->phase = axis->class + axis->classes;
  for (int64_t i = 0; i < axis->phases; i++)
    axis->phase[i] = phase_of(axis, i);
  return true;
}

void conv_class_clip(const struct conv_axis *axis, const struct conv_class *c, int64_t first, int64_t last, int64_t *from,
                     int64_t *to) {
  *from = c->first >= first ? 0 : conv_ceil_div(first - c->first, axis->stride);
  *to = c->first >= last ? 0 : conv_ceil_div(last - c->first, axis->stride);
  *to = conv_min(*to, c->count);
}

void conv_axis_window(const struct conv_axis *axis, int64_t first, int64_t last, int64_t *from, int64_t *to) {
  const int64_t low = first + axis->padding - (axis->kernel - 1) * axis->dilation, high = last - 1 + axis->padding;
  *from = low <= 0 ? 0 : (low + axis->stride - 1) / axis->stride;
  *to = high / axis->stride + 1 < axis->in ? high / axis->stride + 1 : axis->in;
  if (*from > *to)
    *from = *to;
}
