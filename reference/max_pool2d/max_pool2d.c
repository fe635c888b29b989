/* max_pool2d: its tokens, and its problem.
 *
 * SPDX-License-Identifier: MIT */
#include "max_pool2d/max_pool2d.h"

#include "dtype.h"
#include "max_pool2d/pixels.h"
#include "max_pool2d/pool_grid.h"
#include "problem.h"
#include "strides.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In the short form batch, channels and in say what x is; in the raw form it is given. */
typedef struct pool {
  int64_t batch; /* -1: unbatched */
  int64_t channels;
  tb_list in, kernel, stride, padding, dilation, x;
  bool ceil, indices;
} pool;
_Static_assert(sizeof(pool) <= TB_ARGUMENTS_MAX, "a case has room for it");
_Static_assert(sizeof(tb_max_pool2d_shape) <= TB_SHAPE_MAX, "a problem has room for it");

enum { NCHW, NHWC };

#define AT(field) offsetof(pool, field)
static const tb_token tokens[] = {
    TB_ROW("n", "batch", TB_FORM_NUMBER, .flags = TB_SHORT, .offset = AT(batch), .standard = -1, .shrink_order = 2),
    TB_ROW("c", "channels", TB_FORM_NUMBER, .flags = TB_SHORT | TB_NEEDED, .offset = AT(channels), .shrink_order = 3,
           .simplest = 1, .missing = "channels are missing: cC, such as c4"),
    TB_ROW("in", "input size", TB_FORM_PAIR, .flags = TB_SHORT | TB_NEEDED | TB_BOTH_AXES, .offset = AT(in), .shrink_order = 8,
           .simplest = 1, .missing = "the input size is missing: inHxW, such as in4x3"),
    TB_ROW("k", "kernel_size", TB_FORM_PAIR, .flags = TB_SHORT | TB_NEEDED, .offset = AT(kernel), .least = TB_ANY,
           .shrink_order = 4, .simplest = 1, .missing = "kernel_size is missing: kHxW, such as k3x2"),
    TB_ROW("s", "stride", TB_FORM_PAIR, .flags = TB_SHORT, .offset = AT(stride), .least = TB_ANY, .like = AT(kernel),
           .shrink_order = 7, .simplest = 1),
    TB_ROW("p", "padding", TB_FORM_PAIR, .flags = TB_SHORT, .offset = AT(padding), .least = TB_ANY, .shrink_order = 5),
    TB_ROW("d", "dilation", TB_FORM_PAIR, .flags = TB_SHORT, .offset = AT(dilation), .standard = 1, .least = TB_ANY,
           .shrink_order = 6, .simplest = 1),
    TB_ROW("x=", "x", TB_FORM_LIST, .flags = TB_RAW | TB_ABSENT, .offset = AT(x)),
    TB_ROW("kernel_size=", "kernel_size", TB_FORM_LIST, .flags = TB_RAW | TB_ABSENT, .offset = AT(kernel), .least = TB_ANY),
    TB_ROW("stride=", "stride", TB_FORM_LIST, .flags = TB_RAW, .offset = AT(stride), .least = TB_ANY, .like = AT(kernel)),
    TB_ROW("padding=", "padding", TB_FORM_LIST, .flags = TB_RAW, .offset = AT(padding), .least = TB_ANY),
    TB_ROW("dilation=", "dilation", TB_FORM_LIST, .flags = TB_RAW, .offset = AT(dilation), .standard = 1, .least = TB_ANY),
    TB_ROW("ceil", "ceil_mode", TB_FORM_WORD, .offset = AT(ceil), .shrink_order = 9),
    TB_ROW("indices", "return_indices", TB_FORM_WORD, .offset = AT(indices), .shrink_order = 10),
    TB_ROW_DTYPE(11),
    TB_ROW("nchw", "layout", TB_FORM_LAYOUT, .standard = 0),
    TB_ROW("nhwc", "layout", TB_FORM_LAYOUT, .standard = NHWC, .shrink_order = 14),
    TB_ROW("fill=", "fill", TB_FORM_FILL, .shrink_order = 12),
    TB_ROW_SEED(13),
    TB_ROW("set=", "set", TB_FORM_SET, .offset = 0),
    TB_ROW_THREADS(1),
    {0},
};

