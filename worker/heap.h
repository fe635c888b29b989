/* Whether a kernel has written over what malloc keeps about its blocks.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_HEAP_H
#define TB_HEAP_H

#include <stdbool.h>

/* After the kernels have been loaded: finds the heap. Where it is not that of the GNU C library, nothing is ever found broken.
 */
void tb_heap_keep(void);

/* Whether every block of the heap is followed by the next. */
bool tb_heap_is_whole(void);

#endif
