/* The reference of normal: the numbers of PyTorch's streams from their definition, in double.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_NORMAL_REFERENCE_H
#define TB_NORMAL_REFERENCE_H

#include "calls.h"

/* value[i] is kept number i of a case of normal, computed in double from the words that the stream's definition draws and not
 * yet rounded to the dtype. bound[i] is how far from it a number of the dtype may lie that was computed from the same words in
 * the dtype's own arithmetic, and then rounded: with z = (value - mean) / std and the radius r of its Box-Muller pair,
 *     std * 6e-7 * r                 f32, f16, bf16: the largest error of r, relatively, is 1.0e-7, and that of a sine or
 * cosine 4.2e-7, over all 2^24 radii and angles of PyTorch's vectorised and scalar paths std * 1.8e-15 * max(1, r)      f64: 4
 * ulp of the radius and the roundings of the product with std, of the sum with mean, and to the dtype. False: the stream is
 * `any`, or the case draws more than TB_NORMAL_REFERENCE_MAX numbers, and nothing is written. */
#define TB_NORMAL_REFERENCE_MAX (INT64_C(1) << 25)
bool tb_normal_reference(const tb_problem *p, double *value, double *bound);

/* Whether PyTorch fills the tensor by blocks of 16: at least 16 numbers, contiguous in row-major order. */
bool tb_normal_by_blocks(const tenbin_desc *desc);

/* The rank in memory, with dimensions sorted by their strides, of each element in row-major order. */
void tb_normal_order(const tenbin_desc *desc, int64_t *memory);

/* What the two families of streams share, in normal_reference.c and normal_cuda.c. A number of the standard distribution: */
typedef struct tb_standard {
  double z, r;
} tb_standard;

/* The n numbers of one call on the generator of stream torch-cuda:M, in the order of memory. *offset is the generator's, and
 * advances. */
void tb_cuda_numbers(const char *stream, uint64_t seed, uint64_t *offset, int32_t dtype, int64_t n, tb_standard *out);

#endif
