/* The rows of a table that name one source: each is a kernel of that source's plugin. CMake writes them into a file, which the
 * source names by ROWS: MUTANT(ID, name) for each, its name being the id in lower case. table.h makes the kernels.
 *
 * SPDX-License-Identifier: MIT */
#ifndef ROWS_H
#define ROWS_H

#include "kernel.h"

enum {
#define MUTANT(id, name) id,
#include ROWS
#undef MUTANT
  MUTANTS
};

/* The row whose kernel is being called. kernel.h's functions are not given the kernel that they belong to, so each row has ways
 * of its own into the functions that all share, and these note the row here. One variable serves the whole plugin, because no
 * two of its kernels run at once: a worker runs one, and tenbin-pairs and tests/regions call several by turns. It has to serve
 * all threads: those of host.parallel enter by no way of a row's. */
static int mutant;

#define INLINE static inline __attribute__((always_inline))

/* Threads that enter a reentrant kernel at once find it noted by prepare, and only read. */
INLINE void enter(int id) {
  if (mutant != id)
    mutant = id;
}

/* A row's way into a function that all rows share. */
#define ENTER(id, type, function, parameters, arguments)                                                                       \
  static type id##_##function parameters {                                                                                     \
    enter(id);                                                                                                                 \
    return function arguments;                                                                                                 \
  }
#define ENTER_VOID(id, function, parameters, arguments)                                                                        \
  static void id##_##function parameters {                                                                                     \
    enter(id);                                                                                                                 \
    function arguments;                                                                                                        \
  }
#define ENTER_WORKSPACE(id) ENTER(id, size_t, workspace, (const tenbin_plan *plan), (plan))

#endif
