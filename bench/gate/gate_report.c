/* What a gate found: as a table, as CSV, as Markdown, as TAP.
 *
 * SPDX-License-Identifier: MIT */
#include "evidence.h"
#include "gate.h"
#include "outfile.h"
#include "quantile.h"
#include "seconds.h"
#include "tap.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LEVEL 0.95
#define SCHEMA "tenbin-gate-1"

const char *tb_gate_verdict_name(tb_gate_verdict verdict) {
  static const char *const name[] = {"open",   "not slower", "faster",          "slower", "undecided",
                                     "failed", "no base",    "unsupported now", "new",    "unsupported"};
  return name[verdict];
}

int tb_gate_code(const tb_gate_row *row, int rows) {
  bool bad = false, open = false, timed = false;
  for (int i = 0; i < rows; i++) {
    const tb_gate_verdict v = row[i].verdict;
    bad = bad || v == TB_SLOWER || v == TB_BROKEN || v == TB_LOST;
    open = open || v == TB_UNDECIDED || v == TB_BASE_BROKEN || v == TB_OPEN;
    timed = timed || v == TB_NOT_SLOWER || v == TB_FASTER;
  }
  return bad ? TB_EXIT_NONCONFORMING : open || !timed ? TB_EXIT_UNDECIDED : TB_EXIT_OK;
}

static double median_of(const double *x, int n, double *scratch) {
  memcpy(scratch, x, (size_t)n * sizeof *x);
  return n > 0 ? tb_median(scratch, n) : 0;
}

/* Half the difference between the medians of the two orders of loading, or 0. It counts if a sign test against the common
 * median gives a two-sided p-value below 1e-4 for either order. */
static double order_bias(const tb_gate_row *row, double median, double *scratch) {
  double side[2];
  bool clear = true;
  for (int first = 0; first < 2; first++) {
    int n = 0, above = 0;
    for (int i = 0; i < row->blocks; i++)
      if (row->candidate_first[i] == (first == 1)) {
        above += row->x[i] > median;
        scratch[n++] = row->x[i];
      }
    if (n == 0)
      return 0;
    const int most = above > n - above ? above : n - above;
    clear = clear && (n - most) * 10 <= n && n >= 7;
    side[first] = tb_median(scratch, n);
  }
  return clear ? (side[1] - side[0]) / 2 : 0;
}

tb_gate_summary tb_gate_summarize(const tb_gate_row *row) {
  static double scratch[TB_BLOCKS];
  tb_gate_summary s = {.low = -INFINITY, .high = INFINITY};
  const int n = row->blocks;
  s.base = median_of(row->base, n, scratch);
  s.address_effect = median_of(row->address_effect, n, scratch);
  s.base_prepare = median_of(row->base_prepare, n, scratch);
  s.prepare = median_of(row->prepare, n, scratch);
  tb_interval(scratch, n, LEVEL, &s.prepare_low, &s.prepare_high);
  s.whole = median_of(row->whole, row->wholes, scratch);
  tb_interval(scratch, row->wholes, LEVEL, &s.whole_low, &s.whole_high);
  s.ratio = median_of(row->x, n, scratch);
  tb_interval(scratch, n, LEVEL, &s.low, &s.high);
  s.order_bias = order_bias(row, s.ratio, scratch);
  return s;
}

static double percent(double log_ratio) {
  return 100 * expm1(log_ratio);
}

/* Without a sign before what rounds to zero. */
static double printed_percent(double log_ratio) {
  const double p = percent(log_ratio);
  return fabs(p) < 0.005 ? 0 : p;
}

/* The change and its interval. Too few values have no interval, and their median means nothing. */
static void change_text(const tb_gate_summary *s, char change[16], char interval[40]) {
  snprintf(change, 16, "-");
  snprintf(interval, 40, "-");
  if (!isfinite(s->low))
    return;
  snprintf(change, 16, "%+.2f %%", printed_percent(s->ratio));
  snprintf(interval, 40, "%+.2f .. %+.2f %%", printed_percent(s->low), printed_percent(s->high));
}

