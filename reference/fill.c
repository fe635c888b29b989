/* The fill: data from a seed and an index, the same in C and in golden/export/export.py.
 *
 * SPDX-License-Identifier: MIT */
#include "problem.h"

#include <math.h>

#define GOLDEN_GAMMA UINT64_C(0x9e3779b97f4a7c15)

/* splitmix64's output function: Steele, Lea, Flood, Fast splittable pseudorandom number generators, 2014. */
static uint64_t mix(uint64_t z) {
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

static inline double element(uint64_t key, uint64_t range, double unit, int64_t i) {
  uint64_t h = mix(key + GOLDEN_GAMMA * (uint64_t)i);
  double m = (double)(1 + ((h >> 32) * range >> 32)) * unit;
  return h & 1 ? -m : m;
}

#define FILL(name, type)                                                                                                       \
  void name(const tb_problem *p, int role, uint64_t seed, type *out) {                                                         \
    const int64_t n = tb_desc_elements(&p->input[role]);                                                                       \
    const uint64_t key = mix(seed + GOLDEN_GAMMA * (uint64_t)(role + 1)), range = (uint64_t)p->range[role];                    \
    const double unit = ldexp(1, -p->scale);                                                                                   \
    for (int64_t i = 0; i < n; i++)                                                                                            \
      out[i] = (type)element(key, range, unit, i);                                                                             \
    for (int i = 0; i < p->c.sets; i++)                                                                                        \
      if (p->c.set[i].role == role)                                                                                            \
        out[p->c.set[i].index] = (type)p->c.set[i].value;                                                                      \
  }

FILL(tb_fill_f32, float)
FILL(tb_fill_f64, double)
