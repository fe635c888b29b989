/* The battery: right numbers of every dtype pass, each statistic sees its own mistake, repeats are found and not imagined; and
 * the decision at its thresholds.
 *
 * SPDX-License-Identifier: MIT */
#include "battery.h"
#include "cells.h"
#include "distribution.h"
#include "dtype.h"
#include "kernel.h"
#include "rounding.h"

#include "rng.h"
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N = 1 << 18 };

static uint64_t state;

static double uniform(void) { /* in (0, 1) */
  return ((double)(tb_rng(&state) >> 12) + 0.5) * 0x1p-52;
}

/* Right ones, in pairs (2i, 2i + 1). */
static void normals(double *z, uint64_t seed) {
  state = seed;
  for (int i = 0; i < N; i += 2) {
    const double r = sqrt(-2 * log(uniform())), t = 2 * 3.14159265358979323846 * uniform();
    z[i] = r * cos(t);
    z[i + 1] = r * sin(t);
  }
}

static double rounded(int32_t dtype, double v) {
  uint64_t stored;
  tb_number_set(dtype, &stored, 0, v);
  return tb_number(dtype, &stored, 0);
}

static tb_battery_result judge(const tb_law *law, const double *y, int64_t n) {
  tb_battery_result r;
  tb_battery *b = tb_battery_open(law);
  if (!b)
    abort();
  tb_battery_add(b, y, n);
  if (!tb_battery_finish(b, &r))
    abort();
  tb_battery_close(b);
  return r;
}

static const tb_law standard = {.dtype = TENBIN_F64, .std = 1};

static void right_numbers(double *z) {
  static const char *const name[] = {[TENBIN_F32] = "f32", [TENBIN_F64] = "f64", [TENBIN_F16] = "f16", [TENBIN_BF16] = "bf16"};
  static const tb_law law[] = {
      {TENBIN_F64, 0, 1, 0},         {TENBIN_F32, 0, 1, 0},        {TENBIN_F32, 3.25, 0.1, 0},  {TENBIN_F32, 1000, 0x1p-13, 0},
      {TENBIN_F16, 0, 1, 0},         {TENBIN_F16, 3.25, 0.1, 0},   {TENBIN_F16, 0, 0.02, 0},    {TENBIN_F16, 0, 1e-6, 0},
      {TENBIN_F16, -3, 0x1p-12, 0},  {TENBIN_BF16, 0, 1, 0},       {TENBIN_BF16, 3.25, 0.1, 0}, {TENBIN_BF16, 0, 0.02, 0},
      {TENBIN_BF16, 100, 0.0625, 0}, {TENBIN_F32, 0, 1, 1},        {TENBIN_F32, 0, 1, 2},       {TENBIN_F32, 0, 1, 3},
      {TENBIN_F32, 0, 1, 15},        {TENBIN_F32, 0, 1, 17},       {TENBIN_F32, 0, 1, 31},      {TENBIN_F32, 0, 1, 64},
      {TENBIN_F32, 0, 1, 100},       {TENBIN_BF16, 3.25, 0.1, 17},
  };
  for (size_t i = 0; i < sizeof law / sizeof *law; i++) {
    normals(z, 100 + i);
    const double std = law[i].dtype == TENBIN_F64 ? law[i].std : (double)(float)law[i].std;
    for (int j = 0; j < N; j++)
      z[j] = rounded(law[i].dtype, law[i].mean + std * z[j]);
    const tb_battery_result r = judge(&law[i], z, N);
    tb_distribution d;
    tb_distribution_decide(&r, TB_STAGE_FIRST, 0, &d);
    check(d.decision == TB_DECISION_PASSED && r.n == N, "right numbers pass: %s, mean %g, std %g, calls of %lld: %s",
          name[law[i].dtype], law[i].mean, law[i].std, (long long)law[i].period, d.reason);
  }
}

/* Two laws that take turns, and a kernel that takes the one of the number before. */
static void turns(double *z) {
  static const double mean[] = {3.25, 0}, std[] = {0.125, 1};
  for (int late = 0; late < 2; late++) {
    const tb_law law = {TENBIN_F16, mean[0], std[0], 1};
    tb_battery_result r;
    tb_distribution d;
    tb_battery *b = tb_battery_open(&law);
    normals(z, 4);
    for (int i = 0; i < N; i++) {
      const int now = i % 2, drawn = late ? 1 - now : now;
      const double y = rounded(TENBIN_F16, mean[drawn] + std[drawn] * z[i]);
      tb_battery_law(b, mean[now], std[now]);
      tb_battery_add(b, &y, 1);
    }
    tb_battery_finish(b, &r);
    tb_distribution_decide(&r, TB_STAGE_FIRST, 0, &d);
    check(d.decision == (late ? TB_DECISION_FAILED : TB_DECISION_PASSED), "laws that take turns%s: %s",
          late ? ", the wrong way round" : "", d.reason);
    check(!tb_battery_law(b, 0, 0), "std 0 is no law to go on with");
    tb_battery_close(b);
  }
}

