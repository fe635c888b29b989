/* A right kernel of conv_transpose2d, and those that do what a row of misbehave.txt says, but only where dilation's height is 2
 * and stride's width is 3: a test can separate the cases that have to be hit from those that must not.
 *
 * SPDX-License-Identifier: MIT */
#define ROWS "misbehave.inc"
#include "rows.h"

/* For what sanitizers would otherwise end in their own way. */
#define ON_PURPOSE __attribute__((no_sanitize("address", "undefined")))

#include "disturb.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* What the plans that are alive share. */
static struct shared {
  int plans, supported;
  bool ran;
  float y[1 << 16];
} shared;

/* A second block of a plan's memory. */
struct copy {
  bool made;
  float x[];
};

struct tenbin_plan {
  const tenbin_host *host;
  struct copy *copy;
  bool trigger, race;
  int64_t batch, groups, c_per_group, o_per_group;
  int64_t in[2], kernel[2], out[2], stride[2], padding[2], dilation[2];
  int64_t columns; /* of y that are written */
};

static bool triggers(const tenbin_conv2d *a) {
  return a->dilation[0] == 2 && a->stride[1] == 3;
}

static tenbin_status supports(const tenbin_problem *p, tenbin_answer *answer) {
  if (p->input[TENBIN_X].dtype != TENBIN_F32) {
    snprintf(answer->why, sizeof answer->why, "f32 only");
    return TENBIN_UNSUPPORTED;
  }
  if (mutant == REFUSE_LATER && triggers(p->attr) && shared.supported++ > 0) {
    snprintf(answer->why, sizeof answer->why, "no more");
    return TENBIN_UNSUPPORTED;
  }
  if (!(mutant == CLAIM_NOTHING && triggers(p->attr)))
    answer->claim = mutant == ALIGNED_BOUNDED ? TENBIN_BOUNDED : TENBIN_EXACT;
  return TENBIN_OK;
}

static tenbin_plan plan_of(const tenbin_problem *p, const tenbin_host *host) {
  const tenbin_conv2d *a = p->attr;
  const tenbin_desc *x = &p->input[TENBIN_X], *w = &p->input[TENBIN_WEIGHT], *y = &p->output[TENBIN_Y];
  tenbin_plan plan = {.host = host, .groups = a->groups, .batch = x->rank == 4 ? x->size[0] : 1};
  plan.trigger = triggers(a);
  plan.race = mutant == RACE && plan.trigger && p->threads > 1;
  plan.c_per_group = w->size[0] / a->groups;
  plan.o_per_group = w->size[1];
  for (int i = 0; i < 2; i++) {
    plan.in[i] = x->size[x->rank - 2 + i];
    plan.kernel[i] = w->size[2 + i];
    plan.out[i] = y->size[y->rank - 2 + i];
    plan.stride[i] = a->stride[i];
    plan.padding[i] = a->padding[i];
    plan.dilation[i] = a->dilation[i];
  }
  plan.columns = plan.out[1] - (mutant == LAST_COLUMN_UNWRITTEN && plan.trigger);
  return plan;
}

#define HUGE ((size_t)1 << 40)

static size_t workspace(const tenbin_plan *p) {
  return mutant == HUGE_WORKSPACE && p->trigger ? HUGE : 0;
}

static size_t copy_bytes(const tenbin_plan *p) {
  return sizeof(struct copy) + (size_t)(p->batch * p->groups * p->c_per_group * p->in[0] * p->in[1]) * sizeof(float);
}

/* Takes all plan memory that there is, in blocks, and gives it back. */
static void take_all(const tenbin_host *host) {
  enum { BLOCKS = 1000, BYTES = 256 << 20 };
  static void *block[BLOCKS];
  int n = 0;
  while (n < BLOCKS && (block[n] = host->alloc(host->self, BYTES, 64)))
    n++;
  while (n > 0)
    host->free(host->self, block[--n]);
}

