/* What the parts of the diagnosis share.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_DIAGNOSING_H
#define TB_DIAGNOSING_H

#include "attempt.h"
#include "diagnose.h"
#include "sentences.h"

struct tb_lens;

/* A case on the way to the smallest. */
typedef struct tb_tried {
  char text[TB_TEXT_MAX];
  bool failed;
} tb_tried;
#define TB_TRIED_MAX 48 /* that are kept, of those that fail and of the others */

typedef struct tb_diagnosing {
  const tb_diagnosis *d;
  FILE *out;
  const struct tb_lens *lens; /* of op; NULL: it has none */
  tb_attempt trial;
  const tb_operator *op;
  tb_verdict verdict;           /* the commonest of the failing cases */
  const tb_kept_result *simple; /* of those that end in it, the one with the least work */
  tb_case smallest;
  tb_judgement judgement; /* of the smallest */
  double shrink_until;    /* on tb_now */
  int tried;              /* cases on the way to the smallest */
  tb_tried kept[2 * TB_TRIED_MAX];
  int kept_failing, kept_passing;
  bool late; /* shrink_until was reached */
  int large; /* cases of full size that were tried */
  bool stopped;
} tb_diagnosing;

bool tb_diagnosing_parse(const char *text, tb_case *c);

/* Lines of a section; sentences of one. */
void tb_print_lines(tb_diagnosing *g, const char *text);
void tb_print_sentences(tb_diagnosing *g, const tb_sentences *sentences);

#endif
