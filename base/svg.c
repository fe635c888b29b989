/* A writer of SVG.
 *
 * SPDX-License-Identifier: MIT */
#include "svg.h"

#include <stdlib.h>
#include <string.h>

/* Colours of Okabe and Ito's palette, which readers with any kind of colour vision can distinguish; hatches, dashes, letters
 * and numbers say the same without colour. */
static const char style[] =
    "<style>\n"
    "text{font-family:'DejaVu Sans',Verdana,system-ui,sans-serif;font-size:14px;fill:#222}\n"
    ".title{font-size:20px;font-weight:bold}.code{font-family:'DejaVu Sans Mono',Menlo,Consolas,monospace;font-size:14px}\n"
    ".heading{font-size:17px;font-weight:bold;fill:#0b4a75}.caption{font-weight:bold}.small{font-size:12px;fill:#555}\n"
    ".sum{font-family:'DejaVu Sans Mono',Menlo,Consolas,monospace;font-size:13px}.point{font-weight:bold;fill:#8a4b00}\n"
    ".index{font-size:11px;fill:#666}.in{font-size:11px}.mark{font-size:14px;font-weight:bold}.light{fill:#fff}\n"
    ".rule{stroke:#0b4a75;stroke-width:1}\n"
    ".empty{fill:#fff;stroke:#d5d5d5}.element{fill:#56b4e9;stroke:#2b7fae}.tap{fill:#7fd1b4;stroke:#007f5c}\n"
    ".cut{fill:url(#hatch);stroke:#bbb}.hole{fill:#fff;stroke:#999}.added{fill:#fbd38d;stroke:#c77700}\n"
    ".t1{fill:#e3f1fb;stroke:#9cc3de}.t2{fill:#c3e0f5;stroke:#9cc3de}.t3{fill:#9fcdee;stroke:#7fb2d4}\n"
    ".used{fill:#0072b2;stroke:#003f63;stroke-width:2}\n"
    ".frame{fill:none;stroke:#222;stroke-width:3}.dash{fill:none;stroke:#c77700;stroke-width:3;stroke-dasharray:7 4}\n"
    ".p0{fill:#e3f1fb;stroke:#9cc3de}.p1{fill:#fde9c8;stroke:#d8b67a}.p2{fill:#d8f0e6;stroke:#8fc9b0}.p3{fill:#f6dcea;stroke:#"
    "d3a3bf}\n"
    "</style>\n"
    "<defs><pattern id='hatch' width='7' height='7' patternUnits='userSpaceOnUse' patternTransform='rotate(45)'>"
    "<rect width='7' height='7' fill='#f4f4f4'/><line x1='0' y1='0' x2='0' y2='7' stroke='#c4c4c4' stroke-width='2'/>"
    "</pattern></defs>\n";

static void escaped(FILE *out, const char *text, size_t length) {
  for (size_t i = 0; i < length; i++)
    switch (text[i]) {
    case '&':
      fputs("&amp;", out);
      break;
    case '<':
      fputs("&lt;", out);
      break;
    case '>':
      fputs("&gt;", out);
      break;
    default:
      fputc(text[i], out);
    }
}

static void tagged(FILE *out, const char *tag, const char *id, const char *text) {
  fprintf(out, "<%s id='%s'>", tag, id);
  escaped(out, text, strlen(text));
  fprintf(out, "</%s>\n", tag);
}

void tb_svg_open(FILE *out, int width, int height, const char *title, const char *description) {
  fprintf(out,
          "<?xml version='1.0' encoding='UTF-8'?>\n<svg xmlns='http://www.w3.org/2000/svg' width='%d' height='%d' "
          "viewBox='0 0 %d %d' role='img' aria-labelledby='title description'>\n",
          width, height, width, height);
  tagged(out, "title", "title", title);
  tagged(out, "desc", "description", description);
  fprintf(out, "%s<rect width='%d' height='%d' fill='#fff'/>\n", style, width, height);
}

void tb_svg_close(FILE *out) {
  fputs("</svg>\n", out);
}

void tb_svg_rect(FILE *out, int x, int y, int width, int height, const char *class) {
  fprintf(out, "<rect x='%d' y='%d' width='%d' height='%d' class='%s'/>\n", x, y, width, height, class);
}

void tb_svg_line(FILE *out, int x1, int y1, int x2, int y2, const char *class) {
  fprintf(out, "<line x1='%d' y1='%d' x2='%d' y2='%d' class='%s'/>\n", x1, y1, x2, y2, class);
}

static void text_of(FILE *out, int x, int y, char anchor, const char *class, const char *text, size_t length) {
  fprintf(out, "<text x='%d' y='%d' class='%s'%s>", x, y, class,
          anchor == 'm'   ? " text-anchor='middle'"
          : anchor == 'e' ? " text-anchor='end'"
                          : "");
  escaped(out, text, length);
  fputs("</text>\n", out);
}

void tb_svg_text(FILE *out, int x, int y, char anchor, const char *class, const char *text) {
  text_of(out, x, y, anchor, class, text, strlen(text));
}

int tb_svg_paragraph(FILE *out, int x, int y, int width, const char *class, const char *text) {
  /* A character is at most 8.4 pixels wide on the average: DejaVu Sans Mono of 14 pixels, the widest in use. */
  const size_t room = (size_t)(width * 10 / 84);
  const int from = y;
  while (*(text += strspn(text, " "))) {
    size_t length = strlen(text);
    if (length > room)
      for (length = room; length > 0 && text[length] != ' ';)
        length--;
    length = length ? length : room; /* a word wider than a line is broken */
    y += 20;
    text_of(out, x, y, 's', class, text, length);
    text += length;
  }
  return y - from;
}
