/* The plan of subpixel: the folded problem, the cut into items, the packed weights.
 *
 * SPDX-License-Identifier: MIT */
#include "subpixel.h"

int tb_subpixel_block(const tenbin_plan *plan, int64_t v) {
  const int64_t rest = plan->vectors - v;
  if (rest <= plan->simd->vectors)
    return (int)rest;
  if (plan->repeat > 1) /* one pixel: few tiles for many blocks */
    return plan->simd->vectors;
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
  const int64_t lanes = plan->simd->lanes;
  plan->halves = lanes == 16 && plan->fold == 8;
  plan->placed =
      plan->fold > 1 ? plan->halves || plan->fold % lanes == 0 : s->out[0] * s->out[1] == 1 && plan->channels % lanes == 0;
  plan->taps = s->kernel[0] * w->kernel;
  plan->class_taps = 1;
  for (int i = 0; i < 2; i++)
    plan->class_taps *= conv_ceil_div(plan->axis[i].kernel, conv_max(plan->axis[i].step, 1));
}

/* Cuts the problem into items: as many images, or such a part of one, that tiles and input fit the caches. If these are too few
 * for the threads, the channels are also cut, and the input is packed once for each part. */
static void cut(tenbin_plan *plan) {
  const struct conv_shape *s = &plan->s;
  const int64_t out[2] = {plan->axis[0].out, plan->axis[1].out};
  const int64_t width = conv_min(plan->vectors, plan->simd->vectors) * plan->simd->lanes;
  int64_t pixels = conv_max(plan->simd->tile_bytes / 4 / width, 64);
  if (out[0] == 0 || out[1] == 0 || s->batch == 0)
    return;
  const int64_t inputs = s->a.stride[0] * s->a.stride[1];
  pixels = conv_min(pixels, conv_max(64, WINDOW_BYTES / 4 / s->c_per_group * inputs));
  const int64_t stride = s->a.stride[0], columns = conv_max(pixels / stride, LINE);
  plan->size[1] = conv_even(out[1], columns, LINE);
  plan->size[0] = conv_even(out[0], conv_max(pixels / plan->size[1], 1), stride);
  plan->images = 1;
  if (plan->size[0] >= out[0] && plan->size[1] >= out[1])
    plan->images = conv_even(conv_max(s->batch, 1), conv_max(1, IMAGES_MORE * pixels / (out[0] * out[1])), 1);
  for (int i = 0; i < 2; i++) {
    plan->strips[i] = conv_ceil_div(out[i], plan->size[i]);
    for (int64_t o = 0; o < out[i]; o += plan->size[i]) {
      int64_t from, to;
      conv_axis_window(&plan->axis[i], o, conv_min(o + plan->size[i], out[i]), &from, &to);
      plan->window[i] = conv_max(plan->window[i], to - from);
    }
  }
  plan->stream = conv_streams(s);
  /* A class's weights of them stay in cache from its first tile to its last. */
  for (int64_t v = 1; v <= plan->simd->vectors; v++) {
    const int64_t most = WEIGHTS_BYTES / 4 / (v * plan->simd->lanes * plan->class_taps);
    plan->step[v] = conv_even(s->c_per_group, conv_max(LEAST_DEPTH, most), 4);
  }
  plan->fetch = plan->simd->fetching_tile[1][0] && s->a.groups * plan->group_weights * (int64_t)sizeof(float) > LOCAL_BYTES;
  plan->sets = conv_ceil_div(s->batch, plan->images);
  const int64_t parts = plan->sets * plan->strips[0] * plan->strips[1] * s->a.groups;
  plan->chunks = plan->threads == 1 || parts >= 4 * plan->threads
                     ? 1
                     : conv_min(conv_ceil_div(4 * plan->threads, conv_max(parts, 1)), plan->blocks);
  plan->items = parts * plan->chunks;
}

