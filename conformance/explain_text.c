/* The explanation of conv_transpose2d in the terminal.
 *
 * SPDX-License-Identifier: MIT */
#include "explain_pictures.h"

#include <inttypes.h>
#include <string.h>

enum { LEFT = 3, RIGHT = 52, WORDS = 6000 };

/* Draws pictures below all that is there: two of one case beside each other, or each of them of both cases, once where it is
 * the same. */
static void pictures(tb_canvas *c, const tb_explanation *e, tb_picture *one, tb_picture *two) {
  tb_picture *const both[2] = {one, two};
  for (int i = 0; i < e->subjects && both[i]; i++) {
    const int top = c->lines;
    tb_picture *const right = e->subjects > 1 ? both[i] : two;
    both[i](c, top, LEFT, e, e->subject[0]);
    if (right)
      right(c, top, RIGHT, e, e->subject[e->subjects - 1]);
    if (e->subjects > 1 && tb_canvas_same(c, top, LEFT, RIGHT, TB_CANVAS_COLUMNS - RIGHT)) {
      tb_canvas_clear(c, top, RIGHT, TB_CANVAS_COLUMNS - RIGHT);
      tb_canvas_put(c, top, RIGHT, TB_FAINT, "(B: the same)");
    } else if (e->subjects > 1)
      tb_canvas_put(c, top, RIGHT - 3, TB_HEADING, "B:");
    if (e->subjects > 1)
      tb_canvas_put(c, top, LEFT - 3, TB_HEADING, "A:");
    tb_canvas_put(c, c->lines, 0, TB_PLAIN, "");
  }
}

static void heading(tb_canvas *c, const char *text) {
  tb_canvas_put(c, c->lines + (c->lines > 0), 0, TB_HEADING, text);
}

/* A paragraph for each case, one for both where they say the same. */
static void say(tb_canvas *c, const tb_explanation *e, int hang, char text[2][WORDS]) {
  const bool same = e->subjects > 1 && strcmp(text[0], text[1]) == 0;
  for (int i = 0; i < e->subjects - same; i++) {
    char line[WORDS + 16];
    snprintf(line, sizeof line, "%s%s", e->subjects == 1 ? "" : same ? "A, B: " : i ? "B: " : "A: ", text[i]);
    if (*text[i])
      tb_canvas_paragraph(c, LEFT, hang, TB_PLAIN, line);
  }
}

typedef void sentence(tb_text *t, const tb_subject *s);
typedef void axis_sentence(tb_text *t, const tb_subject *s, int axis);

static void say_of(tb_canvas *c, const tb_explanation *e, sentence *what) {
  char text[2][WORDS] = {{0}};
  for (int i = 0; i < e->subjects; i++)
    what(&(tb_text){text[i], 0, WORDS}, e->subject[i]);
  say(c, e, 0, text);
}

static bool alike(const tb_explanation *e) {
  bool same = true;
  for (int i = 0; i < e->subjects; i++)
    same = same && memcmp(&e->subject[i]->axis[0], &e->subject[i]->axis[1], sizeof(tb_axis)) == 0;
  return same;
}

/* For height and then for width, unless both are alike. */
static void say_of_axes(tb_canvas *c, const tb_explanation *e, axis_sentence *what, const char *again) {
  for (int axis = 0; axis < 2 - alike(e); axis++) {
    char text[2][WORDS] = {{0}};
    for (int i = 0; i < e->subjects; i++) {
      tb_text t = {text[i], 0, WORDS};
      what(&t, e->subject[i], axis);
      if (*text[i] && alike(e))
        tb_text_add(&t, "%s", again);
    }
    say(c, e, 0, text);
  }
}

static void title(tb_canvas *c, const tb_explanation *e) {
  for (int i = 0; i < e->subjects; i++) {
    char line[TB_TEXT_MAX + 8];
    snprintf(line, sizeof line, "%s%s", e->subjects == 1 ? "" : i ? "B: " : "A: ", e->subject[i]->p.text);
    tb_canvas_paragraph(c, 0, 4, TB_HEADING, line);
  }
}

static void sizes(tb_canvas *c, const tb_explanation *e) {
  heading(c, "Sizes");
  say_of(c, e, tb_say_shapes);
  tb_canvas_paragraph(c, LEFT, 4, TB_PLAIN,
                      "out = (in - 1)*stride - 2*padding + dilation*(kernel_size - 1) + output_padding + 1:");
  say_of_axes(c, e, tb_say_size, ", and width alike");
  if (e->subjects == 2) {
    char text[2][WORDS] = {{0}};
    tb_say_difference(&(tb_text){text[0], 0, WORDS}, e->subject[0], e->subject[1]);
    tb_say_elements(&(tb_text){text[1], 0, WORDS}, e->subject[0], e->subject[1]);
    tb_canvas_paragraph(c, LEFT, 0, TB_ADDED, text[0]);
    tb_canvas_paragraph(c, LEFT, 0, TB_ADDED, text[1]);
  }
}

static void output(tb_canvas *c, const tb_explanation *e) {
  heading(c, "The full output, what padding cuts of it, what output_padding adds");
  pictures(c, e, tb_picture_landing, tb_picture_count);
  tb_canvas_paragraph(c, LEFT, 0, TB_PLAIN,
                      "The frame is y; what lies outside is cut off. Behind the dashes is what y has more than without "
                      "output_padding. Digits count the products of one input channel (+: 10 or more); where it is 0, no tap "
                      "lands, and y holds the bias. ● is the element whose sum is shown below.");
  say_of(c, e, tb_say_landing);
  say_of_axes(c, e, tb_say_crop, " Columns alike.");
}

