/* Text files, line by line.
 *
 * SPDX-License-Identifier: MIT */
#include "lines.h"

#include <errno.h>
#include <string.h>

bool tb_lines_open(tb_lines *lines, const char *path, char *message, size_t size) {
  lines->path = path;
  lines->number = 0;
  lines->stream = fopen(path, "re");
  if (!lines->stream)
    snprintf(message, size, "%s: %s", path, strerror(errno));
  return lines->stream != NULL;
}

static bool is_text(int c) {
  return c == '\t' || (c >= ' ' && c != 127);
}

int tb_lines_next(tb_lines *lines, char *message, size_t size) {
  size_t length = 0;
  bool returned = false; /* the last byte was a \r, which belongs to a line end or to nothing */
  int c;
  lines->number++;
  while ((c = getc_unlocked(lines->stream)) != EOF && c != '\n') {
    if (returned || (!is_text(c) && c != '\r')) {
      snprintf(message, size, "%s:%d: a line of text is expected, and it holds the byte 0x%02x", lines->path, lines->number,
               returned ? (unsigned)'\r' : (unsigned)c);
      return -1;
    }
    if (length == sizeof lines->text - 1) {
      snprintf(message, size, "%s:%d: the line is longer than %d bytes", lines->path, lines->number, TB_LINE_MAX - 1);
      return -1;
    }
    returned = c == '\r';
    if (!returned)
      lines->text[length++] = (char)c;
  }
  lines->text[length] = 0;
  if (lines->number == 1 && strncmp(lines->text, "\xef\xbb\xbf", 3) == 0) {
    snprintf(message, size, "%s:1: begins with a byte order mark, as some editors write it; save the file without",
             lines->path);
    return -1;
  }
  if (c == EOF && ferror(lines->stream)) {
    snprintf(message, size, "%s: cannot be read: %s", lines->path, strerror(errno));
    return -1;
  }
  return c == '\n' || length > 0;
}

void tb_lines_close(tb_lines *lines) {
  fclose(lines->stream);
}
