/* The kernels on Philox: their numbers depend on the generator alone, not on instruction set, threads, layout or address.
 *
 * SPDX-License-Identifier: MIT */
#include "normal.h"
#include "test.h"

#include <math.h>

static const struct subject {
  const char *kernel, *stream;
} subjects[] = {
    {"philox", "any"},
    {"philox", "torch-cuda:2x512"},
    {"inverse_cdf", "any"},
    {"ziggurat", "any"},
};
static const struct type {
  int32_t dtype;
  const char *name;
} types[] = {{TENBIN_F32, "f32"}, {TENBIN_F64, "f64"}, {TENBIN_F16, "f16"}, {TENBIN_BF16, "bf16"}};
static const int64_t sizes[] = {0, 1, 2, 3, 15, 16, 17, 31, 63, 64, 65, 127, 128, 129, 1000, 4099, 40000, 100003};
#define SIZES ((int)(sizeof sizes / sizeof *sizes))
#define TOTAL 200000
#define MARK 0x5a

/* The calls of all sizes on one generator, at addresses that are `shift` elements off. What lies around must stay. */
static bool draw_all(struct drawer *d, int shift, char *y) {
  const size_t bytes = dtype_bytes(d->desc.dtype), space = (TOTAL + 64) * bytes;
  char *raw = aligned_alloc(64, (space + 63) / 64 * 64);
  bool kept = true;
  for (int i = 0; i < SIZES; i++) {
    const size_t n = (size_t)sizes[i] * bytes, from = (size_t)shift * bytes;
    memset(raw, MARK, space);
    if (drawer_draw(d, sizes[i], raw + from) != TENBIN_OK)
      kept = false;
    for (size_t b = 0; b < space; b++)
      kept = kept && ((b >= from && b < from + n) || raw[b] == MARK);
    memcpy(y, raw + from, n);
    y += n;
  }
  free(raw);
  return kept;
}

/* Against one thread, no instruction set in particular, aligned. */
static void same_bits(const struct subject *s, const struct type *t, tb_pool *pool) {
  static const struct {
    const char *isa;
    int threads, shift;
  } way[] = {{"portable", 1, 0}, {"portable", 3, 3}, {"avx2", 1, 1}, {"avx2", 3, 0}, {"avx512", 1, 5}, {"avx512", 3, 0}};
  char *y[2];
  for (int i = 0; i < 2; i++)
    y[i] = calloc(TOTAL, 8);
  for (int i = 0; i < (int)(sizeof way / sizeof *way); i++) {
    struct drawer d;
    drawer_open(&d, s->kernel, s->stream, t->dtype, 99, way[i].isa, pool, way[i].threads);
    const bool kept = draw_all(&d, way[i].shift, y[i > 0]);
    const char *path = d.kernel->library ? d.kernel->library() : "";
    drawer_close(&d);
    check(kept, "%s %s %s: nothing is written beside the numbers (%s)", s->kernel, s->stream, t->name, path);
    if (i > 0)
      check(memcmp(y[0], y[1], TOTAL * dtype_bytes(t->dtype)) == 0, "%s %s %s: equal bits (%s, %d threads, %d elements off)",
            s->kernel, s->stream, t->name, path, way[i].threads, way[i].shift);
  }
  free(y[0]);
  free(y[1]);
}

/* A tensor of shape (7, 5, 300) with gaps, its dimensions permuted: in order of strides its numbers are those of a dense one.
 */
