/* bench: what its files share: the options, the kernels and layers chosen, the rows measured.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_BENCH_H
#define TB_BENCH_H

#include "kernel.h"
#include "layers.h"
#include "program.h"

#include <stdbool.h>

/* What is timed. The default is the mean of a batch of runs, with warm caches and a plan that is there. */
typedef struct tb_timing {
  bool latency;      /* each call by itself */
  bool cold;         /* likewise, with its memory evicted from the caches before it */
  bool with_prepare; /* prepare, run and release */
  bool pairs;        /* two kernels against each other */
} tb_timing;

/* The options of the command line; the strings are those of argv. */
typedef struct tb_options {
  int kernels, plugins;
  const char **kernel;     /* --kernel */
  char **plugin;           /* arguments that are no options */
  const char *csv;         /* or NULL */
  const char *compare;     /* "A,B" or NULL; then these are the two kernels */
  char *compared;          /* what they point into */
  unsigned required;       /* --operator; each has a kernel that is timed */
  unsigned operators;      /* the same, all by default; with --batch those of them that have images */
  tb_layer_options on;     /* its threads are the first of thread_list */
  tb_integers thread_list; /* --threads */
  tb_timing timing;
  double min_time; /* seconds a kernel and layer */
} tb_options;

/* False: the program ends with *code, because the help is printed or an error reported. Free with tb_options_free in any
 * case. */
bool tb_options_parse(int argc, char **argv, tb_options *out, int *code);
void tb_options_free(tb_options *options);

typedef struct tb_subject {
  const tb_operator *op;
  char *plugin;      /* its file; NULL: built in */
  char *name;        /* the kernel's */
  const char *named; /* the option that asks for it by name, as messages begin: it has to be timed on something; or NULL */
  char *label;       /* NAME of a built-in kernel, FILE:NAME of a plugin's: what --kernel takes */
  char *library;     /* the library it stands on; may be empty */
} tb_subject;

typedef struct tb_subjects {
  int count;
  tb_subject *item; /* those of an operator together, in the order of tb_operator_at */
} tb_subjects;

/* The kernels asked for, or all built-in ones, of the options' operators. Failures are reported and returned as exit codes. */
int tb_subjects_select(const tb_options *options, tb_subjects *out);

/* Leaves out kernels that have no layer of their operator; where one of them was asked for by name, this is reported and
 * returned as an exit code. */
int tb_subjects_restrict(tb_subjects *subjects, unsigned operators);

unsigned tb_subjects_operators(const tb_subjects *subjects);
tb_subjects tb_subjects_of(const tb_subjects *subjects, const tb_operator *op); /* a part of them, not to be freed */
void tb_subjects_free(tb_subjects *subjects);

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
  double image;         /* median / batch */
  int repetitions;      /* batches, or calls timed by themselves */
  int64_t iterations;   /* runs a batch */
  double gflops;        /* of TB_RATE_OPERATIONS: 1e9 floating-point operations a second, at the median */
  double ns, gb;        /* of TB_RATE_NUMBERS: nanoseconds a number, and 1e9 bytes written a second, at the median */
  double ratio;         /* of medians: to the fastest kernel of the layer with as many threads */
  double speedup;       /* against the first number of threads; 0: there is one only */
  /* Of a comparison: how many times as fast as `against` it is, with the ends of an interval, of so many rounds. */
  const tb_subject *against; /* or NULL */
  double times, times_low, times_high;
  int rounds;
} tb_row;

/* Fills in what follows from a row's median. */
void tb_row_rates(tb_row *row, const tb_problem *problem);

#endif