static const tb_role inputs[] = {[TENBIN_X] = {"x", 'x', 0}, {0}};
static const tb_role outputs[] = {[TENBIN_Y] = {"y", 'y', 0}, [TENBIN_INDICES] = {"indices", 'i', 0}, {0}};
static const char *const fills[] = {[TB_POOL_TIES] = "ties", [TB_POOL_WIDE] = "wide", [TB_POOL_SPECIAL] = "special", NULL};
static const char *const files[] = {"max_pool2d/catalogue", "max_pool2d/rejections", "max_pool2d/layers", NULL};

static const pool *pool_of(const tb_case *c) {
  return (const pool *)(const void *)c->arguments;
}

static const tb_max_pool2d_shape *shape_of(const tb_problem *p) {
  return (const tb_max_pool2d_shape *)(const void *)p->shape;
}

/* Whether the short form can say it. */
static bool is_short(const pool *v) {
  return (v->x.length == 3 || v->x.length == 4) && v->kernel.length == 2 && (v->stride.length == 0 || v->stride.length == 2) &&
         v->padding.length == 2 && v->dilation.length == 2;
}

static bool complete(tb_case *c, tb_blame *blame) {
  pool *v = (pool *)(void *)c->arguments;
  if (c->raw && (v->x.length < 0 || v->kernel.length < 0)) {
    snprintf(blame->text, sizeof blame->text, "x=[..] and kernel_size=[..] are both needed in this form");
    return false;
  }
  if (c->layout == NHWC && (c->raw ? v->x.length != 4 : v->batch < 0)) {
    snprintf(blame->text, sizeof blame->text, "nhwc takes a batch: nN, such as n1");
    blame->prefix = "nhwc";
    return false;
  }
  c->raw = c->raw && !is_short(v);
  if (c->raw)
    return true;
  if (v->x.length == 3 || v->x.length == 4) { /* a raw form that became short */
    const int batched = v->x.length == 4;
    v->batch = batched ? v->x.v[0] : -1;
    v->channels = v->x.v[batched];
    v->in = (tb_list){2, {v->x.v[batched + 1], v->x.v[batched + 2]}};
    v->x.length = -1;
  }
  if (v->stride.length == 0)
    v->stride = v->kernel;
  return true;
}

static tb_max_pool2d arguments(const tb_case *c) {
  const pool *v = pool_of(c);
  tb_max_pool2d out = {v->x, v->kernel, v->stride, v->padding, v->dilation, v->ceil};
  if (!c->raw)
    out.x = v->batch >= 0 ? (tb_list){4, {v->batch, v->channels, v->in.v[0], v->in.v[1]}}
                          : (tb_list){3, {v->channels, v->in.v[0], v->in.v[1]}};
  return out;
}

static tenbin_desc desc(const tb_case *c, const tb_list *shape, int32_t dtype) {
  return c->layout == NHWC ? tb_desc_nhwc(shape, dtype) : tb_desc_dense(shape, dtype);
}

static bool make(tb_problem *p, char *message) {
  const tb_max_pool2d c = arguments(&p->c);
  tb_list y;
  if (!tb_max_pool2d_check(&c, &y, message))
    return false;
  const tb_max_pool2d_shape shape = tb_max_pool2d_shape_of(&c, &y);
  memcpy(p->shape, &shape, sizeof shape);
  p->input[TENBIN_X] = desc(&p->c, &c.x, p->c.dtype);
  p->output[TENBIN_Y] = desc(&p->c, &y, p->c.dtype);
  if (pool_of(&p->c)->indices) {
    p->output[TENBIN_INDICES] = desc(&p->c, &y, TENBIN_S64);
    p->wanted |= 1u << TENBIN_INDICES;
  }
  return true;
}

static void attributes(const tb_problem *p, void *attr) {
  const tb_max_pool2d_shape *s = shape_of(p);
  tenbin_pool2d a = {.struct_size = sizeof a, .ceil_mode = pool_of(&p->c)->ceil};
  for (int i = 0; i < 2; i++) {
    a.kernel_size[i] = s->kernel_size[i];
    a.stride[i] = s->stride[i];
    a.padding[i] = s->padding[i];
    a.dilation[i] = s->dilation[i];
  }
  memcpy(attr, &a, sizeof a);
}

