/* From a case to its problem.
 *
 * SPDX-License-Identifier: MIT */
#include "problem.h"

#include "dtype.h"
#include "parameters.h"

#include <stdio.h>
#include <string.h>

int64_t tb_desc_elements(const tenbin_desc *desc) {
  int64_t n = desc->dtype != TENBIN_NONE;
  for (int i = 0; i < desc->rank; i++)
    n *= desc->size[i];
  return n;
}

size_t tb_desc_bytes(const tenbin_desc *desc) {
  if (tb_desc_elements(desc) == 0)
    return 0;
  int64_t last = 0, bytes;
  for (int i = 0; i < desc->rank; i++)
    last += (desc->size[i] - 1) * desc->stride[i];
  if (__builtin_mul_overflow(last, (int64_t)tb_dtype_bytes(desc->dtype), &bytes) ||
      __builtin_add_overflow(bytes, (int64_t)tb_dtype_bytes(desc->dtype), &bytes))
    return INT64_MAX;
  return (size_t)bytes;
}

tenbin_desc tb_desc_dense(const tb_list *shape, int32_t dtype) {
  tenbin_desc desc = {.dtype = dtype, .rank = shape->length};
  int64_t stride = 1;
  for (int i = shape->length - 1; i >= 0; i--) {
    desc.size[i] = shape->v[i];
    desc.stride[i] = stride;
    stride *= shape->v[i] > 0 ? shape->v[i] : 1;
  }
  return desc;
}

tenbin_desc tb_desc_nhwc(const tb_list *shape, int32_t dtype) {
  static const int order[] = {1, 3, 2, 0}; /* from the innermost */
  tenbin_desc desc = {.dtype = dtype, .rank = 4};
  int64_t stride = 1;
  for (int i = 0; i < 4; i++) {
    desc.size[order[i]] = shape->v[order[i]];
    desc.stride[order[i]] = stride;
    stride *= shape->v[order[i]] > 0 ? shape->v[order[i]] : 1;
  }
  return desc;
}

int64_t tb_gcd(int64_t a, int64_t b) {
  while (b) {
    int64_t r = a % b;
    a = b;
    b = r;
  }
  return a;
}

int64_t tb_list_along(const tb_list *list, int axis) {
  return list->v[list->length == 1 ? 0 : axis];
}

void tb_list_set_along(tb_list *list, int axis, int64_t value) {
  if (list->length == 1)
    *list = (tb_list){2, {list->v[0], list->v[0]}};
  list->v[axis] = value;
}

bool tb_halve(int64_t *size, int64_t least) {
  if (*size < 2 * least)
    return false;
  *size -= *size / 2;
  return true;
}

bool tb_list_product(const tb_list *list, int64_t *out) {
  /* A zero counts as 1 in strides, so it must not hide that the others overflow. */
  int64_t product = 1;
  bool empty = false;
  for (int i = 0; i < list->length; i++) {
    empty = empty || list->v[i] == 0;
    if (list->v[i] != 0 && __builtin_mul_overflow(product, list->v[i], &product))
      return false;
  }
  *out = empty ? 0 : product;
  return true;
}

int64_t tb_case_work(const tb_case *c) {
  return c->op->work(c);
}

/* Whether a dtype has the number: every floating one does, after rounding. */
static bool holds(int32_t dtype, const tb_set *set) {
  return tb_dtype_floats(dtype) ||
         ((double)set->whole == set->value && tb_number_whole_of(dtype, &set->whole, 0) == set->whole); /* little-endian */
}

static bool check_sets(const tb_problem *p, char *message) {
  for (int i = 0; i < p->c.sets; i++) {
    const tb_set *set = &p->c.set[i];
    const int64_t elements = tb_desc_elements(&p->input[set->role]);
    tb_text t = {message, 0, TB_MESSAGE_MAX};
    if (set->index >= elements) {
      tb_text_add(&t, "set: %c has %lld elements, and none of index %lld", p->c.op->input[set->role].letter,
                  (long long)elements, (long long)set->index);
      return false;
    }
    if (!holds(p->input[set->role].dtype, set)) {
      tb_text_add(&t, "set: %s has no ", tb_dtype_name(p->input[set->role].dtype));
      tb_set_print(&t, p->input[set->role].dtype, set);
      return false;
    }
  }
  return true;
}

tb_case tb_case_twin(const tb_case *c) {
  tb_case twin;
  tb_case_copy(&twin, c);
  if (c->op->sequence)
    return twin;
  if (c->fill > 1)
    twin.seed++;
  else
    twin.fill = !c->fill;
  return twin;
}

bool tb_problem_make(const tb_case *c, tb_problem *out, char message[TB_MESSAGE_MAX]) {
  const bool ok = tb_problem_shape(c, out, message);
  tb_case_print(c, out->text);
  return ok;
}

bool tb_problem_shape(const tb_case *c, tb_problem *out, char message[TB_MESSAGE_MAX]) {
  memset(&out->inputs, 0, sizeof *out - offsetof(tb_problem, inputs));
  out->text[0] = 0;
  tb_case_copy(&out->c, c);
  for (const tb_role *role = c->op->input; role->name; role++, out->inputs++)
    out->constant |= role->flags & TB_CONSTANT ? 1u << out->inputs : 0;
  for (const tb_role *role = c->op->output; role->name; role++)
    out->outputs++;
  out->wanted = 1;
  return c->op->make(out, message) && check_sets(out, message);
}

bool tb_problem_parse(const char *text, tb_problem *out) {
  tb_case c;
  tb_error error;
  char message[TB_MESSAGE_MAX];
  return tb_case_parse(text, &c, &error) && tb_problem_make(&c, out, message);
}

void tb_problem_view(const tb_problem *p, tb_kernel_view *out) {
  memset(out, 0, sizeof *out);
  p->c.op->attributes(p, out->attr);
  out->problem = (tenbin_problem){.struct_size = sizeof out->problem,
                                  .op = p->c.op->name,
                                  .text = p->text,
                                  .attr = out->attr,
                                  .inputs = p->inputs,
                                  .outputs = p->outputs,
                                  .input = p->input,
                                  .output = p->output,
                                  .constant = p->constant,
                                  .wanted = p->wanted,
                                  .threads = p->c.threads};
}

int64_t tb_problem_batch(const tb_problem *p) {
  if (!tb_batch_row(p->c.op))
    return 0;
  return p->input[0].rank == 4 ? p->input[0].size[0] : 1;
}
