/* From a case to its problem: shapes, attributes, the fill's ranges.
 *
 * SPDX-License-Identifier: MIT */
#include "problem.h"

#include <stdio.h>
#include <string.h>

size_t tb_dtype_bytes(int32_t dtype) {
  static const unsigned char bytes[] = {
      [TENBIN_NONE] = 0, [TENBIN_F32] = 4, [TENBIN_F64] = 8, [TENBIN_F16] = 2, [TENBIN_BF16] = 2,
      [TENBIN_S8] = 1,   [TENBIN_U8] = 1,  [TENBIN_S32] = 4, [TENBIN_S64] = 8};
  return bytes[dtype];
}

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

static tenbin_desc contiguous(const tb_list *shape, int32_t dtype) {
  tenbin_desc desc = {.dtype = dtype, .rank = shape->length};
  int64_t stride = 1;
  for (int i = shape->length - 1; i >= 0; i--) {
    desc.size[i] = shape->v[i];
    desc.stride[i] = stride;
    stride *= shape->v[i] > 0 ? shape->v[i] : 1;
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

/* The taps that can meet in one output row: those of one residue class modulo stride, and no more than there are input rows. */
static int64_t taps(int64_t in, int64_t k, int64_t s, int64_t d) {
  int64_t period = s / tb_gcd(s, d > 0 ? d : 1);
  int64_t n = k / period + (k % period != 0);
  return n < in ? n : in;
}

static int64_t macs(const tb_case *c) {
  const tb_list *x = &c->conv.x, *w = &c->conv.w;
  int64_t n = 1;
  for (int i = 0; i < x->length; i++) /* N, C_in, H, W */
    if (__builtin_mul_overflow(n, x->v[i], &n))
      return INT64_MAX;
  for (int i = 1; i < w->length; i++) /* C_out/groups, kH, kW */
    if (__builtin_mul_overflow(n, w->v[i], &n))
      return INT64_MAX;
  return n;
}

int64_t tb_problem_macs(const tb_problem *p) {
  return p->c.op == TB_CONV_TRANSPOSE2D ? macs(&p->c) : 0;
}

int64_t tb_case_work(const tb_case *c) {
  if (c->op == TB_CONV_TRANSPOSE2D)
    return macs(c);
  int64_t n = 0;
  for (int i = 0; i < c->normal.calls; i++)
    n += 100 + tb_call_numbers(&c->normal.call[i]);
  enum { STATE = 624 };
  return c->normal.seeds * (STATE + n * c->normal.repeat);
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
    snprintf(message, TB_MESSAGE_MAX, "fill=%s: sums of %lld products are not exact in f32", tb_fill_name(p->c.fill),
             (long long)terms);
    return false;
  }
  p->range[TENBIN_X] = p->c.fill == TB_WIDE_X ? wide : narrow;
  p->range[TENBIN_WEIGHT] = p->c.fill == TB_WIDE_X ? narrow : wide;
  p->range[TENBIN_BIAS] = BIAS;
  return true;
}

static bool check_sets(const tb_problem *p, char *message) {
  for (int i = 0; i < p->c.sets; i++) {
    const tb_set *set = &p->c.set[i];
    if (set->index < tb_desc_elements(&p->input[set->role]))
      continue;
    snprintf(message, TB_MESSAGE_MAX, "set: %c has %lld elements, and none of index %lld", "xwb"[set->role],
             (long long)tb_desc_elements(&p->input[set->role]), (long long)set -> index);
    return false;
  }
  return true;
}

static bool make_conv(tb_problem *p, char *message) {
  const tb_conv *c = &p->c.conv;
  tb_list y;
  if (!tb_conv_check(c, &y, message))
    return false;
  int batched = c->x.length == 4;
  p->batch = batched ? c->x.v[0] : 1;
  p->in_channels = c->w.v[0];
  p->out_channels = c->w.v[1] * c->groups;
  p->conv = (tenbin_conv2d){.struct_size = sizeof p->conv, .groups = c->groups};
  for (int i = 0; i < 2; i++) {
    p->in[i] = c->x.v[batched + 1 + i];
    p->kernel[i] = c->w.v[2 + i];
    p->out[i] = y.v[batched + 1 + i];
    p->conv.stride[i] = tb_list_along(&c->stride, i);
    p->conv.padding[i] = tb_list_along(&c->padding, i);
    p->conv.output_padding[i] = tb_list_along(&c->output_padding, i);
    p->conv.dilation[i] = tb_list_along(&c->dilation, i);
  }
  p->input[TENBIN_X] = contiguous(&c->x, p->c.dtype);
  p->input[TENBIN_WEIGHT] = contiguous(&c->w, p->c.dtype);
  if (c->bias)
    p->input[TENBIN_BIAS] = contiguous(&c->b, p->c.dtype);
  p->output[TENBIN_Y] = contiguous(&y, p->c.dtype);
  p->terms = p->in_channels / c->groups * taps(p->in[0], p->kernel[0], p->conv.stride[0], p->conv.dilation[0]) *
             taps(p->in[1], p->kernel[1], p->conv.stride[1], p->conv.dilation[1]);
  p->problem.attr = &p->conv;
  p->problem.inputs = 3;
  p->problem.constant = 1u << TENBIN_WEIGHT | 1u << TENBIN_BIAS;
  return ranges(p, message) && check_sets(p, message);
}

/* Whether two elements could share a place: whether a stride lies within what the smaller ones reach. Such strides need not
 * overlap, as 2x3/3x2 does not; PyTorch takes them, and draws into an overlap, too, unless a stride is 0. */
static bool overlaps(const tb_call *call) {
  int order[TB_CALL_RANK_MAX];
  for (int i = 0; i < call->rank; i++) {
    int at = i;
    for (; at > 0 && call->stride[order[at - 1]] > call->stride[i]; at--)
      order[at] = order[at - 1];
    order[at] = i;
  }
  int64_t reach = 0;
  for (int i = 0; i < call->rank; i++) {
    const int64_t size = call->size[order[i]], stride = call->stride[order[i]];
    if (size > 1 && stride <= reach)
      return true;
    reach += size > 1 ? (size - 1) * stride : 0;
  }
  return false;
}

/* What is wrong with a call, or NULL. What PyTorch checks comes first, in its order and words. */
static const char *call_fault(const tb_problem *p, const tb_call *call, char message[TB_MESSAGE_MAX]) {
  const tenbin_normal_args args = tb_call_args(&p->c.normal, call);
  int64_t span = 1, product = 1; /* of the sizes, where a 0 counts as 1: it hides none of the others */
  if (call->kind == TB_RESEED)
    return NULL;
  if (call->kind == TB_INJECT)
    return strncmp(p->c.normal.stream, "torch-cpu-", 10) ? "inject: only the streams torch-cpu-... have PyTorch's state" : NULL;
  for (int i = 0; i < call->rank; i++) {
    if (__builtin_mul_overflow(product, call->size[i] > 0 ? call->size[i] : 1, &product) || product > INT64_C(1) << 40)
      return "calls: sizes that multiply to more than 2^40";
    int64_t extent;
    if (call->strided && (__builtin_mul_overflow(call->stride[i], call->size[i], &extent) || extent > INT64_C(1) << 32 ||
                          (span += extent) > INT64_C(1) << 32))
      return "calls: strides reach further than 2^32 elements";
  }
  if (!(args.std >= 0)) { /* NaN included, and of empty tensors too: aten/src/ATen/native/DistributionTemplates.h */
    snprintf(message, TB_MESSAGE_MAX, "normal expects std >= 0.0, but found std %g", args.std);
    return message;
  }
  if (call->strided && tb_call_numbers(call) > 0 && overlaps(call))
    return "calls: elements could share a place: each stride has to reach past all that the smaller ones reach";
  return NULL;
}

static bool make_normal(tb_problem *p, char *message) {
  const tb_normal *n = &p->c.normal;
  const int64_t repetitions = n->seeds * n->repeat, most = INT64_C(1) << 36;
  int64_t largest = 0;
  for (int i = 0; i < n->calls; i++) {
    const char *fault = call_fault(p, &n->call[i], message);
    if (fault) {
      if (fault != message)
        snprintf(message, TB_MESSAGE_MAX, "%s", fault);
      return false;
    }
    const int64_t numbers = tb_call_numbers(&n->call[i]);
    largest = numbers > largest ? numbers : largest;
    p->drawn += numbers;
    p->kept += tb_call_kept(&n->call[i], p->c.dtype);
  }
  /* A call without numbers costs time, too. */
  if (n->calls > (INT64_C(1) << 40) / repetitions || p->drawn > (INT64_C(1) << 40) / repetitions ||
      p->kept > most / repetitions / (int64_t)tb_dtype_bytes(p->c.dtype)) {
    snprintf(message, TB_MESSAGE_MAX, "calls: the repetitions make more calls, or draw more numbers, than a case can hold");
    return false;
  }
  p->drawn *= repetitions;
  p->kept *= repetitions;
  p->normal = (tenbin_normal){sizeof p->normal, p->c.normal.stream};
  p->output[TENBIN_Y] = contiguous(&(tb_list){1, {largest}}, p->c.dtype);
  p->problem.attr = &p->normal;
  return true;
}

int64_t tb_call_numbers(const tb_call *call) {
  int64_t n = call->kind == TB_DRAW;
  for (int i = 0; i < call->rank; i++)
    n *= call->size[i];
  return n;
}

int64_t tb_call_kept(const tb_call *call, int32_t dtype) {
  const int64_t n = tb_call_numbers(call), each = (int64_t)tb_dtype_bytes(dtype);
  return !call->strided && n > TB_WINDOW_FROM / each ? TB_WINDOW / each : n;
}

tenbin_desc tb_call_desc(const tb_call *call, int32_t dtype) {
  tb_list shape = {.length = call->rank};
  memcpy(shape.v, call->size, sizeof call->size);
  tenbin_desc desc = contiguous(&shape, dtype);
  if (call->strided)
    memcpy(desc.stride, call->stride, sizeof call->stride);
  return desc;
}

tenbin_normal_args tb_call_args(const tb_normal *normal, const tb_call *call) {
  return (tenbin_normal_args){sizeof(tenbin_normal_args), call->scaled ? call->mean : normal->mean,
                              call->scaled ? call->std : normal->std};
}

tb_case tb_case_twin(const tb_case *c) {
  tb_case twin = *c;
  if (c->op != TB_CONV_TRANSPOSE2D)
    return twin;
  if (c->fill == TB_REAL)
    twin.seed++;
  else
    twin.fill = c->fill == TB_WIDE_X ? TB_WIDE_W : TB_WIDE_X;
  return twin;
}

bool tb_problem_make(const tb_case *c, tb_problem *out, char message[TB_MESSAGE_MAX]) {
  memset(out, 0, sizeof *out);
  out->c = *c;
  tb_case_print(c, out->text);
  out->problem = (tenbin_problem){.struct_size = sizeof out->problem,
                                  .op = tb_operator_name(c->op),
                                  .text = out->text,
                                  .outputs = 1,
                                  .input = out->input,
                                  .output = out->output,
                                  .wanted = 1,
                                  .threads = c->threads};
  return c->op == TB_NORMAL ? make_normal(out, message) : make_conv(out, message);
}

bool tb_problem_parse(const char *text, tb_problem *out) {
  tb_case c;
  tb_error error;
  char message[TB_MESSAGE_MAX];
  return tb_case_parse(text, &c, &error) && tb_problem_make(&c, out, message);
}
