/* The floor of a layer: operations by counting, and layers worked out by hand.
 *
 * SPDX-License-Identifier: MIT */
#include "conv_reference.h"
#include "floor.h"
#include "tap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static tb_tap tap;

static void point(bool ok, const char *name) {
  tb_tap_point(&tap, ok, name, NULL);
}

static int64_t counted(int64_t in, int64_t kernel, int64_t stride, int64_t padding, int64_t dilation, int64_t out) {
  int64_t count = 0;
  for (int64_t i = 0; i < in; i++)
    for (int64_t k = 0; k < kernel; k++) {
      const int64_t at = i * stride - padding + k * dilation;
      count += at >= 0 && at < out;
    }
  return count;
}

static void test_taps(void) {
  int tried = 0, wrong = 0;
  for (int64_t in = 1; in <= 6; in++)
    for (int64_t kernel = 1; kernel <= 5; kernel++)
      for (int64_t stride = 1; stride <= 4; stride++)
        for (int64_t padding = 0; padding <= 6; padding++)
          for (int64_t dilation = 1; dilation <= 3; dilation++)
            for (int64_t more = 0; more < stride || more < dilation; more++) {
              const int64_t out = (in - 1) * stride - 2 * padding + dilation * (kernel - 1) + more + 1;
              if (out < 1)
                continue;
              tried++;
              wrong += tb_conv_taps_inside(in, kernel, stride, padding, dilation, out) !=
                       counted(in, kernel, stride, padding, dilation, out);
            }
  point(tried > 5000 && wrong == 0, "the taps inside an axis, against counting them");
}

static tb_problem *problem_of(const char *line) {
  tb_case c;
  tb_error error;
  char message[TB_MESSAGE_MAX];
  tb_problem *p = malloc(sizeof *p);
  if (!p || !tb_case_parse(line, &c, &error) || !tb_problem_make(&c, p, message))
    abort();
  return p;
}

static bool does(const char *line, double flops, double in, double out) {
  tb_problem *p = problem_of(line);
  const tb_floor_work work = tb_work_of(p);
  free(p);
  return work.flops == flops && work.in == in && work.out == out;
}

static void test_work(void) {
  /* Rows -1 .. 8 of which 0 .. 7 are kept: 4 inputs with 4 taps, but one tap of the first and one of the last. */
  point(does("conv_transpose2d n1 c2:3 in4x4 k4 s2 p1 seed=0", 2. * 2 * 3 * 14 * 14, 4 * (2 * 16 + 2 * 3 * 16), 4. * 3 * 64),
        "a layer that crops");
  point(
      does("conv_transpose2d n2 c4:6 in3x1 k1 g2 bias seed=0", 2. * 2 * 4 * 3 * 3, 4 * (2 * 4 * 3 + 4 * 3 + 6), 4. * 2 * 6 * 3),
      "a batch, groups, and a bias");
  /* Unbatched: row i lands in 3 i and 3 i + 2 of 6, or 7 with output_padding. */
  point(does("conv_transpose2d c1:1 in2x1 k2x1 s3x1 d2x1 op1x0 seed=0", 2. * 4, 4 * (2 + 2), 4. * 7),
        "an unbatched one, dilated");
  point(does("normal f16 stream=any seed=0 calls=3x5", 0, 0, 30), "numbers are only written");
}

static bool near(double a, double b) {
  return fabs(a - b) <= 1e-12 * fabs(b);
}

static void test_seconds(void) {
  tb_floor f = {.work = {.flops = 1e6, .in = 3000, .out = 1000}, .level_name = "L2", .peak = 1e9, .bandwidth = {2e6, 1e6}};
  tb_floor_compute(&f);
  point(near(f.seconds, 2.5e-3) && strcmp(f.limit, "L2") == 0, "bytes, read and then written");
  f.bandwidth[TB_COPY] = 4e6;
  tb_floor_compute(&f);
  point(near(f.seconds, 0.5e-3 + 1e-3), "bytes, as much as can be at the speed of a copy");
  f.bandwidth[TB_COPY] = 1e6;
  f.bandwidth[TB_NT_WRITE] = 2e6;
  tb_floor_compute(&f);
  point(near(f.seconds, 2e-3) && tb_floor_write(&f) == 2e6, "bytes, written beside the caches");
  f.work.flops = 1e7;
  tb_floor_compute(&f);
  point(near(f.seconds, 1e-2) && strcmp(f.limit, "arithmetic") == 0, "operations");
  f = (tb_floor){.work = {.out = 1000}, .level_name = "memory", .bandwidth = {[TB_WRITE] = 1e6}};
  tb_floor_compute(&f);
  point(near(f.seconds, 1e-3) && strcmp(f.limit, "memory") == 0, "what is only written");
}

static void test_capacity(void) {
  const tb_caches caches = {.levels = 2, .level = {{32, 1}, {1000, 4}}};
  point(tb_caches_capacity(&caches, 0, 1, 8) == 32 && tb_caches_capacity(&caches, 0, 6, 8) == 192 &&
            tb_caches_capacity(&caches, 0, 9, 8) == 256,
        "a cache of each core: as many as there are threads and cores");
  point(tb_caches_capacity(&caches, 1, 1, 8) == 1000 && tb_caches_capacity(&caches, 1, 8, 8) == 2000 &&
            tb_caches_capacity(&caches, 1, 2, 2) == 1000,
        "and one of four");
}

int main(void) {
  tb_tap_start(&tap, stdout);
  test_taps();
  test_work();
  test_seconds();
  test_capacity();
  return tb_tap_finish(&tap) ? 0 : 1;
}
