/* A right kernel, a walk over the windows as kernels/max_pool2d/naive.c is, right ones in other styles, and wrong ones of
 * mutants.txt: each switch is the smallest change that makes its mistake.
 *
 * SPDX-License-Identifier: MIT */
#define ROWS "pool.inc"
#include "axes.h"

/* The best pixel of a window so far. */
typedef struct best {
  bool any;
  pixel value;
  int64_t at, index; /* in x's plane, -1 where it is no pixel; and what indices is to say */
  uint64_t bits;     /* of y */
} best;

static tenbin_status prepare(const tenbin_problem *p, const tenbin_tensor *constant, const tenbin_host *host,
                             tenbin_plan **out) {
  tenbin_plan *plan = host->alloc(host->self, sizeof *plan, _Alignof(tenbin_plan));
  (void)constant;
  if (!plan)
    return TENBIN_OUT_OF_MEMORY;
  *plan = plan_of(p, host);
  take_axes(plan);
  *out = plan;
  return TENBIN_OK;
}

/* A plane of a tensor: channel c of image n. */
typedef struct plane {
  const tenbin_tensor *tensor;
  int64_t n, c;
  bool ignored; /* the strides are, and the tensor is taken for a dense one */
} plane;

/* The offset in the tensor, in elements, of element i of a plane, counted row by row. */
static int64_t element_offset(plane a, int64_t i) {
  const tenbin_desc *d = &a.tensor->desc;
  const int64_t *size = d->size + d->rank - 3, *stride = d->stride + d->rank - 3;
  if (a.ignored)
    return (a.n * size[0] + a.c) * size[1] * size[2] + i;
  return (d->rank == 4 ? a.n * d->stride[0] : 0) + a.c * stride[0] + i / size[2] * stride[1] + i % size[2] * stride[2];
}

static uint64_t read(const tenbin_plan *p, plane x, int64_t i) {
  const size_t bytes = bytes_of(p->dtype);
  uint64_t bits = 0;
  memcpy(&bits, (const char *)x.tensor->data + (size_t)element_offset(x, i) * bytes, bytes); /* little-endian */
  return bits;
}

/* A number whose subnormals have become zero. least is the smallest normal number. */
static double flushed(double v, double least) {
  return fabs(v) < least ? 0 : v;
}

/* A bf16 on its way through f16, as far as the order of numbers goes: those that f16 rounds to infinity, and to zero. */
static double through_f16(double v) {
  return v >= 65520 ? (double)INFINITY : v <= -65520 ? -(double)INFINITY : fabs(v) <= 0x1p-25 ? 0 : v;
}

/* A floating number as the kernel compares it, of f16 or bf16 with its bits. */
static double compared_real(int32_t dtype, double v, uint64_t bits) {
  switch (mutant) {
  case F64_IN_F32:
    return dtype == TENBIN_F64 ? (double)(float)v : v;
  case HALF_AS_BITS:
    return dtype == TENBIN_F16 || dtype == TENBIN_BF16 ? (double)(int16_t)bits : v;
  case F16_SATURATED:
    return dtype == TENBIN_F16 && v > 4096 && v < (double)INFINITY ? 4096 : v;
  case BF16_IN_F16:
    return dtype == TENBIN_BF16 ? through_f16(v) : v;
  case F32_FLUSHED:
    return dtype == TENBIN_F32 ? flushed(v, 0x1p-126) : v;
  case F64_FLUSHED:
    return dtype == TENBIN_F64 ? flushed(v, 0x1p-1022) : v;
  case F16_FLUSHED:
    return dtype == TENBIN_F16 ? flushed(v, 0x1p-14) : v;
  case BF16_FLUSHED:
    return dtype == TENBIN_BF16 ? flushed(v, 0x1p-126) : v;
  default:
    return v;
  }
}

