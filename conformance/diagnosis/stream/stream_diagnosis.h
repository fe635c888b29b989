/* The diagnosis of PyTorch's CPU streams: how a kernel's wrong numbers come from right ones, and where they are.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_STREAM_DIAGNOSIS_H
#define TB_STREAM_DIAGNOSIS_H

#include "calls.h"
#include "sentences.h"

/* The numbers of one case: p->kept of each, in the order of the calls and row-major within each. */
typedef struct tb_stream_numbers {
  const double *got, *want; /* exactly converted from the dtype; want may also be tb_normal_reference's */
  const bool *wrong;        /* which differ; the others count as right */
  const bool *unwritten;    /* which of those were never written; NULL: none */
} tb_stream_numbers;

/* These add no sentence for streams other than those of a CPU, or for cases of which not all numbers are kept. */

/* How the wrong numbers of a case come from right ones: what explains all of them, then what is true of them. */
void tb_stream_hypotheses(const tb_problem *p, const tb_stream_numbers *numbers, tb_sentences *out);

/* Which wrong number is the first: adds a sentence, or two. */
void tb_stream_first(const tb_problem *p, const tb_stream_numbers *numbers, tb_sentences *out);

/* The evidence of many cases, failing and passing ones. */
typedef struct tb_evidence tb_evidence;
tb_evidence *tb_evidence_open(void); /* NULL: there is no memory */
void tb_evidence_close(tb_evidence *e);

/* Of a case that passed, got and wrong may be NULL. */
void tb_evidence_add(tb_evidence *e, const tb_problem *p, const tb_stream_numbers *numbers);

/* First a sentence about where the wrong numbers are: a condition of at most three parts that holds for all wrong numbers and
 * no right one, or for all right ones and no wrong one. If there is none, the same for the numbers up to the first call of each
 * seeding that goes wrong, since a call that draws too much spoils all that follow; else up to the first wrong number; else the
 * best condition, with the counts of its exceptions. Then the sentences of tb_stream_hypotheses about the failing cases, the
 * most frequent first. */
void tb_evidence_report(const tb_evidence *e, tb_sentences *out);

#endif
