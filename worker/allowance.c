/* Plan memory that a kernel may have.
 *
 * SPDX-License-Identifier: MIT */
#include "allowance.h"

#include "protocol.h"

#include <unistd.h>

tb_allowance tb_allowance_open(void) {
  const long pages = sysconf(_SC_PHYS_PAGES), bytes = sysconf(_SC_PAGESIZE);
  const size_t half = pages > 0 && bytes > 0 ? (size_t)pages / 2 * (size_t)bytes : SIZE_MAX;
  return (tb_allowance){.most = half < TB_PLAN_MOST ? half : TB_PLAN_MOST};
}

bool tb_allowance_take(tb_allowance *a, size_t bytes) {
  const bool granted = bytes <= a->most - a->live;
  if (granted)
    a->live += bytes;
  else
    a->refused = bytes + a->live < bytes ? SIZE_MAX : bytes + a->live;
  return granted;
}

void tb_allowance_give_back(tb_allowance *a, size_t bytes) {
  a->live -= bytes;
}

void tb_allowance_starve(tb_allowance *a, size_t bytes) {
  tb_allowance_give_back(a, bytes);
  a->starved = true;
}
