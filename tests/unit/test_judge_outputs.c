/* The judge, of operators with several outputs, of any dtype and rank: a row of
 * the test's own, and max_pool2d.
 *
 * SPDX-License-Identifier: MIT */
#include "dtype.h"
#include "judge.h"
#include "reproduce.h"

#include "test.h"

#include <stdlib.h>
#include <string.h>

/* y = a + b, which = 255 where a > 0, else b, and total = 2 * b: three dtypes
 * of outputs, from inputs that are not tb_fill_f64's. All have one shape. */
enum { A, B };
enum { Y, WHICH, TOTAL, OUTPUTS };
static tb_list shape;
static enum { USUAL, OPPOSITE, ZEROS } data; /* of OPPOSITE, y is zero everywhere, and the others are not */

static bool make(tb_problem *p, char *message) {
  (void)message;
  p->input[A] = tb_desc_dense(&shape, TENBIN_F32);
  p->input[B] = tb_desc_dense(&shape, TENBIN_S64);
  p->output[Y] = tb_desc_dense(&shape, TENBIN_F64);
  p->output[WHICH] = tb_desc_dense(&shape, TENBIN_U8);
  p->output[TOTAL] = tb_desc_dense(&shape, TENBIN_S64);
  p->wanted = 7;
  return true;
}

static int64_t b_of(int64_t i) {
  return data == ZEROS ? 0 : 3 - 2 * i;
}

static double a_of(int64_t i) {
  return data == USUAL ? (double)i - 1.5 : (double)-b_of(i);
}

static bool fill(const tb_problem *p, int role, uint64_t seed, void *out) {
  const int64_t n = tb_desc_elements(&p->input[role]);
  (void)seed;
  for (int64_t i = 0; i < n; i++)
    if (role == A)
      ((float *)out)[i] = (float)a_of(i);
    else
      ((int64_t *)out)[i] = b_of(i);
  return true;
}

static void compute(const tb_problem *p, const double *const *in, double *const *out) {
  const int64_t n = tb_desc_elements(&p->output[Y]);
  for (int64_t i = 0; i < n; i++) {
    out[Y][i] = in[A][i] + in[B][i];
    out[WHICH][i] = in[A][i] > 0 ? 255 : in[B][i];
    out[TOTAL][i] = 2 * in[B][i];
  }
}

static bool can_show(const tb_problem *p) {
  (void)p;
  return true;
}

static void python(tb_text *t, const tb_problem *p, const int64_t *wrong, int wrongs) {
  (void)t;
  (void)p;
  (void)wrong;
  (void)wrongs;
}

static const tb_token no_tokens[] = {{0}};
static const tb_role inputs[] = {{"a", 'a', 0}, {"b", 'b', 0}, {0}};
static const tb_role outputs[] = {{"y", 'y', 0}, {"which", 'w', 0}, {"total", 't', 0}, {0}};
static const tb_operator toy = {.name = "toy",
                                .token = no_tokens,
                                .input = inputs,
                                .output = outputs,
                                .rounding = -1,
                                .make = make,
                                .python = python,
                                .fill = fill,
                                .compute = compute,
                                .can_show = can_show};

enum { MOST = 16 };
struct answer {
  tb_problem p;
  tb_report report;
  int64_t n;
  double y[2][MOST];
  uint8_t which[2][MOST];
  int64_t total[2][MOST];
};

/* The right answer, of a tensor of one dimension of n elements; n < 0: of none.
 */
static void right(struct answer *a, int64_t n) {
  char message[TB_MESSAGE_MAX];
  const tb_case c = {.op = &toy, .dtype = TENBIN_F32, .threads = 1};
  memset(a, 0, sizeof *a);
  shape = n < 0 ? (tb_list){0} : (tb_list){1, {n}};
  if (!tb_problem_make(&c, &a->p, message))
    abort();
  a->n = n < 0 ? 1 : n;
  a->report.outcome = TB_RAN;
  a->report.claim = TENBIN_EXACT;
  for (int k = 0; k < 2; k++)
    for (int64_t i = 0; i < a->n; i++) {
      a->y[k][i] = a_of(i) + (double)b_of(i);
      a->which[k][i] = (uint8_t)(a_of(i) > 0 ? 255 : b_of(i));
      a->total[k][i] = 2 * b_of(i);
    }
}

