/* The adjoint of conv_transpose2d in x: a convolution of y's weights with w.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_CONV_ADJOINT_H
#define TB_CONV_ADJOINT_H

#include "conv_arguments.h"

/* Of x, dense w and b (NULL: no bias). With v[c,kh,kw] = sum over o in c's group of channel[o] * w[c,o,kh,kw],
 *     g[c,i,j] = sum over kh, kw of place[i*sH - pH + kh*dH, j*sW - pW + kw*dW] * v[c,kh,kw],
 * without the taps that land outside. To contract w first makes this as cheap as one output channel. */
void tb_conv_adjoint(const tb_problem *p, const double *w, const double *b, const tb_weights *r, tb_adjoint *out);

#endif
