/* The reader of golden data: what PyTorch said of each case. Files are mapped, and treated as hostile input.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_GOLDEN_H
#define TB_GOLDEN_H

#include "descriptor.h"
#include "kernel.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <xxhash.h>

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
  tb_list shape;           /* of y; exact and real */
  XXH128_hash_t digest;    /* exact: tb_digest_y; stream: tb_digest_f32 */
  XXH128_hash_t inputs[3]; /* exact and real: of the fill's bytes; zero where the input is absent */
  const float *y;          /* exact and stream: canonical, all of it; NULL where only the digest is kept */
  int64_t points;          /* real: how many index and value pairs; stream: length of y */
  const int64_t *index;    /* real: flat index in y, within its shape */
  const double *value;
  const char *message; /* rejected: the first line */
} tb_golden_case;

typedef struct tb_golden tb_golden;

/* Opens all that DIR/MANIFEST lists: each file is there, has its size and its XXH3-128, and is well formed. NULL: message names
 * the file and what is wrong with it. */
tb_golden *tb_golden_open(const char *dir, char message[TB_GOLDEN_MESSAGE]);
void tb_golden_close(tb_golden *golden);

/* NULL: there is no answer for that descriptor. */
const tb_golden_case *tb_golden_find(const tb_golden *golden, const char *text);

int tb_golden_count(const tb_golden *golden);
const tb_golden_case *tb_golden_at(const tb_golden *golden, int i);

/* The bits of a float in canonical form, where it has one: -0 as +0, every NaN as 0x7fc00000. */
static inline uint32_t tb_canonical_bits(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  bits = (bits & 0x7fffffff) == 0 ? 0 : bits;
  return (bits & 0x7fffffff) > 0x7f800000 ? 0x7fc00000 : bits;
}

/* XXH3-128 of n floats in canonical form. */
XXH128_hash_t tb_digest_f32(const float *y, int64_t n);

/* The same of a dense tensor, with its sizes in front, as 64-bit little-endian integers. */
XXH128_hash_t tb_digest_y(const tenbin_desc *desc, const float *y);

/* The text of a ledger that MANIFEST lists, "grid" or "space", without an end. NULL: it is not listed. */
const char *tb_golden_ledger(const tb_golden *golden, const char *name, size_t *size);

/* 32 hexadecimal digits, as xxhsum prints them. Parsing is false where the text is anything else. */
void tb_digest_print(XXH128_hash_t digest, char text[33]);
bool tb_digest_parse(const char *text, XXH128_hash_t *out);

#endif
