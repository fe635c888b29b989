/* From a case to the problem that a kernel sees, and to the data that it is run on.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_PROBLEM_H
#define TB_PROBLEM_H

#include "operator.h"

#define TB_TENSORS 12    /* of a side: inputs, or outputs */
#define TB_SHAPE_MAX 256 /* bytes of what an operator derives from its arguments */

/* A problem may be copied: nothing in it points into it. */
typedef struct tb_problem {
  tb_case c;
  char text[TB_TEXT_MAX]; /* the canonical descriptor */
  int inputs, outputs;
  tenbin_desc input[TB_TENSORS], output[TB_TENSORS];
  uint32_t constant, wanted; /* bit i: input i is constant; output i is wanted */
  int64_t terms;             /* at least as many as the products that meet in one output element */
  int64_t products;          /* of a sum of products: all that could meet, whatever is ignored; 0: it is none */
  int64_t range[TB_TENSORS]; /* of the fill: the largest magnitude of each input, in units of 2^-scale */
  int scale;
  int64_t drawn, kept; /* of a sequence: numbers of all calls, and of those that are kept to be judged */
  _Alignas(8) unsigned char shape[TB_SHAPE_MAX]; /* the operator's own struct */
} tb_problem;

/* Builds the problem of a case. False: the case is invalid, or has no fill with exact sums, and message says so (PyTorch's,
 * where PyTorch rejects). */
bool tb_problem_make(const tb_case *c, tb_problem *out, char message[TB_MESSAGE_MAX]);

/* The same without a text, which takes longer than the rest. */
bool tb_problem_shape(const tb_case *c, tb_problem *out, char message[TB_MESSAGE_MAX]);

/* The problem of a descriptor. False: it is none, or that of an invalid case. */
bool tb_problem_parse(const char *text, tb_problem *out);

/* The batch of the first input: 1 of an unbatched one, 0 where the operator has none. */
int64_t tb_problem_batch(const tb_problem *p);

/* The problem as a kernel sees it. It points into itself and into *p: do not copy it. */
typedef struct tb_kernel_view {
  tenbin_problem problem;
  _Alignas(8) unsigned char attr[128];
} tb_kernel_view;
void tb_problem_view(const tb_problem *p, tb_kernel_view *out);

/* The same problem with other data: the first two kinds swapped, or another seed. Operators without inputs are their
 * own twins. */
tb_case tb_case_twin(const tb_case *c);

/* Elements and bytes of a tensor, from its first element to the end of its last. 0 where absent or empty; bytes saturate at
 * INT64_MAX. */
int64_t tb_desc_elements(const tenbin_desc *desc);
size_t tb_desc_bytes(const tenbin_desc *desc);

/* Of numbers that are not negative; gcd(a, 0) = a. */
int64_t tb_gcd(int64_t a, int64_t b);

/* What a case costs, which need not be valid, in multiply-adds or what takes as long; saturates at INT64_MAX. */
int64_t tb_case_work(const tb_case *c);

/* A dense tensor of that shape in row-major order. */
tenbin_desc tb_desc_dense(const tb_list *shape, int32_t dtype);

/* A tensor of that shape (N, C, H, W) in which the channels of a pixel follow each other: PyTorch's channels_last. */
tenbin_desc tb_desc_nhwc(const tb_list *shape, int32_t dtype);

/* The fill. Element i of input `role` is
 *     +-m * 2^-scale,  m = 1 + ((h >> 32) * range[role] >> 32),  negative where h is odd,
 *     h = mix(mix(seed + G * (role + 1)) + G * i),  mix and G of splitmix64 (Steele, Lea, Flood 2014),
 * and then what set= puts in its place. It is never zero, so that no dropped tap goes unseen. wide-x and wide-w have scale 0
 * and the widest integers with terms * |x| * |w| + |b| < 2^24, so that every partial sum is an exact f32 in any order; real has
 * scale 19 and 20 bits, so that every partial sum is an exact double. */
void tb_fill_f32(const tb_problem *p, int role, uint64_t seed, float *out);
void tb_fill_f64(const tb_problem *p, int role, uint64_t seed, double *out);

/* The same in Python: a tensor for each letter of the inputs, None where one is absent. */
void tb_products_python(tb_text *t, const tb_problem *p);

#endif