static void strides(const struct subject *s, const struct type *t) {
  enum { N = 7 * 5 * 300, SPACE = 400 * 7 * 16 };
  const tenbin_desc desc = {t->dtype, 4, {7, 300, 1, 5}, {400, 1, 1, 400 * 7}}, spread = {t->dtype, 2, {300, 35}, {2, 640}};
  const size_t bytes = dtype_bytes(t->dtype);
  char *dense = malloc(N * bytes), *y = malloc(SPACE * 4 * bytes);
  struct drawer d;
  drawer_open(&d, s->kernel, s->stream, t->dtype, 7, "avx512", NULL, 1);
  bool right = true, kept = true;
  for (int layout = 0; layout < 2; layout++) {
    d.kernel->generator->seed(d.generator, 7);
    drawer_draw(&d, N, dense);
    d.kernel->generator->seed(d.generator, 7);
    memset(y, MARK, SPACE * 4 * bytes);
    drawer_fill(&d, layout ? &spread : &desc, y);
    for (size_t i = 0; i < N; i++) {
      char *at = y + (layout ? i / 300 * 640 + i % 300 * 2 : i / 300 * 400 + i % 300) * bytes;
      right = right && memcmp(at, dense + i * bytes, bytes) == 0;
      memset(at, MARK, bytes);
    }
    for (size_t b = 0; b < SPACE * 4 * bytes; b++)
      kept = kept && y[b] == MARK;
  }
  check(right, "%s %s %s: numbers go by stride", s->kernel, s->stream, t->name);
  check(kept, "%s %s %s: gaps are left alone", s->kernel, s->stream, t->name);
  drawer_close(&d);
  free(dense);
  free(y);
}

