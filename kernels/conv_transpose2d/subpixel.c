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
 * but for the number of its channels, so the bits do not depend on the number of threads. Witness: the whole grid, 2,678,120
 * cases, on each of AVX2 and portable vectors.
 *
 * SPDX-License-Identifier: MIT */
#include "conv_axis.h"
#include "isa.h"
#include "kernel.h"

#include <stdio.h>
#include <string.h>

enum {
  TILE_ROWS = 12,
  TILE_VECTORS = 4,
  LINE = 16, /* floats of a cache line */
  STRETCH = 4 * LINE,
  FOLD_LEAST = 4,            /* floats worth a copy of their own */
  TILES_BYTES = 32 << 10,    /* an item's tiles of one block of output channels stay in the first-level cache, */
  WINDOW_BYTES = 256 << 10,  /* and its packed input in the second-level one, */
  WEIGHTS_BYTES = 256 << 10, /* together with the weights that its tiles share, */
  LEAST_DEPTH = 64,          /* as long as a tile has so many input channels to add up before it is stored */
  STREAM_BYTES = 8 << 20     /* outputs above this are stored past the caches: below, that costs more than it saves */
};

struct pixel {
  int64_t x, y; /* an output pixel: floats from the packed input's begin to its tap 0; its number among the tiles */
};

/* The pixels of a class of rows and a class of columns: those that the same taps reach. */
struct pixels {
  const struct conv_class *row, *column;
  const struct pixel *pixel;
  int64_t count;
};

struct tap {
  int64_t x, w; /* floats from a pixel's tap 0; number of the tap, kh*kW + kw */
};

struct tile {
  const float *x, *w, *bias; /* the packed input, the block's weights and bias; NULL: to be added to y */
  float *y;
  const struct tap *tap;
  int64_t taps, depth; /* depth: input channels */
  int64_t tap_weights; /* floats from one tap's weights to the next's */
};

struct simd {
  int lanes, vectors; /* most vectors of output channels in a tile */
  int rows[TILE_VECTORS + 1];
  void (*tile[TILE_VECTORS + 1][TILE_ROWS])(const struct tile *t, const struct pixel *p);
  void (*enter)(const float *x, int64_t pitch, int64_t pixels, int64_t channels, float *out, int64_t out_pitch);
  void (*leave)(const float *tiles, int64_t tile_pitch, int64_t pixels, int64_t channels, float *y, int64_t pitch, bool stream);
};

#define LANES 4
#include "subpixel_body.h"
#if defined(__x86_64__)
#define LANES 8
#include "subpixel_body.h"
#define LANES 16
#include "subpixel_body.h"
#endif

struct tenbin_plan {
  const tenbin_host *host;
  const struct simd *simd;
  struct conv_shape s;
  int64_t fold;           /* phases of the width that count as channels: then axis[1] is that of the folded problem, stride 1 */
  int64_t repeat;         /* channels that share a bias */
  int64_t lead;           /* columns that the folded output has before y's first */
  int64_t channels, taps; /* of a group, and of a filter, folded */
  int64_t class_taps;     /* most taps that reach a pixel */
  struct conv_axis axis[2];
  int64_t vectors;       /* of a group's output channels, rounded up */
  int64_t blocks;        /* of up to simd->vectors of them */
  int64_t group_weights; /* floats of a group's packed weights */
  float *weights, *bias; /* packed */
  int64_t pitch;         /* floats of a packed input pixel */
  bool stream;
  int64_t images, size[2]; /* images, output rows and columns of an item */
  int64_t sets, strips[2], chunks, items;
  int32_t threads;
  int64_t window[2];                                        /* most input rows and columns of an item */
  int64_t at_tiles, at_pixels, at_groups, at_taps, scratch; /* bytes of a worker's scratch */
};

/* n cut into even parts of at most `most`, each a multiple of `unit` or all of n: the size of one. */
static int64_t even(int64_t n, int64_t most, int64_t unit) {
  if (n <= most)
    return n;
  const int64_t parts = conv_ceil_div(n, conv_max(most, unit));
  return conv_ceil_div(conv_ceil_div(n, parts), unit) * unit;
}

