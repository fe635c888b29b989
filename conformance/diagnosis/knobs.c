/* The numbers of a case that can be turned down.
 *
 * SPDX-License-Identifier: MIT */
#include "knobs.h"

#include "validity.h"

#include "kernel.h"

#include <string.h>

/* Of conv_transpose2d. Those of an axis come in two, height and width. */
enum {
  THREADS,
  BATCH, /* 0: unbatched; -1: the empty batch, which is left alone */
  GROUPS,
  IN_CHANNELS,  /* of a group */
  OUT_CHANNELS, /* of a group */
  KERNEL,
  PADDING = KERNEL + 2,
  OUTPUT_PADDING = PADDING + 2,
  DILATION = OUTPUT_PADDING + 2,
  STRIDE = DILATION + 2,
  INPUT = STRIDE + 2,
  BIAS = INPUT + 2,
  FILL,
  SEED,
  CONV_KNOBS
};

/* Of normal: these, those of each call, and then the dtype. */
enum { N_THREADS, N_REPEAT, N_SEEDS, N_MEAN, N_STD, N_SEED, N_CALLS };
enum { C_STRIDED, C_SCALED, C_RANK, C_SIZE, CALL_KNOBS = C_SIZE + TB_CALL_RANK_MAX };

static const tb_knob none = {0, 0};

int tb_knobs(const tb_case *c) {
  return c->op == TB_CONV_TRANSPOSE2D ? CONV_KNOBS : N_CALLS + c->normal.calls * CALL_KNOBS + 1;
}

static void set_along(tb_list *list, int axis, int64_t value) {
  if (list->length == 1)
    *list = (tb_list){2, {list->v[0], list->v[0]}};
  list->v[axis] = value;
}

static tb_knob conv_knob(const tb_case *c, int knob) {
  const tb_conv *v = &c->conv;
  const int batched = v->x.length == 4, axis = (knob - KERNEL) % 2;
  switch (knob) {
  case THREADS:
    return (tb_knob){c->threads, 1};
  case BATCH:
    return (tb_knob){batched ? (v->x.v[0] > 0 ? v->x.v[0] : -1) : 0, 0};
  case GROUPS:
    return (tb_knob){v->groups, 1};
  case IN_CHANNELS:
    return (tb_knob){v->w.v[0] / v->groups, 1};
  case OUT_CHANNELS:
    return (tb_knob){v->w.v[1], 1};
  case BIAS:
    return (tb_knob){v->bias, 0};
  case FILL:
    return (tb_knob){c->fill != TB_WIDE_X, 0};
  case SEED:
    return (tb_knob){c->seed > INT64_MAX ? INT64_MAX : (int64_t)c->seed, 0};
  default:
    break;
  }
  switch (knob - axis) {
  case INPUT:
    return (tb_knob){v->x.v[batched + 1 + axis], 1};
  case KERNEL:
    return (tb_knob){v->w.v[2 + axis], 1};
  case STRIDE:
    return (tb_knob){tb_list_along(&v->stride, axis), 1};
  case PADDING:
    return (tb_knob){tb_list_along(&v->padding, axis), 0};
  case OUTPUT_PADDING:
    return (tb_knob){tb_list_along(&v->output_padding, axis), 0};
  default:
    return (tb_knob){tb_list_along(&v->dilation, axis), 1};
  }
}

static void set_bias(tb_conv *v, bool bias) {
  v->bias = bias;
  v->b = bias ? (tb_list){1, {v->groups * v->w.v[1]}} : (tb_list){0};
}

static void set_channels(tb_conv *v, int64_t groups, int64_t in, int64_t out) {
  v->groups = groups;
  v->x.v[v->x.length - 3] = v->w.v[0] = groups * in;
  v->w.v[1] = out;
  set_bias(v, v->bias);
}

static void set_batch(tb_list *x, int64_t batch) {
  if (batch == 0)
    *x = (tb_list){3, {x->v[1], x->v[2], x->v[3]}};
  else
    x->v[0] = batch;
}

/* Smaller values where PyTorch would refuse what the others have become. */
static void repair(tb_case *c) {
  tb_conv *v = &c->conv;
  for (int axis = 0; axis < 2; axis++) {
    const int64_t s = tb_list_along(&v->stride, axis), d = tb_list_along(&v->dilation, axis), most = (s > d ? s : d) - 1;
    int64_t out, p = tb_list_along(&v->padding, axis);
    if (tb_list_along(&v->output_padding, axis) > most)
      set_along(&v->output_padding, axis, most);
    if (tb_conv_output_size(v, axis, &out) && out < 1)
      set_along(&v->padding, axis, p - (2 - out) / 2 > 0 ? p - (2 - out) / 2 : 0);
  }
  const tb_list *of[] = {[TENBIN_X] = &v->x, [TENBIN_WEIGHT] = &v->w, [TENBIN_BIAS] = &v->b};
  for (int i = 0; i < c->sets; i++) {
    int64_t elements;
    if (tb_list_product(of[c->set[i].role], &elements) && elements > 0)
      c->set[i].index %= elements;
  }
}

