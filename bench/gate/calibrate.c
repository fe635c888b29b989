/* tenbin gate --calibrate: how often this gate errs, on this machine, now.
 *
 * The base is timed against a copy of itself, and against itself with real extra work, each for the budget. That gives some
 * dozens of values a row, one of each process, as a run of the gate would see them. Runs of the gate are then drawn from these
 * with replacement, thousands of them, and judged as a run is judged: row by row until it is decided or the budget is spent.
 *
 * SPDX-License-Identifier: MIT */
#include "evidence.h"
#include "gate.h"
#include "outfile.h"
#include "quantile.h"
#include "rng.h"

#include <math.h>
#include <stdlib.h>

#define RUNS 10000
#define SCHEMA "tenbin-gate-calibration-1"

static const double extra[] = {0, 0.005, 0.01, 0.02, 0.05};
#define EXTRAS ((int)(sizeof extra / sizeof *extra))

/* How runs are drawn: from the values as they were; with random labels, where it is also drawn which side was the base, which
 * changes nothing if both are the same; and with random labels and a tolerance of 0: then the truth is the boundary itself, and
 * a share alpha of all runs may alarm. */
typedef enum drawing { AS_TIMED, LABELS, BOUNDARY, DRAWINGS } drawing;

/* What runs drawn from the rows' values came to. */
struct outcome {
  int rows, runs;
  int64_t slower, passed, undecided, covered; /* rows of all runs */
  int alarms;                                 /* runs with a row that is slower */
  int *found;                                 /* of each row, runs in which it is slower */
  double seconds;                             /* of all runs */
};

/* A row of a drawn run. */
struct drawn {
  const tb_gate_row *row;
  int blocks;
  double x[TB_BLOCKS], cost;
  int above, below; /* of the tolerance */
  double slower, passed;
  bool open;
};

static void draw(struct drawn *d, double slow, bool labels, uint64_t *random) {
  const double drawn = d->row->x[tb_rng(random) % (uint64_t)d->row->blocks];
  const double x = labels && tb_rng_bit(random) ? -drawn : drawn;
  d->x[d->blocks++] = x;
  d->above += x > slow;
  d->below += x < slow;
  const double slower = tb_wealth(d->blocks, d->above), passed = tb_wealth(d->blocks, d->below);
  d->slower = slower > d->slower ? slower : d->slower;
  d->passed = passed > d->passed ? passed : d->passed;
}

/* One run of the gate; verdicts in d[].slower and d[].open. */
static double run(struct drawn *d, int rows, const tb_gate_options *o, drawing how, bool *rejected, double *evidence,
                  uint64_t *random) {
  const double slow = how == BOUNDARY ? 0 : log1p(o->tolerance);
  double elapsed = 0;
  for (bool going = true; going;) {
    going = false;
    for (int i = 0; i < rows; i++)
      if (d[i].open && d[i].blocks < TB_BLOCKS && elapsed < o->budget) {
        draw(&d[i], slow, how != AS_TIMED, random);
        elapsed += d[i].cost;
        going = true;
      }
    for (int i = 0; i < rows; i++)
      evidence[i] = d[i].slower;
    tb_holm(evidence, rows, o->alpha, rejected);
    for (int i = 0; i < rows; i++)
      d[i].open = !rejected[i] && d[i].passed < log(1 / o->alpha);
  }
  return elapsed;
}

static struct outcome *simulate(const tb_gate_run *c, double truth, drawing how) {
  struct outcome *out = calloc(1, sizeof *out);
  struct drawn *d = calloc((size_t)c->rows + 1, sizeof *d);
  bool *rejected = calloc((size_t)c->rows + 1, sizeof *rejected);
  double *evidence = calloc((size_t)c->rows + 1, sizeof *evidence);
  int *index = calloc((size_t)c->rows + 1, sizeof *index);
  if (!out || !d || !rejected || !evidence || !index || !(out->found = calloc((size_t)c->rows + 1, sizeof *out->found)))
    abort();
  for (int i = 0; i < c->rows; i++)
    if (c->row[i].blocks > 0)
      index[out->rows++] = i;
  for (out->runs = 0; out->runs < RUNS && !*c->stop; out->runs++) {
    bool alarm = false;
    for (int i = 0; i < out->rows; i++) {
      const tb_gate_row *row = &c->row[index[i]];
      d[i].row = row;
      d[i].cost = row->elapsed / row->blocks;
      d[i].blocks = d[i].above = d[i].below = 0;
      d[i].slower = d[i].passed = 0;
      d[i].open = true;
    }
    out->seconds += run(d, out->rows, c->options, how, rejected, evidence, c->random);
    for (int i = 0; i < out->rows; i++) {
      double low, high;
      tb_sort(d[i].x, d[i].blocks);
      tb_interval(d[i].x, d[i].blocks, 0.95, &low, &high);
      out->covered += low <= truth && truth <= high;
      out->slower += rejected[i];
      out->found[index[i]] += rejected[i];
      out->undecided += d[i].open;
      out->passed += !rejected[i] && !d[i].open;
      alarm = alarm || rejected[i];
    }
    out->alarms += alarm;
  }
  free(d);
  free(rejected);
  free(evidence);
  free(index);
  return out;
}

static double share(int64_t n, int64_t of) {
  return of > 0 ? 100.0 * (double)n / (double)of : 0;
}