static bool any_strided(const tb_explanation *e) {
  bool any = false;
  for (int i = 0; i < e->subjects; i++)
    any = any || e->subject[i]->axis[0].stride > 1 || e->subject[i]->axis[1].stride > 1;
  return any;
}

static void forward(tb_canvas *c, const tb_explanation *e) {
  heading(c, "Why there is an output_padding");
  if (any_strided(e) && e->subjects == 1)
    pictures(c, e, tb_picture_forward_least, tb_picture_forward_other);
  else if (any_strided(e))
    pictures(c, e, tb_picture_forward, NULL);
  if (any_strided(e))
    tb_canvas_paragraph(c, LEFT, 0, TB_PLAIN, "■: what each window of Conv2d meets; p: padding.");
  say_of_axes(c, e, tb_say_forward, " Columns alike.");
  say_of_axes(c, e, tb_say_here, " Columns alike.");
}

static void element(tb_canvas *c, const tb_explanation *e) {
  char text[2][WORDS] = {{0}}, numbers[2][WORDS] = {{0}};
  heading(c, "One element of y");
  pictures(c, e, tb_picture_source, tb_picture_tap);
  tb_canvas_paragraph(c, LEFT, 0, TB_PLAIN,
                      "a, b, .. are the products of the sum, in its order: the x element and the tap of the same letter meet. "
                      "The second line is the same with this case's own numbers (fill and seed).");
  for (int i = 0; i < e->subjects; i++) {
    tb_say_sum(&(tb_text){text[i], 0, WORDS}, e->subject[i], e->at);
    tb_say_numbers(&(tb_text){numbers[i], 0, WORDS}, e->subject[i], e->at);
  }
  say(c, e, 4, text);
  say(c, e, 4, numbers);
}

static void phases(tb_canvas *c, const tb_explanation *e) {
  enum { SHOWN = 16 };
  heading(c, "Phases");
  pictures(c, e, tb_picture_phase, NULL);
  tb_canvas_paragraph(c, LEFT, 0, TB_PLAIN,
                      "Elements of y with the same (row + padding) mod stride and (column + padding) mod stride meet the same "
                      "taps: each phase is a small convolution of stride 1 over x, and no zero is ever multiplied.");
  for (int i = 0; i < e->subjects; i++) {
    const int64_t h = e->subject[i]->axis[0].stride, w = e->subject[i]->axis[1].stride;
    char line[WORDS];
    if (e->subjects > 1)
      tb_canvas_paragraph(c, LEFT, 0, TB_PLAIN, i ? "B:" : "A:");
    for (int64_t at = 0; at < h * w && at < SHOWN; at++) {
      tb_say_phase(&(tb_text){line, 0, WORDS}, e->subject[i], at / w, at % w);
      tb_canvas_paragraph(c, LEFT, 4, TB_PLAIN, line);
    }
    snprintf(line, sizeof line, "and %" PRId64 " more phases, which are left out here", h * w - SHOWN);
    if (h * w > SHOWN)
      tb_canvas_paragraph(c, LEFT, 4, TB_PLAIN, line);
  }
}

static void groups(tb_canvas *c, const tb_explanation *e) {
  enum { SHOWN = 4 };
  heading(c, "Groups");
  pictures(c, e, tb_picture_groups, NULL);
  for (int i = 0; i < e->subjects; i++) {
    const int64_t n = e->subject[i]->p.conv.groups;
    char line[WORDS];
    for (int64_t at = 0; at < n && at < SHOWN; at++) {
      tb_text t = {line, 0, WORDS};
      tb_text_add(&t, "%s", e->subjects == 1 ? "" : i ? "B: " : "A: ");
      tb_say_group(&t, e->subject[i], at);
      tb_canvas_paragraph(c, LEFT, 4, TB_PLAIN, line);
    }
    snprintf(line, sizeof line, "and so on to group %" PRId64, n - 1);
    if (n > SHOWN)
      tb_canvas_paragraph(c, LEFT, 4, TB_PLAIN, line);
  }
}

/* Whether a picture leaves rows out: no picture shows more than the input spread out, the full output, Conv2d with its
 * padding, or the channels. */
static bool abbreviated(const tb_subject *s) {
  bool cut = s->p.conv.groups > 1 && (s->p.in_channels > TB_VIEW_MAX || s->p.out_channels > TB_VIEW_MAX);
  for (int i = 0; i < 2; i++) {
    const tb_axis *a = &s->axis[i];
    cut = cut || tb_view_of_full(a).cut || a->full > TB_VIEW_MAX || a->out + 2 * a->padding > TB_VIEW_MAX;
  }
  return cut;
}

void tb_explain_text(const tb_explanation *e, FILE *out, bool unicode, bool colour) {
  tb_canvas c = {0};
  bool grouped = false, cut = false;
  for (int i = 0; i < e->subjects; i++) {
    grouped = grouped || e->subject[i]->p.conv.groups > 1;
    cut = cut || abbreviated(e->subject[i]);
  }
  title(&c, e);
  if (cut)
    tb_canvas_paragraph(&c, 0, 0, TB_PLAIN,
                        "Pictures have at most 16 rows and columns: … stands for those that are left out between the numbers.");
  sizes(&c, e);
  heading(&c, "Input and kernel, spread out");
  pictures(&c, e, tb_picture_input, tb_picture_kernel);
  say_of(&c, e, tb_say_spread);
  output(&c, e);
  forward(&c, e);
  element(&c, e);
  if (e->phases)
    phases(&c, e);
  if (grouped)
    groups(&c, e);
  heading(&c, "What it costs");
  say_of(&c, e, tb_say_work);
  say_of(&c, e, tb_say_products);
  tb_canvas_finish(&c, out, unicode, colour);
}
