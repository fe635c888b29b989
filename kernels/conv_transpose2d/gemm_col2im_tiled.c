/* gemm_col2im_tiled: conv_transpose2d as a matrix product and a col2im that both stay in cache.
 *
 * With a group's weights W as a matrix of C_in/g rows and C_out/g*kH*kW columns, row (o, kh, kw) of W^T X is the plane that tap
 * (kh, kw) makes of the image for output channel o, and an output pixel is the sum of its taps' planes at the pixels that they
 * come from. A band of input rows is multiplied at once, output pixels in the lanes, weights broadcast; each plane keeps a ring
 * of the rows that a coming output row still needs. An output row is gathered phase by phase: a phase's line is a sum of
 * stretches of planes, read with one vector after the other, and the lines of all phases are interleaved to the row, those of
 * up to four phases in registers. x is read once, unshifted, and fetched ahead. Where the filter is as large as the stride, and
 * two wide, there is nothing to add up: two planes are a row of y, and are woven as they are made.
 *
 * Claim: exact; the sums run over the channels first, then over the taps. Strips of rows that different threads compute share
 * nothing but input, and the planes of a pixel are the same in each: the bits do not depend on the number of threads. Witness:
 * the whole grid, 2,678,440 cases, on AVX-512, AVX2 and the portable path.
 *
 * SPDX-License-Identifier: MIT */
#include "gemm_col2im_tiled.h"

#include <string.h>

#define LANE_BODY "conv_transpose2d/gemm_col2im_tiled_body.h"
#include "lane_widths.h"

struct item {
  const tenbin_plan *plan;
  const float *x; /* the group's planes of the image */
  float *y;
  int64_t group;
  int64_t from; /* the item's first input row */
  float *chunk, *planes, *lines;
  const float **source, **line; /* the planes that are summed; each phase's lines */
  int64_t *row_tap, row_taps;   /* where the planes of a row's taps lie, from the channel's first */
};

/* The lines of `runs` runs of `count` from x on, spread over so many products. */
static struct fetch fetch(const float *x, int64_t stride, int64_t count, int64_t pitch, int64_t runs, int64_t products) {
  const int64_t step = conv_ceil_div(count, conv_max(1, products / runs));
  return (struct fetch){.x = x, .left = count, .runs = runs, .stride = stride, .count = count, .pitch = pitch, .step = step};
}

/* Where so many vectors are woven to that hold pixels [first, end) of the image, and perhaps others after them. */
static struct target target(const struct item *it, int64_t first, int64_t end, int64_t vectors) {
  const tenbin_plan *plan = it->plan;
  const struct conv_shape *s = &plan->s;
  const int64_t w = s->in[1], y_row = s->a.stride[0] * s->out[1], lanes = plan->simd->lanes;
  struct target t = {.y = it->y, .width = w, .jump = y_row - s->out[1]};
  t.stream = plan->stream && ((uintptr_t)it->y | (uintptr_t)(s->out[1] * 4)) % (uintptr_t)(lanes * 4) == 0;
  for (int64_t v = 0; v < vectors; v++, first += lanes) {
    t.at[v] = first / w * y_row + first % w * 2;
    t.row[v] = w - first % w;
    t.n[v] = conv_min(end - first, lanes);
  }
  return t;
}

/* n pixels of x, from the image's pixel `first` on, in the fewest even parts: to their planes, or if they are woven, to y. The
 * last vectors of a product may read beyond them. `end`: x also ends there, and the last part is read from a copy of its
 * pixels. If chunks are copied, the next chunk is fetched, which begins at `after`, because long runs come fastest from far
 * away; else the next part. */
