/* A right kernel of conv_transpose2d in tiles, and wrong ones of independent.txt. y is computed in tiles of LANES output
 * channels and LANES columns, each gathered as a convolution of stride 1 with the turned kernel over the stuffed and padded
 * input; the weights are packed for that in prepare. Nothing is the zoo's but the table of a plugin.
 *
 * SPDX-License-Identifier: MIT */
#define ROWS "tiles.inc"
#include "../../conformance/mutants/conv_transpose2d/plugin.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { LANES = 8 };

struct tenbin_plan {
  const tenbin_host *host;
  shape s;           /* as this kernel takes the problem */
  int64_t halo[2];   /* rows and columns of zeros before the stuffed input; below 0: rows and columns that are left out */
  int64_t finish[2]; /* rows and columns of y that are stored */
  int64_t blocks;    /* of LANES output channels of a group */
  int64_t o_stored;  /* output channels of a group that are stored */
  int64_t columns;   /* that are stored, likewise */
  bool batched, pointwise, disjoint, pixel, flat;
  float *packed; /* (group, block, kh, kw, c, LANES), the kernel turned */
};

static float *newest;

/* Rounded to nearest even, so many bits of significand dropped. */
static float shortened(float value, int dropped) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  if ((bits & 0x7f800000) == 0x7f800000)
    return value;
  bits = (bits + (1u << (dropped - 1)) - 1 + (bits >> dropped & 1)) >> dropped << dropped;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static float f16(float value) {
  return shortened(value, 13);
}

/* One axis: what is read from the problem, the halo, and how many rows or columns there are to store. */
static void plan_axis(tenbin_plan *p, const shape *right, int i) {
  axis *a = &p->s.axis[i];
  const axis *other = &right->axis[1 - i], *height = &right->axis[0];
  if (mutant == TILES_STRIDES_EXCHANGED)
    a->stride = other->stride;
  if (mutant == TILES_PADDING_OF_HEIGHT)
    a->padding = height->padding;
  if (mutant == TILES_DILATION_OF_HEIGHT)
    a->dilation = height->dilation;
  if (mutant == TILES_DILATION_OF_GROUPS)
    a->dilation = p->s.groups;
  if (mutant == TILES_STRIDE_OF_3_BITS && a->stride > 8)
    a->stride = 8;
  if ((mutant == TILES_NO_STRIDE_WITH_DILATION && a->dilation > 1) ||
      (mutant == TILES_POINTWISE_WITHOUT_STRIDE && p->pointwise))
    a->stride = 1;
  if ((mutant == TILES_POINTWISE_WITHOUT_PADDING && p->pointwise) || (mutant == TILES_DISJOINT_WITHOUT_PADDING && p->disjoint))
    a->padding = 0;
  const int64_t overhang = a->dilation * (a->kernel - 1);
  p->halo[i] = overhang - a->padding;
  p->finish[i] = a->out;
  if (mutant == TILES_ROWS_WITHOUT_OUTPUT_PADDING)
    p->finish[i] -= a->output_padding;
  if (mutant == TILES_OUTPUT_PADDING_EXCHANGED)
    p->finish[i] += other->output_padding - a->output_padding;
  if (mutant == TILES_OUTPUT_PADDING_CLAMPED && a->output_padding >= a->stride)
    p->finish[i] -= a->output_padding - (a->stride - 1);
  if (p->finish[i] > a->out)
    p->finish[i] = a->out;
  if (mutant == TILES_OUTPUT_PADDING_STUFFED)
    p->halo[i] += a->output_padding * a->stride;
  if (mutant == TILES_PADDING_SPLIT)
    p->halo[i] = overhang - (2 * a->padding - a->output_padding + 1) / 2;
  if (mutant == TILES_HALO_WITHOUT_DILATION)
    p->halo[i] = a->kernel - 1 - a->padding;
  if (mutant == TILES_HALO_NOT_NEGATIVE && p->halo[i] < 0)
    p->halo[i] = 0;
  if (mutant == TILES_HALO_OF_CONVOLUTION && p->flat)
    p->halo[i] = a->padding;
  if (mutant == TILES_ROW_ABOVE && i == 0)
    p->halo[i] -= 1;
  if (mutant == TILES_TABLE_OF_16 && a->kernel > 16) {
    p->halo[i] = 15 * a->dilation - a->padding;
    a->kernel = 16;
  }
}