/* How many vectors of output channels the block that begins at vector v has. */
static int block_vectors(const tenbin_plan *plan, int64_t v) {
  const int64_t rest = plan->vectors - v;
  if (rest <= plan->simd->vectors)
    return (int)rest;
  if (plan->simd->vectors == 3) /* 6 x 2 accumulators; 4 x 3 only where a vector would be left over */
    return 2;
  return rest == plan->simd->vectors + 1 ? plan->simd->vectors - 1 : plan->simd->vectors;
}

/* Of an image of one pixel the output is the filter's shape, and (C_out, kH, kW) are output channels of a 1x1 convolution: one
 * matrix product over all images, with the weights as they lie. */
static void flatten(tenbin_plan *plan) {
  struct conv_shape *s = &plan->s;
  plan->repeat = 1;
  if (s->in[0] * s->in[1] != 1 || s->out[0] != s->kernel[0] || s->out[1] != s->kernel[1] || s->a.padding[0] ||
      s->a.padding[1] || (s->a.dilation[0] != 1 && s->kernel[0] > 1) || (s->a.dilation[1] != 1 && s->kernel[1] > 1))
    return;
  plan->repeat = s->kernel[0] * s->kernel[1];
  s->o_per_group *= plan->repeat;
  for (int i = 0; i < 2; i++)
    s->kernel[i] = s->out[i] = s->a.stride[i] = 1;
}

/* Where all phases of the width have the same taps, as many as kernel_size/stride, they are channels of one convolution of
 * stride 1: its output pixel j holds the columns j*stride - padding and following of each channel, side by side. */
static void fold(tenbin_plan *plan) {
  struct conv_shape *s = &plan->s;
  struct conv_axis *w = &plan->axis[1];
  const int64_t stride = s->a.stride[1];
  plan->fold = 1;
  if (stride >= FOLD_LEAST && w->dilation == 1 && s->kernel[1] % stride == 0) {
    plan->fold = stride;
    plan->lead = s->a.padding[1];
    w->out = conv_ceil_div(s->out[1] + plan->lead, stride);
    w->kernel = s->kernel[1] / stride;
    w->stride = 1, w->padding = 0;
    w->step = 1, w->shift = 1;
  }
  plan->channels = s->o_per_group * plan->fold;
  plan->taps = s->kernel[0] * w->kernel;
  plan->class_taps = conv_ceil_div(s->kernel[0], plan->axis[0].step) * conv_ceil_div(w->kernel, w->step);
}

/* Cuts the problem into items: images, or a part of one, as many as their tiles and their input fit the caches; and where these
 * are few for the threads, the channels, too, at the price of packing the input once for each part. */
static void cut(tenbin_plan *plan, int32_t threads) {
  const struct conv_shape *s = &plan->s;
  const int64_t out[2] = {plan->axis[0].out, plan->axis[1].out};
  const int64_t width = conv_min(plan->vectors, plan->simd->vectors) * plan->simd->lanes;
  int64_t pixels = conv_max(TILES_BYTES / 4 / width, 64);
  if (out[0] == 0 || out[1] == 0 || s->batch == 0)
    return;
  const int64_t inputs = s->a.stride[0] * s->a.stride[1];
  pixels = conv_min(pixels, conv_max(64, WINDOW_BYTES / 4 / s->c_per_group * inputs));
  const int64_t stride = s->a.stride[0], columns = conv_max(pixels / stride, LINE);
  plan->size[1] = even(out[1], columns, LINE);
  plan->size[0] = even(out[0], conv_max(pixels / plan->size[1], 1), stride);
  plan->images = 1;
  if (plan->size[0] >= out[0] && plan->size[1] >= out[1])
    plan->images = even(conv_max(s->batch, 1), conv_max(1, pixels / (out[0] * out[1])), 1);
  for (int i = 0; i < 2; i++) {
    plan->strips[i] = conv_ceil_div(out[i], plan->size[i]);
    for (int64_t o = 0; o < out[i]; o += plan->size[i]) {
      int64_t from, to;
      conv_axis_window(&plan->axis[i], o, conv_min(o + plan->size[i], out[i]), &from, &to);
      plan->window[i] = conv_max(plan->window[i], to - from);
    }
  }
  plan->stream = s->batch * s->a.groups * s->o_per_group * s->out[0] * s->out[1] * 4 > STREAM_BYTES;
  plan->sets = conv_ceil_div(s->batch, plan->images);
  const int64_t places = plan->sets * plan->strips[0] * plan->strips[1] * s->a.groups;
  plan->chunks =
      threads == 1 || places >= 4 * threads ? 1 : conv_min(conv_ceil_div(4 * threads, conv_max(places, 1)), plan->blocks);
  plan->items = places * plan->chunks;
}