/* The number that bits stand for, as the kernel compares it. */
static pixel compared(const tenbin_plan *p, uint64_t bits) {
  pixel v = number_of(p->dtype, bits);
  v.real = compared_real(p->dtype, v.real, bits);
  switch (mutant) {
  case U8_SIGNED:
    v.whole = p->dtype == TENBIN_U8 ? (int8_t)v.whole : v.whole;
    break;
  case S8_UNSIGNED:
    v.whole = p->dtype == TENBIN_S8 ? (uint8_t)v.whole : v.whole;
    break;
  case S32_IN_F32:
    v.whole = p->dtype == TENBIN_S32 ? (int64_t)(float)v.whole : v.whole;
    break;
  case S64_IN_F64:
    v.whole = p->dtype == TENBIN_S64 ? (v.whole + (1 << 10)) >> 11 : v.whole;
    break;
  default:
    break;
  }
  return v;
}

static bool greater(const tenbin_plan *p, pixel a, pixel b) {
  return floats(p->dtype) ? a.real > b.real : a.whole > b.whole;
}

static bool equal(const tenbin_plan *p, pixel a, pixel b) {
  return floats(p->dtype) ? a.real == b.real : a.whole == b.whole;
}

/* Whether v replaces b, which comes before it. */
static bool replaces(const tenbin_plan *p, pixel v, pixel b) {
  const bool more = greater(p, v, b), nan = isnan(v.real), was = isnan(b.real);
  switch (mutant) {
  case LAST_MAXIMUM:
    return more || nan || equal(p, v, b);
  case NAN_FIRST:
    return more || (nan && !was);
  case NAN_DROPPED:
    return more || (was && !nan);
  case NAN_ONLY_IF_FIRST:
    return more;
  case NAN_LEFT_AGAIN:
    return more || nan || was;
  case NAN_SIGNED:
    return more || (nan && !signbit(v.real));
  case ZERO_POSITIVE:
    return more || nan || (floats(p->dtype) && v.real == 0 && b.real == 0 && signbit(b.real) && !signbit(v.real));
  case BACKWARDS: /* what it has looked at stands after v */
    return !was && (more || nan || equal(p, v, b));
  default:
    return more || nan;
  }
}

static void consider(const tenbin_plan *p, best *b, best candidate) {
  if (!b->any || replaces(p, candidate.value, b->value))
    *b = candidate;
}

/* What indices says of a pixel. */
static int64_t index_of(const tenbin_plan *p, int64_t c, int64_t row, int64_t col, int64_t kh, int64_t kw) {
  const span *h = &p->right[0], *w = &p->right[1];
  switch (mutant) {
  case INDEX_IN_PADDED_PLANE:
    return (row + h->padding) * (w->in + 2 * w->padding) + col + w->padding;
  case INDEX_IN_WINDOW:
    return kh * w->kernel + kw;
  case INDEX_WITH_CHANNEL:
    return (c * h->in + row) * w->in + col;
  case INDEX_COLUMN_MAJOR:
    return col * h->in + row;
  case INDEX_BY_OUTPUT_WIDTH:
    return row * w->out + col;
  default:
    return row * w->in + col;
  }
}

/* A window before its first pixel. */
static best start_of(const tenbin_plan *p) {
  best b = {.at = -1, .bits = lowest_of(p->dtype)};
  if (mutant == START_LARGEST_NEGATIVE)
    b.bits = largest_negative_of(p->dtype);
  if (mutant == START_ZERO)
    b.bits = 0;
  b.any = mutant == START_LARGEST_NEGATIVE || mutant == START_ZERO || mutant == INDEX_OF_LOWEST_ZERO;
  b.value = number_of(p->dtype, b.bits);
  return b;
}

/* The pixels of one row of a window. */
static void scan_row(const tenbin_plan *p, plane x, int64_t c, int64_t row, int64_t kh, int64_t r, best *b) {
  const span *w = &p->axis[1];
  for (int64_t k = 0; k < w->kernel; k++) {
    const int64_t kw = mutant == BACKWARDS ? w->kernel - 1 - k : k, col = tap(w, r, kw);
    if (row >= 0 && col >= 0) {
      const int64_t at = row * p->right[1].in + col;
      const uint64_t bits = read(p, x, at);
      consider(p, b, (best){true, compared(p, bits), at, index_of(p, c, row, col, kh, kw), bits});
    } else if (mutant == PADDING_ZERO) {
      consider(p, b, (best){.any = true, .at = -1});
    }
  }
}

