/* Pairs of runs of two kernels.
 *
 * A pair is one side of each kernel, as close in time as possible and in random order. Interference comes in bursts that last
 * longer than a pair, so it slows both sides, and the logarithm of their ratio stays the same. Inputs, output and workspace are
 * the same memory for both. Plans have to differ, and the address of a plan changes the time by more than the gate looks for.
 * So every round draws two addresses, and halfway through it the kernels exchange them: the effect of the addresses cancels in
 * the mean of the two halves' medians.
 *
 * SPDX-License-Identifier: MIT */
#include "pair_timing.h"
#include "burn.h"
#include "clock.h"
#include "dtype.h"
#include "machine_state.h"
#include "quantile.h"
#include "registry.h"
#include "rng.h"
#include "status.h"
#include "strides.h"
#include "tensors.h"
#include "timing_host.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LINE ((size_t)64)
#define PAGE ((size_t)4096)
#define PAGES 64 /* among which the address of a plan is drawn */

struct side {
  const tenbin_kernel *kernel;
  tb_slot_host memory;
  tenbin_host host;
  tenbin_plan *plan;
  tenbin_generator *generator;
  tenbin_call call;
  int64_t burn;        /* steps of extra work in a run */
  int64_t burnt;       /* steps done */
  double burn_seconds; /* that they took; between runs the processor may be slower than when it does nothing else */
};

struct timing {
  tb_pair_context *context;
  const tb_problem *problem;
  tb_kernel_view view;
  const tb_pair_schedule *schedule;
  tb_pair_fault *fault;
  struct side side[TB_SIDES];
  tb_tensors tensors;
  void *workspace;
  double *log_ratio, *time[TB_SIDES], *round, *address_effect, *prepare[TB_SIDES];
  int times, prepares;
};

static bool blame(struct timing *t, int which, const char *what, tenbin_status status) {
  const tb_slot *slot = t->side[which].memory.slot;
  t->fault->side = which;
  t->fault->unsupported = false;
  if (status == TENBIN_OUT_OF_MEMORY && slot && slot->allowance.refused)
    snprintf(t->fault->why, sizeof t->fault->why, "%s " TB_PLAN_REFUSED, what, slot->allowance.refused, slot->allowance.most);
  else
    snprintf(t->fault->why, sizeof t->fault->why, "%s returned: %s", what, tb_status_name(status));
  return false;
}

static void enter(struct timing *t, int which, tb_worker_stage stage) {
  t->context->place->side = (unsigned char)which;
  t->context->place->stage = (unsigned char)stage;
}

static bool no_memory(struct timing *t) {
  t->fault->side = TB_SIDES;
  snprintf(t->fault->why, sizeof t->fault->why, "no memory for the tensors");
  return false;
}

static bool make_tensors(struct timing *t) {
  tb_problem_view(t->problem, &t->view);
  return tb_tensors_make(t->problem, &t->context->random, &t->tensors) || no_memory(t);
}

static bool make_samples(struct timing *t) {
  const size_t rounds = (size_t)t->schedule->rounds, pairs = (size_t)t->schedule->pairs;
  t->log_ratio = calloc(pairs, sizeof(double));
  t->round = calloc(rounds, sizeof(double));
  t->address_effect = calloc(rounds, sizeof(double));
  bool all = t->log_ratio && t->round && t->address_effect;
  for (int s = 0; s < TB_SIDES; s++) {
    t->time[s] = calloc(2 * rounds * pairs, sizeof(double));
    t->prepare[s] = calloc(2 * rounds, sizeof(double));
    all = all && t->time[s] && t->prepare[s];
  }
  return all || no_memory(t);
}

static bool supported(struct timing *t, int which) {
  tenbin_answer answer = {.struct_size = sizeof answer};
  enter(t, which, TB_IN_SUPPORTS);
  const tenbin_status status = t->side[which].kernel->supports(&t->view.problem, &answer);
  if (status == TENBIN_OK)
    return true;
  blame(t, which, "supports", status);
  if (status == TENBIN_UNSUPPORTED) {
    t->fault->unsupported = true;
    tb_registry_why(&answer, t->fault->why);
  }
  return false;
}