static int64_t line_up(int64_t bytes) {
  return (bytes + 63) / 64 * 64;
}

static void lay_out(tenbin_plan *plan) {
  const int64_t pixels = plan->images * plan->size[0] * plan->size[1], groups = plan->axis[0].classes * plan->axis[1].classes;
  const int64_t width = conv_min(plan->vectors, plan->simd->vectors) * plan->simd->lanes;
  plan->at_tiles = line_up(plan->images * plan->window[0] * plan->window[1] * plan->pitch * 4);
  plan->at_pixels = plan->at_tiles + line_up(pixels * width * 4);
  plan->at_groups = plan->at_pixels + line_up(pixels * (int64_t)sizeof(struct pixel));
  plan->at_taps = plan->at_groups + line_up(conv_min(pixels, groups) * (int64_t)sizeof(struct pixels));
  plan->scratch = plan->at_taps + line_up(plan->taps * (int64_t)sizeof(struct tap));
}

/* Packed [group][block][tap][input channel][output channel of the block]; of folded channels the phase varies fastest. An input
 * channel's filters of a block are read once from memory, and again from the cache for each tap. */
static void pack(tenbin_plan *plan, const float *w) {
  const struct conv_shape *s = &plan->s;
  const int64_t area = s->kernel[0] * s->kernel[1], lanes = plan->simd->lanes, f = plan->fold, depth = s->c_per_group;
  float *out = plan->weights;
  for (int64_t g = 0; g < s->a.groups; g++)
    for (int64_t v = 0; v < plan->vectors; v += block_vectors(plan, v)) {
      const int64_t width = block_vectors(plan, v) * lanes;
      const int64_t first = v * lanes, whole = conv_min(width, plan->channels - first);
      for (int64_t c = 0; c < depth; c++) {
        const float *from = w + (g * depth + c) * s->o_per_group * area;
        for (int64_t t = 0; t < plan->taps; t++)
          for (int64_t i = 0, o = first; i < width; i++, o++)
            out[(t * depth + c) * width + i] = i < whole ? from[(f == 1 ? o * area : o / f * area + o % f) + t * f] : 0.0f;
      }
      out += plan->taps * depth * width;
    }
}

static void pack_bias(tenbin_plan *plan, const float *b) {
  const int64_t width = plan->vectors * plan->simd->lanes, o = plan->s.o_per_group;
  for (int64_t g = 0; g < plan->s.a.groups; g++)
    for (int64_t i = 0; i < width; i++)
      plan->bias[g * width + i] = b && i < plan->channels ? b[(g * o + i / plan->fold) / plan->repeat] : 0.0f;
}

static void release(tenbin_plan *plan) {
  const tenbin_host *host = plan->host;
  for (int i = 0; i < 2; i++)
    host->free(host->self, plan->axis[i].class);
  host->free(host->self, plan->weights);
  host->free(host->self, plan->bias);
  host->free(host->self, plan);
}

