/* A chunk of a suite on a kernel: run in a worker, judged by digests, and rechecked where these differ.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_CHUNK_H
#define TB_CHUNK_H

#include "client.h"
#include "judge.h"
#include "suite.h"

#include <stdatomic.h>

/* What came of one case. */
typedef struct tb_case_result {
  tb_verdict verdict;
  int32_t claim;           /* enum tenbin_claim, of a case that ran; else 0 */
  uint64_t signature;      /* tb_signature_hash of a plain run, made without checks; 0: there was none */
  char *text;              /* the descriptor that failed, of the case or of its twin; NULL if none did */
  char *why;               /* of unsupported and known; NULL else */
  char *prints;            /* what the kernel printed; NULL: nothing */
  tb_judgement *judgement; /* of what failed, or passed with a note or statistics; NULL else */
} tb_case_result;

/* What the threads that run one kernel share. */
typedef struct tb_kernel_run {
  const tb_suite *suite;
  const char *kernel;
  bool until_failure;                      /* nothing that follows a failing case of a chunk has to run */
  atomic_int time_outs, deaths, rechecked; /* so far */
} tb_kernel_run;

/* Runs and judges a chunk. results has chunk->cases elements; free them with tb_results_free. False: it was stopped, or no
 * worker can be started; then there are no results.
 *
 * The digests of a block of the grid are compared with the ledger as a whole, with the reference's digests in place of those
 * that the kernel does not support. If that fails, the reference is compared with the same line, and shows which cases are
 * wrong. Each of these is run again and judged element by element. */
bool tb_chunk_run(tb_kernel_run *run, tb_worker *worker, const tb_suite_group *group, const tb_chunk *chunk,
                  tb_case_result *results);

/* Whether the case passed, is unsupported, or is known to fail. */
bool tb_result_ok(const tb_case_result *result);

void tb_results_free(tb_case_result *results, int count);

#endif
