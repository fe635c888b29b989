/* Text files, line by line: whatever lies there, a line has a bound and is text.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_LINES_H
#define TB_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define TB_LINE_MAX 4096 /* bytes of a line with its end */

typedef struct tb_lines {
  const char *path;
  FILE *stream;
  int number; /* of the line in text, from 1 */
  char text[TB_LINE_MAX];
} tb_lines;

/* False: message (of `size` bytes) says why it cannot be opened. path is kept. */
bool tb_lines_open(tb_lines *lines, const char *path, char *message, size_t size);

/* Reads the next line into lines->text, without its end, which is \n, \r\n or the end of the file. 1: there is one; 0: there
 * is none; -1: it cannot be read, is too long, or is no text, and message names file and line. */
int tb_lines_next(tb_lines *lines, char *message, size_t size);

void tb_lines_close(tb_lines *lines);

#endif
