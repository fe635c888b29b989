/* The diagnosis of normal: wrong answers made from the reference's right ones, each by one mistake, and statistics made up.
 *
 * SPDX-License-Identifier: MIT */
#include "distribution_diagnosis.h"
#include "normal_reference.h"
#include "stream_diagnosis.h"
#include "stream_positions.h"

#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 2000 };

/* A case, its right numbers, and wrong ones. */
static tb_problem p;
static double want[MOST], got[MOST], bound[MOST];
static bool wrong[MOST], unwritten[MOST];
static tb_position position[MOST];
static const tb_stream_numbers numbers = {got, want, wrong, unwritten};

static void start(const char *line) {
  tb_case c;
  tb_error e;
  char message[TB_MESSAGE_MAX];
  if (!tb_case_parse(line, &c, &e) || !tb_problem_make(&c, &p, message) || p.kept > MOST ||
      !tb_normal_reference(&p, want, bound) || !tb_stream_positions(&p, want, position))
    abort();
  memcpy(got, want, sizeof got);
  memset(unwritten, 0, sizeof unwritten);
}

static void mark(void) {
  for (int64_t i = 0; i < p.kept; i++)
    wrong[i] = unwritten[i] || !(got[i] == want[i] || (isnan(got[i]) && isnan(want[i])));
}

static bool has_sentence(const tb_sentences *s, const char *part) {
  for (int i = 0; i < s->count; i++)
    if (strstr(s->text[i], part))
      return true;
  return false;
}

/* Whether a sentence with these words is said of the case. */
static void expect(const char *part, const char *name) {
  tb_sentences s = {0};
  mark();
  tb_stream_hypotheses(&p, &numbers, &s);
  tb_stream_first(&p, &numbers, &s);
  if (!check(has_sentence(&s, part), "%s: %s", p.text, name))
    for (int i = 0; i < s.count; i++)
      printf("# %s\n", s.text[i]);
}

static void positions(void) {
  start("normal seed=7 calls=3,17,1,1");
  check(tb_position_is(&position[2], TB_P_COSINE) && tb_position_is(&position[2], TB_P_ONE_BY_ONE) && position[2].partner == 20,
        "the third number of an odd call is a cosine, whose sine waits");
  check(tb_position_is(&position[20], TB_P_WAITED) && tb_position_is(&position[20], TB_P_ACROSS_BLOCKS) &&
            position[20].partner == 2,
        "it is taken after a fill");
  check(tb_position_is(&position[3], TB_P_BEFORE_LAST) && tb_position_is(&position[4], TB_P_REDRAWN) &&
            tb_position_is(&position[19], TB_P_TAIL) && tb_position_is(&position[4], TB_P_COSINE) &&
            tb_position_is(&position[19], TB_P_SINE),
        "of 17 numbers, the first is of a block, 15 are drawn again, and one is the tail");
  check(position[3].partner == 11 && position[11].partner == 19, "a number whose partner is drawn again has lost it");
  start("normal seed=7 calls=600,1000");
  check(!tb_position_is(&position[599], TB_P_TWISTED) && tb_position_is(&position[600 + 15], TB_P_TWISTED),
        "600 numbers and a tail of 8 take 624 words: those that follow are of the next ones");
  start("normal seed=7 calls=1,reseed,1,5x8/1x5");
  check(tb_position_is(&position[1], TB_P_DROPPED) && position[2].memory == 0 && position[3].memory == 5,
        "seeding again, and a transposed call");
}

static void orders(void) {
  start("normal seed=3 calls=15");
  for (int i = 0; i < 14; i++)
    got[i] = want[i + 1];
  got[14] = 0.123456;
  mark();
  wrong[14] = false;
  expect("right number i + 1", "numbers that come one too early");
  start("normal seed=3 calls=16,3,3,16");
  memcpy(got + 16 + 3, got + 16, 3 * sizeof *got);
  memcpy(got + 16 + 6, got, 16 * sizeof *got);
  expect("repeats the kernel's first call of as many", "calls that repeat the first");
  start("normal seed=3 calls=64");
  memcpy(got + 16, got, 16 * sizeof *got);
  memcpy(got + 48, got + 32, 16 * sizeof *got);
  expect("every second block of 16 repeats", "blocks that come twice");
  start("normal seed=3 calls=1600");
  memcpy(got + 800, got, 800 * sizeof *got);
  expect("repeats the one 800 before", "a second half like the first");
  start("normal seed=3 calls=5x8/1x5");
  for (int64_t i = 0; i < p.kept; i++)
    for (int64_t k = 0; k < p.kept; k++)
      if (position[k].memory == i)
        got[i] = want[k];
  expect("order of the indices", "row-major where memory's order is asked for");
}

