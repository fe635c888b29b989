/* A chunk on its way through a worker and the judges.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_WORK_H
#define TB_WORK_H

#include "chunk.h"

typedef struct tb_work {
  tb_kernel_run *run;
  tb_worker *worker;
  const tb_suite_group *group;
  const tb_chunk *chunk;
  tb_case_result *results;
  bool rechecked; /* a case that was wrong in its block */
} tb_work;

/* Case i of a list of cases; NULL: the chunk is one of another kind. */
const tb_suite_case *tb_work_listed(const tb_work *w, int i);

/* The TB_CHECK_ bits of the chunk's cases, and a request for records from .. to - 1. */
uint32_t tb_work_checks(const tb_work *w);
tb_request tb_work_request(const tb_work *w, int32_t from, int32_t to);

/* The verdict on case i, with its descriptor and what the kernel has printed until now. */
void tb_work_conclude(tb_work *w, int i, const char *text, const tb_judgement *j);

/* Runs a single descriptor, with these TB_CHECK_ bits. *record has its report; its answers stay in the worker's memory until
 * the next run. False: stopped, or TB_LOST. */
bool tb_work_run_single(tb_work *w, const char *text, uint32_t checks, const tb_record **record);

/* Reads the answers of the record that ran last, and judges them. */
void tb_work_judge(tb_work *w, const tb_record *record, const tb_golden_case *golden, const tb_problem *p, tb_judgement *j);

/* Runs a case of a function that has passed once more, after its twin and at the beginnings of its buffers, and judges that:
 * where bits are not determined, no digest has judged the twin's answer. False: stopped, or TB_LOST. */
bool tb_work_judge_second(tb_work *w, const tb_problem *p, const tb_golden_case *golden, const tb_record **record,
                          tb_judgement *j);

/* Runs the descriptor of record i, or its twin's, again as a single one, and judges it element by element. seen_wrong: it was
 * wrong in its block; if it is right now, it is nondeterministic. After many such cases, but the chunk's first, the report in
 * the block decides, and `digests` says whether those in it are right. False: stopped, or TB_LOST. */
bool tb_work_recheck(tb_work *w, int i, const char *text, bool seen_wrong, bool digests);

/* Judges a case of stream `any`, the record that ran last. If it is undecided, ten times the numbers of another seed decide.
 * text: the descriptor that decided. False: stopped, or TB_LOST. */
bool tb_work_judge_distribution(tb_work *w, const tb_report *report, const tb_case *c, char text[TB_TEXT_MAX], tb_judgement *j);

/* Concludes case i of a list of sequences; it has run. False: stopped, or TB_LOST. */
bool tb_work_resolve_sequence(tb_work *w, int i);

#endif
