/* What scatter.c takes of batch, groups, channels and bias: which x, which weights and which bias go into which plane of y.
 *
 * SPDX-License-Identifier: MIT */
#ifndef CHANNELS_H
#define CHANNELS_H

#include "scatter.h"

static void take_channels(tenbin_plan *p) {
  shape *s = &p->s;
  if (mutant == DILATION_AS_GROUPS) {
    s->groups = p->right.axis[0].dilation > 0 ? p->right.axis[0].dilation : 1;
    s->c_per_group = p->channels[0] / s->groups;
  }
  if (mutant == BATCH_FIRST_ONLY)
    s->batch = least(s->batch, 1);
  if (mutant == BATCH_16_BITS)
    s->batch &= 0xffff;
  if (mutant == BATCH_NEVER_EMPTY && s->batch == 0)
    s->batch = 1;
  p->c_used = s->c_per_group;
  p->o_written = s->o_per_group;
  if (mutant == IN_CHANNELS_TAIL_4 || mutant == IN_CHANNELS_TAIL_8 || mutant == IN_CHANNELS_TAIL_16)
    p->c_used = whole_vectors(p->c_used, mutant == IN_CHANNELS_TAIL_4 ? 4 : mutant == IN_CHANNELS_TAIL_8 ? 8 : 16);
  if (mutant == OUT_CHANNELS_TAIL_4 || mutant == OUT_CHANNELS_TAIL_8 || mutant == OUT_CHANNELS_TAIL_16)
    p->o_written = whole_vectors(p->o_written, mutant == OUT_CHANNELS_TAIL_4 ? 4 : mutant == OUT_CHANNELS_TAIL_8 ? 8 : 16);
}

/* Channel k of a group of x. */
static int64_t input_channel(const shape *s, int64_t group, int64_t k) {
  if (mutant == GROUP_INPUT_FIRST)
    return k;
  if (mutant == GROUP_INPUT_INTERLEAVED)
    return k * s->groups + group;
  return group * s->c_per_group + k;
}

/* Channel o of a group of y. */
static int64_t output_channel(const shape *s, int64_t group, int64_t o) {
  if (mutant == GROUP_OUTPUT_INTERLEAVED)
    return o * s->groups + group;
  if (mutant == GROUP_OUTPUT_AT_INPUT)
    return group * s->c_per_group + o;
  return group * s->o_per_group + o;
}

/* The weights' plane of taps from channel k of a group to its channel o: w is (C_in, C_out/g). */
static int64_t weight_plane(const shape *s, int64_t group, int64_t k, int64_t o) {
  const int64_t c = group * s->c_per_group + k, out = group * s->o_per_group + o;
  if (mutant == WEIGHT_LAYOUT || (mutant == GROUP_WEIGHT_LAYOUT && s->groups > 1))
    return out * s->c_per_group + k;
  if (mutant == GROUP_WEIGHT_SIDE_BY_SIDE)
    return k * s->groups * s->o_per_group + out;
  if (mutant == GROUP_WEIGHT_FIRST)
    return k * s->o_per_group + o;
  return c * s->o_per_group + o;
}

/* Whether the kernel, on the path that it takes for this problem, forgets the bias. */
static bool forgets_bias(const tenbin_plan *p, int64_t n) {
  const shape *s = &p->s;
  switch (mutant) {
  case BIAS_IGNORED:
    return true;
  case BIAS_BATCH_FIRST_ONLY:
    return n > 0;
  case BIAS_ONE_TAP_DROPPED:
    return p->one_tap;
  case BIAS_TILED_DROPPED:
    return p->tiled;
  case BIAS_SINGLE_PIXEL_DROPPED:
    return p->single_pixel;
  case BIAS_STRIDE_1_DROPPED:
    return s->axis[0].stride == 1 && s->axis[1].stride == 1;
  case BIAS_GROUPED_DROPPED:
    return s->groups > 1;
  case BIAS_UNBATCHED_DROPPED:
    return !p->batched;
  default:
    return false;
  }
}

/* The bias of channel o of a group; 0 without one. */
static float bias_of(const tenbin_plan *p, const float *b, int64_t n, int64_t group, int64_t o) {
  if (mutant == BIAS_ABSENT_READ ? false : !b || forgets_bias(p, n))
    return 0;
  if (mutant == GROUP_BIAS_FIRST)
    return b[o];
  if (mutant == GROUP_BIAS_BY_GROUP)
    return b[group];
  if (mutant == BIAS_FIRST_ONLY)
    return b[0];
  const float bias = b[group * p->s.o_per_group + o];
  return mutant == BIAS_PER_CHANNEL ? bias * (float)p->c_used : bias;
}

#endif
