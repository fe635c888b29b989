/* subpixel: conv_transpose2d as ordinary convolutions, one for each phase of the output, with output channels in the lanes.
 *
 * Output pixels that the same taps reach are a class (conv_axis.h), and of each class
 *     y[p][o] = bias[o] + sum over taps t and input channels c of x[p + shift(t)][c] * w[t][c][o]
 * is a matrix product of K = taps*C_in/g whose rows are the class's pixels of all images of an item. A tile is some pixels by
 * some vectors of output channels, in registers from the first tap to the last; x is packed to (pixel, channel), so that a
 * pixel's channels are broadcast one after the other, and the weights to [block of channels][tap][c][o], so that they are read
 * in order. The tiles of a block of channels go to a buffer (pixel, o) and leave it transposed, to the rows of y.
 *
 * No tap that is cropped is computed, and no zero of padding: of the multiply-adds of a 4x4 image under k4 s2 p1 that is a
 * quarter.
 *
 * Claim: exact. The multiply-adds are those of the definition, fused where the processor can do so; of an output pixel that
 * shares its tile with few others, even and odd input channels are summed apart. What an item is depends on the problem alone
 * but for the number of its channels, so the bits do not depend on the number of threads. Witness: the whole grid,
 * 2,678,440 cases, on AVX-512, AVX2 and the portable path.
 *
 * SPDX-License-Identifier: MIT */
#include "subpixel.h"

#include <string.h>

#define LANE_BODY "conv_transpose2d/subpixel_body.h"
#include "lane_widths.h"

/* What one item computes. */
struct item {
  const tenbin_plan *plan;
  int64_t image, images, group, chunk;
  int64_t first[2], last[2]; /* output rows and columns */
  int64_t from[2], to[2];    /* input rows and columns */
  float *x, *tiles;
  struct pixels *pixels; /* [groups] */
  int64_t groups;
  struct tap *tap;
};

/* The folded columns [*from, *to) are placed in y: those that lie wholly in its rows, or none. */
static void list_placed(const tenbin_plan *plan, int64_t *from, int64_t *to) {
  *from = plan->placed ? conv_ceil_div(plan->lead, plan->fold) : 0;
  *to = plan->placed ? (plan->s.out[1] + plan->lead) / plan->fold : 0;
}

static void pack_input(const struct item *it, const float *x) {
  const tenbin_plan *plan = it->plan;
  const struct conv_shape *s = &plan->s;
  const int64_t h = it->to[0] - it->from[0], w = it->to[1] - it->from[1], area = s->in[0] * s->in[1];
  for (int64_t n = 0; n < it->images; n++) {
    const float *plane = x + ((it->image + n) * s->a.groups + it->group) * s->c_per_group * area;
    float *out = it->x + n * h * w * plan->pitch;
    if (w == s->in[1])
      plan->simd->pack(plane + it->from[0] * w, area, h * w, s->c_per_group, out, plan->pitch);
    else
      for (int64_t i = 0; i < h; i++)
        plan->simd->pack(plane + (it->from[0] + i) * s->in[1] + it->from[1], area, w, s->c_per_group, out + i * w * plan->pitch,
                         plan->pitch);
  }
}

/* The item's pixels of a class of rows, at [i0, i1), and a class of columns, at [j0, j1). */
static struct pixel *list_pixels(struct item *it, const struct conv_class *row, int64_t i0, int64_t i1,
                                 const struct conv_class *column, int64_t j0, int64_t j1, bool placed, struct pixel *p) {
  const tenbin_plan *plan = it->plan;
  const struct conv_shape *s = &plan->s;
  const int64_t h = it->to[0] - it->from[0], w = it->to[1] - it->from[1];
  const int64_t rows = it->last[0] - it->first[0], columns = it->last[1] - it->first[1];
  if (j0 >= j1)
    return p;
  it->pixels[it->groups++] = (struct pixels){placed, row, column, p, it->images * (i1 - i0) * (j1 - j0)};
  for (int64_t image = 0; image < it->images; image++)
    for (int64_t i = i0; i < i1; i++) {
      const int64_t at = (image * h + row->input + i - it->from[0]) * w + column->input - it->from[1];
      const int64_t r = row->first + i * plan->axis[0].stride, step = placed ? plan->fold : plan->axis[1].stride;
      const int64_t o =
          placed ? (image * s->a.groups * s->o_per_group * s->out[0] + r) * s->out[1] + column->first * step - plan->lead
                 : (image * rows + r - it->first[0]) * columns + column->first - it->first[1];
      for (int64_t j = j0; j < j1; j++)
        *p++ = (struct pixel){(at + j) * plan->pitch, o + j * step};
    }
  return p;
}

