/* tenbin gate: its options, and its rows, one for each kernel and layer.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_GATE_H
#define TB_GATE_H

#include "csv.h"
#include "layers.h"
#include "machine.h"
#include "pairs.h"
#include "program.h"
#include "tap.h"

#define TB_BLOCKS 400 /* processes of a row */
#define TB_WHOLES 9   /* how often a whole layer is timed at most */

typedef struct tb_gate_options {
  const char **kernel; /* --kernel */
  int kernels;
  tb_layer_options on;
  unsigned operators;         /* --operator; the default: all */
  const char *path[TB_SIDES]; /* --base, --candidate */
  double budget;              /* seconds of timing a kernel */
  double tolerance, alpha;    /* shares, not percent */
  double extra;               /* extra work of the candidate, a share */
  const char *csv, *markdown, *record;
  uint64_t seed;
  bool tap, unchecked, calibrate, instructions;
} tb_gate_options;

/* False: the program ends with *code. Free with tb_gate_options_free in any case. */
bool tb_gate_options_parse(int argc, char **argv, tb_gate_options *out, int *code);
void tb_gate_options_free(tb_gate_options *options);

typedef enum tb_gate_verdict {
  TB_OPEN,
  TB_NOT_SLOWER,
  TB_FASTER, /* by more than the tolerance */
  TB_SLOWER,
  TB_UNDECIDED,   /* why says what is missing */
  TB_BROKEN,      /* the candidate: why says how */
  TB_BASE_BROKEN, /* nothing to compare with */
  TB_LOST,        /* only the base supports it */
  TB_NEW,         /* only the candidate supports it */
  TB_NEITHER,     /* neither supports it */
} tb_gate_verdict;

typedef struct tb_gate_row {
  const char *kernel;
  const tb_layer *layer;
  char measured[TB_TEXT_MAX]; /* the problem of the pairs */
  bool proxy;                 /* it is smaller than the layer */
  tb_pair_schedule schedule;
  tb_gate_verdict verdict;
  char why[320];
  int blocks;                      /* one of each process */
  double x[TB_BLOCKS];             /* log ratio, candidate to base */
  bool candidate_first[TB_BLOCKS]; /* loaded first in that process */
  double base[TB_BLOCKS], address_effect[TB_BLOCKS];
  double base_prepare[TB_BLOCKS], prepare[TB_BLOCKS]; /* seconds; log ratio */
  tb_pair_times last;                                 /* its memory and answers */
  double instructions[TB_SIDES];                      /* of a run; 0: not counted */
  int wholes;                                         /* the whole layer's log ratios */
  double whole[TB_WHOLES];
  double elapsed; /* seconds on this row */
} tb_gate_row;

/* A row in numbers, for the reports. */
typedef struct tb_gate_summary {
  double ratio, low, high; /* log ratio: median and its interval of 95 % */
  double base;             /* seconds of a base's run */
  double order_bias;       /* half the difference between the two orders of loading, or 0: none is seen */
  double address_effect;   /* median log ratio of one address of plan memory to the other */
  double base_prepare, prepare, prepare_low, prepare_high; /* seconds; log ratio: median and its interval of 95 % */
  double whole, whole_low, whole_high;                     /* of the whole layer's log ratios: median and its interval */
} tb_gate_summary;
tb_gate_summary tb_gate_summarize(const tb_gate_row *row);

/* The comparison of one kernel of two builds on all its layers. */
typedef struct tb_gate_run {
  const tb_gate_options *options;
  const char *kernel;
  bool apart;
  int rows;
  tb_gate_row *row;
  double elapsed; /* seconds */
  int processes;
  uint64_t *random;
  FILE *record; /* or NULL */
  const volatile sig_atomic_t *stop;
} tb_gate_run;

/* Chooses a problem of 0.1 to 0.25 ms for each row. False: *stop. */
bool tb_gate_run_size(tb_gate_run *run);

/* Judges a kernel with `tenbin check`, and closes all its rows where one side does not conform. 0, or an exit code: it could
 * not be judged. */
int tb_gate_conform(const tb_gate_options *options, tb_gate_run *run);

/* Starts processes until all rows are decided or the budget is spent; a part of it is kept for tb_gate_run_close. With `all`
 * the whole budget is spent on all rows, decided or not. */
bool tb_gate_run_time(tb_gate_run *run, double budget, bool all);

/* Times the whole layers whose proxies were timed, and closes the open rows. */
bool tb_gate_run_close(tb_gate_run *run);

/* Closes the open rows of a run that ended early; `why` is the reason. */
void tb_gate_run_abandon(tb_gate_run *run, const char *why);

/* Counts the instructions of a run on each row's problem with valgrind. False: there is no valgrind, or it cannot run the
 * kernel, for example because of AVX-512. */
bool tb_gate_run_count(tb_gate_run *run);

/* Whether a row is timed, or was. */
bool tb_gate_timed(const tb_gate_row *row);

/* Sets the verdicts of the rows that are not closed, by their blocks so far. True: some row needs more blocks. */
bool tb_gate_judge(tb_gate_row *row, int rows, double tolerance, double alpha);

/* "col2im_gemm: 14 of 23 rows are decided, 31 s", on standard error. */
void tb_gate_progress(const tb_gate_run *run, int open, double seconds);

const char *tb_gate_verdict_name(tb_gate_verdict verdict);

/* The reports. */
void tb_gate_table(FILE *f, const char *prefix, const tb_gate_row *row, int rows);
extern const char tb_gate_csv_header[];
void tb_gate_csv(tb_csv *csv, const tb_gate_options *options, const tb_machine *machine, const tb_gate_row *row, int rows);
void tb_gate_markdown(FILE *f, const tb_gate_options *options, const tb_machine *machine, const tb_gate_row *row, int rows,
                      const char *notes);
void tb_gate_tap(tb_tap *tap, const tb_gate_row *row, int rows);

/* The exit code of these rows. */
int tb_gate_code(const tb_gate_row *row, int rows);

/* Measures the error rates of the gate on each of these comparisons. csv has tb_calibration_csv_header, or is NULL. Returns the
 * exit code. */
extern const char tb_calibration_csv_header[];
int tb_gate_calibrate(tb_gate_run *run, int runs, tb_csv *csv, const tb_machine *machine);

#endif
