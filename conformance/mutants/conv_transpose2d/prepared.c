/* A right kernel that packs its weights in prepare, sums in a workspace, and divides the planes of y among the host's
 * threads; and wrong ones of mutants.txt, which misuse plans, memory or threads.
 *
 * SPDX-License-Identifier: MIT */
#define ROWS "prepared.inc"
#include "plugin.h"

#include <fenv.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

/* What some mistakes remember from run to run. */
struct memory {
  bool ran;
  float x[];
};

struct tenbin_plan {
  const tenbin_host *host;
  shape s;
  int threads;
  float *packed; /* (C_out, C_in/g, kH, kW) */
  struct memory *memory;
};

static int64_t in_plane(const shape *s) {
  return s->axis[0].in * s->axis[1].in;
}

static int64_t out_plane(const shape *s) {
  return s->axis[0].out * s->axis[1].out;
}

static int64_t taps(const shape *s) {
  return s->axis[0].kernel * s->axis[1].kernel;
}

static void pack(const shape *s, const float *w, float *packed) {
  for (int64_t o = 0; o < s->groups * s->o_per_group; o++)
    for (int64_t k = 0; k < s->c_per_group; k++, packed += taps(s)) {
      const int64_t c = o / s->o_per_group * s->c_per_group + k;
      memcpy(packed, w + (c * s->o_per_group + o % s->o_per_group) * taps(s), (size_t)taps(s) * sizeof *packed);
    }
}

/* The newest plan's weights, for a kernel that takes them for everybody's. */
static const float *newest;

static tenbin_status prepare(const tenbin_problem *p, const tenbin_tensor *constant, const tenbin_host *host,
                             tenbin_plan **out) {
  const shape s = shape_of(p);
  const size_t weights = (size_t)(s.groups * s.o_per_group * s.c_per_group * taps(&s)) * sizeof(float);
  const size_t x = (size_t)(s.batch * s.groups * s.c_per_group * in_plane(&s)) * sizeof(float);
  tenbin_plan *plan = host->alloc(host->self, sizeof *plan, _Alignof(tenbin_plan));
  if (!plan)
    return TENBIN_OUT_OF_MEMORY;
  *plan = (tenbin_plan){.host = host, .s = s, .threads = p->threads};
  plan->packed = host->alloc(host->self, weights, _Alignof(float));
  plan->memory = plan->packed ? host->alloc(host->self, sizeof *plan->memory + x, _Alignof(struct memory)) : NULL;
  if (!plan->memory && mutant != ALLOCATION_FAILURE_HIDDEN && mutant != ALLOCATION_UNCHECKED) {
    if (mutant != ALLOCATION_LEFT_BEHIND)
      host->free(host->self, plan->packed);
    host->free(host->self, plan);
    return TENBIN_OUT_OF_MEMORY;
  }
  /* volatile: a compiler may take it that a pointer that is followed is not null. */
  struct memory *volatile memory = plan->memory;
  if (memory || mutant == ALLOCATION_UNCHECKED)
    memory->ran = false;
  if (plan->packed)
    pack(&s, constant[TENBIN_WEIGHT].data, plan->packed);
  if (mutant == WEIGHTS_OF_LAST_PLAN)
    newest = plan->packed;
  *out = plan;
  return TENBIN_OK;
}

static void release(tenbin_plan *plan) {
  const tenbin_host *host = plan->host;
  if (mutant != PLAN_LEAKED && !(mutant == GROUPED_PLAN_LEAKED && plan->s.groups > 1))
    host->free(host->self, plan->packed);
  host->free(host->self, plan->memory);
  host->free(host->self, plan);
  if (mutant == FREED_TWICE)
    host->free(host->self, plan);
}

static size_t workspace(const tenbin_plan *p) {
  return (size_t)(p->threads * out_plane(&p->s)) * sizeof(float);
}

/* What the threads of one run share. */
struct job {
  const tenbin_plan *p;
  const float *x, *b;
  float *y, *scratch;
  int64_t items;
  atomic_int arrived, dawdled;
};

/* A race needs two: where there are several threads nobody begins alone, unless a second one does not come. */
static void await_company(struct job *job) {
  atomic_fetch_add(&job->arrived, 1);
  for (int i = 0; i < 100000 && job->p->threads > 1 && job->items > 1 && atomic_load(&job->arrived) < 2; i++)
    sched_yield();
}

/* A race is lost in the first few of its occasions: with more of them, large cases would take many times as long. */
static bool may_dawdle(struct job *job) {
  enum { OFTEN = 100 };
  return job->p->threads > 1 && atomic_load(&job->dawdled) < OFTEN;
}

/* Lets other threads run, and not equally often each time, so that a race does not end in the same way twice. */
static void dawdle(struct job *job) {
  struct timespec now;
  if (!may_dawdle(job))
    return;
  atomic_fetch_add(&job->dawdled, 1);
  timespec_get(&now, TIME_UTC);
  for (long i = now.tv_nsec % 5; i >= 0; i--)
    sched_yield();
}

