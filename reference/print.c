/* The descriptor's printer.
 *
 * SPDX-License-Identifier: MIT */
#include "descriptor.h"

#include "kernel.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *tb_operator_name(tb_operator op) {
  return op == TB_NORMAL ? "normal" : "conv_transpose2d";
}

int tb_operator_find(const char *name) {
  for (int i = 0; i < TB_OPERATORS; i++)
    if (strcmp(tb_operator_name((tb_operator)i), name) == 0)
      return i;
  return -1;
}

const char *tb_dtype_name(int32_t dtype) {
  static const char *const names[] = {
      [TENBIN_NONE] = "none", [TENBIN_F32] = "f32", [TENBIN_F64] = "f64", [TENBIN_F16] = "f16", [TENBIN_BF16] = "bf16",
      [TENBIN_S8] = "s8",     [TENBIN_U8] = "u8",   [TENBIN_S32] = "s32", [TENBIN_S64] = "s64"};
  return names[dtype];
}

const char *tb_fill_name(tb_fill fill) {
  static const char *const names[] = {"wide-x", "wide-w", "real"};
  return names[fill];
}

struct line {
  char *text;
  size_t used, size;
};

static void add(struct line *l, const char *format, ...) {
  va_list list;
  va_start(list, format);
  int n = vsnprintf(l->text + l->used, l->size - l->used, format, list);
  va_end(list);
  if (n > 0)
    l->used = l->used + (size_t)n < l->size ? l->used + (size_t)n : l->size - 1;
}

/* The canonical line is made for every case that is run, so its parts are not left to printf. */
static void add_text(struct line *l, const char *text) {
  while (*text && l->used < l->size - 1)
    l->text[l->used++] = *text++;
  l->text[l->used] = 0;
}

static void add_integer(struct line *l, int64_t v) {
  char digits[24], *at = digits + sizeof digits - 1;
  uint64_t rest = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
  *at = 0;
  do {
    *--at = (char)('0' + rest % 10);
    rest /= 10;
  } while (rest);
  if (v < 0)
    *--at = '-';
  add_text(l, at);
}

static void add_number(struct line *l, const char *prefix, int64_t v) {
  add_text(l, prefix);
  add_integer(l, v);
}

/* The shortest decimal that reads back as the same double. */
static void add_real(struct line *l, double v) {
  char text[40];
  if (isnan(v))
    strcpy(text, "nan");
  else
    for (int digits = 1; digits <= 17; digits++) {
      snprintf(text, sizeof text, "%.*g", digits, v);
      if (strtod(text, NULL) == v)
        break;
    }
  add(l, "%s", text);
}

static void add_list(struct line *l, const tb_list *list, const char *separator) {
  add_text(l, "[");
  for (int i = 0; i < list->length; i++)
    add_number(l, i ? separator : "", list->v[i]);
  add_text(l, "]");
}

void tb_list_print(const tb_list *list, char *out, size_t size) {
  struct line l = {out, 0, size};
  add_list(&l, list, ", ");
}

static void add_pair(struct line *l, const char *prefix, const tb_list *v, int64_t normal) {
  if (v->v[0] == v->v[1] && v->v[0] == normal)
    return;
  add_text(l, " ");
  add_number(l, prefix, v->v[0]);
  if (v->v[0] != v->v[1])
    add_number(l, "x", v->v[1]);
}

static void add_long(struct line *l, const char *name, const tb_list *v, int64_t normal) {
  if (v->length == 2 && v->v[0] == normal && v->v[1] == normal)
    return;
  add(l, " %s=", name);
  add_list(l, v, ",");
}

/* Whether the short form can say it. */
static bool is_short(const tb_conv *c) {
  int batched = c->x.length == 4;
  if ((!batched && c->x.length != 3) || c->w.length != 4 || c->groups <= 0 || c->w.v[0] % c->groups)
    return false;
  if (c->stride.length != 2 || c->padding.length != 2 || c->output_padding.length != 2 || c->dilation.length != 2)
    return false;
  int64_t out_channels;
  if (__builtin_mul_overflow(c->w.v[1], c->groups, &out_channels) || c->x.v[batched] != c->w.v[0])
    return false;
  return !c->bias || (c->b.length == 1 && c->b.v[0] == out_channels);
}

