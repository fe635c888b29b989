/* Index sets of an output, and their names.
 *
 * SPDX-License-Identifier: MIT */
#include "index_sets.h"

#include "conv_reference.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Compares sets that have a name with the set that needs one. The first name that fits is kept, the second in brackets. */
struct search {
  const tb_problem *p;
  const bool *wanted;
  bool *mask, *reached; /* the set at hand; what a tap reaches */
  tb_naming *out;
  bool restricted; /* to what a tap reaches, for a mistake in the products leaves the other elements right */
  int fits;
};

static const char *const words[TB_DIMENSIONS] = {"image", "channel", "row", "column", "pixel"};

int64_t tb_dimension_size(const tb_problem *p, tb_dimension dimension) {
  const int64_t sizes[TB_DIMENSIONS] = {tb_conv2d(p)->batch, tb_conv2d(p)->out_channels, tb_conv2d(p)->out[0],
                                        tb_conv2d(p)->out[1], tb_conv2d(p)->out[0] * tb_conv2d(p)->out[1]};
  return sizes[dimension];
}

static void clear(bool *mask, int64_t size) {
  for (int64_t i = 0; i < size; i++)
    mask[i] = false;
}

/* Compares the mask with the set. */
static void compare(struct search *s, const char *name) {
  int64_t count = 0, outside = 0;
  for (int64_t i = 0; i < s->out->size; i++) {
    count += s->mask[i];
    outside += s->wanted[i] && !s->mask[i];
  }
  if (outside > 0 || count == s->out->size)
    return;
  if (count == s->out->count && s->fits < 2) {
    const size_t at = strlen(s->out->exact);
    snprintf(s->out->exact + at, sizeof s->out->exact - at, s->fits ? " (%s)" : "%s", name);
    s->fits++;
  }
  if (count < s->out->inside_count) {
    s->out->inside_count = count;
    snprintf(s->out->inside, sizeof s->out->inside, "%s", name);
  }
}

/* Compares the mask, or what of it a tap reaches, with the set, and clears it. */
__attribute__((format(printf, 2, 3))) static void offer(struct search *s, const char *format, ...) {
  char name[TB_INDEX_SET_NAME / 2];
  va_list list;
  va_start(list, format);
  int at = vsnprintf(name, sizeof name, format, list);
  va_end(list);
  bool less = false;
  for (int64_t i = 0; i < s->out->size && s->restricted; i++) {
    less = less || (s->mask[i] && !s->reached[i]);
    s->mask[i] = s->mask[i] && s->reached[i];
  }
  if (less && at > 0 && at < (int)sizeof name)
    snprintf(name + at, sizeof name - (size_t)at, ", where a tap reaches");
  if (less == s->restricted)
    compare(s, name);
  clear(s->mask, s->out->size);
}

/* Puts lines first, first + step, .. before end into the mask. */
static void put(struct search *s, int64_t first, int64_t end, int64_t step) {
  for (int64_t i = first > 0 ? first : 0; i < end; i += step)
    s->mask[i] = true;
}

/* Lines that an input line or a kernel line carries something to; -1: any. */
static void put_reached(struct search *s, int axis, int64_t input, int64_t kernel) {
  for (int64_t k = 0; k < tb_conv2d(s->p)->kernel[axis]; k++)
    for (int64_t i = 0; i < s->out->size; i++) {
      const int64_t from = tb_conv_source(s->p, axis, i, k);
      if (from >= 0 && (input < 0 || from == input) && (kernel < 0 || k == kernel))
        s->mask[i] = true;
    }
}

/* The lines of blocks of `each` after the last multiple of 4, 8 and 16 in a block; equal multiples have one name. */
static void offer_tails(struct search *s, int64_t each, const char *what) {
  for (int64_t of = 4; of <= 16;) {
    const int64_t first = each - each % of;
    char multiples[20];
    size_t at = (size_t)snprintf(multiples, sizeof multiples, "%" PRId64, of);
    for (of *= 2; of <= 16 && each - each % of == first && first > 0; of *= 2)
      at += (size_t)snprintf(multiples + at, sizeof multiples - at, " and %" PRId64, of);
    for (int64_t block = 0; block < s->out->size && first > 0; block += each)
      put(s, block + first, block + each, 1);
    offer(s, "the %s after the last multiple of %s", what, multiples);
  }
}

static void put_by_taps(struct search *s, int axis, int64_t least, int64_t most) {
  for (int64_t i = 0; i < s->out->size; i++) {
    const int64_t taps = tb_conv_taps(s->p, axis, i);
    s->mask[i] = taps >= least && taps <= most;
  }
}

/* Rows or columns at the ends. */
static void offer_ends(struct search *s, int axis, const char *what) {
  const int64_t n = s->out->size, added = tb_conv2d(s->p)->conv.output_padding[axis];
  put(s, n - 1, n, 1);
  offer(s, "the last %s", what);
  put(s, 0, 1, 1);
  offer(s, "the first %s", what);
  put(s, n - added, n, 1);
  offer(s, "the %s%s that output_padding adds", what, added == 1 ? "" : "s");
  char lines[16];
  snprintf(lines, sizeof lines, "%ss", what);
  offer_tails(s, n, lines);
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
  put(s, tb_conv2d(s->p)->in[axis] * tb_conv2d(s->p)->conv.stride[axis], n, 1);
  offer(s, "the %ss from input*stride on", what);
}

