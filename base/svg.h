/* A writer of SVG: a document with a style of its own, shapes and text, paragraphs.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_SVG_H
#define TB_SVG_H

#include <stdio.h>

/* Everything before and after what is drawn: sizes in pixels, the title and description that screen readers and tooltips
 * take. Classes of the style sheet are in svg.c. */
void tb_svg_open(FILE *out, int width, int height, const char *title, const char *description);
void tb_svg_close(FILE *out);

void tb_svg_rect(FILE *out, int x, int y, int width, int height, const char *class);
void tb_svg_line(FILE *out, int x1, int y1, int x2, int y2, const char *class);

/* Text in UTF-8, of which `s`tart, `m`iddle or `e`nd is at x; y is its base line. */
void tb_svg_text(FILE *out, int x, int y, char anchor, const char *class, const char *text);

/* A paragraph of that width, broken at blanks, from y down; its height. */
int tb_svg_paragraph(FILE *out, int x, int y, int width, const char *class, const char *text);

#endif
