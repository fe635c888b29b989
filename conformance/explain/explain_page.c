/* What an explanation of conv_transpose2d consists of.
 *
 * SPDX-License-Identifier: MIT */
#include "explain_page.h"

#include <inttypes.h>
#include <string.h>

enum { WORDS = 6000 };

/* A paragraph for each case, one for both where they say the same. */
static void paragraphs(const tb_page *g, const tb_explanation *e, tb_manner manner, char text[2][WORDS]) {
  const bool same = e->subjects > 1 && strcmp(text[0], text[1]) == 0;
  for (int i = 0; i < e->subjects - same; i++) {
    char line[WORDS + 16];
    snprintf(line, sizeof line, "%s%s", e->subjects == 1 ? "" : same ? "A, B: " : i ? "B: " : "A: ", text[i]);
    if (*text[i])
      g->paragraph(g->self, manner, line);
  }
}

typedef void sentence(tb_text *t, const tb_explained *s);
typedef void axis_sentence(tb_text *t, const tb_explained *s, int axis);

static void explain_cases(const tb_page *g, const tb_explanation *e, sentence *what) {
  char text[2][WORDS] = {{0}};
  for (int i = 0; i < e->subjects; i++)
    what(&(tb_text){text[i], 0, WORDS}, e->subject[i]);
  paragraphs(g, e, TB_PROSE, text);
}

static bool alike(const tb_explanation *e) {
  bool same = true;
  for (int i = 0; i < e->subjects; i++)
    same = same && memcmp(&e->subject[i]->axis[0], &e->subject[i]->axis[1], sizeof(tb_axis)) == 0;
  return same;
}

/* For height and then for width, unless both are alike. */
static void explain_axes(const tb_page *g, const tb_explanation *e, tb_manner manner, axis_sentence *what, const char *again) {
  for (int axis = 0; axis < 2 - alike(e); axis++) {
    char text[2][WORDS] = {{0}};
    for (int i = 0; i < e->subjects; i++) {
      tb_text t = {text[i], 0, WORDS};
      what(&t, e->subject[i], axis);
      if (*text[i] && alike(e))
        tb_text_add(&t, "%s", again);
    }
    paragraphs(g, e, manner, text);
  }
}

static void title(const tb_page *g, const tb_explanation *e) {
  for (int i = 0; i < e->subjects; i++) {
    char line[TB_TEXT_MAX + 8];
    snprintf(line, sizeof line, "%s%s", e->subjects == 1 ? "" : i ? "B: " : "A: ", e->subject[i]->p.text);
    g->paragraph(g->self, TB_TITLE, line);
  }
}

static void sizes(const tb_page *g, const tb_explanation *e) {
  g->paragraph(g->self, TB_HEAD, "Sizes");
  explain_cases(g, e, tb_explain_shapes);
  g->paragraph(g->self, TB_SUM, "out = (in - 1)*stride - 2*padding + dilation*(kernel_size - 1) + output_padding + 1:");
  explain_axes(g, e, TB_SUM, tb_explain_size, ", and the width likewise");
  if (e->subjects == 2) {
    char text[2][WORDS] = {{0}};
    tb_explain_difference(&(tb_text){text[0], 0, WORDS}, e->subject[0], e->subject[1]);
    tb_explain_elements(&(tb_text){text[1], 0, WORDS}, e->subject[0], e->subject[1]);
    g->paragraph(g->self, TB_POINT, text[0]);
    g->paragraph(g->self, TB_POINT, text[1]);
  }
}

/* Case i without the other one. */
static tb_explanation single(const tb_explanation *e, int i) {
  return (tb_explanation){.subjects = 1, .subject = {e->subject[i]}, .at = {e->at[0], e->at[1]}, .phases = e->phases};
}

/* Whether both cases have the same input, kernel, stride and dilation by height and width, or there is only one. */
static bool spread_alike(const tb_explanation *e) {
  bool same = true;
  for (int i = 0; i < 2 && e->subjects == 2; i++) {
    const tb_axis *a = &e->subject[0]->axis[i], *b = &e->subject[1]->axis[i];
    same = same && a->in == b->in && a->kernel == b->kernel && a->stride == b->stride && a->dilation == b->dilation;
  }
  return same;
}

static void inputs(const tb_page *g, const tb_explanation *e) {
  const tb_explanation first = single(e, 0);
  g->paragraph(g->self, TB_HEAD, "Input and kernel, spread out");
  g->pictures(g->self, spread_alike(e) ? &first : e, TB_PICTURE_INPUT, TB_PICTURE_KERNEL);
  explain_cases(g, e, tb_explain_spread);
}

static void output(const tb_page *g, const tb_explanation *e) {
  g->paragraph(g->self, TB_HEAD, "The full output, what padding cuts of it, what output_padding adds");
  g->pictures(g->self, e, TB_PICTURE_LANDING, TB_PICTURE_COUNT);
  g->paragraph(g->self, TB_PROSE, g->legend);
  explain_cases(g, e, tb_explain_landing);
  explain_axes(g, e, TB_PROSE, tb_explain_crop, " The columns likewise.");
}

static bool any_strided(const tb_explanation *e) {
  bool any = false;
  for (int i = 0; i < e->subjects; i++)
    any = any || e->subject[i]->axis[0].stride > 1 || e->subject[i]->axis[1].stride > 1;
  return any;
}

