/* What is asked of an operator, what is true of it, and what it costs: a table of functions and rows for each, which
 * operators.inc lists.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_OPERATOR_H
#define TB_OPERATOR_H

#include "descriptor.h"
#include "kernel.h"
#include "scan.h"
#include "text.h"

#include <xxhash.h>

#define TB_MESSAGE_MAX 400

struct tb_problem;

/* A tensor's role: its name, and the letter that set= and a drawing call it by. */
typedef struct tb_role {
  const char *name;
  char letter;
  uint32_t flags;
} tb_role;
#define TB_CONSTANT 1u /* given to prepare, and the same at every run */

/* How the value of a token is written, and what lies at its offset in the arguments. */
typedef enum tb_form {
  TB_FORM_WORD,     /* nothing after it; bool */
  TB_FORM_NUMBER,   /* 4; int64_t */
  TB_FORM_PAIR,     /* 3x2, or 3 for 3x3; tb_list of two */
  TB_FORM_CHANNELS, /* 4:6; int64_t[2] */
  TB_FORM_LIST,     /* [1,4,5,5]; tb_list. Where it shrinks, it is one number for each axis, or one for both */
  TB_FORM_COUNT,    /* from 1 to 10^9; int64_t */
  TB_FORM_DECIMAL,  /* 0.02, nan, -inf; double */
  TB_FORM_OWN,      /* what tb_own reads */
  /* Those of every case, which lie in tb_case itself: */
  TB_FORM_DTYPE,
  TB_FORM_LAYOUT, /* a row each; `standard` is the index */
  TB_FORM_FILL,
  TB_FORM_SEED,
  TB_FORM_SET,
  TB_FORM_THREADS
} tb_form;

/* A value of a case that shrinking makes smaller, and the simplest that it could be. Some stand for something else: 0 for the
 * default and 1 for another choice. One that is not above the least stays as it is. */
typedef struct tb_parameter {
  int64_t value, least;
} tb_parameter;

/* A form of an operator's own: a list of items. All take the field at the token's offset in the operator's arguments. */
typedef struct tb_own {
  bool (*scan)(const tb_scan *scan, const char *s, const char *end, void *arguments);
  void (*print)(tb_text *t, const void *arguments);
  bool (*is_standard)(const void *arguments);
  /* For shrinking: values, and items that can be dropped; the last of them stays. NULL: there is nothing to shrink. */
  int (*parameters)(const void *arguments);
  tb_parameter (*parameter)(const void *arguments, int i);
  void (*set)(void *arguments, int i, int64_t value);
  int (*items)(const void *arguments);
  void (*drop)(void *arguments, int first, int count);
} tb_own;

#define TB_NEEDED 1u    /* it has to be given: `missing` says what is expected */
#define TB_RAW 2u       /* of the form with whole shapes and lists, which does not mix with the other */
#define TB_SHORT 4u     /* of the other form alone */
#define TB_BOTH_AXES 8u /* of a pair both numbers are printed, equal ones too */
#define TB_ABSENT 16u   /* the standard of a number, of a list: there is none */

/* A token of an operator's descriptors. Its row drives the parser, the printer, which keeps the rows' order, the list of known
 * tokens and shrinking. */
typedef struct tb_token {
  const char *prefix;  /* such as "k", or "stride=" */
  const char *meaning; /* in messages: "kernel_size" */
  tb_form form;
  uint32_t flags;
  size_t offset;       /* of its value in the operator's arguments */
  int64_t standard;    /* its value if it is left out, both of a pair */
  int64_t least;       /* smaller values are refused; TB_ANY: none is */
  size_t like;         /* if not 0: the offset of the pair that is its standard */
  const char *missing; /* of a needed one */
  const tb_own *own;
  int shrink_order; /* its rank in the order in which shrinking tries values; 0: it is not tried */
  int64_t simplest; /* what shrinking tries to reach */
  size_t unit;      /* if not 0: the offset of a number; the value is a multiple of it, and shrinking keeps that */
} tb_token;
#define TB_ANY INT64_MIN
#define TB_ROW(prefix_, meaning_, form_, ...) {.prefix = prefix_, .meaning = meaning_, .form = form_, __VA_ARGS__}
/* Of every operator, with their rank in shrinking. */
#define TB_ROW_DTYPE(order_) TB_ROW("dtype", "dtype", TB_FORM_DTYPE, .shrink_order = order_)
#define TB_ROW_SEED(order_) TB_ROW("seed=", "seed", TB_FORM_SEED, .shrink_order = order_)
#define TB_ROW_THREADS(order_) TB_ROW("threads=", "threads", TB_FORM_THREADS, .least = 1, .shrink_order = order_, .simplest = 1)