static void lay_out(tenbin_plan *plan) {
  const int64_t pixels = plan->images * plan->size[0] * plan->size[1],
                groups = plan->axis[0].classes * (plan->axis[1].classes + 2);
  const int64_t width = conv_min(plan->vectors, plan->simd->vectors) * plan->simd->lanes;
  plan->at_tiles = conv_line_up(plan->images * plan->window[0] * plan->window[1] * plan->pitch * 4);
  plan->at_pixels = plan->at_tiles + conv_line_up(pixels * width * 4);
  plan->at_groups = plan->at_pixels + conv_line_up(pixels * (int64_t)sizeof(struct pixel));
  plan->at_taps = plan->at_groups + conv_line_up(conv_min(pixels, groups) * (int64_t)sizeof(struct pixels));
  plan->scratch = plan->at_taps + conv_line_up(plan->taps * (int64_t)sizeof(struct tap));
}

/* Packed [group][block][tap][input channel][output channel of the block]; of folded channels the phase varies fastest. An input
 * channel's filters of a block are read once from memory, and again from the cache for each tap. */
static void pack(tenbin_plan *plan, const float *w) {
  const struct conv_shape *s = &plan->s;
  const int64_t area = s->kernel[0] * s->kernel[1], lanes = plan->simd->lanes, f = plan->fold, depth = s->c_per_group;
  float *out = plan->weights;
  for (int64_t g = 0; g < s->a.groups; g++)
    for (int64_t v = 0; v < plan->vectors; v += tb_subpixel_block(plan, v)) {
      const int64_t width = tb_subpixel_block(plan, v) * lanes;
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

void tb_subpixel_release(tenbin_plan *plan) {
  const tenbin_host *host = plan->host;
  for (int i = 0; i < 2; i++)
    host->free(host->self, plan->axis[i].class);
  host->free(host->self, plan->weights);
  host->free(host->self, plan->bias);
  host->free(host->self, plan);
}

tenbin_status tb_subpixel_prepare(const struct simd *simd, const tenbin_problem *p, const tenbin_tensor *constant,
                                  const tenbin_host *host, tenbin_plan **out) {
  tenbin_plan *plan = host->alloc(host->self, sizeof *plan, _Alignof(tenbin_plan));
  if (!plan)
    return TENBIN_OUT_OF_MEMORY;
  *plan = (tenbin_plan){.host = host, .simd = simd, .s = conv_shape_of(p), .threads = p->threads};
  const struct conv_shape *s = &plan->s;
  bool whole = true;
  flatten(plan);
  for (int i = 0; i < 2; i++)
    plan->axis[i] = conv_axis_of(s, i);
  fold(plan);
  for (int i = 0; i < 2; i++)
    whole = conv_axis_classify(&plan->axis[i], host) && whole;
  plan->vectors = conv_ceil_div(plan->channels, plan->simd->lanes);
  for (int64_t v = 0; v < plan->vectors; v += tb_subpixel_block(plan, v))
    plan->blocks++;
  const int64_t width = plan->vectors * plan->simd->lanes;
  plan->group_weights = plan->taps * s->c_per_group * width;
  plan->weights = host->alloc(host->self, (size_t)(s->a.groups * plan->group_weights) * sizeof(float), 64);
  plan->bias = host->alloc(host->self, (size_t)(s->a.groups * width) * sizeof(float), 64);
  if (!whole || !plan->weights || !plan->bias) {
    tb_subpixel_release(plan);
    return TENBIN_OUT_OF_MEMORY;
  }
  pack(plan, constant[TENBIN_WEIGHT].data);
  pack_bias(plan, s->bias ? constant[TENBIN_BIAS].data : NULL);
  /* Pixels must not lie a multiple of 512 bytes apart: they would meet in few sets of the first-level cache. */
  plan->pitch = s->c_per_group % 128 == 0 ? s->c_per_group + LINE : s->c_per_group;
  cut(plan);
  lay_out(plan);
  *out = plan;
  return TENBIN_OK;
}
