/* The footprint of a mistake: index sets.
 *
 * SPDX-License-Identifier: MIT */
#include "footprint.h"

#include "footprint_values.h"
#include "index_sets.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where an element lies in a dimension. */
static int64_t coordinate(const tb_problem *p, tb_dimension dimension, int64_t i) {
  const int64_t w = tb_conv2d(p)->out[1], plane = tb_conv2d(p)->out[0] * w;
  const int64_t at[TB_DIMENSIONS] = {i / plane / tb_conv2d(p)->out_channels, i / plane % tb_conv2d(p)->out_channels,
                                     i / w % tb_conv2d(p)->out[0], i % w, i % plane};
  return at[dimension];
}

/* A set's shadow in each dimension, with names. */
struct shadows {
  tb_naming of[TB_DIMENSIONS];
  int64_t count;
  bool by_lines, by_pixels; /* the set is all combinations of its images, channels, and rows and columns; or pixels */
};

static void cast(const tb_problem *p, const bool *set, int64_t elements, struct shadows *out) {
  *out = (struct shadows){0};
  for (int64_t i = 0; i < elements; i++)
    out->count += set[i];
  for (tb_dimension d = 0; d < TB_DIMENSIONS; d++) {
    bool *mask = calloc((size_t)tb_dimension_size(p, d) + 1, sizeof *mask);
    if (!mask)
      abort();
    for (int64_t i = 0; i < elements; i++)
      if (set[i])
        mask[coordinate(p, d, i)] = true;
    tb_name_index_set(p, d, mask, &out->of[d]);
    free(mask);
  }
  const int64_t planes = out->of[TB_IMAGES].count * out->of[TB_CHANNELS].count;
  out->by_lines = out->count == planes * out->of[TB_ROWS].count * out->of[TB_COLUMNS].count;
  out->by_pixels = out->count == planes * out->of[TB_PIXELS].count;
}

/* Adds a dimension's name to a phrase: "the last row", ", in the last column". False: it has none. */
static bool add_name(char *phrase, size_t size, const tb_naming *n, bool exact) {
  const size_t at = strlen(phrase);
  const char *name = *n->exact ? n->exact : exact ? "" : n->inside;
  if (n->all)
    return true;
  if (!*name)
    return false;
  snprintf(phrase + at, size - at, "%s%s", at > 0 ? ", of " : "", name);
  return true;
}

/* The exact names of dimensions as one phrase. False: one of them has none. */
static bool exact_phrase(const struct shadows *s, const tb_dimension *dimensions, int count, char *phrase, size_t size) {
  *phrase = 0;
  for (int i = 0; i < count; i++)
    if (!add_name(phrase, size, &s->of[dimensions[i]], true))
      return false;
  return true;
}

/* The set as all combinations of its shadows. */
static bool report_exact(const struct shadows *s, const char *which, tb_footprint_result *out) {
  static const tb_dimension lines[] = {TB_ROWS, TB_COLUMNS, TB_CHANNELS, TB_IMAGES};
  static const tb_dimension pixels[] = {TB_PIXELS, TB_CHANNELS, TB_IMAGES};
  char phrase[360];
  if (!(s->by_lines && exact_phrase(s, lines, 4, phrase, sizeof phrase)) &&
      !(s->by_pixels && exact_phrase(s, pixels, 3, phrase, sizeof phrase)))
    return false;
  if (*phrase)
    tb_sentences_add(&out->sentences, "the %s elements are exactly %s", which, phrase);
  else
    tb_sentences_add(&out->sentences, "all elements are %s", which);
  return true;
}

/* What the set lies in: rows and columns or pixels, whichever are fewer, and channels and images. */
static void report_inside(const struct shadows *s, const char *which, tb_footprint_result *out) {
  static const tb_dimension dimensions[] = {TB_PIXELS, TB_ROWS, TB_COLUMNS, TB_CHANNELS, TB_IMAGES};
  const tb_naming *rows = &s->of[TB_ROWS], *columns = &s->of[TB_COLUMNS], *pixels = &s->of[TB_PIXELS];
  const bool by_pixels =
      (*pixels->exact ? pixels->count : pixels->inside_count) <
      (*rows->exact ? rows->count : rows->inside_count) * (*columns->exact ? columns->count : columns->inside_count);
  char phrase[360] = "";
  for (int i = 0; i < 5; i++)
    if (i > 2 || by_pixels == (dimensions[i] == TB_PIXELS))
      add_name(phrase, sizeof phrase, &s->of[dimensions[i]], false);
  if (*phrase)
    tb_sentences_add(&out->sentences, "all %s elements are among %s", which, phrase);
}

static void report_index_sets(const tb_problem *p, const bool *set, int64_t elements, const char *which,
                              tb_footprint_result *out) {
  struct shadows s;
  cast(p, set, elements, &s);
  if (s.count == 1 && elements > 1) {
    int64_t i = 0;
    while (!set[i])
      i++;
    tb_sentences_add(&out->sentences,
                     "one element alone is %s: image %" PRId64 ", channel %" PRId64 ", row %" PRId64 ", column %" PRId64, which,
                     coordinate(p, TB_IMAGES, i), coordinate(p, TB_CHANNELS, i), coordinate(p, TB_ROWS, i),
                     coordinate(p, TB_COLUMNS, i));
  }
  if (s.count > 0 && !report_exact(&s, which, out))
    report_inside(&s, which, out);
}

void tb_footprint(const tb_problem *p, const double *got, const double *want, const bool *unwritten, tb_footprint_result *out) {
  const int64_t n = tb_desc_elements(&p->output[TENBIN_Y]);
  bool *wrong = calloc((size_t)n + 1, sizeof *wrong), *never = calloc((size_t)n + 1, sizeof *never);
  memset(out, 0, sizeof *out);
  if (!wrong || !never)
    abort();
  out->elements = n;
  for (int64_t i = 0; i < n; i++) {
    never[i] = unwritten && unwritten[i];
    wrong[i] = !never[i] && got[i] != want[i] && !(isnan(got[i]) && isnan(want[i]));
    out->unwritten += never[i];
    out->wrong += never[i] || wrong[i];
  }
  report_index_sets(p, never, n, "unwritten", out);
  report_index_sets(p, wrong, n, out->unwritten ? "other wrong" : "wrong", out);
  if (out->wrong > out->unwritten)
    tb_footprint_values(p, got, want, wrong, out);
  free(wrong);
  free(never);
}