static void list_all_pixels(struct item *it, struct pixel *p) {
  const tenbin_plan *plan = it->plan;
  const struct conv_axis *h = &plan->axis[0], *w = &plan->axis[1];
  int64_t placed, end;
  it->groups = 0;
  list_placed(plan, &placed, &end);
  for (int64_t i = 0; i < h->classes; i++) {
    int64_t i0, i1;
    conv_class_clip(h, &h->class[i], it->first[0], it->last[0], &i0, &i1);
    for (int64_t j = 0; j < w->classes && i0 < i1; j++) {
      const struct conv_class *c = &w->class[j];
      int64_t j0, j1;
      conv_class_clip(w, c, it->first[1], it->last[1], &j0, &j1);
      const int64_t from = conv_min(conv_max(placed - c->first, j0), j1), to = conv_min(conv_max(end - c->first, from), j1);
      p = list_pixels(it, &h->class[i], i0, i1, c, j0, from, false, p);
      p = list_pixels(it, &h->class[i], i0, i1, c, from, to, true, p);
      p = list_pixels(it, &h->class[i], i0, i1, c, to, j1, false, p);
    }
  }
}

static int64_t list_taps(const struct item *it, const struct conv_class *row, const struct conv_class *column) {
  const tenbin_plan *plan = it->plan;
  const struct conv_axis *h = &plan->axis[0], *w = &plan->axis[1];
  int64_t n = 0;
  for (int64_t i = 0; i < row->taps; i++)
    for (int64_t j = 0; j < column->taps; j++)
      it->tap[n++] = (struct tap){-(i * h->shift * (it->to[1] - it->from[1]) + j * w->shift) * plan->pitch,
                                  (row->tap + i * h->step) * w->kernel + column->tap + j * w->step};
  return n;
}

/* n floats, in pieces whose size the compiler knows: the last overlaps the one before. */
static inline void copy_run(float *to, const float *from, int64_t n) {
  const int64_t piece = n >= 8 ? 8 : 4;
  if (n < 4)
    for (int64_t i = 0; i < n; i++)
      to[i] = from[i];
  else
    for (int64_t i = 0; i < n; i += piece) {
      const int64_t at = conv_min(i, n - piece);
      if (piece == 8)
        memcpy(to + at, from + at, 8 * sizeof(float));
      else
        memcpy(to + at, from + at, 4 * sizeof(float));
    }
}

/* The columns that `pixels` folded output pixels hold, of folded channels [o, o + width), from pixel `first` of a row of y's
 * plane on. */
static void unfold(const tenbin_plan *plan, const float *tiles, int64_t width, int64_t pixels, int64_t first, int64_t o,
                   float *row) {
  const struct conv_shape *s = &plan->s;
  const int64_t f = plan->fold, area = s->out[0] * s->out[1], end = conv_min(o + width, plan->channels);
  for (int64_t c = o; c < end; c = (c / f + 1) * f) {
    float *to = row + c / f * area;
    const int64_t from = c % f, n = conv_min(f - from, end - c);
    for (int64_t j = 0; j < pixels; j++) {
      const float *tile = tiles + j * width + c - o;
      const int64_t column = (first + j) * f - plan->lead + from;
      if (column < 0 || column + n > s->out[1])
        for (int64_t i = conv_max(0, -column); i < n && column + i < s->out[1]; i++)
          to[column + i] = tile[i];
      else
        copy_run(to + column, tile, n);
    }
  }
}

static void unpack_output(const struct item *it, int64_t width, int64_t o, float *y) {
  const tenbin_plan *plan = it->plan;
  const struct conv_shape *s = &plan->s;
  const int64_t rows = it->last[0] - it->first[0], columns = it->last[1] - it->first[1], area = s->out[0] * s->out[1];
  const int64_t channels = conv_min(width, plan->channels - o);
  if (plan->placed && plan->fold == 1)
    return;
  for (int64_t n = 0; n < it->images; n++) {
    float *planes = y + ((it->image + n) * s->a.groups + it->group) * s->o_per_group * area;
    const float *tiles = it->tiles + n * rows * columns * width;
    if (plan->fold > 1) {
      int64_t from, to;
      list_placed(plan, &from, &to);
      from = conv_min(conv_max(from - it->first[1], 0), columns), to = conv_min(conv_max(to - it->first[1], from), columns);
      for (int64_t i = 0; i < rows; i++) {
        const float *tile = tiles + i * columns * width;
        float *row = planes + (it->first[0] + i) * s->out[1];
        unfold(plan, tile, width, from, it->first[1], o, row);
        unfold(plan, tile + to * width, width, columns - to, it->first[1] + to, o, row);
      }
    } else if (area == 1)
      memcpy(planes + o, tiles, (size_t)channels * sizeof(float));
    else if (columns == s->out[1])
      plan->simd->unpack(tiles, width, rows * columns, channels, planes + o * area + it->first[0] * columns, area,
                         plan->stream);
    else
      for (int64_t i = 0; i < rows; i++)
        plan->simd->unpack(tiles + i * columns * width, width, columns, channels,
                           planes + o * area + (it->first[0] + i) * s->out[1] + it->first[1], area, plan->stream);
  }
}

