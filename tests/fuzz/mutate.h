/* Inputs for fuzzers: files, and what changes of these make.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_MUTATE_H
#define TB_MUTATE_H

#include <stddef.h>
#include <stdint.h>

#define MUTATE_MAX 16384 /* bytes of an input */

typedef struct mutate_file {
  char *name;
  uint8_t *bytes;
  size_t size;
} mutate_file;

typedef struct mutate_corpus {
  int files;
  mutate_file *file;
} mutate_corpus;

/* Input `number`, the same whenever the corpus is the same: one of the files with a few changes, half of the time with one.
 * Returns its size. */
size_t mutate(const mutate_corpus *corpus, uint64_t number, uint8_t out[MUTATE_MAX]);

#endif
