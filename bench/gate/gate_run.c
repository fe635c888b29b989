/* One kernel of two builds on all layers: sizes, processes, verdicts.
 *
 * A process gives one value for each row, the median of its rounds, and no two values share a process. Where the loader puts
 * things is random in each process, so the spread of the values includes it, and the statistics assume no more (evidence.h).
 *
 * SPDX-License-Identifier: MIT */
#include "clock.h"
#include "evidence.h"
#include "gate.h"
#include "proxy.h"
#include "quantile.h"
#include "rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SIDE_MIN 1e-4   /* seconds of a side */
#define SIDE_MAX 2.5e-4 /* of a side that is one run */
#define BLOCK 0.1       /* seconds of pairs in a row's block */
#define ROUNDS 4
#define PAIRS_MIN 4
#define RUNS_MAX 1000000
#define PATIENCE 10   /* seconds beyond twenty times what is expected */
#define WHOLE_RUNS 10 /* runs of both sides, the untimed ones included, when a whole layer is timed once */
#define WHOLE_SHARE 0.15
#define WHOLE_MARGIN 0.02 /* beyond the tolerance */

static bool start(tb_gate_run *c, tb_pairs *pairs, int first) {
  const tb_gate_options *o = c->options;
  const tb_pairs_setup setup = {.path = {o->path[TB_BASE], o->path[TB_CANDIDATE]},
                                .kernel = {c->kernel, c->kernel},
                                .first = first,
                                .apart = c->apart,
                                .record = c->record != NULL,
                                .threads = o->on.threads,
                                .extra = o->extra,
                                .seed = tb_rng(c->random)};
  c->processes++;
  return tb_pairs_start(pairs, &setup);
}

/* Closes a row that went wrong. */
static void close_row(tb_gate_row *row, const tb_pair_fault *fault) {
  const bool candidate = fault->side == TB_CANDIDATE;
  const char *side = fault->side == TB_BASE ? "base" : "host";
  snprintf(row->why, sizeof row->why, "the %s %s", candidate ? "candidate" : side, fault->why);
  row->verdict = candidate ? TB_BROKEN : TB_BASE_BROKEN;
  if (!fault->unsupported)
    return;
  snprintf(row->why, sizeof row->why, "%s", fault->why);
  row->verdict = candidate ? TB_LOST : TB_NEITHER;
}

static double expected(const tb_gate_row *row) {
  return 20 * row->last.seconds[TB_BASE] * row->schedule.runs * 4 * row->schedule.rounds * (row->schedule.pairs + 1);
}

/* Times a row in a process that is started anew where the last one died. False: *stop, or no process. */
static bool ask(tb_gate_run *c, tb_pairs *pairs, int first, tb_gate_row *row, const tb_pair_schedule *schedule,
                const char *descriptor, double patience, tb_pair_times *out, bool *ok) {
  tb_pair_fault fault;
  char prefix[TB_PAIRS_NAME + 100];
  *ok = false;
  if (pairs->child.pid <= 0 && !start(c, pairs, first))
    return false;
  const double from = tb_now();
  snprintf(prefix, sizeof prefix, "%s %s %g %d %d", c->kernel, row->layer->name, 100 * c->options->extra, c->processes, first);
  const tb_pairs_result result = tb_pairs_ask(pairs, schedule, descriptor, patience, c->stop, c->record, prefix, out, &fault);
  row->elapsed += tb_now() - from;
  if (result == TB_PAIRS_STOPPED)
    return false;
  *ok = result == TB_PAIRS_OK;
  if (!*ok)
    close_row(row, &fault);
  return true;
}

/* Asks the candidate if the base does not support a problem. */
static bool ask_new(tb_gate_run *c, tb_gate_row *row) {
  tb_gate_run swapped = *c;
  tb_gate_options o = *c->options;
  tb_pairs pairs = TB_PAIRS_NONE;
  tb_pair_times times;
  tb_gate_row *copy = malloc(sizeof *copy);
  bool ok;
  if (!copy)
    abort();
  *copy = *row;
  o.path[TB_BASE] = o.path[TB_CANDIDATE];
  swapped.options = &o;
  swapped.record = NULL;
  const bool going = ask(&swapped, &pairs, 0, copy, &(tb_pair_schedule){.rounds = 1, .pairs = 1, .runs = 1}, copy->measured,
                         PATIENCE, &times, &ok);
  tb_pairs_end(&pairs);
  if (going && ok) {
    row->verdict = TB_NEW;
    snprintf(row->why, sizeof row->why, "only the candidate supports it");
  }
  free(copy);
  return going;
}

