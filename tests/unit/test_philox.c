/* Philox and PyTorch's stream of CUDA: known answers, published outputs, and a model of the mapping, element by element.
 *
 * SPDX-License-Identifier: MIT */
#include "normal/philox4x32.h"

#include "normal.h"
#include "test.h"

#include <math.h>
#include <sys/mman.h>

/* Random123 1.14, tests/kat_vectors: rounds, counter, key, words. */
static const struct known {
  int rounds;
  uint32_t counter[4], key[2], word[4];
} known[] = {
    {7, {0, 0, 0, 0}, {0, 0}, {0x5f6fb709, 0x0d893f64, 0x4f121f81, 0x4f730a48}},
    {7,
     {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
     {0xffffffff, 0xffffffff},
     {0x5207ddc2, 0x45165e59, 0x4d8ee751, 0x8c52f662}},
    {7,
     {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
     {0xa4093822, 0x299f31d0},
     {0x4dfccaba, 0x190a87f0, 0xc47362ba, 0xb6b5242a}},
    {10, {0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
    {10,
     {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
     {0xffffffff, 0xffffffff},
     {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
    {10,
     {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
     {0xa4093822, 0x299f31d0},
     {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
};

/* What a GPU's numbers were printed as: of the first three and last three rows the first three and last three numbers, to four
 * decimals. A row of three is printed whole. */
static const struct published {
  const char *source, *stream;
  uint64_t seed;
  double mean, std;
  int64_t rows, columns;
  double value[6][6];
} published[] = {
    {"pytorch#79496", "torch-cuda:40x1024", 10, 0, 1, 1, 3, {{-0.1029, 1.6810, -0.2708}}},
    {"pytorch#143086, H100", "torch-cuda:132", 1, 0, 1, 1, 9483264, {{-0.2963, 2.6764, -0.1408, -0.6970, -0.7780, 0.3267}}},
    {"pytorch#143086, A100", "torch-cuda:108", 1, 0, 1, 1, 9483264, {{-0.2963, 2.6764, -0.1408, 0.1549, -0.6797, -0.1656}}},
    /* The device is not named there; 28 multiprocessors of 1536 threads are the only ones that give the last rows. */
    {"pytorch#158398",
     "torch-cuda:28x1536",
     42,
     0,
     1,
     64,
     2048,
     {{0.1940, 2.1614, -0.1721, 1.4540, -2.7733, -0.8932},
      {-0.4574, 0.8063, 0.1580, 0.1124, 0.2769, -1.2535},
      {1.1346, -0.6329, -0.9147, -1.0001, -1.1552, -0.6955},
      {-0.4861, 0.3358, 1.0578, -0.7282, 0.5087, 0.1318},
      {0.7881, 0.8339, -1.1424, -0.6297, -1.1112, -0.4091},
      {-1.2356, -0.4083, -0.4695, -0.4841, 1.2850, -0.0282}}},
    {"pytorch#97097, RTX A4000",
     "torch-cuda:48x1536",
     14,
     5,
     0x1.1e3779b97f4a8p+1, /* sqrt(5) */
     1000,
     100,
     {{2.8731, 5.2727, 2.9889, 1.6853, 9.6331, 6.6319},
      {3.9968, 3.8097, 5.7328, 4.4029, 3.9804, 7.4698},
      {6.5552, 4.0857, 4.2315, 2.7704, 3.5479, 3.3063},
      {8.6297, 2.3137, 6.2596, 7.9358, 4.4697, 2.7475},
      {7.0551, 7.8583, 3.9990, 4.1139, 8.9315, 4.2042},
      {2.7337, 2.2106, 7.7815, 8.2207, 6.5395, 4.2604}}},
};

static void known_answers(void) {
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    const struct known *k = &known[i];
    const tb_philox p = tb_philox4x32(k->rounds, k->counter[0] | (uint64_t)k->counter[1] << 32,
                                      k->counter[2] | (uint64_t)k->counter[3] << 32, k->key[0] | (uint64_t)k->key[1] << 32);
    check(memcmp(p.word, k->word, sizeof p.word) == 0, "Philox4x32-%d of %08x..: Random123's words", k->rounds, k->counter[0]);
  }
}

static void published_outputs(void) {
  static const char *const isa[] = {"portable", "avx2", "avx512"};
  for (size_t i = 0; i < 3 * sizeof published / sizeof *published; i++) {
    const struct published *p = &published[i / 3];
    const int64_t n = p->rows * p->columns;
    float *y = malloc((size_t)n * sizeof *y);
    struct drawer d;
    drawer_open(&d, "philox", p->stream, TENBIN_F32, p->seed, isa[i % 3], NULL, 1);
    d.mean = p->mean;
    d.std = p->std;
    drawer_draw(&d, n, y);
    drawer_close(&d);
    int compared = 0, different = 0;
    for (int64_t row = 0; row < (p->rows == 1 ? 1 : 6); row++)
      for (int64_t column = 0; column < (p->columns == 3 ? 3 : 6); column++, compared++) {
        const int64_t at = (row < 3 ? row : p->rows - 6 + row) * p->columns + (column < 3 ? column : p->columns - 6 + column);
        different += !(fabs((double)y[at] - p->value[row][column]) < 0.5001e-4);
      }
    check(different == 0, "%s: all %d numbers that are published, %s, %s", p->source, compared, p->stream, isa[i % 3]);
    free(y);
  }
}

/* PyTorch's mapping, one element: its number in double, and the radius of its pair. The uniforms of f32, f16 and bf16 are
 * rounded to f32 as the device rounds them. */
static double model(int32_t dtype, uint64_t seed, uint64_t offset, int64_t n, int64_t multiprocessors, int64_t i,
                    double *radius) {
  const int64_t blocks = (n + 255) / 256, threads = 256 * (blocks < multiprocessors * 2 ? blocks : multiprocessors * 2);
  const int64_t unroll = dtype == TENBIN_F64 ? 2 : 4, q = i / threads;
  const tb_philox p = tb_philox4x32(10, offset / 4 + (uint64_t)(q / unroll), (uint64_t)(i % threads), seed);
  const int half = q % unroll >= 2 ? 2 : 0;
  double u, angle;
  if (dtype == TENBIN_F64) {
    u = (double)(p.word[0] ^ (uint64_t)p.word[1] << 21) * 0x1p-53 + 0x1p-54;
    angle = ((double)(p.word[2] ^ (uint64_t)p.word[3] << 21) * 0x1p-52 + 0x1p-53) * 3.14159265358979323846;
  } else {
    const float turn = 0x1p-32f * 6.2831855f;
    u = (double)fmaf((float)p.word[half], 0x1p-32f, 0x1p-33f);
    angle = (double)fmaf((float)p.word[half + 1], turn, turn / 2);
  }
  *radius = sqrt(-2 * log(u));
  return *radius * (q % 2 == 0 ? sin(angle) : cos(angle));
}

/* The greatest |dz| / (6e-7 r), for f64 |dz| / (1.8e-15 max(1, r)), over the calls of one generator. */
static void mapping(int32_t dtype, const char *name) {
  static const int64_t calls[] = {1, 3, 255, 256, 257, 1024, 1025, 4096, 4097, 5000, 9999};
  double worst = 0;
  uint64_t offset = 0, state[2] = {0, 0};
  struct drawer d;
  drawer_open(&d, "philox", "torch-cuda:2x512", dtype, UINT64_C(0x123456789abcdef), "avx512", NULL, 1);
  for (size_t k = 0; k < sizeof calls / sizeof *calls; k++) {
    const int64_t n = calls[k], threads = 256 * (n < 1024 ? (n + 255) / 256 : 4),
                  each = threads * (dtype == TENBIN_F64 ? 2 : 4);
    static double y[9999];
    drawer_draw(&d, n, y);
    for (int64_t i = 0; i < n; i++) {
      double radius;
      const double want = model(dtype, UINT64_C(0x123456789abcdef), offset, n, 2, i, &radius);
      const double got = dtype == TENBIN_F64 ? y[i] : (double)((float *)y)[i];
      const double error = fabs(got - want) / (dtype == TENBIN_F64 ? 1.8e-15 * fmax(1, radius) : 6e-7 * radius);
      worst = error > worst || isnan(error) ? error : worst;
    }
    offset += (uint64_t)((n + each - 1) / each) * 4;
  }
  d.kernel->generator->save(d.generator, state);
  drawer_close(&d);
  check(worst <= 1, "torch-cuda, %s: the model's numbers within the claim, at most %.2f of it", name, worst);
  check(state[1] == offset, "torch-cuda, %s: the offset has advanced as PyTorch's", name);
}

/* The ends of a radius, stream any, from states of seed 0: the word that makes u = 1 after rounding, and the word 0. */
static void radii(void) {
  static const char *const isa[] = {"portable", "avx2", "avx512"};
  const uint64_t one[2] = {0, 4 * UINT64_C(0x78ac0cb1)}, least[2] = {0, 4 * UINT64_C(0xc0913456)};
  for (int i = 0; i < 3; i++) {
    float y[64], z[64];
    struct drawer d;
    drawer_open(&d, "philox", "any", TENBIN_F32, 1, isa[i], NULL, 1);
    d.kernel->generator->restore(d.generator, one, sizeof one);
    drawer_draw(&d, 64, y);
    d.kernel->generator->restore(d.generator, least, sizeof least);
    drawer_draw(&d, 64, z);
    drawer_close(&d);
    const double radius = hypot((double)z[32], (double)z[48]);
    check(tb_philox4x32(10, one[1] / 4, 0, 0).word[2] == 0xffffffff && y[32] == 0 && y[48] == 0, "u = 1 gives 0, %s", isa[i]);
    check(tb_philox4x32(10, least[1] / 4, 0, 0).word[2] == 0 && fabs(radius - sqrt(66 * log(2))) < 6e-7 * radius,
          "word 0 gives a radius of %.6f, %s", radius, isa[i]);
  }
}

/* An element of the stream does not depend on the layout; and what reaches over 2^31 bytes is drawn in halves, after a call
 * that draws nothing. The halves lie 2^30 bytes apart, on memory that is only reserved. */
static void halves(void) {
  const int64_t pitch = INT64_C(1) << 28;
  const size_t bytes = (size_t)pitch * 3 * 4 + 4096;
  float *y = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (!check(y != MAP_FAILED, "3 GiB of addresses"))
    return;
  const tenbin_desc four = {TENBIN_F32, 2, {4, 1000}, {pitch, 1}};
  float want[4000], skipped[4000];
  struct drawer d;
  drawer_open(&d, "philox", "torch-cuda:1x512", TENBIN_F32, 5, "avx512", NULL, 1);
  drawer_draw(&d, 4000, skipped);
  drawer_draw(&d, 2000, want);
  drawer_draw(&d, 2000, want + 2000);
  d.kernel->generator->seed(d.generator, 5);
  drawer_fill(&d, &four, y);
  bool equal = true;
  for (int i = 0; i < 4; i++)
    equal = equal && memcmp(y + i * pitch, want + 1000 * i, 4000) == 0;
  check(equal, "torch-cuda: a tensor over 2^31 bytes is drawn in halves");
  drawer_close(&d);
  munmap(y, bytes);
}

static void refusals(void) {
  static const char *const bad[] = {"torch-cuda",
                                    "torch-cuda:",
                                    "torch-cuda:0",
                                    "torch-cuda:-1",
                                    "torch-cuda: 4",
                                    "torch-cuda:4x",
                                    "torch-cuda:x4",
                                    "torch-cuda:4x255",
                                    "torch-cuda:4x256x",
                                    "torch-cuda:4x2048 ",
                                    "torch-cuda:99999999999999999999",
                                    "torch-cudaish:4",
                                    "torch-cpu-avx2"};
  static const char *const good[] = {"torch-cuda:1", "torch-cuda:132", "torch-cuda:48x1536", "torch-cuda:1x256", "any"};
  const tenbin_kernel *k = tb_registry_find(tenbin_plugin_table(), "philox");
  tenbin_normal normal = {.struct_size = sizeof normal};
  tenbin_desc y = {TENBIN_F16, 1, {100}, {1}};
  const tenbin_problem p = {.struct_size = sizeof p, .op = "normal", .text = "", .attr = &normal, .outputs = 1, .output = &y};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    tenbin_answer answer = {.struct_size = sizeof answer};
    normal.stream = bad[i];
    check(k->supports(&p, &answer) == TENBIN_UNSUPPORTED && answer.why[0], "'%s' is refused: %s", bad[i], answer.why);
  }
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
    tenbin_answer answer = {.struct_size = sizeof answer};
    normal.stream = good[i];
    y.dtype = TENBIN_F16;
    const bool yes = k->supports(&p, &answer) == TENBIN_OK;
    const int32_t claim = answer.claim;
    y.dtype = TENBIN_S32;
    check(yes && claim == (strcmp(good[i], "any") == 0 ? TENBIN_DISTRIBUTION : TENBIN_STREAM_ROUNDED) &&
              k->supports(&p, &answer) == TENBIN_UNSUPPORTED && answer.why[0],
          "'%s' is accepted, of floating-point numbers", good[i]);
  }
}

int main(void) {
  tb_tap_start(&test_tap, stdout);
  known_answers();
  published_outputs();
  mapping(TENBIN_F32, "f32");
  mapping(TENBIN_F64, "f64");
  radii();
  halves();
  refusals();
  return finish();
}
