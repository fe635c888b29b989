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
 *   normal [f32] [stream=NAME] seed=S calls=N,N,reseed,.. [mean=M] [std=D]
 *   DATA: [fill=wide-x|wide-w|real] [seed=S] [set=x@INDEX:VALUE,..] [threads=T]
 *
 * Without nN the input is unbatched. The second form gives the arguments of F.conv_transpose2d as they are, for shapes and
 * lists that the first cannot express. set= puts values (numbers, nan, inf, -inf) at flat indices of x, w or b after the fill.
 */

#define TB_TEXT_MAX 2048 /* bytes of a canonical line with its end */
#define TB_LIST_MAX 8
#define TB_SET_MAX 8
#define TB_CALLS_MAX 64
#define TB_RESEED (-1)

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

/* Calls of normal_ on one generator: each TB_RESEED or the number of elements drawn. */
typedef struct tb_normal {
  char stream[32];
  int calls;
  int64_t call[TB_CALLS_MAX];
  double mean, std;
} tb_normal;

typedef enum tb_operator { TB_CONV_TRANSPOSE2D, TB_NORMAL } tb_operator;

typedef enum tb_fill { TB_WIDE_X, TB_WIDE_W, TB_REAL } tb_fill;

typedef struct tb_set {
  int role; /* TENBIN_X, TENBIN_WEIGHT or TENBIN_BIAS */
  int64_t index;
  double value;
} tb_set;

typedef struct tb_case {
  tb_operator op;
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

/* Prints the canonical line of a case: TB_TEXT_MAX bytes always suffice. */
void tb_case_print(const tb_case *c, char text[TB_TEXT_MAX]);

/* Lays an error out for a reader: the message, the line, and a caret under the token. */
void tb_error_show(const tb_error *error, const char *where, const char *line, char *out, size_t size);

const char *tb_operator_name(tb_operator op);
const char *tb_fill_name(tb_fill fill);

/* "[1, 4, 5, 5]", as PyTorch prints a list. */
void tb_list_print(const tb_list *list, char *out, size_t size);

#endif