static void multiply(const struct item *it, const float *x, int64_t x_pitch, int64_t first, int64_t n, float *planes, bool end,
                     const float *after) {
  const tenbin_plan *plan = it->plan;
  const struct tiled_simd *simd = plan->simd;
  const struct conv_shape *s = &plan->s;
  const int64_t unit = plan->unit, depth = s->c_per_group, area = s->in[0] * s->in[1];
  const int64_t units = s->o_per_group * s->kernel[0] * s->kernel[1] / unit, blocks = plan->blocks;
  const int64_t block = plan->block, longer = plan->longer, lanes = simd->lanes;
  const int64_t vectors = conv_ceil_div(n, lanes), parts = conv_ceil_div(vectors, plan->vectors);
  const int64_t least = vectors / parts, wider = vectors % parts;
  const float *w = plan->weights + it->group * depth * units * unit, *shorter = w + longer * (block + 1) * unit * depth;
  const struct fetch part = fetch(x, area, depth, LINE, plan->vectors * lanes / LINE + 1, blocks);
  struct fetch next = fetch(after, LINE, conv_ceil_div(n, LINE), area, depth, parts * blocks);
  for (int64_t k = 0, j = 0, to; j < n; k++, j = to) {
    const int64_t v = least + (k < wider);
    to = j + v * lanes;
    const bool tail = end && to >= n;
    const int64_t pitch = tail ? plan->x_pitch : x_pitch;
    const float *pixels = tail ? it->chunk : x + j;
    for (int64_t c = 0; c < depth && tail; c++)
      memcpy(it->chunk + c * pitch, x + c * x_pitch + j, (size_t)(n - j) * sizeof(float));
    if (!plan->copy) {
      next = part;
      next.x = to < n ? x + to : after;
    }
    if (plan->woven) {
      const struct target t = target(it, first + j, first + n, v);
      const struct pair *pair = plan->pair + it->group * units;
      if (longer > 0)
        simd->weave[v][block](w, pixels, pitch, depth, pair, &t, longer, &next);
      simd->weave[v][block - 1](shorter, pixels, pitch, depth, pair + longer * (block + 1), &t, blocks - longer, &next);
    } else {
      float *p = planes + j;
      if (longer > 0)
        simd->product[v][block](w, pixels, pitch, depth, p, plan->p_pitch, longer, &next);
      simd->product[v][block - 1](shorter, pixels, pitch, depth, p + longer * (block + 1) * plan->p_pitch, plan->p_pitch,
                                  blocks - longer, &next);
    }
  }
}

/* A band of n pixels, from the image's row `row` on, chunk by chunk; after the last one comes what is `next` floats
 * after the band's first pixel. */
static void multiply_band(const struct item *it, int64_t row, int64_t n, float *planes, bool end, int64_t next) {
  const tenbin_plan *plan = it->plan;
  const struct conv_shape *s = &plan->s;
  const int64_t area = s->in[0] * s->in[1], depth = s->c_per_group, pitch = plan->copy ? plan->x_pitch : area;
  const float *x = it->x + row * s->in[1];
  for (int64_t j = 0, size; j < n; j += size) {
    size = conv_min(plan->chunk, n - j);
    const float *after = x + (j + size < n ? j + size : next), *pixels = plan->copy ? it->chunk : x + j;
    for (int64_t c = 0; c < depth && plan->copy; c++)
      memcpy(it->chunk + c * pitch, x + c * area + j, (size_t)size * sizeof(float));
    multiply(it, pixels, pitch, row * s->in[1] + j, size, planes + j, end && !plan->copy && j + size == n, after);
  }
}

/* The taps of output row `row`. */
static void list_taps(struct item *it, int64_t row) {
  const tenbin_plan *plan = it->plan;
  const struct conv_shape *s = &plan->s;
  const struct conv_axis *h = &plan->axis[0];
  it->row_taps = 0;
  for (int64_t kh = 0; kh < s->kernel[0]; kh++) {
    const int64_t at = row + h->padding - kh * h->dilation, i = at / h->stride;
    if (at >= 0 && at % h->stride == 0 && i < h->in) {
      const int64_t r = i - it->from;
      it->row_tap[it->row_taps++] = kh * s->kernel[1] * plan->p_pitch +
                                    r / plan->band % (plan->ring / plan->band) * plan->slot + r % plan->band * s->in[1];
    }
  }
}

/* Sums run on beyond a row's ends, into the rows beside it. Where a tap's phase has no more columns than x, what lies there is
 * cropped for that tap, and needed by no output: zero, in the n pixels of each tap's plane and beside them. */
static void clear_cropped(const tenbin_plan *plan, int64_t n, float *planes) {
  const struct conv_shape *s = &plan->s;
  const int64_t w = s->in[1];
  for (const struct crop *c = plan->crop; c < plan->crop + plan->crops; c++) {
    float *plane = planes + c->tap * plan->p_pitch;
    for (int64_t i = 0; i < s->o_per_group * s->kernel[0]; i++, plane += s->kernel[1] * plan->p_pitch) {
      for (int64_t j = -c->before; j < 0; j++)
        plane[j] = 0;
      for (int64_t j = 0; j < c->low; j++)
        for (int64_t row = 0; row < n; row += w)
          plane[row + j] = 0;
      for (int64_t j = c->high; j < w; j++)
        for (int64_t row = 0; row < n; row += w)
          plane[row + j] = 0;
      for (int64_t j = 0; j < c->after; j++)
        plane[n + j] = 0;
      /* What lies before the next band's first pixel, where the product's last vectors wrote. */
      for (int64_t j = conv_max(n, plan->slot - c->before); j < plan->slot; j++)
        plane[j] = 0;
    }
  }
}

