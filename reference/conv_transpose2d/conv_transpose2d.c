/* conv_transpose2d: its tokens, and its problem.
 *
 * SPDX-License-Identifier: MIT */
#include "conv_arguments.h"

#include "conv_adjoint.h"
#include "conv_reference.h"
#include "grid.h"
#include "validity.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define AT(field) offsetof(tb_conv, field)
static const tb_token tokens[] = {
    TB_ROW("n", "batch", TB_FORM_NUMBER, .flags = TB_SHORT, .offset = AT(batch), .standard = -1, .shrink_order = 2),
    TB_ROW("c", "channels", TB_FORM_CHANNELS, .flags = TB_SHORT | TB_NEEDED, .offset = AT(channels), .shrink_order = 4,
           .simplest = 1, .unit = AT(groups), .missing = "channels are missing: cIN:OUT, such as c4:6"),
    TB_ROW("in", "input size", TB_FORM_PAIR, .flags = TB_SHORT | TB_NEEDED | TB_BOTH_AXES, .offset = AT(in), .shrink_order = 10,
           .simplest = 1, .missing = "the input size is missing: inHxW, such as in4x3"),
    TB_ROW("k", "kernel_size", TB_FORM_PAIR, .flags = TB_SHORT | TB_NEEDED, .offset = AT(kernel), .shrink_order = 5,
           .simplest = 1, .missing = "kernel_size is missing: kHxW, such as k3x2"),
    TB_ROW("s", "stride", TB_FORM_PAIR, .flags = TB_SHORT, .offset = AT(stride), .standard = 1, .least = TB_ANY,
           .shrink_order = 9, .simplest = 1),
    TB_ROW("p", "padding", TB_FORM_PAIR, .flags = TB_SHORT, .offset = AT(padding), .least = TB_ANY, .shrink_order = 6),
    TB_ROW("op", "output_padding", TB_FORM_PAIR, .flags = TB_SHORT, .offset = AT(output_padding), .least = TB_ANY,
           .shrink_order = 7),
    TB_ROW("d", "dilation", TB_FORM_PAIR, .flags = TB_SHORT, .offset = AT(dilation), .standard = 1, .least = TB_ANY,
           .shrink_order = 8, .simplest = 1),
    TB_ROW("x=", "x", TB_FORM_LIST, .flags = TB_RAW | TB_ABSENT, .offset = AT(x)),
    TB_ROW("w=", "w", TB_FORM_LIST, .flags = TB_RAW | TB_ABSENT, .offset = AT(w)),
    TB_ROW("b=", "b", TB_FORM_LIST, .flags = TB_RAW | TB_ABSENT, .offset = AT(b)),
    TB_ROW("stride=", "stride", TB_FORM_LIST, .flags = TB_RAW, .offset = AT(stride), .standard = 1, .least = TB_ANY,
           .shrink_order = 9, .simplest = 1),
    TB_ROW("padding=", "padding", TB_FORM_LIST, .flags = TB_RAW, .offset = AT(padding), .least = TB_ANY, .shrink_order = 6),
    TB_ROW("output_padding=", "output_padding", TB_FORM_LIST, .flags = TB_RAW, .offset = AT(output_padding), .least = TB_ANY,
           .shrink_order = 7),
    TB_ROW("dilation=", "dilation", TB_FORM_LIST, .flags = TB_RAW, .offset = AT(dilation), .standard = 1, .least = TB_ANY,
           .shrink_order = 8, .simplest = 1),
    TB_ROW("g", "groups", TB_FORM_NUMBER, .offset = AT(groups), .standard = 1, .least = TB_ANY, .shrink_order = 3,
           .simplest = 1),
    TB_ROW("bias", "bias", TB_FORM_WORD, .flags = TB_SHORT, .offset = AT(bias), .shrink_order = 11),
    TB_ROW_DTYPE(0),
    TB_ROW("nchw", "layout", TB_FORM_LAYOUT, .offset = 0),
    TB_ROW("fill=", "fill", TB_FORM_FILL, .shrink_order = 12),
    TB_ROW_SEED(13),
    TB_ROW("set=", "set", TB_FORM_SET, .offset = 0),
    TB_ROW_THREADS(1),
    {0},
};

static const tb_role inputs[] = {[TENBIN_X] = {"x", 'x', 0},
                                 [TENBIN_WEIGHT] = {"weight", 'w', TB_CONSTANT},
                                 [TENBIN_BIAS] = {"bias", 'b', TB_CONSTANT},
                                 {0}};