static best window(const tenbin_plan *p, plane x, int64_t c, int64_t q, int64_t r) {
  const span *h = &p->axis[0];
  best b = start_of(p);
  for (int64_t k = 0; k < h->kernel; k++) {
    const int64_t kh = mutant == BACKWARDS ? h->kernel - 1 - k : k, row = tap(h, q, kh);
    if (mutant == ROWS_FIRST) { /* the best of each row, and then of these */
      best of_row = start_of(p);
      scan_row(p, x, c, row, kh, r, &of_row);
      if (of_row.any)
        consider(p, &b, of_row);
    } else {
      scan_row(p, x, c, row, kh, r, &b);
    }
  }
  if (!b.any) {
    b.index = mutant == EMPTY_WINDOW_INDEX ? -1 : begin_of(h, q) * p->right[1].in + begin_of(&p->axis[1], r);
    b.bits = mutant == EMPTY_WINDOW_ZERO ? 0 : b.bits;
  }
  if (mutant == ZERO_SIGN_LOST && floats(p->dtype) && b.value.real == 0)
    b.bits = 0;
  return b;
}

static void write_index(int64_t *indices, int64_t at, int64_t index) {
  const int32_t narrow = (int32_t)index;
  if (mutant == INDEX_HALF_WRITTEN)
    memcpy(&indices[at], &narrow, sizeof narrow);
  else if (mutant == INDICES_PACKED)
    memcpy((char *)indices + at * (int64_t)sizeof narrow, &narrow, sizeof narrow);
  else if (mutant == INDEX_16_BITS)
    indices[at] = (uint16_t)index;
  else if (mutant == INDEX_17_BITS)
    indices[at] = index & 0x1ffff;
  else if (mutant == INDEX_IN_F32)
    indices[at] = (int64_t)(float)index;
  else if (mutant != INDICES_UNWRITTEN)
    indices[at] = index;
}

static void pool_plane(const tenbin_plan *p, const tenbin_call *call, int64_t n, int64_t c) {
  const size_t bytes = bytes_of(p->dtype);
  const int64_t windows = p->right[0].out * p->right[1].out;
  const bool all = mutant == STRIDES_IGNORED;
  const plane x = {&call->input[TENBIN_X], mutant == BATCH_FIRST_INPUT ? 0 : n, mutant == CHANNEL_FIRST_INPUT ? 0 : c, all};
  const plane y = {&call->output[TENBIN_Y], n, c, all || mutant == OUTPUT_STRIDES_IGNORED};
  const plane indices = {&call->output[TENBIN_INDICES], n, c, y.ignored || mutant == INDEX_STRIDES_IGNORED};
  for (int64_t q = 0; q < p->reach[0]; q++)
    for (int64_t r = 0; r < p->reach[1] && q * p->pitch + r < windows; r++) {
      const best b = window(p, x, c, q, r);
      const int64_t i = q * p->pitch + r;
      memcpy((char *)y.tensor->data + (size_t)element_offset(y, i) * bytes, &b.bits, bytes);
      if (indices.tensor->data)
        write_index(indices.tensor->data, element_offset(indices, i), b.index);
      else if (mutant == INDICES_UNASKED)
        write_index(NULL, i, b.index);
    }
}

static tenbin_status run(const tenbin_plan *p, const tenbin_call *call) {
  int64_t batch = mutant == BATCH_FIRST_ONLY && p->batch > 1 ? 1 : p->batch;
  if (mutant == BATCH_16_BITS)
    batch &= 0xffff;
  for (int64_t n = 0; n < batch; n++)
    for (int64_t c = 0; c < (mutant == UNBATCHED_FIRST_ONLY && !p->batched ? 1 : p->channels); c++)
      pool_plane(p, call, n, c);
  return TENBIN_OK;
}

#include "table.h"