/* The product of the sizes of x and of the kernel, of which one that PyTorch refuses may be negative. */
static int64_t work(const tb_case *c) {
  const tb_max_pool2d a = arguments(c);
  int64_t n = 1;
  for (int i = 0; i < a.x.length; i++)
    if (__builtin_mul_overflow(n, a.x.v[i], &n))
      return INT64_MAX;
  for (int i = 0; i < a.kernel_size.length; i++)
    if (__builtin_mul_overflow(n, a.kernel_size.v[i], &n))
      return INT64_MAX;
  return n > 0 ? n : 0;
}

/* PyTorch refuses a padding beyond half of the kernel. */
static void repair(tb_case *c) {
  pool *v = (pool *)(void *)c->arguments;
  for (int axis = 0; axis < 2 && v->padding.length == 2 && v->kernel.length == 2; axis++)
    if (v->padding.v[axis] > v->kernel.v[axis] / 2)
      v->padding.v[axis] = v->kernel.v[axis] / 2;
}

static bool halve(tb_case *c) {
  pool *v = (pool *)(void *)c->arguments;
  return tb_halve(&v->in.v[0], 4) || tb_halve(&v->channels, 16) || (v->batch >= 0 && tb_halve(&v->batch, 1)) ||
         tb_halve(&v->channels, 1) || tb_halve(&v->in.v[1], 4);
}

/* Room for n numbers of a dtype as the definition has them, to be freed, as real or whole; both are NULL where there is none.
 */
static tb_max_pool2d_numbers room(int32_t dtype, int64_t n) {
  void *memory = malloc((size_t)(n > 0 ? n : 1) * 8);
  return tb_dtype_floats(dtype) ? (tb_max_pool2d_numbers){.real = memory} : (tb_max_pool2d_numbers){.whole = memory};
}

static bool is_there(tb_max_pool2d_numbers x) {
  return x.real || x.whole;
}

static void forget(tb_max_pool2d_numbers x) {
  free(x.real);
  free(x.whole);
}

static void store(int32_t dtype, tb_max_pool2d_numbers from, int64_t n, void *out) {
  const size_t each = tb_dtype_bytes(dtype);
  for (int64_t i = 0; i < n; i++)
    if (from.real)
      tb_number_set(dtype, out, i, from.real[i]);
    else
      memcpy((unsigned char *)out + (size_t)i * each, &from.whole[i], each); /* little-endian */
}

static void load(int32_t dtype, const void *from, int64_t n, tb_max_pool2d_numbers out) {
  for (int64_t i = 0; i < n; i++)
    if (out.real)
      out.real[i] = tb_number(dtype, from, i);
    else
      out.whole[i] = tb_number_whole_of(dtype, from, i);
}

static bool fill(const tb_problem *p, int role, uint64_t seed, void *out) {
  const int32_t dtype = p->c.dtype;
  const int64_t n = tb_desc_elements(&p->input[role]);
  tb_max_pool2d_numbers x = room(dtype, n);
  if (!is_there(x))
    return false;
  tb_max_pool2d_pixels((tb_max_pool2d_fill)p->c.fill, dtype, seed, n, x);
  for (int i = 0; i < p->c.sets; i++)
    if (x.real)
      x.real[p->c.set[i].index] = p->c.set[i].value;
    else
      x.whole[p->c.set[i].index] = p->c.set[i].whole;
  store(dtype, x, n, out);
  forget(x);
  return true;
}

static void answer(const tb_problem *p, const void *const *in, void *const *out) {
  const int32_t dtype = p->c.dtype;
  const int64_t pixels = tb_desc_elements(&p->input[TENBIN_X]), n = tb_desc_elements(&p->output[TENBIN_Y]);
  const tb_max_pool2d_numbers x = room(dtype, pixels), y = room(dtype, n);
  int64_t *indices = out[TENBIN_INDICES] ? out[TENBIN_INDICES] : malloc((size_t)(n > 0 ? n : 1) * sizeof *indices);
  if (!is_there(x) || !is_there(y) || !indices)
    abort();
  load(dtype, in[TENBIN_X], pixels, x);
  tb_max_pool2d_walk(shape_of(p), x, tb_dtype_floats(dtype) ? 0 : tb_max_pool2d_smallest(dtype), y, indices);
  store(dtype, y, n, out[TENBIN_Y]);
  if (!out[TENBIN_INDICES])
    free(indices);
  forget(x);
  forget(y);
}

