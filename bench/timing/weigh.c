/* Pairs of runs of two kernels.
 *
 * A pair is one side of each kernel, as close in time as can be, in an order that a coin decides: interference comes in bursts
 * that last longer, meets both, and leaves the logarithm of the ratio alone. Inputs, output and workspace are the same memory
 * for both. Plans have to differ, and where a plan lies is worth more than what is looked for; so two places are chosen by
 * chance in every round, and halfway through it the kernels change places: what a place gives or takes cancels in the mean of
 * the two halves' medians.
 *
 * SPDX-License-Identifier: MIT */
#include "weigh.h"
#include "burn.h"
#include "chance.h"
#include "clock.h"
#include "quantile.h"
#include "registry.h"
#include "status.h"
#include "strides.h"
#include "tensors.h"
#include "timing_host.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LINE ((size_t)64)
#define PAGE ((size_t)4096)
#define PAGES 64 /* that a plan's place is chosen among */

struct pan {
  const tenbin_kernel *kernel;
  tb_slot_host memory;
  tenbin_host host;
  tenbin_plan *plan;
  tenbin_generator *generator;
  tenbin_call call;
  int64_t burn;        /* steps of extra work in a run */
  int64_t burnt;       /* steps done, and the seconds that they took among the runs: there the processor may be slower than */
  double burn_seconds; /* where nothing else is done */
};

struct weighing {
  tb_scales *scales;
  const tb_problem *problem;
  tb_kernel_view view;
  const tb_weight_order *order;
  tb_weigh_fault *fault;
  struct pan pan[TB_SIDES];
  tb_tensors tensors;
  void *workspace;
  double *log_ratio, *time[TB_SIDES], *round, *place, *prepare[TB_SIDES];
  int times, prepares;
};

static bool blame(struct weighing *w, int side, const char *what, tenbin_status status) {
  w->fault->side = side;
  w->fault->unsupported = false;
  snprintf(w->fault->why, sizeof w->fault->why, "%s returned: %s", what, tb_status_name(status));
  return false;
}

static bool no_memory(struct weighing *w) {
  w->fault->side = TB_SIDES;
  snprintf(w->fault->why, sizeof w->fault->why, "no memory for the tensors");
  return false;
}

static bool stopped(struct weighing *w) {
  if (!w->scales->stop || !*w->scales->stop)
    return false;
  w->fault->side = TB_SIDES;
  snprintf(w->fault->why, sizeof w->fault->why, "interrupted");
  return true;
}

static bool make_tensors(struct weighing *w) {
  tb_problem_view(w->problem, &w->view);
  return tb_tensors_make(w->problem, &w->scales->random, &w->tensors) || no_memory(w);
}

static bool make_samples(struct weighing *w) {
  const size_t rounds = (size_t)w->order->rounds, pairs = (size_t)w->order->pairs;
  w->log_ratio = calloc(pairs, sizeof(double));
  w->round = calloc(rounds, sizeof(double));
  w->place = calloc(rounds, sizeof(double));
  bool all = w->log_ratio && w->round && w->place;
  for (int s = 0; s < TB_SIDES; s++) {
    w->time[s] = calloc(2 * rounds * pairs, sizeof(double));
    w->prepare[s] = calloc(2 * rounds, sizeof(double));
    all = all && w->time[s] && w->prepare[s];
  }
  return all || no_memory(w);
}

static bool supported(struct weighing *w, int side) {
  tenbin_answer answer = {.struct_size = sizeof answer};
  const tenbin_status status = w->pan[side].kernel->supports(&w->view.problem, &answer);
  if (status == TENBIN_OK)
    return true;
  blame(w, side, "supports", status);
  if (status == TENBIN_UNSUPPORTED) {
    w->fault->unsupported = true;
    tb_registry_why(&answer, w->fault->why);
  }
  return false;
}

static void clear(struct weighing *w, int side) {
  struct pan *pan = &w->pan[side];
  *w->scales->who = (unsigned char)side;
  if (pan->generator)
    pan->kernel->generator->close(pan->generator);
  if (pan->plan)
    pan->kernel->release(pan->plan);
  pan->generator = NULL;
  pan->plan = NULL;
}

/* Makes a side's plan in a slot. */
static bool prepare(struct weighing *w, int side, tb_slot *slot, size_t offset) {
  struct pan *pan = &w->pan[side];
  *w->scales->who = (unsigned char)side;
  tb_slot_move(slot, offset);
  pan->memory = (tb_slot_host){slot, w->scales->pool};
  pan->host = tb_slot_services(&pan->memory);
  const double from = tb_now();
  tenbin_status status = pan->kernel->prepare(&w->view.problem, w->tensors.constant, &pan->host, &pan->plan);
  w->prepare[side][w->prepares] = tb_now() - from;
  if (status != TENBIN_OK) {
    pan->plan = NULL;
    return blame(w, side, "prepare", status);
  }
  if (!w->problem->c.op->sequence)
    return true;
  if (!TB_HAS(pan->kernel, generator) || !pan->kernel->generator)
    return blame(w, side, "a kernel without generator functions", TENBIN_FAILED);
  status = pan->kernel->generator->open(w->problem->c.seed, &pan->host, &pan->generator);
  if (status == TENBIN_OK)
    return true;
  pan->generator = NULL;
  return blame(w, side, "open", status);
}

