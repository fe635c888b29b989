/* The judge: what a kernel answered, held against what is right.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_JUDGE_H
#define TB_JUDGE_H

#include "golden.h"
#include "problem.h"
#include "protocol.h"

typedef enum tb_verdict {
  TB_V_PASSED,
  TB_V_FAILED,
  TB_V_UNSUPPORTED,
  TB_V_GUARD,      /* touched what is not its own */
  TB_V_MISALIGNED, /* needs more alignment than it declares */
  TB_V_CRASHED,    /* a signal, or the end of the process */
  TB_V_TIMED_OUT,
  TB_V_NONDETERMINISTIC, /* the same case twice, and two answers */
  TB_V_LEAKING,          /* host memory not freed by release */
  TB_V_UNTRUSTED,        /* the case could not have shown an error */
  TB_V_NOT_RUN,          /* left out after too many time-outs */
  TB_VERDICTS
} tb_verdict;

#define TB_DIFFERENCES 10

typedef struct tb_difference {
  int64_t index; /* flat, in y */
  float got;
  double want, bound; /* bound < 0: the bits have to be equal */
  bool unwritten;
} tb_difference;

typedef struct tb_judgement {
  tb_verdict verdict;
  char reason[400];
  const char *against; /* what it was held against */
  int64_t elements, wrong, unwritten;
  int differences; /* of those, the first */
  tb_difference difference[TB_DIFFERENCES];
} tb_judgement;

/* Judges the report of one case. golden may be NULL: then the reference says what is right. y_end and y_start are the answers
 * of the two placements, elements floats each, of which nothing is read unless the report's outcome is TB_RAN.
 *
 * A claim of exact, and of a stream, is held to the bits wherever they are determined. On real data, and for a claim of
 * bounded, |y - y64| <= gamma_n * (sum |x||w| + |b|) + terms * tiny with gamma_n = n*u / (1 - n*u), n = terms + 1: a bound that
 * every order of summation meets (Higham, Accuracy and Stability of Numerical Algorithms, section 3.1). */
void tb_judge(const tb_problem *p, const tb_golden_case *golden, const tb_report *report, const float *y_end,
              const float *y_start, int64_t elements, tb_judgement *out);

/* Whether any tap reaches the output. */
bool tb_taps_reach(const tb_problem *p);

const char *tb_verdict_name(tb_verdict verdict);

/* The digest of the reference's answer to a valid case of conv_transpose2d: tb_digest_y. */
XXH128_hash_t tb_reference_digest(const tb_case *c);

#endif
