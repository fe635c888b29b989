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
 *   max_pool2d [nN] cC inHxW kHxW [sHxW] [pHxW] [dHxW] [ceil] [indices] [DTYPE] [nchw|nhwc] DATA
 *   max_pool2d x=[..] kernel_size=[..] [stride=[..]] [padding=[..]] [dilation=[..]] .. DATA
 *   normal [f32|f64|f16|bf16] [stream=NAME] [seed=S] [seeds=K] calls=CALL,CALL,.. [repeat=R] [mean=M] [std=D] [threads=T]
 *   DATA: [fill=FILL] [seed=S] [set=x@INDEX:VALUE,..] [threads=T]
 *   DTYPE: f32, f64, f16, bf16, s8, u8, s32 or s64
 *   FILL: wide-x, wide-w or real; of max_pool2d ties, wide or special
 *   CALL: SHAPE[/STRIDES][@MEAN:STD], reseed or inject
 *   S: -2^63 to 2^64-1, as of torch.manual_seed; a negative one is printed as S + 2^64. The default is 0
 *
 * Without nN the input is unbatched. The second form gives the arguments of PyTorch's function as they are, for shapes and
 * lists that the first cannot express. Without sHxW the stride of max_pool2d is its kernel_size. nhwc is PyTorch's
 * channels_last, of x and of all outputs. set= puts values (numbers, nan, -nan, inf, -inf) at flat indices of an input after
 * the fill; the index counts in row-major order, whatever the layout. -nan is NaN with its sign set, as 0/0 is on x86. A
 * floating dtype rounds the value; an integer one has to hold it.
 *
 * A call of normal fills a tensor of that shape, such as 17 or 100x1x28x28, contiguous unless strides (in elements, such as
 * 8x5/1x8) are given, with numbers of mean and std, its own where it has them. The calls are made `repeat` times on one
 * generator, and all of that for each of the seeds seed, seed+1, .. seed+seeds-1. reseed seeds the generator again; inject
 * restores it to a state of PyTorch's whose next 608 draws are those that tb_inject_state chooses by the number of the
 * repetition: 55,189 of them hold every radius and every angle of 24 bits. */

#define TB_TEXT_MAX 2048 /* bytes of a canonical line with its end */
#define TB_LIST_MAX 8
#define TB_SET_MAX 8
#define TB_ARGUMENTS_MAX 3712 /* bytes of an operator's arguments */

typedef struct tb_list {
  int length;
  int64_t v[TB_LIST_MAX];
} tb_list;

typedef struct tb_set {
  int role; /* of an input */
  int64_t index;
  double value;
  int64_t whole; /* exactly, where the value is a whole number of 64 bits; else 0 */
} tb_set;

typedef struct tb_operator tb_operator;

/* A case, valid or not. */
typedef struct tb_case {
  const tb_operator *op;
  int32_t dtype; /* enum tenbin_dtype */
  int layout;    /* index among the operator's rows of layouts; 0: nchw */
  bool raw;      /* written with whole shapes and lists */
  int fill;      /* index among the operator's kinds of data */
  int threads;
  uint64_t seed;
  int sets;
  tb_set set[TB_SET_MAX];
  _Alignas(8) unsigned char arguments[TB_ARGUMENTS_MAX]; /* the operator's own struct */
} tb_case;

/* What is wrong with a line, and where: bytes [column, column + length) of it. */
typedef struct tb_error {
  size_t column, length;
  char text[240];
} tb_error;

/* A case of an operator with all that is left out as PyTorch has it. Of its arguments only the operator's own struct is
 * written: the rest is many times as long as most cases need. */
void tb_case_start(const tb_operator *op, tb_case *out);

/* A case into another place, likewise. */
void tb_case_copy(tb_case *out, const tb_case *c);

/* Parses a line. False: *out is untouched and *error says why. */
bool tb_case_parse(const char *line, tb_case *out, tb_error *error);

/* Prints the canonical line of a case: TB_TEXT_MAX bytes suffice for all that was parsed. */
void tb_case_print(const tb_case *c, char text[TB_TEXT_MAX]);

/* The operator's own parameters that do not have their default, such as "stride+padding+bias", or "default"; what says how
 * large a case is, its data and its threads are left out. A parameter in a form of the operator's own has its value,
 * "stream=any". */
void tb_case_region(const tb_case *c, char *out, size_t size);

/* The layout of a case's tensors, such as "nchw"; "" of an operator without any. */
const char *tb_case_layout(const tb_case *c);

/* Lays an error out for a reader: the message, the line, and a caret under the token. */
void tb_error_show(const tb_error *error, const char *where, const char *line, char *out, size_t size);

/* The operators, in a fixed order; NULL after the last, or where there is none of that name. */
const tb_operator *tb_operator_at(int i);
const tb_operator *tb_operator_find(const char *name);
int tb_operator_index(const tb_operator *op);
const char *tb_operator_name(const tb_operator *op);
const char *tb_operator_names(void); /* "A, B or C" */
#define TB_OPERATORS_MAX 31

/* A kind of data of an operator by its name: its index, or -1; all names, "wide-x, wide-w or real". */
int tb_fill_find(const tb_operator *op, const char *name, size_t length);
const char *tb_fill_name(const tb_operator *op, int fill);
void tb_fill_names(const tb_operator *op, char *out, size_t size);

/* Whether sums round on a case's data, so that an answer is held to a bound. */
bool tb_case_rounds(const tb_case *c);

/* "[1, 4, 5, 5]", as PyTorch prints a list. */
void tb_list_print(const tb_list *list, char *out, size_t size);

/* A parameter's value along an axis: PyTorch expands a list of one number to both. */
int64_t tb_list_along(const tb_list *list, int axis);
void tb_list_set_along(tb_list *list, int axis, int64_t value);

/* Rounds half of a size up. False: it is below twice the least. */
bool tb_halve(int64_t *size, int64_t least);

/* The number of elements of a shape. False: the product of its sizes other than 0, which its strides need, does not fit 63
 * bits. */
bool tb_list_product(const tb_list *list, int64_t *out);

#endif