static size_t workspace_bytes(const struct pan *pan) {
  return pan->plan && pan->kernel->workspace ? pan->kernel->workspace(pan->plan) : 0;
}

/* One workspace for both, which lies at the same place as long as the process lives. */
static bool make_workspace(struct weighing *w) {
  const size_t base = workspace_bytes(&w->pan[TB_BASE]), candidate = workspace_bytes(&w->pan[TB_CANDIDATE]);
  const size_t bytes = base > candidate ? base : candidate;
  if (bytes > 0 && !w->workspace && !(w->workspace = tb_pages_alloc(bytes, 1)))
    return no_memory(w);
  for (int s = 0; s < TB_SIDES; s++)
    w->pan[s].call = (tenbin_call){.struct_size = sizeof w->pan[s].call,
                                   .args = w->pan[s].generator ? w->tensors.args : NULL,
                                   .generator = w->pan[s].generator,
                                   .input = w->tensors.input,
                                   .output = w->tensors.output,
                                   .workspace = w->workspace};
  return true;
}

static void burn(struct pan *pan) {
  const double from = tb_now();
  tb_burn(pan->burn);
  pan->burn_seconds += tb_now() - from;
  pan->burnt += pan->burn;
}

/* One side of a pair; seconds. */
static bool side(struct weighing *w, int which, double *seconds) {
  struct pan *pan = &w->pan[which];
  tenbin_status status = TENBIN_OK;
  *w->scales->who = (unsigned char)which;
  if (w->order->warm)
    status = pan->kernel->run(pan->plan, &pan->call);
  const double from = tb_now();
  for (int i = 0; i < w->order->runs && status == TENBIN_OK; i++) {
    status = pan->kernel->run(pan->plan, &pan->call);
    if (pan->burn > 0)
      burn(pan);
  }
  *seconds = tb_now() - from;
  return status == TENBIN_OK || blame(w, which, "run", status);
}

static bool pair(struct weighing *w, double seconds[TB_SIDES], int *first) {
  *first = tb_coin(&w->scales->random);
  return side(w, *first, &seconds[*first]) && side(w, !*first, &seconds[!*first]);
}

/* All outputs, one after the other in row-major order. */
static void gather(const tb_tensors *t, char *out) {
  for (int i = 0; i < TB_TENSORS; i++)
    if (t->output[i].data) {
      tb_desc_gather(&t->output[i].desc, t->output[i].data, out);
      out += tb_desc_dense_bytes(&t->output[i].desc);
    }
}

static void count_differing(const tb_tensors *t, const char *base, const char *candidate, tb_weight *out) {
  for (int i = 0; i < TB_TENSORS; i++) {
    const size_t each = t->output[i].data ? tb_dtype_bytes(t->output[i].desc.dtype) : 0;
    const int64_t n = each ? tb_desc_elements(&t->output[i].desc) : 0;
    out->elements += n;
    for (int64_t k = 0; k < n; k++, base += each, candidate += each)
      out->differing += memcmp(base, candidate, each) != 0;
  }
}

/* The answers of both sides into the same outputs; the base's are kept in between. */
static bool compare_answers(struct weighing *w, tb_weight *out) {
  size_t bytes = 0;
  double seconds;
  for (int i = 0; i < TB_TENSORS; i++)
    if (w->tensors.output[i].data)
      bytes += tb_desc_dense_bytes(&w->tensors.output[i].desc);
  char *base = malloc(bytes + 1), *candidate = malloc(bytes + 1);
  bool ok = base && candidate ? side(w, TB_BASE, &seconds) : no_memory(w);
  if (ok)
    gather(&w->tensors, base);
  ok = ok && side(w, TB_CANDIDATE, &seconds);
  if (ok) {
    gather(&w->tensors, candidate);
    count_differing(&w->tensors, base, candidate, out);
  }
  free(base);
  free(candidate);
  return ok;
}

/* Extra work of the candidate, by the base's time as it was in the half before, or is in a few pairs. */
static bool set_burn(struct weighing *w) {
  enum { FEW = 7 };
  double time[FEW], seconds[TB_SIDES], base;
  int first;
  if (w->scales->extra <= 0)
    return true;
  for (int i = 0; i < FEW && w->times == 0; i++) {
    if (!pair(w, seconds, &first))
      return false;
    time[i] = seconds[TB_BASE];
  }
  base = w->times == 0 ? tb_median(time, FEW) : tb_median(w->time[TB_BASE] + w->times - w->order->pairs, w->order->pairs);
  struct pan *pan = &w->pan[TB_CANDIDATE];
  const double step = pan->burnt > 0 ? pan->burn_seconds / (double)pan->burnt : tb_burn_step();
  pan->burn = (int64_t)(w->scales->extra * base / w->order->runs / step + 0.5);
  return true;
}

