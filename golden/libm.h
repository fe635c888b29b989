/* The functions of the C library whose rounding is part of PyTorch's normal numbers: what they give, measured.
 *
 * Neither a library's name nor its version says which bits it gives: glibc chooses between variants of these functions by the
 * processor, with fused multiply-adds and without, and other versions may give the same.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_LIBM_H
#define TB_LIBM_H

#include <xxhash.h>

/* sincos is what compilers make of a sine and a cosine of one angle, in PyTorch's binary too. */
typedef enum tb_libm { TB_LIBM_LOG, TB_LIBM_LOG1P, TB_LIBM_SINCOS, TB_LIBM_LOGF, TB_LIBM_SINCOSF, TB_LIBM_FUNCTIONS } tb_libm;

const char *tb_libm_name(tb_libm function);

/* y[0] is the function's answer to x, or its sine, and y[1] its cosine, or 0. Of f32 all are exact in double. */
typedef void tb_libm_call(double x, double y[2]);

/* This process's C library. */
tb_libm_call *tb_libm_of_process(tb_libm function);

/* XXH3-128 of the answers, as pairs of little-endian f64, to the 2^20 arguments that golden/README.md defines: radii and angles
 * of uniform numbers of 53 bits, f32 of 24. */
XXH128_hash_t tb_libm_digest(tb_libm function, tb_libm_call *call);

#endif
