/* The explanation of conv_transpose2d in the terminal.
 *
 * SPDX-License-Identifier: MIT */
#include "explain_page.h"

enum { LEFT = 3, RIGHT = 52 };

static void paragraph(void *self, tb_manner manner, const char *text) {
  static const tb_style styles[] = {TB_HEADING, TB_HEADING, TB_PLAIN, TB_PLAIN, TB_ADDED};
  tb_canvas *c = self;
  if (manner == TB_HEAD)
    tb_canvas_put(c, c->lines, 0, TB_PLAIN, "");
  tb_canvas_paragraph(c, manner == TB_TITLE || manner == TB_HEAD ? 0 : LEFT, manner == TB_TITLE || manner == TB_SUM ? 4 : 0,
                      styles[manner], text);
}

/* A picture that is the same of both cases is drawn once. */
static void pictures(void *self, const tb_explanation *e, tb_picture one, tb_picture two) {
  const tb_picture both[2] = {one, two};
  tb_canvas *c = self;
  for (int i = 0; i < e->subjects && both[i] != TB_NO_PICTURE; i++) {
    const int top = c->lines, width = TB_CANVAS_COLUMNS - RIGHT;
    const tb_picture right = e->subjects > 1 ? both[i] : two;
    tb_canvas_picture(c, top, LEFT, e, e->subject[0], both[i]);
    if (right != TB_NO_PICTURE)
      tb_canvas_picture(c, top, RIGHT, e, e->subject[e->subjects - 1], right);
    if (e->subjects > 1) {
      const bool same = tb_canvas_same(c, top, LEFT, RIGHT, width);
      if (same)
        tb_canvas_clear(c, top, RIGHT, width);
      tb_canvas_put(c, top, LEFT - 3, TB_HEADING, "A:");
      tb_canvas_put(c, top, RIGHT - 3, TB_HEADING, same ? "B: the same" : "B:");
    }
    tb_canvas_put(c, c->lines, 0, TB_PLAIN, "");
  }
}

void tb_explain_text(const tb_explanation *e, FILE *out, bool unicode, bool colour) {
  tb_canvas c = {0};
  const tb_page page = {
      .self = &c,
      .legend =
          "The frame is y; what lies outside is cut off. Behind the dashes is what y has more than without output_padding. "
          "Digits count the products of one input channel (+: 10 or more); where it is 0, no tap lands, and y holds the "
          "bias. ● is the element whose sum is shown below.",
      .windows = "■: what each window of Conv2d meets; p: padding. A size that is mapped to the same has its further rows "
                 "where the smaller one has p, or where no window meets them.",
      .paragraph = paragraph,
      .pictures = pictures};
  tb_page_fill(&page, e);
  tb_canvas_finish(&c, out, unicode, colour);
}
