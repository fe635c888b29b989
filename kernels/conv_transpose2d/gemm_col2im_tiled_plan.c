/* The plan of gemm_col2im_tiled: the cut into bands and strips, the packed weights.
 *
 * SPDX-License-Identifier: MIT */
#include "gemm_col2im_tiled.h"

/* Packed [group][block][c][rows], the even blocks that are a unit longer first. */
static void pack(tenbin_plan *plan, const float *w) {
  const struct conv_shape *s = &plan->s;
  const int64_t planes = s->o_per_group * s->kernel[0] * s->kernel[1];
  float *out = plan->weights;
  for (int64_t g = 0; g < s->a.groups; g++)
    for (int64_t i = 0, first = 0, rows; i < plan->blocks; i++, first += rows) {
      rows = (plan->block + (i < plan->longer)) * plan->unit;
      for (int64_t c = 0; c < s->c_per_group; c++) {
        const float *from = w + (g * s->c_per_group + c) * planes + first;
        for (int64_t r = 0; r < rows; r++)
          *out++ = from[r];
      }
    }
}

/* The vectors of a product whose accumulators n units of planes and as many pixels fill best; between equals, those that need
 * the fewest loads. */
static int64_t best_vectors(const tenbin_plan *plan, int64_t n, int64_t pixels) {
  int64_t best = 2;
  double least = 0;
  for (int64_t most = 2; most <= PIXEL_VECTORS; most++) {
    const int64_t blocks = conv_ceil_div(n, plan->simd->rows[most] / plan->unit);
    const int64_t vectors = conv_ceil_div(pixels, plan->simd->lanes), parts = conv_ceil_div(vectors, most);
    const double rows = (double)(n * plan->unit) / (double)blocks, v = (double)vectors / (double)parts;
    const double cost = (double)(blocks * parts) * ((rows * v < 8 ? 8 : rows * v) + 0.1 * (rows + v));
    if (most == 2 || cost < least)
      best = most, least = cost;
  }
  return best;
}

/* The taps of a row that are cropped, but for those of phases with more columns than x, whose ends are mended. */
static void list_crops(tenbin_plan *plan) {
  const struct conv_axis *w = &plan->axis[1];
  for (int64_t kw = 0; kw < w->kernel; kw++) {
    const int64_t at = kw * w->dilation - w->padding; /* where the tap carries x's first column */
    const int64_t q = (at % w->stride + w->stride) % w->stride;
    if (q >= w->phases || w->phase[q].count > w->in)
      continue;
    const int64_t after = conv_ceil_div(conv_max(-at, 0), w->stride);
    const struct crop c = {.tap = kw,
                           .low = conv_min(after, w->in),
                           .high = conv_min(w->in, conv_ceil_div(conv_max(w->out - at, 0), w->stride)),
                           .before = conv_min(conv_max(at, 0) / w->stride, plan->front),
                           .after = conv_min(after, plan->back)};
    if (c.before > 0 || after > 0 || c.high < w->in)
      plan->crop[plan->crops++] = c;
  }
}

/* The widest vectors, at most `simd`, that rows of so many phases fill, or NULL. */
static const struct tiled_simd *widest(const struct tiled_simd *simd, int64_t phases, int64_t columns) {
  do
    if (columns >= phases * simd->lanes)
      return simd;
  while ((simd = simd->narrower));
  return NULL;
}