/* The taps of phase q in one channel's planes, to `source`; returns their number. */
static int64_t list_sources(const struct item *it, const float *planes, int64_t q, const float **source) {
  const struct conv_axis *w = &it->plan->axis[1];
  const struct conv_class *f = &w->phase[q];
  int64_t n = 0;
  for (int64_t t = 0; t < it->row_taps; t++)
    for (int64_t u = 0; u < f->taps; u++)
      source[n++] = planes + it->row_tap[t] + (f->tap + u * w->step) * it->plan->p_pitch + f->input - u * w->shift;
  return n;
}

/* The lines of one channel and phase q to it->line[q]: made from several planes, or the one plane that they are. */
static void make_line(struct item *it, const float *planes, int64_t rows, int64_t q) {
  const tenbin_plan *plan = it->plan;
  const int64_t floats = (rows - 1) * plan->s.in[1] + plan->axis[1].phase[q].count;
  float *made = it->lines + q * plan->line;
  const int64_t n = list_sources(it, planes, q, it->source);
  it->line[q] = n == 1 ? it->source[0] : made;
  if (n == 0)
    memset(made, 0, (size_t)floats * sizeof(float));
  else if (n > 1)
    plan->simd->sum(it->source, n, floats, made);
}

/* The lines of one channel, and the bias, to `rows` rows of y. */
static void put(const struct item *it, int64_t rows, float bias, float *y) {
  const tenbin_plan *plan = it->plan;
  const struct conv_axis *h = &plan->axis[0], *w = &plan->axis[1];
  for (int64_t i = 0; i < rows; i++, y += h->stride * w->out)
    for (int64_t q = 0; q < w->phases; q++)
      for (int64_t j = q, k = i * w->in; j < w->out; j += w->stride, k++)
        y[j] = it->line[q][k] + bias;
}

/* The columns of a class, at an end of y's rows, that fewer taps reach than the rest of their phase, if that is longer than x's
 * rows and what its sums read beyond them is needed there: again, by these taps alone. */
static void mend(const struct item *it, const float *planes, const struct conv_class *c, int64_t rows, float bias, float *y) {
  const tenbin_plan *plan = it->plan;
  const struct conv_axis *h = &plan->axis[0], *w = &plan->axis[1];
  for (int64_t i = 0; i < rows; i++, y += h->stride * w->out)
    for (int64_t j = 0; j < c->count; j++) {
      float sum = 0;
      for (int64_t t = 0; t < it->row_taps; t++)
        for (int64_t u = 0; u < c->taps; u++)
          sum += planes[it->row_tap[t] + (c->tap + u * w->step) * plan->p_pitch + i * w->in + c->input + j - u * w->shift];
      y[c->first + j * w->stride] = sum + bias;
    }
}

/* Output rows row + i*stride, 0 <= i < rows, which the same taps reach, from the planes that there are. The rows of a plane lie
 * one after the other, and so do those of a line: a sum runs over all of them. */
static void gather(struct item *it, int64_t row, int64_t rows) {
  const tenbin_plan *plan = it->plan;
  const struct conv_shape *s = &plan->s;
  const int64_t taps = s->kernel[0] * s->kernel[1], out = s->out[0] * s->out[1];
  const float *planes = it->planes;
  list_taps(it, row);
  const struct conv_axis *w = &plan->axis[1];
  for (int64_t o = 0; o < s->o_per_group; o++, planes += taps * plan->p_pitch) {
    const float bias = plan->bias[it->group * s->o_per_group + o];
    float *y = it->y + o * out + row * s->out[1];
    if (plan->stream && o + 1 < s->o_per_group)
      conv_fetch_page(y + out);
    if (plan->weaver && it->row_taps > 0) {
      int64_t n[MOST_WOVEN], listed = 0;
      for (int64_t q = 0; q < w->phases; q++) {
        n[q] = list_sources(it, planes, q, it->source + listed);
        listed += n[q];
      }
      plan->weaver->weave_sums(it->source, n, (int)w->phases, s->in[1], s->out[1], rows, bias, y, s->a.stride[0] * s->out[1],
                               plan->stream);
    } else {
      for (int64_t q = 0; q < w->phases; q++)
        make_line(it, planes, rows, q);
      put(it, rows, bias, y);
    }
    for (int64_t i = 0; i < w->classes && !plan->whole; i++) {
      const struct conv_class *c = &w->class[i], *phase = &w->phase[c->first % w->stride];
      if (phase->count > w->in && c->taps != phase->taps)
        mend(it, planes, c, rows, bias, y);
    }
  }
}