static int ascending(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* f64 numbers of many calls: one that occurs twice has been made of the same counter twice. */
static void no_counter_twice(const struct subject *s) {
  static const int64_t n[] = {1, 2, 3, 17, 31, 64, 65, 128, 1500, 1, 2048, 5};
  double *y = malloc(100000 * sizeof *y);
  int64_t total = 0;
  struct drawer d;
  drawer_open(&d, s->kernel, s->stream, TENBIN_F64, 3, "avx512", NULL, 1);
  for (int repeat = 0; repeat < 10; repeat++)
    for (size_t i = 0; i < sizeof n / sizeof *n; i++) {
      drawer_draw(&d, n[i], y + total);
      total += n[i];
    }
  drawer_close(&d);
  qsort(y, (size_t)total, sizeof *y, ascending);
  int64_t twice = 0;
  for (int64_t i = 1; i < total; i++)
    twice += y[i] == y[i - 1];
  check(twice == 0, "%s %s: none of %lld numbers of %d calls comes twice", s->kernel, s->stream, (long long)total,
        (int)(10 * sizeof n / sizeof *n));
  free(y);
}

/* 1,024 cells of equal probability, and what lies beyond the base of the ziggurat. The seed is fixed: the bounds are those of
 * p = 1e-6, chi-square with 1,023 degrees of freedom and 4.9 standard deviations. */
static void cells(const struct subject *s) {
  enum { N = 1 << 20, CELLS = 1024 };
  const double r = 3.6541528853610088, beyond = erfc(r * 0.70710678118654752440);
  double *y = malloc(N * sizeof *y), chi2 = 0, tail = 0, count[CELLS] = {0};
  struct drawer d;
  drawer_open(&d, s->kernel, s->stream, TENBIN_F64, 11, "avx512", NULL, 1);
  drawer_draw(&d, N, y);
  drawer_close(&d);
  for (int i = 0; i < N; i++) {
    count[(int)fmin(CELLS * 0.5 * erfc(y[i] * -0.70710678118654752440), CELLS - 1)]++;
    tail += fabs(y[i]) > r;
  }
  for (int i = 0; i < CELLS; i++)
    chi2 += (count[i] - N / CELLS) * (count[i] - N / CELLS) / (N / CELLS);
  check(chi2 > 820 && chi2 < 1250, "%s %s: chi-square of %d cells is %.0f", s->kernel, s->stream, CELLS, chi2);
  check(fabs(tail - N * beyond) < 4.9 * sqrt(N * beyond), "%s %s: %.0f numbers beyond %.3f, %.0f expected", s->kernel,
        s->stream, tail, r, N * beyond);
  free(y);
}

static void scaling(const struct subject *s) {
  enum { N = 5000 };
  static float z[N], y[N];
  struct drawer d;
  drawer_open(&d, s->kernel, s->stream, TENBIN_F32, 3, "avx512", NULL, 1);
  drawer_draw(&d, N, z);
  d.std = 4;
  d.kernel->generator->seed(d.generator, 3);
  drawer_draw(&d, N, y);
  bool scaled = true, constant = true, lost = true, infinite = true;
  for (int i = 0; i < N; i++)
    scaled = scaled && y[i] == 4 * z[i];
  d.mean = 3.25;
  d.std = 0;
  drawer_draw(&d, N, y);
  for (int i = 0; i < N; i++)
    constant = constant && y[i] == 3.25f;
  d.mean = NAN;
  drawer_draw(&d, N, y);
  for (int i = 0; i < N; i++)
    lost = lost && isnan(y[i]);
  d.mean = 1;
  d.std = INFINITY;
  d.kernel->generator->seed(d.generator, 3);
  drawer_draw(&d, N, y);
  for (int i = 0; i < N; i++)
    infinite = infinite && (z[i] == 0 ? isnan(y[i]) : y[i] == (z[i] > 0 ? INFINITY : -INFINITY));
  drawer_close(&d);
  check(scaled && constant && lost && infinite, "%s %s: mean and std, 0, infinity and NaN among them", s->kernel, s->stream);
}

static void state(const struct subject *s) {
  const uint64_t wanted[2] = {UINT64_C(0xfedcba9876543210), 4096}, odd[2] = {1, 6};
  uint64_t got[2];
  double x[3][100];
  struct drawer d;
  drawer_open(&d, s->kernel, s->stream, TENBIN_F64, wanted[0], "avx512", NULL, 1);
  const tenbin_generator_functions *f = d.kernel->generator;
  tenbin_generator *const first = d.generator;
  tenbin_generator *other, *copy;
  f->open(1, &d.host, &other);
  check(f->state_size(other) == 16 && f->restore(other, wanted, 15) != TENBIN_OK &&
            f->restore(other, wanted, 17) != TENBIN_OK && f->restore(other, odd, 16) != TENBIN_OK,
        "%s: a state has 16 bytes and an offset that is a multiple of 4", s->kernel);
  f->save(other, got);
  check(got[0] == 1 && got[1] == 0, "%s: what is refused changes nothing", s->kernel);
  f->restore(other, wanted, 16);
  f->save(other, got);
  check(memcmp(got, wanted, 16) == 0, "%s: a state is seed and offset, as PyTorch's on CUDA", s->kernel);
  drawer_draw(&d, 33, x[0]);
  f->save(first, got);
  f->restore(other, got, 16);
  f->clone(first, &copy);
  tenbin_generator *const all[] = {first, other, copy};
  for (int i = 0; i < 3; i++) {
    d.generator = all[i];
    drawer_draw(&d, 100, x[i]);
  }
  check(memcmp(x[0], x[1], sizeof x[0]) == 0 && memcmp(x[0], x[2], sizeof x[0]) == 0,
        "%s %s: a restored generator and a clone go on as the first", s->kernel, s->stream);
  f->seed(copy, wanted[0] ^ UINT64_C(1) << 63);
  d.generator = copy;
  drawer_draw(&d, 100, x[0]);
  f->restore(copy, wanted, 16);
  f->seed(copy, wanted[0]);
  drawer_draw(&d, 100, x[1]);
  d.generator = first;
  f->seed(first, wanted[0]);
  drawer_draw(&d, 100, x[2]);
  check(memcmp(x[1], x[2], sizeof x[0]) == 0 && memcmp(x[0], x[1], sizeof x[0]) != 0,
        "%s %s: reseeding forgets the past, and every bit of the seed counts", s->kernel, s->stream);
  f->close(other);
  f->close(copy);
  drawer_close(&d);
}

int main(void) {
  tb_tap_start(&test_tap, stdout);
  tb_pool *pool = tb_pool_create(3);
  for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++) {
    for (size_t k = 0; k < sizeof types / sizeof *types; k++) {
      same_bits(&subjects[i], &types[k], pool);
      strides(&subjects[i], &types[k]);
    }
    no_counter_twice(&subjects[i]);
    cells(&subjects[i]);
    scaling(&subjects[i]);
    state(&subjects[i]);
  }
  tb_pool_destroy(pool);
  return finish();
}
