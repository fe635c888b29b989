/* col2im_gemm: conv_transpose2d as a matrix product and a col2im.
 *
 * For every image and group, with the group's weights W as a matrix of C_in/g rows and C_out/g*kH*kW columns,
 *     columns = W^T X,   X the group's C_in/g input planes as rows of H*W,
 * and row (o, kh, kw), column (i, j) of the product is added to y[o, i*sH - pH + kh*dH, j*sW - pW + kw*dW], which began as the
 * bias; what lands outside y is cropped. Claim: exact; an output element is a sum of dot products over c. The product is made a
 * few output channels and input rows at a time, so that it is still in cache when it is added; how many depends on the problem
 * alone, and an output channel belongs to one work item: the bits do not depend on the number of threads.
 *
 * SPDX-License-Identifier: MIT */
#include "conv_shape.h"
#include "kernel.h"

#include <cblas.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

/* Rows of the product in one work item, about: with fewer, the GEMM packs x for too little work; with more, one image has too
 * few items for the threads. */
#define BLOCK_ROWS 128
/* Of images too small for a product of so many floats, up to so many rows: a block of few columns of the weights is a slice of
 * each of their rows, one in a page, and reading it costs more than the product with few pixels. */
#define SMALL_FLOATS 8192
#define SMALL_ROWS 512
/* Floats of the product made at once: 512 KB, a second-level cache. With half of that x and the weights are packed so often
 * that an up-convolution of U-Net takes 5 % longer. */
#define BLOCK_FLOATS (INT64_C(1) << 17)

/* OpenBLAS built without threads does not lock its table of buffers either, unless it was built with USE_LOCKING=1 (Debian's is
 * not, and no build reports it): two products at once share a buffer and come out wrong (OpenBLAS#2126, #2136). All products of
 * the process must then be made one at a time. A build with POSIX threads does lock it, and may stand in for the serial one at
 * run time: it is set to use one thread. */
static pthread_mutex_t product_lock = PTHREAD_MUTEX_INITIALIZER;

struct tenbin_plan {
  const tenbin_host *host;
  bool lock;
  struct conv_shape s;
  int64_t channels, blocks; /* output channels of a work item, and work items of an image's group */
  int64_t band;             /* input rows multiplied at once */
  int64_t part;             /* floats of one thread's columns */
  int32_t threads;
};

/* False: the columns of all threads do not fit the address space. */
static bool cut(struct tenbin_plan *plan) {
  const struct conv_shape *s = &plan->s;
  const int64_t taps = s->kernel[0] * s->kernel[1];
  const int64_t wanted = conv_max(BLOCK_ROWS, conv_min(SMALL_ROWS, SMALL_FLOATS / (s->in[0] * s->in[1])));
  plan->channels = conv_even(s->o_per_group, conv_ceil_div(wanted, taps), 1);
  plan->blocks = conv_ceil_div(s->o_per_group, plan->channels);
  const int64_t rows = plan->channels * taps;
  plan->band = conv_even(s->in[0], BLOCK_FLOATS / rows / s->in[1], 1);
  const int64_t line = 64 / (int64_t)sizeof(float); /* no two threads write to one cache line */
  if (rows > PTRDIFF_MAX / (2 * line) / plan->threads / s->in[1] / plan->band)
    return false;
  plan->part = conv_round_up(rows * plan->band * s->in[1], line);
  return true;
}

static bool fits_blas(int64_t n) {
  return n <= (int64_t)((UINT64_C(1) << (8 * sizeof(blasint) - 1)) - 1);
}

static tenbin_status supports(const tenbin_problem *p, tenbin_answer *answer) {
  if (!conv_all_dense_f32(p))
    return conv_refuse(answer, "dense NCHW f32 only");
  struct tenbin_plan plan = {.s = conv_shape_of(p), .threads = p->threads};
  const struct conv_shape *s = &plan.s;
  if (s->batch > 0) {
    if (!fits_blas(s->in[0] * s->in[1]) || !fits_blas(s->c_per_group) ||
        !fits_blas(s->o_per_group * s->kernel[0] * s->kernel[1]))
      return conv_refuse(answer, "a matrix dimension does not fit BLAS's integer");
    if (!cut(&plan))
      return conv_refuse(answer, "the columns do not fit the address space");
  }
  answer->claim = TENBIN_EXACT;
  return TENBIN_OK;
}

static tenbin_status prepare(const tenbin_problem *p, const tenbin_tensor *constant, const tenbin_host *host,
                             tenbin_plan **out) {
  (void)constant;
  tenbin_plan *plan = host->alloc(host->self, sizeof *plan, _Alignof(tenbin_plan));
  if (!plan)
    return TENBIN_OUT_OF_MEMORY;
  *plan = (tenbin_plan){.host = host, .s = conv_shape_of(p), .threads = p->threads};
  plan->lock = openblas_get_parallel() != OPENBLAS_THREAD;
  openblas_set_num_threads(1);
  if (plan->s.batch > 0 && !cut(plan)) {
    host->free(host->self, plan);
    return TENBIN_UNSUPPORTED;
  }
  *out = plan;
  return TENBIN_OK;
}

static void release(tenbin_plan *plan) {
  plan->host->free(plan->host->self, plan);
}