/* Chooses the largest problem whose run is short enough, or else the smallest. The search goes upwards from the smallest, and
 * skips those that a kernel does not support, for example because it needs 16 channels. */
static bool choose(tb_gate_run *c, tb_pairs *pairs, tb_gate_row *row, const tb_case *proxy, int n, int *chosen) {
  bool going = true, fits = true;
  *chosen = -1;
  for (int i = n - 1; i >= 0 && going && fits && row->verdict == TB_OPEN; i--) {
    tb_pair_times times;
    bool ok;
    tb_case_print(&proxy[i], row->measured);
    going =
        ask(c, pairs, 0, row, &(tb_pair_schedule){.rounds = 1, .pairs = 3, .runs = 1}, row->measured, PATIENCE, &times, &ok);
    if (i > 0 && (row->verdict == TB_NEITHER || row->verdict == TB_LOST)) {
      row->verdict = TB_OPEN;
      *row->why = 0;
    }
    if (!going || !ok)
      continue;
    fits = times.seconds[TB_BASE] <= SIDE_MAX;
    if (fits || *chosen < 0) {
      *chosen = i;
      row->last = times;
    }
  }
  return going;
}

static bool size_row(tb_gate_run *c, tb_pairs *pairs, tb_gate_row *row) {
  tb_case *proxy = calloc(TB_PROXIES, sizeof *proxy);
  int chosen;
  if (!proxy)
    abort();
  const bool going = choose(c, pairs, row, proxy, tb_proxies(&row->layer->problem->c, proxy), &chosen);
  if (chosen >= 0 && row->verdict == TB_OPEN) {
    tb_case_print(&proxy[chosen], row->measured);
    row->proxy = chosen > 0;
    const double run = row->last.seconds[TB_BASE] > 1e-9 ? row->last.seconds[TB_BASE] : 1e-9;
    const double runs = ceil(SIDE_MIN / run), pairs_of = BLOCK / (4 * ROUNDS * run * runs);
    row->schedule = (tb_pair_schedule){.rounds = ROUNDS,
                                       .pairs = pairs_of > PAIRS_MIN ? (int)pairs_of : PAIRS_MIN,
                                       .runs = runs < RUNS_MAX ? (int)runs : RUNS_MAX};
  }
  free(proxy);
  return going && (row->verdict != TB_NEITHER || ask_new(c, row));
}

bool tb_gate_run_size(tb_gate_run *c) {
  tb_pairs pairs = TB_PAIRS_NONE;
  bool going = true;
  const double from = tb_now();
  for (int i = 0; i < c->rows && going; i++)
    going = size_row(c, &pairs, &c->row[i]);
  tb_pairs_end(&pairs);
  c->elapsed += tb_now() - from;
  return going;
}

bool tb_gate_timed(const tb_gate_row *row) {
  return row->verdict <= TB_UNDECIDED;
}

/* Of rows that are timed: Holm's procedure on the evidence against "median at most `threshold`", or at least. */
static void reject(const tb_gate_row *row, int rows, double threshold, bool below, double alpha, bool *out) {
  double *evidence = calloc((size_t)rows + 1, sizeof *evidence);
  bool *rejected = calloc((size_t)rows + 1, sizeof *rejected);
  int n = 0;
  if (!evidence || !rejected)
    abort();
  for (int i = 0; i < rows; i++)
    if (tb_gate_timed(&row[i]))
      evidence[n++] = tb_evidence(row[i].x, row[i].blocks, threshold, below);
  tb_holm(evidence, n, alpha, rejected);
  n = 0;
  for (int i = 0; i < rows; i++)
    out[i] = tb_gate_timed(&row[i]) && rejected[n++];
  free(evidence);
  free(rejected);
}

