/* conv_transpose2d from its definition, in double, twice: as a gather and as a scatter. No speed, no tricks.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_CONV_REFERENCE_H
#define TB_CONV_REFERENCE_H

#include "conv_arguments.h"

/* All of y, NCHW, from dense x, w and b (NULL: no bias), as in torch.nn.ConvTranspose2d:
 *     y[n,o,q,p] = b[o] + sum over c in o's group, kh, kw and i, j with q = i*sH - pH + kh*dH and p = j*sW - pW + kw*dW
 *                  of x[n,c,i,j] * w[c,o-first(group),kh,kw].
 * The gather goes over the output and looks for the taps that reach an element; the scatter goes over the input and adds to
 * where its taps land. They share no index arithmetic. */
void tb_conv_gather(const tb_problem *p, const double *x, const double *w, const double *b, double *y);
void tb_conv_scatter(const tb_problem *p, const double *x, const double *w, const double *b, double *y);

/* The input row (axis 0) or column (1) that tap k of that axis carries to output row or column q, or -1. */
int64_t tb_conv_source(const tb_problem *p, int axis, int64_t q, int64_t k);

/* Of an axis, the pairs of an input index and a tap that land in the output. */
int64_t tb_conv_taps_inside(int64_t in, int64_t kernel, int64_t stride, int64_t padding, int64_t dilation, int64_t out);

/* The taps of an axis that reach output row or column q. */
int64_t tb_conv_taps(const tb_problem *p, int axis, int64_t q);

/* One element of y, by its flat index in NCHW, as the gather computes it. */
tb_point tb_conv_point(const tb_problem *p, const double *x, const double *w, const double *b, int64_t index);

#endif
