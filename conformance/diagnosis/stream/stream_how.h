/* How wrong numbers come from right ones: the relations that the diagnosis tries.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_STREAM_HOW_H
#define TB_STREAM_HOW_H

#include "stream_diagnosis.h"
#include "stream_places.h"

typedef struct tb_how {
  const tb_problem *p;
  const tb_stream_numbers *numbers;
  tb_position *place;
  int64_t *by_memory; /* of the number at place m of memory's order in a call that begins at b: [b + m] */
  int64_t n, first, wrongs;
} tb_how;

/* Whether a number of the dtype that was computed as a might have been as b, among numbers of that size, by another rounding.
 */
bool tb_how_near(const tb_how *h, double a, double b, double size);

/* Whether each wrong number is right but for its last bits. */
bool tb_how_nearly(const tb_how *h);

/* What number i would be, as by one mistake; false: the mistake says nothing of it. */
typedef bool tb_how_guess(const tb_how *h, int64_t i, int64_t argument, double *value);

/* Whether a guess is right of every wrong number that it speaks of: of that share of them at least, and of so many that it
 * cannot be by chance, more of them where the argument was chosen. Numbers that are wrong in their last bits only do not count.
 */
bool tb_how_explains(const tb_how *h, tb_how_guess *guess, int64_t argument, bool chosen, double share);

/* The guesses in other words, in stream_guess.c. */
void tb_how_algebra(const tb_how *h, tb_sentences *out);
void tb_how_scaling(const tb_how *h, tb_sentences *out);
void tb_how_order(const tb_how *h, tb_sentences *out);

#endif
