/* Floors for readers.
 *
 * SPDX-License-Identifier: MIT */
#include "floor.h"
#include "seconds.h"

#include <stdio.h>

void tb_floor_notes(int threads, bool cold) {
  char on[40] = "as many threads as a row has";
  if (threads > 0)
    snprintf(on, sizeof on, "%d thread%s", threads, threads == 1 ? "" : "s");
  printf("\nfloor: what this machine allows a layer at best on %s. The longer of two times: of the operations that\n"
         "land inside the output, at the FMA peak; and of the bytes, all inputs read once and all outputs written\n"
         "once, at the bandwidth %s. Both are measured again\n"
         "before and after the kernels of each layer, and the better one counts.\n",
         on, cold ? "of the memory, since caches are cold" : "that a set of this size has in the first level that holds it");
}

static void print_amount(double amount, const char *unit) {
  static const char prefix[] = " kMGT";
  int i = 0;
  for (; i < 4 && amount >= 999.95; i++)
    amount /= 1000;
  printf("%.4g %.*s%s", amount, i > 0, prefix + i, unit);
}

static void print_rate(const char *before, double rate) {
  if (rate > 0)
    printf("%s %.1f", before, 1e-9 * rate);
}

void tb_floor_print(const tb_floor *f, bool one_of_several) {
  char text[TB_SECONDS];
  tb_seconds(f->seconds, text);
  printf("floor %s", text);
  if (one_of_several)
    printf(" on %d thread%s", f->threads, f->threads == 1 ? "" : "s");
  printf(", %s: ", f->limit);
  if (f->limit != f->level_name) {
    print_amount(f->work.flops, "FLOP");
    printf(" at %.1f GFLOP/s\n", 1e-9 * f->peak);
    return;
  }
  if (f->work.in > 0) {
    print_amount(f->work.in, "B");
    printf(" in and ");
  }
  print_amount(f->work.out, "B");
  print_rate(" out; read", f->bandwidth[TB_READ]);
  print_rate(f->work.in > 0 ? ", write" : " out; write", tb_floor_write(f));
  print_rate(", copy", f->bandwidth[TB_COPY]);
  printf(" GB/s\n");
}
