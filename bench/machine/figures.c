/* Peaks and bandwidths as a table.
 *
 * SPDX-License-Identifier: MIT */
#include "figures.h"

#include <stdio.h>
#include <stdlib.h>

const char *tb_traffic_name(tb_traffic traffic) {
  static const char *const name[TB_TRAFFICS] = {"read", "write", "copy", "nt-write"};
  return name[traffic];
}

void tb_size(size_t bytes, char out[TB_SIZE]) {
  if (bytes >= (size_t)10 << 20)
    snprintf(out, TB_SIZE, "%zu MiB", bytes >> 20);
  else
    snprintf(out, TB_SIZE, "%zu KiB", bytes >> 10);
}

void tb_figures_caches(const tb_meter *meter) {
  const tb_caches *caches = tb_meter_caches(meter);
  printf("caches     ");
  for (int i = 0; i < caches->levels; i++) {
    char size[TB_SIZE];
    tb_size(caches->level[i].bytes, size);
    printf("%s%s %s", i > 0 ? ", " : "", tb_meter_level_name(meter, i), size);
    if (caches->level[i].sharers > 1)
      printf(" for %d cores", caches->level[i].sharers);
  }
  printf(" (%s)\n", caches->source);
}

static void print_level(tb_meter *meter, int level, int threads, double seconds, double bandwidth[TB_TRAFFICS]) {
  char size[TB_SIZE];
  const size_t set = tb_meter_set(meter, level, threads);
  tb_size(set, size);
  printf("  %-8s  %8s", tb_meter_level_name(meter, level), size);
  for (int i = 0; i < TB_TRAFFICS; i++) {
    bandwidth[i] = tb_meter_bandwidth(meter, level, set, (tb_traffic)i, threads, seconds);
    printf("  %8.2f", 1e-9 * bandwidth[i]);
    fflush(stdout);
  }
  putchar('\n');
}

bool tb_figures_measure(tb_meter *meter, int threads, double seconds, const volatile sig_atomic_t *stop, tb_figures *out) {
  *out = (tb_figures){.threads = threads};
  printf("\n%d thread%s\n  %-8s  %8s\n", threads, threads == 1 ? "" : "s", "FMA peak", "GFLOP/s");
  for (int i = 0; i < TB_ISAS && i <= (int)tb_meter_isa(meter) && !*stop; i++) {
    out->peak[i] = tb_meter_peak(meter, (tb_isa)i, threads, seconds);
    printf("  %-8s  %8.2f\n", tb_isa_name((tb_isa)i), 1e-9 * out->peak[i]);
  }
  if (*stop)
    return false;
  printf("  %-8s  %8s", "GB/s", "set");
  for (int i = 0; i < TB_TRAFFICS; i++)
    printf("  %8s", tb_traffic_name((tb_traffic)i));
  putchar('\n');
  for (int i = 0; i <= tb_meter_memory(meter) && !*stop && !ferror(stdout); i++)
    print_level(meter, i, threads, seconds, out->bandwidth[i]);
  return !*stop;
}

void tb_figures_notes(void) {
  fputs(
      "\nFMA peak: f32, a multiply-add is two operations; portable is what the compiler takes for granted, which on x86-64 is\n"
      "SSE2, without FMA. GB/s: 10^9 bytes read, written, or both (copy, as STREAM counts) a second, without the reads for\n"
      "ownership that plain writes cause; nt-write bypasses the caches. set: bytes that each thread goes over again and\n"
      "again, in memory those that all walk through. Each figure is the best of many repetitions.\n",
      stdout);
  const char *wanted = getenv("TENBIN_ISA");
  if (wanted && *wanted)
    printf("TENBIN_ISA=%s: no instruction set beyond it is measured.\n", wanted);
}

tb_isa tb_figures_best(const tb_figures *figures) {
  int best = 0;
  for (int i = 1; i < TB_ISAS; i++)
    if (figures->peak[i] > figures->peak[best])
      best = i;
  return (tb_isa)best;
}
