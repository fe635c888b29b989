/* The battery: one pass over the numbers.
 *
 * Which numbers may belong together? Box-Muller kernels make pairs, and the streams of PyTorch lay them out in two ways: as
 * (2i, 2i + 1), from call to call where these are short, and as (j, j + 8) within blocks of 16. The battery therefore takes:
 *
 * - pairs at distance 1: (2i, 2i + 1) of all numbers in their order. A kernel that begins new pairs in each call of an odd size
 *   still has every second pair.
 * - pairs at distance 8: (j, j + 8), j < 8, in the blocks of 16 from a call's beginning. If its size is no multiple of 16, the
 *   last block has the last 16 numbers, as in PyTorch, and earlier blocks count only with the pairs before it. If calls are
 *   shorter than 16, blocks are of all numbers in their order.
 * - lags: of all numbers in their order, up to 31. So every distance within calls of up to 31 numbers is there, and the end of
 *   a call meets the beginning of the next.
 * - lanes: the position in the call if it has 64 numbers or fewer, else that position modulo 16.
 *
 * Pairs of one kind are disjoint, so that their statistics have independent terms.
 *
 * SPDX-License-Identifier: MIT */
#include "battery.h"
#include "cells.h"
#include "repeats.h"
#include "rounding.h"
#include "statistics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A chunk and its squares fit the first-level cache. */
enum { CHUNK = 1024, ACCUMULATORS = 8 };

struct tb_battery {
  int32_t dtype;
  tb_rounding rounding;
  tb_repeats repeats;
  tb_cells normal, radius, tangent;
  int64_t pair_period, lane_period, lane_mask;
  int64_t nonfinite;
  tb_sums sums;
  int fill;
  double x[TB_LAGS + CHUNK], square[TB_LAGS + CHUNK]; /* TB_LAGS numbers of the chunk before, and the chunk */
};

tb_battery *tb_battery_open(const tb_law *law) {
  tb_battery *b = calloc(1, sizeof *b);
  if (!b)
    return NULL;
  if (!tb_rounding_init(&b->rounding, law->dtype, law->mean, law->std) ||
      !tb_cells_init(&b->normal, TB_NORMAL_CELLS, tb_normal_edge) ||
      !tb_cells_init(&b->radius, TB_POLAR_CELLS, tb_radius_edge) ||
      !tb_cells_init(&b->tangent, TB_OCTANT_CELLS, tb_tangent_edge)) {
    tb_battery_close(b);
    return NULL;
  }
  b->dtype = law->dtype;
  tb_repeats_init(&b->repeats, tb_rounding_coincidence(&b->rounding), law->period);
  b->pair_period = law->period < 16 ? 16 : law->period;
  b->lane_period = law->period > 0 ? law->period : 16;
  b->sums.lanes = b->lane_period <= TB_LANES ? (int)b->lane_period : 16;
  b->lane_mask = b->lane_period <= TB_LANES ? TB_LANES - 1 : 15;
  return b;
}

bool tb_battery_law(tb_battery *b, double mean, double std) {
  tb_rounding rounding;
  if (!tb_rounding_init(&rounding, b->dtype, mean, std))
    return false;
  rounding.state = b->rounding.state;
  b->rounding = rounding;
  return true;
}

void tb_battery_close(tb_battery *b) {
  tb_cells_free(&b->normal);
  tb_cells_free(&b->radius);
  tb_cells_free(&b->tangent);
  tb_repeats_free(&b->repeats);
  free(b);
}

/* Sums in a fixed order that compilers can vectorise: the same on every machine. */
static void hermites(tb_sums *sums, const double *x, int n) {
  double part[TB_HERMITES][ACCUMULATORS] = {0};
  for (int i = 0; i < n; i += ACCUMULATORS)
    for (int l = 0; l < ACCUMULATORS && i + l < n; l++) {
      double he[TB_HERMITES];
      tb_hermite(x[i + l], he);
      for (int k = 0; k < TB_HERMITES; k++)
        part[k][l] += he[k];
    }
  for (int k = 0; k < TB_HERMITES; k++)
    for (int l = 0; l < ACCUMULATORS; l++)
      sums->hermite[k] += part[k][l];
}

static double dot(const double *a, const double *b, int n) {
  double part[ACCUMULATORS] = {0}, sum = 0;
  int i = 0;
  for (; i + ACCUMULATORS <= n; i += ACCUMULATORS)
    for (int l = 0; l < ACCUMULATORS; l++)
      part[l] += a[i + l] * b[i + l];
  for (; i < n; i++)
    sum += a[i] * b[i];
  for (int l = 0; l < ACCUMULATORS; l++)
    sum += part[l];
  return sum;
}