static void algebra(void) {
  start("normal seed=3 calls=32 mean=3.25 std=0.1");
  for (int i = 0; i < 32; i++)
    got[i] = 2 * 3.25 - want[i];
  expect("the sign is wrong", "signs");
  start("normal seed=3 calls=15");
  for (int i = 0; i < 14; i++)
    got[i] = want[i ^ 1];
  expect("cosine and sine are exchanged", "sine before cosine, one by one");
  start("normal f64 seed=3 calls=32");
  for (int i = 0; i < 32; i++)
    got[i] = want[i ^ 8];
  expect("cosine and sine are exchanged", "sines before cosines in a block");
  start("normal seed=3 calls=14");
  for (int i = 0; i < 14; i += 2) {
    const double u = -expm1(-(want[i] * want[i] + want[i + 1] * want[i + 1]) / 2), t = atan2(want[i + 1], want[i]) / (2 * M_PI);
    const double r = sqrt(-2 * log1p(-(t < 0 ? t + 1 : t)));
    got[i] = r * cos(2 * M_PI * u);
    got[i + 1] = r * sin(2 * M_PI * u);
  }
  expect("that of the angle makes the radius", "angle for radius");
  start("normal seed=3 calls=14 std=2");
  for (int i = 0; i < 14; i++) {
    const double square = (want[i] * want[i] + want[i ^ 1] * want[i ^ 1]) / 4;
    got[i] *= sqrt(-2 * log(-expm1(-square / 2)) / square);
  }
  expect("log(u) in place of log(1 - u)", "the other logarithm");
}

static double scaled(double z, int kind) {
  const double mean = 3.25, std = 0.1;
  return (const double[]){mean * z + std, z, std * std * z + mean, sqrt(std) * z + mean, std * (z + mean), 0.7 * z - 2}[kind];
}

static void scaling(void) {
  static const char *const part[] = {"swapped",        "ignored",   "variance is taken", "taken for a variance",
                                     "mean is scaled", "0.7 z + -2"};
  for (int k = 0; k < 6; k++) {
    start("normal seed=3 calls=17,3 mean=3.25 std=0.1");
    for (int64_t i = 0; i < p.kept; i++)
      got[i] = scaled((want[i] - 3.25) / 0.1, k);
    expect(part[k], "mean and std");
  }
  start("normal seed=3 calls=1@3.25:0.1,1@0:0.02,1@5:2,1@0:1");
  got[1] = want[1] / 0.02 * 0.1 + 3.25;
  got[3] = want[3] * 2 + 5;
  expect("the waiting number is kept scaled", "a number that waits scaled");
  start("normal seed=3 calls=3@3.25:0.1,20@0:0.02");
  for (int i = 3; i < 23; i++)
    got[i] = want[i] / 0.02 * 0.1 + 3.25;
  expect("mean and std of the first call", "a first call's law");
}

static void values(void) {
  start("normal seed=3 calls=17");
  unwritten[16] = true;
  expect("the wrong numbers were never written", "an unwritten tail");
  start("normal seed=3 calls=17 std=inf");
  for (int i = 0; i < 17; i++)
    got[i] = NAN;
  expect("the wrong numbers are NaN", "NaN");
  start("normal seed=3 calls=17 std=1e-40");
  for (int i = 0; i < 17; i++)
    got[i] = 0;
  expect("subnormals are flushed", "zeros for subnormals");
  start("normal bf16 seed=3 calls=32");
  for (int i = 0; i < 32; i++) {
    int exponent;
    frexp(want[i], &exponent);
    want[i] = ldexp(rint(ldexp(want[i], 8 - exponent)), exponent - 8);
    got[i] = i % 2 ? nextafterf((float)want[i], 0) : want[i];
    if (i % 2)
      got[i] = copysign(fabs(want[i]) - ldexp(1, exponent - 8), want[i]);
  }
  expect("truncated", "bf16 that is truncated");
  start("normal seed=3 calls=17");
  for (int i = 0; i < 17; i++)
    got[i] = want[i] * (1 + 3e-7);
  expect("right but for their last bits", "other rounding");
  start("normal seed=3 calls=3,17");
  got[7] = 9;
  expect("y[4] of call 2, which has 17: a cosine, lane 3 of a block of 16; it is 9 and", "the first wrong number");
  start("normal seed=3 calls=3,17");
  mark();
  tb_sentences s = {0};
  tb_stream_hypotheses(&p, &numbers, &s);
  tb_stream_first(&p, &numbers, &s);
  check(s.count == 0, "nothing is said where nothing is wrong");
}

