/* One case of a golden file.
 *
 * SPDX-License-Identifier: MIT */
#include "golden_case.h"

#include "dtype.h"
#include "problem.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *string(const json_t *object, const char *key) {
  return json_string_value(json_object_get(object, key));
}

static bool parse_shape(const json_t *shape, tb_list *out) {
  *out = (tb_list){0};
  if (!json_is_array(shape) || json_array_size(shape) > TB_LIST_MAX)
    return false;
  for (size_t i = 0; i < json_array_size(shape); i++) {
    const json_t *v = json_array_get(shape, i);
    if (!json_is_integer(v) || json_integer_value(v) < 0)
      return false;
    out->v[out->length++] = json_integer_value(v);
  }
  return true;
}

/* The number of elements of the shape; -1 where it does not fit. */
static int64_t elements(const tb_list *shape) {
  int64_t n = 1;
  for (int i = 0; i < shape->length; i++)
    if (__builtin_mul_overflow(n, shape->v[i], &n))
      return -1;
  return n;
}

static bool read_points(const tb_safetensors *f, int number, tb_golden_case *c) {
  char name[40];
  int64_t indices, n = elements(&c->shape);
  snprintf(name, sizeof name, "%d.index", number);
  c->index = tb_safetensors_get(f, name, "I64", &indices);
  snprintf(name, sizeof name, "%d.value", number);
  c->value = tb_safetensors_get(f, name, "F64", &c->points);
  if (!c->index || !c->value || indices != c->points)
    return false;
  for (int64_t i = 0; i < c->points; i++)
    if (c->index[i] < 0 || c->index[i] >= n)
      return false;
  return true;
}

/* A tensor of exactly `elements` numbers; *ok: it is absent, or it is one. */
static const void *fixed(const tb_safetensors *f, int number, const char *part, const char *dtype, int64_t elements, bool *ok) {
  char name[40];
  int64_t n;
  snprintf(name, sizeof name, "%d.%s", number, part);
  if (!json_object_get(f->header, name))
    return NULL;
  const void *data = tb_safetensors_get(f, name, dtype, &n);
  *ok = *ok && data && n == elements;
  return data;
}

/* What of its statistics is there: all or nothing. */
static bool read_statistics(const tb_safetensors *f, int number, tb_golden_case *c) {
  bool ok = true;
  c->cells = fixed(f, number, "cells", "I64", 4096, &ok);
  c->tails = fixed(f, number, "tails", "I64", 3, &ok);
  c->hermite = fixed(f, number, "hermite", "F64", 4, &ok);
  c->extremes = fixed(f, number, "extremes", "F64", 2, &ok);
  return ok && !c->cells == !c->tails && !c->cells == !c->hermite && !c->cells == !c->extremes;
}

/* The numbers that states keep for the next draw: all null where there is no such member. */
static bool read_waiting(const json_t *json, tb_golden_case *c) {
  for (int i = 0; i < c->states; i++) {
    const json_t *one = json_array_get(json, (size_t)i);
    if (json && (json_array_size(json) != (size_t)c->states || !(json_is_null(one) || json_is_number(one))))
      return false;
    c->waiting[i] = json_is_number(one) ? json_number_value(one) : NAN;
  }
  return true;
}

/* The C library that the file was exported with, by its name and by what its functions gave. */
static bool read_libm(const tb_safetensors *f, tb_golden_case *c) {
  char key[40];
  c->libc = tb_safetensors_metadata(f, "libc");
  for (int i = 0; i < TB_LIBM_FUNCTIONS; i++) {
    snprintf(key, sizeof key, "libm.%s", tb_libm_name((tb_libm)i));
    if (!tb_digest_parse(tb_safetensors_metadata(f, key), &c->libm[i]))
      return false;
  }
  return c->libc != NULL;
}

