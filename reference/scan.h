/* The values in a descriptor's tokens: numbers, pairs, lists, seeds, each with its error at its place.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_SCAN_H
#define TB_SCAN_H

#include "descriptor.h"

/* A line that is being read, and where its error goes. `meaning` names in messages what a value is. Each function reads from s
 * to end; false: *error says what is wrong and where. */
typedef struct tb_scan {
  const char *line;
  tb_error *error;
} tb_scan;

/* Sets the error, at `length` bytes from `at`, and returns false. */
__attribute__((format(printf, 4, 5))) bool tb_scan_fail(const tb_scan *scan, const char *at, size_t length, const char *format,
                                                        ...);

/* A whole number at *s, no further than end; *s moves past it. */
bool tb_scan_number(const tb_scan *scan, const char **s, const char *end, const char *meaning, int64_t *out);

/* A whole number from 1 to 10^9, and nothing after it. */
bool tb_scan_count(const tb_scan *scan, const char *s, const char *end, const char *meaning, int64_t *out);

/* A decimal number, nan, inf or -inf. */
bool tb_scan_real(const tb_scan *scan, const char *s, const char *end, const char *meaning, double *out);

/* 3x2, or 3 for 3x3, where the separator is x; 4:6 where it is a colon. */
bool tb_scan_pair(const tb_scan *scan, const char *s, const char *end, const char *meaning, char separator, int64_t out[2]);

/* [1,4,5,5] */
bool tb_scan_list(const tb_scan *scan, const char *s, const char *end, const char *meaning, tb_list *out);

/* A seed as torch.manual_seed takes it: -2^63 .. 2^64-1, negative ones modulo 2^64. */
bool tb_scan_seed(const tb_scan *scan, const char *s, const char *end, uint64_t *out);

#endif
