/* Single cases on one kernel, one after the other, each judged as it comes: what the diagnosis tries things out with.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_ATTEMPT_H
#define TB_ATTEMPT_H

#include "chunk.h"

typedef struct tb_attempt {
  tb_worker worker;
  tb_kernel_run run;
  /* Of the case that ran last: */
  const tb_record *record; /* NULL: none has run yet */
  const tb_golden_case *golden;
  bool again;  /* its first answer is right, and a further one is not */
  bool second; /* the first of all cases failed only as tb_work_judge_second runs it; then all run so */
} tb_attempt;

/* False: a worker cannot be started. */
bool tb_attempt_open(tb_attempt *trial, const tb_suite *suite, const char *program, const char *plugin, const char *kernel,
                     const volatile sig_atomic_t *stop);
void tb_attempt_close(tb_attempt *trial);

/* Runs a valid case, with all the checks of a listed one, and judges it. False: stopped, or no more workers. */
bool tb_attempt_run(tb_attempt *trial, const tb_case *c, tb_problem *p, tb_judgement *out);

/* An answer, as doubles: p->kept or the output's elements of each. */
typedef struct tb_attempt_numbers {
  int64_t n;
  double *got, *want;
  bool *wrong, *unwritten; /* unwritten: it still holds what the suite had put there */
} tb_attempt_numbers;

/* The answer of the case that ran last, p its problem, to be freed with tb_attempt_free: the first one, or the further one
 * where that is the wrong one. want and wrong are NULL. False: it did not run to its end, and there is nothing to be freed. */
bool tb_attempt_answer(tb_attempt *trial, const tb_problem *p, tb_attempt_numbers *out);

/* Likewise of a stream, with the right numbers, and with which are wrong by the judge's rules. False also: there is nothing to
 * compare them with. */
bool tb_attempt_stream(tb_attempt *trial, const tb_problem *p, tb_attempt_numbers *out);
void tb_attempt_free(tb_attempt_numbers *numbers);

/* The generator's states of the case of normal that ran last, one after each item of calls=. False: they do not have the size
 * of PyTorch's. */
bool tb_attempt_states(tb_attempt *trial, const tb_problem *p, unsigned char *out);

#endif