ON_PURPOSE static tenbin_status prepare(const tenbin_problem *p, const tenbin_tensor *constant, const tenbin_host *host,
                                        tenbin_plan **out) {
  const tenbin_plan made = plan_of(p, host);
  /* volatile: a compiler may turn a path that follows a pointer it knows to be null into a trap. */
  tenbin_plan *volatile plan = host->alloc(host->self, sizeof *plan, _Alignof(tenbin_plan));
  (void)constant;
  if (!plan && !(mutant == IGNORE_FAILED_ALLOCATION && made.trigger))
    return TENBIN_OUT_OF_MEMORY;
  *plan = made;
  if (mutant == MANY_PLANS && plan->trigger) {
    take_all(host);
    host->free(host->self, plan);
    return TENBIN_OUT_OF_MEMORY;
  }
  plan->copy = host->alloc(host->self, mutant == HUGE_PLAN && plan->trigger ? HUGE : copy_bytes(plan), _Alignof(struct copy));
  if (plan->copy) {
    plan->copy->made = false;
  } else if (!(mutant == OK_WITHOUT_MEMORY && made.trigger)) {
    host->free(host->self, plan);
    return TENBIN_OUT_OF_MEMORY;
  }
  if (shared.plans++ == 0)
    shared.ran = false;
  *out = plan;
  return TENBIN_OK;
}

static void release(tenbin_plan *plan) {
  const tenbin_host *host = plan->host;
  const int times = mutant == FREE_TWICE && plan->trigger ? 2 : 1;
  shared.plans--;
  if (!(mutant == LEAK && plan->trigger))
    host->free(host->self, plan->copy);
  for (int i = 0; i < times; i++)
    host->free(host->self, plan);
}

/* Lets other threads run, and not equally often each time, so that a race does not end in the same way twice. */
static void dawdle(void) {
  struct timespec now;
  timespec_get(&now, TIME_UTC);
  for (long i = now.tv_nsec % 5; i >= 0; i--)
    sched_yield();
}

/* One plane of x through one plane of taps, added to one plane of y. */
static void scatter(const tenbin_plan *p, const float *x, const float *w, float *y) {
  for (int64_t i = 0; i < p->in[0]; i++)
    for (int64_t j = 0; j < p->in[1]; j++)
      for (int64_t kh = 0; kh < p->kernel[0]; kh++)
        for (int64_t kw = 0; kw < p->kernel[1]; kw++) {
          const int64_t row = i * p->stride[0] - p->padding[0] + kh * p->dilation[0];
          const int64_t col = j * p->stride[1] - p->padding[1] + kw * p->dilation[1];
          if (row < 0 || row >= p->out[0] || col < 0 || col >= p->columns)
            continue;
          const float before = y[row * p->out[1] + col];
          if (p->race)
            dawdle(); /* whoever writes here now is overwritten */
          y[row * p->out[1] + col] = before + x[i * p->in[1] + j] * w[kh * p->kernel[1] + kw];
        }
}

/* The input channels of one plane of y. */
struct sum {
  const tenbin_plan *p;
  const float *x, *w;
  float *y;
  atomic_int arrived;
};

static void add_channel(void *arg, int64_t c, int32_t worker) {
  struct sum *s = arg;
  const tenbin_plan *p = s->p;
  (void)worker;
  /* The race needs two: nobody begins alone, unless a second thread does not come. */
  atomic_fetch_add(&s->arrived, 1);
  for (int i = 0; p->race && i < 100000 && atomic_load(&s->arrived) < 2; i++)
    sched_yield();
  scatter(p, s->x + c * p->in[0] * p->in[1], s->w + c * p->o_per_group * p->kernel[0] * p->kernel[1], s->y);
}

static void compute(const tenbin_plan *p, const float *x, const float *w, const float *b, float *y) {
  const int64_t in_plane = p->in[0] * p->in[1], taps = p->kernel[0] * p->kernel[1], out_channels = p->o_per_group * p->groups;
  for (int64_t n = 0; n < p->batch; n++)
    for (int64_t o = 0; o < out_channels; o++, y += p->out[0] * p->out[1]) {
      const int64_t first = o / p->o_per_group * p->c_per_group;
      struct sum sum = {.p = p, .y = y};
      sum.x = x + (n * p->groups * p->c_per_group + first) * in_plane;
      sum.w = w + (first * p->o_per_group + o % p->o_per_group) * taps;
      for (int64_t row = 0; row < p->out[0]; row++)
        for (int64_t col = 0; col < p->columns; col++)
          y[row * p->out[1] + col] = b ? b[o] : 0;
      if (p->race)
        p->host->parallel(p->host->self, p->c_per_group, add_channel, &sum);
      else
        for (int64_t c = 0; c < p->c_per_group; c++)
          add_channel(&sum, c, 0);
    }
}

