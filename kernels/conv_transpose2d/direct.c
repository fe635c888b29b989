/* direct: conv_transpose2d as ordinary convolutions, one for each phase of the output, with output pixels in the lanes.
 *
 * The input of an item, some output rows of one group, is copied with zeros beside each row, as many as the taps reach beyond
 * it, and the zeros after one row are those before the next. The rows of a phase then lie one after the other, with a few
 * pixels between them that are computed for nothing: a run of them is one long convolution of stride 1, whose taps are fixed
 * offsets into the copy, and vectors run across the ends of rows. The lines of all phases are interleaved to the rows of y.
 * Where there are two phases and rows of some length, both are computed together, a row at a time, and woven in registers.
 * There is no cost that more channels would have to share, as transposing them would be: it is for groups of few channels,
 * depthwise ones above all.
 *
 * Claim: exact; the multiply-adds are those of the definition and some with zeros of padding, fused where the processor can do
 * so. An output pixel's sum has one order wherever the strips are cut: the bits do not depend on the number of threads.
 * Witness: the whole grid, 2,678,440 cases, on AVX-512, AVX2 and the portable path.
 *
 * SPDX-License-Identifier: MIT */
#include "conv_axis.h"

#include <string.h>

enum { WOVEN_ROWS = 3, WOVEN_VECTORS = 2 };

struct step {
  int64_t x, w; /* floats from the tile's first pixel; number of the input channel and tap in the packed weights */
};

/* Rows of output whose columns have two phases, which are computed together. A tap of a row is one of the filter's columns, or
 * two of them, one of each phase, that have the same pixel. */
struct weave {
  const struct step *tap; /* rows of taps, x from the first output row's first pixel; their weights lie in order */
  int64_t taps, depth;
  int64_t channel;               /* floats from one input channel to the next */
  const int64_t *column;         /* floats from an output's pixel to each tap's */
  int64_t shared, evens, odds;   /* taps of both phases, of the first's alone, of the second's */
  int64_t columns;               /* of y */
  int64_t x_row, y_row, y_pitch; /* floats from one row, and from one channel of y, to the next */
  bool stream;
};

enum {
  BAND_BYTES = 128 << 10, /* of the packed input, in the second-level cache */
  RUN = 4096              /* about as many floats of a phase, or of its input, at once, in the first-level cache */
};

struct direct_simd {
  int lanes;
  int rows[PIXEL_VECTORS + 1]; /* most rows of a tile of as many vectors */
  void (*tile[PIXEL_VECTORS + 1][PIXEL_ROWS])(const struct step *step, int64_t steps, const float *w, const float *x,
                                              const float *bias, float *y, int64_t y_pitch, int64_t tiles);
  void (*copy)(const float *x, int64_t x_pitch, int64_t n, int64_t zeros, int64_t rows, float *y, int64_t y_pitch);
  void (*interleave)(const float *even, const float *odd, int64_t pitch, int64_t n, int64_t rows, float *y, int64_t y_pitch,
                     bool stream);
  void (*woven[WOVEN_ROWS])(const struct weave *t, const float *w, const float *x, const float *bias, float *y, int64_t n);
};

#define LANE_BODY "conv_transpose2d/direct_body.h"
#include "lane_widths.h"

struct tenbin_plan {
  const tenbin_host *host;
  const struct direct_simd *simd;
  struct conv_shape s;
  struct conv_axis axis[2];
  float *weights, *bias;
  bool woven;             /* whether two phases are computed together, and woven in registers: then */
  int64_t shared, evens;  /* so many pairs of taps have one pixel, so many taps are the first phase's alone, */
  int64_t *column;        /* and these are their pixels, from an output's; */
  int64_t *order;         /* the filter's columns as packed */
  int64_t vectors, block; /* of a tile; its most output channels */
  int64_t front, pitch;   /* zeros before the first row of a packed channel; floats from one packed row to the next */
  int64_t rows, strips;   /* output rows of an item */
  int64_t run;            /* most rows of a phase computed at once, whose lines, or whose input if woven, stay near */
  int64_t channel;        /* floats from one packed channel to the next */
  int64_t line;           /* floats of one channel's lines of one phase */
  bool stream;
  int32_t threads;
  int64_t at_steps, at_lines, scratch; /* bytes */
};

