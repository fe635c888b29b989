/* The shrinker, with failures that are known: what it ends with is the smallest case of them. And with failures at random: what
 * it asks of is a case.
 *
 * SPDX-License-Identifier: MIT */
#include "calls.h"
#include "cases.h"
#include "conv_arguments.h"
#include "dtype.h"
#include "max_pool2d/definition.h"
#include "problem.h"
#include "shrink.h"
#include "strides.h"

#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

struct asked {
  bool (*fails)(const tb_problem *p);
  int count;
  bool invalid, repeated;
  char text[4000][256];
};

/* Whether the text of a case is parsed as the same case, which is valid. */
static bool is_case(const tb_case *c) {
  static tb_problem p;
  char text[TB_TEXT_MAX];
  tb_case_print(c, text);
  return tb_problem_parse(text, &p) && strcmp(p.text, text) == 0;
}

static bool ask(void *arg, const tb_case *c) {
  struct asked *a = arg;
  static tb_problem p;
  char message[TB_MESSAGE_MAX];
  if (!tb_problem_make(c, &p, message) || !is_case(c)) {
    a->invalid = true;
    return false;
  }
  for (int i = 0; i < a->count; i++)
    a->repeated = a->repeated || strncmp(a->text[i], p.text, sizeof a->text[i] - 1) == 0;
  snprintf(a->text[a->count++], sizeof a->text[0], "%.255s", p.text);
  return a->fails(&p);
}

#define S(a) (tb_conv2d(p)->conv.stride[a])
#define D(a) (tb_conv2d(p)->conv.dilation[a])
#define P(a) (tb_conv2d(p)->conv.padding[a])
#define OP(a) (tb_conv2d(p)->conv.output_padding[a])
#define K(a) (tb_conv2d(p)->kernel[a])
#define NUMBERS(i) (i < tb_normal_of(&p->c)->calls ? tb_call_numbers(&tb_normal_of(&p->c)->call[i]) : 0)

static int64_t largest(const tb_problem *p) {
  int64_t n = 0;
  for (int i = 0; i < tb_normal_of(&p->c)->calls; i++)
    n = NUMBERS(i) > n ? NUMBERS(i) : n;
  return n;
}

static bool has_reseed(const tb_problem *p) {
  for (int i = 0; i < tb_normal_of(&p->c)->calls; i++)
    if (tb_normal_of(&p->c)->call[i].kind == TB_RESEED)
      return true;
  return false;
}

static bool has_nan(const tb_problem *p) {
  for (int i = 0; i < p->c.sets; i++)
    if (p->c.set[i].value != p->c.set[i].value)
      return true;
  return false;
}

/* Whether two NaNs that follow each other in a row lie in a window. */
static bool nans_meet(const tb_problem *p) {
  const tb_max_pool2d_shape *s = (const tb_max_pool2d_shape *)(const void *)p->shape;
  void *x = malloc(tb_desc_dense_bytes(&p->input[TENBIN_X]) + 1);
  bool meet = false;
  if (!x)
    abort();
  p->c.op->fill(p, TENBIN_X, p->c.seed, x);
  for (int64_t i = 0; i + s->dilation[1] < tb_desc_elements(&p->input[TENBIN_X]); i++)
    meet = meet || (s->kernel_size[1] > 1 && i % s->in[1] + s->dilation[1] < s->in[1] && isnan(tb_number(p->c.dtype, x, i)) &&
                    isnan(tb_number(p->c.dtype, x, i + s->dilation[1])));
  free(x);
  return meet;
}

#define BIG "conv_transpose2d n4 c96:64 in28x30 k5x7 s4x3 p3x2 op2x1 d2x3 g4 bias fill=wide-w seed=7 threads=4"
#define SPECIAL "max_pool2d n2 c3 in5x6 k2 s1 p1 d2 indices f16 nhwc fill=special seed=0"
#define CALLS "normal bf16 seed=42 calls=7,4096x3,reseed,100/2,33@2:3,reseed,5 mean=1 std=2 repeat=9"