/* What else is reported of a row, a line each. */
static void second_lines(FILE *f, const char *prefix, const tb_gate_row *row, const tb_gate_summary *s) {
  const tb_pair_times *times = &row->last;
  if (*row->why)
    fprintf(f, "%s    %s\n", prefix, row->why);
  if (row->blocks == 0)
    return;
  if (s->order_bias != 0)
    fprintf(
        f, "%s    %+.2f %% where the candidate was loaded first, %+.2f %% where the base was: a bias of the order, no change\n",
        prefix, percent(s->ratio + s->order_bias), percent(s->ratio - s->order_bias));
  if (s->prepare_low > log(1.1) || s->prepare_high < -log(1.1))
    fprintf(f, "%s    prepare takes %.3g us, and took %.3g us\n", prefix, 1e6 * s->base_prepare * exp(s->prepare),
            1e6 * s->base_prepare);
  if (times->plan[0] != times->plan[1] || times->peak[0] != times->peak[1] || times->workspace[0] != times->workspace[1])
    fprintf(f, "%s    memory: plan %zu bytes, and was %zu; at most %zu in prepare, and was %zu; workspace %zu, and was %zu\n",
            prefix, times->plan[1], times->plan[0], times->peak[1], times->peak[0], times->workspace[1], times->workspace[0]);
  const double was = row->instructions[TB_BASE], now = row->instructions[TB_CANDIDATE];
  if (was > 0 && now > 0)
    fprintf(f, "%s    %.0f instructions a run, and were %.0f (%+.3f %%)\n", prefix, now, was, 100 * (now / was - 1));
  if (times->differing > 0)
    fprintf(f, "%s    the answers differ in %" PRId64 " of %" PRId64 " elements\n", prefix, times->differing, times->elements);
}

static int width_of(const tb_gate_row *row, int rows, bool kernel) {
  int width = kernel ? 6 : 5;
  for (int i = 0; i < rows; i++) {
    const int length = (int)strlen(kernel ? row[i].kernel : row[i].layer->name);
    width = length > width ? length : width;
  }
  return width;
}

/* The smaller problem, without the operator's name and the fill. The layer's own figure is given only with an interval: a few
 * single pairs mean nothing. */
static void measured_text(const tb_gate_row *row, const tb_gate_summary *s, char *out, size_t size) {
  const char *from = strchr(row->measured, ' '), *to = strstr(row->measured, " fill=");
  from = from ? from + 1 : row->measured;
  const int length = to > from ? (int)(to - from) : (int)strlen(from);
  if (!row->proxy)
    snprintf(out, size, "the layer");
  else if (isfinite(s->whole_low))
    snprintf(out, size, "%.*s; the layer %+.1f %%, %+.1f .. %+.1f %%", length, from, percent(s->whole), percent(s->whole_low),
             percent(s->whole_high));
  else if (row->wholes > 0)
    snprintf(out, size, "%.*s; %d times on the layer", length, from, row->wholes);
  else
    snprintf(out, size, "%.*s", length, from);
}

void tb_gate_table(FILE *f, const char *prefix, const tb_gate_row *row, int rows) {
  const int kernel = width_of(row, rows, true), layer = width_of(row, rows, false);
  fprintf(f, "%s%-*s  %-*s  %-11s  %9s  %-20s  %9s  %5s  %s\n", prefix, kernel, "kernel", layer, "layer", "verdict", "change",
          "95 % interval", "base", "n", "measured on");
  for (int i = 0; i < rows; i++) {
    const tb_gate_summary s = tb_gate_summarize(&row[i]);
    char base[TB_SECONDS], change[16], interval[40], measured[TB_TEXT_MAX + 64];
    fprintf(f, "%s%-*s  %-*s  %-11s", prefix, kernel, row[i].kernel, layer, row[i].layer->name,
            tb_gate_verdict_name(row[i].verdict));
    if (row[i].blocks > 0) {
      tb_seconds(s.base, base);
      change_text(&s, change, interval);
      measured_text(&row[i], &s, measured, sizeof measured);
      fprintf(f, "  %9s  %-20s  %9s  %5d  %s", change, interval, base, row[i].blocks, measured);
    }
    fputc('\n', f);
    second_lines(f, prefix, &row[i], &s);
  }
}

