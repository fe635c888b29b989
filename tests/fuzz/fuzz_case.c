/* A descriptor: parser and printer, the problem, the data, shrinking, and the lines that others are given.
 *
 * SPDX-License-Identifier: MIT */
#include "digest.h"
#include "dtype.h"
#include "fuzz.h"
#include "memory.h"
#include "normal_reference.h"
#include "parameters.h"
#include "problem.h"
#include "shrink.h"
#include "strides.h"

#include <string.h>

enum { ELEMENTS = 4096, WORK = 1 << 16 }; /* of what is computed */

/* A wrong line has its error within it, and the error can be shown in as little room as there is. */
static void refused(const char *line, const tb_error *error) {
  char shown[TB_TEXT_MAX], small[20];
  fuzz_require(error->column <= strlen(line) && error->length > 0 && strlen(error->text) < sizeof error->text,
               "an error at %zu+%zu: %s", error->column, error->length, line);
  tb_error_show(error, "here", line, shown, sizeof shown);
  tb_error_show(error, "here", line, small, sizeof small);
}

/* Parsing and printing are inverses of each other: the same line, and the same problem. */
static void print_again(const tb_case *c) {
  static tb_problem p, q;
  char text[TB_TEXT_MAX], again[TB_TEXT_MAX], one[TB_MESSAGE_MAX] = "", other[TB_MESSAGE_MAX] = "";
  tb_case parsed;
  tb_error error;
  tb_case_print(c, text);
  fuzz_require(tb_case_parse(text, &parsed, &error), "%s: is printed, and refused: %s", text, error.text);
  tb_case_print(&parsed, again);
  fuzz_require(strcmp(text, again) == 0, "%s: is printed as %s", text, again);
  const bool made = tb_problem_make(c, &p, one), made_again = tb_problem_make(&parsed, &q, other);
  fuzz_require(made == made_again && strcmp(one, other) == 0, "%s: %s; and printed and parsed: %s", text, one, other);
  fuzz_require(!made || (tb_desc_elements(&p.output[0]) == tb_desc_elements(&q.output[0]) && p.drawn == q.drawn),
               "%s: is another problem, printed and parsed", text);
}

/* Whether a case is one that fails: half of them are, by their text. */
static bool fails(void *arg, const tb_case *c) {
  char text[TB_TEXT_MAX];
  tb_case_print(c, text);
  print_again(c);
  return (XXH3_64bits_withSeed(text, strlen(text), *(const uint64_t *)arg) & 1) == 0;
}

static bool fails_always(void *arg, const tb_case *c) {
  (void)arg;
  print_again(c);
  return true;
}

static bool is_small(const tb_problem *p) {
  bool small = p->drawn <= ELEMENTS && p->kept <= ELEMENTS;
  for (int i = 0; i < p->inputs; i++)
    small = small && tb_desc_elements(&p->input[i]) <= ELEMENTS;
  for (int i = 0; i < p->outputs; i++)
    small = small && tb_desc_bytes(&p->output[i]) <= ELEMENTS * sizeof(double);
  return small;
}

static void shrink(const tb_problem *p) {
  tb_case out;
  uint64_t seed = 0;
  tb_shrink(&p->c, fails_always, NULL, 60, &out);
  for (; seed < 2; seed++)
    tb_shrink(&p->c, fails, &seed, 60, &out);
}

/* Layers become smaller down to an end. */
static void halve(const tb_case *c) {
  tb_case smaller = *c;
  int steps = 0;
  while (c->op->halve && c->op->halve(&smaller) && steps < 1000)
    steps++;
  fuzz_require(steps < 1000, "halving has no end");
  print_again(&smaller);
}

static void call(const tb_problem *p) {
  const tb_sequence *s = p->c.op->sequence;
  for (int i = 0; s && i < s->calls(&p->c); i++) {
    tenbin_desc y;
    _Alignas(8) unsigned char args[TB_ARGS_MAX];
    s->call(p, i, &y, args);
    fuzz_require(tb_desc_bytes(&y) >= tb_desc_dense_bytes(&y), "%s: call %d has no room for its numbers", p->text, i);
    tb_desc_is_dense(&y);
  }
}

