/* What a diagnosis reports for one operator beyond the verdict, the smallest case and the lines that repeat it: an optional
 * table. An operator without one has nothing more.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_LENS_H
#define TB_LENS_H

#include "diagnosing.h"

/* Each function may be NULL: then nothing is reported, and every case will do. */
typedef struct tb_lens {
  const tb_operator *op;
  const char *table, *folder; /* the zoo: a table in conformance/mutants, and where its plugins are beside tenbin */
  /* Whether a case that might be the smallest is worth a try. */
  bool (*worth)(tb_diagnosing *g, const tb_case *c);
  /* Whether a case costs more than it shows when a name is looked for; the case with less work that shows as much. */
  bool (*is_long)(const tb_case *c);
  void (*shorten)(tb_case *c);
  /* Sections: the smallest case, p, which ran last; where the kernel fails; what wrong elements have in common. */
  void (*numbers)(tb_diagnosing *g, const tb_problem *p, const tb_judgement *j);
  void (*region)(tb_diagnosing *g);
  void (*footprint)(tb_diagnosing *g);
} tb_lens;

/* NULL: there is none. */
const tb_lens *tb_lens_of(const tb_operator *op);

extern const tb_lens tb_lens_conv_transpose2d, tb_lens_max_pool2d, tb_lens_normal;

#endif