const char tb_gate_csv_header[] =
    "schema,time,machine,cores,os,tenbin,base,candidate,kernel,layer,descriptor,measured,threads,tolerance_percent,"
    "alpha_percent,verdict,why,change_percent,low_percent,high_percent,processes,base_s,placement_percent,order_bias_percent,"
    "whole_percent,wholes,base_prepare_s,candidate_prepare_s,base_plan_bytes,candidate_plan_bytes,base_peak_bytes,"
    "candidate_peak_bytes,base_workspace_bytes,candidate_workspace_bytes,differing_elements,base_instructions,candidate_"
    "instructions,seconds";

static void add_subject(tb_csv *csv, const tb_gate_options *o, const tb_machine *machine, const tb_gate_row *r) {
  const char *const before[] = {SCHEMA, machine->time, machine->cpu};
  const char *const after[] = {machine->os, TENBIN_VERSION, o->path[TB_BASE],        o->path[TB_CANDIDATE],
                               r->kernel,   r->layer->name, r->layer->problem->text, r->measured};
  tb_csv_texts(csv, before, sizeof before / sizeof *before);
  tb_csv_integer(csv, machine->cores);
  tb_csv_texts(csv, after, sizeof after / sizeof *after);
  tb_csv_integer(csv, o->on.threads);
  tb_csv_number(csv, 100 * o->tolerance);
  tb_csv_number(csv, 100 * o->alpha);
}

static void add_verdict(tb_csv *csv, const tb_gate_row *r, const tb_gate_summary *s) {
  const bool any = r->blocks > 0;
  tb_csv_text(csv, tb_gate_verdict_name(r->verdict));
  tb_csv_text(csv, r->why);
  tb_csv_number_if(csv, isfinite(s->low), percent(s->ratio));
  tb_csv_number_if(csv, isfinite(s->low), percent(s->low));
  tb_csv_number_if(csv, isfinite(s->high), percent(s->high));
  tb_csv_integer(csv, r->blocks);
  tb_csv_number_if(csv, any, s->base);
  tb_csv_number_if(csv, any, percent(s->address_effect));
  tb_csv_number_if(csv, any, percent(s->order_bias));
  tb_csv_number_if(csv, isfinite(s->whole_low), percent(s->whole));
  tb_csv_integer(csv, r->wholes);
  tb_csv_number_if(csv, any, s->base_prepare);
  tb_csv_number_if(csv, any, s->base_prepare * exp(s->prepare));
}

void tb_gate_csv(tb_csv *csv, const tb_gate_options *o, const tb_machine *machine, const tb_gate_row *row, int rows) {
  for (int i = 0; i < rows; i++) {
    const tb_gate_row *r = &row[i];
    const tb_gate_summary s = tb_gate_summarize(r);
    const bool any = r->blocks > 0;
    add_subject(csv, o, machine, r);
    add_verdict(csv, r, &s);
    const size_t bytes[] = {r->last.plan[0], r->last.plan[1],      r->last.peak[0],
                            r->last.peak[1], r->last.workspace[0], r->last.workspace[1]};
    for (size_t b = 0; b < sizeof bytes / sizeof *bytes; b++)
      tb_csv_number_if(csv, any, (double)bytes[b]);
    tb_csv_number_if(csv, any, (double)r->last.differing);
    for (int side = 0; side < TB_SIDES; side++)
      tb_csv_number_if(csv, r->instructions[side] > 0, r->instructions[side]);
    tb_csv_number(csv, r->elapsed);
    tb_csv_end_row(csv);
  }
}