/* The pairs of one half of a round; *median is that of their log ratios. */
static bool half(struct weighing *w, int round, int number, double *median) {
  double seconds[TB_SIDES];
  int first;
  if (!pair(w, seconds, &first)) /* that brings the plans into the caches */
    return false;
  for (int i = 0; i < w->order->pairs; i++) {
    if (!pair(w, seconds, &first))
      return false;
    w->log_ratio[i] = log(seconds[TB_CANDIDATE] / seconds[TB_BASE]);
    for (int s = 0; s < TB_SIDES; s++)
      w->time[s][w->times] = seconds[s];
    w->times++;
    if (w->scales->record)
      fprintf(w->scales->record, "pair %d %d %d %d %.9g %.9g\n", w->order->id, round, number, first,
              seconds[TB_BASE] / w->order->runs, seconds[TB_CANDIDATE] / w->order->runs);
  }
  *median = tb_median(w->log_ratio, w->order->pairs);
  return true;
}

static bool prepare_both(struct weighing *w, int exchanged, const size_t offset[TB_SIDES]) {
  const int first = tb_coin(&w->scales->random);
  for (int i = 0; i < TB_SIDES; i++) {
    const int s = i ^ first, slot = s ^ exchanged;
    if (!prepare(w, s, &w->scales->slot[slot], offset[slot]))
      return false;
  }
  w->prepares++;
  return make_workspace(w);
}

static bool round_of(struct weighing *w, int round, tb_weight *out) {
  const int coin = tb_coin(&w->scales->random);
  double median[2];
  size_t offset[TB_SIDES];
  for (int s = 0; s < TB_SIDES; s++)
    offset[s] = LINE * (tb_chance(&w->scales->random) % (PAGES * PAGE / LINE));
  for (int h = 0; h < 2; h++) {
    if (!prepare_both(w, coin ^ h, offset))
      return false;
    if (w->prepares == 1 && !compare_answers(w, out))
      return false;
    for (int s = 0; s < TB_SIDES; s++) {
      out->plan[s] = tb_slot_used(w->pan[s].memory.slot);
      out->peak[s] = tb_slot_peak(w->pan[s].memory.slot);
      out->workspace[s] = workspace_bytes(&w->pan[s]);
    }
    if (!set_burn(w) || !half(w, round, h, &median[h]))
      return false;
    for (int s = 0; s < TB_SIDES; s++)
      clear(w, s);
  }
  w->round[round] = (median[0] + median[1]) / 2;
  w->place[round] = fabs(median[0] - median[1]) / 2;
  return true;
}

static void free_all(struct weighing *w) {
  for (int s = 0; s < TB_SIDES; s++) {
    clear(w, s);
    free(w->time[s]);
    free(w->prepare[s]);
  }
  tb_tensors_free(&w->tensors);
  tb_pages_free(w->workspace);
  free(w->log_ratio);
  free(w->round);
  free(w->place);
}

bool tb_weigh(tb_scales *scales, const tb_problem *problem, const tb_weight_order *order, tb_weight *out,
              tb_weigh_fault *fault) {
  struct weighing w = {.scales = scales, .problem = problem, .order = order, .fault = fault};
  tb_weight weight = {0};
  for (int s = 0; s < TB_SIDES; s++)
    w.pan[s].kernel = scales->kernel[s];
  bool ok = make_samples(&w) && make_tensors(&w) && supported(&w, TB_BASE) && supported(&w, TB_CANDIDATE);
  for (int i = 0; i < order->rounds && ok; i++)
    ok = !stopped(&w) && round_of(&w, i, &weight);
  if (ok) {
    if (order->each)
      memcpy(order->each, w.round, (size_t)order->rounds * sizeof *w.round);
    weight.log_ratio = tb_median(w.round, order->rounds);
    weight.place = tb_median(w.place, order->rounds);
    for (int s = 0; s < TB_SIDES; s++) {
      weight.seconds[s] = tb_median(w.time[s], w.times) / order->runs;
      weight.prepare[s] = tb_median(w.prepare[s], w.prepares);
    }
    *out = weight;
  }
  free_all(&w);
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

bool tb_weigh_once(tb_scales *scales, const tb_problem *problem, tb_weigh_fault *fault) {
  const tb_weight_order order = {.rounds = 1, .pairs = 1, .runs = 1};
  struct weighing w = {.scales = scales, .problem = problem, .order = &order, .fault = fault};
  struct pan *pan = &w.pan[TB_BASE];
  double seconds;
  pan->kernel = scales->kernel[TB_BASE];
  const bool ok = make_samples(&w) && make_tensors(&w) && supported(&w, TB_BASE) &&
                  prepare(&w, TB_BASE, &scales->slot[TB_BASE], 0) && make_workspace(&w) && side(&w, TB_BASE, &seconds) &&
                  tb_counted(pan->kernel, pan->plan, &pan->call) == TENBIN_OK;
  free_all(&w);
  return ok;
}