static void clear(struct timing *t, int which) {
  struct side *side = &t->side[which];
  if (side->generator) {
    enter(t, which, TB_IN_CLOSE);
    side->kernel->generator->close(side->generator);
  }
  if (side->plan) {
    enter(t, which, TB_IN_RELEASE);
    side->kernel->release(side->plan);
  }
  side->generator = NULL;
  side->plan = NULL;
}

/* Makes a side's plan in a slot. */
static bool prepare(struct timing *t, int which, tb_slot *slot, size_t offset) {
  struct side *side = &t->side[which];
  tb_slot_move(slot, offset);
  side->memory = (tb_slot_host){slot, t->context->pool};
  side->host = tb_slot_services(&side->memory);
  enter(t, which, TB_IN_PREPARE);
  const double from = tb_now();
  tenbin_status status = side->kernel->prepare(&t->view.problem, t->tensors.constant, &side->host, &side->plan);
  t->prepare[which][t->prepares] = tb_now() - from;
  if (status != TENBIN_OK) {
    side->plan = NULL;
    return blame(t, which, "prepare", status);
  }
  if (!t->problem->c.op->sequence)
    return true;
  if (!TB_HAS(side->kernel, generator) || !side->kernel->generator)
    return blame(t, which, "a kernel without generator functions", TENBIN_FAILED);
  enter(t, which, TB_IN_OPEN);
  status = side->kernel->generator->open(t->problem->c.seed, &side->host, &side->generator);
  if (status == TENBIN_OK)
    return true;
  side->generator = NULL;
  return blame(t, which, "open", status);
}

static size_t workspace_bytes(struct timing *t, int which) {
  struct side *side = &t->side[which];
  enter(t, which, TB_IN_WORKSPACE);
  return side->plan && side->kernel->workspace ? side->kernel->workspace(side->plan) : 0;
}

/* One workspace for both, which keeps its address as long as the process lives. */
static bool make_workspace(struct timing *t) {
  size_t bytes = 0;
  for (int s = 0; s < TB_SIDES; s++) {
    const size_t wanted = workspace_bytes(t, s), most = t->context->slot[s].allowance.most;
    if (wanted > most) {
      t->fault->side = s;
      snprintf(t->fault->why, sizeof t->fault->why, TB_WORKSPACE_REFUSED, wanted, most);
      return false;
    }
    bytes = wanted > bytes ? wanted : bytes;
  }
  if (bytes > 0 && !t->workspace && !(t->workspace = tb_pages_alloc(bytes)))
    return no_memory(t);
  for (int s = 0; s < TB_SIDES; s++)
    t->side[s].call = (tenbin_call){.struct_size = sizeof t->side[s].call,
                                    .args = t->side[s].generator ? t->tensors.args : NULL,
                                    .generator = t->side[s].generator,
                                    .input = t->tensors.input,
                                    .output = t->tensors.output,
                                    .workspace = t->workspace};
  return true;
}

static void burn(struct side *side) {
  const double from = tb_now();
  tb_burn(side->burn);
  side->burn_seconds += tb_now() - from;
  side->burnt += side->burn;
}

/* One side of a pair; seconds. */
static bool run_side(struct timing *t, int which, double *seconds) {
  struct side *side = &t->side[which];
  tenbin_status status = TENBIN_OK;
  enter(t, which, TB_IN_RUN);
  if (t->schedule->warm)
    status = side->kernel->run(side->plan, &side->call);
  const double from = tb_now();
  for (int i = 0; i < t->schedule->runs && status == TENBIN_OK; i++) {
    status = side->kernel->run(side->plan, &side->call);
    if (side->burn > 0)
      burn(side);
  }
  *seconds = tb_now() - from;
  const char *changed = tb_machine_state_restore();
  if (status == TENBIN_OK && changed) {
    blame(t, which, "run", status);
    snprintf(t->fault->why, sizeof t->fault->why, "run changed %s", changed);
    return false;
  }
  return status == TENBIN_OK || blame(t, which, "run", status);
}

static bool pair(struct timing *t, double seconds[TB_SIDES], int *first) {
  *first = tb_rng_bit(&t->context->random);
  return run_side(t, *first, &seconds[*first]) && run_side(t, !*first, &seconds[!*first]);
}

