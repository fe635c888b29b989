/* The explanation of conv_transpose2d in the terminal.
 *
 * SPDX-License-Identifier: MIT */
#include "canvas.h"
#include "explain_page.h"

#include <inttypes.h>

enum { LEFT = 3, RIGHT = 52, LABELS = 6 };

static void paragraph(void *self, tb_manner manner, const char *text) {
  static const tb_style styles[] = {TB_HEADING, TB_HEADING, TB_PLAIN, TB_PLAIN, TB_ADDED};
  tb_canvas *c = self;
  if (manner == TB_HEAD)
    tb_canvas_put(c, c->lines, 0, TB_PLAIN, "");
  tb_canvas_paragraph(c, manner == TB_TITLE || manner == TB_HEAD ? 0 : LEFT, manner == TB_TITLE || manner == TB_SUM ? 4 : 0,
                      styles[manner], text);
}

static void put_cell(tb_canvas *c, int line, int column, const tb_sheet *t, const tb_cell *one, tb_style style) {
  char own[2] = "";
  const char *glyph = own;
  switch (one->kind) {
  case TB_OUTSIDE:
    return;
  case TB_GAP:
    glyph = "…";
    break;
  case TB_NOTHING:
    glyph = "·";
    break;
  case TB_ELEMENT:
  case TB_TAP:
  case TB_MEETING:
    glyph = "■";
    break;
  case TB_USED:
    own[0] = tb_letter(one->a);
    style = TB_MARKED;
    break;
  case TB_CHOSEN:
    glyph = "●";
    style = TB_MARKED;
    break;
  case TB_COUNT:
    own[0] = (char)(one->a < 10 ? '0' + one->a : '+');
    break;
  case TB_PHASE:
    own[0] = tb_letter(one->a * t->across + one->b);
    break;
  case TB_PADDING:
    glyph = "p";
    break;
  case TB_INDEX:
  case TB_LATER: /* their numbers stand for them */
    return;
  }
  tb_canvas_put(c, line, column, one->kind == TB_GAP || one->kind == TB_NOTHING ? TB_FAINT : style, glyph);
}

/* The number of a column of cells, and of as many of them as leave room for it; the next number is `apart` cells further. */
static void put_above(tb_canvas *c, int line, int column, int64_t n, int64_t apart) {
  char text[24];
  const int width = snprintf(text, sizeof text, " %" PRId64, n);
  if (n >= 0 && n % ((width + 2 * apart - 1) / (2 * apart)) == 0)
    tb_canvas_put(c, line, column - width + 1, TB_FAINT, text);
}

/* A horizontal line of the frame: solid around y, dashed before what output_padding adds. */
static void edge(tb_canvas *c, int line, int column, const tb_view *w, const char *const ends[3], const char *dash) {
  for (int j = w->y; j < w->end; j++) {
    tb_canvas_put(c, line, column + 2 * j, TB_PLAIN, j == w->y ? ends[0] : j == w->extra ? ends[1] : dash);
    tb_canvas_put(c, line, column + 2 * j + 1, TB_PLAIN, dash);
  }
  tb_canvas_put(c, line, column + 2 * w->end, TB_PLAIN, ends[2]);
}

/* Draws the lines of the frame before row i. Returns the line after them. */
static int edges(tb_canvas *c, int line, int column, const tb_view v[2], int i) {
  static const char *const top[3] = {"┌", "┬", "┐"}, *const middle[3] = {"├", "┼", "┤"}, *const bottom[3] = {"└", "┴", "┘"};
  if (i == v[0].y)
    edge(c, line++, column, &v[1], top, "─");
  else if (i == v[0].extra && i < v[0].end)
    edge(c, line++, column, &v[1], middle, "┄");
  if (i == v[0].end)
    edge(c, line++, column, &v[1], bottom, "─");
  return line;
}

static void row(tb_canvas *c, int line, int column, const tb_sheet *t, int i) {
  const tb_view *v = t->view;
  const bool inside = t->framed && i >= v[0].y && i < v[0].end;
  char text[24];
  snprintf(text, sizeof text, "%*" PRId64, LABELS - 1, t->number[0][i]);
  tb_canvas_put(c, line, column, TB_FAINT, t->number[0][i] >= 0 ? text : t->framed && !inside ? "  cut" : "");
  column += LABELS;
  for (int j = 0; j < v[1].rows; j++) {
    const bool within = inside && j >= v[1].y && j < v[1].end, added = within && (i >= v[0].extra || j >= v[1].extra);
    put_cell(c, line, column + 2 * j + 1, t, &t->cell[i][j], added ? TB_ADDED : within || !t->framed ? TB_PLAIN : TB_FAINT);
    if (inside && (j == v[1].y || j == v[1].extra))
      tb_canvas_put(c, line, column + 2 * j, TB_PLAIN, j == v[1].y ? "│" : j < v[1].end ? "┆" : "");
  }
  if (inside)
    tb_canvas_put(c, line, column + 2 * v[1].end, TB_PLAIN, "│");
}

static void picture(tb_canvas *c, int line, int column, const tb_explanation *e, int subject, tb_picture what) {
  tb_sheet t;
  tb_sheet_make(e, e->subject[subject], what, &t);
  tb_canvas_put(c, line++, column, TB_PLAIN, t.caption);
  for (int j = 0; j < t.view[1].rows; j++) {
    const int at = column + LABELS + 2 * j + 1;
    const bool head = t.headed && t.head[j].kind != TB_INDEX && t.head[j].kind != TB_LATER;
    if (head)
      put_cell(c, line, at, &t, &t.head[j], TB_FAINT);
    else
      put_above(c, line, at, t.headed ? t.head[j].a : t.number[1][j], t.apart);
  }
  line++;
  for (int i = 0; i < t.view[0].rows; i++) {
    if (t.framed)
      line = edges(c, line, column + LABELS, t.view, i);
    row(c, line++, column, &t, i);
  }
  if (t.framed)
    edges(c, line, column + LABELS, t.view, t.view[0].rows);
}

/* A picture that is the same of both cases is drawn once. */
static void pictures(void *self, const tb_explanation *e, tb_picture one, tb_picture two) {
  const tb_picture both[2] = {one, two};
  tb_canvas *c = self;
  for (int i = 0; i < (e->subjects > 1 ? 2 : 1) && both[i] != TB_NO_PICTURE; i++) {
    const int top = c->lines, width = TB_CANVAS_COLUMNS - RIGHT;
    const tb_picture right = e->subjects > 1 ? both[i] : two;
    picture(c, top, LEFT, e, 0, both[i]);
    if (right != TB_NO_PICTURE)
      picture(c, top, RIGHT, e, e->subjects - 1, right);
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
      .windows =
          "■: what each window of Conv2d meets; p: padding. A size that is mapped to the same has its further rows where "
          "the smaller one has p, or where no window meets them.",
      .paragraph = paragraph,
      .pictures = pictures};
  tb_page_fill(&page, e);
  tb_canvas_finish(&c, out, unicode, colour);
}
