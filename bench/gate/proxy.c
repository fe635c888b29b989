/* Halving a layer.
 *
 * SPDX-License-Identifier: MIT */
#include "proxy.h"
#include "problem.h"

#include <stdlib.h>

int tb_proxies(const tb_case *c, tb_case out[TB_PROXIES]) {
  char message[TB_MESSAGE_MAX];
  int n = 1;
  tb_problem *problem = malloc(sizeof *problem);
  if (!problem)
    abort();
  out[0] = *c;
  while (n < TB_PROXIES) {
    out[n] = out[n - 1];
    if (!out[n].op->halve(&out[n]) || !tb_problem_make(&out[n], problem, message))
      break;
    n++;
  }
  free(problem);
  return n;
}