/* The numbers of a stream, in the dtype that its descriptor names, and the generator's states. */
static const char *read_stream(const tb_safetensors *f, int number, const json_t *json, tb_golden_case *c) {
  enum { ENDS = 64 };
  const json_t *states = json_object_get(json, "states");
  tb_case parsed;
  tb_error error;
  bool ok = true;
  if (!tb_case_parse(c->text, &parsed, &error) || !parsed.op->sequence)
    return "has a descriptor that is no stream's";
  if (!parse_shape(json_object_get(json, "shape"), &c->shape) || c->shape.length != 1)
    return "has a malformed shape";
  c->points = c->shape.v[0];
  c->ends = c->points < ENDS ? c->points : ENDS;
  c->numbers = fixed(f, number, "y", tb_dtype_container(parsed.dtype), c->points, &ok);
  c->head = fixed(f, number, "head", tb_dtype_container(parsed.dtype), c->ends, &ok);
  c->tail = fixed(f, number, "tail", tb_dtype_container(parsed.dtype), c->ends, &ok);
  if (!ok || (!c->numbers && (!c->head || !c->tail)))
    return "lacks its numbers, or has them malformed";
  c->states = (int)json_array_size(states);
  if (c->states != parsed.op->sequence->calls(&parsed))
    return "has not one state for each call";
  for (int i = 0; i < c->states; i++)
    if (!tb_digest_parse(json_string_value(json_array_get(states, (size_t)i)), &c->state[i]))
      return "has a malformed digest of a state";
  if (!read_waiting(json_object_get(json, "waiting"), c))
    return "has a malformed list `waiting`: expected a number or null for each state";
  if (!read_libm(f, c))
    return "lacks the C library it was exported with: the file's metadata have no libc, or no digest libm.FUNCTION";
  return read_statistics(f, number, c) ? NULL : "has malformed statistics";
}

/* One output: its digest, and its elements where they are stored. */
static const char *read_output(const tb_safetensors *f, int number, const json_t *json, const tb_problem *p, int o,
                               XXH128_hash_t *digest, tb_golden_case *c) {
  const char *role = p->c.op->output[o].name;
  bool ok = true;
  if (!tb_digest_parse(string(json_object_get(json, "digests"), role), digest))
    return "lacks the digest of an output, or has it malformed";
  c->output[o] = fixed(f, number, role, tb_dtype_container(p->output[o].dtype), tb_desc_elements(&p->output[o]), &ok);
  return ok ? NULL : "has an output that is malformed, or of another size than its descriptor's";
}

/* The digest of all outputs that are there, and these. */
static const char *read_outputs(const tb_safetensors *f, int number, const json_t *json, const tb_problem *p,
                                tb_golden_case *c) {
  XXH128_hash_t digest[TB_TENSORS];
  const char *wrong = NULL;
  int n = 0;
  for (int o = 0; o < p->outputs && !wrong; o++)
    if (p->output[o].dtype != TENBIN_NONE)
      wrong = read_output(f, number, json, p, o, &digest[n++], c);
  c->digest = n == 1 ? digest[0] : tb_digest_digests(digest, n);
  return wrong;
}

/* The answer of a function. */
static const char *read_answer(const tb_safetensors *f, int number, const json_t *json, tb_golden_case *c) {
  tb_problem p;
  if (!tb_problem_parse(c->text, &p) || p.c.op->sequence)
    return "has a descriptor that is no valid case of a function";
  if (!parse_shape(json_object_get(json, "shape"), &c->shape) || elements(&c->shape) != tb_desc_elements(&p.output[0]))
    return "has a shape that is malformed, or not its descriptor's";
  for (int i = 0; i < p.inputs; i++) {
    const char letter[2] = {p.c.op->input[i].letter};
    if (p.input[i].dtype != TENBIN_NONE && !tb_digest_parse(string(json_object_get(json, "inputs"), letter), &c->inputs[i]))
      return "lacks the digest of an input, or has it malformed";
  }
  if (c->kind == TB_GOLDEN_EXACT)
    return read_outputs(f, number, json, &p, c);
  return read_points(f, number, c) ? NULL : "has malformed points";
}

const char *tb_golden_case_read(const tb_safetensors *f, int number, const json_t *json, tb_golden_case *c) {
  static const char *const kinds[] = {"exact", "real", "rejected", "stream"};
  const char *kind = string(json, "kind");
  memset(c, 0, sizeof *c);
  c->text = string(json, "descriptor");
  c->flags = string(json, "flags");
  c->group = string(json, "group");
  c->why = string(json, "why");
  c->source = string(json, "source");
  c->message = string(json, "message");
  if (!c->text || !c->flags || !c->group || !c->why || !c->source || !kind)
    return "lacks one of descriptor, flags, group, why, source, kind";
  int k = 0;
  while (k < 4 && strcmp(kind, kinds[k]) != 0)
    k++;
  c->kind = (tb_golden_kind)k;
  if (k == 4)
    return "is of an unknown kind";
  if (c->kind == TB_GOLDEN_REJECTED)
    return c->message ? NULL : "lacks its message";
  if (c->kind != TB_GOLDEN_STREAM)
    return read_answer(f, number, json, c);
  return tb_digest_parse(string(json, "digest"), &c->digest) ? read_stream(f, number, json, c) : "lacks its digest";
}
