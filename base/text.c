/* Text that is appended to a buffer.
 *
 * SPDX-License-Identifier: MIT */
#include "text.h"

#include <stdarg.h>
#include <stdio.h>

void tb_text_add(tb_text *t, const char *format, ...) {
  va_list list;
  va_start(list, format);
  int n = vsnprintf(t->out + t->used, t->size - t->used, format, list);
  va_end(list);
  if (n > 0)
    t->used = t->used + (size_t)n < t->size ? t->used + (size_t)n : t->size - 1;
}
