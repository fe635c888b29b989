/* planes: conv_transpose2d as a matrix product and a col2im that both stay in cache.
 *
 * With a group's weights W as a matrix of C_in/g rows and C_out/g*kH*kW columns, row (o, kh, kw) of W^T X is the plane that tap
 * (kh, kw) makes of the image for output channel o, and an output pixel is the sum of its taps' planes at the pixels that they
 * come from. A band of input rows is multiplied at once, output pixels in the lanes, weights broadcast; each plane keeps a ring
 * of the rows that a coming output row still needs. An output row is gathered phase by phase: a phase's line is a sum of
 * stretches of planes, read with one vector after the other, and the lines of all phases are interleaved to the row. x is read
 * once, unshifted.
 *
 * Claim: exact; the sums run over the channels first, then over the taps. Strips of rows that different threads compute share
 * nothing but input, and the planes of a pixel are the same in each: the bits do not depend on the number of threads. Witness:
 * the whole grid, 2,678,120 cases, on AVX2 and on the portable path; the quick suite, 41,587, on AVX-512, emulated.
 *
 * SPDX-License-Identifier: MIT */
#include "planes.h"

#include <string.h>

#define LANE_BODY "conv_transpose2d/planes_body.h"
#include "lane_widths.h"

struct item {
  const tenbin_plan *plan;
  const float *x; /* the group's planes of the image */
  float *y;
  int64_t group;
  int64_t from; /* the item's first input row */
  float *band, *planes, *lines;
  const float **source, **line; /* the planes that are summed; each phase's lines */
  int64_t *row_tap, row_taps;   /* where the planes of a row's taps lie, from the channel's first */
};

/* n pixels are multiplied in the fewest even parts: where the last one begins. */
static int64_t last_part(const tenbin_plan *plan, int64_t n) {
  const int64_t vectors = conv_ceil_div(n, plan->simd->lanes), parts = conv_ceil_div(vectors, plan->vectors);
  return parts > 1 ? vectors * (parts - 1) / parts * plan->simd->lanes : 0;
}

/* The planes of `channels` output channels for n pixels of x, to `planes`. A product's last vectors may read beyond them;
 * `end`: where x ends, too, the last part is read from a copy. */
