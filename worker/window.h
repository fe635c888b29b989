/* Memory that repeats: a range of addresses in which the same few pages come again and again, for outputs of more bytes than
 * there is memory.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_WINDOW_H
#define TB_WINDOW_H

#include <stdbool.h>
#include <stddef.h>

typedef struct tb_window {
  unsigned char *base; /* the lower guard page */
  size_t length;       /* of all of it */
  unsigned char *data; /* `bytes` bytes, in which those TB_WINDOW apart are the same; pages that cannot be touched lie around */
} tb_window;

/* False: there is no memory. Free with tb_window_close. */
bool tb_window_open(tb_window *window, size_t bytes);
void tb_window_close(tb_window *window);

#endif
