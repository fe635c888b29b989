/* Numbers as they are stored: their values, their bits, and the distance to their neighbours.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_DTYPE_H
#define TB_DTYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How many dtypes kernel.h has, none included: they count from 0. */
int32_t tb_dtypes(void);

/* Such as "bf16", PyTorch's "bfloat16", and "BF16" in safetensors. */
const char *tb_dtype_name(int32_t dtype);
const char *tb_dtype_torch(int32_t dtype);
const char *tb_dtype_container(int32_t dtype);
size_t tb_dtype_bytes(int32_t dtype);

/* Whether it has negative numbers; and of a floating one, the bits of its significand, the first 1 included. */
bool tb_dtype_signed(int32_t dtype);
int tb_dtype_digits(int32_t dtype);

/* dtype is any of kernel.h; tb_number_nan is for floating ones alone. */

bool tb_dtype_floats(int32_t dtype);

/* Element i of data: in double, exactly but for s64 beyond 2^53; and its bits, with each NaN as the one that arithmetic makes
 * (its sign clear, its first bit of payload alone set). */
double tb_number(int32_t dtype, const void *data, int64_t i);
uint64_t tb_number_bits(int32_t dtype, const void *data, int64_t i);

/* Element i of an integer dtype. */
int64_t tb_number_whole_of(int32_t dtype, const void *data, int64_t i);

/* Whether element i is zero, of either sign. */
bool tb_number_is_zero(int32_t dtype, const void *data, int64_t i);

/* Rounds to nearest, ties to even. Beyond the largest number lies infinity; an integer dtype has its own ends there, and 0 for
 * NaN. NaN keeps its sign. */
void tb_number_set(int32_t dtype, void *data, int64_t i, double value);

/* The distance between the neighbouring numbers of the dtype around a finite value: 2^-23 * 2^e for f32 and 2^e <= |value| <
 * 2^(e+1), and no less than the smallest subnormal. */
double tb_number_ulp(int32_t dtype, double value);

/* The bits of a NaN of the dtype. */
uint64_t tb_number_nan(int32_t dtype);

#endif
