/* The sentences of a diagnosis.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_SENTENCES_H
#define TB_SENTENCES_H

#define TB_SENTENCES 12

typedef struct tb_sentences {
  int count;
  char text[TB_SENTENCES][400];
} tb_sentences;

/* Adds a sentence, unless it is there already or there are TB_SENTENCES. */
__attribute__((format(printf, 2, 3))) void tb_sentences_add(tb_sentences *s, const char *format, ...);

#endif
