/* The measuring of peaks and bandwidths.
 *
 * All threads begin a repetition together, each on its own part of two arrays, and the repetition lasts from the first one's
 * begin to the last one's end. A cache's level is measured on a part of what a thread has of it, at one place of the arrays
 * after another: which pages share a cache's sets is random. Memory is walked through from end to end, as STREAM does; what the
 * first half drives from the caches is another's, and it is not timed.
 *
 * SPDX-License-Identifier: MIT */
#include "meter.h"
#include "clock.h"
#include "pool.h"

#include <math.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define REPETITION 0.4e-3 /* seconds: short beside a burst of interference, long beside the start of a thread */
#define FILLING 32        /* passes until a large set is in a cache that others also use */
#define PATIENCE 20       /* times the seconds asked for, for that */
#define LARGE_SET ((size_t)1 << 20)
#define PAGE ((size_t)4096)
#define SMALLEST ((size_t)32 << 20) /* bytes of an array */
#define LARGEST ((size_t)1 << 30)
#define STRETCHES 4 /* of an array, each as large as the last cache; four times that is STREAM's rule */
/* Processors guess the way of a line from a hash of its address: two streams a power of two apart may take each other's. */
#define SKEW (3 * PAGE)
#define SPINS 2000
#define IN_A_ROW 4 /* repetitions between which no thread goes to sleep */

struct slot {
  _Alignas(64) double from[IN_A_ROW], to[IN_A_ROW];
  uint32_t sum;
  float flops;
};

/* Repetitions in a row. */
struct job {
  tb_meter *meter;
  int threads, repetitions;
  const tb_loops *loops;
  int64_t rounds; /* of multiply-adds; 0: traffic */
  tb_traffic traffic;
  size_t offset, bytes; /* in a thread's part of the arrays */
  int64_t passes;
  bool warm;           /* one pass before each that is not timed */
  _Atomic int arrived; /* at their begins: threads, of all repetitions */
};

struct tb_meter {
  tb_caches caches;
  tb_isa isa;
  int threads, cores;
  tb_pool *pool;
  struct slot *slot;
  char *array[2]; /* in one mapping, of 2 * length + SKEW bytes */
  size_t length;  /* of an array */
  size_t offset;  /* of the next set */
  size_t stretch; /* of the walk; it grows */
  cpu_set_t allowed;
  char name[TB_CACHES_MAX][4];
};

static size_t limit_length(const tb_meter *m) {
  const size_t last = tb_caches_capacity(&m->caches, m->caches.levels - 1, m->threads, m->cores);
  const long pages = sysconf(_SC_PHYS_PAGES);
  const size_t memory = pages > 0 ? (size_t)pages * (size_t)sysconf(_SC_PAGESIZE) : 16 * SMALLEST;
  size_t length = STRETCHES * last > SMALLEST ? STRETCHES * last : SMALLEST;
  length = length < LARGEST ? length : LARGEST;
  length = length < memory / 16 ? length : memory / 16;
  const size_t step = PAGE * STRETCHES * (size_t)m->threads; /* so that each stretch of each part is made of whole pages */
  return length / step > 0 ? length / step * step : step;
}

/* Each thread touches its own part first, and with a number that is not 0: some processors write zeros faster. */
static void touch(void *arg, int64_t i, int32_t worker) {
  const tb_meter *m = arg;
  const size_t part = m->length / (size_t)m->threads;
  (void)worker;
  for (int a = 0; a < 2; a++)
    memset(m->array[a] + (size_t)i * part, 1, part);
}

