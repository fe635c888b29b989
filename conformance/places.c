/* Sets of places in an output, and their names.
 *
 * SPDX-License-Identifier: MIT */
#include "places.h"

#include "conv_reference.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A set that has a name, against the set that wants one. The first name that fits is kept, with the second in brackets. */
struct search {
  const tb_problem *p;
  const bool *wanted;
  bool *mask;
  tb_naming *out;
  int64_t inside;
  int fits;
};

int64_t tb_dimension_size(const tb_problem *p, tb_dimension dimension) {
  const int64_t sizes[TB_DIMENSIONS] = {p->batch, p->out_channels, p->out[0], p->out[1], p->out[0] * p->out[1]};
  return sizes[dimension];
}

/* Compares the mask with the set, and clears it. */
__attribute__((format(printf, 2, 3))) static void offer(struct search *s, const char *format, ...) {
  const int64_t size = s->out->size;
  int64_t count = 0, outside = 0;
  char name[TB_PLACE_NAME / 2];
  va_list list;
  va_start(list, format);
  vsnprintf(name, sizeof name, format, list);
  va_end(list);
  for (int64_t i = 0; i < size; i++) {
    count += s->mask[i];
    outside += s->wanted[i] && !s->mask[i];
  }
  memset(s->mask, 0, (size_t)size);
  if (outside > 0 || count == size)
    return;
  if (count == s->out->count && s->fits < 2) {
    const size_t at = strlen(s->out->exact);
    snprintf(s->out->exact + at, sizeof s->out->exact - at, s->fits ? " (%s)" : "%s", name);
    s->fits++;
  }
  if (s->inside == 0 || count < s->inside) {
    s->inside = count;
    snprintf(s->out->inside, sizeof s->out->inside, "%s", name);
  }
}

/* Puts lines first, first + step, .. before end into the mask. */
static void put(struct search *s, int64_t first, int64_t end, int64_t step) {
  for (int64_t i = first > 0 ? first : 0; i < end; i += step)
    s->mask[i] = true;
}

/* Lines that an input line or a kernel line carries something to; -1: any. */
static void put_reached(struct search *s, int axis, int64_t input, int64_t kernel) {
  for (int64_t k = 0; k < s->p->kernel[axis]; k++)
    for (int64_t i = 0; i < s->out->size; i++) {
      const int64_t from = tb_conv_source(s->p, axis, i, k);
      if (from >= 0 && (input < 0 || from == input) && (kernel < 0 || k == kernel))
        s->mask[i] = true;
    }
}

static void offer_tails(struct search *s, const char *what) {
  for (int64_t of = 4; of <= 16; of *= 2)
    if (s->out->size > of && s->out->size % of > 0) {
      put(s, s->out->size - s->out->size % of, s->out->size, 1);
      offer(s, "the %ss behind the last multiple of %" PRId64, what, of);
    }
}

static void put_by_taps(struct search *s, int axis, int64_t least, int64_t most) {
  for (int64_t i = 0; i < s->out->size; i++) {
    const int64_t taps = tb_conv_taps(s->p, axis, i);
    s->mask[i] = taps >= least && taps <= most;
  }
}

/* Rows or columns, by their place. */
static void offer_ends(struct search *s, int axis, const char *what) {
  const int64_t n = s->out->size, added = s->p->conv.output_padding[axis];
  put(s, n - 1, n, 1);
  offer(s, "the last %s", what);
  put(s, 0, 1, 1);
  offer(s, "the first %s", what);
  put(s, n - added, n, 1);
  offer(s, "the %s%s that output_padding adds", what, added == 1 ? "" : "s");
  offer_tails(s, what);
  for (int64_t d = 2; d <= 4; d++) {
    put(s, n - d, n, 1);
    offer(s, "the last %" PRId64 " %ss", d, what);
    put(s, 0, d < n ? d : n, 1);
    offer(s, "the first %" PRId64 " %ss", d, what);
  }
  put(s, 0, 1, 1);
  put(s, n - 1, n, 1);
  offer(s, "the first and the last %s", what);
  put(s, 0, n - added, 1);
  offer(s, "all %ss but those that output_padding adds", what);
  put(s, 0, n - 1, 1);
  offer(s, "all %ss but the last", what);
  put(s, 1, n, 1);
  offer(s, "all %ss but the first", what);
  put(s, s->p->in[axis] * s->p->conv.stride[axis], n, 1);
  offer(s, "the %ss from input*stride on", what);
}

/* Rows or columns, by what reaches them. */
static void offer_lines(struct search *s, int axis, const char *what) {
  const int64_t stride = s->p->conv.stride[axis], dilation = s->p->conv.dilation[axis], n = s->out->size;
  offer_ends(s, axis, what);
  put_by_taps(s, axis, 0, 0);
  offer(s, "the %ss that no tap reaches", what);
  for (int64_t of = stride; of > 1; of = of != dilation ? dilation : 0)
    for (int64_t a = 0; a < of && of > 1; a++) {
      put(s, a, n, of);
      offer(s, "the %ss with %s mod %" PRId64 " = %" PRId64, what, what, of, a);
    }
  put_by_taps(s, axis, 2, INT64_MAX);
  offer(s, "the %ss in which taps meet", what);
  put_by_taps(s, axis, 1, 1);
  offer(s, "the %ss that exactly one tap reaches", what);
  put_by_taps(s, axis, 1, INT64_MAX);
  offer(s, "the %ss that a tap reaches", what);
  for (int64_t k = 0; k < s->p->kernel[axis]; k++) {
    put_reached(s, axis, -1, k);
    offer(s, "the %ss that kernel %s %" PRId64 " reaches", what, what, k);
  }
  put_reached(s, axis, s->p->in[axis] - 1, -1);
  offer(s, "the %ss that the last input %s reaches", what, what);
  put_reached(s, axis, 0, -1);
  offer(s, "the %ss that the first input %s reaches", what, what);
}