/* What is right of one element, and what its error bound needs. */
typedef struct tb_point {
  double value;
  double magnitude; /* the sum of the magnitudes of what is added up, such as sum |x||w| + |b| */
  int64_t terms;    /* products that reach the element */
} tb_point;

/* Weights of an output's elements, a product: element i of channel c of item n has batch[n] * channel[c] * place[i]. */
typedef struct tb_weights {
  const double *batch, *channel, *place;
} tb_weights;

/* For outputs that are linear in the inputs that vary. With y's weights r, and all else constant,
 *     sum r*y = sum over items n of batch[n] * (sum over i of g[i] * x[n][i]) + constant. */
typedef struct tb_adjoint {
  double *g;       /* given: room for the elements of an item of x */
  double constant; /* what sum r*y is where x is zero */
  double energy;   /* the mean of sum y*y over random x of mean square 1, without what y is where x is zero */
  double offset;   /* sum y*y where x is zero */
} tb_adjoint;

/* What is wrong with the values of tokens that do not go together. */
typedef struct tb_blame {
  char text[240];
  const char *prefix; /* of the token that is wrong; NULL: the end of the line */
} tb_blame;

#define TB_ARGS_MAX 64

#define TB_ZERO_SIGNED 1u /* -0 is another answer than +0 */

/* What speed is quoted by. */
typedef enum tb_rate {
  TB_RATE_OPERATIONS, /* GFLOP/s */
  TB_RATE_NUMBERS     /* nanoseconds a number, and GB/s written */
} tb_rate;

/* An operator that draws numbers: its cases are calls on a generator. */
typedef struct tb_sequence {
  /* The output of call i, and its arguments, of at most TB_ARGS_MAX bytes. */
  void (*call)(const struct tb_problem *p, int i, tenbin_desc *y, void *args);
  /* Whether a case asks for numbers of a distribution, and not for those of a named stream. */
  bool (*is_distribution)(const tb_case *c);
  bool (*in_pytorch)(const tb_case *c); /* whether PyTorch draws these numbers on a CPU */
  int (*calls)(const tb_case *c);       /* items, each of which leaves a state of the generator */
} tb_sequence;

#define TB_GRID_OWN 32

/* Cases of an operator's grid that share a line of its ledger. */
typedef struct tb_grid_block {
  int group; /* index of its name */
  int cases;
  XXH128_hash_t digest;                       /* of the digests of each case's answer and its twin's, in order */
  char key[48];                               /* the beginning of the line, which is the block's name */
  _Alignas(8) unsigned char own[TB_GRID_OWN]; /* the operator's struct */
} tb_grid_block;

/* The cases that are too many to be listed: every combination of small parameters. */
typedef struct tb_grid {
  const char *ledger;       /* a file of golden/ */
  const char *const *group; /* names; ends with NULL */
  /* Reads a line of the ledger. False: it is malformed. */
  bool (*parse)(const char *line, tb_grid_block *out);
  /* Case i of a block. */
  void (*get)(const tb_grid_block *block, int i, tb_case *out);
  /* What the cases of a block have in common, such as "k3 s2 on the height". */
  void (*describe)(tb_text *t, const tb_grid_block *block);
} tb_grid;

