/* Text that is appended to a buffer.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_TEXT_H
#define TB_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* Text that is cut off at its buffer's end: {out, 0, size}. */
typedef struct tb_text {
  char *out;
  size_t used, size;
} tb_text;

__attribute__((format(printf, 2, 3))) void tb_text_add(tb_text *t, const char *format, ...);

/* The same without a format, for lines that are made by the million. */
void tb_text_puts(tb_text *t, const char *text);
void tb_text_integer(tb_text *t, const char *prefix, int64_t v);

/* The shortest decimal that reads back as the same double; nan, inf, -inf. */
void tb_text_decimal(tb_text *t, double v);

#endif
