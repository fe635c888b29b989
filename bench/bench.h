/* bench: what its files share: the options, the kernels and layers chosen, the rows measured.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_BENCH_H
#define TB_BENCH_H

#include "kernel.h"
#include "problem.h"

#include <stdbool.h>

/* Exit codes. */
enum { TB_OK = 0, TB_KERNEL_FAILED = 1, TB_USAGE = 2, TB_CANNOT_RUN = 3, TB_INTERRUPTED = 130 };

#define TB_THREADS_MAX 1024

/* Seconds of a run. A shorter one has another before it that is not timed, for the caches; in a longer one their refill is
 * lost. */
#define TB_WARM_BELOW 50e-3

/* Sets of operators: bit i is enum tb_operator i. */
#define TB_ALL_OPERATORS ((1u << TB_OPERATORS) - 1)

/* Numbers that are tried one after the other. */
#define TB_NUMBERS_MAX 64
typedef struct tb_numbers {
  int count;
  int64_t v[TB_NUMBERS_MAX];
} tb_numbers;

/* What is timed. The default is the mean of a batch of runs, with warm caches and a plan that is there. */
typedef struct tb_timing {
  bool latency;      /* each call by itself */
  bool cold;         /* so, too, with its memory evicted from the caches before it */
  bool with_prepare; /* prepare, run and release */
  bool pairs;        /* two kernels against each other */
} tb_timing;

/* What the command line says; the strings are those of argv. */
typedef struct tb_options {
  int kernels, plugins, layers;
  const char **kernel;          /* --kernel */
  const char **plugin;          /* arguments that are no options */
  const char **layer;           /* --layer */
  const char *layer_file, *csv; /* or NULL */
  const char *compare;          /* "A,B" or NULL; then these are the two kernels */
  char *compared;               /* what they point into */
  unsigned operators;           /* --op: one of them; the default: all */
  int threads;                  /* the first of thread_list */
  tb_numbers thread_list;       /* --threads */
  tb_numbers batch;             /* --batch; none: each layer's own */
  tb_timing timing;
  double min_time; /* seconds a kernel and layer */
  bool help;
} tb_options;

/* Parses argv. A bad one is told on standard error and returned as TB_USAGE. Free with tb_options_free in any case. */
int tb_options_parse(int argc, char **argv, tb_options *out);
void tb_options_free(tb_options *options);
void tb_options_help(void);

/* What the program that is linked calls itself: "tenbin bench". */
extern const char tb_program_name[];

/* Prints "tenbin bench: ..." with a line's end on standard error, and returns status. */
int tb_complain(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Reads the whole of a text, a number of threads from 1 to TB_THREADS_MAX; a decimal number from least to most. False: it is
 * something else. */
bool tb_read_threads(const char *text, int *out);
bool tb_read_decimal(const char *text, double least, double most, double *out);

/* The name that a mistyped word most likely stands for, or NULL: none is near. */
const char *tb_nearest(const char *word, const char *const *name, int names);

typedef struct tb_subject {
  const tenbin_kernel *kernel;
  tb_operator op;
  bool named;    /* asked for by name: it has to be timed on something */
  char *label;   /* NAME of a built-in kernel, FILE:NAME of a plugin's: what --kernel takes */
  char *library; /* the library it stands on; may be empty */
} tb_subject;

typedef struct tb_subjects {
  int count;
  tb_subject *item; /* those of an operator together, in the order of enum tb_operator */
} tb_subjects;

/* The kernels asked for, or all built-in ones, of the options' operators. Failures are told and returned as exit codes. */
int tb_subjects_select(const tb_options *options, tb_subjects *out);

/* Leaves out kernels that have no layer of their operator; where one of them was asked for by name, this is told and returned
 * as an exit code. */
int tb_subjects_restrict(tb_subjects *subjects, unsigned operators);

unsigned tb_subjects_operators(const tb_subjects *subjects);
tb_subjects tb_subjects_of(const tb_subjects *subjects, tb_operator op); /* a part of them, not to be freed */
void tb_subjects_free(tb_subjects *subjects);

typedef struct tb_layer {
  char *name;
  tb_problem *problem;
} tb_layer;

#define TB_LAYER_FILES 2
typedef struct tb_layers {
  int count, files;
  tb_layer *item;
  char *file[TB_LAYER_FILES]; /* the paths that were read */
} tb_layers;

/* The layers asked for, or those of the files whose operator is among `operators`, those of the kernels, with fill=real (wide-x
 * where that cannot be) and the options' threads. As tb_subjects_select. */
int tb_layers_select(const tb_options *options, unsigned operators, tb_layers *out);

unsigned tb_layers_operators(const tb_layers *layers);
void tb_layers_free(tb_layers *layers);

typedef enum tb_row_status { TB_ROW_OK, TB_ROW_UNSUPPORTED, TB_ROW_FAILED } tb_row_status;

/* One kernel on one layer. Times are seconds; what was not measured is 0. */
typedef struct tb_row {
  const tb_subject *subject;
  int thread, threads;    /* index in the list of numbers of threads, and that number */
  char text[TB_TEXT_MAX]; /* the canonical descriptor, with threads */
  tb_row_status status;
  char reason[200]; /* where status is not ok */
  double prepare, min, q1, median, q3;
  double p90, p99, max; /* of calls timed by themselves; 0 where they are too few for it */
  double clock;         /* that has been subtracted from each of these calls */
  double image;         /* of conv_transpose2d: median / batch */
  int repetitions;      /* batches, or calls timed by themselves */
  int64_t iterations;   /* runs a batch */
  double gflops;        /* of conv_transpose2d: 1e9 floating-point operations a second, at the median */
  double ns, gb;        /* of normal: nanoseconds a number, and 1e9 bytes written a second, at the median */
  double ratio;         /* of medians: to the fastest kernel of the layer with as many threads */
  double speedup;       /* against the first number of threads; 0: there is one only */
  /* Of a comparison: how many times as fast as `against` it is, with the ends of an interval, of so many rounds. */
  const tb_subject *against; /* or NULL */
  double times, times_low, times_high;
  int rounds;
} tb_row;

/* Fills in what follows from a row's median. */
void tb_row_rates(tb_row *row, const tb_problem *problem);

/* The machine and the run, for the table's head and the first columns of every row of the CSV. */
typedef struct tb_machine {
  char cpu[160], os[160], compiler[80], time[32];
  int cores; /* processors that this process may use */
} tb_machine;

void tb_machine_read(tb_machine *out);

#endif