static tb_judgement judged(const struct answer *a) {
  tb_judgement j;
  tb_judge(&a->p, NULL, &a->report,
           &(tb_answers){{a->y[0], a->which[0], a->total[0]}, {a->y[1], a->which[1], a->total[1]}, NULL, a->n}, &j);
  return j;
}

static void expect(const struct answer *a, tb_verdict verdict, const char *reason, const char *name) {
  const tb_judgement j = judged(a);
  if (!check(j.verdict == verdict && strcmp(j.reason, reason) == 0, "%s: %s", name, tb_verdict_name(verdict)))
    tb_tap_comment(&test_tap, "got %s: %s", tb_verdict_name(j.verdict), j.reason);
}

/* The text of a judgement's first difference in an output. */
static void expect_text(const struct answer *a, int output, const char *line, const char *name) {
  const tb_judgement j = judged(a);
  char text[400] = "";
  tb_text t = {text, 0, sizeof text};
  for (int i = 0; i < j.differences && !*text; i++)
    if (j.difference[i].output == output)
      tb_text_difference(&t, &a->p, &j.difference[i]);
  if (!check(strcmp(text, line) == 0, "%s", name))
    tb_tap_comment(&test_tap, "got %s", text);
}

static void names(void) {
  struct answer a;
  char text[400] = "";
  tb_text t = {text, 0, sizeof text};
  right(&a, -1);
  tb_text_element(&t, &a.p, WHICH, 0);
  check(strcmp(text, "which") == 0, "the element of a tensor of rank 0 has the tensor's name: %s", text);
  t = (tb_text){text, 0, sizeof text};
  tb_text_pytorch(&t, &a.p, &(tb_judgement){.differences = 1, .difference = {{.output = WHICH}}});
  check(strcmp(text, "print(which.item())\n") == 0, "and Python prints it so: %s", text);
  t = (tb_text){text, 0, sizeof text};
  tb_text_pytorch(&t, &a.p, &(tb_judgement){0});
  check(strcmp(text, "print(y, which, total)\n") == 0, "where no element is known, Python prints all outputs: %s", text);
  shape = (tb_list){5, {2, 1, 3, 1, 2}};
  char message[TB_MESSAGE_MAX];
  const tb_case c = a.p.c;
  if (!tb_problem_make(&c, &a.p, message))
    abort();
  t = (tb_text){text, 0, sizeof text};
  tb_text_element(&t, &a.p, TOTAL, 9);
  check(strcmp(text, "total[1, 0, 1, 0, 1]") == 0, "an element of a tensor of rank 5: %s", text);
}

/* What compute gives of the row's own data, in each output's dtype. */
static void computed(void) {
  struct answer a;
  right(&a, 3);
  check(judged(&a).verdict == TB_V_PASSED, "the right answer of three dtypes");
  a.total[0][1]++;
  const tb_judgement j = judged(&a);
  check(j.verdict == TB_V_FAILED && j.wrong == 1 && j.difference[0].output == TOTAL, "one number of s64 is wrong");
}

