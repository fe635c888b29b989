/* machine_check [ROUNDS]: compares the measurements of `tenbin machine` with loops of its own.
 *
 * Both are measured by turns, a few milliseconds each, so that they see the same minutes of the machine, on the same pages, and
 * each keeps its best. No test bounds the differences: they are for a reader.
 *
 * SPDX-License-Identifier: MIT */
#include "figures.h"

#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define SLICE 8e-3 /* seconds of one turn */
#define LEVELS 8
#define CHAINS 14 /* of multiply-adds, as many as there are registers for */
#define ADDS TB_TRAFFICS
#define OFFSETS 32
#define ROUNDS_MAX 1000

/* Passes over n elements; of multiply-adds n rounds, with a[0] = 0.5. */
typedef double loop(double *c, const double *a, long n, long passes);

#define AGAIN() __asm__ volatile("" ::: "memory") /* each pass is made */

#define BYTES 16
#define NAME(x) x##_portable
#define TARGET
#define FMA(a, b, c) ((a) * (b) + (c))
#if defined(__x86_64__)
#define NT_STORE(p, x) _mm_stream_pd(p, x)
#define FENCE() _mm_sfence()
#else
#define NT_STORE(p, x) (*(wide_portable *)(void *)(p) = (x))
#define FENCE() (void)0
#endif
#include "machine_loops.h"
#if defined(__x86_64__)
#define BYTES 32
#define NAME(x) x##_avx2
#define TARGET __attribute__((target("avx2,fma")))
#define FMA(a, b, c) _mm256_fmadd_ps(a, b, c)
#define NT_STORE(p, x) _mm256_stream_pd(p, x)
#include "machine_loops.h"
#define BYTES 64
#define NAME(x) x##_avx512
#define TARGET __attribute__((target("avx512f,avx2,fma")))
#define FMA(a, b, c) _mm512_fmadd_ps(a, b, c)
#define NT_STORE(p, x) _mm512_stream_pd(p, x)
#include "machine_loops.h"
#else
#define loops_avx2 loops_portable
#define loops_avx512 loops_portable
#endif

static loop *const *const loops[TB_ISAS] = {loops_portable, loops_avx2, loops_avx512};
static const int lanes[TB_ISAS] = {4, 8, 16};

/* One loop on all threads. */
struct team {
  loop *body;
  double *a, *c;
  long n, passes, repetitions, stride; /* elements; stride: from one thread's part to the next one's */
  int threads, stretches; /* more than 1: each repetition has the next of so many, and the first ones do not count */
  _Atomic long arrived;
  double *from, *to; /* [threads * repetitions] */
};

struct member {
  struct team *team;
  int index;
  pthread_t id;
};

static volatile double sink;

static double seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC_RAW, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void *take_part(void *arg) {
  const struct member *m = arg;
  struct team *t = m->team;
  cpu_set_t all, one;
  pthread_getaffinity_np(pthread_self(), sizeof all, &all);
  CPU_ZERO(&one);
  CPU_SET((size_t)m->index, &one);
  if (t->threads > 1)
    pthread_setaffinity_np(pthread_self(), sizeof one, &one);
  double *c = t->c + m->index * t->stride, result = 0;
  const double *a = t->a + m->index * t->stride;
  for (long r = 0; r < t->repetitions; r++) {
    const long at_element = r % t->stretches * t->n;
    if (t->stretches == 1)
      result += t->body(c, a, t->n, 1);
    atomic_fetch_add(&t->arrived, 1);
    while (atomic_load(&t->arrived) < (r + 1) * t->threads)
      sched_yield();
    const long at = r * t->threads + m->index;
    t->from[at] = seconds();
    result += t->body(c + at_element, a + at_element, t->n, t->passes);
    t->to[at] = seconds();
  }
  sink = result;
  pthread_setaffinity_np(pthread_self(), sizeof all, &all);
  return NULL;
}

/* Seconds of the fastest repetition. */
static double fastest(struct team *t) {
  struct member member[TB_TRAFFICS * 64];
  t->from = calloc((size_t)(t->threads * t->repetitions), sizeof *t->from);
  t->to = calloc((size_t)(t->threads * t->repetitions), sizeof *t->to);
  if (!t->from || !t->to)
    abort();
  atomic_store(&t->arrived, 0);
  for (int i = 0; i < t->threads; i++) {
    member[i] = (struct member){t, i, 0};
    if (i > 0 && pthread_create(&member[i].id, NULL, take_part, &member[i]) != 0)
      abort();
  }
  take_part(&member[0]);
  for (int i = 1; i < t->threads; i++)
    pthread_join(member[i].id, NULL);
  double best = INFINITY;
  for (long r = t->stretches - 1; r < t->repetitions; r++) {
    double from = INFINITY, to = 0;
    for (int i = 0; i < t->threads; i++) {
      from = fmin(from, t->from[r * t->threads + i]);
      to = fmax(to, t->to[r * t->threads + i]);
    }
    best = fmin(best, to - from);
  }
  free(t->from);
  free(t->to);
  return best;
}

/* What is compared: one figure, as tenbin measures it and as measured here. */
struct figure {
  int threads, level; /* level -1: the peak */
  tb_isa isa;
  tb_traffic traffic;
  double tenbin, own;       /* the best */
  double ratio[ROUNDS_MAX]; /* of tenbin to own, in each turn */
};

struct check {
  tb_meter *meter;
  double *a, *c;
  long length; /* elements of each */
  int turn;
};

