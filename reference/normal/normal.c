/* normal: its tokens, and its problem.
 *
 * SPDX-License-Identifier: MIT */
#include "calls.h"
#include "dtype.h"
#include "normal_python.h"
#include "normal_tokens.h"

#include <stdio.h>
#include <string.h>

#define AT(field) offsetof(tb_normal, field)
static const tb_token tokens[] = {
    TB_ROW_DTYPE(8),
    TB_ROW("stream=", "stream", TB_FORM_OWN, .own = &tb_own_stream),
    TB_ROW_SEED(6),
    TB_ROW("seeds=", "seeds", TB_FORM_COUNT, .offset = AT(seeds), .standard = 1, .shrink_order = 3, .simplest = 1),
    TB_ROW("calls=", "calls", TB_FORM_OWN, .own = &tb_own_calls, .flags = TB_NEEDED, .shrink_order = 7,
           .missing = "calls are missing: calls=CALL,CALL,.., such as calls=3,100x1x28x28"),
    TB_ROW("repeat=", "repeat", TB_FORM_COUNT, .offset = AT(repeat), .standard = 1, .shrink_order = 2, .simplest = 1),
    TB_ROW("mean=", "mean", TB_FORM_DECIMAL, .offset = AT(mean), .shrink_order = 4),
    TB_ROW("std=", "std", TB_FORM_DECIMAL, .offset = AT(std), .standard = 1, .shrink_order = 5),
    TB_ROW_THREADS(1),
    {0},
};

static const tb_role inputs[] = {{0}};
static const tb_role outputs[] = {[TENBIN_Y] = {"y", 'y', 0}, {0}};

/* Whether two elements could share an address: a stride lies within the reach of the smaller ones. Such strides need not
 * overlap, as 2x3/3x2 does not. PyTorch takes them, and also draws into an overlap, unless a stride is 0. */
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
  const tenbin_normal_args args = tb_call_args(tb_normal_of(&p->c), call);
  int64_t span = 1, product = 1; /* of the sizes, where a 0 counts as 1: it hides none of the others */
  if (call->kind == TB_RESEED)
    return NULL;
  if (call->kind == TB_INJECT)
    return strncmp(tb_normal_of(&p->c)->stream, "torch-cpu-", 10)
               ? "inject: only the streams torch-cpu-... have PyTorch's state"
               : NULL;
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
    return "calls: elements could share an address: each stride has to reach past all that the smaller ones reach";
  return NULL;
}

static bool make(tb_problem *p, char *message) {
  const tb_normal *n = tb_normal_of(&p->c);
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
  /* A call without numbers also costs time. */
  if (n->calls > (INT64_C(1) << 40) / repetitions || p->drawn > (INT64_C(1) << 40) / repetitions ||
      p->kept > most / repetitions / (int64_t)tb_dtype_bytes(p->c.dtype)) {
    snprintf(message, TB_MESSAGE_MAX, "calls: the repetitions make more calls, or draw more numbers, than a case can hold");
    return false;
  }
  p->drawn *= repetitions;
  p->kept *= repetitions;
  p->output[TENBIN_Y] = tb_desc_dense(&(tb_list){1, {largest}}, p->c.dtype);
  return true;
}

/* The stream's name lies in the problem. */
static void attributes(const tb_problem *p, void *attr) {
  *(tenbin_normal *)attr = (tenbin_normal){sizeof(tenbin_normal), tb_normal_of(&p->c)->stream};
}

/* A number counts for one multiply-add, a call for 100, and a seed for the 624 words of a generator's state. */
static int64_t work(const tb_case *c) {
  enum { STATE = 624, CALL = 100 };
  const tb_normal *v = tb_normal_of(c);
  int64_t n = (int64_t)CALL * v->calls;
  bool fits = true;
  for (int i = 0; i < v->calls; i++) {
    tb_list shape = {.length = v->call[i].rank};
    int64_t numbers = 0;
    memcpy(shape.v, v->call[i].size, sizeof v->call[i].size);
    if (v->call[i].kind == TB_DRAW)
      fits = fits && tb_list_product(&shape, &numbers) && !__builtin_add_overflow(n, numbers, &n);
  }
  fits = fits && !__builtin_mul_overflow(n, v->repeat, &n) && !__builtin_add_overflow(n, STATE, &n) &&
         !__builtin_mul_overflow(n, v->seeds, &n);
  return fits ? n : INT64_MAX;
}

static bool complete(tb_case *c, tb_blame *blame) {
  (void)blame;
  if (!*tb_normal_of(c)->stream)
    strcpy(tb_normal_edit(c)->stream, TB_STANDARD_STREAM);
  return true;
}

static bool halve(tb_case *c) {
  enum { NUMBERS = 4096 }; /* below which the ends of a call cost too much */
  tb_call *call = &tb_normal_edit(c)->call[0];
  for (int i = 0; i < call->rank; i++)
    if (tb_call_numbers(call) >= 2 * NUMBERS && tb_halve(&call->size[i], 1))
      return true;
  return false;
}

static const char *untimed(const tb_case *c) {
  const tb_normal *n = tb_normal_of(c);
  if (n->calls != 1)
    return "a sequence of calls";
  if (n->call[0].kind != TB_DRAW)
    return "a call that draws nothing";
  if (n->call[0].strided)
    return "a call with strides";
  if (n->seeds != 1 || n->repeat != 1)
    return "made with seeds= or repeat=";
  if (tb_call_numbers(&n->call[0]) == 0)
    return "a call of no numbers";
  return NULL;
}

static void call(const tb_problem *p, int i, tenbin_desc *y, void *args) {
  const tb_normal *n = tb_normal_of(&p->c);
  const tenbin_normal_args a = tb_call_args(n, &n->call[i]);
  *y = tb_call_desc(&n->call[i], p->c.dtype);
  memcpy(args, &a, sizeof a);
}

static bool is_distribution(const tb_case *c) {
  return strcmp(tb_normal_of(c)->stream, "any") == 0;
}

static bool in_pytorch(const tb_case *c) {
  return strncmp(tb_normal_of(c)->stream, "torch-cpu-", 10) == 0;
}

static int calls(const tb_case *c) {
  return tb_normal_of(c)->calls;
}

static const tb_sequence sequence = {call, is_distribution, in_pytorch, calls};
static const char *const files[] = {"normal/normal", "normal/distribution", NULL};

const tb_operator tb_operator_normal = {
    .name = "normal",
    .token = tokens,
    .arguments = sizeof(tb_normal),
    .input = inputs,
    .output = outputs,
    .dtypes = 1u << TENBIN_F32 | 1u << TENBIN_F64 | 1u << TENBIN_F16 | 1u << TENBIN_BF16,
    .claims = 1u << TENBIN_STREAM | 1u << TENBIN_DISTRIBUTION | 1u << TENBIN_STREAM_ROUNDED,
    .rounding = -1,
    .timed = -1,
    .files = files,
    .rate = TB_RATE_NUMBERS,
    .layers = "normal/randn",
    .complete = complete,
    .make = make,
    .attributes = attributes,
    .work = work,
    .halve = halve,
    .untimed = untimed,
    .python = tb_normal_python,
    .sequence = &sequence,
};
