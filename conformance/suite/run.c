/* A kernel through a suite.
 *
 * SPDX-License-Identifier: MIT */
#include "run.h"

#include "chunk.h"
#include "clock.h"
#include "memory.h"
#include "pace.h"
#include "problem.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { JOBS_MAX = 256 };

struct item {
  const tb_suite_group *group;
  const tb_chunk *chunk;
  double weight; /* what it may cost, for the estimate of the time left */
  tb_case_result *results;
  bool done, failed; /* failed: it has no results, and the run ends */
};

struct queue {
  const tb_run *run;
  tb_kernel_run kernel;
  struct item *item;
  int items, cases;
  double weight;
  /* What is finished, whether or not it could be reported: a slow item holds those after it up. */
  int done;
  double done_weight;
  tb_pace pace;
  atomic_int next;
  pthread_mutex_t lock;
  pthread_cond_t finished;
};

static void finish(struct queue *q, struct item *item, bool ok) {
  pthread_mutex_lock(&q->lock);
  item->done = true;
  item->failed = !ok;
  q->done += item->chunk->cases;
  q->done_weight += item->weight;
  pthread_cond_signal(&q->finished);
  pthread_mutex_unlock(&q->lock);
}

/* A thread with a worker of its own, which is started and stopped here: a worker ends with the thread that started it. */
static void *job(void *argument) {
  struct queue *q = argument;
  tb_worker *worker = tb_need(malloc(sizeof *worker));
  bool ok = tb_worker_make(worker, q->run->program, q->run->plugin);
  worker->stop = q->run->stop;
  for (int i; (i = atomic_fetch_add(&q->next, 1)) < q->items;) {
    struct item *item = &q->item[i];
    item->results = tb_need(malloc((size_t)item->chunk->cases * sizeof *item->results));
    ok = ok && tb_chunk_run(&q->kernel, worker, item->group, item->chunk, item->results);
    finish(q, item, ok);
  }
  tb_worker_stop(worker);
  free(worker);
  return NULL;
}

static bool concerns(const tb_suite_group *group, const char *op) {
  return group->kind != TB_REJECTED && group->cases > 0 && strcmp(group->op->name, op) == 0;
}

/* In multiply-adds; what a case costs beside them is about as much as 20,000. */
static double cost(const tb_suite_group *group, const tb_chunk *chunk) {
  double sum = 20000.0 * chunk->cases;
  for (int i = 0; group->kind == TB_LISTED && i < chunk->cases; i++)
    sum += (double)tb_case_work(group->list[chunk->first + i].c);
  return sum;
}

static void fill_queue(struct queue *q) {
  const tb_suite *suite = q->run->suite;
  for (int g = 0; g < suite->groups; g++) {
    const tb_suite_group *group = &suite->group[g];
    if (!concerns(group, q->run->kernel->op))
      continue;
    q->item = tb_need(realloc(q->item, (size_t)(q->items + group->chunks) * sizeof *q->item));
    for (int c = 0; c < group->chunks; c++) {
      const tb_chunk *chunk = &group->chunk[c];
      q->item[q->items] = (struct item){.group = group, .chunk = chunk, .weight = cost(group, chunk)};
      q->weight += q->item[q->items++].weight;
    }
    q->cases += group->cases;
  }
}

/* The seconds that are left: those of this kernel at the rate of the last seconds, and those of the others, which are taken to
 * be as slow as the average so far. */
static double left(const struct queue *q, double rate, double now) {
  const tb_run *r = q->run;
  const double here = (q->weight - q->done_weight) / rate;
  return here + (r->kernels - r->index - 1) * (now - r->began + here) / (r->index + 1);
}

/* Four times a second on a terminal, in one line; elsewhere a line each ten seconds. q is locked; item: what is waited for. */
static void progress(struct queue *q, const struct item *item, double from) {
  static double last;
  enum { QUIET = 3 };
  const tb_run *r = q->run;
  const bool terminal = isatty(STDERR_FILENO);
  const double now = tb_now();
  tb_pace_add(&q->pace, now, q->done, q->done_weight);
  if (last < r->began)
    last = r->began;
  if (now - from < 0.5 || now - last < (terminal ? 0.25 : 10))
    return;
  last = now;
  const tb_pace_rate rate = tb_pace_of(&q->pace, now);
  fputs(terminal ? "\r\033[K" : "", stderr);
  if (r->kernels > 1)
    fprintf(stderr, "kernel %d of %d, ", r->index + 1, r->kernels);
  fprintf(stderr, "%s: %d of %d cases", r->tally->kernel, q->done, q->cases);
  if (rate.weight > 0)
    fprintf(stderr, ", %.0f a second, about %.0f s left", rate.cases, left(q, rate.weight, now));
  if (rate.quiet >= QUIET)
    fprintf(stderr, ", for %.0f s at work on some of %s", rate.quiet, item->group->name);
  fputs(terminal ? "" : "\n", stderr);
  fflush(stderr);
}

