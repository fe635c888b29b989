/* The explanation of conv_transpose2d as SVG.
 *
 * SPDX-License-Identifier: MIT */
#include "explain_page.h"

#include <stdlib.h>

enum { MARGIN = 36, COLUMN = 580, GUTTER = 40, WIDTH = 2 * (MARGIN + COLUMN) + GUTTER, INNER = WIDTH - 2 * MARGIN };

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
  for (int i = 0; i < e->subjects && both[i] != TB_NO_PICTURE; i++) {
    int height = 0;
    for (int k = 0; k < 2; k++) {
      const tb_picture picture = e->subjects > 1 ? both[i] : both[k];
      const int x = MARGIN + k * (COLUMN + GUTTER);
      if (picture == TB_NO_PICTURE)
        continue;
      if (e->subjects > 1)
        tb_svg_text(d->out, x - 18, d->y + 16, 's', "heading", names[k]);
      const int own = tb_svg_picture(d->out, x, d->y, e, e->subject[e->subjects > 1 ? k : 0], picture);
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
      .legend = "The thick frame is y; the hatched elements outside are cut off. Orange, behind the dashes, is "
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
    tb_say_shapes(&t, e->subject[i]);
    tb_text_add(&t, ". ");
  }
  tb_svg_open(out, WIDTH, d.y + MARGIN, title, about);
  fwrite(body, 1, size, out);
  tb_svg_close(out);
  free(body);
}
