/* tenbin-pairs as its parent sees it: a process that times two kernels, row by row, and may die of it.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_PAIRS_H
#define TB_PAIRS_H

#include "child.h"
#include "pair_timing.h"
#include "registry.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>

#define TB_PAIRS_NAME 64
#define TB_PAIRS_FILES 1024
#define TB_PAIRS_PATH 4096

/* What a plugin holds. */
typedef struct tb_listing {
  char plugin[128]; /* name and version */
  int kernels, files;
  struct {
    char name[TB_PAIRS_NAME], op[TB_PAIRS_NAME], library[160];
  } kernel[TB_KERNELS_MAX];
  struct {
    char inode[48], path[TB_PAIRS_PATH]; /* of the libraries in the process that has loaded it */
  } file[TB_PAIRS_FILES];
  char fault[600], warning[600]; /* or empty */
} tb_listing;

/* False: out->fault says why, or *stop became nonzero. */
bool tb_pairs_list(const char *path, const volatile sig_atomic_t *stop, tb_listing *out);

typedef struct tb_pairs_setup {
  const char *path[TB_SIDES], *kernel;
  int first;  /* the side that is loaded first */
  bool apart; /* in link namespaces of their own */
  bool record;
  int threads;
  double extra; /* extra work of the candidate's runs, as a share of a base's run */
  uint64_t seed;
} tb_pairs_setup;

typedef struct tb_pairs {
  tb_child child;
  int shared; /* a byte of memory: the side that is at work */
  unsigned char *who;
  char text[8192];
  size_t filled;
} tb_pairs;

/* No process: what tb_pairs_end leaves. */
#define TB_PAIRS_NONE ((tb_pairs){.child = {0, -1, -1}, .shared = -1})

typedef enum tb_pairs_result {
  TB_PAIRS_OK,
  TB_PAIRS_NO,      /* fault says what a kernel returned */
  TB_PAIRS_DIED,    /* of the side in fault: fault says how; the process is gone */
  TB_PAIRS_STOPPED, /* *stop became nonzero; the process is gone */
} tb_pairs_result;

/* False: the process cannot be started, and this is reported. */
bool tb_pairs_start(tb_pairs *pairs, const tb_pairs_setup *setup);

/* Times a row. Where it takes longer than `patience` seconds, the process is killed, and has died. Records of pairs go to
 * `record`, with `prefix` before each, if that is not NULL. */
tb_pairs_result tb_pairs_ask(tb_pairs *pairs, const tb_pair_schedule *schedule, const char *descriptor, double patience,
                             const volatile sig_atomic_t *stop, FILE *record, const char *prefix, tb_pair_times *out,
                             tb_pair_fault *fault);

/* Ends the process. */
void tb_pairs_end(tb_pairs *pairs);

#endif
