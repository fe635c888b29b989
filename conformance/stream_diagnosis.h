/* The diagnosis of PyTorch's CPU streams: how a kernel's wrong numbers come from right ones, and where they are.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_STREAM_DIAGNOSIS_H
#define TB_STREAM_DIAGNOSIS_H

#include "problem.h"
#include "sentences.h"

/* The numbers of one case: p->kept of each, in the order of the calls and row-major within each. */
typedef struct tb_numbers {
  const double *got, *want; /* exactly converted from the dtype; want may also be tb_normal_reference's */
  const bool *wrong;        /* which differ; the others count as right */
  const bool *unwritten;    /* which of those were never written; NULL: none */
} tb_numbers;

/* How the wrong numbers of a case come from right ones, and which is the first. What explains all of them comes first; each
 * sentence is true of all that it speaks of. Nothing is said where no number is wrong, of streams other than those of a CPU,
 * and of calls of which not all numbers are kept. */
void tb_stream_diagnose(const tb_problem *p, const tb_numbers *numbers, tb_sentences *out);

/* Where the wrong numbers of many cases are. `wrong` may be NULL: the case passed. Cases as above only. */
typedef struct tb_evidence tb_evidence;
tb_evidence *tb_evidence_open(void);
void tb_evidence_add(tb_evidence *e, const tb_problem *p, const double *want, const bool *wrong);
void tb_evidence_close(tb_evidence *e);

/* The condition, of at most three parts, that holds of all wrong numbers and of no right one, or of all right ones and of no
 * wrong one. Where there is none: what all wrong numbers share, and how many right ones do, too. */
typedef struct tb_where {
  char text[400];
  bool exact;
  int64_t wrong, right;  /* numbers */
  int64_t misclassified; /* of those, by the condition */
} tb_where;
void tb_evidence_where(const tb_evidence *e, tb_where *out);

#endif
