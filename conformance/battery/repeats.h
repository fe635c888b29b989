/* Numbers that come again: blocks of a stream that are equal, and its beginning.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_REPEATS_H
#define TB_REPEATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <xxhash.h>

#define TB_HEAD_MAX 32
#define TB_BLOCK_MAX 4096

typedef struct tb_repeats {
  int block, head;  /* numbers compared at once; 0: the law has too few different numbers */
  int64_t n, found; /* found: the index at which the beginning comes again; -1: none */
  double beginning[TB_HEAD_MAX];
  double recent[TB_HEAD_MAX];   /* the number of index i is at i mod TB_HEAD_MAX */
  double pending[TB_BLOCK_MAX]; /* the block that is not yet full */
  int fill;
  XXH128_hash_t *hash; /* of each block, in order: 2^-129 M^2 is the probability that two of M different ones agree */
  size_t blocks, capacity;
  bool no_memory;
} tb_repeats;

/* coincidence: the probability that two numbers are equal. Blocks and beginning are so long that among 2^32 of right numbers
 * none comes again except with a probability of 1e-9. A block is of 16 numbers or more in a stream that is one call
 * (period 0), else of one or more whole calls that have 8 numbers or more together. */
void tb_repeats_init(tb_repeats *r, double coincidence, int64_t period);
void tb_repeats_free(tb_repeats *r);

void tb_repeats_add(tb_repeats *r, const double *y, int64_t n);

/* *index: that of the first number that comes again, followed by as many as were compared; -1: none. False: there is no
 * memory. */
bool tb_repeats_finish(const tb_repeats *r, int64_t *index);

#endif
