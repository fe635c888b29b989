/* The fill: data from a seed and an index, the same in C and in golden/export/export.py.
 *
 * SPDX-License-Identifier: MIT */
#include "fill.h"

#include "problem.h"

#include <math.h>

static inline double element(uint64_t key, int64_t range, double unit, int64_t i) {
  uint64_t h = tb_fill_hash(key, i);
  double m = (double)(1 + tb_fill_below(h, range)) * unit;
  return h & 1 ? -m : m;
}

#define FILL(name, type)                                                                                                       \
  void name(const tb_problem *p, int role, uint64_t seed, type *out) {                                                         \
    const int64_t n = tb_desc_elements(&p->input[role]);                                                                       \
    const uint64_t key = tb_fill_key(seed, role);                                                                              \
    const int64_t range = p->range[role];                                                                                      \
    const double unit = ldexp(1, -p->scale);                                                                                   \
    for (int64_t i = 0; i < n; i++)                                                                                            \
      out[i] = (type)element(key, range, unit, i);                                                                             \
    for (int i = 0; i < p->c.sets; i++)                                                                                        \
      if (p->c.set[i].role == role)                                                                                            \
        out[p->c.set[i].index] = (type)p->c.set[i].value;                                                                      \
  }

FILL(tb_fill_f32, float)
FILL(tb_fill_f64, double)
