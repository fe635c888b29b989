/* tenbin-pairs as its parent sees it: a process that times two kernels, row by row, and may die of it.
 *
 * A kernel may write wherever that process may: into its pipe, and into the page that it shares with its parent. So each line
 * is checked before it is used, and one that makes no sense is the fault of the side that is at work. What a kernel can forge
 * so that it does make sense, its times among it, has to be believed.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_PAIRS_H
#define TB_PAIRS_H

#include "child.h"
#include "pair_timing.h"
#include "protocol.h"
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
  const char *path[TB_SIDES], *kernel[TB_SIDES];
  int first;  /* the side that is loaded first */
  bool apart; /* in link namespaces of their own */
  bool record;
  int threads;
  double extra; /* extra work of the candidate's runs, as a share of a base's run */
  uint64_t seed;
} tb_pairs_setup;

typedef struct tb_pairs {
  tb_child child;
  int shared; /* a memory file for the place */
  volatile tb_pair_place *place;
  int serial; /* of the last row that was asked for */
  char text[8192];
  size_t filled, taken; /* bytes of it, and of the line that was read last */
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

/* Seconds of processor time that the process has for a row of a problem of so much work (tb_case_work) on so many threads: for
 * each of its rounds, which prepares four plans, what a worker has for a case, and for a thread that spins as much as for one
 * that works. */
static inline double tb_pairs_cpu_limit(const tb_pair_schedule *s, int64_t work, int threads) {
  const int64_t runs = 4 * ((int64_t)s->pairs + 1) * ((int64_t)s->runs + s->warm);
  return threads * s->rounds * tb_cpu_limit(work, runs);
}

/* Times a row. Where it takes longer than `patience` seconds, or than the limit on processor time, the process has died.
 * Records of pairs go to `record`, with `prefix` before each, if that is not NULL. */
tb_pairs_result tb_pairs_ask(tb_pairs *pairs, const tb_pair_schedule *schedule, const char *descriptor, double patience,
                             const volatile sig_atomic_t *stop, FILE *record, const char *prefix, tb_pair_times *out,
                             tb_pair_fault *fault);

/* Ends the process, and all that the kernels have started. */
void tb_pairs_end(tb_pairs *pairs);

#endif
