/* The explanation of normal in the terminal.
 *
 * SPDX-License-Identifier: MIT */
#include "canvas.h"
#include "explain.h"

void tb_explain_normal(const tb_problem *p, FILE *out, bool unicode, bool colour) {
  tb_canvas c = {0};
  tb_canvas_paragraph(&c, 0, 4, TB_HEADING, p->text);
  tb_canvas_finish(&c, out, unicode, colour);
}
