/* What `tenbin explain` shows: its subjects, the sentences about them, the drawings.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_EXPLAIN_H
#define TB_EXPLAIN_H

#include "geometry.h"
#include "reproduce.h"

#include <stdio.h>

/* One case of conv_transpose2d. */
typedef struct tb_explained {
  tb_problem p;
  tb_axis axis[2];
  tb_axis_counts count[2];
  double *x, *w, *b; /* the case's own data; x NULL: too large to be filled */
} tb_explained;

/* One subject, or two that are compared. */
typedef struct tb_explanation {
  int subjects;
  const tb_explained *subject[2];
  int64_t at[2]; /* the chosen element of y: row and column, of the first channel */
  bool phases;
} tb_explanation;

/* Sizes and parameters that are explained. */
#define TB_EXPLAIN_LARGEST 65535

/* Which product of them that of an element of x, or where tap is true of w, is, counted within one input channel; -1: none. */
int64_t tb_in_sum(const tb_explained *s, const int64_t at[2], bool tap, int64_t row, int64_t column);

/* Whether y has that element. */
bool tb_subject_has(const tb_explained *s, const int64_t at[2]);

/* The input row (column) whose landing is drawn: near the beginning, where nothing is abbreviated. */
int64_t tb_landing_of(const tb_axis *a);

/* The axis whose windows of Conv2d are drawn, the first with a stride; how many rows y would have with output_padding 0, at
 * least 1, and another number that Conv2d maps to the same: y's, or one more. */
int tb_strided_axis(const tb_explained *s);
int64_t tb_least_size(const tb_axis *a);
int64_t tb_other_size(const tb_axis *a);

/* The group in which an input and an output channel meet, or -1. */
int64_t tb_meeting_group(const tb_explained *s, int64_t in, int64_t out);

/* How a product, tap or phase is marked in a picture. */
char tb_letter(int64_t index);

/* The sentences, each a paragraph without its full width; an axis is 0 or 1. */
void tb_explain_shapes(tb_text *t, const tb_explained *s);
void tb_explain_size(tb_text *t, const tb_explained *s, int axis);
void tb_explain_spread(tb_text *t, const tb_explained *s);
void tb_explain_landing(tb_text *t, const tb_explained *s);
void tb_explain_crop(tb_text *t, const tb_explained *s, int axis);
void tb_explain_forward(tb_text *t, const tb_explained *s, int axis);
void tb_explain_here(tb_text *t, const tb_explained *s, int axis);
void tb_explain_sum(tb_text *t, const tb_explained *s, const int64_t at[2]);
void tb_explain_numbers(tb_text *t, const tb_explained *s, const int64_t at[2]);
void tb_explain_phase(tb_text *t, const tb_explained *s, int64_t row, int64_t column);
void tb_explain_group(tb_text *t, const tb_explained *s, int64_t group);
void tb_explain_work(tb_text *t, const tb_explained *s);
void tb_explain_products(tb_text *t, const tb_explained *s);
void tb_explain_difference(tb_text *t, const tb_explained *a, const tb_explained *b);
void tb_explain_elements(tb_text *t, const tb_explained *a, const tb_explained *b);

/* The rule that arguments break which PyTorch rejects with that message, with the numbers; empty where the message says it
 * all. */
void tb_explain_rule(tb_text *t, const tb_conv *c, const char *message);

/* The whole explanation, in the terminal and as a file of its own. */
void tb_explain_text(const tb_explanation *e, FILE *out, bool unicode, bool colour);
void tb_explain_svg(const tb_explanation *e, FILE *out);

/* Those of the other operators, in the terminal. at: row and column of the chosen element of y, or NULL. 0, or an exit code and
 * what is wrong on standard error. */
int tb_explain_normal(const tb_problem *p, const int64_t *at, FILE *out, bool unicode, bool colour);
int tb_explain_max_pool2d(const tb_problem *p, const int64_t *at, FILE *out, bool unicode, bool colour);

/* `tenbin explain`: argv[0] is the subcommand's name; the exit code. */
int tb_explain_main(int argc, char **argv);

#endif