static void multiply(const struct item *it, const float *w, int64_t channels, const float *x, int64_t n, float *planes,
                     bool end) {
  const tenbin_plan *plan = it->plan;
  const struct planes_simd *simd = plan->simd;
  const struct conv_shape *s = &plan->s;
  const int64_t rows = channels * s->kernel[0] * s->kernel[1], depth = s->c_per_group, area = s->in[0] * s->in[1];
  const int64_t blocks = conv_ceil_div(rows, simd->rows[plan->vectors]), block = rows / blocks, longer = rows % blocks;
  const int64_t lanes = simd->lanes, vectors = conv_ceil_div(n, lanes), parts = conv_ceil_div(vectors, plan->vectors);
  for (int64_t k = 0, j = 0, to; j < n; k++, j = to) {
    to = vectors * (k + 1) / parts * lanes;
    const bool tail = end && !plan->copy && to >= n;
    const int64_t v = (to - j) / lanes, pitch = plan->copy || tail ? plan->x_pitch : area;
    const float *pixels = tail ? it->band : x + j;
    float *p = planes + j;
    if (longer > 0)
      simd->product[v][block](w, pixels, pitch, depth, p, plan->p_pitch, longer);
    simd->product[v][block - 1](w + longer * (block + 1) * depth, pixels, pitch, depth,
                                p + longer * (block + 1) * plan->p_pitch, plan->p_pitch, blocks - longer);
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
static void clear_cropped(const tenbin_plan *plan, int64_t channels, int64_t n, float *planes) {
  const struct conv_shape *s = &plan->s;
  const struct conv_axis *w = &plan->axis[1];
  for (int64_t kw = 0; kw < w->kernel; kw++) {
    const int64_t at = kw * w->dilation - w->padding; /* where the tap carries x's first column */
    const int64_t q = (at % w->stride + w->stride) % w->stride;
    if (q >= w->phases || w->phase[q].count > w->in)
      continue;
    const int64_t before = conv_min(conv_max(at, 0) / w->stride, plan->front);
    const int64_t after = conv_ceil_div(conv_max(-at, 0), w->stride);
    const int64_t low = conv_min(after, w->in), high = conv_min(w->in, conv_ceil_div(conv_max(w->out - at, 0), w->stride));
    if (before == 0 && after == 0 && high == w->in)
      continue;
    for (int64_t i = 0; i < channels * s->kernel[0]; i++) {
      float *plane = planes + (i * w->kernel + kw) * plan->p_pitch;
      for (int64_t j = -before; j < 0; j++)
        plane[j] = 0;
      for (int64_t j = 0; j < low; j++)
        for (int64_t row = 0; row < n; row += w->in)
          plane[row + j] = 0;
      for (int64_t j = high; j < w->in; j++)
        for (int64_t row = 0; row < n; row += w->in)
          plane[row + j] = 0;
      for (int64_t j = 0; j < conv_min(after, plan->back); j++)
        plane[n + j] = 0;
      /* What lies before the next band's first pixel, where the product's last vectors wrote. */
      for (int64_t j = conv_max(n, plan->slot - before); j < plan->slot; j++)
        plane[j] = 0;
    }
  }
}

/* The columns of a class, at an end of the row, that fewer taps reach than the rest of their phase, if that is longer than x's
 * rows and what its sums read beyond them is needed there: again, by these taps alone. */
static void mend(const struct item *it, const float *planes, const struct conv_class *c, int64_t rows, float *line) {
  const tenbin_plan *plan = it->plan;
  const struct conv_axis *w = &plan->axis[1];
  for (int64_t i = 0; i < rows; i++)
    for (int64_t j = 0; j < c->count; j++) {
      float sum = 0;
      for (int64_t t = 0; t < it->row_taps; t++)
        for (int64_t u = 0; u < c->taps; u++)
          sum += planes[it->row_tap[t] + (c->tap + u * w->step) * plan->p_pitch + i * w->in + c->input + j - u * w->shift];
      line[i * w->in + j] = sum;
    }
}

/* The lines of one channel and phase q to it->line[q]: made from several planes, or the one plane that they are. */
static void make_line(struct item *it, const float *planes, int64_t rows, int64_t q) {
  const tenbin_plan *plan = it->plan;
  const struct conv_axis *w = &plan->axis[1];
  const struct conv_class *f = &w->phase[q];
  const int64_t floats = (rows - 1) * w->in + f->count;
  float *made = it->lines + q * plan->line;
  int64_t n = 0;
  for (int64_t t = 0; t < it->row_taps; t++)
    for (int64_t u = 0; u < f->taps; u++)
      it->source[n++] = planes + it->row_tap[t] + (f->tap + u * w->step) * plan->p_pitch + f->input - u * w->shift;
  it->line[q] = made;
  if (n == 0)
    memset(made, 0, (size_t)floats * sizeof(float));
  else if (n == 1 && plan->whole[q])
    it->line[q] = it->source[0];
  else
    plan->simd->sum(it->source, n, floats, made);
  if (plan->whole[q])
    return;
  for (int64_t i = 0; i < w->classes; i++) {
    const struct conv_class *c = &w->class[i];
    if (c->first % w->stride == q && c->taps != f->taps)
      mend(it, planes, c, rows, made + c->first / w->stride);
  }
}

/* The lines of one channel, and the bias, to `rows` rows of y. */
static void put(const struct item *it, int64_t rows, float bias, float *y) {
  const tenbin_plan *plan = it->plan;
  const struct conv_axis *h = &plan->axis[0], *w = &plan->axis[1];
  if (w->phases == 2 && w->stride == 2)
    plan->simd->interleave(it->line[0], it->line[1], w->in, w->out, rows, bias, y, h->stride * w->out, plan->stream);
  else
    for (int64_t i = 0; i < rows; i++, y += h->stride * w->out)
      for (int64_t q = 0; q < w->phases; q++)
        for (int64_t j = q, k = i * w->in; j < w->out; j += w->stride, k++)
          y[j] = it->line[q][k] + bias;
}

/* Output rows row + i*stride, 0 <= i < rows, which the same taps reach, of channels [o, o + channels) of the item's group, from
 * their planes. The rows of a plane lie one behind the other, and so do those of a line: a sum runs over all of them. */
static void gather(struct item *it, const float *planes, int64_t row, int64_t rows, int64_t o, int64_t channels) {
  const tenbin_plan *plan = it->plan;
  const struct conv_shape *s = &plan->s;
  const int64_t taps = s->kernel[0] * s->kernel[1], out = s->out[0] * s->out[1];
  list_taps(it, row);
  const struct conv_axis *w = &plan->axis[1];
  for (int64_t k = 0; k < channels; k++, planes += taps * plan->p_pitch) {
    for (int64_t q = 0; q < w->phases; q++)
      make_line(it, planes, rows, q);
    put(it, rows, plan->bias[it->group * s->o_per_group + o + k], it->y + (o + k) * out + row * s->out[1]);
  }
}

/* All output rows in [first, last) from the planes that there are. */
static void gather_all(struct item *it, const float *planes, int64_t first, int64_t last, int64_t o, int64_t channels) {
  const tenbin_plan *plan = it->plan;
  const struct conv_axis *h = &plan->axis[0];
  if (plan->run == 1)
    for (int64_t r = first; r < last; r++)
      gather(it, planes, r, 1, o, channels);
  else
    for (int64_t i = 0; i < h->classes; i++) {
      const struct conv_class *c = &h->class[i];
      int64_t from, to;
      conv_class_clip(h, c, first, last, &from, &to);
      for (int64_t n; from < to; from += n) {
        n = conv_min(plan->run, to - from);
        gather(it, planes, c->first + from * h->stride, n, o, channels);
      }
    }
}

static void work(void *arg, int64_t index, int32_t worker) {
  const struct conv_job *job = arg;
  const tenbin_plan *plan = job->plan;
  const struct conv_shape *s = &plan->s;
  char *scratch = job->scratch + worker * plan->scratch;
  const int64_t strip = index % plan->strips, place = index / plan->strips;
  const int64_t in = s->in[0] * s->in[1], out = s->out[0] * s->out[1], taps = s->kernel[0] * s->kernel[1];
  struct item it = {.plan = plan,
                    .x = job->x + place * s->c_per_group * in,
                    .y = job->y + place * s->o_per_group * out,
                    .group = place % s->a.groups,
                    .band = (void *)scratch,
                    .planes = (void *)(scratch + plan->at_planes),
                    .lines = (void *)(scratch + plan->at_lines),
                    .source = (void *)(scratch + plan->at_sources),
                    .line = (void *)(scratch + plan->at_line),
                    .row_tap = (void *)(scratch + plan->at_taps)};
  const int64_t last = conv_min((strip + 1) * plan->rows, s->out[0]);
  int64_t row = strip * plan->rows, from, to;
  const bool keep = plan->ring > plan->band;
  const float *weights = plan->weights + it.group * s->c_per_group * s->o_per_group * taps;
  conv_axis_window(&plan->axis[0], row, last, &from, &to);
  it.from = from;
  for (int64_t i = from; row < last; i += plan->band) {
    const int64_t rows = conv_max(0, conv_min(plan->band, to - i)), n = rows * s->in[1];
    const float *x = it.x + i * s->in[1];
    const bool last_band = i + plan->band >= to;
    const int64_t step = plan->vectors * plan->simd->lanes, skip = plan->copy ? 0 : last_part(plan, n);
    /* Floats of x behind the band's last channel: other rows, and other images. */
    const int64_t behind = ((s->batch * s->a.groups - place - 1) * s->c_per_group + 1) * in - i * s->in[1] - n;
    const bool whole = plan->copy || behind < step;
    for (int64_t c = 0; c < s->c_per_group && n > skip && whole; c++)
      memcpy(it.band + c * plan->x_pitch, x + c * in + skip, (size_t)(n - skip) * sizeof(float));
    int64_t next = row;
    while (next < last && (last_band || (next + s->a.padding[0]) / s->a.stride[0] < i + rows))
      next++;
    for (int64_t o = 0; o < s->o_per_group; o += plan->channels) {
      const int64_t channels = conv_min(plan->channels, s->o_per_group - o);
      float *planes = it.planes + plan->front + (keep ? o * taps * plan->p_pitch : 0);
      float *made = planes + (i - from) / plan->band % (plan->ring / plan->band) * plan->slot;
      if (n > 0) {
        multiply(&it, weights + o * taps * s->c_per_group, channels, plan->copy ? it.band : x, n, made, whole);
        clear_cropped(plan, channels, n, made);
      }
      gather_all(&it, planes, row, next, o, channels);
    }
    row = next;
  }
}

static tenbin_status prepare(const tenbin_problem *p, const tenbin_tensor *constant, const tenbin_host *host,
                             tenbin_plan **out) {
  return tb_planes_prepare(LANE_CHOICE(simd), p, constant, host, out);
}

static size_t workspace(const tenbin_plan *plan) {
  return (size_t)plan->scratch * (size_t)plan->threads;
}

static tenbin_status run(const tenbin_plan *plan, const tenbin_call *call) {
  const struct conv_shape *s = &plan->s;
  return conv_run(plan, plan->host, conv_empty(s) ? 0 : s->batch * s->a.groups * plan->strips, work, call);
}

const tenbin_kernel tenbin_kernel_planes = {
    .struct_size = sizeof(tenbin_kernel),
    .name = "planes",
    .op = "conv_transpose2d",
    .summary = "a plane for each tap by a matrix product, and a col2im, both in cache",
    .alignment = 64,
    .flags = TENBIN_REENTRANT,
    .supports = conv_supports_packed,
    .prepare = prepare,
    .workspace = workspace,
    .run = run,
    .release = tb_planes_release,
    .library = tb_isa_library,
};