static size_t workspace(const tenbin_plan *plan) {
  return (size_t)plan->part * sizeof(float) * (size_t)plan->threads;
}

/* Adds the columns of one output channel and `rows` input rows from `first` on to its plane. */
static void col2im(const struct conv_shape *s, int64_t first, int64_t rows, const float *restrict columns,
                   float *restrict plane) {
  const tenbin_conv2d *a = &s->a;
  const int64_t width = s->in[1], step = a->stride[1];
  for (int64_t kh = 0; kh < s->kernel[0]; kh++)
    for (int64_t kw = 0; kw < s->kernel[1]; kw++) {
      /* The input columns j whose output column j*step + left lies in y. */
      const int64_t left = kw * a->dilation[1] - a->padding[1];
      const int64_t begin = left < 0 ? conv_ceil_div(-left, step) : 0;
      const int64_t end = left < s->out[1] ? conv_min(width, (s->out[1] - 1 - left) / step + 1) : 0;
      for (int64_t i = 0; i < rows; i++, columns += width) {
        const int64_t row = (first + i) * a->stride[0] - a->padding[0] + kh * a->dilation[0];
        if (row < 0 || row >= s->out[0])
          continue;
        const int64_t at = row * s->out[1] + left;
        for (int64_t j = begin; j < end; j++)
          plane[at + j * step] += columns[j];
      }
    }
}

/* columns (rows, n) = the transpose of `rows` columns of the weights, times n columns of x. */
static void multiply(const struct tenbin_plan *plan, int64_t rows, int64_t n, const float *w, const float *x, float *columns) {
  const struct conv_shape *s = &plan->s;
  const blasint ldw = (blasint)(s->o_per_group * s->kernel[0] * s->kernel[1]), ldx = (blasint)(s->in[0] * s->in[1]);
  if (plan->lock)
    pthread_mutex_lock(&product_lock);
  cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (blasint)rows, (blasint)n, (blasint)s->c_per_group, 1.0f, w, ldw, x, ldx,
              0.0f, columns, (blasint)n);
  if (plan->lock)
    pthread_mutex_unlock(&product_lock);
}

struct job {
  const tenbin_plan *plan;
  const float *x, *w, *b;
  float *y, *columns;
};

/* Work item: some output channels of one group of one image. */
static void work(void *arg, int64_t item, int32_t worker) {
  const struct job *job = arg;
  const tenbin_plan *plan = job->plan;
  const struct conv_shape *s = &plan->s;
  const int64_t taps = s->kernel[0] * s->kernel[1], in = s->in[0] * s->in[1], out = s->out[0] * s->out[1];
  const int64_t group = item / plan->blocks % s->a.groups, image_group = item / plan->blocks; /* n * groups + group */
  const int64_t from = item % plan->blocks * plan->channels, channels = conv_min(plan->channels, s->o_per_group - from);
  const float *x = job->x + image_group * s->c_per_group * in;
  const float *w = job->w + (group * s->c_per_group * s->o_per_group + from) * taps;
  float *y = job->y + (image_group * s->o_per_group + from) * out, *columns = job->columns + worker * plan->part;
  for (int64_t o = 0; o < channels; o++)
    for (int64_t i = 0; i < out; i++)
      y[o * out + i] = job->b ? job->b[group * s->o_per_group + from + o] : 0.0f;
  for (int64_t first = 0; first < s->in[0]; first += plan->band) {
    const int64_t rows = conv_min(plan->band, s->in[0] - first), n = rows * s->in[1];
    multiply(plan, channels * taps, n, w, x + first * s->in[1], columns);
    for (int64_t o = 0; o < channels; o++)
      col2im(s, first, rows, columns + o * taps * n, y + o * out);
  }
}

static tenbin_status run(const tenbin_plan *plan, const tenbin_call *call) {
  const tenbin_tensor *input = call->input;
  struct job job = {
      plan,           input[TENBIN_X].data, input[TENBIN_WEIGHT].data, input[TENBIN_BIAS].data, call->output[TENBIN_Y].data,
      call->workspace};
  const int64_t items = plan->s.batch * plan->s.a.groups * plan->blocks;
  if (items > 0)
    plan->host->parallel(plan->host->self, items, work, &job);
  return TENBIN_OK;
}

/* Such as "OpenBLAS 0.3.21 Zen": the first two words of the configuration, and the core whose code runs. */
static const char *library(void) {
  static char text[96];
  const char *config = openblas_get_config(), *space = strchr(config, ' ');
  const int length = space ? (int)(space + 1 + strcspn(space + 1, " ") - config) : (int)strlen(config);
  snprintf(text, sizeof text, "%.*s %s", length, config, openblas_get_corename());
  return text;
}

const tenbin_kernel tenbin_kernel_col2im_gemm = {
    .struct_size = sizeof(tenbin_kernel),
    .name = "col2im_gemm",
    .op = "conv_transpose2d",
    .summary = "a matrix product by OpenBLAS, then col2im",
    .alignment = 4,
    .flags = TENBIN_REENTRANT,
    .supports = supports,
    .prepare = prepare,
    .workspace = workspace,
    .run = run,
    .release = release,
    .library = library,
};
