/* Numbers in text.
 *
 * SPDX-License-Identifier: MIT */
#include "number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool tb_number_unsigned(const char *text, const char *end, uint64_t *out) {
  uint64_t value = 0;
  if (text >= end)
    return false;
  for (; text < end; text++)
    if (*text < '0' || *text > '9' || __builtin_mul_overflow(value, 10, &value) ||
        __builtin_add_overflow(value, (uint64_t)(*text - '0'), &value))
      return false;
  *out = value;
  return true;
}

bool tb_number_whole(const char *text, const char *end, int64_t least, int64_t most, int64_t *out) {
  const bool negative = least < 0 && text < end && *text == '-';
  uint64_t digits;
  int64_t value;
  if (!tb_number_unsigned(text + negative, end, &digits))
    return false;
  if (negative ? __builtin_sub_overflow(0, digits, &value) : __builtin_add_overflow(0, digits, &value))
    return false;
  if (value < least || value > most)
    return false;
  *out = value;
  return true;
}

static bool is_word(const char *text, const char *end, const char *word) {
  return (size_t)(end - text) == strlen(word) && memcmp(text, word, strlen(word)) == 0;
}

static const char *after_digits(const char *text, const char *end) {
  while (text < end && *text >= '0' && *text <= '9')
    text++;
  return text;
}

/* The end of [-]DIGITS[.DIGITS][e[+-]DIGITS], with a digit on one side of the point at least; NULL: it begins otherwise. */
static const char *after_decimal(const char *text, const char *end) {
  text += text < end && *text == '-';
  const char *point = after_digits(text, end), *at = point;
  if (at < end && *at == '.')
    at = after_digits(at + 1, end);
  if (at - text == (at > point)) /* a point alone, or nothing */
    return NULL;
  if (at < end && (*at == 'e' || *at == 'E')) {
    const char *digits = at + 1 + (at + 1 < end && (at[1] == '-' || at[1] == '+'));
    if (after_digits(digits, end) > digits)
      at = after_digits(digits, end);
  }
  return at;
}

bool tb_number_real(const char *text, const char *end, double *out) {
  char copy[64];
  if (is_word(text, end, "nan") || is_word(text, end, "inf") || is_word(text, end, "-inf")) {
    *out = *text == 'n' ? NAN : *text == '-' ? -INFINITY : INFINITY;
    return true;
  }
  if (text >= end || (size_t)(end - text) >= sizeof copy || after_decimal(text, end) != end)
    return false;
  memcpy(copy, text, (size_t)(end - text));
  copy[end - text] = 0;
  const double value = strtod(copy, NULL);
  const size_t mantissa = strcspn(copy, "eE");
  copy[mantissa] = 0;
  if (isinf(value) || (value == 0 && strpbrk(copy, "123456789")))
    return false;
  *out = value;
  return true;
}