/* All output rows in [first, last). */
static void gather_all(struct item *it, int64_t first, int64_t last) {
  const tenbin_plan *plan = it->plan;
  const struct conv_axis *h = &plan->axis[0];
  if (plan->run == 1)
    for (int64_t r = first; r < last; r++)
      gather(it, r, 1);
  else
    for (int64_t i = 0; i < h->classes; i++) {
      const struct conv_class *c = &h->class[i];
      int64_t from, to;
      conv_class_clip(h, c, first, last, &from, &to);
      for (int64_t n; from < to; from += n) {
        n = conv_min(plan->run, to - from);
        gather(it, c->first + from * h->stride, n);
      }
    }
}

static void work(void *arg, int64_t index, int32_t worker) {
  const struct conv_job *job = arg;
  const tenbin_plan *plan = job->plan;
  const struct conv_shape *s = &plan->s;
  char *scratch = job->scratch + worker * plan->scratch;
  const int64_t strip = index % plan->strips, image_group = index / plan->strips;
  const int64_t in = s->in[0] * s->in[1], out = s->out[0] * s->out[1];
  struct item it = {.plan = plan,
                    .x = job->x + image_group * s->c_per_group * in,
                    .y = job->y + image_group * s->o_per_group * out,
                    .group = image_group % s->a.groups,
                    .chunk = (void *)scratch,
                    .planes = (float *)(void *)(scratch + plan->at_planes) + plan->front,
                    .lines = (void *)(scratch + plan->at_lines),
                    .source = (void *)(scratch + plan->at_sources),
                    .line = (void *)(scratch + plan->at_line),
                    .row_tap = (void *)(scratch + plan->at_taps)};
  const int64_t last = conv_min((strip + 1) * plan->rows, s->out[0]);
  int64_t row = strip * plan->rows, from, to;
  conv_axis_window(&plan->axis[0], row, last, &from, &to);
  it.from = from;
  for (int64_t i = from; row < last; i += plan->band) {
    const int64_t rows = conv_max(0, conv_min(plan->band, to - i)), n = rows * s->in[1];
    const bool last_band = i + plan->band >= to;
    /* Floats of x after the band's last channel: other rows, and other images. */
    const int64_t after = ((s->batch * s->a.groups - image_group - 1) * s->c_per_group + 1) * in - i * s->in[1] - n;
    int64_t next = last_band ? last : row;
    while (next < last && (next + s->a.padding[0]) / s->a.stride[0] < i + rows)
      next++;
    float *planes = it.planes + (i - from) / plan->band % (plan->ring / plan->band) * plan->slot;
    if (n > 0)
      multiply_band(&it, i, n, planes, after < plan->vectors * plan->simd->lanes,
                    last_band ? s->c_per_group * in - i * s->in[1] : n);
    if (n > 0 && !plan->woven)
      clear_cropped(plan, n, planes);
    if (!plan->woven)
      gather_all(&it, row, next);
    row = next;
  }
}

static tenbin_status prepare(const tenbin_problem *p, const tenbin_tensor *constant, const tenbin_host *host,
                             tenbin_plan **out) {
  return tb_gemm_col2im_tiled_prepare(LANE_CHOICE(simd), p, constant, host, out);
}

static size_t workspace(const tenbin_plan *plan) {
  return (size_t)plan->scratch * (size_t)plan->threads;
}

static tenbin_status run(const tenbin_plan *plan, const tenbin_call *call) {
  const struct conv_shape *s = &plan->s;
  return conv_run(plan, plan->host, conv_empty(s) ? 0 : s->batch * s->a.groups * plan->strips, work, call);
}

const tenbin_kernel tenbin_kernel_gemm_col2im_tiled = {
    .struct_size = sizeof(tenbin_kernel),
    .name = "gemm_col2im_tiled",
    .op = "conv_transpose2d",
    .summary = "a plane for each tap by a matrix product, and a col2im, both in cache",
    .alignment = 64,
    .flags = TENBIN_REENTRANT,
    .supports = conv_supports_packed,
    .prepare = prepare,
    .workspace = workspace,
    .run = run,
    .release = tb_gemm_col2im_tiled_release,
    .library = tb_isa_library,
};
