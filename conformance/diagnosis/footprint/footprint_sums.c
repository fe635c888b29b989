/* The footprint of a mistake: sums. The operator is linear in x and in the weight: with all but some of their elements put to
 * zero it computes what these contribute.
 *
 * SPDX-License-Identifier: MIT */
#include "footprint_sums.h"

#include "conv_reference.h"
#include "footprint_values.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_MACS = 2000000, MOST_LINES = 16 };

struct sums {
  const tb_problem *p;
  const double *got, *want;
  const bool *wrong;
  tb_footprint_result *out;
  int64_t elements;
  double *x, *w, *b, *some, *part; /* the data; what is left of it; what that contributes */
};

/* A part of the products: those whose x or weight lies in a box. Its input channels are counted within their group; an end of
 * 0 leaves a dimension open. */
struct part {
  int role; /* of x: N, C, H, W; of the weight: C_in, C_out/groups, kH, kW */
  int64_t first[4], end[4];
};

static void *array(int64_t count) {
  void *memory = malloc((size_t)count * sizeof(double) + 1);
  if (!memory)
    abort();
  return memory;
}

static bool in_part(const struct part *part, const int64_t at[4]) {
  for (int d = 0; d < 4; d++)
    if (part->end[d] > 0 && (at[d] < part->first[d] || at[d] >= part->end[d]))
      return false;
  return true;
}

static void contribute(const struct sums *s, const struct part *part) {
  const tenbin_desc *desc = &s->p->input[part->role];
  const double *data = part->role == TENBIN_X ? s->x : s->w;
  const int64_t per_group = tb_conv2d(s->p)->in_channels / tb_conv2d(s->p)->conv.groups;
  for (int64_t i = 0; i < tb_desc_elements(desc); i++) {
    int64_t at[4] = {0};
    for (int d = 0; d < desc->rank; d++)
      at[4 - desc->rank + d] = i / desc->stride[d] % desc->size[d];
    at[part->role == TENBIN_X] %= per_group;
    s->some[i] = in_part(part, at) ? data[i] : 0;
  }
  tb_conv_scatter(s->p, part->role == TENBIN_X ? s->some : s->x, part->role == TENBIN_X ? s->w : s->some, NULL, s->part);
}

/* Whether each wrong element lacks the part, or is nothing else but the part and the bias. */
static bool matches(const struct sums *s, bool lacks) {
  const int64_t plane = tb_conv2d(s->p)->out[0] * tb_conv2d(s->p)->out[1];
  bool any = false;
  for (int64_t i = 0; i < s->elements; i++) {
    if (!s->wrong[i])
      continue;
    const double bias = s->b ? s->b[i / plane % tb_conv2d(s->p)->out_channels] : 0;
    if (lacks ? s->want[i] - s->got[i] != s->part[i] : s->got[i] - bias != s->part[i])
      return false;
    any = any || s->part[i] != 0;
  }
  return any;
}

static bool try_part(const struct sums *s, const struct part *part, const char *name) {
  contribute(s, part);
  for (int lacks = 1; lacks >= 0; lacks--)
    if (matches(s, lacks)) {
      tb_sentences_add(
          &s->out->sentences,
          lacks ? "each wrong element lacks the products of %s" : "each wrong element has the products of %s alone", name);
      return true;
    }
  return false;
}

/* Each single line of a dimension. */
static bool try_lines(const struct sums *s, int role, int dimension, int64_t lines, const char *what) {
  for (int64_t i = 0; i < lines && i < MOST_LINES; i++) {
    /* From both ends, since mistakes are made there. */
    const int64_t line = i % 2 ? lines - 1 - i / 2 : i / 2;
    char name[80];
    snprintf(name, sizeof name, "%s %" PRId64 "%s", what, line, line == lines - 1 ? ", the last" : "");
    struct part part = {.role = role};
    part.first[dimension] = line;
    part.end[dimension] = line + 1;
    if (try_part(s, &part, name))
      return true;
  }
  return false;
}

static bool try_tails(const struct sums *s, int64_t channels) {
  for (int64_t of = 4; of <= 16; of *= 2) {
    char name[80];
    snprintf(name, sizeof name, "the input channels after the last multiple of %" PRId64, of);
    if (channels > of && channels % of > 0 &&
        try_part(s, &(struct part){TENBIN_X, {0, channels - channels % of}, {0, channels}}, name))
      return true;
  }
  return false;
}

/* The first and the last tap. */
static bool try_taps(const struct sums *s) {
  const int64_t h = tb_conv2d(s->p)->kernel[0], w = tb_conv2d(s->p)->kernel[1];
  return h * w > 1 &&
         (try_part(s, &(struct part){TENBIN_WEIGHT, {0, 0, h - 1, w - 1}, {0, 0, h, w}}, "the kernel's last tap") ||
          try_part(s, &(struct part){TENBIN_WEIGHT, {0}, {0, 0, 1, 1}}, "the kernel's first tap"));
}

bool tb_footprint_sums(const tb_problem *p, const double *got, const double *want, const bool *wrong,
                       tb_footprint_result *out) {
  const int64_t nx = tb_desc_elements(&p->input[TENBIN_X]), nw = tb_desc_elements(&p->input[TENBIN_WEIGHT]);
  const int64_t n = tb_desc_elements(&p->output[TENBIN_Y]), channels = tb_conv2d(p)->in_channels / tb_conv2d(p)->conv.groups;
  if (tb_case_work(&p->c) > MOST_MACS)
    return false;
  struct sums s = {p, got, want, wrong, out, n, array(nx), array(nw), NULL, array(nx > nw ? nx : nw), array(n)};
  tb_fill_f64(p, TENBIN_X, p->c.seed, s.x);
  tb_fill_f64(p, TENBIN_WEIGHT, p->c.seed, s.w);
  if (tb_conv_of(&p->c)->bias) {
    s.b = array(tb_conv2d(p)->out_channels);
    tb_fill_f64(p, TENBIN_BIAS, p->c.seed, s.b);
  }
  const bool found =
      (tb_conv2d(p)->kernel[0] > 1 && try_lines(&s, TENBIN_WEIGHT, 2, tb_conv2d(p)->kernel[0], "kernel row")) ||
      (tb_conv2d(p)->kernel[1] > 1 && try_lines(&s, TENBIN_WEIGHT, 3, tb_conv2d(p)->kernel[1], "kernel column")) ||
      (tb_conv2d(p)->in[0] > 1 && try_lines(&s, TENBIN_X, 2, tb_conv2d(p)->in[0], "input row")) ||
      (tb_conv2d(p)->in[1] > 1 && try_lines(&s, TENBIN_X, 3, tb_conv2d(p)->in[1], "input column")) || try_taps(&s) ||
      try_tails(&s, channels) || (channels > 1 && try_lines(&s, TENBIN_X, 1, channels, "input channel"));
  free(s.x);
  free(s.w);
  free(s.b);
  free(s.some);
  free(s.part);
  return found;
}