static void clear_progress(void) {
  if (isatty(STDERR_FILENO))
    fputs("\r\033[K", stderr);
}

static void await(struct queue *q, const struct item *item, double from) {
  pthread_mutex_lock(&q->lock);
  progress(q, item, from);
  while (!item->done) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += 250000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    if (pthread_cond_timedwait(&q->finished, &q->lock, &until) == ETIMEDOUT)
      progress(q, item, from);
  }
  pthread_mutex_unlock(&q->lock);
}

/* How many of an item's cases come before its first failing one. */
static int passing(const struct item *item) {
  int i = 0;
  while (i < item->chunk->cases && tb_result_ok(&item->results[i]))
    i++;
  return i;
}

/* Reports one item's results: all, or those up to the first that failed. Returns whether it is the last item to report. */
static bool report_item(const tb_run *r, const struct item *item) {
  const tb_reporter reporter = {r->tap, r->tally, r->select, r->verbose};
  tb_chunk part = *item->chunk;
  char name[4400];
  const int before = passing(item);
  const bool failed = before < part.cases, last = r->until_failure && failed;
  if (last)
    part.cases = before + 1;
  if (failed)
    clear_progress();
  snprintf(name, sizeof name, "%s: %s", r->tally->kernel, item->group->name);
  if (r->known)
    tb_known_take(r->known, item->results, part.cases);
  tb_rows_take(r->rows, item->group, &part, item->results);
  if (r->take)
    r->take(r->arg, item->group, &part, item->results);
  if (r->support)
    tb_support_take(r->support, item->group, &part, item->results);
  if (r->tap && item->chunk == item->group->chunk)
    tb_tap_open(r->tap, name);
  tb_report_chunk(&reporter, item->group, &part, item->results);
  if (!r->tap)
    return last;
  if (last || item->chunk == &item->group->chunk[item->group->chunks - 1])
    tb_tap_close(r->tap, name);
  return last;
}

/* Reports the results in order as they come. */
static bool report(struct queue *q) {
  const tb_run *r = q->run;
  const double from = tb_now();
  bool ok = true, last = false;
  tb_pace_start(&q->pace, from);
  for (int i = 0; ok && !last && i < q->items; i++) {
    struct item *item = &q->item[i];
    await(q, item, from);
    ok = !item->failed && !(r->tap && ferror(r->tap->out)); /* a full disk ends the run */
    if (!ok)
      break;
    last = report_item(r, item);
    tb_results_free(item->results, item->chunk->cases);
    free(item->results);
    item->results = NULL;
  }
  clear_progress();
  r->tally->seconds = tb_now() - from;
  return ok;
}

bool tb_run_suite(const tb_run *run) {
  struct queue q = {.run = run,
                    .kernel = {.suite = run->suite, .kernel = run->kernel->name, .until_failure = run->until_failure}};
  pthread_t thread[JOBS_MAX];
  int threads = 0;
  fill_queue(&q);
  pthread_mutex_init(&q.lock, NULL);
  pthread_cond_init(&q.finished, NULL);
  const int wanted = run->jobs < q.items ? run->jobs : q.items;
  while (threads < wanted && threads < JOBS_MAX && pthread_create(&thread[threads], NULL, job, &q) == 0)
    threads++;
  const bool ok = (threads > 0 || q.items == 0) && report(&q);
  atomic_store(&q.next, q.items); /* no thread takes another one */
  for (int i = 0; i < threads; i++)
    pthread_join(thread[i], NULL);
  for (int i = 0; i < q.items; i++) {
    if (q.item[i].results && q.item[i].done && !q.item[i].failed)
      tb_results_free(q.item[i].results, q.item[i].chunk->cases);
    free(q.item[i].results);
  }
  free(q.item);
  pthread_cond_destroy(&q.finished);
  pthread_mutex_destroy(&q.lock);
  return ok;
}
