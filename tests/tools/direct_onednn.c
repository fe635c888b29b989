/* conv_transpose2d by oneDNN's deconvolution, as its examples have it: the primitive is made once, with the layouts of x and y
 * given (plain) or left to oneDNN (blocked), weights are reordered once, and x and y in every run where oneDNN chose another
 * layout. Scratchpads and intermediate tensors are the library's own.
 *
 * SPDX-License-Identifier: MIT */
#include "direct.h"

#include <oneapi/dnnl/dnnl.h>
#include <stdio.h>
#include <stdlib.h>

extern void omp_set_num_threads(int threads); /* of the OpenMP that oneDNN is linked to, whatever the compiler's is */

struct reorder {
  dnnl_primitive_t primitive; /* NULL: the layouts are the same */
  dnnl_memory_t from, to;
};

struct onednn {
  dnnl_engine_t engine;
  dnnl_stream_t stream;
  dnnl_primitive_t primitive;
  struct reorder x, w, y;
};

static void must(dnnl_status_t status, const char *what) {
  if (status == dnnl_success)
    return;
  fprintf(stderr, "fidelity: %s returned %d\n", what, (int)status);
  exit(3);
}
#define MUST(call) must(call, #call)

static dnnl_memory_desc_t describe(const dnnl_dims_t dims, dnnl_format_tag_t tag) {
  dnnl_memory_desc_t desc;
  MUST(dnnl_memory_desc_create_with_tag(&desc, 4, dims, dnnl_f32, tag));
  return desc;
}

/* Between the caller's memory, and memory of the layout chosen where that is another. */
static struct reorder meet(const struct onednn *d, float *data, dnnl_memory_desc_t user, const_dnnl_memory_desc_t chosen,
                           bool leave) {
  struct reorder r = {0};
  dnnl_memory_t memory, inside;
  MUST(dnnl_memory_create(&memory, user, d->engine, data));
  inside = memory;
  if (!dnnl_memory_desc_equal(user, chosen)) {
    dnnl_primitive_desc_t pd;
    MUST(dnnl_memory_create(&inside, chosen, d->engine, DNNL_MEMORY_ALLOCATE));
    MUST(dnnl_reorder_primitive_desc_create(&pd, leave ? chosen : user, d->engine, leave ? user : chosen, d->engine, NULL));
    MUST(dnnl_primitive_create(&r.primitive, pd));
    MUST(dnnl_primitive_desc_destroy(pd));
  }
  r.from = leave ? inside : memory;
  r.to = leave ? memory : inside;
  MUST(dnnl_memory_desc_destroy(user));
  return r;
}

static void execute(const struct onednn *d, const struct reorder *r) {
  if (r->primitive)
    MUST(dnnl_primitive_execute(r->primitive, d->stream, 2,
                                (dnnl_exec_arg_t[]){{DNNL_ARG_FROM, r->from}, {DNNL_ARG_TO, r->to}}));
}

static dnnl_primitive_desc_t deconvolution(const tb_problem *p, dnnl_engine_t engine, dnnl_memory_desc_t x,
                                           dnnl_memory_desc_t w, dnnl_memory_desc_t y) {
  dnnl_primitive_desc_t pd;
  dnnl_dims_t stride, dilates, before, after;
  for (int i = 0; i < 2; i++) {
    stride[i] = tb_conv2d(p)->conv.stride[i];
    dilates[i] = tb_conv2d(p)->conv.dilation[i] - 1;
    before[i] = tb_conv2d(p)->conv.padding[i];
    after[i] = tb_conv2d(p)->conv.padding[i] - tb_conv2d(p)->conv.output_padding[i];
  }
  MUST(dnnl_deconvolution_forward_primitive_desc_create(&pd, engine, dnnl_forward_inference, dnnl_deconvolution_direct, x, w,
                                                        NULL, y, stride, dilates, before, after, NULL));
  MUST(dnnl_memory_desc_destroy(x));
  MUST(dnnl_memory_desc_destroy(w));
  MUST(dnnl_memory_desc_destroy(y));
  return pd;
}

static void *make(const tb_problem *p, float *x, float *w, float *y, dnnl_format_tag_t image) {
  struct onednn *d = calloc(1, sizeof *d);
  if (!d)
    must(dnnl_out_of_memory, "calloc");
  const dnnl_dims_t dims_x = {tb_conv2d(p)->batch, tb_conv2d(p)->in_channels, tb_conv2d(p)->in[0], tb_conv2d(p)->in[1]};
  const dnnl_dims_t dims_w = {tb_conv2d(p)->out_channels, tb_conv2d(p)->in_channels, tb_conv2d(p)->kernel[0],
                              tb_conv2d(p)->kernel[1]};
  const dnnl_dims_t dims_y = {tb_conv2d(p)->batch, tb_conv2d(p)->out_channels, tb_conv2d(p)->out[0], tb_conv2d(p)->out[1]};
  omp_set_num_threads(1);
  MUST(dnnl_engine_create(&d->engine, dnnl_cpu, 0));
  MUST(dnnl_stream_create(&d->stream, d->engine, dnnl_stream_default_flags));
  dnnl_primitive_desc_t pd =
      deconvolution(p, d->engine, describe(dims_x, image), describe(dims_w, dnnl_format_tag_any), describe(dims_y, image));
  MUST(dnnl_primitive_create(&d->primitive, pd));
  d->x = meet(d, x, describe(dims_x, dnnl_nchw), dnnl_primitive_desc_query_md(pd, dnnl_query_src_md, 0), false);
  d->w = meet(d, w, describe(dims_w, dnnl_iohw), dnnl_primitive_desc_query_md(pd, dnnl_query_weights_md, 0), false);
  d->y = meet(d, y, describe(dims_y, dnnl_nchw), dnnl_primitive_desc_query_md(pd, dnnl_query_dst_md, 0), true);
  execute(d, &d->w);
  MUST(dnnl_stream_wait(d->stream));
  MUST(dnnl_primitive_desc_destroy(pd));
  return d;
}

static void *make_plain(const tb_problem *p, float *x, float *w, float *y) {
  return make(p, x, w, y, dnnl_nchw);
}

static void *make_blocked(const tb_problem *p, float *x, float *w, float *y) {
  return make(p, x, w, y, dnnl_format_tag_any);
}

static void run(void *self) {
  const struct onednn *d = self;
  execute(d, &d->x);
  const dnnl_exec_arg_t args[] = {{DNNL_ARG_SRC, d->x.to}, {DNNL_ARG_WEIGHTS, d->w.to}, {DNNL_ARG_DST, d->y.from}};
  MUST(dnnl_primitive_execute(d->primitive, d->stream, 3, args));
  execute(d, &d->y);
  MUST(dnnl_stream_wait(d->stream));
}

static void forget(struct reorder *r) {
  if (r->primitive) {
    dnnl_primitive_destroy(r->primitive);
    dnnl_memory_destroy(r->to);
  }
  dnnl_memory_destroy(r->from);
}

static void release(void *self) {
  struct onednn *d = self;
  forget(&d->x);
  forget(&d->w);
  forget(&d->y);
  dnnl_primitive_destroy(d->primitive);
  dnnl_stream_destroy(d->stream);
  dnnl_engine_destroy(d->engine);
  free(d);
}

const direct direct_plain = {"onednn_plain", make_plain, run, release};
const direct direct_blocked = {"onednn_blocked", make_blocked, run, release};