/* How many of `n` a loop over vectors of `width` takes, that leaves the rest over unless that is all. */
static int64_t whole(int64_t n, int64_t width) {
  return n < width ? n : n / width * width;
}

static void plan_tails(tenbin_plan *p) {
  const int64_t o = p->s.o_per_group;
  p->blocks = (o + LANES - 1) / LANES;
  p->o_stored = mutant == TILES_CHANNELS_BY_4    ? whole(o, 4)
                : mutant == TILES_CHANNELS_BY_8  ? whole(o, 8)
                : mutant == TILES_CHANNELS_BY_16 ? whole(o, 16)
                                                 : o;
  p->columns = mutant == TILES_COLUMNS_BY_4    ? whole(p->finish[1], 4)
               : mutant == TILES_COLUMNS_BY_8  ? whole(p->finish[1], 8)
               : mutant == TILES_COLUMNS_BY_16 ? whole(p->finish[1], 16)
                                               : p->finish[1];
  p->columns -= mutant == TILES_LAST_COLUMN;
  p->finish[0] -= mutant == TILES_LAST_ROW;
}

/* Where w (C_in, C_out/g, kH, kW) has the tap (kh, kw) from channel c of a group to its channel o, of a kernel that is turned.
 */
static int64_t weight_at(const tenbin_plan *p, const shape *right, int64_t group, int64_t c, int64_t o, int64_t kh,
                         int64_t kw) {
  const axis *h = &right->axis[0], *w = &right->axis[1];
  const int64_t height = p->s.axis[0].kernel, width = p->s.axis[1].kernel;
  const bool as_is = mutant == TILES_NOT_TURNED;
  const int64_t up = as_is || mutant == TILES_NOT_TURNED_IN_HEIGHT ? kh : height - 1 - kh;
  const int64_t left = as_is || mutant == TILES_NOT_TURNED_IN_WIDTH ? kw : width - 1 - kw;
  int64_t plane = (group * p->s.c_per_group + c) * p->s.o_per_group + o;
  if (mutant == TILES_PACKED_BY_OUTPUT || (mutant == TILES_PACKED_GROUPS_BY_OUTPUT && p->s.groups > 1))
    plane = (group * p->s.o_per_group + o) * p->s.c_per_group + c;
  return (plane * h->kernel + up) * w->kernel + left;
}

static void pack(const tenbin_plan *p, const shape *right, const float *w) {
  float *to = p->packed;
  const int64_t taps = p->s.axis[0].kernel * p->s.axis[1].kernel;
  for (int64_t i = 0; i < p->s.groups * p->blocks; i++)
    for (int64_t tap = 0; tap < taps; tap++)
      for (int64_t c = 0; c < p->s.c_per_group; c++)
        for (int64_t lane = 0; lane < LANES; lane++, to++) {
          const int64_t o = i % p->blocks * LANES + lane, kh = tap / p->s.axis[1].kernel, kw = tap % p->s.axis[1].kernel;
          *to = o < p->s.o_per_group ? w[weight_at(p, right, i / p->blocks, c, o, kh, kw)] : 0;
          if (mutant == TILES_PACKED_IN_TF32)
            *to = shortened(*to, 13);
        }
}

static tenbin_status prepare(const tenbin_problem *problem, const tenbin_tensor *constant, const tenbin_host *host,
                             tenbin_plan **out) {
  const shape right = shape_of(problem);
  const axis *h = &right.axis[0], *w = &right.axis[1];
  tenbin_plan *p = host->alloc(host->self, sizeof *p, _Alignof(tenbin_plan));
  if (!p)
    return TENBIN_OUT_OF_MEMORY;
  *p = (tenbin_plan){.host = host, .s = right, .batched = problem->input[TENBIN_X].rank == 4};
  p->pointwise = h->kernel == 1 && w->kernel == 1;
  p->disjoint = h->kernel == h->stride && w->kernel == w->stride;
  p->pixel = h->in == 1 && w->in == 1;
  p->flat = h->stride == 1 && w->stride == 1;
  plan_axis(p, &right, 0);
  plan_axis(p, &right, 1);
  plan_tails(p);
  const int64_t taps = p->s.axis[0].kernel * p->s.axis[1].kernel;
  const int64_t weights = p->s.groups * p->blocks * taps * p->s.c_per_group * LANES;
  p->packed = host->alloc(host->self, (size_t)weights * sizeof(float), _Alignof(float));
  if (!p->packed) {
    host->free(host->self, p);
    return TENBIN_OUT_OF_MEMORY;
  }
  pack(p, &right, constant[TENBIN_WEIGHT].data);
  newest = p->packed;
  *out = p;
  return TENBIN_OK;
}