static void scale(double *z, int from, int step, double factor) {
  for (int i = from; i < N; i += step)
    z[i] *= factor;
}

/* The mistakes of wrong() by the name of the statistic that is to see each. */
static void spoil(const char *statistic, double *z) {
#define IS(name) (strcmp(statistic, name) == 0)
  for (int i = 0; i < N; i++) {
    const int j = i % 16;
    if (IS("mean") || IS("ks") || IS("ad"))
      z[i] += 0.02;
    else if (IS("variance"))
      z[i] *= 1.02;
    else if (IS("skewness"))
      z[i] += 0.02 * (z[i] * z[i] - 1);
    else if (IS("kurtosis"))
      z[i] *= i % 3 ? 1.1 : 0.8;
    else if (IS("he6"))
      z[i] *= i % 20 ? 0.9 : 2;
    else if (IS("cells"))
      z[i] = round(z[i] * 100) / 100;
    else if (IS("tail3"))
      z[i] = fmax(-2.99, fmin(2.99, z[i]));
    else if (IS("tail4") && i % 4096 == 0)
      z[i] = 4.5;
    else if (IS("tail5") && i % 16384 == 0)
      z[i] = -5.5;
    else if (IS("maximum") && i == 12345)
      z[i] = -9;
    else if ((IS("lags") || IS("runs")) && i >= 31)
      z[i] = 0.1 * z[i - (IS("lags") ? 31 : 1)] + sqrt(0.99) * z[i];
    else if (IS("square_lags"))
      z[i] *= i / 5 % 2 ? 1.1 : 0.9;
    else if (IS("pair") && j >= 8)
      z[i] = 0.05 * z[i - 8] + sqrt(1 - 0.0025) * z[i];
    else if (IS("square_pair") && j >= 8 && i % 7 == 0)
      z[i] = i % 3 ? z[i - 8] : -z[i - 8];
    else if (IS("signs") && i % 50 == 0)
      z[i] = fabs(z[i]);
  }
  if (IS("angle_8"))
    for (int i = 0; i < 8; i++)
      scale(z, i, 16, 1.15);
  if (IS("radius_8") || IS("radius_1"))
    for (int i = 0; i < N; i++)
      z[i] *= (IS("radius_8") ? i % 8 : i / 2) % 2 ? 1.15 : 0.85;
  if (IS("angle_1"))
    scale(z, 0, 2, 1.15);
  if (IS("lane_means"))
    for (int i = 5; i < N; i += 16)
      z[i] += 0.1;
  if (IS("lane_variances"))
    scale(z, 5, 16, 1.1);
#undef IS
}

static void wrong_numbers(double *z) {
  normals(z, 1);
  const tb_battery_result right = judge(&standard, z, N);
  for (int i = 0; i < TB_STATISTICS; i++) {
    const tb_statistic *s = &right.statistic[i];
    normals(z, 1);
    spoil(s->name, z);
    const double p = judge(&standard, z, N).statistic[i].p;
    check(s->p > 1e-4 && p < 1e-8, "%s sees its mistake: p = %.1e, and %.3f of right numbers", s->name, p, s->p);
    check(s->judged == (strcmp(s->name, "ks") != 0 && strcmp(s->name, "ad") != 0), "%s is %s", s->name,
          s->judged ? "judged" : "only reported");
  }
  normals(z, 1);
  tb_law law = {TENBIN_F64, 0, 1, 17};
  for (int i = 16; i < N; i += 17)
    z[i] = z[i - 16];
  const tb_battery_result tail = judge(&law, z, N);
  check(tail.statistic[10].p < 1e-10, "lags see that the last of each 17 numbers is the first again");
}

/* How the stream is cut into calls of tb_battery_add does not matter. */
static void pieces(double *z) {
  static const tb_law law = {TENBIN_BF16, 3.25, 0.1, 31};
  tb_battery_result cut, whole;
  normals(z, 2);
  for (int i = 0; i < N; i++)
    z[i] = rounded(TENBIN_BF16, 3.25 + (double)0.1f * z[i]);
  whole = judge(&law, z, N);
  tb_battery *b = tb_battery_open(&law);
  for (int64_t i = 0, n; i < N; i += n) {
    n = (int64_t)(uniform() * uniform() * 5000);
    n = n < N - i ? n : N - i;
    tb_battery_add(b, z + i, n);
  }
  tb_battery_finish(b, &cut);
  tb_battery_close(b);
  bool same = whole.n == cut.n && whole.repeated == cut.repeated;
  for (int i = 0; i < TB_STATISTICS; i++)
    same = same && whole.statistic[i].value == cut.statistic[i].value && whole.statistic[i].p == cut.statistic[i].p;
  check(same, "numbers that come in pieces get the same result, to the bit");
}

