/* The pool: a shared counter of indices, threads that spin briefly and then sleep.
 *
 * A job is open while its caller still takes indices of it. Threads join an open job, and leave it when the counter is used up;
 * the caller closes it and waits for those that are inside. A thread that wakes too late finds the job closed and goes back to
 * sleep, so that nobody ever waits for a wake-up.
 *
 * SPDX-License-Identifier: MIT */
#include "pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

/* About 15 to 50 us, by the processor's pause: longer than what lies between two regions of one kernel, so that its threads
 * stay awake, and short enough not to disturb a kernel that brings threads of its own. Sleeping and waking cost about as much.
 */
#define SPINS 1000
#define LINE 64

static _Atomic int all_threads;

struct job {
  int64_t n;
  void (*body)(void *arg, int64_t i, int32_t worker);
  void *arg;
};

struct thread {
  tb_pool *pool;
  int32_t worker;
  pthread_t id;
};

struct tb_pool {
  _Alignas(LINE) _Atomic int64_t next;        /* index to take; alone on its line, since all write it */
  _Alignas(LINE) _Atomic uint64_t generation; /* counts jobs; written under the mutex */
  _Alignas(LINE) _Atomic int inside;          /* threads in the job, the caller not counted */
  _Alignas(LINE) pthread_mutex_t mutex;       /* guards what follows */
  pthread_cond_t work, left;
  struct job job;
  bool open, quit;
  int started; /* threads */
  struct thread thread[];
};

static void pause_briefly(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static void take_indices(tb_pool *pool, const struct job *job, int32_t worker) {
  for (;;) {
    int64_t i = atomic_fetch_add_explicit(&pool->next, 1, memory_order_relaxed);
    if (i >= job->n)
      return;
    job->body(job->arg, i, worker);
  }
}

static void leave(tb_pool *pool) {
  /* Release: the caller that sees 0 sees what the bodies wrote. */
  if (atomic_fetch_sub_explicit(&pool->inside, 1, memory_order_acq_rel) != 1)
    return;
  pthread_mutex_lock(&pool->mutex);
  pthread_cond_signal(&pool->left);
  pthread_mutex_unlock(&pool->mutex);
}

static void *work(void *arg) {
  struct thread *self = arg;
  tb_pool *pool = self->pool;
  uint64_t seen = 0;
  for (;;) {
    for (int i = 0; i < SPINS && atomic_load_explicit(&pool->generation, memory_order_relaxed) == seen; i++)
      pause_briefly();
    pthread_mutex_lock(&pool->mutex);
    while (atomic_load_explicit(&pool->generation, memory_order_relaxed) == seen && !pool->quit)
      pthread_cond_wait(&pool->work, &pool->mutex);
    seen = atomic_load_explicit(&pool->generation, memory_order_relaxed);
    const bool quit = pool->quit, join = pool->open;
    const struct job job = pool->job;
    if (join)
      atomic_fetch_add_explicit(&pool->inside, 1, memory_order_relaxed);
    pthread_mutex_unlock(&pool->mutex);
    if (quit)
      return NULL;
    if (!join)
      continue;
    take_indices(pool, &job, self->worker);
    leave(pool);
  }
}

tb_pool *tb_pool_create(int threads) {
  const size_t bytes = sizeof(tb_pool) + (size_t)threads * sizeof(struct thread);
  tb_pool *pool = aligned_alloc(LINE, (bytes + LINE - 1) / LINE * LINE);
  if (!pool)
    return NULL;
  atomic_init(&pool->next, 0);
  atomic_init(&pool->generation, 0);
  atomic_init(&pool->inside, 0);
  pthread_mutex_init(&pool->mutex, NULL);
  pthread_cond_init(&pool->work, NULL);
  pthread_cond_init(&pool->left, NULL);
  pool->open = pool->quit = false;
  pool->job = (struct job){0};
  for (pool->started = 0; pool->started < threads - 1; pool->started++) {
    struct thread *t = &pool->thread[pool->started];
    t->pool = pool;
    t->worker = pool->started + 1;
    if (pthread_create(&t->id, NULL, work, t) != 0) {
      tb_pool_destroy(pool);
      return NULL;
    }
    all_threads++;
  }
  return pool;
}

int tb_pool_threads(void) {
  return all_threads;
}

static void open_job(tb_pool *pool, struct job job) {
  pthread_mutex_lock(&pool->mutex);
  pool->job = job;
  atomic_store_explicit(&pool->next, 0, memory_order_relaxed);
  pool->open = true;
  atomic_fetch_add_explicit(&pool->generation, 1, memory_order_relaxed);
  if (job.n - 1 >= pool->started)
    pthread_cond_broadcast(&pool->work);
  else
    for (int64_t i = 1; i < job.n; i++)
      pthread_cond_signal(&pool->work);
  pthread_mutex_unlock(&pool->mutex);
}

static void close_job(tb_pool *pool) {
  pthread_mutex_lock(&pool->mutex);
  pool->open = false;
  pthread_mutex_unlock(&pool->mutex);
  for (int i = 0; i < SPINS && atomic_load_explicit(&pool->inside, memory_order_acquire) > 0; i++)
    pause_briefly();
  if (atomic_load_explicit(&pool->inside, memory_order_acquire) == 0)
    return;
  pthread_mutex_lock(&pool->mutex);
  while (atomic_load_explicit(&pool->inside, memory_order_acquire) > 0)
    pthread_cond_wait(&pool->left, &pool->mutex);
  pthread_mutex_unlock(&pool->mutex);
}

void tb_pool_run(tb_pool *pool, int64_t n, void (*body)(void *arg, int64_t i, int32_t worker), void *arg) {
  if (pool->started == 0 || n == 1) {
    for (int64_t i = 0; i < n; i++)
      body(arg, i, 0);
    return;
  }
  if (n < 1)
    return;
  const struct job job = {n, body, arg};
  open_job(pool, job);
  take_indices(pool, &job, 0);
  close_job(pool);
}

void tb_pool_destroy(tb_pool *pool) {
  if (!pool)
    return;
  pthread_mutex_lock(&pool->mutex);
  pool->quit = true;
  pthread_cond_broadcast(&pool->work);
  pthread_mutex_unlock(&pool->mutex);
  for (int i = 0; i < pool->started; i++)
    pthread_join(pool->thread[i].id, NULL);
  all_threads -= pool->started;
  pthread_cond_destroy(&pool->work);
  pthread_cond_destroy(&pool->left);
  pthread_mutex_destroy(&pool->mutex);
  free(pool);
}