static void singles(tb_battery *b, const double *x, int n) {
  tb_sums *sums = &b->sums;
  for (int i = 0; i < n; i++) {
    const double size = fabs(x[i]);
    sums->cell[tb_cell(&b->normal, x[i])]++;
    sums->positive += x[i] > 0;
    sums->changes += (x[i] > 0) != (x[i - 1] > 0);
    if (size > 3) {
      sums->beyond[0]++;
      sums->beyond[1] += size > 4;
      sums->beyond[2] += size > 5;
      sums->maximum = fmax(sums->maximum, size);
    }
  }
  if (sums->n == 0) /* the first number has no neighbour before it; 0 stands there */
    sums->changes -= x[0] > 0;
}

/* The angle's cell: its octant, and the tangent within. Octants run in both directions, which is all the same to cells that are
 * equally probable. */
static void polar(tb_battery *b, int kind, double x, double y) {
  const double size_x = fabs(x), size_y = fabs(y);
  const double most = size_x > size_y ? size_x : size_y, least = size_x > size_y ? size_y : size_x;
  const int octant = (x < 0) | (y < 0) << 1 | (size_y > size_x) << 2;
  b->sums.polar[kind].angle[octant * TB_OCTANT_CELLS + tb_cell(&b->tangent, most > 0 ? least / most : 0)]++;
  b->sums.polar[kind].radius[tb_cell(&b->radius, (x * x + y * y) / 2)]++;
}

static void pairs(tb_battery *b, const double *x, const double *square, int n) {
  tb_sums *sums = &b->sums;
  const int64_t period = b->pair_period;
  int64_t position = sums->n % period;
  for (int i = 0; i < n; i++) {
    if (position >= period - 8 || (position < period - 16 && (position & 15) >= 8)) {
      polar(b, 0, x[i - 8], x[i]);
      sums->pair += x[i - 8] * x[i];
      sums->square_pair += square[i - 8] * square[i];
      sums->pairs++;
    }
    position = position + 1 == period ? 0 : position + 1;
  }
  for (int i = sums->n % 2 ? 0 : 1; i < n; i += 2)
    polar(b, 1, x[i - 1], x[i]);
}

static void lanes(tb_battery *b, const double *x, const double *square, int n) {
  tb_sums *sums = &b->sums;
  int64_t position = sums->n % b->lane_period;
  for (int i = 0; i < n; i++) {
    const int64_t lane = position & b->lane_mask;
    sums->lane_n[lane]++;
    sums->lane[lane] += x[i];
    sums->lane_square[lane] += square[i];
    position = position + 1 == b->lane_period ? 0 : position + 1;
  }
}

static void process(tb_battery *b) {
  const double *x = b->x + TB_LAGS;
  double *square = b->square + TB_LAGS;
  const int n = b->fill;
  for (int i = 0; i < n; i++)
    square[i] = (x[i] * x[i] - 1) * 0.70710678118654752440;
  hermites(&b->sums, x, n);
  singles(b, x, n);
  for (int k = 1; k <= TB_LAGS; k++) {
    b->sums.lag[k - 1] += dot(x, x - k, n);
    b->sums.square_lag[k - 1] += dot(square, square - k, n);
  }
  pairs(b, x, square, n);
  lanes(b, x, square, n);
  b->sums.n += n;
  memmove(b->x, b->x + n, TB_LAGS * sizeof *b->x);
  memmove(b->square, b->square + n, TB_LAGS * sizeof *b->square);
  b->fill = 0;
}

void tb_battery_add(tb_battery *b, const double *y, int64_t n) {
  tb_repeats_add(&b->repeats, y, n);
  for (int64_t i = 0; i < n; i++) {
    const bool finite = isfinite(y[i]);
    b->nonfinite += !finite;
    b->x[TB_LAGS + b->fill++] = finite ? tb_unround(&b->rounding, y[i]) : 0;
    if (b->fill == CHUNK)
      process(b);
  }
}

bool tb_battery_finish(tb_battery *b, tb_battery_result *result) {
  int64_t repeated;
  process(b);
  if (!tb_repeats_finish(&b->repeats, &repeated))
    return false;
  *result = (tb_battery_result){.n = b->sums.n, .nonfinite = b->nonfinite, .repeated = repeated, .block = b->repeats.block};
  tb_statistics(&b->sums, result->statistic);
  return true;
}
