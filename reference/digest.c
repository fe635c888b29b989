/* Digests of answers, as golden/export/export.py makes them.
 *
 * SPDX-License-Identifier: MIT */
#include "digest.h"

#include "dtype.h"
#include "problem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static XXH128_hash_t digest(const int64_t *sizes, size_t rank, const float *y, int64_t n) {
  enum { HEAD = TENBIN_RANK_MAX * 2, CHUNK = 2048 };
  uint32_t block[HEAD + CHUNK];
  size_t used = rank * 2;
  memcpy(block, sizes, rank * sizeof *sizes);
  if (n <= CHUNK) { /* most are small, and a state costs more than they do */
    for (int64_t i = 0; i < n; i++)
      block[used + (size_t)i] = tb_canonical_bits(y[i]);
    return XXH3_128bits(block, (used + (size_t)n) * sizeof *block);
  }
  XXH3_state_t *state = XXH3_createState();
  if (!state)
    abort();
  XXH3_128bits_reset(state);
  for (; n > 0; used = 0) {
    const int64_t count = n < CHUNK ? n : CHUNK;
    for (int64_t i = 0; i < count; i++)
      block[used + (size_t)i] = tb_canonical_bits(y[i]);
    XXH3_128bits_update(state, block, (used + (size_t)count) * sizeof *block);
    y += count;
    n -= count;
  }
  const XXH128_hash_t result = XXH3_128bits_digest(state);
  XXH3_freeState(state);
  return result;
}

XXH128_hash_t tb_digest_numbers(int32_t dtype, const void *y, int64_t n) {
  enum { CHUNK = 1024 };
  const size_t each = tb_dtype_bytes(dtype);
  unsigned char block[CHUNK * sizeof(uint64_t)];
  XXH3_state_t *state = XXH3_createState();
  if (!state)
    abort();
  XXH3_128bits_reset(state);
  for (int64_t i = 0; i < n; i += CHUNK) {
    const int64_t count = n - i < CHUNK ? n - i : CHUNK;
    for (int64_t k = 0; k < count; k++) {
      const uint64_t bits = tb_number_bits(dtype, y, i + k);
      memcpy(block + (size_t)k * each, &bits, each);
    }
    XXH3_128bits_update(state, block, (size_t)count * each);
  }
  const XXH128_hash_t result = XXH3_128bits_digest(state);
  XXH3_freeState(state);
  return result;
}

XXH128_hash_t tb_digest_y(const tenbin_desc *desc, const float *y) {
  int64_t n = 1;
  for (int i = 0; i < desc->rank; i++)
    n *= desc->size[i];
  return digest(desc->size, (size_t)desc->rank, y, n);
}

uint64_t tb_canonical(uint32_t flags, int32_t dtype, const void *data, int64_t i) {
  if (!(flags & TB_ZERO_SIGNED) && tb_number_is_zero(dtype, data, i))
    return 0;
  return tb_number_bits(dtype, data, i);
}

XXH128_hash_t tb_digest_tensor(uint32_t flags, const tenbin_desc *desc, const void *data) {
  enum { CHUNK = 1024 };
  if (desc->dtype == TENBIN_F32 && !(flags & TB_ZERO_SIGNED))
    return tb_digest_y(desc, data);
  const size_t each = tb_dtype_bytes(desc->dtype);
  const int64_t n = tb_desc_elements(desc);
  unsigned char block[CHUNK * sizeof(uint64_t)];
  XXH3_state_t *state = XXH3_createState();
  if (!state)
    abort();
  XXH3_128bits_reset(state);
  XXH3_128bits_update(state, desc->size, (size_t)desc->rank * sizeof *desc->size);
  for (int64_t i = 0; i < n; i += CHUNK) {
    const int64_t count = n - i < CHUNK ? n - i : CHUNK;
    for (int64_t k = 0; k < count; k++) {
      const uint64_t bits = tb_canonical(flags, desc->dtype, data, i + k);
      memcpy(block + (size_t)k * each, &bits, each); /* little-endian */
    }
    XXH3_128bits_update(state, block, (size_t)count * each);
  }
  const XXH128_hash_t result = XXH3_128bits_digest(state);
  XXH3_freeState(state);
  return result;
}

XXH128_hash_t tb_digest_answer(const tb_problem *p, const void *const *output) {
  XXH128_hash_t digest[TB_TENSORS];
  int n = 0;
  for (int i = 0; i < p->outputs; i++)
    if (p->output[i].dtype != TENBIN_NONE)
      digest[n++] = tb_digest_tensor(p->c.op->flags, &p->output[i], output[i]);
  return n == 1 ? digest[0] : tb_digest_digests(digest, n);
}

bool tb_numbers_equal(uint32_t flags, const tenbin_desc *desc, const void *a, const void *b) {
  const int64_t n = tb_desc_elements(desc);
  if (n == 0 || memcmp(a, b, tb_desc_bytes(desc)) == 0)
    return true;
  for (int64_t i = 0; i < n; i++)
    if (tb_canonical(flags, desc->dtype, a, i) != tb_canonical(flags, desc->dtype, b, i))
      return false;
  return true;
}

XXH128_hash_t tb_digest_digests(const XXH128_hash_t *digest, int n) {
  XXH3_state_t *state = XXH3_createState();
  if (!state)
    abort();
  XXH3_128bits_reset(state);
  for (int i = 0; i < n; i++) {
    XXH128_canonical_t bytes;
    XXH128_canonicalFromHash(&bytes, digest[i]);
    XXH3_128bits_update(state, &bytes, sizeof bytes);
  }
  const XXH128_hash_t result = XXH3_128bits_digest(state);
  XXH3_freeState(state);
  return result;
}

void tb_digest_print(XXH128_hash_t digest, char text[33]) {
  snprintf(text, 33, "%016" PRIx64 "%016" PRIx64, (uint64_t)digest.high64, (uint64_t)digest.low64);
}

bool tb_digest_parse(const char *text, XXH128_hash_t *out) {
  if (!text || strlen(text) != 32 || strspn(text, "0123456789abcdef") != 32)
    return false;
  char half[17] = {0};
  memcpy(half, text, 16);
  out->high64 = strtoull(half, NULL, 16);
  out->low64 = strtoull(text + 16, NULL, 16);
  return true;
}