/* The failing case, where it fails, and the smallest case of that. */
#define TESTS(T)                                                                                                               \
  T(always, BIG, true, "conv_transpose2d c1:1 in1x1 k1 fill=wide-x seed=0")                                                    \
  T(sd_w, BIG, D(1) > 1 && S(1) > 1 && tb_conv2d(p)->out_channels > 4,                                                         \
    "conv_transpose2d c1:5 in1x1 k1 s1x2 d1x2 fill=wide-x seed=0")                                                             \
  T(op_h, BIG, OP(0) > 0, "conv_transpose2d c1:1 in1x1 k1 s2x1 op1x0 fill=wide-x seed=0")                                      \
  T(grouped_out, BIG, tb_conv2d(p)->conv.groups > 1 && tb_conv2d(p)->out_channels / tb_conv2d(p)->conv.groups > 1,             \
    "conv_transpose2d c2:4 in1x1 k1 g2 fill=wide-x seed=0")                                                                    \
  T(batch_bias, BIG, tb_conv2d(p)->batch > 1 && tb_conv_of(&p->c)->bias,                                                       \
    "conv_transpose2d n2 c1:1 in1x1 k1 bias fill=wide-x seed=0")                                                               \
  T(unequal_strides, BIG, S(0) != S(1) && tb_conv2d(p)->out[0] > 2, "conv_transpose2d c1:1 in3x1 k1 s1x2 fill=wide-x seed=0")  \
  T(eights, BIG, tb_conv2d(p)->out_channels % 8 == 0, "conv_transpose2d c1:8 in1x1 k1 fill=wide-x seed=0")                     \
  T(wide_input, BIG, tb_conv2d(p)->in[1] > 17 && K(0) >= 2, "conv_transpose2d c1:1 in1x18 k2x1 fill=wide-x seed=0")            \
  T(padded, BIG, P(0) >= 3, "conv_transpose2d c1:1 in7x1 k1 p3x0 fill=wide-x seed=0")                                          \
  T(wide_threads, BIG, p->c.fill == TB_WIDE_W && p->c.threads > 1,                                                             \
    "conv_transpose2d c1:1 in1x1 k1 fill=wide-w seed=0 threads=2")                                                             \
  T(nan_kept, "conv_transpose2d n2 c3:4 in5x6 k3 s2 fill=wide-x seed=3 set=x@50:nan,w@0:inf,x@1:2", has_nan(p),                \
    "conv_transpose2d c1:1 in1x1 k1 fill=wide-x seed=0 set=x@0:nan")                                                           \
  T(square_tiles, "conv_transpose2d n1 c3:4 in9x9 k4 s4 p1", K(0) == S(0) && K(1) == S(1) && P(0) > 0,                         \
    "conv_transpose2d c1:1 in1x1 k3x1 s3x1 p1x0 fill=wide-x seed=0")                                                           \
  T(one_number, "conv_transpose2d x=[2,3,8,8] w=[3,2,3,3] stride=[2] padding=[1]", S(1) == 2,                                  \
    "conv_transpose2d c1:1 in1x1 k1 s1x2 fill=wide-x seed=0")                                                                  \
  T(batched_layout, SPECIAL, p->c.layout > 0 && p->c.dtype == TENBIN_F16,                                                      \
    "max_pool2d n1 c1 in1x1 k1 f16 nhwc fill=ties seed=0")                                                                     \
  T(nans_nhwc, SPECIAL, p->c.layout > 0 && nans_meet(p),                                                                       \
    "max_pool2d n1 c1 in1x2 k1x2 s1 nhwc fill=ties seed=0 set=x@0:nan,x@1:nan")                                                \
  T(nans_far, "max_pool2d n1 c1 in17x33 k5 s1 p2 indices f16 fill=special seed=0", p->c.dtype == TENBIN_F16 && nans_meet(p),   \
    "max_pool2d c1 in1x2 k1x2 s1 f16 fill=ties seed=0 set=x@0:nan,x@1:nan")                                                    \
  T(any_call, CALLS, true, "normal seed=0 calls=1")                                                                            \
  T(tail, CALLS, largest(p) > 16, "normal seed=0 calls=17")                                                                    \
  T(reseeded, CALLS, has_reseed(p) && largest(p) >= 4000, "normal seed=0 calls=4000,reseed")                                   \
  T(repeated_bf16, CALLS, tb_normal_of(&p->c)->repeat > 2 && p->c.dtype == TENBIN_BF16, "normal bf16 seed=0 calls=1 repeat=3") \
  T(scaled, CALLS, tb_normal_of(&p->c)->std != 1 && largest(p) > 0, "normal seed=0 calls=1 std=2")

