/* The adjoint of conv_transpose2d in x.
 *
 * SPDX-License-Identifier: MIT */
#include "conv_adjoint.h"

#include "memory.h"

/* Of an input channel: v of each tap, and the sum of the squares of its weights. */
static void contract(const tb_problem *p, const double *w, const double *channel, int64_t c, double *v, double *square) {
  const tb_conv_shape *s = tb_conv2d(p);
  const int64_t in = s->in_channels / s->conv.groups, out = s->out_channels / s->conv.groups;
  const int64_t taps = s->kernel[0] * s->kernel[1];
  for (int64_t k = 0; k < taps; k++)
    v[k] = square[k] = 0;
  for (int64_t o = 0; o < out; o++)
    for (int64_t k = 0; k < taps; k++) {
      const double one = w[(c * out + o) * taps + k];
      v[k] += channel[c / in * out + o] * one;
      square[k] += one * one;
    }
}

/* The sum for one element of x; what lands adds to *energy. */
static double gather(const tb_conv_shape *s, const double *place, const double *v, const double *square, int64_t i, int64_t j,
                     double *energy) {
  double sum = 0;
  for (int64_t kh = 0; kh < s->kernel[0]; kh++) {
    const int64_t row = i * s->conv.stride[0] - s->conv.padding[0] + kh * s->conv.dilation[0];
    if (row < 0 || row >= s->out[0])
      continue;
    for (int64_t kw = 0; kw < s->kernel[1]; kw++) {
      const int64_t column = j * s->conv.stride[1] - s->conv.padding[1] + kw * s->conv.dilation[1];
      if (column < 0 || column >= s->out[1])
        continue;
      sum += place[row * s->out[1] + column] * v[kh * s->kernel[1] + kw];
      *energy += square[kh * s->kernel[1] + kw];
    }
  }
  return sum;
}

/* What b adds. */
static void add_bias(const tb_conv_shape *s, const double *b, const tb_weights *r, tb_adjoint *out) {
  const int64_t places = s->out[0] * s->out[1];
  double batch = 0, place = 0, channel = 0, square = 0;
  for (int64_t n = 0; n < s->batch; n++)
    batch += r->batch[n];
  for (int64_t i = 0; i < places; i++)
    place += r->place[i];
  for (int64_t o = 0; o < s->out_channels; o++) {
    channel += r->channel[o] * b[o];
    square += b[o] * b[o];
  }
  out->constant = batch * channel * place;
  out->offset = (double)s->batch * (double)places * square;
}

void tb_conv_adjoint(const tb_problem *p, const double *w, const double *b, const tb_weights *r, tb_adjoint *out) {
  const tb_conv_shape *s = tb_conv2d(p);
  const int64_t taps = s->kernel[0] * s->kernel[1];
  double *v = tb_need(calloc((size_t)(2 * taps + 1), sizeof *v)), *g = out->g;
  out->constant = out->energy = out->offset = 0;
  for (int64_t c = 0; c < s->in_channels; c++) {
    contract(p, w, r->channel, c, v, v + taps);
    for (int64_t i = 0; i < s->in[0]; i++)
      for (int64_t j = 0; j < s->in[1]; j++)
        *g++ = gather(s, r->place, v, v + taps, i, j, &out->energy);
  }
  free(v);
  out->energy *= (double)s->batch;
  if (b)
    add_bias(s, b, r, out);
}