static void repeats(double *z) {
  normals(z, 3);
  check(judge(&standard, z, N).repeated == -1, "no repeats in right numbers");
  memcpy(z + 1600, z + 16000, 16 * sizeof *z);
  tb_battery_result r = judge(&standard, z, N);
  check(r.repeated == 16000 && r.block == 16, "a block that comes again is found: at %lld", (long long)r.repeated);
  normals(z, 3);
  memcpy(z + 1003, z, 8 * sizeof *z);
  check(judge(&standard, z, N).repeated == 1003, "the beginning is found at any place");
  normals(z, 3);
  tb_law law = {TENBIN_F64, 0, 1, 17};
  memcpy(z + 17 * 200, z + 17 * 33, 17 * sizeof *z);
  check(judge(&law, z, N).repeated == 17 * 200, "a call that comes again is found");
  law = (tb_law){TENBIN_BF16, 100, 0.5, 0};
  for (int i = 0; i < N; i++)
    z[i] = rounded(TENBIN_BF16, 100 + 0.5 * z[i]);
  r = judge(&law, z, N);
  check(r.block == 0 && r.repeated == -1,
        "numbers of which few are different have no repeats to look for, and the result says so");
  normals(z, 3);
  z[77] = NAN;
  z[78] = -INFINITY;
  check(judge(&standard, z, N).nonfinite == 2, "NaN and infinity are counted");
}

static void laws(void) {
  static const tb_law wrong[] = {{TENBIN_F32, 0, 0, 0},    {TENBIN_F32, 0, -1, 0},          {TENBIN_F32, 0, (double)NAN, 0},
                                 {TENBIN_F16, 0, 8000, 0}, {TENBIN_F32, (double)NAN, 1, 0}, {TENBIN_S32, 0, 1, 0},
                                 {TENBIN_F32, 0, 1e38, 0}, {TENBIN_F64, 0, INFINITY, 0}};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
    check(tb_battery_open(&wrong[i]) == NULL, "no law: dtype %d, mean %g, std %g", wrong[i].dtype, wrong[i].mean, wrong[i].std);
}

/* Draws within the interval that rounds to y, and their average against that of N(0, 1) between its ends. */
static void unround(int32_t dtype, double mean, double std, double y, double low, double high) {
  tb_rounding r;
  const int draws = 20000;
  double sum = 0, square = 0;
  bool inside = tb_rounding_init(&r, dtype, mean, std);
  low = (low - mean) / std;
  high = (high - mean) / std;
  for (int i = 0; i < draws; i++) {
    const double z = tb_unround(&r, y);
    inside = inside && z >= low - 1e-12 && z <= high + 1e-12;
    sum += z;
    square += z * z;
  }
  /* E z = (phi(low) - phi(high)) / (Q(low) - Q(high)), by the trapezoid rule. */
  double mass = 0, first = 0;
  for (int i = 0; i <= 10000; i++) {
    const double z = low + (high - low) * i / 10000, weight = (i % 10000 ? 1 : 0.5) * exp((low * low - z * z) / 2);
    mass += weight;
    first += weight * z;
  }
  const double average = sum / draws, deviation = sqrt(square / draws - average * average);
  check(inside && fabs(average - first / mass) < 5 * deviation / sqrt(draws),
        "what rounds to %g is drawn between %.4g and %.4g: on average %.6g, as %.6g", y, low, high, average, first / mass);
}

static void cells(void) {
  tb_cells c[3];
  static double (*const edge[])(int, int) = {tb_normal_edge, tb_radius_edge, tb_tangent_edge};
  for (int kind = 0; kind < 3; kind++) {
    bool right = tb_cells_init(&c[kind], 128, edge[kind]);
    for (int i = 0; i < 20000; i++) {
      const double v = i < 127 ? c[kind].edge[i + 1] : i < 254 ? nextafter(c[kind].edge[i - 126], -9) : 14 * uniform() - 7;
      int cell = 0;
      while (cell < 127 && v >= edge[kind](cell + 1, 128))
        cell++;
      right = right && tb_cell(&c[kind], v) == cell;
    }
    check(right, "cells of kind %d are found", kind);
    tb_cells_free(&c[kind]);
  }
}

