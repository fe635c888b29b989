/* Texts of plugins, made fit for a line of a terminal and of TAP.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_PRINTABLE_H
#define TB_PRINTABLE_H

#include <stdbool.h>
#include <stddef.h>

/* Copies a text as UTF-8 without control characters: each byte of these, of what breaks or reorders a line (U+2028 to U+202E,
 * U+2066 to U+2069) and of invalid UTF-8 becomes \xNN. A backslash stays, so that a copy of a copy is the same. size >= 3.
 * False: it does not fit, and ends in "..". */
bool tb_printable(char *out, size_t size, const char *text);

/* The same, where line breaks stay. */
bool tb_printable_lines(char *out, size_t size, const char *text);

#endif
