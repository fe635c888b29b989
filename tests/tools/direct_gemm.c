/* conv_transpose2d by one sgemm of OpenBLAS for each image, and a col2im behind it.
 *
 * SPDX-License-Identifier: MIT */
#include "direct.h"

#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct gemm {
  const tb_problem *p;
  const float *x, *w;
  float *y, *columns; /* (C_out*kH*kW, H*W) */
};

static void *make(const tb_problem *p, float *x, float *w, float *y) {
  struct gemm *g = malloc(sizeof *g);
  const int64_t columns = p->out_channels * p->kernel[0] * p->kernel[1] * p->in[0] * p->in[1];
  float *memory = malloc((size_t)columns * sizeof(float));
  if (!g || !memory) {
    fprintf(stderr, "fidelity: no memory\n");
    exit(3);
  }
  *g = (struct gemm){p, x, w, y, memory};
  openblas_set_num_threads(1);
  return g;
}

/* The columns of a tap of an output channel on to its plane. */
static void add_tap(const tb_problem *p, int64_t kh, int64_t kw, const float *columns, float *plane) {
  for (int64_t i = 0; i < p->in[0]; i++) {
    const int64_t row = i * p->conv.stride[0] - p->conv.padding[0] + kh * p->conv.dilation[0];
    if (row < 0 || row >= p->out[0])
      continue;
    for (int64_t j = 0; j < p->in[1]; j++) {
      const int64_t column = j * p->conv.stride[1] - p->conv.padding[1] + kw * p->conv.dilation[1];
      if (column >= 0 && column < p->out[1])
        plane[row * p->out[1] + column] += columns[i * p->in[1] + j];
    }
  }
}

static void run(void *self) {
  const struct gemm *g = self;
  const tb_problem *p = g->p;
  const int64_t taps = p->kernel[0] * p->kernel[1], rows = p->out_channels * taps;
  const int64_t in = p->in[0] * p->in[1], out = p->out[0] * p->out[1];
  memset(g->y, 0, (size_t)(p->batch * p->out_channels * out) * sizeof(float));
  for (int64_t n = 0; n < p->batch; n++) {
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (blasint)rows, (blasint)in, (blasint)p->in_channels, 1.0f, g->w,
                (blasint)rows, g->x + n * p->in_channels * in, (blasint)in, 0.0f, g->columns, (blasint)in);
    for (int64_t r = 0; r < rows; r++)
      add_tap(p, r % taps / p->kernel[1], r % p->kernel[1], g->columns + r * in, g->y + (n * p->out_channels + r / taps) * out);
  }
}

static void release(void *self) {
  struct gemm *g = self;
  free(g->columns);
  free(g);
}

const direct direct_gemm = {"col2im_gemm", make, run, release};
