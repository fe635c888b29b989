/* What a failing point is told with.
 *
 * SPDX-License-Identifier: MIT */
#include "reproduce.h"

#include "calls.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* "item 3 of calls=, repetition 2: y[5]", as far as it has to be said. */
static void number(tb_text *t, const tb_problem *p, int64_t index) {
  const tb_normal *n = tb_normal_of(&p->c);
  int64_t each = 0;
  int i = 0;
  for (int k = 0; k < n->calls; k++)
    each += tb_call_kept(&n->call[k], p->c.dtype);
  if (each == 0)
    return;
  const int64_t repetition = index / each;
  for (index %= each; index >= tb_call_kept(&n->call[i], p->c.dtype); i++)
    index -= tb_call_kept(&n->call[i], p->c.dtype);
  if (n->calls > 1)
    tb_text_add(t, "item %d of calls=%s", i + 1, n->repeat * n->seeds > 1 ? ", " : ": ");
  if (n->repeat * n->seeds > 1)
    tb_text_add(t, "repetition %" PRId64 ": ", repetition + 1);
  tb_text_add(t, "y[%" PRId64 "]", index);
}

void tb_text_element(tb_text *t, const tb_problem *p, int output, int64_t index) {
  const tenbin_desc *d = &p->output[output];
  int64_t at[TENBIN_RANK_MAX];
  if (p->c.op->sequence) {
    number(t, p, index);
    return;
  }
  for (int i = d->rank - 1; i >= 0; i--) {
    at[i] = index % d->size[i];
    index /= d->size[i];
  }
  tb_text_add(t, "%s", p->c.op->output[output].name);
  for (int i = 0; i < d->rank; i++)
    tb_text_add(t, "%s%" PRId64, i ? ", " : "[", at[i]);
  tb_text_add(t, "]");
}

static void shape(tb_text *t, const tenbin_desc *d) {
  for (int i = 0; i < d->rank; i++)
    tb_text_add(t, ", %" PRId64, d->size[i]);
}

static void pytorch_sets(tb_text *t, const tb_case *c) {
  for (int i = 0; i < c->sets; i++)
    tb_text_add(t, "%c.view(-1)[%" PRId64 "] = float('%g')\n", c->op->input[c->set[i].role].letter, c->set[i].index,
                c->set[i].value);
}

void tb_text_pytorch(tb_text *t, const tb_problem *p, const tb_judgement *j) {
  const tb_operator *op = p->c.op;
  int64_t wrong[TB_DIFFERENCES];
  for (int i = 0; i < j->differences; i++)
    wrong[i] = j->difference[i].index;
  if (op->sequence) {
    op->python(t, p, wrong, j->differences);
    return;
  }
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
      tb_text_add(t, "%c = None\n", op->input[i].letter);
      continue;
    }
    tb_text_add(t, "%c = fill(%d, %" PRId64, op->input[i].letter, i, p->range[i]);
    shape(t, &p->input[i]);
    tb_text_add(t, ")\n");
  }
  pytorch_sets(t, &p->c);
  op->python(t, p, wrong, j->differences);
  if (j->differences == 0)
    tb_text_add(t, "print(y)\n");
  for (int i = 0; i < j->differences; i++) {
    tb_text_add(t, "print(");
    tb_text_element(t, p, j->difference[i].output, j->difference[i].index);
    tb_text_add(t, ".item())\n");
  }
}
