/* Work that takes time and does nothing.
 *
 * SPDX-License-Identifier: MIT */
#include "burn.h"
#include "clock.h"
#include "quantile.h"

void tb_burn(int64_t steps) {
  double x = 1;
  for (int64_t i = 0; i < steps; i++) {
    x = x * 0.5 + 0.5;
    __asm__ volatile("" : "+x"(x)); /* the compiler may not see that x stays 1 */
  }
}

double tb_burn_step(void) {
  enum { STEPS = 20000, TRIES = 15 };
  double time[TRIES];
  for (int i = 0; i < TRIES; i++) {
    const double from = tb_now();
    tb_burn(STEPS);
    time[i] = (tb_now() - from) / STEPS;
  }
  return tb_median(time, TRIES);
}