static void compute_class(const struct item *it, const struct pixels *p, int64_t vectors, struct tile *t) {
  const struct simd *simd = it->plan->simd;
  const int64_t most = simd->rows[vectors], tiles = p->count <= most ? 1 : conv_ceil_div(p->count, most);
  const int64_t least = p->count / tiles, larger = p->count % tiles;
  t->taps = list_taps(it, p->row, p->column);
  for (int64_t k = 0, from = 0, rows; k < tiles; k++, from += rows) {
    rows = least + (k < larger);
    const bool fetch = k == 0 && rows > 1 && it->plan->fetch;
    (fetch ? simd->fetching_tile : simd->tile)[vectors][rows - 1](t, p->pixel + from);
  }
}

static void compute(const struct item *it, float *y) {
  const tenbin_plan *plan = it->plan;
  const struct conv_shape *s = &plan->s;
  const int64_t lanes = plan->simd->lanes, depth = s->c_per_group * plan->taps, area = s->out[0] * s->out[1];
  int64_t block = 0;
  for (int64_t v = 0, vectors; v < plan->vectors; v += vectors) {
    vectors = tb_subpixel_block(plan, v);
    if (plan->chunks > 1 && block++ * plan->chunks / plan->blocks != it->chunk)
      continue;
    struct tile t = {.x = it->x,
                     .w = plan->weights + it->group * plan->group_weights + v * lanes * depth,
                     .bias = plan->bias + (it->group * plan->vectors + v) * lanes,
                     .tap = it->tap,
                     .tap_weights = s->c_per_group * vectors * lanes};
    struct target buffer = {.y = it->tiles, .pixel = vectors * lanes}, in_y = {.pixel = 1};
    for (int64_t i = 0; i < vectors; i++)
      buffer.vector[i] = i * lanes;
    if (plan->placed) {
      in_y.y = y + (it->image * s->a.groups + it->group) * s->o_per_group * area;
      in_y.plane = plan->halves ? area : 0;
      for (int64_t i = 0; i < vectors; i++) {
        in_y.vector[i] = (v + i) * lanes / plan->fold * area + (v + i) * lanes % plan->fold;
        in_y.second[i] = (v + i) * lanes + lanes / 2 < plan->channels;
      }
    }
    const int64_t width = vectors * lanes, step = plan->step[vectors];
    for (int64_t c = 0; c == 0 || c < s->c_per_group; c += step, t.x += step, t.w += step * width, t.bias = NULL) {
      t.depth = conv_min(step, s->c_per_group - c);
      for (int64_t i = 0; i < it->groups; i++) {
        t.to = it->pixels[i].placed ? &in_y : &buffer;
        compute_class(it, &it->pixels[i], vectors, &t);
      }
    }
    unpack_output(it, width, v * lanes, y);
  }
}

static void work(void *arg, int64_t index, int32_t worker) {
  const struct conv_job *job = arg;
  const tenbin_plan *plan = job->plan;
  char *scratch = job->scratch + worker * plan->scratch;
  struct item it = {.plan = plan,
                    .x = (void *)scratch,
                    .tiles = (void *)(scratch + plan->at_tiles),
                    .pixels = (void *)(scratch + plan->at_groups),
                    .tap = (void *)(scratch + plan->at_taps)};
  it.chunk = index % plan->chunks, index /= plan->chunks;
  int64_t strip[2];
  strip[1] = index % plan->strips[1], index /= plan->strips[1];
  strip[0] = index % plan->strips[0], index /= plan->strips[0];
  it.group = index % plan->s.a.groups, index /= plan->s.a.groups;
  it.image = index * plan->images, it.images = conv_min(plan->images, plan->s.batch - it.image);
  for (int i = 0; i < 2; i++) {
    it.first[i] = strip[i] * plan->size[i];
    it.last[i] = conv_min(it.first[i] + plan->size[i], plan->axis[i].out);
    conv_axis_window(&plan->axis[i], it.first[i], it.last[i], &it.from[i], &it.to[i]);
  }
  pack_input(&it, job->x);
  list_all_pixels(&it, (void *)(scratch + plan->at_pixels));
  compute(&it, job->y);
}

static tenbin_status prepare(const tenbin_problem *p, const tenbin_tensor *constant, const tenbin_host *host,
                             tenbin_plan **out) {
  return tb_subpixel_prepare(LANE_CHOICE(simd), p, constant, host, out);
}

static size_t workspace(const tenbin_plan *plan) {
  return (size_t)plan->scratch * (size_t)plan->threads;
}

static tenbin_status run(const tenbin_plan *plan, const tenbin_call *call) {
  return conv_run(plan, plan->host, plan->items, work, call);
}

const tenbin_kernel tenbin_kernel_subpixel = {
    .struct_size = sizeof(tenbin_kernel),
    .name = "subpixel",
    .op = "conv_transpose2d",
    .summary = "a convolution for each phase of the output, output channels in the lanes",
    .alignment = 64,
    .flags = TENBIN_REENTRANT,
    .supports = conv_supports_packed,
    .prepare = prepare,
    .workspace = workspace,
    .run = run,
    .release = tb_subpixel_release,
    .library = tb_isa_library,
};
