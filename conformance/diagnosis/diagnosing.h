/* What the parts of the diagnosis share.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_DIAGNOSING_H
#define TB_DIAGNOSING_H

#include "attempt.h"
#include "diagnose.h"
#include "sentences.h"

typedef struct tb_diagnosing {
  const tb_diagnosis *d;
  FILE *out;
  tb_attempt trial;
  tb_operator op;
  tb_verdict verdict;    /* the commonest of the failing cases */
  const tb_seen *simple; /* of those that end in it, the one with the least work */
  tb_case smallest;
  tb_judgement judgement; /* of the smallest */
  double shrink_until;    /* on tb_now */
  int tried;              /* cases on the way to the smallest */
  bool late;              /* shrink_until was reached */
  int large;              /* cases of full size that were tried */
  bool stopped;
} tb_diagnosing;

bool tb_diagnosing_parse(const char *text, tb_case *c);

/* Lines of a section; sentences of one. */
void tb_tell_lines(tb_diagnosing *g, const char *text);
void tb_tell_sentences(tb_diagnosing *g, const tb_sentences *sentences);

/* Of conv_transpose2d: the numbers of the smallest case, p, which ran last; where the kernel fails; what wrong elements have in
 * common. */
void tb_tell_picture(tb_diagnosing *g, const tb_problem *p, const tb_judgement *j);
void tb_tell_region(tb_diagnosing *g);
void tb_tell_footprint(tb_diagnosing *g);

/* Of normal. */
bool tb_is_any(const tb_case *c); /* of stream `any` */

/* Whether a case that might be the smallest is worth a try. */
bool tb_worth_shrinking(tb_diagnosing *g, const tb_case *c);

/* Whether a descriptor has many numbers of a stream. */
bool tb_is_long(const char *text);

/* The descriptor with some thousand numbers where it is one of stream `any` with more: as good to tell a mutant by. */
void tb_shorten(const char *text, char out[TB_TEXT_MAX]);

/* The numbers of the smallest case, p, which ran last, or the generator's state; then where and how the numbers of many cases
 * are wrong, or what the distribution lacks. */
void tb_tell_numbers(tb_diagnosing *g, const tb_problem *p, const tb_judgement *j);
void tb_tell_where(tb_diagnosing *g);

#endif
