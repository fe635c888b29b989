/* Tables whose columns are separated by two blanks or more.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_COLUMNS_H
#define TB_COLUMNS_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* The next column at *at, into out; a column that is longer than size - 1 bytes is cut. False: there is none. */
static inline bool tb_column(char **at, char *out, size_t size) {
  char *s = *at + strspn(*at, " ");
  char *end = strstr(s, "  ");
  if (!*s)
    return false;
  const size_t length = end ? (size_t)(end - s) : strlen(s);
  snprintf(out, size, "%.*s", (int)length, s);
  *at = s + length;
  return true;
}

#endif