static void cut(tenbin_plan *plan) {
  const struct conv_shape *s = &plan->s;
  const int64_t taps = s->kernel[0] * s->kernel[1], w = conv_max(s->in[1], 1), planes = s->o_per_group * taps;
  const int64_t reach =
      ((s->kernel[0] - 1) * s->a.dilation[0]) / s->a.stride[0] + 1; /* input rows of an output row span this */
  plan->woven = conv_two_columns(s);
  plan->unit = plan->woven ? 2 : 1;
  const int64_t phases = s->a.stride[1];
  if (phases >= 2 && phases <= MOST_WOVEN)
    plan->weaver = widest(plan->simd, phases, s->out[1]);
  plan->whole = true;
  plan->vectors = 2;
  if (conv_empty(s))
    return;
  const int64_t budget = RING_BYTES / 4, area = s->in[0] * s->in[1]; /* floats */
  plan->band = conv_max(1, conv_min(s->in[0], budget / (planes * w) - (reach - 1)));
  if (plan->woven || planes * area <= budget)
    plan->band = s->in[0];
  const int64_t fit = CHUNK_BYTES / 4 / s->c_per_group;
  const int64_t chunk = conv_max(fit, conv_min(2 * fit, PIXEL_VECTORS * plan->simd->lanes));
  plan->vectors = best_vectors(plan, planes / plan->unit, conv_max(plan->simd->lanes, conv_min(plan->band * w, chunk)));
  const int64_t units = planes / plan->unit;
  plan->blocks = conv_ceil_div(units, plan->simd->rows[plan->vectors] / plan->unit);
  plan->block = units / plan->blocks;
  plan->longer = units % plan->blocks;
  plan->ring = reach == 1 || plan->band == s->in[0] ? plan->band : plan->band * (1 + conv_ceil_div(reach - 1, plan->band));
  const int64_t step = plan->vectors * plan->simd->lanes;
  plan->copy = (area % 64 == 0 || (area % LINE != 0 && planes >= UNALIGNED_PLANES)) && s->c_per_group > 8;
  plan->chunk = conv_even(plan->band * w, chunk, step);
  plan->x_pitch = (plan->copy ? conv_round_up(plan->chunk, step) : step) + LINE;
  if (plan->x_pitch % 64 == 0)
    plan->x_pitch += LINE;
  plan->slot = conv_round_up(plan->band * w, step);
  for (int64_t i = 0; i < plan->axis[1].phases; i++) {
    const struct conv_class *f = &plan->axis[1].phase[i];
    plan->front = conv_max(plan->front, (f->taps - 1) * plan->axis[1].shift - f->input);
    plan->back = conv_max(plan->back, f->input + f->count - w);
    plan->whole = plan->whole && f->count <= w;
    if (f->taps == 0)
      plan->weaver = NULL;
  }
  list_crops(plan);
  plan->p_pitch = plan->ring / plan->band * plan->slot + plan->front + conv_round_up(plan->back + LINE, LINE);
  plan->run = plan->whole && plan->band >= s->in[0] ? conv_max(1, 2048 / w) : 1;
  if (plan->p_pitch % 64 == 0)
    plan->p_pitch += LINE;
  plan->strips = 1;
  plan->rows = conv_max(1, s->out[0]);
  const int64_t image_groups = conv_max(1, s->batch * s->a.groups);
  if (plan->threads > 1 && image_groups % plan->threads != 0 && image_groups < 4 * plan->threads) {
    plan->strips = conv_min(conv_max(1, s->out[0] / s->a.stride[0]), conv_ceil_div(2 * plan->threads, image_groups));
    plan->rows = conv_round_up(conv_ceil_div(s->out[0], plan->strips), s->a.stride[0]);
    plan->strips = conv_ceil_div(s->out[0], plan->rows);
  }
  plan->line = (plan->run - 1) * w + conv_ceil_div(s->out[1], s->a.stride[1]) + 2 * LINE;
  plan->at_planes = conv_line_up(s->c_per_group * plan->x_pitch * 4);
  plan->at_lines = plan->at_planes + conv_line_up(plan->woven ? 0 : planes * plan->p_pitch * 4);
  plan->at_sources = plan->at_lines + conv_line_up(s->a.stride[1] * plan->line * 4);
  plan->at_taps = plan->at_sources + conv_line_up(taps * 8);
  plan->at_line = plan->at_taps + conv_line_up(s->kernel[0] * 8);
  plan->scratch = plan->at_line + conv_line_up(plan->axis[1].phases * 8);
}

void tb_gemm_col2im_tiled_release(tenbin_plan *plan) {
  const tenbin_host *host = plan->host;
  for (int i = 0; i < 2; i++)
    host->free(host->self, plan->axis[i].class);
  host->free(host->self, plan->pair);
  host->free(host->self, plan->crop);
  host->free(host->self, plan->weights);
  host->free(host->self, plan->bias);
  host->free(host->self, plan);
}

tenbin_status tb_gemm_col2im_tiled_prepare(const struct tiled_simd *simd, const tenbin_problem *p,
                                           const tenbin_tensor *constant, const tenbin_host *host, tenbin_plan **out) {
  tenbin_plan *plan = host->alloc(host->self, sizeof *plan, _Alignof(tenbin_plan));
  if (!plan)
    return TENBIN_OUT_OF_MEMORY;
  *plan = (tenbin_plan){.host = host, .simd = simd, .s = conv_shape_of(p), .threads = p->threads};
  const struct conv_shape *s = &plan->s;
  plan->stream = conv_streams(s);
  bool whole = true;
  for (int i = 0; i < 2; i++) {
    plan->axis[i] = conv_axis_of(s, i);
    whole = conv_axis_classify(&plan->axis[i], host) && whole;
  }
  const int64_t count = s->a.groups * s->c_per_group * s->o_per_group * s->kernel[0] * s->kernel[1];
  plan->weights = host->alloc(host->self, (size_t)count * sizeof(float), 64);
  plan->bias = host->alloc(host->self, (size_t)(s->a.groups * s->o_per_group) * sizeof(float), 64);
  const int64_t pairs = conv_two_columns(s) ? s->a.groups * s->o_per_group * s->kernel[0] : 0;
  plan->pair = host->alloc(host->self, (size_t)pairs * sizeof *plan->pair, _Alignof(struct pair));
  plan->crop = host->alloc(host->self, (size_t)s->kernel[1] * sizeof *plan->crop, _Alignof(struct crop));
  if (!whole || !plan->pair || !plan->crop || !plan->weights || !plan->bias) {
    tb_gemm_col2im_tiled_release(plan);
    return TENBIN_OUT_OF_MEMORY;
  }
  cut(plan);
  pack(plan, constant[TENBIN_WEIGHT].data);
  for (int64_t o = 0; o < s->a.groups * s->o_per_group; o++)
    plan->bias[o] = s->bias ? ((const float *)constant[TENBIN_BIAS].data)[o] : 0.0f;
  for (int64_t q = 0; q < pairs; q++) {
    const int64_t o = q / s->kernel[0];
    plan->pair[q] = (struct pair){.y = (o % s->o_per_group * s->out[0] + q % s->kernel[0]) * s->out[1], .bias = plan->bias[o]};
  }
  *out = plan;
  return TENBIN_OK;
}
