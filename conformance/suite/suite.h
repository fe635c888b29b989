/* A suite: groups of cases, in the chunks that are run at once, each with PyTorch's answer.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_SUITE_H
#define TB_SUITE_H

#include "cases.h"
#include "golden.h"
#include "operator.h"

typedef enum tb_group_kind {
  TB_LISTED,   /* cases of a file, or of the command line */
  TB_REJECTED, /* cases of a file that PyTorch refuses: for the validator alone */
  TB_GRID,     /* blocks of the operator's grid */
  TB_SPACE     /* lines of golden/space.ledger */
} tb_group_kind;

typedef struct tb_suite_case {
  const tb_case *c;
  const char *text, *flags, *why;
  const tb_golden_case *golden; /* NULL: the reference has to do */
} tb_suite_case;

/* A line of golden/space.ledger: a case without fill and seed, and the digest of its two answers' digests. */
typedef struct tb_space_case {
  char text[160];
  XXH128_hash_t digest;
} tb_space_case;

typedef struct tb_chunk {
  int first, cases; /* of the group's list; a block of the grid has its own cases */
  tb_grid_block block;
} tb_chunk;

typedef struct tb_suite_group {
  char name[128]; /* OPERATOR/FILE/GROUP; FILE is --case for cases of the command line */
  tb_group_kind kind;
  const tb_operator *op; /* of its cases: a group of a file with cases of several becomes as many groups */
  bool heavy;
  int cases; /* all of its chunks */
  int chunks;
  tb_chunk *chunk;
  int listed;
  tb_suite_case *list;
  int spaced;
  tb_space_case *space;
} tb_suite_group;

/* Cases that are left out: heavy ones, the ledgers' beyond quick's sample, those of other shards. */
typedef struct tb_left_out {
  int64_t heavy, sampled, sharded;
} tb_left_out;

typedef struct tb_suite {
  const char *name; /* "quick", "full", "grid", or "" for cases of the caller's own */
  bool counted;     /* support.txt has the number of its supported cases */
  int groups;
  tb_suite_group *group;
  int files;
  tb_case_file **file;
  tb_golden *golden;
  const char *manifest; /* the digest of a MANIFEST that is not the committed one, by $TENBIN_MANIFEST; or NULL */
  tb_left_out left_out[TB_OPERATORS_MAX]; /* of each operator, by tb_operator_index */
  int64_t unchosen;                       /* cases of the operators that tb_suite_restrict has removed */
} tb_suite;

/* What of a suite to run: the cases whose hash falls to shard `shard` of `shards`. {0, 1} is all. */
typedef struct tb_shard {
  int shard, shards;
} tb_shard;

/* The committed suite of that name. "full" is all of it; "quick" leaves the heavy groups out and takes one of 64 blocks of the
 * grid, and of 64 cases of the space, by their hashes; "grid" is all of the grid alone. Every case that PyTorch can be asked
 * has its golden answer, and every answer is of a case. NULL: message names what is missing or damaged. */
tb_suite *tb_suite_open(const char *name, tb_shard shard, char *message, size_t size);

/* Files of cases, and single descriptors as a group of their own; golden answers where there are any. */
tb_suite *tb_suite_make(const char *const *files, int file_count, const char *const *texts, int text_count, tb_shard shard,
                        char *message, size_t size);

/* Removes the groups of operators that are not in the set. */
void tb_suite_restrict(tb_suite *suite, unsigned operators);

void tb_suite_close(tb_suite *suite);

/* Case i of a chunk: its canonical descriptor, with the exact fill wide-x where the ledgers leave the fill open. */
void tb_chunk_text(const tb_suite_group *group, const tb_chunk *chunk, int i, char text[TB_TEXT_MAX]);

/* How many cases there are for kernels of an operator, by its name. */
int64_t tb_suite_cases(const tb_suite *suite, const char *op);

#endif