bool tb_gate_judge(tb_gate_row *row, int rows, double tolerance, double alpha) {
  const double slow = log1p(tolerance);
  bool *slower = calloc((size_t)rows + 1, sizeof *slower), *faster = calloc((size_t)rows + 1, sizeof *faster), more = false;
  if (!slower || !faster)
    abort();
  reject(row, rows, slow, false, alpha, slower);
  reject(row, rows, -slow, true, alpha, faster);
  for (int i = 0; i < rows; i++) {
    tb_gate_row *r = &row[i];
    if (!tb_gate_timed(r))
      continue;
    /* A run passes only if every row is fast enough, so this needs no correction over the rows. */
    const bool fast_enough = tb_evidence(r->x, r->blocks, slow, true) >= log(1 / alpha);
    r->verdict = fast_enough ? TB_NOT_SLOWER : TB_OPEN;
    if (slower[i] || faster[i])
      r->verdict = slower[i] ? TB_SLOWER : TB_FASTER;
    more = more || r->verdict == TB_OPEN;
  }
  free(slower);
  free(faster);
  return more;
}

static double median_of(const double *x, int n) {
  double *copy = malloc((size_t)(n > 0 ? n : 1) * sizeof *copy);
  if (!copy)
    abort();
  memcpy(copy, x, (size_t)n * sizeof *copy);
  const double median = n > 0 ? tb_median(copy, n) : 0;
  free(copy);
  return median;
}

/* Whether a row is timed again: it is open, or looks faster than it may yet be called. */
static bool wanted(const tb_gate_row *row, double tolerance, bool all) {
  if (!tb_gate_timed(row) || row->blocks == TB_BLOCKS)
    return false;
  if (all)
    return true;
  return row->verdict == TB_OPEN || (row->verdict == TB_NOT_SLOWER && median_of(row->x, row->blocks) < -log1p(tolerance));
}

static void keep(tb_gate_row *row, const tb_pair_times *times, int first) {
  const int i = row->blocks++;
  row->x[i] = times->log_ratio;
  row->candidate_first[i] = first == TB_CANDIDATE;
  row->base[i] = times->seconds[TB_BASE];
  row->address_effect[i] = times->address_effect;
  row->prepare[i] = log(times->prepare[TB_CANDIDATE] / times->prepare[TB_BASE]);
  row->base_prepare[i] = times->prepare[TB_BASE];
  row->last = *times;
}

static int shuffled(tb_gate_run *c, int *index, bool all) {
  int n = 0;
  for (int i = 0; i < c->rows; i++)
    if (wanted(&c->row[i], c->options->tolerance, all))
      index[n++] = i;
  for (int i = n - 1; i > 0; i--) {
    const int j = (int)(tb_rng(c->random) % (uint64_t)(i + 1)), kept = index[i];
    index[i] = index[j];
    index[j] = kept;
  }
  return n;
}

/* A process: one block of each row that needs one. */
static bool process(tb_gate_run *c, const int *index, int n, int first, double until) {
  tb_pairs pairs = TB_PAIRS_NONE;
  bool going = true;
  for (int i = 0; i < n && going && tb_now() < until; i++) {
    tb_gate_row *row = &c->row[index[i]];
    tb_pair_times times;
    bool ok;
    going = ask(c, &pairs, first, row, &row->schedule, row->measured, PATIENCE + expected(row), &times, &ok);
    if (going && ok)
      keep(row, &times, first);
  }
  tb_pairs_end(&pairs);
  return going;
}

bool tb_gate_run_time(tb_gate_run *c, double budget, bool all) {
  int *index = calloc((size_t)c->rows + 1, sizeof *index), first = 0, n;
  const double from = tb_now(), until = from + (all ? budget : (1 - WHOLE_SHARE) * budget - c->elapsed);
  bool going = index != NULL;
  for (int number = 0; going && (n = shuffled(c, index, all)) > 0 && tb_now() < until; number++) {
    /* The orders of loading come in pairs: a random one, and then the other. */
    first = number % 2 ? !first : tb_rng_bit(c->random);
    going = process(c, index, n, first, until);
    tb_gate_judge(c->row, c->rows, c->options->tolerance, c->options->alpha);
    int open = 0;
    for (int i = 0; i < c->rows; i++)
      open += c->row[i].verdict == TB_OPEN;
    tb_gate_progress(c, open, tb_now() - from);
  }
  free(index);
  c->elapsed += tb_now() - from;
  return going;
}

/* Estimated seconds of a run of the whole layer, by its work. */
static double whole_run(const tb_gate_row *row) {
  tb_case c;
  tb_error error;
  if (!tb_case_parse(row->measured, &c, &error))
    return 0;
  return row->last.seconds[TB_BASE] * (double)tb_case_work(&row->layer->problem->c) / (double)tb_case_work(&c);
}

