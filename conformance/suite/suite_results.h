/* The results of a kernel on a whole suite, kept for the diagnosis.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_SUITE_RESULTS_H
#define TB_SUITE_RESULTS_H

#include "chunk.h"

typedef struct tb_kept_result {
  char *text;   /* the case */
  char *failed; /* the descriptor that failed, the case's or its twin's; NULL: it passed */
  const tb_suite_group *group;
  tb_verdict verdict;
  uint64_t signature; /* of tb_case_result */
} tb_kept_result;

/* The results of a chunk, in nine bytes for each case, because most kernels pass. */
typedef struct tb_chunk_results {
  const tb_suite_group *group;
  tb_chunk chunk;
  unsigned char *verdict; /* [chunk.cases] */
  uint64_t *signature;    /* [chunk.cases] */
} tb_chunk_results;

/* The cases that were run and that the kernel supports. */
typedef struct tb_suite_results {
  tb_kept_result *kept; /* [cases], made by tb_suite_results_list */
  int64_t cases, failing;
  tb_chunk_results *chunk;
  char **failed; /* [failing], in order */
  int chunks;
} tb_suite_results;

/* tb_run.take; arg is a tb_suite_results. */
void tb_suite_results_take(void *arg, const tb_suite_group *group, const tb_chunk *chunk, const tb_case_result *results);

/* Makes results->kept, after the last chunk. */
void tb_suite_results_list(tb_suite_results *results);
void tb_suite_results_free(tb_suite_results *results);

#endif
