/* Text that is appended to a buffer.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_TEXT_H
#define TB_TEXT_H

#include <stddef.h>

/* Text that is cut off at its buffer's end: {out, 0, size}. */
typedef struct tb_text {
  char *out;
  size_t used, size;
} tb_text;

__attribute__((format(printf, 2, 3))) void tb_text_add(tb_text *t, const char *format, ...);

#endif