static const tb_role outputs[] = {[TENBIN_Y] = {"y", 'y', 0}, {0}};

/* Whether the short form can say it. */
static bool is_short(const tb_conv *c) {
  const int batched = c->x.length == 4;
  if ((!batched && c->x.length != 3) || c->w.length != 4 || c->groups <= 0 || c->w.v[0] % c->groups)
    return false;
  if (c->stride.length != 2 || c->padding.length != 2 || c->output_padding.length != 2 || c->dilation.length != 2)
    return false;
  int64_t out_channels;
  if (__builtin_mul_overflow(c->w.v[1], c->groups, &out_channels) || c->x.v[batched] != c->w.v[0])
    return false;
  return !c->bias || (c->b.length == 1 && c->b.v[0] == out_channels);
}

/* The shapes of the short form. */
static void make_shapes(tb_conv *c) {
  const int64_t *in = c->in.v, *k = c->kernel.v, channels = c->channels[0];
  c->x = c->batch >= 0 ? (tb_list){4, {c->batch, channels, in[0], in[1]}} : (tb_list){3, {channels, in[0], in[1]}};
  c->w = (tb_list){4, {channels, c->channels[1] / c->groups, k[0], k[1]}};
  c->b = c->bias ? (tb_list){1, {c->channels[1]}} : (tb_list){.length = -1};
}

/* The short form of shapes. */
static void make_short(tb_conv *c) {
  const int batched = c->x.length == 4;
  c->batch = batched ? c->x.v[0] : -1;
  c->channels[0] = c->w.v[0];
  c->channels[1] = c->w.v[1] * c->groups;
  c->in = (tb_list){2, {c->x.v[batched + 1], c->x.v[batched + 2]}};
  c->kernel = (tb_list){2, {c->w.v[2], c->w.v[3]}};
}

void tb_conv_complete(tb_case *c) {
  tb_conv *v = tb_conv_edit(c);
  if (!c->raw) {
    make_shapes(v);
    return;
  }
  v->bias = v->b.length >= 0;
  c->raw = !is_short(v);
  if (!c->raw)
    make_short(v);
}

/* The rules of divisibility are those of the module's constructor, in its words. */
static bool complete(tb_case *c, tb_blame *blame) {
  const tb_conv *v = tb_conv_of(c);
  const char *wrong = NULL;
  if (c->raw && (v->x.length < 0 || v->w.length < 0)) {
    snprintf(blame->text, sizeof blame->text, "x=[..] and w=[..] are both needed in this form");
    return false;
  }
  if (!c->raw && v->groups <= 0)
    wrong = "groups must be a positive integer";
  else if (!c->raw && v->channels[0] % v->groups)
    wrong = "in_channels must be divisible by groups";
  else if (!c->raw && v->channels[1] % v->groups)
    wrong = "out_channels must be divisible by groups";
  if (wrong) {
    snprintf(blame->text, sizeof blame->text, "%s", wrong);
    blame->prefix = "g";
    return false;
  }
  tb_conv_complete(c);
  return true;
}

/* The widest narrow operand that leaves the other 12 bits, which bf16 (8), TF32 and f16 (11) do not have; for very long sums as
 * many as are left. */
static bool ranges(tb_problem *p, char *message) {
  enum { BIAS = 1023 };
  const int64_t room = (1 << 24) - 1 - BIAS, widest = 4095;
  int64_t narrow = 31, terms = p->terms > 0 ? p->terms : 1;
  if (p->c.fill == TB_REAL) {
    const int64_t limit = (1 << 19) - 1;
    p->scale = 19;
    p->range[TENBIN_X] = p->range[TENBIN_WEIGHT] = p->range[TENBIN_BIAS] = limit;
    if (terms < (INT64_C(1) << 53) / (limit * limit) - 1)
      return true;
    snprintf(message, TB_MESSAGE_MAX, "fill=real: sums of %lld products are not exact in double", (long long)terms);
    return false;
  }
  while (narrow > 1 && room / narrow / terms < widest)
    narrow /= 2;
  int64_t wide = room / narrow / terms;
  if (wide < 1) {
    snprintf(message, TB_MESSAGE_MAX, "fill=%s: sums of %lld products are not exact in f32", tb_fill_name(p->c.op, p->c.fill),
             (long long)terms);
    return false;
  }
  p->range[TENBIN_X] = p->c.fill == TB_WIDE_X ? wide : narrow;
  p->range[TENBIN_WEIGHT] = p->c.fill == TB_WIDE_X ? narrow : wide;
  p->range[TENBIN_BIAS] = BIAS;
  return true;
}