static void forward(const tb_page *g, const tb_explanation *e) {
  g->paragraph(g->self, TB_HEAD, "Why there is an output_padding");
  if (any_strided(e) && e->subjects == 1)
    g->pictures(g->self, e, TB_PICTURE_FORWARD_LEAST, TB_PICTURE_FORWARD_OTHER);
  else if (any_strided(e))
    g->pictures(g->self, e, TB_PICTURE_FORWARD, TB_NO_PICTURE);
  if (any_strided(e))
    g->paragraph(g->self, TB_PROSE, g->windows);
  explain_axes(g, e, TB_PROSE, tb_explain_forward, " The columns likewise.");
  explain_axes(g, e, TB_PROSE, tb_explain_here, " The columns likewise.");
}

static void element(const tb_page *g, const tb_explanation *e) {
  char text[2][WORDS] = {{0}}, numbers[2][WORDS] = {{0}};
  g->paragraph(g->self, TB_HEAD, "One element of y");
  const int last = e->subjects - 1, has = tb_subject_has(e->subject[0], e->at);
  const tb_explanation one = single(e, has ? 0 : last);
  g->pictures(g->self, has && tb_subject_has(e->subject[last], e->at) ? e : &one, TB_PICTURE_SOURCE, TB_PICTURE_TAPS);
  g->paragraph(g->self, TB_PROSE,
               "a, b, .. are the products of the sum, in its order: the x element and the tap of the same letter meet. "
               "The second line is the same with this case's own numbers (fill and seed).");
  for (int i = 0; i < e->subjects; i++) {
    tb_explain_sum(&(tb_text){text[i], 0, WORDS}, e->subject[i], e->at);
    tb_explain_numbers(&(tb_text){numbers[i], 0, WORDS}, e->subject[i], e->at);
  }
  paragraphs(g, e, TB_SUM, text);
  paragraphs(g, e, TB_SUM, numbers);
}

static void phases(const tb_page *g, const tb_explanation *e) {
  enum { SHOWN = 16 };
  g->paragraph(g->self, TB_HEAD, "Phases");
  g->pictures(g->self, e, TB_PICTURE_PHASES, TB_NO_PICTURE);
  g->paragraph(g->self, TB_PROSE,
               "Elements of y with the same (row + padding) mod stride and (column + padding) mod stride meet the same "
               "taps: each phase is a small convolution of stride 1 over x, and no zero is ever multiplied.");
  for (int i = 0; i < e->subjects; i++) {
    const int64_t h = e->subject[i]->axis[0].stride, w = e->subject[i]->axis[1].stride;
    char line[WORDS];
    if (e->subjects > 1)
      g->paragraph(g->self, TB_PROSE, i ? "B:" : "A:");
    for (int64_t at = 0; at < h * w && at < SHOWN; at++) {
      tb_explain_phase(&(tb_text){line, 0, WORDS}, e->subject[i], at / w, at % w);
      g->paragraph(g->self, TB_SUM, line);
    }
    snprintf(line, sizeof line, "and %" PRId64 " more phases, which are left out here", h * w - SHOWN);
    if (h * w > SHOWN)
      g->paragraph(g->self, TB_SUM, line);
  }
}

static void groups(const tb_page *g, const tb_explanation *e) {
  enum { SHOWN = 4 };
  g->paragraph(g->self, TB_HEAD, "Groups");
  g->pictures(g->self, e, TB_PICTURE_GROUPS, TB_NO_PICTURE);
  for (int i = 0; i < e->subjects; i++) {
    const int64_t n = tb_conv2d(&e->subject[i]->p)->conv.groups;
    char line[WORDS];
    for (int64_t at = 0; at < n && at < SHOWN; at++) {
      tb_text t = {line, 0, WORDS};
      tb_text_add(&t, "%s", e->subjects == 1 ? "" : i ? "B: " : "A: ");
      tb_explain_group(&t, e->subject[i], at);
      g->paragraph(g->self, TB_SUM, line);
    }
    snprintf(line, sizeof line, "and so on to group %" PRId64, n - 1);
    if (n > SHOWN)
      g->paragraph(g->self, TB_SUM, line);
  }
}

/* Whether a picture leaves rows out: no picture shows more than the input spread out, the full output, Conv2d with its
 * padding, or the channels. */
static bool abbreviated(const tb_explained *s) {
  bool cut = tb_conv2d(&s->p)->conv.groups > 1 &&
             (tb_conv2d(&s->p)->in_channels > TB_VIEW_MAX || tb_conv2d(&s->p)->out_channels > TB_VIEW_MAX);
  for (int i = 0; i < 2; i++) {
    const tb_axis *a = &s->axis[i];
    cut = cut || tb_view_of_full(a).cut || a->full > TB_VIEW_MAX || a->out + 2 * a->padding > TB_VIEW_MAX;
  }
  return cut;
}

void tb_page_fill(const tb_page *g, const tb_explanation *e) {
  bool grouped = false, cut = false;
  for (int i = 0; i < e->subjects; i++) {
    grouped = grouped || tb_conv2d(&e->subject[i]->p)->conv.groups > 1;
    cut = cut || abbreviated(e->subject[i]);
  }
  title(g, e);
  if (cut)
    g->paragraph(g->self, TB_PROSE, "Pictures have at most 16 rows and columns: … stands for those that are left out.");
  sizes(g, e);
  inputs(g, e);
  output(g, e);
  forward(g, e);
  element(g, e);
  if (e->phases)
    phases(g, e);
  if (grouped)
    groups(g, e);
  g->paragraph(g->self, TB_HEAD, "What it costs");
  explain_cases(g, e, tb_explain_work);
  explain_cases(g, e, tb_explain_products);
}
