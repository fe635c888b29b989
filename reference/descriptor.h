/* The descriptor: a case as one line of text, its parser and its printer, which are inverses of each other.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_DESCRIPTOR_H
#define TB_DESCRIPTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The grammar. Tokens are separated by blanks and come in any order after the operator's name; height stands before width, and
 * one number means both; what is left out takes PyTorch's default. Printing uses this order and leaves defaults out, except
 * fill and seed.
 *
 *   conv_transpose2d [nN] cIN:OUT inHxW kHxW [sHxW] [pHxW] [opHxW] [dHxW] [gG] [bias] [f32] [nchw] DATA
 *   conv_transpose2d x=[..] w=[..] [b=[..]] [stride=[..]] [padding=[..]] [output_padding=[..]] [dilation=[..]] [gG] ... DATA
 *   normal [f32|f64|f16|bf16] [stream=NAME] seed=S [seeds=K] calls=CALL,CALL,.. [repeat=R] [mean=M] [std=D] [threads=T]
 *   DATA: [fill=wide-x|wide-w|real] [seed=S] [set=x@INDEX:VALUE,..] [threads=T]
 *   CALL: SHAPE[/STRIDES][@MEAN:STD], reseed or inject
 *
 * Without nN the input is unbatched. The second form gives the arguments of F.conv_transpose2d as they are, for shapes and
 * lists that the first cannot express. set= puts values (numbers, nan, inf, -inf) at flat indices of x, w or b after the fill.
 *
 * A call of normal fills a tensor of that shape, such as 17 or 100x1x28x28, contiguous unless strides (in elements, such as
 * 8x5/1x8) are given, with numbers of mean and std, its own where it has them. The calls are made `repeat` times on one
 * generator, and all of that for each of the seeds seed, seed+1, .. seed+seeds-1. reseed seeds the generator again; inject
 * restores it to a state of PyTorch's whose next 608 draws are those that tb_inject_state chooses by the number of the
 * repetition: 55,189 of them hold every radius and every angle of 24 bits. */

#define TB_TEXT_MAX 2048 /* bytes of a canonical line with its end */
#define TB_LIST_MAX 8
#define TB_SET_MAX 8
#define TB_CALLS_MAX 32
#define TB_CALL_RANK_MAX 5

typedef struct tb_list {
  int length;
  int64_t v[TB_LIST_MAX];
} tb_list;

/* The arguments of F.conv_transpose2d, valid or not. x, w and b are the shapes of its tensors. */
typedef struct tb_conv {
  tb_list x, w, b;
  bool bias;
  tb_list stride, padding, output_padding, dilation;
  int64_t groups;
} tb_conv;

typedef enum tb_call_kind { TB_DRAW, TB_RESEED, TB_INJECT } tb_call_kind;

/* One item of calls=. */
typedef struct tb_call {
  tb_call_kind kind;
  int rank;
  bool strided, scaled; /* it has strides, or a mean and std, of its own */
  int64_t size[TB_CALL_RANK_MAX], stride[TB_CALL_RANK_MAX];
  double mean, std;
} tb_call;

/* Calls of normal_ on one generator. */
typedef struct tb_normal {
  char stream[32];
  int calls;
  tb_call call[TB_CALLS_MAX];
  int64_t seeds, repeat;
  double mean, std;
} tb_normal;

typedef enum tb_operator { TB_CONV_TRANSPOSE2D, TB_NORMAL } tb_operator;
#define TB_OPERATORS 2

typedef enum tb_fill { TB_WIDE_X, TB_WIDE_W, TB_REAL } tb_fill;

typedef struct tb_set {
  int role; /* TENBIN_X, TENBIN_WEIGHT or TENBIN_BIAS */
  int64_t index;
  double value;
} tb_set;

typedef struct tb_case {
  tb_operator op;
  int32_t dtype; /* enum tenbin_dtype */
  tb_conv conv;
  tb_normal normal;
  tb_fill fill;
  uint64_t seed;
  int sets;
  tb_set set[TB_SET_MAX];
  int threads;
} tb_case;

/* What is wrong with a line, and where: bytes [column, column + length) of it. */
typedef struct tb_error {
  size_t column, length;
  char text[240];
} tb_error;

/* Parses a line. False: *out is untouched and *error says why. */
bool tb_case_parse(const char *line, tb_case *out, tb_error *error);

/* Prints the canonical line of a case: TB_TEXT_MAX bytes suffice for all that was parsed. */
void tb_case_print(const tb_case *c, char text[TB_TEXT_MAX]);

/* Lays an error out for a reader: the message, the line, and a caret under the token. */
void tb_error_show(const tb_error *error, const char *where, const char *line, char *out, size_t size);

const char *tb_operator_name(tb_operator op);
int tb_operator_find(const char *name);   /* -1: there is none of that name */
const char *tb_dtype_name(int32_t dtype); /* "f32", .. */
const char *tb_fill_name(tb_fill fill);

/* "[1, 4, 5, 5]", as PyTorch prints a list. */
void tb_list_print(const tb_list *list, char *out, size_t size);

#endif