static tenbin_status prepare(const tenbin_problem *p, const tenbin_tensor *constant, const tenbin_host *host,
                             tenbin_plan **out) {
  static const struct simd *const simd[] = {[TB_ISA_PORTABLE] = &simd_4,
#if defined(__x86_64__)
                                            [TB_ISA_AVX2] = &simd_8,
                                            [TB_ISA_AVX512] = &simd_16
#endif
  };
  tenbin_plan *plan = host->alloc(host->self, sizeof *plan, _Alignof(tenbin_plan));
  if (!plan)
    return TENBIN_OUT_OF_MEMORY;
  *plan = (tenbin_plan){.host = host, .simd = simd[tb_isa_choose()], .s = conv_shape_of(p)};
  const struct conv_shape *s = &plan->s;
  bool whole = true;
  flatten(plan);
  for (int i = 0; i < 2; i++)
    plan->axis[i] = conv_axis_of(s, i);
  fold(plan);
  for (int i = 0; i < 2; i++) {
    whole = conv_axis_classify(&plan->axis[i], host) && whole;
  }
  plan->vectors = conv_ceil_div(plan->channels, plan->simd->lanes);
  for (int64_t v = 0; v < plan->vectors; v += block_vectors(plan, v))
    plan->blocks++;
  const int64_t width = plan->vectors * plan->simd->lanes;
  plan->group_weights = plan->taps * s->c_per_group * width;
  plan->weights = host->alloc(host->self, (size_t)(s->a.groups * plan->group_weights) * sizeof(float), 64);
  plan->bias = host->alloc(host->self, (size_t)(s->a.groups * width) * sizeof(float), 64);
  if (!whole || !plan->weights || !plan->bias) {
    release(plan);
    return TENBIN_OUT_OF_MEMORY;
  }
  pack(plan, constant[TENBIN_WEIGHT].data);
  pack_bias(plan, s->bias ? constant[TENBIN_BIAS].data : NULL);
  /* Pixels must not lie a multiple of 512 bytes apart: they would meet in few sets of the first-level cache. */
  plan->pitch = s->c_per_group % 128 == 0 ? s->c_per_group + LINE : s->c_per_group;
  plan->threads = p->threads;
  cut(plan, p->threads);
  lay_out(plan);
  *out = plan;
  return TENBIN_OK;
}

struct job {
  const tenbin_plan *plan;
  const float *x;
  float *y;
  char *scratch;
};

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

static void enter(const struct item *it, const float *x) {
  const tenbin_plan *plan = it->plan;
  const struct conv_shape *s = &plan->s;
  const int64_t h = it->to[0] - it->from[0], w = it->to[1] - it->from[1], area = s->in[0] * s->in[1];
  for (int64_t n = 0; n < it->images; n++) {
    const float *plane = x + ((it->image + n) * s->a.groups + it->group) * s->c_per_group * area;
    float *out = it->x + n * h * w * plan->pitch;
    if (w == s->in[1])
      plan->simd->enter(plane + it->from[0] * w, area, h * w, s->c_per_group, out, plan->pitch);
    else
      for (int64_t i = 0; i < h; i++)
        plan->simd->enter(plane + (it->from[0] + i) * s->in[1] + it->from[1], area, w, s->c_per_group,
                          out + i * w * plan->pitch, plan->pitch);
  }
}

/* The item's pixels of a class of rows, at [i0, i1), and a class of columns, at [j0, j1). */
static void list_pixels(struct item *it, const struct conv_class *row, int64_t i0, int64_t i1, const struct conv_class *column,
                        int64_t j0, int64_t j1, struct pixel *p) {
  const tenbin_plan *plan = it->plan;
  const int64_t h = it->to[0] - it->from[0], w = it->to[1] - it->from[1];
  const int64_t rows = it->last[0] - it->first[0], columns = it->last[1] - it->first[1];
  it->pixels[it->groups++] = (struct pixels){row, column, p, it->images * (i1 - i0) * (j1 - j0)};
  for (int64_t image = 0; image < it->images; image++)
    for (int64_t i = i0; i < i1; i++) {
      const int64_t at = (image * h + row->input + i - it->from[0]) * w + column->input - it->from[1];
      const int64_t o =
          (image * rows + row->first + i * plan->axis[0].stride - it->first[0]) * columns + column->first - it->first[1];
      for (int64_t j = j0; j < j1; j++)
        *p++ = (struct pixel){(at + j) * plan->pitch, o + j * plan->axis[1].stride};
    }
}