/* Where numbers are wrong, from four cases that differ in it. */
static void where(void (*spoil)(void), const char *part, const char *name) {
  static const char *const line[] = {"normal seed=3 calls=3,17,1,32,1", "normal f64 seed=3 calls=3,17,1,32,1",
                                     "normal f16 seed=3 calls=3,17,1,32,1 mean=0.25 std=0.5",
                                     "normal stream=torch-cpu-default seed=3 calls=1,reseed,40,16,5x8/1x5"};
  tb_evidence *e = tb_evidence_open();
  tb_sentences s;
  for (int i = 0; e && i < 4; i++) {
    start(line[i]);
    spoil();
    mark();
    tb_evidence_add(e, &p, &numbers);
  }
  tb_evidence_report(e, &s);
  if (!check(has_sentence(&s, part), "%s: %s", name, part))
    for (int i = 0; i < s.count; i++)
      printf("# %s\n", s.text[i]);
  tb_evidence_close(e);
}

static void spoil_flag(tb_position_flag flag) {
  for (int64_t i = 0; i < p.kept; i++)
    if (tb_position_is(&position[i], flag))
      got[i] += 0.01;
}

static void spoil_sines(void) {
  spoil_flag(TB_P_SINE);
}

static void spoil_tails(void) {
  spoil_flag(TB_P_TAIL);
}

static void spoil_f64_blocks(void) {
  if (p.c.dtype == TENBIN_F64)
    spoil_flag(TB_P_IN_BLOCKS);
}

static void spoil_after_tails(void) {
  bool from = false;
  for (int64_t i = 0; i < p.kept; i++) {
    from = from || tb_position_is(&position[i], TB_P_TAIL);
    got[i] += from ? 0.01 : 0;
  }
}

static void spoil_all(void) {
  for (int64_t i = 0; i < p.kept; i++)
    got[i] += 0.01;
}

static void spoil_all_but_scalar_f16(void) {
  for (int64_t i = 0; i < p.kept; i++)
    if (!(p.c.dtype == TENBIN_F16 && tb_position_is(&position[i], TB_P_ONE_BY_ONE)))
      got[i] += 0.01;
}

static void regions(void) {
  where(spoil_sines, "wrong are exactly the numbers that are a pair's sine", "sines");
  where(spoil_tails, "wrong are exactly the numbers of a tail of n % 16", "tails");
  where(spoil_f64_blocks, "wrong are exactly the numbers of f64, drawn in blocks of 16", "one dtype's blocks");
  where(spoil_after_tails, "up to the first call that goes wrong, wrong are exactly the numbers of a tail of n % 16",
        "all after a tail");
  where(spoil_all, "every number is wrong", "all");
  where(spoil_all_but_scalar_f16, "right are exactly the numbers of f16, drawn one by one", "all but some");
}

/* Statistics of 10^6 numbers that are right but for those given. */
static void suspect(const char *name, double value, const char *part) {
  static const char *const names[] = {"mean",    "variance",    "skewness",   "kurtosis",       "he6",     "cells",
                                      "tail3",   "tail4",       "tail5",      "maximum",        "lags",    "square_lags",
                                      "pair",    "square_pair", "runs",       "signs",          "angle_8", "radius_8",
                                      "angle_1", "radius_1",    "lane_means", "lane_variances", "ks",      "ad"};
  tb_statistic statistic[TB_STATISTICS];
  tb_sentences s;
  for (int i = 0; i < TB_STATISTICS; i++)
    statistic[i] = (tb_statistic){names[i],
                                  strcmp(names[i], "maximum") == 0 ? 4.9
                                  : strcmp(names[i], "tail3") == 0 ? 2500
                                  : strcmp(names[i], "tail4") == 0 ? 63
                                                                   : 0,
                                  0.5, i < 22};
  for (int i = 0; i < TB_STATISTICS; i++)
    if (strcmp(names[i], name) == 0)
      statistic[i] = (tb_statistic){names[i], value, 1e-20, true};
  tb_distribution_diagnose(statistic, 1000000, &s);
  check(*part ? has_sentence(&s, part) : s.count == 0, "%s of %g: %s", name, value, *part ? part : "nothing is said");
}

static void distributions(void) {
  suspect("none", 0, "");
  suspect("mean", 0.1, "the mean is off by 0.1 std");
  suspect("variance", -0.19, "the std is 0.9 times");
  suspect("maximum", 3.654, "no number is beyond 3.654 std: the tail is cut off");
  suspect("maximum", 3.9050, "uniform numbers of 11 bits");
  suspect("tail3", 3300, "too heavy");
  suspect("tail3", 2000, "too light");
  suspect("angle_8", 3000, "the angle is not uniform and the radius is right");
  suspect("radius_1", 3000, "(2 i, 2 i + 1) the radius is wrong");
  suspect("lane_variances", 900, "the std depends on the position");
  suspect("lags", 900, "depend on those up to 31 before");
  suspect("signs", 501000, "501000 of 1000000 numbers are positive");
  suspect("cells", 9000, "some intervals have too many");
}

int main(void) {
  tb_tap_start(&test_tap, stdout);
  positions();
  orders();
  algebra();
  scaling();
  values();
  regions();
  distributions();
  return finish();
}