static void add_conv(struct line *l, const tb_conv *c) {
  int batched = c->x.length == 4;
  if (is_short(c)) {
    if (batched)
      add_number(l, " n", c->x.v[0]);
    tb_list in = {2, {c->x.v[batched + 1], c->x.v[batched + 2]}}, k = {2, {c->w.v[2], c->w.v[3]}};
    add_number(l, " c", c->w.v[0]);
    add_number(l, ":", c->w.v[1] * c->groups);
    add_number(l, " in", in.v[0]);
    add_number(l, "x", in.v[1]);
    add_pair(l, "k", &k, -1);
    add_pair(l, "s", &c->stride, 1);
    add_pair(l, "p", &c->padding, 0);
    add_pair(l, "op", &c->output_padding, 0);
    add_pair(l, "d", &c->dilation, 1);
  } else {
    add_long(l, "x", &c->x, INT64_MIN);
    add_long(l, "w", &c->w, INT64_MIN);
    if (c->bias)
      add_long(l, "b", &c->b, INT64_MIN);
    add_long(l, "stride", &c->stride, 1);
    add_long(l, "padding", &c->padding, 0);
    add_long(l, "output_padding", &c->output_padding, 0);
    add_long(l, "dilation", &c->dilation, 1);
  }
  if (c->groups != 1)
    add_number(l, " g", c->groups);
  if (c->bias && is_short(c))
    add_text(l, " bias");
}

static void add_sizes(struct line *l, const int64_t *v, int rank) {
  for (int i = 0; i < rank; i++)
    add_number(l, i ? "x" : "", v[i]);
}

static void add_call(struct line *l, const tb_call *call) {
  if (call->kind != TB_DRAW) {
    add_text(l, call->kind == TB_RESEED ? "reseed" : "inject");
    return;
  }
  add_sizes(l, call->size, call->rank);
  if (call->strided) {
    add_text(l, "/");
    add_sizes(l, call->stride, call->rank);
  }
  if (call->scaled) {
    add_text(l, "@");
    add_real(l, call->mean);
    add_text(l, ":");
    add_real(l, call->std);
  }
}

static void add_normal(struct line *l, const tb_case *c) {
  const tb_normal *n = &c->normal;
  if (c->dtype != TENBIN_F32)
    add(l, " %s", tb_dtype_name(c->dtype));
  if (strcmp(n->stream, "torch-cpu-avx2") != 0)
    add(l, " stream=%s", n->stream);
  add(l, " seed=%" PRIu64, c->seed);
  if (n->seeds != 1)
    add_number(l, " seeds=", n->seeds);
  add_text(l, " calls=");
  for (int i = 0; i < n->calls; i++) {
    add_text(l, i ? "," : "");
    add_call(l, &n->call[i]);
  }
  if (n->repeat != 1)
    add_number(l, " repeat=", n->repeat);
  if (n->mean != 0 || signbit(n->mean) || isnan(n->mean)) {
    add_text(l, " mean=");
    add_real(l, n->mean);
  }
  if (!(n->std == 1)) {
    add_text(l, " std=");
    add_real(l, n->std);
  }
}

static void add_data(struct line *l, const tb_case *c) {
  add_conv(l, &c->conv);
  add_text(l, " fill=");
  add_text(l, tb_fill_name(c->fill));
  if (c->seed <= INT64_MAX)
    add_number(l, " seed=", (int64_t)c->seed);
  else
    add(l, " seed=%" PRIu64, c->seed);
  for (int i = 0; i < c->sets; i++) {
    add(l, "%s%c@%" PRId64 ":", i ? "," : " set=", "xwb"[c->set[i].role], c -> set[i].index);
    add_real(l, c->set[i].value);
  }
}

void tb_case_print(const tb_case *c, char text[TB_TEXT_MAX]) {
  struct line l = {text, 0, TB_TEXT_MAX};
  *text = 0;
  add_text(&l, tb_operator_name(c->op));
  if (c->op == TB_NORMAL)
    add_normal(&l, c);
  else
    add_data(&l, c);
  if (c->threads != 1)
    add(&l, " threads=%d", c->threads);
}

void tb_error_show(const tb_error *error, const char *where, const char *line, char *out, size_t size) {
  struct line l = {out, 0, size};
  size_t length = strcspn(line, "\r\n");
  add(&l, "%s, column %zu: %s\n  %.*s\n  ", where, error->column + 1, error->text, (int)length, line);
  for (size_t i = 0; i < error->column; i++)
    add(&l, "%c", line[i] == '\t' ? '\t' : ' ');
  add(&l, "^");
  for (size_t i = 1; i < error->length; i++)
    add(&l, "~");
}