/* Of a group's output channels the first of block i. */
static int64_t block_from(const tenbin_plan *plan, int64_t i) {
  return plan->s.o_per_group * i / conv_ceil_div(plan->s.o_per_group, plan->block);
}

/* Where row kh of the filter is packed: those of one phase lie one after the other. */
static int64_t packed_row(const tenbin_plan *plan, int64_t kh) {
  const struct conv_axis *h = &plan->axis[0];
  const int64_t step = conv_max(h->step, 1), whole = h->kernel / step, phase = kh % step;
  return phase * whole + conv_min(phase, h->kernel % step) + kh / step;
}

/* Packed [group][block][kh][c][column of the filter][output channel of the block], rows and columns of the filter in the plan's
 * order. */
static void pack(tenbin_plan *plan, const float *w) {
  const struct conv_shape *s = &plan->s;
  const int64_t depth = s->c_per_group, width = s->kernel[1], taps = s->kernel[0] * width;
  float *block = plan->weights;
  for (int64_t g = 0; g < s->a.groups; g++)
    for (int64_t i = 0; i < conv_ceil_div(s->o_per_group, plan->block); i++) {
      const int64_t first = block_from(plan, i), channels = block_from(plan, i + 1) - first;
      for (int64_t kh = 0; kh < s->kernel[0]; kh++) {
        float *out = block + packed_row(plan, kh) * depth * width * channels;
        for (int64_t c = 0; c < depth; c++)
          for (int64_t q = 0; q < width; q++)
            for (int64_t o = first; o < first + channels; o++)
              *out++ = w[((g * depth + c) * s->o_per_group + o) * taps + kh * width + plan->order[q]];
      }
      block += taps * depth * channels;
    }
}

static bool within(const struct conv_class *phase, int64_t tap) {
  return tap >= 0 && tap < phase->taps;
}

/* The order of the filter's columns: as they are, or those of two phases that have one pixel side by side, even one first, then
 * those of the even phase alone, and of the odd one alone. */
static void arrange(tenbin_plan *plan) {
  const struct conv_axis *w = &plan->axis[1];
  int64_t n = 0, q = 0;
  for (int64_t k = 0; k < w->kernel; k++)
    plan->order[k] = k;
  if (!plan->woven)
    return;
  const struct conv_class *even = &w->phase[0], *odd = &w->phase[1];
  /* Tap i of the odd phase has the pixel of tap i - ahead of the even one, if the pixels of both are the same at all. */
  const int64_t apart = odd->input - even->input, ahead = w->shift > 0 ? apart / w->shift : 0;
  const bool meet = apart % conv_max(w->shift, 1) == 0;
  for (int64_t i = 0; i < even->taps; i++)
    if (meet && within(odd, i + ahead)) {
      plan->column[n++] = even->input - i * w->shift;
      plan->order[q++] = even->tap + i * w->step;
      plan->order[q++] = odd->tap + (i + ahead) * w->step;
    }
  plan->shared = n;
  for (int64_t i = 0; i < even->taps; i++)
    if (!meet || !within(odd, i + ahead)) {
      plan->column[n++] = even->input - i * w->shift;
      plan->order[q++] = even->tap + i * w->step;
    }
  plan->evens = n - plan->shared;
  for (int64_t i = 0; i < odd->taps; i++)
    if (!meet || !within(even, i - ahead)) {
      plan->column[n++] = odd->input - i * w->shift;
      plan->order[q++] = odd->tap + i * w->step;
    }
}