static int64_t elements(const tenbin_tensor *t) {
  int64_t n = t->data != NULL;
  for (int i = 0; i < t->desc.rank; i++)
    n *= t->desc.size[i];
  return n;
}

/* Answers with what the run before it should have answered, of this plan or of another that is alive. */
static void answer_late(const tenbin_tensor *y) {
  float *data = y->data;
  if (elements(y) > (int64_t)(sizeof shared.y / sizeof *shared.y))
    return;
  for (int64_t i = 0; i < elements(y); i++) {
    const float now = data[i];
    data[i] = shared.ran ? shared.y[i] : now;
    shared.y[i] = now;
  }
  shared.ran = true;
}

/* The x of the plan's first run: a copy, as would be right of a constant. */
static const float *first_input(const tenbin_plan *p, const tenbin_tensor *x) {
  if (!p->copy->made && elements(x) > 0)
    memcpy(p->copy->x, x->data, (size_t)elements(x) * sizeof *p->copy->x);
  p->copy->made = true;
  return p->copy->x;
}

typedef float vector __attribute__((vector_size(16)));

/* As a loop over aligned vectors would begin; x86 demands of such loads what their type promises, other processors do not. */
ON_PURPOSE static void load_aligned(const tenbin_tensor *t) {
  volatile vector v;
  if (elements(t) > 0)
    v = *(const volatile vector *)t->data;
  (void)v;
}

ON_PURPOSE static void touch_memory(const tenbin_plan *p, const tenbin_call *call) {
  const tenbin_tensor *x = &call->input[TENBIN_X], *w = &call->input[TENBIN_WEIGHT], *y = &call->output[TENBIN_Y];
  volatile float *volatile nothing = NULL, *first = y->data, *input = x->data;
  const volatile float *weight = w->data;
  switch (mutant) {
  case BLAME_NEXT:
    tamper_current(1);
    *nothing = 1;
    break;
  case WRITE_OUTCOME:
    tamper_outcome();
    break;
  case WRITE_PLACE:
    tamper_place();
    break;
  case FORGE_DIGESTS:
    tamper_digests(y);
    break;
  case CRASH:
    *nothing = 1;
    break;
  case WRITE_PAST_END:
    first[elements(y)] = 0;
    break;
  case WRITE_BEFORE_BEGINNING:
    first[-1] = 0;
    break;
  case READ_PAST_END:
    (void)weight[elements(w)];
    break;
  case WRITE_INPUT:
    if (elements(x) > 0)
      *input = *input;
    break;
  case MISALIGNED:
    load_aligned(x);
    load_aligned(w);
    load_aligned(&call->input[TENBIN_BIAS]);
    load_aligned(y);
    break;
  case KEEP_STATE:
    answer_late(y);
    break;
  case ALIGNED_EXACT:
  case ALIGNED_BOUNDED:
    if ((uintptr_t)x->data % 64 == 0)
      first[elements(y) - 1] += 1000;
    break;
  case REFUSE_LATER:
    *first += 1;
    break;
  case ALLOCATE_IN_RUN:
    p->host->free(p->host->self, p->host->alloc(p->host->self, 1000, 8));
    break;
  default:
    break;
  }
}

static tenbin_status run(const tenbin_plan *p, const tenbin_call *call) {
  const tenbin_tensor *x = &call->input[TENBIN_X];
  compute(p, mutant == KEEP_INPUT && p->trigger ? first_input(p, x) : x->data, call->input[TENBIN_WEIGHT].data,
          call->input[TENBIN_BIAS].data, call->output[TENBIN_Y].data);
  if (p->trigger) {
    touch_memory(p, call);
    disturb_process();
  }
  return TENBIN_OK;
}

#define OP "conv_transpose2d"
#define SUMMARY "a kernel that misbehaves on one kind of problem"
#define FUNCTIONS(id)
#define FIELDS(id) .alignment = 4, .workspace = workspace
#include "table.h"
