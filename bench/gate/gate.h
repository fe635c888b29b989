/* tenbin gate: what its files share: the options, and the rows, one for each kernel and layer.
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
  unsigned operators;         /* --op: one of them; the default: all */
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
  TB_LOST,        /* supported by the base alone */
  TB_NEW,         /* supported by the candidate alone */
  TB_NEITHER,     /* supported by none */
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
  double base[TB_BLOCKS], place[TB_BLOCKS];
  double base_prepare[TB_BLOCKS], prepare[TB_BLOCKS]; /* seconds; log ratio */
  tb_pair_times last;                                 /* its memory and answers */
  double instructions[TB_SIDES];                      /* of a run; 0: not counted */
  int wholes;                                         /* the whole layer's log ratios */
  double whole[TB_WHOLES];
  double spent; /* seconds on this row */
} tb_gate_row;

/* A row in numbers, for the reports. */
typedef struct tb_gate_summary {
  double ratio, low, high; /* log ratio: median and its interval of 95 % */
  double base;             /* seconds of a base's run */
  double order_bias;       /* half the difference between the two orders of loading, or 0: none is seen */
  double place;            /* median log ratio of one place of plan memory to the other */
  double base_prepare, prepare, prepare_low, prepare_high; /* seconds; log ratio: median and its interval of 95 % */
  double whole, whole_low, whole_high;                     /* of the whole layer's log ratios: median and its interval */
} tb_gate_summary;
tb_gate_summary tb_gate_summarize(const tb_gate_row *row);

/* One kernel on all its layers. */
typedef struct tb_contest {
  const tb_gate_options *options;
  const char *kernel;
  bool apart;
  int rows;
  tb_gate_row *row;
  double spent; /* seconds */
  int processes;
  uint64_t *random;
  FILE *record; /* or NULL */
  const volatile sig_atomic_t *stop;
} tb_contest;

/* Chooses a problem of 0.1 to 0.25 ms for each row. False: *stop. */
bool tb_contest_size(tb_contest *contest);

/* Processes until all rows are decided or the budget is spent, of which a part is kept for tb_contest_close; if `all`, all of
 * the budget on all rows, decided or not. */
bool tb_contest_time(tb_contest *contest, double budget, bool all);

/* Times whole layers for which smaller problems stood, and closes what is still open. */
bool tb_contest_close(tb_contest *contest);

/* Closes what is open, for a run that ended before: `why` says how. */
void tb_contest_abandon(tb_contest *contest, const char *why);

/* Counts the instructions of a run on each row's problem, by valgrind. False: there is none, or it cannot run the kernel, as
 * where that uses AVX-512. */
bool tb_contest_count(tb_contest *contest);

/* Whether a row is timed, or was. */
bool tb_gate_timed(const tb_gate_row *row);

/* Verdicts by the blocks there are, of rows that are not closed; at least TB_OPEN. True: some row needs more blocks. */
bool tb_contest_judge(tb_gate_row *row, int rows, double tolerance, double alpha);

/* "col2im_gemm: 14 of 23 rows are decided, 31 s", on standard error. */
void tb_gate_progress(const tb_contest *contest, int open, double seconds);

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

/* Of each contest: what the gate does here and now. csv, of tb_calibration_csv_header, may be NULL. The exit code. */
extern const char tb_calibration_csv_header[];
int tb_gate_calibrate(tb_contest *contest, int contests, tb_csv *csv, const tb_machine *machine);

#endif