static tb_decision decide(double p, tb_stage stage, uint32_t suspects, tb_distribution *d) {
  tb_battery_result r = {.n = 1000000, .repeated = -1};
  for (int i = 0; i < TB_STATISTICS; i++)
    r.statistic[i] = (tb_statistic){i == 3 ? "kurtosis" : "another", 0.5, i == 3 ? p : i == 4 ? p / 2 : 0.5, i != 4};
  tb_distribution_decide(&r, stage, suspects, d);
  return d->decision;
}

static void decisions(void) {
  tb_distribution d;
  check(decide(0.87e-10 / 24, TB_STAGE_FIRST, 0, &d) == TB_DECISION_FAILED && strstr(d.reason, "kurtosis 0.5: p = 3.6e-12"),
        "first stage, below 1e-10: %s", d.reason);
  check(decide(1.1e-10 / 24, TB_STAGE_FIRST, 0, &d) == TB_DECISION_UNDECIDED && d.suspects == 1 << 3,
        "first stage, above 1e-10: undecided, and which are suspects");
  check(decide(0.9e-4 / 24, TB_STAGE_FIRST, 0, &d) == TB_DECISION_UNDECIDED, "first stage, below 1e-4: undecided");
  check(decide(1.1e-4 / 24, TB_STAGE_FIRST, 0, &d) == TB_DECISION_PASSED && d.suspects == 0, "first stage, above: passed");
  check(decide(0.9 * 3e-4 / 24, TB_STAGE_SECOND, 1 << 3, &d) == TB_DECISION_FAILED, "second stage, below 3e-4: failed");
  check(decide(1.1 * 3e-4 / 24, TB_STAGE_SECOND, 1 << 3, &d) == TB_DECISION_PASSED, "second stage, above: passed");
  check(decide(0, TB_STAGE_SECOND, 1 << 5, &d) == TB_DECISION_PASSED, "second stage: only suspects count");
  check(decide(0.9e-6 / 32 / 24, TB_STAGE_SINGLE, 0, &d) == TB_DECISION_FAILED, "a single stage, below 1e-6/32: failed");
  check(decide(1.1e-6 / 32 / 24, TB_STAGE_SINGLE, 0, &d) == TB_DECISION_PASSED, "a single stage, above: passed");
  check(decide((double)NAN, TB_STAGE_FIRST, 0, &d) == TB_DECISION_FAILED, "a p-value that is NaN fails");
  check(decide(0, TB_STAGE_FIRST, 0, &d) == TB_DECISION_FAILED && strstr(d.reason, "p < 1e-300"), "and one that is 0");
  tb_battery_result r = {.n = 100, .nonfinite = 3, .repeated = -1};
  tb_distribution_decide(&r, TB_STAGE_SECOND, 0, &d);
  check(d.decision == TB_DECISION_FAILED && strstr(d.reason, "3 of 100 numbers are NaN or infinite"), "%s", d.reason);
  r = (tb_battery_result){.n = 100, .repeated = 48};
  tb_distribution_decide(&r, TB_STAGE_SINGLE, 0, &d);
  check(d.decision == TB_DECISION_FAILED && strstr(d.reason, "from index 48"), "%s", d.reason);
}

int main(void) {
  double *z = malloc(N * sizeof *z);
  if (!z)
    abort();
  tb_tap_start(&test_tap, stdout);
  right_numbers(z);
  turns(z);
  wrong_numbers(z);
  pieces(z);
  repeats(z);
  laws();
  unround(TENBIN_BF16, 0, 1, 1, 1 - 0x1p-9, 1 + 0x1p-8);
  unround(TENBIN_BF16, 0, 1, -1, -1 - 0x1p-8, -1 + 0x1p-9);
  unround(TENBIN_BF16, 0, 1, 5, 5 - 0x1p-6, 5 + 0x1p-6);
  unround(TENBIN_BF16, 3.25, 0.1f, 3.6875, 3.6875 - 0x1p-7, 3.6875 + 0x1p-7);
  unround(TENBIN_BF16, 100, 0.5, 98, 97.75, 98.25);
  unround(TENBIN_BF16, 100, 0.125, 100.5, 100.25, 100.75);
  unround(TENBIN_BF16, 100, 0.125, 100, 99.75, 100.25);
  unround(TENBIN_F16, 0, 0x1p-23, 0, -0x1p-25, 0x1p-25);
  unround(TENBIN_F16, 0, 0x1p-23, -0x1p-24, -0x1.8p-24, -0x1p-25);
  unround(TENBIN_F32, 1000, 0x1p-13, 1000, 1000 - 0x1p-15, 1000 + 0x1p-15);
  cells();
  decisions();
  free(z);
  return finish();
}
