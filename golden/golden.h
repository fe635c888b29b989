/* The reader of golden data: what PyTorch said of each case. Files are mapped, and treated as hostile input.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_GOLDEN_H
#define TB_GOLDEN_H

#include "calls.h"
#include "digest.h"
#include "libm.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TB_GOLDEN_MESSAGE 600

typedef enum tb_golden_kind {
  TB_GOLDEN_EXACT,    /* every bit of y is determined: digest, and y itself where it is small */
  TB_GOLDEN_REAL,     /* exact values in double at some points */
  TB_GOLDEN_REJECTED, /* PyTorch's message */
  TB_GOLDEN_STREAM    /* the numbers drawn, in order */
} tb_golden_kind;

/* One answer. Pointers live as long as the golden data. */
typedef struct tb_golden_case {
  const char *text; /* the canonical descriptor */
  const char *flags, *group, *why, *source;
  tb_golden_kind kind;
  tb_list shape;                    /* of the first output; exact and real */
  XXH128_hash_t digest;             /* exact: of all outputs that are there (tb_digest_digests); stream: tb_digest_numbers */
  XXH128_hash_t inputs[TB_TENSORS]; /* exact and real: of the fill's bytes; zero where the input is absent */
  const void *output[TB_TENSORS];   /* exact: in their dtypes; NULL where only the digest is kept */
  const void *numbers;              /* stream: all of them; NULL where only the digest is kept */
  int64_t points;                   /* real: how many index and value pairs; stream: how many numbers */
  const int64_t *index;             /* real: flat index in the first output, within its shape */
  const double *value;
  const char *message; /* rejected: the first line */
  /* Of a stream: */
  const void *head, *tail; /* where numbers is NULL, the first and the last `ends` numbers */
  int64_t ends;
  int states;
  XXH128_hash_t state[TB_CALLS_MAX]; /* of the generator's state after each item of calls=, in its last repetition */
  double waiting[TB_CALLS_MAX];      /* the number of N(0, 1) that waits in that state for the next draw; NAN: none does */
  const char *libc;                  /* the C library of the exporting machine, such as "glibc 2.36" */
  const int64_t *cells;              /* NULL, or the statistics of the numbers that golden/README.md describes: 4,096 counts */
  const int64_t *tails;              /* 3 */
  const double *hermite;             /* 4 */
  const double *extremes;            /* 2 */
  /* tb_libm_digest of the functions of libc, where PyTorch drew */
  XXH128_hash_t libm[TB_LIBM_FUNCTIONS];
} tb_golden_case;

typedef struct tb_golden tb_golden;

/* Opens all that DIR/MANIFEST lists: each file is there, has its size and its XXH3-128, and is well formed. `manifest` is the
 * XXH3-128 of MANIFEST itself, as xxhsum prints it; NULL: that of the committed data. NULL is returned, and message names the
 * file and what is wrong with it. */
tb_golden *tb_golden_open(const char *dir, const char *manifest, char message[TB_GOLDEN_MESSAGE]);
void tb_golden_close(tb_golden *golden);

/* NULL: there is no answer for that descriptor. */
const tb_golden_case *tb_golden_find(const tb_golden *golden, const char *text);

int tb_golden_count(const tb_golden *golden);
const tb_golden_case *tb_golden_at(const tb_golden *golden, int i);

/* The text of a file that MANIFEST lists, such as "grid.ledger", without an end. NULL: it is not listed. */
const char *tb_golden_text(const tb_golden *golden, const char *name, size_t *size);

#endif
