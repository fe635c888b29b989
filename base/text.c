/* Text that is appended to a buffer.
 *
 * SPDX-License-Identifier: MIT */
#include "text.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void tb_text_add(tb_text *t, const char *format, ...) {
  va_list list;
  va_start(list, format);
  int n = vsnprintf(t->out + t->used, t->size - t->used, format, list);
  va_end(list);
  if (n > 0)
    t->used = t->used + (size_t)n < t->size ? t->used + (size_t)n : t->size - 1;
}

void tb_text_puts(tb_text *t, const char *text) {
  if (t->size == 0)
    return;
  while (*text && t->used < t->size - 1)
    t->out[t->used++] = *text++;
  t->out[t->used] = 0;
}

void tb_text_integer(tb_text *t, const char *prefix, int64_t v) {
  char digits[24], *at = digits + sizeof digits - 1;
  uint64_t rest = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
  *at = 0;
  do {
    *--at = (char)('0' + rest % 10);
    rest /= 10;
  } while (rest);
  if (v < 0)
    *--at = '-';
  tb_text_puts(t, prefix);
  tb_text_puts(t, at);
}

void tb_text_decimal(tb_text *t, double v) {
  char text[40];
  if (isnan(v))
    strcpy(text, signbit(v) ? "-nan" : "nan");
  else
    for (int digits = 1; digits <= 17; digits++) {
      snprintf(text, sizeof text, "%.*g", digits, v);
      if (strtod(text, NULL) == v)
        break;
    }
  tb_text_puts(t, text);
}
