/* What all judges share.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_VERDICT_H
#define TB_VERDICT_H

#include "judge.h"

/* Sets the verdict, unless there is one: the first is the one to report. */
__attribute__((format(printf, 3, 4))) void tb_conclude(tb_judgement *out, tb_verdict v, const char *format, ...);

/* Whether element i of y still holds what the suite had put there. Of a single byte nobody knows: any value is a number. */
bool tb_unwritten(int32_t dtype, const void *y, int64_t i);

/* An element of an answer. */
typedef struct tb_element {
  int output;
  int32_t dtype;
  const void *y;
  const void *other; /* the same output in the other placement, which had other poison; NULL: not at hand */
  int64_t index;
} tb_element;

/* Counts an element as different from want (bound < 0), or as further from it than bound. */
void tb_differ(tb_judgement *out, const tb_element *e, double want, double bound);

/* Counts it as different from the element of the same index of want. */
void tb_differ_bits(tb_judgement *out, const tb_element *e, const void *want);

/* The verdict on what was counted, if anything was: "3 of 17 elements HOW". */
void tb_conclude_count(tb_judgement *out, const char *how);

/* What a kernel did with the host's memory, where it ran. */
void tb_judge_memory(const tb_report *report, tb_judgement *out);

void *tb_judging_memory(int64_t count, size_t each);

/* Of a stream: the right numbers, p->kept of them, and which of y's are wrong by the judge's rules: those of other bits than
 * PyTorch's where these are at hand, unless the kernel claims no more than the bound; else those outside the bound. y and wrong
 * may be NULL. False: there is nothing to compare them with. */
bool tb_stream_mark(const tb_problem *p, const tb_golden_case *golden, int32_t claim, const void *y, double *want, bool *wrong);

/* A case of a sequence that ran. */
void tb_judge_stream(const tb_problem *p, const tb_golden_case *golden, const tb_report *report, const tb_answers *answers,
                     tb_judgement *out);

#endif