static void counts(void) {
  struct answer a;
  right(&a, 3);
  for (int k = 0; k < 2; k++)
    for (int64_t i = 0; i < a.n; i++) {
      a.y[k][i] += 1;
      a.total[k][i]++;
    }
  a.which[0][1] ^= 1;
  expect(&a, TB_V_FAILED, "7 of 9 elements differ (y: 3 of 3, which: 1 of 3, total: 3 of 3)", "elements of several outputs");
  right(&a, 3);
  a.which[1][1] ^= 1;
  a.total[1][2]++;
  a.report.again_differs = 1;
  expect(&a, TB_V_NONDETERMINISTIC,
         "right at first; 2 of 9 elements differ (y: 0 of 3, which: 1 of 3, "
         "total: 1 of 3) when the same plan is run again on "
         "the same input, after another plan or other input, into the output "
         "that it left",
         "the second time, in two outputs");
  check(judged(&a).elements == 9, "elements are those of all outputs");
  a.report.threads_differ = 2;
  expect(&a, TB_V_NONDETERMINISTIC,
         "right with one thread; with 2 threads 2 of 9 elements differ (y: 0 "
         "of 3, which: 1 of 3, total: 1 of 3)",
         "with more threads, in two outputs");
}

/* max_pool2d with the indices wrong, and without them. */
static void pooling(void) {
  static const struct {
    const char *line, *reason;
  } rows[] = {{"max_pool2d c1 in2 k1 indices", "5 of 8 elements differ (y: 1 of 4, indices: 4 of 4)"},
              {"max_pool2d c1 in2 k1", "1 of 4 elements differ"}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    tb_problem p;
    float y[4];
    const int64_t indices[4] = {7, 7, 7, 7};
    const tb_report report = {.outcome = TB_RAN, .claim = TENBIN_EXACT};
    tb_judgement j;
    if (!tb_problem_parse(rows[i].line, &p))
      abort();
    p.c.op->fill(&p, 0, p.c.seed, y);
    y[2] += 1;
    tb_judge(&p, NULL, &report, &(tb_answers){{y, indices}, {NULL}, NULL, 4}, &j);
    check(strcmp(j.reason, rows[i].reason) == 0, "%s: %s", rows[i].line, j.reason);
  }
}

static void integers(void) {
  static const struct {
    int32_t dtype;
    double value;
    int64_t whole;
  } rows[] = {{TENBIN_U8, 255, 255},
              {TENBIN_U8, 256, 255},
              {TENBIN_U8, -1, 0},
              {TENBIN_S8, -128, -128},
              {TENBIN_S8, 128, 127},
              {TENBIN_S32, -7, -7},
              {TENBIN_S32, 2.5, 2},
              {TENBIN_S32, 3.5, 4},
              {TENBIN_S32, 0x1p31, INT32_MAX},
              {TENBIN_S64, -0x1p53 + 1, -(INT64_C(1) << 53) + 1},
              {TENBIN_S64, 0x1p63, INT64_MAX},
              {TENBIN_S64, -0x1p64, INT64_MIN}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    int64_t stored[2] = {0};
    tb_number_set(rows[i].dtype, stored, 1, rows[i].value);
    check(tb_number_whole_of(rows[i].dtype, stored, 1) == rows[i].whole, "%s: %g is stored as %lld",
          tb_dtype_name(rows[i].dtype), rows[i].value, (long long)rows[i].whole);
  }
}

static void texts(void) {
  struct answer a;
  right(&a, 3);
  a.which[0][1] = 254;
  expect_text(&a, WHICH, "which[1]: got 254, want 1\n", "integers are decimal");
  a.total[0][2] = (INT64_C(1) << 53) + 1;
  expect_text(&a, TOTAL, "total[2]: got 9007199254740993, want -2\n", "s64 is exact");
  a.y[0][0] = 0.1;
  expect_text(&a, Y,
              "y[0]: got 0x1.999999999999ap-4 (0.10000000000000001), want "
              "0x1.8p+0 (1.5)\n",
              "f64 has its digits, whatever the case's dtype is");
}

/* What was never written, in outputs that no poison marks as NaN. The poison's
 * bytes lie as the address has them. */