static void list_all_pixels(struct item *it, struct pixel *p) {
  const struct conv_axis *h = &it->plan->axis[0], *w = &it->plan->axis[1];
  it->groups = 0;
  for (int64_t i = 0; i < h->classes; i++) {
    int64_t i0, i1, j0, j1;
    conv_class_clip(h, &h->class[i], it->first[0], it->last[0], &i0, &i1);
    for (int64_t j = 0; j < w->classes && i0 < i1; j++) {
      conv_class_clip(w, &w->class[j], it->first[1], it->last[1], &j0, &j1);
      if (j0 < j1) {
        list_pixels(it, &h->class[i], i0, i1, &w->class[j], j0, j1, p);
        p += it->pixels[it->groups - 1].count;
      }
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

static void leave(const struct item *it, int64_t width, int64_t o, float *y) {
  const tenbin_plan *plan = it->plan;
  const struct conv_shape *s = &plan->s;
  const int64_t rows = it->last[0] - it->first[0], columns = it->last[1] - it->first[1], area = s->out[0] * s->out[1];
  const int64_t channels = conv_min(width, plan->channels - o);
  for (int64_t n = 0; n < it->images; n++) {
    float *planes = y + ((it->image + n) * s->a.groups + it->group) * s->o_per_group * area;
    const float *tiles = it->tiles + n * rows * columns * width;
    if (area == 1)
      memcpy(planes + o, tiles, (size_t)channels * sizeof(float));
    else if (plan->fold > 1)
      for (int64_t i = 0; i < rows; i++)
        unfold(plan, tiles + i * columns * width, width, columns, it->first[1], o, planes + (it->first[0] + i) * s->out[1]);
    else if (columns == s->out[1])
      plan->simd->leave(tiles, width, rows * columns, channels, planes + o * area + it->first[0] * columns, area, plan->stream);
    else
      for (int64_t i = 0; i < rows; i++)
        plan->simd->leave(tiles + i * columns * width, width, columns, channels,
                          planes + o * area + (it->first[0] + i) * s->out[1] + it->first[1], area, plan->stream);
  }
}

static void compute_class(const struct item *it, const struct pixels *p, int64_t vectors, struct tile *t) {
  const struct simd *simd = it->plan->simd;
  const int64_t tiles = conv_ceil_div(p->count, simd->rows[vectors]);
  t->taps = list_taps(it, p->row, p->column);
  for (int64_t k = 0; k < tiles; k++) {
    const int64_t from = p->count * k / tiles, rows = p->count * (k + 1) / tiles - from;
    simd->tile[vectors][rows - 1](t, p->pixel + from);
  }
}

static void compute(const struct item *it, float *y) {
  const tenbin_plan *plan = it->plan;
  const struct conv_shape *s = &plan->s;
  const int64_t lanes = plan->simd->lanes, depth = s->c_per_group * plan->taps;
  int64_t block = 0;
  for (int64_t v = 0, vectors; v < plan->vectors; v += vectors) {
    vectors = block_vectors(plan, v);
    if (block++ * plan->chunks / plan->blocks != it->chunk)
      continue;
    struct tile t = {.x = it->x,
                     .w = plan->weights + it->group * plan->group_weights + v * lanes * depth,
                     .bias = plan->bias + (it->group * plan->vectors + v) * lanes,
                     .y = it->tiles,
                     .tap = it->tap,
                     .tap_weights = s->c_per_group * vectors * lanes};
    const int64_t width = vectors * lanes;
    /* Input channels at once: a class's weights of them stay in cache from its first tile to its last. */
    const int64_t step = even(s->c_per_group, conv_max(LEAST_DEPTH, WEIGHTS_BYTES / 4 / (width * plan->class_taps)), 4);
    for (int64_t c = 0; c == 0 || c < s->c_per_group; c += step) {
      struct tile part = t;
      part.x += c, part.w += c * width, part.depth = conv_min(step, s->c_per_group - c);
      part.bias = c == 0 ? t.bias : NULL;
      for (int64_t i = 0; i < it->groups; i++)
        compute_class(it, &it->pixels[i], vectors, &part);
    }
    leave(it, width, v * lanes, y);
  }
}

static void work(void *arg, int64_t index, int32_t worker) {
  const struct job *job = arg;
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
  enter(&it, job->x);
  list_all_pixels(&it, (void *)(scratch + plan->at_pixels));
  compute(&it, job->y);
}

static size_t workspace(const tenbin_plan *plan) {
  return (size_t)plan->scratch * (size_t)plan->threads;
}

static tenbin_status run(const tenbin_plan *plan, const tenbin_call *call) {
  struct job job = {plan, call->input[TENBIN_X].data, call->output[TENBIN_Y].data, call->workspace};
  if (plan->items > 0)
    plan->host->parallel(plan->host->self, plan->items, work, &job);
  return TENBIN_OK;
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
    .release = release,
    .library = tb_isa_library,
};