static double own_peak(const struct figure *f, struct team *t) {
  t->body = loops[f->isa][ADDS];
  t->n = 20000;
  t->passes = 1;
  t->repetitions = 1;
  const double once = fastest(t);
  t->n = (long)(20000 * 0.5e-3 / once) + 1;
  t->repetitions = (long)(SLICE / 0.5e-3);
  return 2. * CHAINS * lanes[f->isa] * (double)t->n * t->threads / fastest(t);
}

/* As STREAM does it: all of the arrays, by quarters, or a cache's set, pass after pass. */
static double own_bandwidth(struct check *check, const struct figure *f, struct team *t) {
  const bool memory = f->level == tb_meter_memory(check->meter), copy = f->traffic == TB_COPY;
  const size_t set = tb_meter_set(check->meter, f->level, t->threads) / (memory ? 4 * (size_t)t->threads : 1);
  t->stretches = memory ? 4 : 1;
  t->body = loops[f->isa][f->traffic];
  t->n = (long)(set / sizeof(double)) / (copy && !memory ? 2 : 1) / 64 * 64;
  t->stride = check->length / t->threads / 512 * 512;
  const double bytes = (double)t->n * sizeof(double) * t->threads * (copy ? 2 : 1);
  double best = 0;
  for (int i = 0; i < (set < 1 << 20 ? 4 : 1); i++) {
    const long offset = (t->stride - t->stretches * t->n) * (check->turn++ % OFFSETS) / OFFSETS / 512 * 512;
    t->a = check->a + offset;
    t->c = check->c + offset;
    t->passes = 1;
    t->repetitions = memory ? 8 : 3;
    const double once = fastest(t);
    t->passes = (long)(0.5e-3 / once) + 1;
    t->repetitions = (long)(SLICE / 4 / 0.5e-3) * (set < 1 << 20 ? 1 : 4);
    best = fmax(best, bytes / (memory ? once : fastest(t) / (double)t->passes));
  }
  return best;
}

static double measure(struct check *check, const struct figure *f, bool own) {
  struct team team = {.a = check->a, .c = check->c, .threads = f->threads, .stretches = 1};
  if (f->level < 0)
    return own ? own_peak(f, &team) : tb_meter_peak(check->meter, f->isa, f->threads, SLICE);
  const size_t set = tb_meter_set(check->meter, f->level, f->threads);
  return own ? own_bandwidth(check, f, &team) : tb_meter_bandwidth(check->meter, f->level, set, f->traffic, f->threads, SLICE);
}

/* One turn of each. */
static void compare(struct check *check, struct figure *f, int round) {
  double value[2];
  for (int i = 0; i < 2; i++) {
    const bool own = (i + round) % 2 != 0;
    value[own] = measure(check, f, own);
  }
  f->tenbin = fmax(f->tenbin, value[0]);
  f->own = fmax(f->own, value[1]);
  f->ratio[round] = value[0] / value[1];
}

static int list_figures(const tb_meter *meter, int threads, struct figure *out) {
  int n = 0;
  for (int i = 0; i < TB_ISAS && i <= (int)tb_meter_isa(meter); i++)
    out[n++] = (struct figure){.threads = threads, .level = -1, .isa = (tb_isa)i};
  for (int level = 0; level <= tb_meter_memory(meter); level++)
    for (int i = 0; i < TB_TRAFFICS; i++)
      out[n++] = (struct figure){.threads = threads, .level = level, .isa = tb_meter_isa(meter), .traffic = (tb_traffic)i};
  return n;
}

static int ascending(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static void print(const struct check *check, struct figure *f, int rounds) {
  const char *what = f->level < 0 ? "FMA" : tb_meter_level_name(check->meter, f->level);
  const char *how = f->level < 0 ? tb_isa_name(f->isa) : tb_traffic_name(f->traffic);
  qsort(f->ratio, (size_t)rounds, sizeof *f->ratio, ascending);
  printf("%7d  %-6s  %-8s  %8.2f  %8.2f  %+6.1f %%  %+6.1f %%\n", f->threads, what, how, 1e-9 * f->tenbin, 1e-9 * f->own,
         100 * (f->tenbin / f->own - 1), 100 * (f->ratio[rounds / 2] - 1));
}

int main(int argc, char **argv) {
  const int rounds = argc > 1 ? atoi(argv[1]) : 20, cores = (int)sysconf(_SC_NPROCESSORS_ONLN);
  struct check check = {.meter = tb_meter_open(cores, cores)};
  static struct figure figure[2 * (TB_ISAS + LEVELS * TB_TRAFFICS)];
  if (rounds < 1 || rounds > ROUNDS_MAX || !check.meter) {
    fputs("usage: machine_check [ROUNDS]\n", stderr);
    return 2;
  }
  check.length = (long)(tb_meter_set(check.meter, tb_meter_memory(check.meter), cores) / sizeof(double));
  void *array[2];
  tb_meter_arrays(check.meter, array);
  check.a = array[0];
  check.c = array[1];
  for (long i = 0; i < check.length; i++)
    check.a[i] = 0.5;
  int figures = list_figures(check.meter, 1, figure);
  if (cores > 1)
    figures += list_figures(check.meter, cores, figure + figures);
  for (int r = 0; r < rounds; r++)
    for (int i = 0; i < figures; i++)
      compare(&check, &figure[i], r);
  printf("best of %d turns in GFLOP/s and GB/s, their difference, and the median of the turns' differences\n\n"
         "threads  level   figure      tenbin       own  of best   median\n",
         rounds);
  for (int i = 0; i < figures; i++)
    print(&check, &figure[i], rounds);
  tb_meter_close(check.meter);
  return fflush(stdout) == 0 ? 0 : 3;
}
