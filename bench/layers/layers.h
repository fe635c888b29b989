/* The layers that are timed: problems with names.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_LAYERS_H
#define TB_LAYERS_H

#include "problem.h"

/* Numbers that are tried one after the other. */
#define TB_NUMBERS_MAX 64
typedef struct tb_integers {
  int count;
  int64_t v[TB_NUMBERS_MAX];
} tb_integers;

/* Which layers are asked for; the strings are those of argv. */
typedef struct tb_layer_options {
  int layers;
  const char **layer;     /* --layer */
  const char *layer_file; /* --layers, or NULL */
  int threads;            /* of each layer's problem */
  tb_integers batch;      /* --batch; none: each layer's own */
} tb_layer_options;

typedef struct tb_layer {
  char *name;
  tb_problem *problem;
} tb_layer;

typedef struct tb_layers {
  int count, files;
  tb_layer *item;
  char *file[TB_OPERATORS_MAX]; /* the paths that were read */
} tb_layers;

/* The layers asked for, or those of the files whose operator is among `operators`, those of the kernels, with the data that
 * their operator is timed on (its first kind where that cannot be) and the options' threads. Failures are reported on standard
 * error and returned as exit codes. */
int tb_layers_select(const tb_layer_options *options, unsigned operators, tb_layers *out);

unsigned tb_layers_operators(const tb_layers *layers);
void tb_layers_free(tb_layers *layers);

#endif
