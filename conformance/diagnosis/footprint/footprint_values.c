/* The footprint of a mistake: values. Data is exact (see tb_fill_f64), so that an equality is no accident.
 *
 * SPDX-License-Identifier: MIT */
#include "footprint_values.h"

#include "conv_reference.h"
#include "footprint_sums.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct values {
  const tb_problem *p;
  const double *got, *want, *bias; /* bias: NULL if there is none */
  const bool *wrong;
  int64_t elements, count;
  tb_footprint_result *out;
};

/* The wrong element after i; elements: there is none. */
static int64_t next(const struct values *v, int64_t i) {
  for (i++; i < v->elements && !v->wrong[i]; i++)
    ;
  return i;
}

static int64_t channel_of(const struct values *v, int64_t i) {
  return i / (tb_conv2d(v->p)->out[0] * tb_conv2d(v->p)->out[1]) % tb_conv2d(v->p)->out_channels;
}

/* Whether f holds for all wrong elements. */
static bool all(const struct values *v, bool (*f)(const struct values *v, int64_t i, int64_t argument), int64_t argument) {
  for (int64_t i = next(v, -1); i < v->elements; i = next(v, i))
    if (!f(v, i, argument))
      return false;
  return true;
}

static bool is_nan(const struct values *v, int64_t i, int64_t ignored) {
  (void)ignored;
  return isnan(v->got[i]);
}

static bool is_infinite(const struct values *v, int64_t i, int64_t ignored) {
  (void)ignored;
  return isinf(v->got[i]);
}

static bool is_zero(const struct values *v, int64_t i, int64_t ignored) {
  (void)ignored;
  return v->got[i] == 0;
}

static bool is_negated(const struct values *v, int64_t i, int64_t ignored) {
  (void)ignored;
  return v->got[i] == -v->want[i];
}

static bool is_bias(const struct values *v, int64_t i, int64_t ignored) {
  (void)ignored;
  return v->got[i] == v->bias[channel_of(v, i)];
}

static bool is_times(const struct values *v, int64_t i, int64_t times) {
  return v->got[i] == (double)times * v->want[i];
}

/* Off by `times` biases. */
static bool is_off_by_bias(const struct values *v, int64_t i, int64_t times) {
  return v->got[i] - v->want[i] == (double)times * v->bias[channel_of(v, i)];
}

/* Off by as many biases as taps reach it, but one; a tap is one of each input channel. */
static bool is_off_by_taps(const struct values *v, int64_t i, int64_t per_tap) {
  const int64_t w = tb_conv2d(v->p)->out[1];
  const int64_t taps = tb_conv_taps(v->p, 0, i / w % tb_conv2d(v->p)->out[0]) * tb_conv_taps(v->p, 1, i % w);
  return is_off_by_bias(v, i, taps * per_tap - 1);
}

/* The first significant bits, rounded to nearest even. */
static bool is_rounded(const struct values *v, int64_t i, int64_t bits) {
  int exponent;
  const double fraction = frexp(v->want[i], &exponent);
  return v->got[i] == ldexp(rint(ldexp(fraction, (int)bits)), exponent - (int)bits);
}

static bool is_off_by_first(const struct values *v, int64_t i, int64_t ignored) {
  const int64_t first = next(v, -1);
  (void)ignored;
  return v->got[i] - v->want[i] == v->got[first] - v->want[first];
}

/* Whether it has another channel's bias. Rule 0: the first channel's; 1: that of the same index in the first group; 2: that at
 * its group's number. */
static bool has_bias_of(const struct values *v, int64_t i, int64_t rule) {
  const int64_t o = channel_of(v, i), each = tb_conv2d(v->p)->out_channels / tb_conv2d(v->p)->conv.groups;
  const int64_t channel[3] = {0, o % each, o / each}, of = channel[rule];
  return v->got[i] - v->want[i] == v->bias[of] - v->bias[o];
}

