/* Digests of answers, as golden/export/export.py makes them.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_DIGEST_H
#define TB_DIGEST_H

#include "problem.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <xxhash.h>

/* The bits of a float in canonical form, where it has one: -0 as +0, every NaN as 0x7fc00000. */
static inline uint32_t tb_canonical_bits(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  bits = (bits & 0x7fffffff) == 0 ? 0 : bits;
  return (bits & 0x7fffffff) > 0x7f800000 ? 0x7fc00000 : bits;
}

/* XXH3-128 of n numbers of f32, f64, f16 or bf16, with each NaN as tb_number_bits has it. */
XXH128_hash_t tb_digest_numbers(int32_t dtype, const void *y, int64_t n);

/* XXH3-128 of a dense tensor's sizes, as 64-bit little-endian integers, and of its floats in canonical form. */
XXH128_hash_t tb_digest_y(const tenbin_desc *desc, const float *y);

/* XXH3-128 of a dense tensor's sizes, as 64-bit little-endian integers, and of its numbers: each NaN as tb_number_bits has it,
 * and -0 as +0 unless flags has TB_ZERO_SIGNED. Of f32 without it that is tb_digest_y. */
XXH128_hash_t tb_digest_tensor(uint32_t flags, const tenbin_desc *desc, const void *data);

/* Of an answer, the digest of its one output, or tb_digest_digests of those of all wanted ones. */
XXH128_hash_t tb_digest_answer(const tb_problem *p, const void *const *output);

/* The bits of element i in the form that digests and comparisons use. */
uint64_t tb_canonical(uint32_t flags, int32_t dtype, const void *data, int64_t i);

/* Whether two dense tensors hold the same numbers in the digests' sense. */
bool tb_numbers_equal(uint32_t flags, const tenbin_desc *desc, const void *a, const void *b);

/* XXH3-128 of digests one after the other, each as 16 bytes in canonical, big-endian order. */
XXH128_hash_t tb_digest_digests(const XXH128_hash_t *digest, int n);

/* 32 hexadecimal digits, as xxhsum prints them. Parsing is false where the text is anything else. */
void tb_digest_print(XXH128_hash_t digest, char text[33]);
bool tb_digest_parse(const char *text, XXH128_hash_t *out);

#endif