/* Rows or columns, by what reaches them. */
static void offer_lines(struct search *s, int axis, const char *what) {
  const int64_t stride = tb_conv2d(s->p)->conv.stride[axis], dilation = tb_conv2d(s->p)->conv.dilation[axis], n = s->out->size;
  offer_ends(s, axis, what);
  put_by_taps(s, axis, 0, 0);
  offer(s, "the %ss that no tap reaches", what);
  put_by_taps(s, axis, 1, INT64_MAX);
  offer(s, "the %ss that a tap reaches", what);
  for (int64_t of = stride; of > 1; of = of != dilation ? dilation : 0)
    for (int64_t a = 0; a < of && of > 1; a++) {
      put(s, a, n, of);
      offer(s, "the %ss with %s mod %" PRId64 " = %" PRId64, what, what, of, a);
    }
  put_by_taps(s, axis, 2, INT64_MAX);
  offer(s, "the %ss in which taps meet", what);
  put_by_taps(s, axis, 1, 1);
  offer(s, "the %ss that exactly one tap reaches", what);
  for (int64_t k = 0; k < tb_conv2d(s->p)->kernel[axis]; k++) {
    put_reached(s, axis, -1, k);
    offer(s, "the %ss that kernel %s %" PRId64 " reaches", what, what, k);
  }
  put_reached(s, axis, tb_conv2d(s->p)->in[axis] - 1, -1);
  offer(s, "the %ss that the last input %s reaches", what, what);
  put_reached(s, axis, 0, -1);
  offer(s, "the %ss that the first input %s reaches", what, what);
}

static void offer_channels(struct search *s) {
  const int64_t n = s->out->size, groups = tb_conv2d(s->p)->conv.groups, each = n / groups;
  offer_tails(s, n, "channels");
  if (groups > 1)
    offer_tails(s, each, "channels of each group");
  if (groups > 1 && each > 1)
    for (int64_t g = 0; g < groups; g++) {
      put(s, g * each, (g + 1) * each, 1);
      offer(s, "group %" PRId64, g);
    }
  put(s, each, n, 1);
  offer(s, "the groups after the first");
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
  offer(s, "the images after the first");
  put(s, n - 1, n, 1);
  offer(s, "the last image");
}

/* Pixels whose row is among the last or first rows, or whose column is among the last or first columns. */
static void put_margins(struct search *s, const int64_t first[2], const int64_t last[2]) {
  const int64_t h = tb_conv2d(s->p)->out[0], w = tb_conv2d(s->p)->out[1];
  for (int64_t i = 0; i < h * w; i++)
    s->mask[i] = i / w < first[0] || i / w >= h - last[0] || i % w < first[1] || i % w >= w - last[1];
}

static void put_pixels_by_taps(struct search *s, int64_t least, int64_t most) {
  const int64_t w = tb_conv2d(s->p)->out[1];
  for (int64_t i = 0; i < s->out->size; i++) {
    const int64_t taps = tb_conv_taps(s->p, 0, i / w) * tb_conv_taps(s->p, 1, i % w);
    s->mask[i] = taps >= least && taps <= most;
  }
}

static void offer_pixels(struct search *s) {
  put_margins(s, (int64_t[2]){0, 0}, tb_conv2d(s->p)->conv.output_padding);
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
  put_pixels_by_taps(s, 1, INT64_MAX);
  offer(s, "the elements that a tap reaches");
  put_pixels_by_taps(s, 1, 1);
  offer(s, "the elements that exactly one tap reaches");
  put_pixels_by_taps(s, 2, INT64_MAX);
  offer(s, "the elements in which taps meet");
  offer_tails(s, s->out->size, "pixels");
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

/* Which lines a tap reaches; all images and channels count as reached. */
static void find_reached(struct search *s, tb_dimension dimension) {
  if (dimension == TB_PIXELS)
    put_pixels_by_taps(s, 1, INT64_MAX);
  else if (dimension == TB_ROWS || dimension == TB_COLUMNS)
    put_by_taps(s, dimension == TB_COLUMNS, 1, INT64_MAX);
  else
    put(s, 0, s->out->size, 1);
  for (int64_t i = 0; i < s->out->size; i++)
    s->reached[i] = s->mask[i];
  clear(s->mask, s->out->size);
}

static void offer_all(struct search *s, tb_dimension dimension) {
  if (dimension == TB_IMAGES)
    offer_images(s);
  else if (dimension == TB_CHANNELS)
    offer_channels(s);
  else if (dimension == TB_PIXELS)
    offer_pixels(s);
  else
    offer_lines(s, dimension == TB_COLUMNS, words[dimension]);
}

void tb_name_index_set(const tb_problem *p, tb_dimension dimension, const bool *mask, tb_naming *out) {
  *out = (tb_naming){.size = tb_dimension_size(p, dimension)};
  for (int64_t i = 0; i < out->size; i++)
    out->count += mask[i];
  out->all = out->count == out->size;
  out->inside_count = out->size;
  bool *scratch = calloc(2 * (size_t)out->size + 1, sizeof *scratch);
  if (!scratch)
    abort();
  struct search s = {p, mask, scratch, scratch + out->size, out, false, 0};
  find_reached(&s, dimension);
  offer_all(&s, dimension);
  s.restricted = s.fits == 0;
  if (s.restricted)
    offer_all(&s, dimension);
  if (!*out->exact && out->count <= 4 && !out->all && dimension != TB_PIXELS)
    number(mask, words[dimension], out);
  free(scratch);
}