static void describe(const tb_problem *p) {
  char *python = tb_need(malloc(65536));
  const int64_t wrong[] = {0, 1};
  tb_kernel_view view;
  tb_problem_view(p, &view);
  p->c.op->python(&(tb_text){python, 0, 65536}, p, wrong, 2);
  if (p->c.op->untimed)
    p->c.op->untimed(&p->c);
  tb_problem_batch(p);
  call(p);
  free(python);
}

/* In double, for `compute`. */
static double *widen(const tenbin_desc *desc, const void *data) {
  const int64_t n = tb_desc_elements(desc);
  double *wide = tb_need(malloc((size_t)(n + 1) * sizeof *wide));
  for (int64_t i = 0; i < n; i++)
    wide[i] = tb_number(desc->dtype, data, i);
  return wide;
}

/* The answer of a sum by its two formulas, on exact data. */
static void compare(const tb_problem *p, void *const *in, double *y) {
  double *wide[TB_TENSORS] = {NULL};
  const int64_t n = tb_desc_elements(&p->output[0]);
  for (int i = 0; i < p->inputs; i++)
    wide[i] = in[i] ? widen(&p->input[i], in[i]) : NULL;
  p->c.op->compute(p, (const double *const *)wide, &y);
  for (int64_t i = 0; i < n && p->c.sets == 0; i += 1 + n / 8)
    fuzz_require(p->c.op->element(p, (const double *const *)wide, 0, i).value == y[i], "%s: y[%d]", p->text, (int)i);
  for (int i = 0; i < p->inputs; i++)
    free(wide[i]);
}

/* The data, into which set= has put its values, and the answer. */
static void answer(const tb_problem *p) {
  void *in[TB_TENSORS] = {NULL}, *out[TB_TENSORS] = {NULL};
  for (int i = 0; i < p->inputs; i++)
    if (p->input[i].dtype != TENBIN_NONE) {
      in[i] = tb_need(malloc(tb_desc_dense_bytes(&p->input[i]) + 1));
      fuzz_require(p->c.op->fill(p, i, p->c.seed, in[i]), "no memory");
    }
  if (p->c.op->flops)
    fuzz_require(p->c.op->flops(p) >= 0, "%s: less than no operations", p->text);
  for (int i = 0; i < p->outputs; i++)
    if (p->output[i].dtype != TENBIN_NONE)
      out[i] = tb_need(malloc((size_t)tb_desc_elements(&p->output[i]) * sizeof(double) + 1));
  if (p->c.op->answer)
    p->c.op->answer(p, (const void *const *)in, out);
  else if (p->c.op->compute)
    compare(p, in, out[0]);
  for (int i = 0; i < TB_TENSORS; i++) {
    free(in[i]);
    free(out[i]);
  }
}

/* The numbers of a stream. */
static void draw(const tb_problem *p) {
  double *value = tb_need(malloc((size_t)(2 * p->kept + 1) * sizeof *value));
  tb_normal_reference(p, value, value + p->kept);
  free(value);
}

static void make(const tb_case *c) {
  static tb_problem p;
  char message[TB_MESSAGE_MAX];
  *message = 0;
  if (!tb_problem_make(c, &p, message)) {
    fuzz_require(*message && strlen(message) < sizeof message, "no reason why a case is refused");
    return;
  }
  for (int i = 0; i < p.inputs; i++)
    fuzz_require(tb_desc_elements(&p.input[i]) >= 0, "%s: an input of less than nothing", p.text);
  describe(&p);
  halve(c);
  const tb_case twin = tb_case_twin(c);
  print_again(&twin);
  if (!is_small(&p))
    return;
  shrink(&p);
  if (tb_case_work(c) > WORK)
    return;
  answer(&p);
  if (c->op->sequence)
    draw(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  char *line = fuzz_text(bytes, size), region[TB_TEXT_MAX];
  tb_case c;
  tb_error error;
  if (!tb_case_parse(line, &c, &error)) {
    refused(line, &error);
  } else {
    fuzz_taken++;
    print_again(&c);
    fuzz_require(tb_case_work(&c) >= 0, "%s: less than no work", line);
    tb_case_region(&c, region, sizeof region);
    tb_case_layout(&c);
    make(&c);
  }
  free(line);
  return 0;
}