static void cut(tenbin_plan *plan) {
  const struct conv_shape *s = &plan->s;
  const struct conv_axis *w = &plan->axis[1];
  int64_t back = 0;
  for (int64_t i = 0; i < w->phases; i++) {
    const struct conv_class *f = &w->phase[i];
    if (f->taps == 0)
      continue;
    plan->front = conv_max(plan->front, (f->taps - 1) * w->shift - f->input);
    back = conv_max(back, f->input + f->count - w->in);
  }
  plan->vectors = s->o_per_group <= 3 ? 4 : s->o_per_group % 4 == 0 || s->o_per_group > 6 ? 3 : 2;
  plan->woven = w->stride == 2 && w->out + 1 >= 2 * WOVEN_VECTORS * plan->simd->lanes;
  plan->block = conv_min(s->o_per_group, plan->woven ? WOVEN_ROWS : plan->simd->rows[plan->vectors]);
  arrange(plan);
  plan->pitch = w->in + conv_max(plan->front, back);
  if (plan->woven) { /* a load that crosses a cache line counts twice */
    plan->front = conv_round_up(plan->front, plan->simd->lanes);
    plan->pitch = conv_round_up(plan->pitch, plan->simd->lanes);
  }
  const int64_t row = plan->pitch * s->c_per_group; /* floats of an input row */
  int64_t rows = conv_max(1, BAND_BYTES / 4 / row) * s->a.stride[0];
  if (plan->threads > 1)
    rows = conv_min(rows, conv_ceil_div(s->out[0] * s->batch * s->a.groups, 4 * plan->threads));
  plan->rows = conv_max(1, conv_min(s->out[0], conv_max(rows, s->a.stride[0])));
  plan->strips = conv_ceil_div(s->out[0], plan->rows);
  plan->rows = conv_round_up(conv_ceil_div(s->out[0], plan->strips), s->a.stride[0]);
  plan->strips = conv_ceil_div(s->out[0], plan->rows);
  int64_t window = 1;
  for (int64_t i = 0, from, to; i < s->out[0]; i += plan->rows) {
    conv_axis_window(&plan->axis[0], i, conv_min(i + plan->rows, s->out[0]), &from, &to);
    window = conv_max(window, to - from);
  }
  plan->run = RUN / plan->pitch / (plan->woven ? s->c_per_group : plan->block);
  plan->run = conv_max(1, conv_min(conv_ceil_div(plan->rows, s->a.stride[0]), plan->run));
  const int64_t step = plan->vectors * plan->simd->lanes;
  plan->channel = conv_round_up(plan->front + window * plan->pitch + back + step, LINE);
  if (plan->channel % 64 == 0)
    plan->channel += LINE;
  plan->line = conv_round_up((plan->run - 1) * plan->pitch + conv_ceil_div(s->out[1], w->stride) + step, LINE) + LINE;
  plan->stream = conv_streams(s);
  plan->at_steps = conv_line_up(s->c_per_group * plan->channel * 4);
  plan->at_lines = plan->at_steps + conv_line_up(s->c_per_group * s->kernel[0] * s->kernel[1] * (int64_t)sizeof(struct step));
  plan->scratch = plan->at_lines + conv_line_up(plan->woven ? 0 : w->phases * plan->block * plan->line * 4);
}

static void release(tenbin_plan *plan) {
  const tenbin_host *host = plan->host;
  for (int i = 0; i < 2; i++)
    host->free(host->self, plan->axis[i].class);
  host->free(host->self, plan->order);
  host->free(host->self, plan->weights);
  host->free(host->self, plan->bias);
  host->free(host->self, plan);
}

static tenbin_status prepare(const tenbin_problem *p, const tenbin_tensor *constant, const tenbin_host *host,
                             tenbin_plan **out) {
  tenbin_plan *plan = host->alloc(host->self, sizeof *plan, _Alignof(tenbin_plan));
  if (!plan)
    return TENBIN_OUT_OF_MEMORY;
  *plan = (tenbin_plan){.host = host, .simd = LANE_CHOICE(simd), .s = conv_shape_of(p), .threads = p->threads};
  const struct conv_shape *s = &plan->s;
  bool whole = true;
  for (int i = 0; i < 2; i++) {
    plan->axis[i] = conv_axis_of(s, i);
    whole = conv_axis_classify(&plan->axis[i], host) && whole;
  }
  const int64_t count = s->a.groups * s->c_per_group * s->o_per_group * s->kernel[0] * s->kernel[1];
  plan->weights = host->alloc(host->self, (size_t)count * sizeof(float), 64);
  plan->bias = host->alloc(host->self, (size_t)(s->a.groups * s->o_per_group) * sizeof(float), 64);
  plan->order = host->alloc(host->self, 2 * (size_t)s->kernel[1] * sizeof *plan->order, _Alignof(int64_t));
  if (!whole || !plan->weights || !plan->bias || !plan->order) {
    release(plan);
    return TENBIN_OUT_OF_MEMORY;
  }
  plan->column = plan->order + s->kernel[1];
  if (!conv_empty(s)) {
    cut(plan);
    pack(plan, constant[TENBIN_WEIGHT].data);
  }
  for (int64_t o = 0; o < s->a.groups * s->o_per_group; o++)
    plan->bias[o] = s->bias ? ((const float *)constant[TENBIN_BIAS].data)[o] : 0.0f;
  *out = plan;
  return TENBIN_OK;
}