/* The taps that can meet in one output row: those of one residue class modulo stride, and no more than there are input rows. */
static int64_t taps(int64_t in, int64_t k, int64_t s, int64_t d) {
  int64_t period = s / tb_gcd(s, d > 0 ? d : 1);
  int64_t n = k / period + (k % period != 0);
  return n < in ? n : in;
}

static bool make(tb_problem *p, char *message) {
  const tb_conv *c = tb_conv_of(&p->c);
  tb_conv_shape *s = (tb_conv_shape *)(void *)p->shape;
  tb_list y;
  if (!tb_conv_check(c, &y, message))
    return false;
  const int batched = c->x.length == 4;
  *s = (tb_conv_shape){.batch = batched ? c->x.v[0] : 1, .in_channels = c->w.v[0], .out_channels = c->w.v[1] * c->groups};
  s->conv = (tenbin_conv2d){.struct_size = sizeof s->conv, .groups = c->groups};
  for (int i = 0; i < 2; i++) {
    s->in[i] = c->x.v[batched + 1 + i];
    s->kernel[i] = c->w.v[2 + i];
    s->out[i] = y.v[batched + 1 + i];
    s->conv.stride[i] = tb_list_along(&c->stride, i);
    s->conv.padding[i] = tb_list_along(&c->padding, i);
    s->conv.output_padding[i] = tb_list_along(&c->output_padding, i);
    s->conv.dilation[i] = tb_list_along(&c->dilation, i);
  }
  p->input[TENBIN_X] = tb_desc_dense(&c->x, p->c.dtype);
  p->input[TENBIN_WEIGHT] = tb_desc_dense(&c->w, p->c.dtype);
  if (c->bias)
    p->input[TENBIN_BIAS] = tb_desc_dense(&c->b, p->c.dtype);
  p->output[TENBIN_Y] = tb_desc_dense(&y, p->c.dtype);
  p->terms = s->in_channels / c->groups * taps(s->in[0], s->kernel[0], s->conv.stride[0], s->conv.dilation[0]) *
             taps(s->in[1], s->kernel[1], s->conv.stride[1], s->conv.dilation[1]);
  p->products = s->in_channels / c->groups * s->kernel[0] * s->kernel[1];
  return ranges(p, message);
}

static void attributes(const tb_problem *p, void *attr) {
  memcpy(attr, &tb_conv2d(p)->conv, sizeof(tenbin_conv2d));
}

static int64_t macs(const tb_case *c) {
  const tb_list *x = &tb_conv_of(c)->x, *w = &tb_conv_of(c)->w;
  int64_t n = 1;
  for (int i = 0; i < x->length; i++) /* N, C_in, H, W */
    if (__builtin_mul_overflow(n, x->v[i], &n))
      return INT64_MAX;
  for (int i = 1; i < w->length; i++) /* C_out/groups, kH, kW */
    if (__builtin_mul_overflow(n, w->v[i], &n))
      return INT64_MAX;
  return n;
}

static double flops(const tb_problem *p) {
  const tb_conv_shape *s = tb_conv2d(p);
  double out = 2 * (double)s->batch * (double)s->in_channels * (double)s->out_channels / (double)s->conv.groups;
  for (int i = 0; i < 2; i++)
    out *= (double)tb_conv_taps_inside(s->in[i], s->kernel[i], s->conv.stride[i], s->conv.padding[i], s->conv.dilation[i],
                                       s->out[i]);
  return out;
}

/* Makes output_padding and padding smaller where PyTorch would refuse what the others have become. */
static void repair(tb_case *c) {
  tb_conv *v = tb_conv_edit(c);
  for (int axis = 0; axis < 2; axis++) {
    const int64_t s = tb_list_along(&v->stride, axis), d = tb_list_along(&v->dilation, axis), most = (s > d ? s : d) - 1;
    int64_t out, p = tb_list_along(&v->padding, axis);
    if (tb_list_along(&v->output_padding, axis) > most)
      tb_list_set_along(&v->output_padding, axis, most);
    if (tb_conv_output_size(v, axis, &out) && out < 1)
      tb_list_set_along(&v->padding, axis, p - (2 - out) / 2 > 0 ? p - (2 - out) / 2 : 0);
  }
}

