/* The values in a descriptor's tokens.
 *
 * SPDX-License-Identifier: MIT */
#include "scan.h"

#include "number.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool tb_scan_fail(const tb_scan *scan, const char *at, size_t length, const char *format, ...) {
  va_list values;
  va_start(values, format);
  scan->error->column = (size_t)(at - scan->line);
  scan->error->length = length > 0 ? length : 1;
  vsnprintf(scan->error->text, sizeof scan->error->text, format, values);
  va_end(values);
  return false;
}

bool tb_scan_number(const tb_scan *scan, const char **s, const char *end, const char *meaning, int64_t *out) {
  const char *from = *s, *after = from + (from < end && *from == '-');
  if (after >= end || !isdigit((unsigned char)*after))
    return tb_scan_fail(scan, from, (size_t)(end - from), "%s: a whole number is expected here", meaning);
  while (after < end && isdigit((unsigned char)*after))
    after++;
  if (!tb_number_whole(from, after, INT64_MIN, INT64_MAX, out))
    return tb_scan_fail(scan, from, (size_t)(after - from), "%s: the number does not fit 64 bits", meaning);
  *s = after;
  return true;
}

bool tb_scan_count(const tb_scan *scan, const char *s, const char *end, const char *meaning, int64_t *out) {
  const char *const from = s;
  if (!tb_scan_number(scan, &s, end, meaning, out))
    return false;
  return (s == end && *out >= 1 && *out <= 1000000000) ||
         tb_scan_fail(scan, from, (size_t)(end - from), "%s: a whole number from 1 to 10^9 is expected here", meaning);
}

bool tb_scan_real(const tb_scan *scan, const char *s, const char *end, const char *meaning, double *out) {
  return tb_number_real(s, end, out) ||
         tb_scan_fail(scan, s, (size_t)(end - s), "%s: a decimal number that fits a double, nan, inf or -inf is expected here",
                      meaning);
}

bool tb_scan_pair(const tb_scan *scan, const char *s, const char *end, const char *meaning, char separator, int64_t out[2]) {
  if (!tb_scan_number(scan, &s, end, meaning, &out[0]))
    return false;
  if (s == end && separator == 'x') {
    out[1] = out[0];
    return true;
  }
  if (s == end || *s != separator)
    return tb_scan_fail(scan, s, (size_t)(end - s), "%s: '%c' is expected here, as in %s", meaning, separator,
                        separator == 'x' ? "3x2 (height before width)" : "4:6 (in_channels before out_channels)");
  s++;
  if (!tb_scan_number(scan, &s, end, meaning, &out[1]))
    return false;
  return s == end || tb_scan_fail(scan, s, (size_t)(end - s), "%s: nothing is expected after the second number", meaning);
}

bool tb_scan_list(const tb_scan *scan, const char *s, const char *end, const char *meaning, tb_list *out) {
  if (s >= end || *s != '[' || end[-1] != ']')
    return tb_scan_fail(scan, s, (size_t)(end - s), "%s: a list without blanks such as [1,4,5,5] is expected here", meaning);
  s++;
  out->length = 0;
  while (s < end - 1) {
    if (out->length == TB_LIST_MAX)
      return tb_scan_fail(scan, s, (size_t)(end - s), "%s: at most %d numbers", meaning, TB_LIST_MAX);
    if (!tb_scan_number(scan, &s, end, meaning, &out->v[out->length++]))
      return false;
    if (s == end - 1)
      break;
    if (*s != ',')
      return tb_scan_fail(scan, s, (size_t)(end - s), "%s: ',' or ']' is expected here", meaning);
    s++;
    if (s == end - 1)
      return tb_scan_fail(scan, s, 1, "%s: a whole number is expected here", meaning);
  }
  return true;
}

bool tb_scan_seed(const tb_scan *scan, const char *s, const char *end, uint64_t *out) {
  const size_t length = (size_t)(end - s), sign = s < end && *s == '-';
  int64_t negative;
  if (length == sign || strspn(s + sign, "0123456789") < length - sign)
    return tb_scan_fail(scan, s, length, "seed: a whole number is expected here");
  if (sign ? !tb_number_whole(s, end, INT64_MIN, 0, &negative) : !tb_number_unsigned(s, end, out))
    return tb_scan_fail(scan, s, length, "seed: accepted are -2^63 to 2^64-1, as by torch.manual_seed");
  if (sign)
    *out = (uint64_t)negative;
  return true;
}
