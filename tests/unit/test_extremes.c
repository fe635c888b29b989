/* The descriptor at its extremes: every token with numbers at the ends of 64 bits, and with zeros that hide a product. What is
 * taken prints and reads back as itself, and what is valid has sizes that 64 bits hold. The build with the undefined behaviour
 * sanitizer sees the rest.
 *
 * SPDX-License-Identifier: MIT */
#include "calls.h"
#include "dtype.h"
#include "problem.h"

#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const numbers[] = {
    "0",
    "1",
    "2",
    "3",
    "-1",
    "6",
    "65536",
    "1000000000",
    "2147483647",
    "2147483648",
    "4294967296",
    "1099511627776",
    "3037000500",
    "4611686018427387904",
    "4611686018427387905",
    "9223372036854775806",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "18446744073709551615",
};
enum { NUMBERS = sizeof numbers / sizeof *numbers };

/* # stands for a number, most often a small one. */
static const char *const conv_short[] = {"n#", "c#:#", "in#x#",     "k#x#",        "s#x#",   "p#x#",      "op#x#",    "d#x#",
                                         "g#", "bias", "fill=real", "fill=wide-w", "seed=#", "set=x@#:1", "threads=#"};
static const char *const conv_long[] = {"x=[#,#,#,#]",          "w=[#,#,#,#]",    "b=[#]", "stride=[#,#]", "padding=[#]",
                                        "output_padding=[#,#]", "dilation=[#,#]", "g#",    "set=w@#:nan"};
static const char *const normal[] = {"calls=#",
                                     "calls=#x#",
                                     "calls=#x#x#/#x#x#",
                                     "calls=#x#x#x#x#,#,reseed",
                                     "calls=#x#/#x#@0:1,#",
                                     "seed=#",
                                     "seeds=#",
                                     "repeat=#",
                                     "f64",
                                     "bf16",
                                     "std=0",
                                     "threads=#",
                                     "stream=any"};

static uint64_t state = 18;

static unsigned below(unsigned n) {
  state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
  return (unsigned)((state >> 33) % n);
}

/* Extremes one number in `rare`. */
static void add(char *line, const char *token, unsigned rare) {
  char *at = line + strlen(line);
  *at++ = ' ';
  for (; *token; token++) {
    if (*token != '#') {
      *at++ = *token;
      continue;
    }
    const char *number = numbers[below(rare) == 0 ? below(NUMBERS) : below(4)];
    at = stpcpy(at, number);
  }
  *at = 0;
}

static void make_line(char *line) {
  const unsigned kind = below(3), rare = 1 + below(12);
  const char *const *tokens = kind == 0 ? conv_short : kind == 1 ? conv_long : normal;
  const size_t count = kind == 0   ? sizeof conv_short / sizeof *conv_short
                       : kind == 1 ? sizeof conv_long / sizeof *conv_long
                                   : sizeof normal / sizeof *normal;
  const size_t needed = kind == 0 ? 4 : kind == 1 ? 2 : 0;
  strcpy(line, kind == 2 ? "normal" : "conv_transpose2d");
  if (kind == 2)
    add(line, normal[below(5)], rare);
  for (size_t i = kind == 2 ? 5 : 0; i < count; i++)
    if (i < needed || below(3) == 0)
      add(line, tokens[i], rare);
}

__extension__ typedef __int128 wide;

/* Elements and strides of a valid tensor, in 128 bits, which no product of what 64 bits hold leaves unseen at once. */
static bool exact(const tenbin_desc *desc, bool contiguous) {
  wide elements = desc->dtype != TENBIN_NONE, stride = 1;
  for (int i = desc->rank - 1; i >= 0; i--) {
    if (contiguous && (wide)desc->stride[i] != stride)
      return false;
    stride *= desc->size[i] > 0 ? desc->size[i] : 1;
    if (stride > INT64_MAX)
      return false;
  }
  for (int i = 0; i < desc->rank; i++)
    elements *= desc->size[i];
  const wide bytes = elements * (wide)tb_dtype_bytes(desc->dtype);
  if (contiguous && tb_desc_bytes(desc) != (size_t)(bytes > INT64_MAX ? INT64_MAX : bytes))
    return false;
  return elements == tb_desc_elements(desc);
}

static bool sound(const tb_problem *p) {
  bool ok = tb_case_work(&p->c) >= 0 && p->terms >= 0 && p->drawn >= 0 && p->kept >= 0;
  for (int i = 0; i < 3; i++)
    ok = ok && exact(&p->input[i], true);
  for (int i = 0; p->c.op == &tb_operator_normal && i < tb_normal_of(&p->c)->calls; i++) {
    const tb_call *call = &tb_normal_of(&p->c)->call[i];
    const tenbin_desc desc = tb_call_desc(call, p->c.dtype);
    ok = ok && exact(&desc, !call->strided) && tb_call_kept(call, p->c.dtype) <= tb_call_numbers(call);
  }
  return ok && exact(&p->output[0], true);
}

static bool reads_back(const tb_case *c) {
  char text[TB_TEXT_MAX], again[TB_TEXT_MAX];
  tb_case second;
  tb_error error;
  tb_case_print(c, text);
  if (!tb_case_parse(text, &second, &error))
    return false;
  tb_case_print(&second, again);
  return strcmp(text, again) == 0;
}

int main(void) {
  static tb_problem p, q;
  static tb_case c;
  const int rounds = 300000;
  int parsed = 0, made = 0, lost = 0, unsound = 0;
  char line[1000], message[TB_MESSAGE_MAX];
  tb_tap_start(&test_tap, stdout);
  for (int i = 0; i < rounds; i++) {
    tb_error error;
    make_line(line);
    if (!tb_case_parse(line, &c, &error))
      continue;
    parsed++;
    if (!reads_back(&c) && lost++ < 5)
      tb_tap_comment(&test_tap, "lost: %s", line);
    if (!tb_problem_make(&c, &p, message))
      continue;
    made++;
    const tb_case twin = tb_case_twin(&c);
    if ((!sound(&p) || !tb_problem_make(&twin, &q, message)) && unsound++ < 5)
      tb_tap_comment(&test_tap, "unsound: %s", line);
  }
  check(parsed > rounds / 4 && made > rounds / 40, "of %d lines %d are read and %d are valid", rounds, parsed, made);
  check(lost == 0, "what is read prints and reads back as itself");
  check(unsound == 0, "what is valid has sizes that 64 bits hold");
  return finish();
}
