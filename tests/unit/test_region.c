/* The learner of regions: it finds conditions that are known, on points of the grid.
 *
 * SPDX-License-Identifier: MIT */
#include "conv_reference.h"
#include "grid.h"
#include "region.h"
#include "suite.h"

#include "test.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define K(a) (tb_conv2d(p)->kernel[a])
#define S(a) (tb_conv2d(p)->conv.stride[a])
#define P(a) (tb_conv2d(p)->conv.padding[a])
#define D(a) (tb_conv2d(p)->conv.dilation[a])
#define OP(a) (tb_conv2d(p)->conv.output_padding[a])
#define IN(a) (tb_conv2d(p)->in[a])
#define OUT(a) (tb_conv2d(p)->out[a])
#define EXTENT(a) (D(a) * (K(a) - 1) + 1)
#define G (tb_conv2d(p)->conv.groups)
#define BIAS (tb_conv_of(&p->c)->bias)
#define CI (tb_conv2d(p)->in_channels)
#define CO (tb_conv2d(p)->out_channels)
#define EITHER(F) (F(0) || F(1))
#define BOTH(F) (F(0) && F(1))

/* Taps that reach lines `from` and on of an axis. */
static int64_t taps(const tb_problem *p, int axis, int64_t from) {
  int64_t n = 0;
  for (int64_t q = from < 0 ? 0 : from; q < tb_conv2d(p)->out[axis]; q++)
    n += tb_conv_taps(p, axis, q);
  return n;
}

static bool line_without_taps(const tb_problem *p, int axis) {
  bool any = false;
  for (int64_t q = 0; q < tb_conv2d(p)->out[axis]; q++)
    any = any || tb_conv_taps(p, axis, q) == 0;
  return any;
}

#define EXTRA(a) (taps(p, a, OUT(a) - OP(a)) > 0 && taps(p, 1 - (a), 0) > 0)
#define HOLE(a) (line_without_taps(p, a))
#define OP_ABOVE(a) (OP(a) > 0)
#define S_ABOVE(a) (S(a) > 1)
#define D_ABOVE(a) (D(a) > 1)
#define K_IS_1(a) (K(a) == 1)
#define P_ABOVE(a) (P(a) > 0)
#define SD(a) (S(a) > 1 && D(a) > 1)
#define SAME_SD(a) (S(a) == D(a))
#define P_FROM_K(a) (P(a) >= K(a))
#define P_FROM_EXTENT(a) (P(a) >= EXTENT(a))
#define S_OVER_EXTENT(a) (S(a) > EXTENT(a))
#define SIZE(a) (OUT(a) % 4)
#define OP_OVER_P(a) (OP(a) > P(a))
#define S_FROM_OP(a) (S(a) <= OP(a))

