/* Plan memory that a kernel may have.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_ALLOWANCE_H
#define TB_ALLOWANCE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct tb_allowance {
  size_t most;    /* bytes that a kernel may have at once: TB_PLAN_MOST, or half of this machine's memory */
  size_t live;    /* that it has */
  size_t refused; /* so many would it have had with what it asked for; 0: never more than most */
  bool starved;   /* the machine did not have what it was granted */
} tb_allowance;

/* Nothing is taken yet. */
tb_allowance tb_allowance_open(void);

/* False: with so many bytes more it would have too many. */
bool tb_allowance_take(tb_allowance *allowance, size_t bytes);
void tb_allowance_give_back(tb_allowance *allowance, size_t bytes);

/* Gives back what was taken, and the machine does not have. */
void tb_allowance_starve(tb_allowance *allowance, size_t bytes);

/* What is said of a function that returned TENBIN_OUT_OF_MEMORY after it was refused memory, with `refused` and `most`; and of
 * a workspace larger than `most`, with its size and that. */
#define TB_PLAN_REFUSED "returned TENBIN_OUT_OF_MEMORY: it had asked for %zu bytes of plan memory, and may have %zu"
#define TB_WORKSPACE_REFUSED "workspace asks for %zu bytes, and may have %zu"

#endif
