/* Halving a layer.
 *
 * SPDX-License-Identifier: MIT */
#include "proxy.h"
#include "problem.h"

#include <stdlib.h>
#include <string.h>

enum { NUMBERS = 4096 }; /* of normal, below which the ends of a call weigh too much */

static bool halve(int64_t *size, int64_t least) {
  if (*size < 2 * least)
    return false;
  *size = (*size + 1) / 2;
  return true;
}

/* C_in is x's and weight's: half as many a group. */
static bool halve_in(tb_conv *conv, int channel, int64_t least) {
  int64_t each = conv->x.v[channel] / conv->groups;
  if (!halve(&each, least))
    return false;
  conv->x.v[channel] = conv->w.v[0] = each * conv->groups;
  return true;
}

static bool halve_out(tb_conv *conv, int64_t least) {
  if (!halve(&conv->w.v[1], least))
    return false;
  if (conv->bias)
    conv->b.v[0] = conv->w.v[1] * conv->groups;
  return true;
}

static bool smaller_conv(tb_conv *conv) {
  const int channel = conv->x.length - 3, row = conv->x.length - 2;
  return halve(&conv->x.v[row], 4) || halve_in(conv, channel, 32) || halve_out(conv, 16) ||
         (channel > 0 && halve(&conv->x.v[0], 1)) || halve(&conv->x.v[row], 1) || halve_in(conv, channel, 1) ||
         halve_out(conv, 1) || halve(&conv->x.v[row + 1], 1);
}

static bool smaller(tb_case *c) {
  if (c->op == TB_CONV_TRANSPOSE2D)
    return smaller_conv(&c->conv);
  for (int i = 0; i < c->normal.call[0].rank; i++)
    if (tb_call_numbers(&c->normal.call[0]) >= 2 * NUMBERS && halve(&c->normal.call[0].size[i], 1))
      return true;
  return false;
}

int tb_proxies(const tb_case *c, tb_case out[TB_PROXIES]) {
  char message[TB_MESSAGE_MAX];
  int n = 1;
  tb_problem *problem = malloc(sizeof *problem);
  if (!problem)
    abort();
  out[0] = *c;
  while (n < TB_PROXIES) {
    out[n] = out[n - 1];
    if (!smaller(&out[n]) || !tb_problem_make(&out[n], problem, message))
      break;
    n++;
  }
  free(problem);
  return n;
}