tb_meter *tb_meter_open(int threads, int cores) {
  tb_meter *m = calloc(1, sizeof *m);
  if (!m)
    return NULL;
  tb_caches_read(cores, &m->caches);
  m->isa = tb_isa_choose();
  m->threads = threads;
  m->cores = cores;
  for (int i = 0; i < TB_CACHES_MAX; i++)
    m->name[i][0] = 'L', m->name[i][1] = (char)('1' + i);
  sched_getaffinity(0, sizeof m->allowed, &m->allowed);
  m->length = limit_length(m);
  m->pool = tb_pool_create(threads);
  m->slot = aligned_alloc(64, (size_t)threads * sizeof *m->slot);
  char *memory = mmap(NULL, 2 * m->length + SKEW, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  m->array[0] = memory == MAP_FAILED ? NULL : memory;
  if (!m->pool || !m->slot || !m->array[0]) {
    tb_meter_close(m);
    return NULL;
  }
  m->array[1] = m->array[0] + m->length + SKEW;
  memset(m->slot, 0, (size_t)threads * sizeof *m->slot);
  tb_pool_run(m->pool, threads, touch, m);
  return m;
}

void tb_meter_close(tb_meter *m) {
  if (!m)
    return;
  if (m->array[0])
    munmap(m->array[0], 2 * m->length + SKEW);
  tb_pool_destroy(m->pool);
  free(m->slot);
  free(m);
}

const tb_caches *tb_meter_caches(const tb_meter *m) {
  return &m->caches;
}

tb_isa tb_meter_isa(const tb_meter *m) {
  return m->isa;
}

int tb_meter_memory(const tb_meter *m) {
  return m->caches.levels;
}

const char *tb_meter_level_name(const tb_meter *m, int level) {
  return level == m->caches.levels ? "memory" : m->name[level];
}

int tb_meter_level(const tb_meter *m, double bytes, int threads) {
  int level = 0;
  while (level < m->caches.levels && bytes > (double)tb_caches_capacity(&m->caches, level, threads, m->cores))
    level++;
  return level;
}

/* A set that a thread has room for, in whole pages in both of its halves. */
static size_t trim(const tb_meter *m, size_t set, int threads) {
  const size_t room = m->length / (size_t)threads / 2, step = 2 * PAGE;
  set = set < room ? set : room;
  return set > step ? set / step * step : step;
}

size_t tb_meter_set(const tb_meter *m, int level, int threads) {
  if (level == m->caches.levels)
    return m->length;
  /* On a machine that is itself shared, little more than its part of a shared cache is free. */
  const size_t parts = m->caches.level[level].sharers > 1 ? 4 : 2;
  const size_t set = tb_caches_capacity(&m->caches, level, threads, m->cores) / (size_t)threads / parts;
  /* More than the level before it, where many share a cache. */
  const size_t least = level > 0 ? 2 * m->caches.level[level - 1].bytes : 0;
  return trim(m, set > least ? set : least, threads);
}

size_t tb_meter_share(const tb_meter *m, double bytes, int threads) {
  const size_t least = tb_meter_set(m, 0, threads), share = (size_t)(bytes / threads) + 2 * PAGE - 1;
  return trim(m, share > least ? share : least, threads);
}

void tb_meter_arrays(const tb_meter *m, void *out[2]) {
  out[0] = m->array[0];
  out[1] = m->array[1];
}

/* To a processor of its own. A thread that wakes up may be put where another one works, and a repetition is over before the
 * system has put it elsewhere. Where there are fewer threads than processors, it knows better which of them share a core. */
static void pin(const tb_meter *m, int worker) {
  cpu_set_t one;
  int processor = -1;
  for (int left = worker; left >= 0 && processor + 1 < CPU_SETSIZE;)
    left -= CPU_ISSET((size_t)++processor, &m->allowed) != 0;
  CPU_ZERO(&one);
  CPU_SET((size_t)processor, &one);
  sched_setaffinity(0, sizeof one, &one);
}

static void wait_for_all(struct job *job, int repetition) {
  const int all = (repetition + 1) * job->threads;
  atomic_fetch_add(&job->arrived, 1);
  for (int i = 0; atomic_load(&job->arrived) < all; i++)
    if (i > SPINS)
      sched_yield();
}

/* A thread's share. Since it waits for the others, no worker takes two. */
static void work(void *arg, int64_t i, int32_t worker) {
  struct job *job = arg;
  const tb_meter *m = job->meter;
  struct slot *slot = &m->slot[i];
  const size_t part = m->length / (size_t)job->threads / PAGE * PAGE, at = (size_t)i * part + job->offset;
  const char *from = m->array[0] + at;
  char *to = m->array[1] + at;
  uint32_t (*const pass)(void *, const void *, size_t, int64_t) = job->loops->pass[job->traffic];
  const bool pinned = job->threads == m->cores && worker < m->cores;
  if (pinned)
    pin(m, worker);
  for (int r = 0; r < job->repetitions; r++) {
    if (job->warm)
      slot->sum += pass(to, from, job->bytes, 1);
    wait_for_all(job, r);
    slot->from[r] = tb_now();
    if (job->rounds > 0)
      slot->flops += job->loops->fma(job->rounds, 0.5F);
    else
      slot->sum += pass(to, from, job->bytes, job->passes);
    slot->to[r] = tb_now();
  }
  if (pinned)
    sched_setaffinity(0, sizeof m->allowed, &m->allowed);
}

/* Seconds of the fastest repetition. */
static double repeat(struct job *job) {
  const tb_meter *m = job->meter;
  double fastest = INFINITY;
  atomic_store(&job->arrived, 0);
  tb_pool_run(m->pool, job->threads, work, job);
  for (int r = 0; r < job->repetitions; r++) {
    double from = INFINITY, to = 0;
    for (int i = 0; i < job->threads; i++) {
      from = fmin(from, m->slot[i].from[r]);
      to = fmax(to, m->slot[i].to[r]);
    }
    fastest = fmin(fastest, to - from);
  }
  return fmax(fastest, 1e-9);
}

/* As many of `count` as fill a repetition. */
static int64_t fill(int64_t count, double seconds) {
  const double wanted = (double)count * REPETITION / seconds;
  return wanted < 1 ? 1 : wanted > 1e9 ? (int64_t)1e9 : (int64_t)wanted;
}

double tb_meter_peak(tb_meter *m, tb_isa isa, int threads, double seconds) {
  struct job job = {.meter = m, .threads = threads, .repetitions = IN_A_ROW, .loops = tb_loops_of(isa), .rounds = 500};
  const double begin = tb_now();
  double best = 0;
  job.rounds = fill(job.rounds, repeat(&job));
  do {
    const double rate = job.loops->flops * (double)job.rounds * threads / repeat(&job);
    best = rate > best ? rate : best;
  } while (tb_now() - begin < seconds);
  return best;
}

/* Of a cache. */
static double measure_set(struct job *job, size_t set, double seconds) {
  tb_meter *m = job->meter;
  const double begin = tb_now();
  const size_t part = m->length / (size_t)job->threads;
  const bool small = set < LARGE_SET;
  double best = 0;
  int64_t done = 0, leave = 0;
  job->bytes = set / (job->traffic == TB_COPY ? 2 : 1);
  job->warm = small;
  job->repetitions = IN_A_ROW;
  job->passes = 1;
  double elapsed = 0;
  while (best <= 0 || elapsed < seconds || (done < FILLING && elapsed < PATIENCE * seconds)) {
    if (small || done >= leave) {
      m->offset = m->offset + 2 * set <= part ? m->offset + set : 0;
      leave = done + 3 * (int64_t)FILLING;
    }
    job->offset = m->offset / PAGE * PAGE;
    const double time = repeat(job), rate = (double)job->passes / time;
    /* A shorter one would measure the clock, and what the processor has put off, more than the memory. */
    if (time > REPETITION / 2 && rate > best)
      best = rate;
    elapsed = tb_now() - begin;
    done += IN_A_ROW * job->passes;
    job->passes = fill(job->passes, time);
  }
  return best * (double)set * job->threads;
}

/* Of the memory. */
static double walk(struct job *job, double seconds) {
  tb_meter *m = job->meter;
  double best = INFINITY, begin = 0;
  job->bytes = m->length / (size_t)job->threads / STRETCHES / PAGE * PAGE;
  job->passes = 1;
  for (int i = -STRETCHES; i < STRETCHES || tb_now() - begin < seconds; i++) {
    job->offset = m->stretch++ % STRETCHES * job->bytes;
    const double time = repeat(job);
    if (i < 0)
      begin = tb_now();
    else
      best = fmin(best, time);
  }
  return (double)job->bytes * job->threads * (job->traffic == TB_COPY ? 2 : 1) / best;
}

double tb_meter_bandwidth(tb_meter *m, int level, size_t set, tb_traffic traffic, int threads, double seconds) {
  struct job job = {.meter = m, .threads = threads, .repetitions = 1, .loops = tb_loops_of(m->isa), .traffic = traffic};
  return level == m->caches.levels ? walk(&job, seconds) : measure_set(&job, set, seconds);
}
