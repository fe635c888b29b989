/* What a diagnosis has to say, a sentence each.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_SENTENCES_H
#define TB_SENTENCES_H

#define TB_SENTENCES 12

typedef struct tb_sentences {
  int count;
  char text[TB_SENTENCES][400];
} tb_sentences;

/* Adds a sentence. Beyond TB_SENTENCES, and where it is there already, it is left out. */
__attribute__((format(printf, 2, 3))) void tb_say(tb_sentences *s, const char *format, ...);

#endif