static void unwritten(void) {
  struct answer a;
  right(&a, 3);
  a.which[0][1] = TB_POISON_END & 0xff;
  a.which[1][1] = TB_POISON_START >> 8;
  a.report.again_differs = 1;
  expect(&a, TB_V_FAILED,
         "1 of 9 elements differ (y: 0 of 3, which: 1 of 3, total: 0 of 3), 1 "
         "of them never written",
         "a byte that has each placement's poison");
  expect_text(&a, WHICH, "which[1]: never written, want 1\n", "and it is called so");
  a.which[1][1] = TB_POISON_END & 0xff;
  expect_text(&a, WHICH, "which[1]: got 197, want 1\n", "a byte that has the same value in both was written");
  right(&a, 3);
  memset(&a.total[0][1], 0, sizeof a.total[0][1]);
  for (int i = 0; i < 4; i++)
    memcpy((char *)&a.total[0][1] + 2 * i, (const uint16_t[]){TB_POISON_END}, 2);
  expect_text(&a, TOTAL, "total[1]: never written, want 2\n", "s64 that holds the poison");
  right(&a, 3);
  a.which[1][2] = TB_POISON_START & 0xff;
  a.report.again_differs = 1;
  expect_text(&a, WHICH, "which[2]: never written, want 255\n", "a byte whose poison is the right answer by chance");
}

/* Zeros in the first output alone are an answer that can show an error. */
static void zeros(void) {
  struct answer a;
  data = OPPOSITE;
  right(&a, 3);
  expect(&a, TB_V_PASSED, "", "the first output is zeros, and another is not");
  data = ZEROS;
  right(&a, 3);
  expect(&a, TB_V_UNTRUSTED,
         "all expected values are zero, although other data would give others: "
         "the case cannot show an error",
         "all outputs are zeros");
  data = USUAL;
}

/* y = a / 3 and z = a / 7, which round. */
static tb_point third_or_seventh(const tb_problem *p, const double *const *in, int output, int64_t index) {
  const double value = in[A][index] / (output ? 7 : 3);
  (void)p;
  return (tb_point){value, value < 0 ? -value : value, 1};
}

static bool make_rounding(tb_problem *p, char *message) {
  (void)message;
  p->input[A] = p->output[0] = tb_desc_dense(&shape, TENBIN_F32);
  p->output[1] = tb_desc_dense(&shape, p->c.dtype);
  p->wanted = 3;
  return true;
}

/* Each output has its own bound. */
static void bounded(void) {
  static const tb_role one[] = {{"a", 'a', 0}, {0}}, two[] = {{"y", 'y', 0}, {"z", 'z', 0}, {0}};
  static const tb_operator rounding = {.name = "thirds",
                                       .token = no_tokens,
                                       .input = one,
                                       .output = two,
                                       .make = make_rounding,
                                       .fill = fill,
                                       .element = third_or_seventh};
  static const struct {
    int32_t dtype;
    float z;
    const char *reason;
  } rows[] = {{TENBIN_F32, -0.5F / 7, ""},
              {TENBIN_F32, -0.5F / 6,
               "1 of 6 elements judged lie outside the error bound (y: 0 of 3, z: 1 of "
               "3)"},
              {TENBIN_S32, -0.5F / 7, "no error bound is known for thirds in s32: this is a fault of tenbin"}};
  const float y[] = {-1.5F / 3, -0.5F / 3, 0.5F / 3};
  const tb_report report = {.outcome = TB_RAN, .claim = TENBIN_EXACT};
  shape = (tb_list){1, {3}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    const float z[] = {-1.5F / 7, rows[i].z, 0.5F / 7};
    const tb_case c = {.op = &rounding, .dtype = rows[i].dtype, .threads = 1};
    char message[TB_MESSAGE_MAX];
    tb_problem p;
    tb_judgement j;
    if (!tb_problem_make(&c, &p, message))
      abort();
    tb_judge(&p, NULL, &report, &(tb_answers){{y, z}, {NULL}, NULL, 3}, &j);
    check(strcmp(j.reason, rows[i].reason) == 0, "two outputs that round: %s", *j.reason ? j.reason : "right");
  }
}

int main(void) {
  tb_tap_start(&test_tap, stdout);
  names();
  computed();
  counts();
  pooling();
  integers();
  texts();
  unwritten();
  zeros();
  bounded();
  return finish();
}
