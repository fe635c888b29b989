/* Numbers in text, as command lines, descriptors and files have them: all of the text is the number, or it is none.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_NUMBER_H
#define TB_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/* Decimal digits, after a minus if least is negative: no blank, no plus, nothing after them. False: the text is something
 * else, or the number is not from least to most; *out is untouched. */
bool tb_number_whole(const char *text, const char *end, int64_t least, int64_t most, int64_t *out);

/* Decimal digits of a number below 2^64. */
bool tb_number_unsigned(const char *text, const char *end, uint64_t *out);

/* A decimal number such as -1.5e-3, or nan, inf or -inf. False also where a double holds it neither as a number nor, beside 0,
 * as anything but 0. */
bool tb_number_real(const char *text, const char *end, double *out);

#endif
