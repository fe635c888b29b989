/* A safetensors container: eight bytes of header length, a JSON header, raw little-endian data.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_SAFETENSORS_H
#define TB_SAFETENSORS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct tb_safetensors {
  json_t *header;
  const unsigned char *data; /* after the header; not owned */
  size_t size;
} tb_safetensors;

/* Parses the container in bytes, which must outlive it. False: *why says what is malformed; static text or kept in buffer. */
bool tb_safetensors_parse(const void *bytes, size_t size, tb_safetensors *out, char *why, size_t why_size);
void tb_safetensors_close(tb_safetensors *file);

/* A tensor of rank 1 of that dtype ("F32", "F64", "I64", "F16", "BF16"): its elements, naturally aligned, and their number.
 * NULL: it is absent, of another dtype or rank, outside the data, misaligned, or its size does not fit its shape. */
const void *tb_safetensors_get(const tb_safetensors *file, const char *name, const char *dtype, int64_t *elements);

/* A string of __metadata__, or NULL. */
const char *tb_safetensors_metadata(const tb_safetensors *file, const char *key);

#endif
