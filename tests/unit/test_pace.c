/* The rate of a run: of its last seconds, and not of all.
 *
 * SPDX-License-Identifier: MIT */
#include "pace.h"

#include "test.h"

#include <math.h>

static bool near(double a, double b) {
  return fabs(a - b) <= 0.02 * fabs(b) + 1e-9;
}

/* So many cases a second for so many seconds, looked at four times a second. */
static void go(tb_pace *p, double *now, double *cases, double seconds, double rate) {
  for (int i = 0; i < (int)(4 * seconds); i++) {
    *now += 0.25;
    *cases += rate / 4;
    tb_pace_add(p, *now, *cases, 2 * *cases);
  }
}

int main(void) {
  tb_pace p;
  double now = 1000, cases = 0;
  tb_tap_start(&test_tap, stdout);
  tb_pace_start(&p, now);
  check(tb_pace_of(&p, now).cases == 0, "no rate at first");
  go(&p, &now, &cases, 3, 100);
  check(near(tb_pace_of(&p, now).cases, 100) && near(tb_pace_of(&p, now).weight, 200), "after three seconds it is theirs");
  go(&p, &now, &cases, 60, 20);
  check(near(tb_pace_of(&p, now).cases, 20), "a slower run: the first seconds are forgotten");
  go(&p, &now, &cases, 60, 400);
  check(near(tb_pace_of(&p, now).cases, 400) && tb_pace_of(&p, now).quiet < 0.1, "a faster one");
  go(&p, &now, &cases, 5, 0);
  check(tb_pace_of(&p, now).cases > 100 && near(tb_pace_of(&p, now).quiet, 5), "five seconds without a case");
  go(&p, &now, &cases, 20, 0);
  check(tb_pace_of(&p, now).cases == 0 && near(tb_pace_of(&p, now).quiet, 25), "and twenty more: there is no rate");
  tb_pace_start(&p, now);
  for (int i = 1; i <= 20; i++)
    tb_pace_add(&p, now + 10 * i, 50 * i, 0);
  check(near(tb_pace_of(&p, now + 200).cases, 5), "looked at every ten seconds");
  return finish();
}
