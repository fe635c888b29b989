/* Sentences of a diagnosis.
 *
 * SPDX-License-Identifier: MIT */
#include "sentences.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void tb_sentences_add(tb_sentences *s, const char *format, ...) {
  char text[sizeof s->text[0]];
  va_list list;
  va_start(list, format);
  vsnprintf(text, sizeof text, format, list);
  va_end(list);
  for (int i = 0; i < s->count; i++)
    if (strcmp(s->text[i], text) == 0)
      return;
  if (s->count < TB_SENTENCES)
    memcpy(s->text[s->count++], text, sizeof text);
}
