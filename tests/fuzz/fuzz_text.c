/* Small readers and writers of text: numbers, digests, lines, and what is printed of texts that plugins give.
 *
 * SPDX-License-Identifier: MIT */
#include "digest.h"
#include "fuzz.h"
#include "lines.h"
#include "memory.h"
#include "number.h"
#include "printable.h"
#include "tap.h"
#include "text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What is read as a number is printed and read as the same one. */
static bool number(const char *text) {
  char printed[80];
  const char *end = text + strlen(text);
  int64_t whole, whole_again;
  uint64_t digits;
  double real, real_again;
  XXH128_hash_t digest;
  const bool is_whole = tb_number_whole(text, end, INT64_MIN, INT64_MAX, &whole),
             is_digits = tb_number_unsigned(text, end, &digits), is_real = tb_number_real(text, end, &real),
             is_digest = tb_digest_parse(text, &digest);
  tb_text t = {printed, 0, sizeof printed};
  if (is_whole) {
    tb_text_integer(&t, "", whole);
    fuzz_require(tb_number_whole(printed, printed + t.used, whole, whole, &whole_again), "%s is printed as %s", text, printed);
    fuzz_require(*text == '-' || (is_digits && digits == (uint64_t)whole), "%s is another number without a sign", text);
  }
  t.used = 0;
  if (is_real) {
    tb_text_decimal(&t, real);
    fuzz_require(tb_number_real(printed, printed + t.used, &real_again) &&
                     (isnan(real) ? isnan(real_again) : real == real_again && !signbit(real) == !signbit(real_again)),
                 "%s is printed as %s", text, printed);
  }
  if (is_digest) {
    tb_digest_print(digest, printed);
    fuzz_require(strcmp(text, printed) == 0, "%s is printed as %s", text, printed);
  }
  return is_whole || is_real || is_digest;
}

/* Whatever a text holds, what is printed of it fits, has no control characters, and is its own copy. */
static void print_safely(const char *text, size_t room) {
  char *out = tb_need(malloc(room)), *again = tb_need(malloc(room));
  const bool whole = tb_printable(out, room, text);
  fuzz_require(memchr(out, 0, room) != NULL, "a copy without an end");
  for (const char *s = out; *s; s++)
    fuzz_require((unsigned char)*s >= ' ' && *s != 127, "a copy with byte %d", *s);
  fuzz_require(!whole || (tb_printable(again, room, out) && strcmp(out, again) == 0), "a copy of a copy is another one");
  tb_printable_lines(out, room, text);
  fuzz_require(memchr(out, 0, room) != NULL, "a copy of lines without an end");
  free(out);
  free(again);
}

/* As TAP: one line a point, whatever its name. */
static void tap(const char *text) {
  char *out = NULL;
  size_t size = 0, lines = 0;
  tb_tap t;
  FILE *stream = tb_need(open_memstream(&out, &size));
  tb_tap_start(&t, stream);
  tb_tap_point(&t, true, text, NULL);
  tb_tap_yaml_begin(&t);
  tb_tap_yaml(&t, "key", "%s", text);
  tb_tap_yaml_end(&t);
  fclose(stream);
  for (size_t i = 0; i < size; i++)
    lines += out[i] == '\n';
  fuzz_require(lines == 5, "%zu lines instead of 5", lines);
  free(out);
}

static bool lines(const uint8_t *bytes, size_t size) {
  tb_lines l;
  char message[300];
  int got, count = 0;
  fuzz_require(tb_lines_open(&l, fuzz_data("lines", bytes, size), message, sizeof message), "%s", message);
  while ((got = tb_lines_next(&l, message, sizeof message)) > 0) {
    fuzz_require(l.number == ++count && strlen(l.text) < TB_LINE_MAX && !strpbrk(l.text, "\r\n"), "line %d", l.number);
    number(l.text);
  }
  tb_lines_close(&l);
  return got == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  char *text = fuzz_text(bytes, size);
  const bool taken = number(text);
  for (size_t room = 3; room < 3 + 2 * strlen(text); room += 1 + room / 2)
    print_safely(text, room);
  print_safely(text, 4 * strlen(text) + 3);
  tap(text);
  fuzz_taken += lines(bytes, size) && taken;
  free(text);
  return 0;
}