static void turn_conv(tb_case *c, int knob, int64_t value) {
  tb_conv *v = &c->conv;
  const int axis = (knob - KERNEL) % 2;
  const int64_t groups = v->groups, in = v->w.v[0] / groups, out = v->w.v[1];
  if (knob == THREADS)
    c->threads = (int)value;
  else if (knob == BATCH)
    set_batch(&v->x, value);
  else if (knob <= OUT_CHANNELS)
    set_channels(v, knob == GROUPS ? value : groups, knob == IN_CHANNELS ? value : in, knob == OUT_CHANNELS ? value : out);
  else if (knob == BIAS)
    set_bias(v, value != 0);
  else if (knob == FILL)
    c->fill = TB_WIDE_X;
  else if (knob == SEED)
    c->seed = (uint64_t)value;
  else if (knob - axis == INPUT)
    v->x.v[v->x.length - 2 + axis] = value;
  else if (knob - axis == KERNEL)
    v->w.v[2 + axis] = value;
  else
    set_along(knob - axis == STRIDE           ? &v->stride
              : knob - axis == PADDING        ? &v->padding
              : knob - axis == OUTPUT_PADDING ? &v->output_padding
                                              : &v->dilation,
              axis, value);
  repair(c);
}

static tb_knob call_knob(const tb_call *call, int knob) {
  if (call->kind != TB_DRAW)
    return none;
  switch (knob) {
  case C_STRIDED:
    return (tb_knob){call->strided, 0};
  case C_SCALED:
    return (tb_knob){call->scaled, 0};
  case C_RANK:
    return (tb_knob){call->rank > 1 && !call->strided, 0};
  default:
    return knob - C_SIZE < call->rank ? (tb_knob){call->size[knob - C_SIZE], 1} : none;
  }
}

static void turn_call(tb_call *call, int knob, int64_t value) {
  if (knob == C_STRIDED) {
    call->strided = false;
    memset(call->stride, 0, sizeof call->stride);
  } else if (knob == C_SCALED) {
    call->scaled = false;
    call->mean = call->std = 0;
  } else if (knob == C_RANK) {
    for (int i = 1; i < call->rank; i++) {
      call->size[0] *= call->size[i];
      call->size[i] = 0;
    }
    call->rank = 1;
  } else {
    call->size[knob - C_SIZE] = value;
  }
}

static tb_knob normal_knob(const tb_case *c, int knob) {
  const tb_normal *n = &c->normal;
  switch (knob) {
  case N_THREADS:
    return (tb_knob){c->threads, 1};
  case N_REPEAT:
    return (tb_knob){n->repeat, 1};
  case N_SEEDS:
    return (tb_knob){n->seeds, 1};
  case N_MEAN:
    return (tb_knob){n->mean != 0, 0};
  case N_STD:
    return (tb_knob){n->std != 1, 0};
  case N_SEED:
    return (tb_knob){c->seed > INT64_MAX ? INT64_MAX : (int64_t)c->seed, 0};
  default:
    break;
  }
  if (knob == tb_knobs(c) - 1)
    return (tb_knob){c->dtype != TENBIN_F32, 0};
  return call_knob(&n->call[(knob - N_CALLS) / CALL_KNOBS], (knob - N_CALLS) % CALL_KNOBS);
}

static void turn_normal(tb_case *c, int knob, int64_t value) {
  tb_normal *n = &c->normal;
  if (knob == N_THREADS)
    c->threads = (int)value;
  else if (knob == N_REPEAT)
    n->repeat = value;
  else if (knob == N_SEEDS)
    n->seeds = value;
  else if (knob == N_MEAN)
    n->mean = 0;
  else if (knob == N_STD)
    n->std = 1;
  else if (knob == N_SEED)
    c->seed = (uint64_t)value;
  else if (knob == tb_knobs(c) - 1)
    c->dtype = TENBIN_F32;
  else
    turn_call(&n->call[(knob - N_CALLS) / CALL_KNOBS], (knob - N_CALLS) % CALL_KNOBS, value);
}

tb_knob tb_knob_of(const tb_case *c, int knob) {
  return c->op == TB_CONV_TRANSPOSE2D ? conv_knob(c, knob) : normal_knob(c, knob);
}

void tb_turn(tb_case *c, int knob, int64_t value) {
  if (c->op == TB_CONV_TRANSPOSE2D)
    turn_conv(c, knob, value);
  else
    turn_normal(c, knob, value);
}

int tb_items(const tb_case *c) {
  return c->op == TB_CONV_TRANSPOSE2D ? c->sets : c->normal.calls;
}

void tb_drop_items(tb_case *c, int first, int count) {
  const size_t behind = (size_t)(tb_items(c) - first - count);
  if (c->op == TB_CONV_TRANSPOSE2D) {
    memmove(&c->set[first], &c->set[first + count], behind * sizeof *c->set);
    c->sets -= count;
  } else {
    memmove(&c->normal.call[first], &c->normal.call[first + count], behind * sizeof *c->normal.call);
    c->normal.calls -= count;
  }
}
