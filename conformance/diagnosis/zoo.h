/* The zoo of wrong kernels, and which of them answers as a given kernel does.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_ZOO_H
#define TB_ZOO_H

#include "probe.h"
#include "suite.h"

typedef struct tb_mutant {
  char id[64], flag[32], what[200], reports[240]; /* what completes "this kernel answers as one that"; "-": none */
  char file[4096], kernel[64];                    /* the plugin, and its kernel */
} tb_mutant;

typedef struct tb_zoo {
  const tb_operator *op;
  int mutants;
  tb_mutant *mutant;
} tb_zoo;

/* The wrong kernels of an operator, from the table in conformance/mutants of the data folder, with the plugins in the lens's
 * folder beside this program; those whose plugin is not there are left out. */
struct tb_lens;
tb_zoo tb_zoo_open(const struct tb_lens *lens);
void tb_zoo_close(tb_zoo *zoo);

#define TB_NAMES_MAX 4

typedef struct tb_names {
  int names; /* how many mutants answer as the kernel does, in every case that was tried */
  const tb_mutant *name[TB_NAMES_MAX];
  int cases, failing; /* that were tried; of these, the kernel's wrong ones: where both are right nothing is shown */
  int tried;          /* mutants */
} tb_names;

/* A kernel and the cases that it was run on. */
typedef struct tb_named {
  const char *program, *plugin, *kernel; /* tenbin-worker; NULL: built-in */
  int jobs;
  char **text;     /* [texts]: those that failed come first */
  uint64_t *known; /* [texts]: tb_signature_hash of the kernel's plain run; 0: not known */
  int texts, failing;
  const volatile sig_atomic_t *stop;
} tb_named;

/* Finds the mutants whose answers equal the kernel's in all failing cases and in the passing ones. Where several are left,
 * further blocks of the grid distinguish them. False: it was stopped, or a worker cannot be started. */
bool tb_zoo_name(const tb_zoo *zoo, const tb_named *named, tb_names *out);

#endif
