/* conv_transpose2d by one sgemm of OpenBLAS for each image, and a col2im after it.
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
  const int64_t columns = tb_conv2d(p)->out_channels * tb_conv2d(p)->kernel[0] * tb_conv2d(p)->kernel[1] * tb_conv2d(p)->in[0] *
                          tb_conv2d(p)->in[1];
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
  for (int64_t i = 0; i < tb_conv2d(p)->in[0]; i++) {
    const int64_t row = i * tb_conv2d(p)->conv.stride[0] - tb_conv2d(p)->conv.padding[0] + kh * tb_conv2d(p)->conv.dilation[0];
    if (row < 0 || row >= tb_conv2d(p)->out[0])
      continue;
    for (int64_t j = 0; j < tb_conv2d(p)->in[1]; j++) {
      const int64_t column =
          j * tb_conv2d(p)->conv.stride[1] - tb_conv2d(p)->conv.padding[1] + kw * tb_conv2d(p)->conv.dilation[1];
      if (column >= 0 && column < tb_conv2d(p)->out[1])
        plane[row * tb_conv2d(p)->out[1] + column] += columns[i * tb_conv2d(p)->in[1] + j];
    }
  }
}

static void run(void *self) {
  const struct gemm *g = self;
  const tb_problem *p = g->p;
  const int64_t taps = tb_conv2d(p)->kernel[0] * tb_conv2d(p)->kernel[1], rows = tb_conv2d(p)->out_channels * taps;
  const int64_t in = tb_conv2d(p)->in[0] * tb_conv2d(p)->in[1], out = tb_conv2d(p)->out[0] * tb_conv2d(p)->out[1];
  memset(g->y, 0, (size_t)(tb_conv2d(p)->batch * tb_conv2d(p)->out_channels * out) * sizeof(float));
  for (int64_t n = 0; n < tb_conv2d(p)->batch; n++) {
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (blasint)rows, (blasint)in, (blasint)tb_conv2d(p)->in_channels, 1.0f,
                g->w, (blasint)rows, g->x + n * tb_conv2d(p)->in_channels * in, (blasint)in, 0.0f, g->columns, (blasint)in);
    for (int64_t r = 0; r < rows; r++)
      add_tap(p, r % taps / tb_conv2d(p)->kernel[1], r % tb_conv2d(p)->kernel[1], g->columns + r * in,
              g->y + (n * tb_conv2d(p)->out_channels + r / taps) * out);
  }
}

static void release(void *self) {
  struct gemm *g = self;
  free(g->columns);
  free(g);
}

const direct direct_gemm = {"col2im_gemm", make, run, release};
