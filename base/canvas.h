/* A canvas of characters for the terminal: written in Unicode or in plain ASCII, with or without colour.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_CANVAS_H
#define TB_CANVAS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define TB_CANVAS_COLUMNS 100

typedef enum tb_style { TB_PLAIN, TB_HEADING, TB_FAINT, TB_ADDED, TB_MARKED } tb_style;

typedef struct tb_canvas_cell {
  uint16_t code; /* Unicode; 0 is a blank */
  unsigned char style;
} tb_canvas_cell;

/* It grows at its bottom; {0} is an empty one. What lies beyond the last column is cut off. Aborts without memory. */
typedef struct tb_canvas {
  int lines;
  tb_canvas_cell (*line)[TB_CANVAS_COLUMNS];
} tb_canvas;

/* Puts UTF-8, and nothing where it has blanks, at a line and column, both from 0. Of what is no ASCII, the canvas knows the
 * characters that it can write as ASCII, one for one; canvas.c lists them. */
void tb_canvas_put(tb_canvas *c, int line, int column, tb_style style, const char *text);

/* Adds a paragraph below all that is there, indented, and broken at blanks; its further lines are indented by `hang` more. */
void tb_canvas_paragraph(tb_canvas *c, int indent, int hang, tb_style style, const char *text);

/* Adds a plain paragraph of at most 1,000 characters, likewise. */
void tb_canvas_print(tb_canvas *c, int indent, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Whether what stands from one line and column on is the same as from another column on; makes that of the second blank. */
bool tb_canvas_same(const tb_canvas *c, int line, int column, int other, int width);
void tb_canvas_clear(tb_canvas *c, int line, int column, int width);

/* Whether standard output is a terminal's that shows UTF-8; whether one that shows colours, which the reader has not declined
 * (https://no-color.org). */
bool tb_canvas_unicode(void);
bool tb_canvas_colour(void);

/* Writes it and frees its memory. */
void tb_canvas_finish(tb_canvas *c, FILE *out, bool unicode, bool colour);

#endif
