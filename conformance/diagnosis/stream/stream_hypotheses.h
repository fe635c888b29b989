/* How wrong numbers come from right ones: the hypotheses that the diagnosis tests.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_STREAM_HYPOTHESES_H
#define TB_STREAM_HYPOTHESES_H

#include "stream_diagnosis.h"
#include "stream_positions.h"

/* The numbers of a case, for the tests of hypotheses. */
typedef struct tb_hypotheses {
  const tb_problem *p;
  const tb_stream_numbers *numbers;
  tb_position *position;
  int64_t *by_memory; /* [b + m]: the number that comes m-th in memory in a call that begins at b */
  int64_t n, first, wrongs;
} tb_hypotheses;

/* Whether numbers a and b of the dtype differ only by rounding, among numbers of that size. */
bool tb_hypotheses_near(const tb_hypotheses *h, double a, double b, double size);

/* Whether each wrong number is right except for its last bits. */
bool tb_hypotheses_nearly(const tb_hypotheses *h);

/* What number i would be if the kernel made one certain mistake. False: the mistake does not concern it. */
typedef bool tb_hypothesis(const tb_hypotheses *h, int64_t i, int64_t argument, double *value);

/* Whether a hypothesis is right for every wrong number that it concerns: at least that share of them, and so many that it
 * cannot be a coincidence; more are needed if the argument was chosen. Numbers that are wrong only in their last bits do not
 * count. */
bool tb_hypothesis_explains(const tb_hypotheses *h, tb_hypothesis *hypothesis, int64_t argument, bool chosen, double share);

/* Test the hypotheses in stream_mistakes.c, and report those that hold. */
void tb_hypotheses_algebra(const tb_hypotheses *h, tb_sentences *out);
void tb_hypotheses_scaling(const tb_hypotheses *h, tb_sentences *out);
void tb_hypotheses_order(const tb_hypotheses *h, tb_sentences *out);

#endif