#define FUNCTION(name, start, truth, smallest)                                                                                 \
  static bool name(const tb_problem *p) {                                                                                      \
    return p->c.op && (truth);                                                                                                 \
  }
TESTS(FUNCTION)

static const struct {
  const char *start, *truth, *smallest;
  bool (*fails)(const tb_problem *p);
} tests[] = {
#define ROW(name, start, truth, smallest) {start, #truth, smallest, name},
    TESTS(ROW)};

static tb_case parsed(const char *line) {
  tb_case c;
  tb_error error;
  if (!tb_case_parse(line, &c, &error))
    abort();
  return c;
}

static void shrinks(struct asked *a, int i) {
  const tb_case start = parsed(tests[i].start);
  tb_case out;
  char text[TB_TEXT_MAX];
  *a = (struct asked){.fails = tests[i].fails};
  const bool failed = tb_shrink(&start, ask, a, 4000, &out);
  tb_case_print(&out, text);
  if (!check(failed && strcmp(text, tests[i].smallest) == 0, "%s where %s", tests[i].smallest, tests[i].truth))
    tb_tap_comment(&test_tap, "got %s", text);
  check(!a->invalid && !a->repeated && a->count < 1000, "valid cases alone, none twice, few of them");
  tb_tap_comment(&test_tap, "%d cases were tried", a->count);
}

static bool never(const tb_problem *p) {
  (void)p;
  return false;
}

static void has_limits(struct asked *a) {
  const tb_case start = parsed(BIG);
  tb_case out;
  char text[TB_TEXT_MAX];
  *a = (struct asked){.fails = never};
  const bool failed = tb_shrink(&start, ask, a, 100, &out);
  tb_case_print(&out, text);
  check(!failed && a->count == 1 && strcmp(text, BIG) == 0, "a case that does not fail is left alone");
  *a = (struct asked){.fails = sd_w};
  check(tb_shrink(&start, ask, a, 12, &out) && a->count == 12, "the budget is kept");
}

/* Cases that fail one in so many times, by a hash. */
struct random {
  uint64_t seed;
  int of, asked;
  char wrong[TB_TEXT_MAX]; /* the first that is no case; may be empty */
};

static bool ask_at_random(void *arg, const tb_case *c) {
  struct random *r = arg;
  char text[TB_TEXT_MAX];
  tb_case_print(c, text);
  if (!is_case(c) && !*r->wrong)
    strcpy(r->wrong, text);
  return r->asked++ == 0 || XXH3_64bits_withSeed(text, strlen(text), r->seed) % (uint64_t)r->of == 0;
}

static void asks_of_cases(const tb_operator *op) {
  enum { STARTS = 300, BUDGET = 60 };
  struct random r = {.of = 2};
  char message[600];
  int starts = 0, asked = 0;
  for (const char *const *name = op->files; *name; name++) {
    tb_case_file *file = tb_cases_committed(*name, message, sizeof message);
    const int step = file && file->lines > STARTS ? file->lines / STARTS : 1;
    for (int i = 0; file && i < file->lines; i += step) {
      tb_case out;
      if (file->group[file->line[i].group].reject || !is_case(&file->line[i].c) || file->line[i].c.op != op)
        continue;
      r = (struct random){.seed = (uint64_t)i, .of = 1 + starts++ % 4, .wrong = ""};
      tb_shrink(&file->line[i].c, ask_at_random, &r, BUDGET, &out);
      asked += r.asked;
      if (*r.wrong)
        break;
    }
    if (file)
      tb_cases_free(file);
    if (*r.wrong)
      break;
  }
  check(starts > 10 && !*r.wrong, "%s: %d cases that fail at random, and all that are asked of are cases", op->name, starts);
  tb_tap_comment(&test_tap, "%d cases were tried; no case is: %s", asked, *r.wrong ? r.wrong : "none");
}

int main(void) {
  struct asked *a = malloc(sizeof *a);
  if (!a)
    abort();
  tb_tap_start(&test_tap, stdout);
  for (int i = 0; i < (int)(sizeof tests / sizeof *tests); i++)
    shrinks(a, i);
  has_limits(a);
  for (int i = 0; tb_operator_at(i); i++)
    asks_of_cases(tb_operator_at(i));
  free(a);
  return finish();
}