static bool all_above(const double *x, int n, double threshold) {
  for (int i = 0; i < n; i++)
    if (x[i] <= threshold)
      return false;
  return n > 0;
}

/* Times a whole layer a few times, if `left` seconds suffice, and a few times more if all of these were slower than the
 * smaller problem was. */
static bool time_whole(tb_gate_run *c, tb_pairs *pairs, tb_gate_row *row, double left) {
  const double run = whole_run(row), slow = log1p(c->options->tolerance) + WHOLE_MARGIN;
  int wanted = run > 0.1 ? 1 : run > 0.03 ? 3 : 5;
  if (wanted * WHOLE_RUNS * run > left)
    wanted = 0;
  bool going = true, ok = true;
  while (row->wholes < wanted && going && ok) {
    tb_pair_times times;
    const tb_gate_verdict verdict = row->verdict;
    going = ask(c, pairs, 0, row, &(tb_pair_schedule){.rounds = 1, .pairs = 1, .runs = 1}, row->layer->problem->text,
                PATIENCE + 400 * run, &times, &ok);
    if (!going || !ok)
      break;
    row->verdict = verdict;
    row->whole[row->wholes++] = times.log_ratio;
    if (row->wholes == wanted && wanted > 1 && wanted < TB_WHOLES && all_above(row->whole, row->wholes, slow))
      wanted = TB_WHOLES;
  }
  if (row->wholes == TB_WHOLES && all_above(row->whole, row->wholes, slow) && row->verdict < TB_SLOWER) {
    row->verdict = TB_UNDECIDED;
    snprintf(row->why, sizeof row->why,
             "the whole layer was slower %d times of %d, by %.1f %% in the median, and the smaller problem was not: time it "
             "alone with --layer and a larger --budget",
             row->wholes, row->wholes, 100 * expm1(median_of(row->whole, row->wholes)));
  }
  return going;
}

static int slower_in(const tb_gate_row *row, double tolerance) {
  const double slow = log1p(tolerance);
  int above = 0;
  for (int i = 0; i < row->blocks; i++)
    above += row->x[i] > slow;
  return above;
}

static void report_missing(tb_gate_row *row, double tolerance, double alpha, int rows) {
  const int above = slower_in(row, tolerance);
  const int below = row->blocks - above;
  const double more =
      above > below ? tb_more(row->blocks, above, log(rows / alpha)) : tb_more(row->blocks, below, log(1 / alpha));
  row->verdict = TB_UNDECIDED;
  if (row->blocks == 0)
    snprintf(row->why, sizeof row->why, "the budget was spent before it was timed");
  else if (more <= 0 || more > 50.0 * row->blocks)
    snprintf(row->why, sizeof row->why, "%d of %d processes saw it slower than the tolerance: no time would decide this", above,
             row->blocks);
  else
    snprintf(row->why, sizeof row->why,
             "%d of %d processes saw it slower than the tolerance: about %.0f more would decide, %.0f s", above, row->blocks,
             ceil(more), ceil(more) * row->elapsed / row->blocks);
}

void tb_gate_run_abandon(tb_gate_run *c, const char *why) {
  for (int i = 0; i < c->rows; i++) {
    tb_gate_row *row = &c->row[i];
    if (row->verdict != TB_OPEN)
      continue;
    row->verdict = TB_UNDECIDED;
    if (row->blocks == 0)
      snprintf(row->why, sizeof row->why, "%s before it was timed", why);
    else
      snprintf(row->why, sizeof row->why, "%s when %d of %d processes had seen it slower than the tolerance", why,
               slower_in(row, c->options->tolerance), row->blocks);
  }
}

bool tb_gate_run_close(tb_gate_run *c) {
  tb_pairs pairs = TB_PAIRS_NONE;
  const double from = tb_now();
  bool going = true;
  for (int i = 0; i < c->rows && going; i++)
    if (c->row[i].proxy && tb_gate_timed(&c->row[i]))
      going = time_whole(c, &pairs, &c->row[i], c->options->budget - c->elapsed - (tb_now() - from));
  tb_pairs_end(&pairs);
  for (int i = 0; i < c->rows; i++)
    if (c->row[i].verdict == TB_OPEN)
      report_missing(&c->row[i], c->options->tolerance, c->options->alpha, c->rows);
  c->elapsed += tb_now() - from;
  return going;
}