/* What it is, how many conditions it needs at most, the words expected or NULL, and the truth. */
#define REGIONS(R)                                                                                                             \
  R(1, "output_padding_h > 0", OP(0) > 0)                                                                                      \
  R(1, "output_padding > 0 on either axis", EITHER(OP_ABOVE))                                                                  \
  R(1, "output_padding > 0 on both axes", BOTH(OP_ABOVE))                                                                      \
  R(1, "a tap reaches the extra rows", OP(0) > 0 && EXTRA(0))                                                                  \
  R(1, "a tap reaches the extra lines on either axis", EITHER(EXTRA))                                                          \
  R(1, "stride_h != stride_w", S(0) != S(1))                                                                                   \
  R(1, "padding_h != padding_w", P(0) != P(1))                                                                                 \
  R(1, "kernel_size_h > kernel_size_w", K(0) > K(1))                                                                           \
  R(1, "dilation_h != dilation_w", D(0) != D(1))                                                                               \
  R(1, "output_padding_h != output_padding_w", OP(0) != OP(1))                                                                 \
  R(2, "stride_w > 1 and dilation_w > 1", SD(1))                                                                               \
  R(2, "stride > 1 and dilation > 1 on the same axis", EITHER(SD))                                                             \
  R(2, "stride > 1 on either axis and dilation > 1 on either axis", EITHER(S_ABOVE) && EITHER(D_ABOVE))                        \
  R(2, NULL, (S(0) > 1 || D(0) > 1) && (S(1) > 1 || D(1) > 1))                                                                 \
  R(1, "there is a bias", BIAS)                                                                                                \
  R(1, "groups > 1", G > 1 && CO / G > 1)                                                                                      \
  R(2, "groups > 1 and there is a bias", G > 1 && BIAS)                                                                        \
  R(2, "there is a bias and some lines have no tap on either axis", BIAS &&EITHER(HOLE))                                       \
  R(1, "some lines have no tap on either axis", EITHER(HOLE))                                                                  \
  R(1, "kernel_size = 1 on both axes", BOTH(K_IS_1))                                                                           \
  R(3, NULL, BOTH(K_IS_1) && (EITHER(S_ABOVE) || EITHER(P_ABOVE)))                                                             \
  R(1, "stride != dilation on either axis", !BOTH(SAME_SD))                                                                    \
  R(1, "padding >= kernel_size on either axis", EITHER(P_FROM_K))                                                              \
  R(1, "padding_h >= extent_h", P_FROM_EXTENT(0))                                                                              \
  R(1, "stride > extent on either axis", EITHER(S_OVER_EXTENT))                                                                \
  R(1, "output_w is no multiple of 4", SIZE(1) != 0)                                                                           \
  R(2, NULL, SIZE(1) != 0 && G > 1)                                                                                            \
  R(1, "output_padding_w is odd", OP(1) % 2 == 1)                                                                              \
  R(2, "padding_w > 2 or output_padding_h is odd", OP(0) % 2 == 1 || P(1) == 3)                                                \
  R(2, NULL, OP(0) > P(0) && S(0) > 2)                                                                                         \
  R(1, "output_padding > padding on either axis", EITHER(OP_OVER_P))                                                           \
  R(1, "output_padding >= stride on either axis", EITHER(S_FROM_OP))                                                           \
  R(1, "groups != dilation on either axis", G != D(0) || G != D(1))                                                            \
  R(3, NULL, (D(0) > 1 && S(0) > 1) || K(1) == 1)                                                                              \
  R(3, NULL, D(0) > 1 && S(1) > 1 && OP(1) > 0)                                                                                \
  R(3, NULL, (K(0) > 3 || K(1) > 3) && G == 2)                                                                                 \
  R(3, NULL, (S(0) == 3 || P(1) > 1) && D(1) == 2)                                                                             \
  R(3, NULL, EITHER(SD) && BIAS)                                                                                               \
  R(3, NULL, (S(0) > 1 && D(0) > 1 && K(0) > 1) || (S(1) > 1 && D(1) > 1 && K(1) > 1))                                         \
  R(3, NULL, (K(0) > 1 && (S(0) > 1 || D(0) > 1)) || (K(1) > 1 && (S(1) > 1 || D(1) > 1)))                                     \
  R(1, "stride_w divides dilation_w", D(1) % S(1) == 0)                                                                        \
  R(1, NULL, tb_gcd(S(1), D(1)) > 1)                                                                                           \
  R(1, "stride divides kernel_size on both axes", K(0) % S(0) == 0 && K(1) % S(1) == 0)                                        \
  R(1, NULL, CI / G < CO / G)                                                                                                  \
  R(1, "kernel_size_h is even", K(0) % 2 == 0)                                                                                 \
  R(3, NULL, (S(0) > 2 || P(0) > 1) && (S(1) > 2 || P(1) > 1) && BIAS)                                                         \
  R(1, NULL, IN(0) != OUT(0))

enum {
  TRUTHS = 0
#define COUNT(conditions, words, truth) +1
  REGIONS(COUNT)
};
#define TRUTH(conditions, words, truth) (truth),

static void truths(const tb_problem *p, bool out[TRUTHS]) {
  const bool all[TRUTHS] = {REGIONS(TRUTH)};
  memcpy(out, all, sizeof all);
}

static const struct {
  int conditions;
  const char *words, *truth;
} expected[TRUTHS] = {
#define ROW(conditions, words, truth) {conditions, words, #truth},
    REGIONS(ROW)};

/* Those, and more: a condition with exceptions, one that holds only where a tap reaches the output, none at all. */
enum { EXCEPTIONS = TRUTHS, REACHED, RANDOM, EVERYTHING, NOTHING, WHOLE };

struct all {
  tb_region *of[WHOLE];
  int points, wrong[2]; /* exceptions: failing ones that should pass, passing ones that should fail */
  int unreached, unreached_failing;
};

static void add_others(struct all *all, const tb_problem *p) {
  const bool exception = all->points++ % 1000 == 7, random = (unsigned)all->points * 2654435761u >> 31 & 1;
  const bool reached = taps(p, 0, 0) > 0 && taps(p, 1, 0) > 0;
  tb_region_add(all->of[EXCEPTIONS], p, (S(0) > 1) != exception);
  all->wrong[S(0) > 1] += exception;
  tb_region_add(all->of[REACHED], p, reached ? S(0) != S(1) : random);
  all->unreached += !reached;
  all->unreached_failing += !reached && random;
  tb_region_add(all->of[RANDOM], p, random);
  tb_region_add(all->of[EVERYTHING], p, true);
  tb_region_add(all->of[NOTHING], p, false);
}