/* All outputs, one after the other in row-major order. */
static void gather(const tb_tensors *t, char *out) {
  for (int i = 0; i < TB_TENSORS; i++)
    if (t->output[i].data) {
      tb_desc_gather(&t->output[i].desc, t->output[i].data, out);
      out += tb_desc_dense_bytes(&t->output[i].desc);
    }
}

static void count_differing(const tb_tensors *t, const char *base, const char *candidate, tb_pair_times *out) {
  for (int i = 0; i < TB_TENSORS; i++) {
    const size_t each = t->output[i].data ? tb_dtype_bytes(t->output[i].desc.dtype) : 0;
    const int64_t n = each ? tb_desc_elements(&t->output[i].desc) : 0;
    out->elements += n;
    for (int64_t k = 0; k < n; k++, base += each, candidate += each)
      out->differing += memcmp(base, candidate, each) != 0;
  }
}

/* Both sides write their answers into the same outputs; the base's are copied in between. */
static bool compare_answers(struct timing *t, tb_pair_times *out) {
  size_t bytes = 0;
  double seconds;
  for (int i = 0; i < TB_TENSORS; i++)
    if (t->tensors.output[i].data)
      bytes += tb_desc_dense_bytes(&t->tensors.output[i].desc);
  char *base = malloc(bytes + 1), *candidate = malloc(bytes + 1);
  bool ok = base && candidate ? run_side(t, TB_BASE, &seconds) : no_memory(t);
  if (ok)
    gather(&t->tensors, base);
  ok = ok && run_side(t, TB_CANDIDATE, &seconds);
  if (ok) {
    gather(&t->tensors, candidate);
    count_differing(&t->tensors, base, candidate, out);
  }
  free(base);
  free(candidate);
  return ok;
}

/* The extra work of the candidate: a share of the base's time in the half before, or in a few pairs. */
static bool set_burn(struct timing *t) {
  enum { FEW = 7 };
  double time[FEW], seconds[TB_SIDES], base;
  int first;
  if (t->context->extra <= 0)
    return true;
  for (int i = 0; i < FEW && t->times == 0; i++) {
    if (!pair(t, seconds, &first))
      return false;
    time[i] = seconds[TB_BASE];
  }
  base = t->times == 0 ? tb_median(time, FEW) : tb_median(t->time[TB_BASE] + t->times - t->schedule->pairs, t->schedule->pairs);
  struct side *side = &t->side[TB_CANDIDATE];
  const double step = side->burnt > 0 ? side->burn_seconds / (double)side->burnt : tb_burn_step();
  side->burn = (int64_t)(t->context->extra * base / t->schedule->runs / step + 0.5);
  return true;
}

/* The pairs of one half of a round; *median is that of their log ratios. */
static bool half(struct timing *t, int round, int number, double *median) {
  double seconds[TB_SIDES];
  int first;
  if (!pair(t, seconds, &first)) /* brings the plans into the caches */
    return false;
  for (int i = 0; i < t->schedule->pairs; i++) {
    if (!pair(t, seconds, &first))
      return false;
    t->log_ratio[i] = log(seconds[TB_CANDIDATE] / seconds[TB_BASE]);
    for (int s = 0; s < TB_SIDES; s++)
      t->time[s][t->times] = seconds[s];
    t->times++;
    if (t->context->record)
      fprintf(t->context->record, "pair %d %d %d %.9g %.9g\n", round, number, first, seconds[TB_BASE] / t->schedule->runs,
              seconds[TB_CANDIDATE] / t->schedule->runs);
  }
  *median = tb_median(t->log_ratio, t->schedule->pairs);
  return true;
}

static bool prepare_both(struct timing *t, int exchanged, const size_t offset[TB_SIDES]) {
  const int first = tb_rng_bit(&t->context->random);
  for (int i = 0; i < TB_SIDES; i++) {
    const int s = i ^ first, slot = s ^ exchanged;
    if (!prepare(t, s, &t->context->slot[slot], offset[slot]))
      return false;
  }
  t->prepares++;
  return make_workspace(t);
}