static void offer_channels(struct search *s) {
  const int64_t n = s->out->size, groups = s->p->conv.groups, each = n / groups;
  offer_tails(s, "channel");
  if (groups > 1 && each > 1)
    for (int64_t g = 0; g < groups; g++) {
      put(s, g * each, (g + 1) * each, 1);
      offer(s, "group %" PRId64, g);
    }
  put(s, each, n, 1);
  offer(s, "the groups behind the first");
  if (each > 1) {
    put(s, 0, n, each);
    offer(s, "the first channel of each group");
    put(s, each - 1, n, each);
    offer(s, "the last channel of each group");
  }
  put(s, n - 1, n, 1);
  offer(s, "the last channel");
  put(s, 1, n, 1);
  offer(s, "all channels but the first");
}

static void offer_images(struct search *s) {
  const int64_t n = s->out->size;
  put(s, 1, n, 1);
  offer(s, "the images behind the first");
  put(s, n - 1, n, 1);
  offer(s, "the last image");
}

/* Pixels whose row is among the last or first rows, or whose column is among the last or first columns. */
static void put_margins(struct search *s, const int64_t first[2], const int64_t last[2]) {
  const int64_t h = s->p->out[0], w = s->p->out[1];
  for (int64_t i = 0; i < h * w; i++)
    s->mask[i] = i / w < first[0] || i / w >= h - last[0] || i % w < first[1] || i % w >= w - last[1];
}

static void put_pixels_by_taps(struct search *s, int64_t least, int64_t most) {
  const int64_t w = s->p->out[1];
  for (int64_t i = 0; i < s->out->size; i++) {
    const int64_t taps = tb_conv_taps(s->p, 0, i / w) * tb_conv_taps(s->p, 1, i % w);
    s->mask[i] = taps >= least && taps <= most;
  }
}

static void offer_pixels(struct search *s) {
  put_margins(s, (int64_t[2]){0, 0}, s->p->conv.output_padding);
  offer(s, "the rows and columns that output_padding adds");
  put_margins(s, (int64_t[2]){0, 0}, (int64_t[2]){1, 1});
  offer(s, "the last row and the last column");
  put_margins(s, (int64_t[2]){1, 1}, (int64_t[2]){0, 0});
  offer(s, "the first row and the first column");
  for (int64_t d = 1; d <= 3; d++) {
    put_margins(s, (int64_t[2]){d, d}, (int64_t[2]){d, d});
    offer(s, "the border of width %" PRId64, d);
  }
  put_pixels_by_taps(s, 0, 0);
  offer(s, "the elements that no tap reaches");
  put_pixels_by_taps(s, 1, 1);
  offer(s, "the elements that exactly one tap reaches");
  put_pixels_by_taps(s, 2, INT64_MAX);
  offer(s, "the elements in which taps meet");
  put_pixels_by_taps(s, 1, INT64_MAX);
  offer(s, "the elements that a tap reaches");
  offer_tails(s, "pixel");
}

/* A few lines by their numbers. */
static void number(const bool *mask, const char *what, tb_naming *out) {
  size_t at = (size_t)snprintf(out->exact, sizeof out->exact, "%s%s", what, out->count > 1 ? "s" : "");
  int64_t left = out->count;
  for (int64_t i = 0; i < out->size; i++)
    if (mask[i]) {
      at += (size_t)snprintf(out->exact + at, sizeof out->exact - at, "%s%" PRId64,
                             left == out->count ? " "
                             : left > 1         ? ", "
                                                : " and ",
                             i);
      left--;
    }
}

void tb_name_places(const tb_problem *p, tb_dimension dimension, const bool *mask, tb_naming *out) {
  static const char *const what[] = {"image", "channel", "row", "column", "pixel"};
  *out = (tb_naming){.size = tb_dimension_size(p, dimension)};
  for (int64_t i = 0; i < out->size; i++)
    out->count += mask[i];
  out->all = out->count == out->size;
  struct search s = {.p = p, .wanted = mask, .out = out, .mask = calloc((size_t)out->size + 1, sizeof *s.mask)};
  if (!s.mask)
    abort();
  if (dimension == TB_IMAGES)
    offer_images(&s);
  else if (dimension == TB_CHANNELS)
    offer_channels(&s);
  else if (dimension == TB_PIXELS)
    offer_pixels(&s);
  else
    offer_lines(&s, dimension == TB_COLUMNS, what[dimension]);
  if (!*out->exact && out->count <= 4 && !out->all && dimension != TB_PIXELS)
    number(mask, what[dimension], out);
  free(s.mask);
}