struct item {
  const tenbin_plan *plan;
  float *y; /* the group's planes of the image */
  int64_t group, from;
  float *x, *lines;
  struct step *step;
};

/* Copies the input rows [from, to) of all channels. The zeros after a row are also those before the next one. */
static void pack_input(const struct item *it, const float *x, int64_t from, int64_t to) {
  const tenbin_plan *plan = it->plan;
  const struct conv_shape *s = &plan->s;
  const int64_t pad = plan->pitch - s->in[1], rest = plan->channel - plan->front - (to - from) * plan->pitch;
  for (int64_t c = 0; c < s->c_per_group; c++) {
    float *out = it->x + c * plan->channel;
    for (int64_t j = 0; j < plan->front; j++)
      *out++ = 0;
    plan->simd->copy(x + (c * s->in[0] + from) * s->in[1], s->in[1], s->in[1], pad, to - from, out, plan->pitch);
    memset(out + (to - from) * plan->pitch, 0, (size_t)rest * sizeof(float));
  }
}

static int64_t list_steps(const struct item *it, const struct conv_class *row, const struct conv_class *column,
                          struct step *step) {
  const tenbin_plan *plan = it->plan;
  const struct conv_axis *h = &plan->axis[0], *w = &plan->axis[1];
  const int64_t depth = plan->s.c_per_group;
  int64_t n = 0;
  for (int64_t i = 0; i < row->taps; i++)
    for (int64_t j = 0; j < column->taps; j++) {
      const int64_t tap = (packed_row(plan, row->tap) + i) * depth * w->kernel + column->tap + j * w->step;
      const int64_t at = plan->front + (row->input - i * h->shift - it->from) * plan->pitch + column->input - j * w->shift;
      for (int64_t c = 0; c < depth; c++)
        step[n++] = (struct step){at + c * plan->channel, tap + c * w->kernel};
    }
  return n;
}

