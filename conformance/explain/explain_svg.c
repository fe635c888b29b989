/* The explanation of conv_transpose2d as SVG.
 *
 * SPDX-License-Identifier: MIT */
#include "explain_page.h"
#include "svg.h"

#include <inttypes.h>
#include <stdlib.h>

enum { MARGIN = 36, COLUMN = 580, GUTTER = 40, WIDTH = 2 * (MARGIN + COLUMN) + GUTTER, INNER = WIDTH - 2 * MARGIN };
enum { LABELS = 48, CAPTION = 26, NUMBERS = 18, WINDOW = 20 };

/* The pixels of a cell: the widest picture, with what stands beside it, fills a column. */
static int size_of(const tb_explanation *e) {
  enum { ROOM = 416, LEAST = 26, MOST = 40 };
  int most = 1;
  for (int i = 0; i < 2 * e->subjects; i++) {
    const tb_axis *a = &e->subject[i / 2]->axis[i % 2];
    const int full = tb_view_of_full(a).rows, over = tb_view_of(tb_other_size(a) + 2 * a->padding).rows;
    most = full > most ? full : most;
    most = over > most ? over : most;
  }
  return ROOM / most < LEAST ? LEAST : ROOM / most > MOST ? MOST : ROOM / most;
}

/* How a cell is drawn, and what is written in it. */
static const char *class_of(const tb_cell *one, const char **ink, char text[24]) {
  static const char *const counts[] = {"hole", "t1", "t2", "t2", "t3"}, *const phases[] = {"p0", "p1", "p2", "p3", "p4", "p5"};
  static const char *const plain[] = {
      [TB_NOTHING] = "empty", [TB_ELEMENT] = "element", [TB_TAP] = "tap",     [TB_USED] = "used",      [TB_CHOSEN] = "used",
      [TB_PADDING] = "cut",   [TB_INDEX] = "t1",        [TB_LATER] = "added", [TB_MEETING] = "element"};
  *ink = one->kind == TB_USED || one->kind == TB_CHOSEN ? "mark light" : "in";
  *text = 0;
  if ((one->kind == TB_ELEMENT || one->kind == TB_TAP) && one->a >= 0 && one->a < 10 && one->b < 10)
    snprintf(text, 24, "%d,%d", (int)one->a, (int)one->b);
  else if (one->kind == TB_COUNT || one->kind == TB_CHOSEN || one->kind == TB_INDEX || one->kind == TB_LATER)
    snprintf(text, 24, "%" PRId64, one->a);
  else if (one->kind == TB_MEETING)
    snprintf(text, 24, "g%" PRId64, one->a);
  else if (one->kind == TB_PADDING)
    snprintf(text, 24, "0");
  if (one->kind == TB_COUNT)
    return counts[one->a < 4 ? one->a : 4];
  return one->kind == TB_PHASE ? phases[one->a % 2 * 3 + one->b % 3] : plain[one->kind];
}

/* Where a cell lies in the full output. */
enum { WITHIN, CUT, ADDED };

static void draw_cell(FILE *out, int x, int y, const int size[2], const tb_sheet *t, const tb_cell *one, int place) {
  const char *ink;
  char text[24];
  if (one->kind == TB_OUTSIDE)
    return;
  if (one->kind == TB_GAP) {
    tb_svg_text(out, x + size[1] / 2, y + size[0] / 2 + 4, 'm', "index", "…");
    return;
  }
  const char *class = class_of(one, &ink, text);
  if (one->kind == TB_USED)
    snprintf(text, sizeof text, "%c", tb_letter(one->a));
  else if (one->kind == TB_PHASE)
    snprintf(text, sizeof text, "%c", tb_letter(one->a * t->across + one->b));
  if (place == CUT && one->kind != TB_TAP)
    class = "cut";
  else if (place == ADDED && (one->kind == TB_COUNT || one->kind == TB_NOTHING))
    class = "added";
  tb_svg_rect(out, x, y, size[1], size[0], class);
  if (*text)
    tb_svg_text(out, x + size[1] / 2, y + size[0] / 2 + 5, 'm', ink, text);
}

static void number(FILE *out, int x, int y, char anchor, int64_t n) {
  char text[24];
  snprintf(text, sizeof text, "%" PRId64, n);
  if (n >= 0)
    tb_svg_text(out, x, y, anchor, "index", text);
}

/* The frame around y, and what stands beside the rows. */
static void frame(FILE *out, int left, int top, int size, const tb_view v[2]) {
  const int x0 = left + v[1].y * size, x1 = left + v[1].end * size, y0 = top + v[0].y * size, y1 = top + v[0].end * size;
  const int beside = left + v[1].rows * size + 8, row = top + v[0].extra * size, column = left + v[1].extra * size;
  tb_svg_rect(out, x0, y0, x1 - x0, y1 - y0, "frame");
  if (row > y0 && row < y1)
    tb_svg_line(out, x0, row, x1, row, "dash");
  if (column > x0 && column < x1)
    tb_svg_line(out, column, y0, column, y1, "dash");
  if (y0 > top)
    tb_svg_text(out, beside, (top + y0) / 2 + 4, 's', "small", "cut by padding");
  if (row < y1)
    tb_svg_text(out, beside, (row + y1) / 2 + 4, 's', "point", "output_padding");
  if (v[0].end < v[0].rows)
    tb_svg_text(out, beside, (y1 + top + v[0].rows * size) / 2 + 4, 's', "small", "cut by padding");
}

