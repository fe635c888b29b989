/* A kernel asked for its answers to many cases, to be compared with another kernel's.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_PROBE_H
#define TB_PROBE_H

#include "client.h"

/* What a kernel did with a case: how it ended, its anomalies, and the digests of its answers in both fills. */
typedef struct tb_signature {
  int32_t outcome;    /* enum tb_outcome */
  uint64_t detail;    /* of TB_GUARD and TB_ERROR: a hash of the message; else 0 */
  uint32_t anomalies; /* a bit for each of: other bits when run again, with threads, when handed over; leaks; allocations in
                      run; NaN with threads */
  XXH128_hash_t digest[2], again; /* again: of the other bits; 0: not known */
} tb_signature;

tb_signature tb_signature_of(const tb_report *report);

/* Equal for equal signatures, and never 0. */
uint64_t tb_signature_hash(const tb_signature *signature);

/* How two kernels compare on a case. Answers that change with the threads or from run to run are not compared, unless the
 * digest of the second run is known. */
typedef enum tb_likeness { TB_UNLIKE, TB_OTHER_BITS, TB_ALIKE } tb_likeness;
tb_likeness tb_signature_compare(const tb_signature *a, const tb_signature *b);

/* Whether the answers of two kernels to a case of sums of products differ by no more than sums in another order do. Of n terms,
 * each lies within n * u of sum |term| of the exact one (Higham, section 3.1). On fill=wide-x and wide-w only a wrong kernel's
 * sums are ever rounded. Also false if one of them does not run to its end. */
bool tb_probe_same_sums(tb_worker *one, const char *kernel, tb_worker *other, const char *others_kernel, const char *text);

/* Runs the cases of these descriptors. After a case that ends the worker it goes on, ten times at most, but not if expected[]
 * has another outcome (NULL: nothing is expected). What follows is left TB_PENDING. False: stopped, or no more workers. */
bool tb_probe(tb_worker *worker, const char *kernel, uint32_t checks, char *const *text, int texts,
              const tb_signature *expected, tb_signature *out);

#endif