/* Positions [from, from + rows) of a class of output rows, output channels of block b. */
static void compute(const struct item *it, const struct conv_class *row, int64_t from, int64_t rows, int64_t b) {
  const tenbin_plan *plan = it->plan;
  const struct conv_shape *s = &plan->s;
  const struct conv_axis *h = &plan->axis[0], *w = &plan->axis[1];
  const int64_t o = block_from(plan, b), channels = block_from(plan, b + 1) - o, area = w->out * h->out;
  const int64_t first = it->group * s->o_per_group + o, lanes = plan->simd->lanes;
  const float *weights = plan->weights + first * s->kernel[0] * s->kernel[1] * s->c_per_group;
  if (plan->woven) {
    const int64_t columns = plan->shared + plan->evens;
    struct weave t = {.tap = it->step,
                      .depth = s->c_per_group,
                      .channel = plan->channel,
                      .column = plan->column,
                      .shared = plan->shared,
                      .evens = plan->evens,
                      .odds = w->kernel - plan->shared - columns,
                      .columns = w->out,
                      .x_row = plan->pitch,
                      .y_row = h->stride * w->out,
                      .y_pitch = area,
                      .stream = plan->stream};
    for (int64_t i = 0; i < row->taps; i++)
      it->step[t.taps++].x = plan->front + (row->input - i * h->shift - it->from) * plan->pitch;
    const float *used = weights + packed_row(plan, row->tap) * s->c_per_group * w->kernel * channels;
    plan->simd->woven[channels - 1](&t, used, it->x + from * plan->pitch, plan->bias + first,
                                    it->y + o * area + (row->first + from * h->stride) * w->out, rows);
    return;
  }
  for (int64_t q = 0; q < w->phases; q++) {
    const struct conv_class *f = &w->phase[q];
    const int64_t steps = list_steps(it, row, f, it->step), n = (rows - 1) * plan->pitch + f->count;
    float *lines = it->lines + q * plan->block * plan->line;
    const int64_t tiles = n / (plan->vectors * lanes), done = tiles * plan->vectors * lanes;
    const float *x = it->x + from * plan->pitch;
    plan->simd->tile[plan->vectors][channels - 1](it->step, steps, weights, x, plan->bias + first, lines, plan->line, tiles);
    if (done < n)
      plan->simd->tile[conv_ceil_div(n - done, lanes)][channels - 1](it->step, steps, weights, x + done, plan->bias + first,
                                                                     lines + done, plan->line, 1);
  }
  for (int64_t k = 0; k < channels; k++) {
    const float *lines = it->lines + k * plan->line;
    float *y = it->y + (o + k) * area + (row->first + from * h->stride) * w->out;
    const int64_t phase = plan->block * plan->line, y_pitch = h->stride * w->out;
    if (w->stride == 1)
      plan->simd->copy(lines, plan->pitch, w->out, 0, rows, y, y_pitch);
    else if (w->stride == 2)
      plan->simd->interleave(lines, lines + phase, plan->pitch, w->out, rows, y, y_pitch, plan->stream);
    else
      for (int64_t i = 0; i < rows; i++, lines += plan->pitch, y += y_pitch)
        for (int64_t q = 0; q < w->phases; q++)
          for (int64_t j = q, e = 0; j < w->out; j += w->stride, e++)
            y[j] = lines[q * phase + e];
  }
}

static void work(void *arg, int64_t index, int32_t worker) {
  const struct conv_job *job = arg;
  const tenbin_plan *plan = job->plan;
  const struct conv_shape *s = &plan->s;
  const struct conv_axis *h = &plan->axis[0];
  char *scratch = job->scratch + worker * plan->scratch;
  const int64_t strip = index % plan->strips, image_group = index / plan->strips;
  struct item it = {.plan = plan,
                    .y = job->y + image_group * s->o_per_group * s->out[0] * s->out[1],
                    .group = image_group % s->a.groups,
                    .x = (void *)scratch,
                    .step = (void *)(scratch + plan->at_steps),
                    .lines = (void *)(scratch + plan->at_lines)};
  const int64_t first = strip * plan->rows, last = conv_min(first + plan->rows, s->out[0]);
  int64_t to;
  conv_axis_window(h, first, last, &it.from, &to);
  pack_input(&it, job->x + image_group * s->c_per_group * s->in[0] * s->in[1], it.from, to);
  for (int64_t r = first; r < last; r += plan->run * s->a.stride[0])
    for (int64_t b = 0; b < conv_ceil_div(s->o_per_group, plan->block); b++)
      for (int64_t i = 0; i < h->classes; i++) {
        int64_t from, end;
        conv_class_clip(h, &h->class[i], r, conv_min(r + plan->run * s->a.stride[0], last), &from, &end);
        if (from < end)
          compute(&it, &h->class[i], from, end - from, b);
      }
}

static size_t workspace(const tenbin_plan *plan) {
  return (size_t)plan->scratch * (size_t)plan->threads;
}

static tenbin_status run(const tenbin_plan *plan, const tenbin_call *call) {
  return conv_run(plan, plan->host, plan->s.batch * plan->s.a.groups * plan->strips, work, call);
}

const tenbin_kernel tenbin_kernel_direct = {
    .struct_size = sizeof(tenbin_kernel),
    .name = "direct",
    .op = "conv_transpose2d",
    .summary = "a convolution for each phase of the output, output pixels in the lanes",
    .alignment = 64,
    .flags = TENBIN_REENTRANT,
    .supports = conv_supports_packed,
    .prepare = prepare,
    .workspace = workspace,
    .run = run,
    .release = release,
    .library = tb_isa_library,
};