/* One plane of x through one plane of taps, added to a plane of sums. */
static void scatter(const tenbin_plan *p, const float *x, const float *taps, float *y) {
  const axis *h = &p->s.axis[0], *w = &p->s.axis[1];
  for (int64_t i = 0; i < h->in; i++)
    for (int64_t kh = 0; kh < h->kernel; kh++) {
      const int64_t row = i * h->stride - h->padding + kh * h->dilation;
      for (int64_t j = 0; row >= 0 && row < h->out && j < w->in; j++)
        for (int64_t kw = 0; kw < w->kernel; kw++) {
          const int64_t col = j * w->stride - w->padding + kw * w->dilation;
          if (col >= 0 && col < w->out)
            y[row * w->out + col] += x[i * w->in + j] * taps[kh * w->kernel + kw];
        }
    }
}

static void add_channel(struct job *job, int64_t plane, int64_t k, float *sums) {
  const shape *s = &job->p->s;
  const int64_t channels = s->groups * s->o_per_group, n = plane / channels, o = plane % channels;
  const int64_t c = n * s->groups * s->c_per_group + o / s->o_per_group * s->c_per_group + k;
  const float *packed = mutant == WEIGHTS_OF_LAST_PLAN ? newest : job->p->packed;
  scatter(job->p, job->x + c * in_plane(s), packed + (o * s->c_per_group + k) * taps(s), sums);
}

/* One plane of y: the input channels' sums in this thread's scratch, and the bias. */
static void plane(void *arg, int64_t i, int32_t worker) {
  struct job *job = arg;
  const shape *s = &job->p->s;
  const int64_t size = out_plane(s);
  const bool shared = mutant == SCRATCH_SHARED && job->p->threads > 1;
  float *y = job->y + i * size, *sums = job->scratch + (shared ? 0 : worker) * size;
  const float bias = job->b ? job->b[i % (s->groups * s->o_per_group)] : 0;
  if (shared)
    await_company(job);
  for (int64_t at = 0; at < size && mutant != SCRATCH_UNCLEARED; at++)
    sums[at] = 0;
  for (int64_t k = 0; k < s->c_per_group; k++)
    add_channel(job, i, k, sums);
  if (shared)
    dawdle(job);
  for (int64_t at = 0; at < size; at++)
    y[at] = sums[at] + (mutant == OUTPUT_CLEARED_ONCE && job->p->memory->ran ? y[at] : bias);
}

/* One input channel's part of a plane of y, added to the others'; as long as it may, it dawdles between reading and writing. */
static void channel(void *arg, int64_t i, int32_t worker) {
  struct job *job = arg;
  const int64_t channels = job->p->s.c_per_group, size = out_plane(&job->p->s);
  float *y = job->y + i / channels * size, *sums = job->scratch + worker * size;
  await_company(job);
  if (!may_dawdle(job)) {
    add_channel(job, i / channels, i % channels, y);
    return;
  }
  memset(sums, 0, (size_t)size * sizeof *sums);
  add_channel(job, i / channels, i % channels, sums);
  for (int64_t at = 0; at < size; at++) {
    if (sums[at] == 0)
      continue; /* not worth dawdling */
    const float before = y[at];
    dawdle(job); /* whoever writes here now is overwritten */
    y[at] = before + sums[at];
  }
}

static void each(const tenbin_plan *p, int64_t n, void (*body)(void *, int64_t, int32_t), struct job *job) {
  job->items = n;
  if (mutant != PREPARED)
    p->host->parallel(p->host->self, n, body, job);
  else
    for (int64_t i = 0; i < n; i++)
      body(job, i, 0);
}

static const float *first_input(const tenbin_plan *p, const float *x) {
  const int64_t size = p->s.batch * p->s.groups * p->s.c_per_group * in_plane(&p->s);
  if (!p->memory->ran && size > 0)
    memcpy(p->memory->x, x, (size_t)size * sizeof *x);
  return p->memory->x;
}

static tenbin_status run(const tenbin_plan *p, const tenbin_call *call) {
  const shape *s = &p->s;
  int64_t planes = s->batch * s->groups * s->o_per_group;
  struct job job = {.p = p, .x = call->input[TENBIN_X].data, .b = call->input[TENBIN_BIAS].data};
  job.y = call->output[TENBIN_Y].data;
  job.scratch = call->workspace;
  if (mutant == INPUT_KEPT)
    job.x = first_input(p, job.x);
  if (mutant == THREADS_REMAINDER_DROPPED || (mutant == REMAINDER_DROPPED_BY_4 && p->threads == 4) ||
      (mutant == REMAINDER_DROPPED_BEYOND_4 && p->threads > 4))
    planes -= planes % p->threads;
  if (mutant == RUN_ALLOCATES)
    p->host->free(p->host->self, p->host->alloc(p->host->self, 1000, 8));
  if (mutant == CHANNELS_RACE) {
    for (int64_t i = 0; i < planes * out_plane(s); i++)
      job.y[i] = job.b ? job.b[i / out_plane(s) % (s->groups * s->o_per_group)] : 0;
    each(p, planes * s->c_per_group, channel, &job);
  } else {
    each(p, planes, plane, &job);
  }
  p->memory->ran = true;
  if (mutant == ROUNDING_CHANGED)
    fesetround(FE_DOWNWARD);
  return TENBIN_OK;
}

#include "table.h"