static void add(struct all *all, const tb_case *c) {
  tb_problem p;
  char message[TB_MESSAGE_MAX];
  bool truth[TRUTHS];
  if (!tb_problem_make(c, &p, message))
    abort();
  truths(&p, truth);
  for (int i = 0; i < TRUTHS; i++)
    tb_region_add(all->of[i], &p, truth[i]);
  add_others(all, &p);
}

/* The points of the quick suite's grid. */
static bool add_grid(struct all *all) {
  char message[4096];
  tb_case c;
  tb_suite *suite = tb_suite_open("quick", (tb_shard){0, 1}, message, sizeof message);
  if (!suite)
    return false;
  for (int g = 0; g < suite->groups; g++)
    for (int i = 0; i < suite->group[g].chunks && suite->group[g].kind == TB_GRID; i++)
      for (int k = 0; suite->group[g].op->grid == &tb_conv_grid && k < suite->group[g].chunk[i].cases; k++) {
        tb_conv_grid.get(&suite->group[g].chunk[i].block, k, &c);
        add(all, &c);
      }
  tb_suite_close(suite);
  return true;
}

static void learn_others(const struct all *all) {
  tb_region_result r;
  char line[1000], expected_line[1000];
  tb_region_learn(all->of[EXCEPTIONS], &r);
  check(strcmp(r.text, "stride_h > 1") == 0 && r.false_positives == all->wrong[1] && r.false_negatives == all->wrong[0] &&
            r.misclassified == all->wrong[0] + all->wrong[1] && r.proven && !r.reached_only,
        "a condition with exceptions: %d and %d of them", all->wrong[1], all->wrong[0]);
  tb_region_print(&r, line, sizeof line);
  check(strstr(line, "fails mostly where stride_h > 1, which is not exact: it holds for "), "and its words");
  tb_region_learn(all->of[REACHED], &r);
  tb_region_print(&r, line, sizeof line);
  snprintf(expected_line, sizeof expected_line,
           "fails exactly where stride_h != stride_w, on %" PRId64 " of the %d points whose output a tap reaches; and on %d of "
           "the other %d",
           r.reached_failing, all->points - all->unreached, all->unreached_failing, all->unreached);
  check(all->unreached_failing > 0 && strcmp(line, expected_line) == 0, "%s", line);
  tb_region_learn(all->of[RANDOM], &r);
  check(r.proven && r.misclassified == r.false_positives + r.false_negatives && r.misclassified < r.points / 2,
        "no condition is exact for a random choice");
  tb_region_learn(all->of[EVERYTHING], &r);
  check(strcmp(r.text, "everything") == 0 && r.misclassified == 0 && r.failing == all->points, "everything");
  tb_region_learn(all->of[NOTHING], &r);
  check(strcmp(r.text, "nothing") == 0 && r.misclassified == 0 && r.points == all->points, "nothing");
}

/* The same point, failing and passing. */
static void contradiction(void) {
  tb_region *region = tb_region_open();
  tb_region_result r;
  tb_problem p;
  tb_case c;
  tb_error error;
  char message[TB_MESSAGE_MAX];
  const char *lines[] = {"conv_transpose2d c1:1 in3x3 k3", "conv_transpose2d c1:1 in3x3 k3", "conv_transpose2d c1:1 in3x3 k1"};
  for (int i = 0; i < 3; i++) {
    if (!tb_case_parse(lines[i], &c, &error) || !tb_problem_make(&c, &p, message))
      abort();
    tb_region_add(region, &p, i == 0);
  }
  tb_region_learn(region, &r);
  check(r.misclassified == 1 && r.points == 3 && r.failing == 1 && r.proven, "points that contradict each other");
  tb_region_close(region);
}

static void learn(tb_region *region, int i) {
  tb_region_result r;
  char line[1000];
  tb_region_learn(region, &r);
  tb_region_print(&r, line, sizeof line);
  const bool right = r.misclassified == 0 && r.proven && r.conditions <= expected[i].conditions && r.points > 30000 &&
                     (!expected[i].words || strcmp(expected[i].words, r.text) == 0);
  if (!check(right, "%s", expected[i].words ? expected[i].words : expected[i].truth))
    tb_tap_comment(&test_tap, "%s: %s", expected[i].truth, line);
}

int main(void) {
  static struct all all;
  for (int i = 0; i < WHOLE; i++)
    all.of[i] = tb_region_open();
  tb_tap_start(&test_tap, stdout);
  check(add_grid(&all), "the quick suite has a grid");
  for (int i = 0; i < TRUTHS; i++)
    learn(all.of[i], i);
  learn_others(&all);
  contradiction();
  for (int i = 0; i < WHOLE; i++)
    tb_region_close(all.of[i]);
  return finish();
}