static void print_outcome(const tb_gate_run *c, const struct outcome *o, double truth, drawing how, int least_blocks) {
  const int64_t all = (int64_t)o->rows * o->runs;
  int worst = -1;
  for (int i = 0; i < c->rows; i++)
    if (c->row[i].blocks > 0 && (worst < 0 || o->found[i] < o->found[worst]))
      worst = i;
  printf("%6.2f %%  %8.3f %%  %8.3f %%  %8.3f %%  %8.2f %%  %8.3f %%  %7.0f s  %6d", 100 * truth, share(o->slower, all),
         share(o->passed, all), share(o->undecided, all), share(o->alarms, o->runs), share(o->covered, all),
         o->runs > 0 ? o->seconds / o->runs : 0, least_blocks);
  if (worst >= 0 && truth > c->options->tolerance)
    printf("  %s %.2f %%", c->row[worst].layer->name, share(o->found[worst], o->runs));
  puts(how == BOUNDARY ? "  random labels, tolerance 0" : how == LABELS ? "  random labels" : "");
  fflush(stdout);
}

const char tb_calibration_csv_header[] =
    "schema,time,machine,base,kernel,layer,measured,extra_percent,tolerance_percent,alpha_percent,budget_s,processes,"
    "change_percent,low_percent,high_percent,found_percent,alarms_percent";

static void save(tb_csv *csv, const tb_gate_run *c, const struct outcome *o, const tb_machine *machine, double truth) {
  for (int i = 0; i < c->rows; i++) {
    const tb_gate_row *r = &c->row[i];
    const tb_gate_summary s = tb_gate_summarize(r);
    const char *const text[] = {SCHEMA,    machine->time,  machine->cpu, c->options->path[TB_BASE],
                                c->kernel, r->layer->name, r->measured};
    const double before[] = {100 * truth, 100 * c->options->tolerance, 100 * c->options->alpha, c->options->budget};
    const double after[] = {100 * expm1(s.ratio), 100 * expm1(s.low), 100 * expm1(s.high), share(o->found[i], o->runs),
                            share(o->alarms, o->runs)};
    if (r->blocks == 0)
      continue;
    tb_csv_texts(csv, text, sizeof text / sizeof *text);
    for (size_t n = 0; n < sizeof before / sizeof *before; n++)
      tb_csv_number(csv, before[n]);
    tb_csv_integer(csv, r->blocks);
    for (size_t n = 0; n < sizeof after / sizeof *after; n++)
      tb_csv_number(csv, after[n]);
    tb_csv_end_row(csv);
  }
}

/* The values of one share of extra work. */
static bool time_all(tb_gate_run *c, tb_gate_options *o, double truth) {
  o->extra = truth;
  c->options = o;
  for (int i = 0; i < c->rows; i++) {
    c->row[i].blocks = 0;
    c->row[i].elapsed = 0;
    if (c->row[i].verdict <= TB_UNDECIDED)
      c->row[i].verdict = TB_OPEN;
  }
  return tb_gate_run_time(c, o->budget, true);
}

/* False: interrupted, or standard output cannot be written; what is not finished is not printed. */
static bool calibrate(tb_gate_run *c, tb_csv *csv, const tb_machine *machine) {
  tb_gate_options o = *c->options;
  printf("%s, %d rows: %d runs of the gate drawn from the values of real processes\n\n", c->kernel, c->rows, RUNS);
  printf("%8s  %10s  %10s  %10s  %10s  %10s  %9s  %6s  %s\n", "extra", "slower", "not slower", "undecided", "alarms", "covered",
         "a run", "values", "hardest row, found");
  bool going = tb_gate_run_size(c);
  for (int e = 0; e < EXTRAS && going; e++) {
    int least = TB_BLOCKS;
    going = time_all(c, &o, extra[e]);
    for (int i = 0; i < c->rows; i++)
      if (c->row[i].blocks > 0 && c->row[i].blocks < least)
        least = c->row[i].blocks;
    for (drawing how = AS_TIMED; how < (extra[e] == 0 ? DRAWINGS : LABELS) && going; how++) {
      struct outcome *outcome = simulate(c, log1p(extra[e]), how);
      going = !*c->stop;
      if (going)
        print_outcome(c, outcome, extra[e], how, least);
      if (going && csv && how == AS_TIMED)
        save(csv, c, outcome, machine, extra[e]);
      going = going && !ferror(stdout);
      free(outcome->found);
      free(outcome);
    }
  }
  putchar('\n');
  return going;
}

int tb_gate_calibrate(tb_gate_run *run, int runs, tb_csv *csv, const tb_machine *machine) {
  for (int i = 0; i < runs; i++)
    if (!calibrate(&run[i], csv, machine))
      break;
  puts("slower, not slower, undecided: shares of all rows of all runs.\n"
       "alarms: share of runs with a row that is called slower; without extra work, false alarms.\n"
       "random labels: it is also drawn which side was the base; with a tolerance of 0 the truth is the\n"
       "boundary, and as many runs as alpha says may alarm.\n"
       "covered: rows whose interval of 95 % holds the extra work. a run: its seconds.\n"
       "values: of the row that has fewest, from as many processes.\n"
       "These figures are of this machine and this hour alone.");
  return TB_EXIT_OK;
}