/* A picture with its top left corner at x and y; its height. */
static int picture(FILE *out, int x, int y, const tb_explanation *e, const tb_explained *s, tb_picture what) {
  tb_sheet t;
  tb_sheet_make(e, s, what, &t);
  const tb_view *v = t.view;
  const int cell = size_of(e), size[2] = {t.headed ? WINDOW : cell, cell}, whole[2] = {cell, cell};
  const int left = x + LABELS, top = y + CAPTION + (t.headed ? cell + 6 : NUMBERS);
  tb_svg_text(out, x, y + 16, 's', "caption", t.caption);
  for (int j = 0; j < v[1].rows; j++)
    if (t.headed)
      draw_cell(out, left + j * cell, y + CAPTION, whole, &t, &t.head[j], WITHIN);
    else
      number(out, left + j * cell + cell / 2, top - 6, 'm', t.number[1][j]);
  for (int i = 0; i < v[0].rows; i++) {
    number(out, left - 8, top + i * size[0] + size[0] / 2 + 4, 'e', t.number[0][i]);
    for (int j = 0; j < v[1].rows; j++) {
      const bool cut = t.framed && (i < v[0].y || i >= v[0].end || j < v[1].y || j >= v[1].end);
      const bool added = t.framed && !cut && (i >= v[0].extra || j >= v[1].extra);
      draw_cell(out, left + j * cell, top + i * size[0], size, &t, &t.cell[i][j], cut ? CUT : added ? ADDED : WITHIN);
    }
  }
  if (t.framed)
    frame(out, left, top, cell, v);
  return top - y + v[0].rows * size[0] + 10;
}

struct drawing {
  FILE *out;
  int y;
};

static void paragraph(void *self, tb_manner manner, const char *text) {
  static const char *const classes[] = {"title", "heading", "prose", "sum", "point"};
  struct drawing *d = self;
  if (manner == TB_HEAD) {
    d->y += 26;
    tb_svg_line(d->out, MARGIN, d->y, WIDTH - MARGIN, d->y, "rule");
    d->y += 6;
  }
  d->y += tb_svg_paragraph(d->out, MARGIN, d->y, manner == TB_TITLE ? INNER * 7 / 10 : INNER, classes[manner], text) + 4;
  if (manner == TB_HEAD)
    d->y += 8;
}

static void pictures(void *self, const tb_explanation *e, tb_picture one, tb_picture two) {
  static const char *const names[2] = {"A", "B"};
  const tb_picture both[2] = {one, two};
  struct drawing *d = self;
  for (int i = 0; i < (e->subjects > 1 ? 2 : 1) && both[i] != TB_NO_PICTURE; i++) {
    int height = 0;
    for (int k = 0; k < 2; k++) {
      const tb_picture shown = e->subjects > 1 ? both[i] : both[k];
      const int x = MARGIN + k * (COLUMN + GUTTER);
      if (shown == TB_NO_PICTURE)
        continue;
      if (e->subjects > 1)
        tb_svg_text(d->out, x - 18, d->y + 16, 's', "heading", names[k]);
      const int own = picture(d->out, x, d->y, e, e->subject[e->subjects > 1 ? k : 0], shown);
      height = own > height ? own : height;
    }
    d->y += height + 12;
  }
}

void tb_explain_svg(const tb_explanation *e, FILE *out) {
  char *body = NULL, title[2 * TB_TEXT_MAX + 40], about[1000];
  size_t size = 0;
  struct drawing d = {open_memstream(&body, &size), 14};
  if (!d.out)
    abort();
  const tb_page page = {
      .self = &d,
      .legend = "The thick frame is y; the hatched elements outside are cut off. Orange, beyond the dashes, is "
                "what y has more than without output_padding. Numbers count the products of one input channel; "
                "where it is 0, no tap lands, and y holds the bias. The dark element is the one whose sum is "
                "shown below.",
      .windows = "Green: what each window of Conv2d meets; hatched: padding. A size that is mapped to the same has its further "
                 "rows where the smaller one has padding, or where no window meets them.",
      .paragraph = paragraph,
      .pictures = pictures};
  tb_page_fill(&page, e);
  if (fclose(d.out) != 0)
    abort();
  snprintf(title, sizeof title, "%s%s%s", e->subject[0]->p.text, e->subjects > 1 ? " and " : "",
           e->subjects > 1 ? e->subject[1]->p.text : "");
  tb_text t = {about, 0, sizeof about};
  tb_text_add(&t, "What torch.nn.ConvTranspose2d does with these parameters. ");
  for (int i = 0; i < e->subjects; i++) {
    tb_explain_shapes(&t, e->subject[i]);
    tb_text_add(&t, ". ");
  }
  tb_svg_open(out, WIDTH, d.y + MARGIN, title, about);
  fwrite(body, 1, size, out);
  tb_svg_close(out);
  free(body);
}