/* x as numbers, for as many as a reader would want to see. */
static void python_pixels(tb_text *t, const tb_problem *p) {
  const tenbin_desc *desc = &p->input[TENBIN_X];
  const int64_t n = tb_desc_elements(desc);
  void *x = malloc(tb_desc_dense_bytes(desc) + 1);
  if (!x || !fill(p, TENBIN_X, p->c.seed, x))
    abort();
  tb_text_add(t, "import torch\nnan, inf = float('nan'), float('inf')\nx = torch.tensor([");
  for (int64_t i = 0; i < n; i++) {
    tb_text_puts(t, i ? ", " : "");
    if (tb_dtype_floats(desc->dtype))
      tb_text_decimal(t, tb_number(desc->dtype, x, i));
    else
      tb_text_integer(t, "", tb_number_whole_of(desc->dtype, x, i));
  }
  tb_text_add(t, "], dtype=torch.%s).reshape(", tb_dtype_torch(desc->dtype));
  for (int i = 0; i < desc->rank; i++)
    tb_text_integer(t, i ? ", " : "", desc->size[i]);
  tb_text_add(t, ")\n");
  for (int64_t i = 0; i < n; i++) {
    const double v = tb_dtype_floats(desc->dtype) ? tb_number(desc->dtype, x, i) : 0;
    if (isnan(v) && signbit(v)) /* on its way to bfloat16 NaN has lost its sign */
      tb_text_add(t, "x.view(-1)[%" PRId64 "].copysign_(-1)\n", i);
  }
  free(x);
}

static void python(tb_text *t, const tb_problem *p, const int64_t *wrong, int wrongs) {
  enum { SHOWN = 256 };
  const tb_max_pool2d_shape *s = shape_of(p);
  (void)wrong;
  (void)wrongs;
  if (tb_desc_elements(&p->input[TENBIN_X]) <= SHOWN)
    python_pixels(t, p);
  else
    tb_text_add(t,
                "import sys\nimport torch\nsys.path.insert(0, 'golden/export') # in tenbin's folder\nfrom cases import parse\n"
                "from max_pool2d import inputs\nx = inputs(parse('%s'))\n",
                p->text);
  if (p->c.layout == NHWC)
    tb_text_add(t, "x = x.contiguous(memory_format=torch.channels_last)\n");
  tb_text_add(t,
              "y, indices = torch.nn.functional.max_pool2d(x, (%" PRId64 ", %" PRId64 "), stride=(%" PRId64 ", %" PRId64
              "), padding=(%" PRId64 ", %" PRId64 "),\n    dilation=(%" PRId64 ", %" PRId64
              "), ceil_mode=%s, return_indices=True)\n",
              s->kernel_size[0], s->kernel_size[1], s->stride[0], s->stride[1], s->padding[0], s->padding[1], s->dilation[0],
              s->dilation[1], pool_of(&p->c)->ceil ? "True" : "False");
}

const tb_operator tb_operator_max_pool2d = {
    .name = "max_pool2d",
    .token = tokens,
    .arguments = sizeof(pool),
    .input = inputs,
    .output = outputs,
    .dtypes = 1u << TENBIN_F32 | 1u << TENBIN_F64 | 1u << TENBIN_F16 | 1u << TENBIN_BF16 | 1u << TENBIN_S8 | 1u << TENBIN_U8 |
              1u << TENBIN_S32 | 1u << TENBIN_S64,
    .claims = 1u << TENBIN_EXACT,
    .flags = TB_ZERO_SIGNED,
    .fills = fills,
    .rounding = -1,
    .timed = TB_POOL_WIDE,
    .files = files,
    .rate = TB_RATE_NUMBERS,
    .layers = "max_pool2d/layers",
    .complete = complete,
    .make = make,
    .attributes = attributes,
    .work = work,
    .repair = repair,
    .halve = halve,
    .python = python,
    .fill = fill,
    .answer = answer,
    .grid = &tb_max_pool2d_grid,
};