void tb_gate_markdown(FILE *f, const tb_gate_options *o, const tb_machine *machine, const tb_gate_row *row, int rows,
                      const char *notes) {
  static const char *const mark[] = {
      [TB_OPEN] = "❔",   [TB_NOT_SLOWER] = "✅",  [TB_FASTER] = "🚀", [TB_SLOWER] = "❌", [TB_UNDECIDED] = "❔",
      [TB_BROKEN] = "❌", [TB_BASE_BROKEN] = "❔", [TB_LOST] = "❌",   [TB_NEW] = "➕",    [TB_NEITHER] = "➖"};
  fprintf(f, "### tenbin gate: %s against %s\n\n", o->path[TB_CANDIDATE], o->path[TB_BASE]);
  fputs("| kernel | layer | verdict | change | 95 % interval | base | processes |\n|---|---|---|---:|---|---:|---:|\n", f);
  for (int i = 0; i < rows; i++) {
    const tb_gate_summary s = tb_gate_summarize(&row[i]);
    char base[TB_SECONDS], change[16], interval[40];
    fprintf(f, "| %s | %s | %s %s |", row[i].kernel, row[i].layer->name, mark[row[i].verdict],
            tb_gate_verdict_name(row[i].verdict));
    tb_seconds(s.base, base);
    change_text(&s, change, interval);
    if (row[i].blocks > 0)
      fprintf(f, " %s | %s | %s | %d |\n", change, interval, base, row[i].blocks);
    else
      fprintf(f, " | %s | | |\n", row[i].why);
  }
  fprintf(f, "\nTolerance %g %%, false alarms at most %g %% of all runs, %d thread%s. %s, %s, tenbin %s, %s.\n",
          100 * o->tolerance, 100 * o->alpha, o->on.threads, o->on.threads == 1 ? "" : "s", machine->cpu, machine->os,
          TENBIN_VERSION, machine->time);
  for (int i = 0; i < rows; i++)
    if (*row[i].why && row[i].blocks > 0)
      fprintf(f, "- %s, %s: %s\n", row[i].kernel, row[i].layer->name, row[i].why);
  for (const char *line = notes; *line; line += strcspn(line, "\n") + 1)
    fprintf(f, "- %.*s\n", (int)strcspn(line, "\n"), line);
}

void tb_gate_tap(tb_tap *tap, const tb_gate_row *row, int rows) {
  for (int i = 0; i < rows; i++) {
    const tb_gate_verdict v = row[i].verdict;
    const tb_gate_summary s = tb_gate_summarize(&row[i]);
    char name[400], skip[400];
    snprintf(name, sizeof name, "%s on %s: %s", row[i].kernel, row[i].layer->name, tb_gate_verdict_name(v));
    snprintf(skip, sizeof skip, "SKIP %s", row[i].why);
    const bool ok = v == TB_NOT_SLOWER || v == TB_FASTER || v == TB_NEW || v == TB_NEITHER;
    tb_tap_point(tap, ok, name, v == TB_NEW || v == TB_NEITHER ? skip : NULL);
    if (ok)
      continue;
    tb_tap_yaml_begin(tap);
    if (*row[i].why)
      tb_tap_yaml(tap, "why", "%s", row[i].why);
    if (row[i].blocks > 0) {
      char change[16], interval[40];
      change_text(&s, change, interval);
      tb_tap_yaml(tap, "change", "%s", change);
      tb_tap_yaml(tap, "interval", "%s, 95 %%", interval);
      tb_tap_yaml(tap, "measured", "%s", row[i].measured);
    }
    tb_tap_yaml_end(tap);
  }
  tb_tap_finish(tap);
}

void tb_gate_progress(const tb_gate_run *c, int open, double seconds) {
  const bool terminal = isatty(STDERR_FILENO);
  int most = 0;
  for (int i = 0; i < c->rows; i++)
    most = c->row[i].blocks > most ? c->row[i].blocks : most;
  if (!terminal && most % 5 != 0)
    return;
  fprintf(stderr, "%stenbin gate: %s: %d of %d rows are decided by %d processes, %.0f of %.0f s%s", terminal ? "\r\033[K" : "",
          c->kernel, c->rows - open, c->rows, most, seconds, c->options->budget, terminal ? "" : "\n");
  fflush(stderr);
}