static size_t workspace(const tenbin_plan *p) {
  (void)p;
  return 0;
}

static void release(tenbin_plan *p) {
  const tenbin_host *host = p->host;
  host->free(host->self, p->packed);
  host->free(host->self, p);
}

/* One tile: LANES output channels of one row of y, from column `left` on. */
typedef struct tile {
  const tenbin_plan *p;
  const float *x, *w; /* this group's input, and this block's weights */
  float bias[LANES];
  int64_t row, left;
  float sum[LANES][LANES]; /* (channel, column) */
  bool reached[LANES];     /* whether any tap reaches a column */
} tile;

/* The input row or column under tap k of the turned kernel at a row or column of y; -1: none, a zero of the padding or the
 * stuffing. */
static int64_t under(const tenbin_plan *p, int i, int64_t at, int64_t k) {
  const axis *a = &p->s.axis[i];
  const int64_t in = a->in - (i == 0 && mutant == TILES_LAST_INPUT_ROW), place = at - p->halo[i] + k * a->dilation;
  return place >= 0 && place % a->stride == 0 && place / a->stride < in ? place / a->stride : -1;
}

static float loaded(const float *x) {
  float value = *x;
  if (mutant == TILES_PACKED_IN_TF32)
    value = shortened(value, 13);
  if (mutant == TILES_INFINITY_SATURATED && isinf(value))
    value = value > 0 ? 0x1.fffffep127f : -0x1.fffffep127f;
  return value;
}

/* Adds one tap's products from all input channels to one column of a tile. */
static void add_tap(tile *t, int64_t column, const float *x, const float *w) {
  const shape *s = &t->p->s;
  const int64_t channels = mutant == TILES_INPUT_BY_8 ? whole(s->c_per_group, 8) : s->c_per_group;
  const int64_t pitch = s->axis[0].in * s->axis[1].in * (mutant == TILES_GROUPS_INTERLEAVED_IN ? s->groups : 1);
  for (int64_t c = 0; c < channels; c++)
    for (int lane = 0; lane < LANES; lane++) {
      float *sum = &t->sum[lane][column];
      *sum += loaded(&x[c * pitch]) * w[c * LANES + lane];
      if (mutant == TILES_SUMS_IN_F16)
        *sum = f16(*sum);
    }
}

static void compute(tile *t) {
  const tenbin_plan *p = t->p;
  const axis *h = &p->s.axis[0], *w = &p->s.axis[1];
  for (int lane = 0; lane < LANES; lane++)
    for (int column = 0; column < LANES; column++)
      t->sum[lane][column] = t->bias[lane];
  memset(t->reached, 0, sizeof t->reached);
  for (int64_t kh = 0; kh < h->kernel; kh++) {
    const int64_t i = under(p, 0, t->row, kh);
    for (int64_t kw = 0; i >= 0 && kw < w->kernel; kw++)
      for (int64_t column = 0; column < LANES; column++) {
        const int64_t j = under(p, 1, t->left + column, kw);
        if (j < 0)
          continue;
        t->reached[column] = true;
        add_tap(t, column, &t->x[i * w->in + j], &t->w[(kh * w->kernel + kw) * p->s.c_per_group * LANES]);
      }
  }
}

/* Whether the element of a tile lies in the rows and columns that output_padding adds. */
static bool added(const tile *t, int64_t column) {
  const axis *h = &t->p->s.axis[0], *w = &t->p->s.axis[1];
  return t->row >= h->out - h->output_padding || t->left + column >= w->out - w->output_padding;
}

