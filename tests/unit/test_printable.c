/* Texts of plugins as they are printed.
 *
 * SPDX-License-Identifier: MIT */
#include "printable.h"

#include "test.h"

#include <string.h>

static const struct {
  const char *text, *printed;
} rows[] = {
    {"", ""},
    {"OpenBLAS 0.3.21", "OpenBLAS 0.3.21"},
    {"a\\b \\x1b", "a\\b \\x1b"}, /* a copy of a copy is the same */
    {"\033[2J", "\\x1b[2J"},
    {"a\nb\r\t\177", "a\\x0ab\\x0d\\x09\\x7f"},
    {"h\303\251 \346\227\245 \360\237\230\200", "h\303\251 \346\227\245 \360\237\230\200"},
    {"\302\200\302\237", "\\xc2\\x80\\xc2\\x9f"}, /* C1 */
    {"\302\240", "\302\240"},
    {"\233", "\\x9b"},
    {"\303", "\\xc3"}, /* cut */
    {"\346\227", "\\xe6\\x97"},
    {"\360\237\230", "\\xf0\\x9f\\x98"},
    {"\300\257", "\\xc0\\xaf"},          /* / in two bytes */
    {"\340\200\257", "\\xe0\\x80\\xaf"}, /* in three */
    {"\360\200\200\257", "\\xf0\\x80\\x80\\xaf"},
    {"\355\240\200", "\\xed\\xa0\\x80"},          /* a surrogate */
    {"\364\220\200\200", "\\xf4\\x90\\x80\\x80"}, /* beyond U+10FFFF */
    {"\377\376", "\\xff\\xfe"},
    {"\342\200\250\342\200\256", "\\xe2\\x80\\xa8\\xe2\\x80\\xae"}, /* U+2028, U+202E */
    {"\342\201\246", "\\xe2\\x81\\xa6"},                            /* U+2066 */
    {"\342\200\246", "\342\200\246"},                               /* U+2026 */
};

int main(void) {
  char out[100], lines[100];
  tb_tap_start(&test_tap, stdout);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    check(tb_printable(out, sizeof out, rows[i].text) && strcmp(out, rows[i].printed) == 0, "row %zu: %s", i, rows[i].printed);
    check(tb_printable(lines, sizeof lines, out) && strcmp(lines, out) == 0, "row %zu: and again", i);
  }
  check(tb_printable_lines(out, sizeof out, "a\nb\r\n") && strcmp(out, "a\nb\\x0d\n") == 0, "line breaks may stay");
  check(tb_printable(out, 5, "abcd") && strcmp(out, "abcd") == 0, "four bytes fit into five");
  check(!tb_printable(out, 5, "abcde") && strcmp(out, "ab..") == 0, "five do not");
  check(!tb_printable(out, 5, "a\033") && strcmp(out, "a..") == 0, "an escape is not cut");
  check(!tb_printable(out, 6, "ab\303\251cd") && strcmp(out, "ab..") == 0, "a character is not cut");
  check(!tb_printable(out, 3, "abc") && strcmp(out, "..") == 0, "two dots at least");
  return finish();
}