/* Half as many channels a group, of x (0) or y (1). */
static bool halve_channels(tb_conv *v, int which, int64_t least) {
  int64_t each = v->channels[which] / v->groups;
  if (!tb_halve(&each, least))
    return false;
  v->channels[which] = each * v->groups;
  return true;
}

static bool halve(tb_case *c) {
  tb_conv *v = tb_conv_edit(c);
  const bool smaller = tb_halve(&v->in.v[0], 4) || halve_channels(v, 0, 32) || halve_channels(v, 1, 16) ||
                       (v->batch >= 0 && tb_halve(&v->batch, 1)) || tb_halve(&v->in.v[0], 1) || halve_channels(v, 0, 1) ||
                       halve_channels(v, 1, 1) || tb_halve(&v->in.v[1], 1);
  tb_conv_complete(c);
  return smaller;
}

static void python(tb_text *t, const tb_problem *p, const int64_t *wrong, int wrongs) {
  const tenbin_conv2d *a = &tb_conv2d(p)->conv;
  (void)wrong;
  (void)wrongs;
  tb_products_python(t, p);
  tb_text_add(t,
              "y = torch.nn.functional.conv_transpose2d(x, w, b, stride=(%" PRId64 ", %" PRId64 "), padding=(%" PRId64
              ", %" PRId64 "),\n    output_padding=(%" PRId64 ", %" PRId64 "), groups=%" PRId64 ", dilation=(%" PRId64
              ", %" PRId64 "))\n",
              a->stride[0], a->stride[1], a->padding[0], a->padding[1], a->output_padding[0], a->output_padding[1], a->groups,
              a->dilation[0], a->dilation[1]);
}

static bool fill(const tb_problem *p, int role, uint64_t seed, void *out) {
  tb_fill_f32(p, role, seed, out);
  return true;
}

static void compute(const tb_problem *p, const double *const *in, double *const *out) {
  tb_conv_scatter(p, in[TENBIN_X], in[TENBIN_WEIGHT], in[TENBIN_BIAS], out[TENBIN_Y]);
}

static tb_point element(const tb_problem *p, const double *const *in, int output, int64_t index) {
  (void)output;
  return tb_conv_point(p, in[TENBIN_X], in[TENBIN_WEIGHT], in[TENBIN_BIAS], index);
}

static void adjoint(const tb_problem *p, const double *const *in, const tb_weights *r, tb_adjoint *out) {
  tb_conv_adjoint(p, in[TENBIN_WEIGHT], in[TENBIN_BIAS], r, out);
}

static bool reaches(const tb_conv_shape *s, int axis) {
  for (int64_t i = 0; i < s->in[axis]; i++)
    for (int64_t k = 0; k < s->kernel[axis]; k++) {
      int64_t at = i * s->conv.stride[axis] - s->conv.padding[axis] + k * s->conv.dilation[axis];
      if (at >= 0 && at < s->out[axis])
        return true;
    }
  return false;
}

/* Whether any tap reaches the output. */
static bool can_show(const tb_problem *p) {
  const tb_conv_shape *s = tb_conv2d(p);
  return s->batch > 0 && s->in_channels > 0 && s->out_channels > 0 && reaches(s, 0) && reaches(s, 1);
}

static const char *const fills[] = {[TB_WIDE_X] = "wide-x", [TB_WIDE_W] = "wide-w", [TB_REAL] = "real", NULL};
static const char *const files[] = {"conv_transpose2d/catalogue", "conv_transpose2d/cover", "conv_transpose2d/rejections",
                                    "conv_transpose2d/layers",    "conv_transpose2d/wide",  NULL};

const tb_operator tb_operator_conv_transpose2d = {
    .name = "conv_transpose2d",
    .token = tokens,
    .arguments = sizeof(tb_conv),
    .input = inputs,
    .output = outputs,
    .dtypes = 1u << TENBIN_F32,
    .claims = 1u << TENBIN_EXACT | 1u << TENBIN_BOUNDED,
    .fills = fills,
    .rounding = TB_REAL,
    .timed = TB_REAL,
    .files = files,
    .layers = "conv_transpose2d/layers",
    .complete = complete,
    .make = make,
    .attributes = attributes,
    .work = macs,
    .flops = flops,
    .repair = repair,
    .halve = halve,
    .python = python,
    .fill = fill,
    .compute = compute,
    .element = element,
    .adjoint = adjoint,
    .grid = &tb_conv_grid,
    .can_show = can_show,
};
