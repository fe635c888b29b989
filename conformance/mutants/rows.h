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

/* The row whose kernel is being called. kernel.h's functions do not know which kernel they belong to, so each row has its own
 * entry points to the shared functions, and these set this variable. One variable serves the whole plugin, because no two of
 * its kernels run at once: a worker runs one, and tenbin-pairs and tests/regions call several one after the other. It is not
 * thread-local, because the threads of host.parallel use no entry point. */
static int mutant;

#define INLINE static inline __attribute__((always_inline))

/* Several threads may run a reentrant kernel at once. prepare has set the variable, so that they only read it. */
INLINE void set_mutant(int id) {
  if (mutant != id)
    mutant = id;
}

/* A row's entry point to a function that all rows share. */
#define ENTRY(id, type, function, parameters, arguments)                                                                       \
  static type id##_##function parameters {                                                                                     \
    set_mutant(id);                                                                                                            \
    return function arguments;                                                                                                 \
  }
#define ENTRY_VOID(id, function, parameters, arguments)                                                                        \
  static void id##_##function parameters {                                                                                     \
    set_mutant(id);                                                                                                            \
    function arguments;                                                                                                        \
  }
#define ENTRY_WORKSPACE(id) ENTRY(id, size_t, workspace, (const tenbin_plan *plan), (plan))

#endif