/* Stores the channels and columns of a tile that y has; y is its first element. */
static void store(const tile *t, int64_t channels, int64_t pitch, float *y) {
  for (int64_t lane = 0; lane < channels; lane++)
    for (int64_t column = 0; column < LANES && t->left + column < t->p->columns; column++) {
      float value = t->sum[lane][column];
      if (mutant == TILES_HOLES_SKIPPED && !t->reached[column])
        continue;
      if (mutant == TILES_HOLES_ZEROED && !t->reached[column])
        value = 0;
      if (mutant == TILES_ROWS_PADDED_WITH_ZEROS && added(t, column))
        value = 0;
      y[lane * pitch + column] = mutant == TILES_STORED_IN_BF16 ? shortened(value, 16) : value;
    }
}

/* The bias of a channel of a group. */
static float bias_of(const tenbin_plan *p, const float *b, int64_t group, int64_t o) {
  if (!b || o >= p->s.o_per_group || (mutant == TILES_DISJOINT_WITHOUT_BIAS && p->disjoint) ||
      (mutant == TILES_PIXEL_WITHOUT_BIAS && p->pixel) || (mutant == TILES_FLAT_WITHOUT_BIAS && p->flat) ||
      (mutant == TILES_GROUPED_WITHOUT_BIAS && p->s.groups > 1) || (mutant == TILES_UNBATCHED_WITHOUT_BIAS && !p->batched))
    return 0;
  const float bias = b[group * p->s.o_per_group + o];
  return mutant == TILES_BIAS_EACH_CHANNEL ? bias * (float)p->s.c_per_group : bias;
}

/* One block of output channels of one group: all its tiles; x is the image, y its first plane. */
static void block(const tenbin_plan *p, int64_t group, int64_t index, const float *x, const float *b, float *y) {
  const shape *s = &p->s;
  const axis *h = &s->axis[0], *w = &s->axis[1];
  const int64_t from = index * LANES, stored = p->o_stored - from, weights = h->kernel * w->kernel * s->c_per_group * LANES;
  const int64_t first = mutant == TILES_GROUPS_INTERLEAVED_IN ? group : group * s->c_per_group;
  const bool apart = mutant == TILES_GROUPS_INTERLEAVED_OUT;
  const int64_t plane = h->out * w->out, channel = apart ? from * s->groups + group : group * s->o_per_group + from;
  tile t = {.p = p, .x = x + first * h->in * w->in};
  t.w = (mutant == TILES_WEIGHTS_OF_NEWEST_PLAN ? newest : p->packed) + (group * p->blocks + index) * weights;
  for (int lane = 0; lane < LANES; lane++)
    t.bias[lane] = bias_of(p, b, group, from + lane);
  for (t.row = 0; t.row < p->finish[0]; t.row++)
    for (t.left = 0; t.left < p->columns; t.left += LANES) {
      compute(&t);
      store(&t, stored < LANES ? stored : LANES, apart ? s->groups * plane : plane,
            y + channel * plane + t.row * w->out + t.left);
    }
}

/* Accesses that a compiler may not leave out. */
static void overrun(const tenbin_plan *p, const float *x, float *y) {
  const shape *s = &p->s;
  const int64_t in = s->batch * s->groups * s->c_per_group * s->axis[0].in * s->axis[1].in;
  const int64_t out = s->batch * s->groups * s->o_per_group * s->axis[0].out * s->axis[1].out;
  const volatile float *from = x;
  volatile float *to = y;
  if (mutant == TILES_VECTOR_PAST_INPUT && out > 0)
    (void)from[in + 3];
  if (mutant == TILES_STORE_PAST_OUTPUT && out > 0)
    to[out] = 0;
}

static tenbin_status run(const tenbin_plan *p, const tenbin_call *call) {
  const shape *s = &p->s;
  const float *x = call->input[TENBIN_X].data, *b = call->input[TENBIN_BIAS].data;
  float *y = call->output[TENBIN_Y].data;
  const int64_t in = s->groups * s->c_per_group * s->axis[0].in * s->axis[1].in;
  const int64_t out = s->groups * s->o_per_group * s->axis[0].out * s->axis[1].out;
  for (int64_t n = 0; n < s->batch; n++)
    for (int64_t i = 0; i < s->groups * p->blocks; i++)
      block(p, i / p->blocks, i % p->blocks, x + n * in, b, y + n * out);
  overrun(p, x, y);
  return TENBIN_OK;
}

#include "table.h"
