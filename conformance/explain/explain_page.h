/* What an explanation of conv_transpose2d consists of, and in which order, for any kind of page.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_EXPLAIN_PAGE_H
#define TB_EXPLAIN_PAGE_H

#include "explain_sheet.h"

typedef enum tb_manner { TB_TITLE, TB_HEAD, TB_PROSE, TB_SUM, TB_POINT } tb_manner;

/* A page, which grows at its bottom. */
typedef struct tb_page {
  void *self;
  const char *legend, *windows; /* how to read the pictures of the full output, and of Conv2d */
  void (*paragraph)(void *self, tb_manner manner, const char *text);
  /* Two pictures of one case beside each other, or each of them of both cases. */
  void (*pictures)(void *self, const tb_explanation *e, tb_picture one, tb_picture two);
} tb_page;

void tb_page_fill(const tb_page *page, const tb_explanation *e);

#endif
