/* Cells of a real line, and the search for the cell of a number.
 *
 * SPDX-License-Identifier: MIT */
#include "cells.h"

#include <math.h>
#include <stdlib.h>

bool tb_cells_init(tb_cells *c, int cells, double (*edge)(int i, int cells)) {
  *c = (tb_cells){.cells = cells, .slots = 2 * cells};
  c->edge = malloc((size_t)(cells + 1) * sizeof *c->edge);
  if (!c->edge)
    return false;
  c->edge[0] = -INFINITY;
  c->edge[cells] = INFINITY;
  double narrowest = INFINITY;
  for (int i = 1; i < cells; i++) {
    c->edge[i] = edge(i, cells);
    narrowest = fmin(narrowest, c->edge[i] - c->edge[i - 1]);
  }
  const double width = c->edge[cells - 1] - c->edge[1];
  c->low = c->edge[1];
  while (2.5 * width / c->slots > narrowest)
    c->slots *= 2;
  c->scale = c->slots / width;
  c->first = malloc((size_t)c->slots * sizeof *c->first);
  if (!c->first)
    return false;
  int cell = 0;
  for (int i = 0; i < c->slots; i++) {
    /* From the slot before, for (v - low) * scale is rounded. */
    while (i > 0 && c->edge[cell + 1] <= c->low + (i - 1) / c->scale)
      cell++;
    c->first[i] = (uint16_t)cell;
  }
  return true;
}

void tb_cells_free(tb_cells *c) {
  free(c->edge);
  free(c->first);
}

double tb_normal_edge(int i, int cells) {
  return 2 * i < cells ? -tb_normal_quantile((double)i / cells) : tb_normal_quantile((double)(cells - i) / cells);
}

double tb_radius_edge(int i, int cells) {
  return -log1p(-(double)i / cells);
}

double tb_tangent_edge(int i, int cells) {
  return tan(3.14159265358979323846 / 4 * i / cells);
}

tb_tails tb_cells_chi2(const int64_t *count, int cells, double *statistic) {
  int64_t n = 0;
  for (int i = 0; i < cells; i++)
    n += count[i];
  int merge = 1;
  while (merge < cells && (double)n * merge / cells < 16)
    merge *= 2;
  const double expected = (double)n * merge / cells;
  double sum = 0;
  for (int i = 0; i < cells; i += merge) {
    double together = 0;
    for (int j = 0; j < merge; j++)
      together += (double)count[i + j];
    sum += (together - expected) * (together - expected);
  }
  *statistic = n > 0 ? sum / expected : 0;
  return cells / merge > 1 ? tb_chi2(cells / merge - 1, *statistic) : (tb_tails){1, 1};
}
