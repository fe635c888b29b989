/* A kernel asked for its answers to many cases, to be held against another kernel's.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_PROBE_H
#define TB_PROBE_H

#include "client.h"

/* What a kernel did with a case: how it ended, what was odd about it, and the digests of its answers in both fills. */
typedef struct tb_signature {
  int32_t outcome; /* enum tb_outcome */
  uint32_t odd;    /* a bit for each of: other bits again, with threads, when handed over; leaks; allocations in run */
  XXH128_hash_t digest[2];
} tb_signature;

/* Two kernels that do the same, as far as can be seen. Answers that change from run to run are not compared. */
bool tb_signature_equal(const tb_signature *a, const tb_signature *b);

/* Runs the cases of these descriptors, and goes on behind those that end the worker, ten times at most, and not behind one that
 * ends otherwise than expected[] says (NULL: nothing is expected); what follows is left TB_PENDING. False: stopped, or no more
 * workers. */
bool tb_probe(tb_worker *worker, const char *kernel, uint32_t checks, char *const *text, int texts,
              const tb_signature *expected, tb_signature *out);

#endif
