/* The diagnosis: which mistake a failing kernel makes.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_DIAGNOSE_H
#define TB_DIAGNOSE_H

#include "suite_results.h"

#include <stdio.h>

typedef struct tb_diagnosis {
  const char *program, *plugin; /* tenbin-worker; NULL: a built-in kernel */
  const char *kernel, *select;  /* its name, and what --kernel takes */
  int jobs;
  const tb_suite *suite;
  const tb_suite_results *results; /* with failing cases */
  const volatile sig_atomic_t *stop;
} tb_diagnosis;

/* Prints, for people: the smallest case that fails in the same way, with the numbers that differ; the name of the mistake,
 * where a kernel of the zoo answers the same; the region of the parameters where it fails; what the wrong elements have in
 * common; and the lines that reproduce it. False: it was stopped, or a worker cannot be started. */
bool tb_diagnose(const tb_diagnosis *d, FILE *out);

#endif