struct tb_operator {
  const char *name;
  const tb_token *token;    /* ends with a row without prefix */
  size_t arguments;         /* bytes of its own struct in a case */
  const tb_role *input;     /* ends with a role without name */
  const tb_role *output;    /* likewise */
  uint32_t dtypes;          /* bit i: enum tenbin_dtype i; f32 is one of them, for a line without dtype */
  uint32_t claims;          /* bit i: enum tenbin_claim i */
  uint32_t flags;           /* TB_ZERO_SIGNED */
  const char *const *fills; /* names of kinds of data: the default, its twin, others; ends with NULL; a sequence has none */
  int rounding, timed;      /* indices: the kind on which sums round, that which is timed where it can be; -1: none */
  const char *const *files; /* of the suites: OPERATOR/NAME of the committed files of cases, in order; ends with NULL */
  tb_rate rate;
  const char *layers; /* likewise, of the layers that the benchmark times */
  /* False: the values of the tokens do not go together. */
  bool (*complete)(tb_case *c, tb_blame *blame);
  /* Makes shapes, attributes and the fill's range. False: PyTorch rejects the case, in its words, or no fill has exact sums. */
  bool (*make)(struct tb_problem *p, char message[TB_MESSAGE_MAX]);
  /* Fills in the attributes that kernel.h names. */
  void (*attributes)(const struct tb_problem *p, void *attr);
  /* Multiply-adds of a case, which need not be valid, or as much work in their stead; INT64_MAX where they do not fit. */
  int64_t (*work)(const tb_case *c);
  /* Floating-point operations that a run has to do, for its floor; NULL: its bytes decide. */
  double (*flops)(const struct tb_problem *p);
  /* Changes the smallest thing that makes a case valid again after shrinking has changed another; may be NULL. */
  void (*repair)(tb_case *c);
  /* Makes a layer smaller, by about a half; false: it is small already. */
  bool (*halve)(tb_case *c);
  /* Why a case cannot be timed by itself, again and again; NULL: it can. The function may be NULL. */
  const char *(*untimed)(const tb_case *c);
  /* Python that runs PyTorch on the case: of a function, what makes its outputs by their names;
   * of a sequence, all, and what prints the numbers at the `wrongs` indices. */
  void (*python)(tb_text *t, const struct tb_problem *p, const int64_t *wrong, int wrongs);
  /* Fills input `role`, dense and of its dtype, with the case's kind of data. False: there is no memory. */
  bool (*fill)(const struct tb_problem *p, int role, uint64_t seed, void *out);
  /* The right answer of a function of its inputs is `answer` or `compute`; a sequence has neither. Inputs are dense, as `fill`
   * gives them; inputs and outputs that are absent are NULL.
   *
   * In the dtypes themselves, of all that is exact: a choice among the inputs, whole numbers, outputs of several dtypes. The
   * second formula is not in the row: a unit test or a ledger compares it. */
  void (*answer)(const struct tb_problem *p, const void *const *in, void *const *out);
  /* In double, of what rounds. Each number is then rounded once to its output's dtype, an integer one too. Double holds whole
   * numbers up to 2^53: inputs or outputs of s64 beyond that need `answer`. */
  void (*compute)(const struct tb_problem *p, const double *const *in, double *const *out);
  /* One element of an output, written apart from `compute`, of an operator whose outputs all round. NULL: they are held to
   * their bits. */
  tb_point (*element)(const struct tb_problem *p, const double *const *in, int output, int64_t index);
  /* Of an operator with one output that is linear in its first input, where the other inputs are constant; else NULL. With it
   * an output is verified as a whole (verify.h). */
  void (*adjoint)(const struct tb_problem *p, const double *const *in, const tb_weights *r, tb_adjoint *out);
  /* Whether zeros everywhere would be wrong; NULL: they can be right anywhere. */
  bool (*can_show)(const struct tb_problem *p);
  const tb_sequence *sequence; /* NULL: a function of its inputs */
  const tb_grid *grid;         /* NULL: there is none */
};

/* A value that set= puts into a tensor of a dtype, as the canonical line has it. */
void tb_set_print(tb_text *t, int32_t dtype, const tb_set *set);

/* Sets of operators: bit i is tb_operator_at(i). */
#define TB_ALL_OPERATORS (~0u)
static inline unsigned tb_operator_set(const tb_operator *op) {
  return 1u << tb_operator_index(op);
}
static inline bool tb_operator_in(unsigned operators, const tb_operator *op) {
  return operators & tb_operator_set(op);
}

/* "A, B or C", until the next call. */
const char *tb_operator_names_in(unsigned operators);

/* For a table of options: --operator, of which *count_ of at most most_ are given, adds the one that a text names to the set
 * *set_. Without one given, all are meant: so tb_operators_chosen says, of the set. */
#define TB_OPERATOR_OPTION(set_, count_, most_)                                                                                \
  {.name = "operator",                                                                                                         \
   .read = tb_read_operator,                                                                                                   \
   .value = (set_),                                                                                                            \
   .count = (count_),                                                                                                          \
   .most = (most_),                                                                                                            \
   .expected = tb_operator_names()}
bool tb_read_operator(const char *text, void *operators);
static inline unsigned tb_operators_chosen(unsigned operators) {
  return operators ? operators : TB_ALL_OPERATORS;
}

#endif
