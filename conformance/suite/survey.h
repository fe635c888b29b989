/* What a kernel did in a whole suite, kept for the diagnosis.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_SURVEY_H
#define TB_SURVEY_H

#include "chunk.h"

typedef struct tb_seen {
  char *text;   /* the case */
  char *failed; /* the descriptor that failed, the case's or its twin's; NULL: it passed */
  const tb_suite_group *group;
  tb_verdict verdict;
  uint64_t signature; /* of tb_case_result */
} tb_seen;

/* The cases of a chunk; what each came to takes nine bytes, for most kernels pass and nobody asks. */
typedef struct tb_seen_chunk {
  const tb_suite_group *group;
  tb_chunk chunk;
  unsigned char *verdict; /* [chunk.cases] */
  uint64_t *signature;    /* [chunk.cases] */
} tb_seen_chunk;

/* Cases that were run and that the kernel supports. */
typedef struct tb_survey {
  tb_seen *seen; /* [cases], once tb_survey_show has made it */
  int64_t cases, failing;
  tb_seen_chunk *chunk;
  char **failed; /* [failing], in order */
  int chunks;
} tb_survey;

/* tb_run.take; arg is a tb_survey. */
void tb_survey_take(void *arg, const tb_suite_group *group, const tb_chunk *chunk, const tb_case_result *results);

/* Makes survey->seen, when all is taken. */
void tb_survey_show(tb_survey *survey);
void tb_survey_free(tb_survey *survey);

#endif