static bool report_bias(const struct values *v) {
  static const char *const rules[] = {"the first channel's bias", "the first group's bias", "the bias at its group's number"};
  const int64_t per_group = tb_conv2d(v->p)->in_channels / tb_conv2d(v->p)->conv.groups;
  if (!v->bias)
    return false;
  if (all(v, is_bias, 0)) {
    tb_sentences_add(&v->out->sentences, "each wrong element is the bias alone");
    return true;
  }
  if (all(v, is_off_by_bias, -1)) {
    tb_sentences_add(&v->out->sentences, "each wrong element lacks the bias");
    return true;
  }
  for (int64_t times = 1; times <= 64; times++)
    if (all(v, is_off_by_bias, times)) {
      tb_sentences_add(&v->out->sentences, "each wrong element has the bias %" PRId64 " times", times + 1);
      return true;
    }
  if (all(v, is_off_by_taps, 1) || all(v, is_off_by_taps, per_group)) {
    tb_sentences_add(&v->out->sentences, "each wrong element has the bias once for each %s that reaches it",
                     all(v, is_off_by_taps, 1) ? "tap" : "product");
    return true;
  }
  for (int64_t rule = 0; rule < 3; rule++)
    if (all(v, has_bias_of, rule)) {
      tb_sentences_add(&v->out->sentences, "each wrong element has %s instead of its channel's", rules[rule]);
      return true;
    }
  return false;
}

static bool report_simple(const struct values *v) {
  static const struct {
    bool (*holds)(const struct values *v, int64_t i, int64_t argument);
    int64_t argument;
    const char *words;
  } simple[] = {
      {is_nan, 0, "is NaN"},
      {is_infinite, 0, "is infinite"},
      {is_zero, 0, "is 0"},
      {is_negated, 0, "has the wrong sign"},
      {is_times, 2, "is twice the right one"},
      {is_rounded, 8, "is the right one rounded to 8 bits, as bf16 has"},
      {is_rounded, 11, "is the right one rounded to 11 bits, as f16 and TF32 have"},
  };
  for (size_t i = 0; i < sizeof simple / sizeof *simple; i++)
    if (all(v, simple[i].holds, simple[i].argument)) {
      tb_sentences_add(&v->out->sentences, "each wrong element %s", simple[i].words);
      return true;
    }
  return false;
}

/* Where an element may have its value from. */
struct origin {
  int64_t rows, columns, channels; /* steps away */
  int kind;
};

enum { STEPS, FIRST_IMAGE, FLIPPED_ROWS, FLIPPED_COLUMNS, FLIPPED_BOTH, TRANSPOSED, INTERLEAVED, BLOCKED, KINDS };

static int64_t origin_of(const struct values *v, const struct origin *o, int64_t i) {
  const int64_t h = tb_conv2d(v->p)->out[0], w = tb_conv2d(v->p)->out[1], channels = tb_conv2d(v->p)->out_channels,
                g = tb_conv2d(v->p)->conv.groups, each = channels / g;
  int64_t q = i / w % h, p = i % w, c = i / w / h % channels, n = i / w / h / channels;
  if (o->kind == STEPS) {
    q += o->rows;
    p += o->columns;
    c += o->channels;
  }
  if (o->kind == FLIPPED_ROWS || o->kind == FLIPPED_BOTH)
    q = h - 1 - q;
  if (o->kind == FLIPPED_COLUMNS || o->kind == FLIPPED_BOTH)
    p = w - 1 - p;
  if (o->kind == INTERLEAVED)
    c = c % g * each + c / g;
  if (o->kind == BLOCKED)
    c = c % each * g + c / each;
  if (o->kind == FIRST_IMAGE)
    n = 0;
  if (q < 0 || q >= h || p < 0 || p >= w || c < 0 || c >= channels)
    return -1;
  if (o->kind == TRANSPOSED)
    return (n * channels + c) * h * w + p * h + q;
  return ((n * channels + c) * h + q) * w + p;
}

/* Whether all wrong elements that have an origin are the right element there. Returns how many: at least two, and half of them;
 * or 0. */
static int64_t comes_from(const struct values *v, const struct origin *o) {
  int64_t found = 0;
  for (int64_t i = next(v, -1); i < v->elements; i = next(v, i)) {
    const int64_t at = origin_of(v, o, i);
    if (at >= 0 && v->got[i] != v->want[at])
      return 0;
    found += at >= 0;
  }
  return found >= 2 && 2 * found >= v->count ? found : 0;
}

