/* What a kernel did in a whole suite, kept for the diagnosis.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_SURVEY_H
#define TB_SURVEY_H

#include "chunk.h"

typedef struct tb_seen {
  char *text;    /* the case */
  char *failed;  /* the descriptor that failed, the case's or its twin's; NULL: it passed */
  int32_t index; /* of its group */
  const tb_suite_group *group;
  tb_verdict verdict;
} tb_seen;

/* Cases that were run and that the kernel supports. */
typedef struct tb_survey {
  tb_seen *seen;
  int64_t cases, capacity, failing;
} tb_survey;

/* tb_run.take; arg is a tb_survey. */
void tb_survey_take(void *arg, const tb_suite_group *group, const tb_chunk *chunk, const tb_case_result *results);
void tb_survey_free(tb_survey *survey);

#endif