static bool round_of(struct timing *t, int round, tb_pair_times *out) {
  const int exchanged = tb_rng_bit(&t->context->random);
  double median[2];
  size_t offset[TB_SIDES];
  for (int s = 0; s < TB_SIDES; s++)
    offset[s] = LINE * (tb_rng(&t->context->random) % (PAGES * PAGE / LINE));
  for (int h = 0; h < 2; h++) {
    if (!prepare_both(t, exchanged ^ h, offset))
      return false;
    if (t->prepares == 1 && !compare_answers(t, out))
      return false;
    for (int s = 0; s < TB_SIDES; s++) {
      out->plan[s] = tb_slot_used(t->side[s].memory.slot);
      out->peak[s] = tb_slot_peak(t->side[s].memory.slot);
      out->workspace[s] = workspace_bytes(t, s);
    }
    if (!set_burn(t) || !half(t, round, h, &median[h]))
      return false;
    for (int s = 0; s < TB_SIDES; s++)
      clear(t, s);
  }
  t->round[round] = (median[0] + median[1]) / 2;
  t->address_effect[round] = fabs(median[0] - median[1]) / 2;
  return true;
}

static void free_all(struct timing *t) {
  for (int s = 0; s < TB_SIDES; s++) {
    clear(t, s);
    free(t->time[s]);
    free(t->prepare[s]);
  }
  tb_tensors_free(&t->tensors);
  tb_pages_free(t->workspace);
  free(t->log_ratio);
  free(t->round);
  free(t->address_effect);
  t->context->place->stage = TB_IN_IDLE;
}

bool tb_time_pairs(tb_pair_context *context, const tb_problem *problem, const tb_pair_schedule *schedule, tb_pair_times *out,
                   tb_pair_fault *fault) {
  struct timing t = {.context = context, .problem = problem, .schedule = schedule, .fault = fault};
  tb_pair_times times = {0};
  for (int s = 0; s < TB_SIDES; s++)
    t.side[s].kernel = context->kernel[s];
  bool ok = make_samples(&t) && make_tensors(&t) && supported(&t, TB_BASE) && supported(&t, TB_CANDIDATE);
  for (int i = 0; i < schedule->rounds && ok; i++)
    ok = round_of(&t, i, &times);
  if (ok) {
    if (schedule->each)
      memcpy(schedule->each, t.round, (size_t)schedule->rounds * sizeof *t.round);
    times.log_ratio = tb_median(t.round, schedule->rounds);
    times.address_effect = tb_median(t.address_effect, schedule->rounds);
    for (int s = 0; s < TB_SIDES; s++) {
      times.seconds[s] = tb_median(t.time[s], t.times) / schedule->runs;
      times.prepare[s] = tb_median(t.prepare[s], t.prepares);
    }
    *out = times;
  }
  free_all(&t);
  return ok;
}

/* Not static, nor inlined: the profiler knows it by its name. */
tenbin_status tb_counted(const tenbin_kernel *kernel, const tenbin_plan *plan, const tenbin_call *call);
__attribute__((noinline)) tenbin_status tb_counted(const tenbin_kernel *kernel, const tenbin_plan *plan,
                                                   const tenbin_call *call) {
  const tenbin_status status = kernel->run(plan, call);
  __asm__ volatile("" ::: "memory"); /* no jump in place of the call */
  return status;
}

bool tb_run_counted(tb_pair_context *context, const tb_problem *problem, tb_pair_fault *fault) {
  const tb_pair_schedule schedule = {.rounds = 1, .pairs = 1, .runs = 1};
  struct timing t = {.context = context, .problem = problem, .schedule = &schedule, .fault = fault};
  struct side *side = &t.side[TB_BASE];
  double seconds;
  side->kernel = context->kernel[TB_BASE];
  const bool ok = make_samples(&t) && make_tensors(&t) && supported(&t, TB_BASE) &&
                  prepare(&t, TB_BASE, &context->slot[TB_BASE], 0) && make_workspace(&t) && run_side(&t, TB_BASE, &seconds) &&
                  tb_counted(side->kernel, side->plan, &side->call) == TENBIN_OK;
  free_all(&t);
  return ok;
}
