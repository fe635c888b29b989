/* Cells of a real line, and the search for the cell of a number.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_CELLS_H
#define TB_CELLS_H

#include "pvalue.h"

#include <stdbool.h>
#include <stdint.h>

/* The line is cut into equal slots so narrow that no cell lies within two of them: a table knows the cell for each slot but for
 * one edge, and looking a number up takes no branch that a processor could guess wrong. */
typedef struct tb_cells {
  int cells, slots;
  double low, scale; /* slot = (v - low) * scale */
  double *edge;      /* [cells + 1] cell i holds edge[i] <= v < edge[i + 1]; the last edge is infinite */
  uint16_t *first;   /* [slots] */
} tb_cells;

/* Cells whose inner edges edge(1, cells), ..., edge(cells - 1, cells) ascend; the outer ones reach to infinity. False: there is
 * no memory. */
bool tb_cells_init(tb_cells *c, int cells, double (*edge)(int i, int cells));
void tb_cells_free(tb_cells *c);

/* v is no NaN. */
static inline int tb_cell(const tb_cells *c, double v) {
  double at = (v - c->low) * c->scale;
  at = at < 0 ? 0 : at;
  at = at > c->slots - 1 ? c->slots - 1 : at;
  const int cell = c->first[(int)at];
  return cell + (v >= c->edge[cell + 1]);
}

/* Edges of cells that are equally probable: for N(0, 1); for (x^2 + y^2)/2 of two such numbers, which is exponential; and for
 * min(|x|, |y|) / max(|x|, |y|) of them, which is the tangent of a uniform angle up to pi/4. */
double tb_normal_edge(int i, int cells);
double tb_radius_edge(int i, int cells);
double tb_tangent_edge(int i, int cells);

/* Both tails of the chi-square statistic of counts in equally probable cells, and the statistic. Neighbouring cells are counted
 * as one where less than 16 are expected in each. */
tb_tails tb_cells_chi2(const int64_t *count, int cells, double *statistic);

#endif
