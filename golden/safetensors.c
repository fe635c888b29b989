/* The reader of safetensors containers.
 *
 * SPDX-License-Identifier: MIT */
#include "safetensors.h"

#include <stdio.h>
#include <string.h>

bool tb_safetensors_parse(const void *bytes, size_t size, tb_safetensors *out, char *why, size_t why_size) {
  const unsigned char *p = bytes;
  uint64_t length = 0;
  json_error_t error;
  if (size < 8) {
    snprintf(why, why_size, "is shorter than a safetensors header");
    return false;
  }
  for (int i = 7; i >= 0; i--)
    length = length << 8 | p[i];
  if (length > size - 8) {
    snprintf(why, why_size, "is no safetensors file: its header would be longer than the file");
    return false;
  }
  json_t *header = json_loadb((const char *)p + 8, (size_t)length, JSON_REJECT_DUPLICATES, &error);
  if (!header || !json_is_object(header)) {
    snprintf(why, why_size, "has a malformed header: %s", header ? "it is no JSON object" : error.text);
    json_decref(header);
    return false;
  }
  *out = (tb_safetensors){header, p + 8 + length, size - 8 - (size_t)length};
  return true;
}

void tb_safetensors_close(tb_safetensors *file) {
  json_decref(file->header);
  file->header = NULL;
}

const char *tb_safetensors_metadata(const tb_safetensors *file, const char *key) {
  return json_string_value(json_object_get(json_object_get(file->header, "__metadata__"), key));
}

const void *tb_safetensors_get(const tb_safetensors *file, const char *name, const char *dtype, int64_t *elements) {
  const json_t *entry = json_object_get(file->header, name);
  const json_t *shape = json_object_get(entry, "shape"), *range = json_object_get(entry, "data_offsets");
  const char *type = json_string_value(json_object_get(entry, "dtype"));
  if (!type || strcmp(type, dtype) != 0 || json_array_size(shape) != 1 || json_array_size(range) != 2 ||
      !json_is_integer(json_array_get(shape, 0)) || !json_is_integer(json_array_get(range, 0)) ||
      !json_is_integer(json_array_get(range, 1)))
    return NULL;
  const json_int_t n = json_integer_value(json_array_get(shape, 0)), from = json_integer_value(json_array_get(range, 0)),
                   to = json_integer_value(json_array_get(range, 1));
  const uint64_t each = strstr(dtype, "64") ? 8 : strstr(dtype, "32") ? 4 : strstr(dtype, "16") ? 2 : 1;
  if (n < 0 || from < 0 || to < from || (uint64_t)to > file->size || (uint64_t)n > file->size ||
      (uint64_t)(to - from) != (uint64_t)n * each)
    return NULL;
  const unsigned char *at = file->data + from;
  if ((uintptr_t)at % each)
    return NULL;
  *elements = n;
  return at;
}
