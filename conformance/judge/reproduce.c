/* What a failing point is reported with.
 *
 * SPDX-License-Identifier: MIT */
#include "reproduce.h"

#include "calls.h"
#include "dtype.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* "item 3 of calls=, repetition 2: y[5]", in as many parts as the case needs. */
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
    tb_text_add(t, "%s%" PRId64 "%s", i ? ", " : "[", at[i], i == d->rank - 1 ? "]" : "");
}

static void add_value(tb_text *t, int32_t dtype, double value, int64_t whole) {
  if (tb_dtype_floats(dtype))
    tb_text_add(t, "%a (%.*g)", value, dtype == TENBIN_F64 ? 17 : 9, value);
  else
    tb_text_integer(t, "", whole);
}

void tb_text_difference(tb_text *t, const tb_problem *p, const tb_difference *d) {
  const int32_t dtype = p->c.op->sequence ? p->c.dtype : p->output[d->output].dtype;
  tb_text_element(t, p, d->output, d->index);
  tb_text_add(t, d->unwritten ? ": never written, " : ": got ");
  if (!d->unwritten) {
    add_value(t, dtype, d->got, d->got_whole);
    tb_text_add(t, ", ");
  }
  tb_text_add(t, "want ");
  add_value(t, dtype, d->want, d->want_whole);
  if (d->bound >= 0)
    tb_text_add(t, " within %.3g, off by %.3g", d->bound, fabs(d->got - d->want));
  tb_text_add(t, "\n");
}

/* All outputs, of a case of which no element is known to be wrong. */
static void print_outputs(tb_text *t, const tb_problem *p) {
  const char *before = "print(";
  for (int o = 0; o < p->outputs; o++)
    if (p->output[o].dtype != TENBIN_NONE) {
      tb_text_add(t, "%s%s", before, p->c.op->output[o].name);
      before = ", ";
    }
  tb_text_add(t, ")\n");
}

void tb_text_pytorch(tb_text *t, const tb_problem *p, const tb_judgement *j) {
  const tb_operator *op = p->c.op;
  int64_t wrong[TB_DIFFERENCES];
  for (int i = 0; i < j->differences; i++)
    wrong[i] = j->difference[i].index;
  op->python(t, p, wrong, j->differences);
  if (op->sequence)
    return;
  if (j->differences == 0)
    print_outputs(t, p);
  for (int i = 0; i < j->differences; i++) {
    tb_text_add(t, "print(");
    tb_text_element(t, p, j->difference[i].output, j->difference[i].index);
    tb_text_add(t, ".item())\n");
  }
}
