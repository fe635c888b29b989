/* The judge: what a kernel answered, compared with what is right.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_JUDGE_H
#define TB_JUDGE_H

#include "battery.h"
#include "golden.h"
#include "problem.h"
#include "protocol.h"

typedef enum tb_verdict {
  TB_V_PASSED,
  TB_V_FAILED,
  TB_V_UNSUPPORTED,
  TB_V_KNOWN,      /* failed, as conformance/known.txt says */
  TB_V_GUARD,      /* touched what is not its own */
  TB_V_MISALIGNED, /* needs more alignment than it declares */
  TB_V_CRASHED,    /* a signal, or the end of the process */
  TB_V_TIMED_OUT,
  TB_V_NONDETERMINISTIC, /* the same case twice, and two answers */
  TB_V_LEAKING,          /* host memory not freed by release */
  TB_V_UNTRUSTED,        /* the case could not have shown an error */
  TB_V_NOT_JUDGED,       /* the machine could not run it: nothing is said of the kernel */
  TB_V_NOT_RUN,          /* left out after too many time-outs */
  TB_VERDICTS
} tb_verdict;

#define TB_DIFFERENCES 10

typedef struct tb_difference {
  int output;
  int64_t index; /* flat, in that output */
  double got;
  double want, bound;            /* bound < 0: the bits have to be equal */
  int64_t got_whole, want_whole; /* of an integer dtype, exactly */
  bool unwritten;
} tb_difference;

typedef struct tb_judgement {
  tb_verdict verdict;
  char reason[400];
  const char *against; /* what it was compared with */
  char note[160];      /* how it passed, where it passed by less than every bit of PyTorch's; may be empty */
  /* Of all outputs: elements that were compared; of these, the wrong ones; of those, the ones that were never written. */
  int64_t elements, wrong, unwritten;
  int differences; /* of the wrong ones, the first */
  tb_difference difference[TB_DIFFERENCES];
  bool again;       /* it was right at first, and those that differ are the answer's that was drawn or computed once more */
  int64_t repeated; /* of a distribution: the index from which on numbers come again; 0: none do */
  int statistics;   /* how many */
  tb_statistic statistic[TB_STATISTICS];
} tb_judgement;

/* The answers of one case, as the worker has left them: nothing of them is read unless the report's outcome is TB_RAN. */
typedef struct tb_answers {
  const void *end[TB_TENSORS], *start[TB_TENSORS]; /* the outputs in the two placements; NULL: absent, or not needed */
  const void *states;                              /* of a sequence: the generator's, one after each item */
  int64_t elements;                                /* of the first output: of a sequence, the numbers that are kept */
} tb_answers;

/* Judges the report of one case. golden may be NULL: then the reference says what is right.
 *
 * A claim of exact is held to the bits wherever they are determined. On real data, and for a claim of bounded, every operator
 * that rounds is held to |y - y64| <= gamma_n * magnitude + terms * tiny with gamma_n = n*u / (1 - n*u), n = terms + 1, and the
 * magnitude and terms of its `element`, such as sum |x||w| + |b|: a bound that every order of summation meets (Higham, Accuracy
 * and Stability of Numerical Algorithms, section 3.1). A sum may overflow where its positive or its negative terms do. A claim
 * of a stream is held to PyTorch's bits, and to its generator's state after every call; a claim of its numbers in other
 * arithmetic, and every claim where no golden answer is at hand, to the bound of tb_normal_reference. A stream that needs the C
 * library's functions passes by the bound where that library is another one than PyTorch had. Stream `any` is not judged here.
 */
void tb_judge(const tb_problem *p, const tb_golden_case *golden, const tb_report *report, const tb_answers *answers,
              tb_judgement *out);

const char *tb_verdict_name(tb_verdict verdict);

/* tb_digest_answer of the reference's answer to a valid case of a function of its inputs. */
XXH128_hash_t tb_reference_digest(const tb_case *c);

#endif
