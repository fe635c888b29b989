/* Python that makes the data of sums of products.
 *
 * SPDX-License-Identifier: MIT */
#include "problem.h"

#include <inttypes.h>

static void shape(tb_text *t, const tenbin_desc *d) {
  for (int i = 0; i < d->rank; i++)
    tb_text_add(t, ", %" PRId64, d->size[i]);
}

static void python_sets(tb_text *t, const tb_case *c) {
  for (int i = 0; i < c->sets; i++)
    tb_text_add(t, "%c.view(-1)[%" PRId64 "] = float('%g')\n", c->op->input[c->set[i].role].letter, c->set[i].index,
                c->set[i].value);
}

void tb_products_python(tb_text *t, const tb_problem *p) {
  tb_text_add(t,
              "import numpy as np, torch\n"
              "np.seterr(over='ignore')\n"
              "U, G = np.uint64, np.uint64(0x9e3779b97f4a7c15)\n"
              "def mix(z):\n"
              "    z = (z ^ (z >> U(30))) * U(0xbf58476d1ce4e5b9)\n"
              "    z = (z ^ (z >> U(27))) * U(0x94d049bb133111eb)\n"
              "    return z ^ (z >> U(31))\n"
              "def fill(role, widest, *shape):\n"
              "    i = np.arange(int(np.prod(shape)), dtype=U)\n"
              "    h = mix(mix(U(%" PRIu64 ") + G * U(role + 1)) + G * i)\n"
              "    m = ((h >> U(32)) * U(widest) >> U(32)).astype(float) + 1\n"
              "    return torch.tensor(np.where(h & U(1), -m, m) * 2.0**-%d).reshape(shape)\n",
              p->c.seed, p->scale);
  for (int i = 0; i < p->inputs; i++) {
    if (p->input[i].dtype == TENBIN_NONE) {
      tb_text_add(t, "%c = None\n", p->c.op->input[i].letter);
      continue;
    }
    tb_text_add(t, "%c = fill(%d, %" PRId64, p->c.op->input[i].letter, i, p->range[i]);
    shape(t, &p->input[i]);
    tb_text_add(t, ")\n");
  }
  python_sets(t, &p->c);
}
