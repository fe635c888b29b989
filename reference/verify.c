/* A whole output verified by one number.
 *
 * SPDX-License-Identifier: MIT */
#include "verify.h"

#include "dtype.h"
#include "fill.h"

#include <math.h>
#include <stdlib.h>

struct tb_verifier {
  int32_t dtype[2];                    /* of x and y */
  int64_t items, each;                 /* of x: items of the batch, and elements of one */
  int64_t channels, places;            /* of y: channels of an item, and elements of one */
  double *batch, *channel, *place, *g; /* one block, from batch on */
  double constant, energy, offset;     /* tb_adjoint's */
  double squares;                      /* sum r*r */
  double bound;
};

/* In +-[0.5, 1.5]: no element counts much less than another. */
static double weight(uint64_t key, int64_t i) {
  const uint64_t h = tb_fill_hash(key, i);
  const double magnitude = 0.5 + (double)(h >> 11) * 0x1p-53;
  return h & 1 ? -magnitude : magnitude;
}

/* The sum of their squares. */
static double draw(uint64_t key, int64_t n, double *out) {
  double squares = 0;
  for (int64_t i = 0; i < n; i++) {
    out[i] = weight(key, i);
    squares += out[i] * out[i];
  }
  return squares;
}

/* Input i in double; absent: NULL. False: there is no memory. */
static bool widen(const tenbin_desc *desc, const void *data, double **out) {
  const int64_t n = tb_desc_elements(desc);
  *out = NULL;
  if (desc->dtype == TENBIN_NONE)
    return true;
  *out = malloc((size_t)(n + 1) * sizeof **out);
  for (int64_t i = 0; *out && i < n; i++)
    (*out)[i] = tb_number(desc->dtype, data, i);
  return *out != NULL;
}

static bool find_adjoint(const tb_problem *p, const void *const *in, tb_verifier *v) {
  double *wide[TB_TENSORS] = {NULL};
  bool ok = true;
  for (int i = 1; i < p->inputs && ok; i++)
    ok = widen(&p->input[i], in[i], &wide[i]);
  if (ok) {
    const tb_weights r = {v->batch, v->channel, v->place};
    tb_adjoint a = {.g = v->g};
    p->c.op->adjoint(p, (const double *const *)wide, &r, &a);
    v->constant = a.constant;
    v->energy = a.energy;
    v->offset = a.offset;
  }
  for (int i = 1; i < p->inputs; i++)
    free(wide[i]);
  return ok;
}

/* Of a tensor's sizes from one on. */
static int64_t product(const tenbin_desc *desc, int from) {
  int64_t n = 1;
  for (int i = from; i < desc->rank; i++)
    n *= desc->size[i];
  return n;
}

tb_verifier *tb_verifier_make(const tb_problem *p, const void *const *in, uint64_t key) {
  const tenbin_desc *x = &p->input[0], *y = &p->output[0];
  const int batched = x->rank == 4;
  tb_verifier *v = calloc(1, sizeof *v);
  if (!v)
    return NULL;
  v->dtype[0] = x->dtype;
  v->dtype[1] = y->dtype;
  v->items = batched ? x->size[0] : 1;
  v->each = product(x, batched);
  v->channels = y->size[batched];
  v->places = product(y, batched + 1);
  v->bound = 0x1p-24 * 8 * (1 + sqrt((double)p->terms));
  v->batch = malloc((size_t)(v->items + v->channels + v->places + v->each + 1) * sizeof *v->batch);
  if (!v->batch) {
    tb_verifier_free(v);
    return NULL;
  }
  v->channel = v->batch + v->items;
  v->place = v->channel + v->channels;
  v->g = v->place + v->places;
  v->squares = draw(tb_fill_key(key, 0), v->items, v->batch) * draw(tb_fill_key(key, 1), v->channels, v->channel) *
               draw(tb_fill_key(key, 2), v->places, v->place);
  if (!find_adjoint(p, in, v)) {
    tb_verifier_free(v);
    return NULL;
  }
  return v;
}

void tb_verifier_free(tb_verifier *v) {
  if (v)
    free(v->batch);
  free(v);
}

enum { LANES = 8 }; /* partial sums, which a processor adds at once */

static double add(const double *lane) {
  double sum = 0;
  for (int k = 0; k < LANES; k++)
    sum += lane[k];
  return sum;
}

/* Sums of weight*data and, where it is asked for, of data*data, over n elements from the first on. */
static double dot(const double *weight, int32_t dtype, const void *data, int64_t first, int64_t n, double *square) {
  double sum[LANES] = {0}, squares[LANES] = {0};
  int64_t i = 0;
  if (dtype == TENBIN_F32) {
    const float *f = (const float *)data + first;
    for (; i + LANES <= n; i += LANES)
      for (int k = 0; k < LANES; k++) {
        const double one = f[i + k];
        sum[k] += weight[i + k] * one;
        squares[k] += one * one;
      }
  }
  for (; i < n; i++) {
    const double one = tb_number(dtype, data, first + i);
    sum[0] += weight[i] * one;
    squares[0] += one * one;
  }
  if (square)
    *square += add(squares);
  return add(sum);
}

static double weigh_output(const tb_verifier *v, const void *y) {
  double sum = 0;
  int64_t at = 0;
  for (int64_t n = 0; n < v->items; n++)
    for (int64_t c = 0; c < v->channels; c++, at += v->places)
      sum += v->batch[n] * v->channel[c] * dot(v->place, v->dtype[1], y, at, v->places, NULL);
  return sum;
}

double tb_verifier_rho(const tb_verifier *v, const void *x, const void *y) {
  const double elements = (double)v->items * (double)v->channels * (double)v->places;
  double expected = v->constant, square = 0;
  for (int64_t n = 0; n < v->items; n++)
    expected += v->batch[n] * dot(v->g, v->dtype[0], x, n * v->each, v->each, &square);
  const double mean = v->items * v->each > 0 ? square / ((double)v->items * (double)v->each) : 0;
  const double scale = elements > 0 ? sqrt(v->squares * (v->energy * mean + v->offset) / elements) : 0;
  const double gap = fabs(weigh_output(v, y) - expected);
  return gap == 0 ? 0 : gap / scale;
}

double tb_verifier_bound(const tb_verifier *v) {
  return v->bound;
}