static bool report_steps(const struct values *v, const struct origin *o) {
  const int64_t found = comes_from(v, o);
  char text[120] = "";
  const int64_t steps[] = {o->rows, o->columns, o->channels};
  static const char *const words[3][3] = {
      {"row", "above", "below"}, {"column", "to the left", "to the right"}, {"channel", "before", "after"}};
  size_t at = 0;
  for (int k = 0; k < 3 && found; k++)
    if (steps[k])
      at += (size_t)snprintf(text + at, sizeof text - at, "%s%lld %s%s %s", at ? " and " : "", llabs(steps[k]), words[k][0],
                             llabs(steps[k]) > 1 ? "s" : "", words[k][steps[k] < 0 ? 1 : 2]);
  if (found)
    tb_sentences_add(&v->out->sentences, "each wrong element%s is the right one %s",
                     found < v->count ? " that has such a neighbour" : "", text);
  return found > 0;
}

static bool report_origin(const struct values *v) {
  static const char *const words[KINDS] = {
      [FIRST_IMAGE] = "the right one of the first image",
      [FLIPPED_ROWS] = "the right one of the plane upside down",
      [FLIPPED_COLUMNS] = "the right one of the plane from right to left",
      [FLIPPED_BOTH] = "the right one of the plane turned by 180 degrees",
      [TRANSPOSED] = "the right one of the plane transposed",
      [INTERLEAVED] = "the right one of another channel: the groups' channels are written in turn",
      [BLOCKED] = "the right one of another channel: channels taken in turn are written by groups",
  };
  const int64_t most = 4, channels = tb_conv2d(v->p)->out_channels < 17 ? tb_conv2d(v->p)->out_channels - 1 : 16;
  for (int64_t far = 1; far <= most; far++)
    for (int64_t r = -far; r <= far; r++)
      for (int64_t c = -far; c <= far; c++) {
        const struct origin o = {.rows = r, .columns = c};
        if ((llabs(r) == far || llabs(c) == far) && report_steps(v, &o))
          return true;
      }
  for (int64_t far = 1; far <= channels; far++)
    for (int sign = -1; sign <= 1; sign += 2) {
      const struct origin o = {.channels = sign * far};
      if (report_steps(v, &o))
        return true;
    }
  for (int kind = FIRST_IMAGE; kind < KINDS; kind++)
    if (comes_from(v, &(struct origin){.kind = kind})) {
      tb_sentences_add(&v->out->sentences, "each wrong element is %s", words[kind]);
      return true;
    }
  return false;
}

/* Errors that no missing product makes, but arithmetic of few bits. */
static bool report_small(const struct values *v) {
  double largest = 0, off = 0;
  for (int64_t i = 0; i < v->elements; i++) {
    largest = fmax(largest, fabs(v->want[i]));
    off = v->wrong[i] ? fmax(off, fabs(v->got[i] - v->want[i])) : off;
    if (v->wrong[i] && !isfinite(v->got[i]))
      return false;
  }
  if (!(off < largest / 64))
    return false;
  tb_sentences_add(&v->out->sentences,
                   "each wrong element is nearly right: off by at most %.2g, where the largest right one is %.2g", off,
                   largest);
  return true;
}

static bool report_difference(const struct values *v) {
  const int64_t i = next(v, -1);
  if (v->count < 2 || !all(v, is_off_by_first, 0))
    return false;
  tb_sentences_add(&v->out->sentences, "each wrong element is off by %g", v->got[i] - v->want[i]);
  return true;
}

void tb_footprint_values(const tb_problem *p, const double *got, const double *want, const bool *wrong,
                         tb_footprint_result *out) {
  double *bias = NULL;
  if (tb_conv_of(&p->c)->bias) {
    bias = malloc((size_t)tb_conv2d(p)->out_channels * sizeof *bias + 1);
    if (!bias)
      abort();
    tb_fill_f64(p, TENBIN_BIAS, p->c.seed, bias);
  }
  struct values v = {p, got, want, bias, wrong, tb_desc_elements(&p->output[TENBIN_Y]), 0, out};
  for (int64_t i = next(&v, -1); i < v.elements; i = next(&v, i))
    v.count++;
  (void)(report_simple(&v) || report_bias(&v) || report_origin(&v) || report_difference(&v) ||
         tb_footprint_sums(p, got, want, wrong, out) || report_small(&v));
  free(bias);
}
