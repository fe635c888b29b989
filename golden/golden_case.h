/* One case of a golden file, which is hostile input.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_GOLDEN_CASE_H
#define TB_GOLDEN_CASE_H

#include "golden.h"
#include "safetensors.h"

/* Reads case `number` of a file from its record. Pointers of `out` lead into the file and the record. Returns NULL, or what is
 * wrong, as the end of the sentence "case N ..". */
const char *tb_golden_case_read(const tb_safetensors *file, int number, const json_t *record, tb_golden_case *out);

#endif
