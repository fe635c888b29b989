/* From a case to the problem that a kernel sees, and to the data that it is run on.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_PROBLEM_H
#define TB_PROBLEM_H

#include "descriptor.h"
#include "kernel.h"
#include "validity.h"

/* A problem and all that it points to. It points into itself: pass it by address, and do not copy it. */
typedef struct tb_problem {
  tb_case c;
  char text[TB_TEXT_MAX]; /* the canonical descriptor */
  tenbin_problem problem;
  tenbin_conv2d conv;
  tenbin_normal normal;
  tenbin_desc input[3], output[1];
  int64_t batch, in_channels, out_channels; /* of conv_transpose2d; batch is 1 where the input is unbatched */
  int64_t in[2], kernel[2], out[2];
  int64_t drawn, kept; /* numbers of normal: by all calls, and of those that are kept to be judged */
  int64_t terms;       /* at least as many as the products that meet in one output element */
  int64_t range[3];    /* of the fill: largest magnitude of x, weight, bias, in units of 2^-scale */
  int scale;
} tb_problem;

/* Builds the problem of a case, with weight and bias constant. False: the case is invalid, or has no fill with exact sums, and
 * message says so (PyTorch's, where PyTorch rejects). */
bool tb_problem_make(const tb_case *c, tb_problem *out, char message[TB_MESSAGE_MAX]);

/* The problem of a descriptor. False: it is none, or that of an invalid case. */
bool tb_problem_parse(const char *text, tb_problem *out);

/* The same problem with other data: the exact fills swapped, or another seed for real data. Operators without inputs are their
 * own twins. */
tb_case tb_case_twin(const tb_case *c);

/* Elements and bytes of a tensor, from its first element to the end of its last. 0 where absent or empty; bytes saturate at
 * INT64_MAX. */
int64_t tb_desc_elements(const tenbin_desc *desc);
size_t tb_desc_bytes(const tenbin_desc *desc);
size_t tb_dtype_bytes(int32_t dtype);

/* Of numbers that are not negative; gcd(a, 0) = a. */
int64_t tb_gcd(int64_t a, int64_t b);

/* Multiply-adds before cropping: N * C_in * C_out/groups * kH * kW * H * W; 0 of other operators. Saturates at
 * INT64_MAX. */
int64_t tb_problem_macs(const tb_problem *p);

/* What a valid case costs, in multiply-adds; a number of normal counts for one, a call for 100, and a seed for the 624 words of
 * a generator's state. */
int64_t tb_case_work(const tb_case *c);

/* A call's numbers; its output; its mean and std. */
int64_t tb_call_numbers(const tb_call *call);
tenbin_desc tb_call_desc(const tb_call *call, int32_t dtype);
tenbin_normal_args tb_call_args(const tb_normal *normal, const tb_call *call);

/* A contiguous call of more than TB_WINDOW_FROM bytes is drawn into TB_WINDOW bytes that are mapped again and again, as often
 * as it takes: what these hold in the end, from their beginning, is kept of it. Of all others every number is kept, in
 * row-major order. */
#define TB_WINDOW_FROM (INT64_C(1) << 30)
#define TB_WINDOW (INT64_C(1) << 26)
int64_t tb_call_kept(const tb_call *call, int32_t dtype);

/* The state of PyTorch's CPU generator, as torch.Generator.get_state gives it, whose next 608 draws are, for m = 0 .. 303 and
 * k = 304 * chunk + m, at 16 * (m / 8) + m % 8 one with the low 24 bits k, the radius of a Box-Muller pair of f32, and 8 behind
 * it one with the low 24 bits 10368889 * k, its angle. The high 8 bits, which PyTorch does not use, are those of
 * 2654435769 * k. Then come 15 zeros. */
#define TB_STATE_BYTES 5056
void tb_inject_state(uint64_t seed, int64_t chunk, unsigned char state[TB_STATE_BYTES]);

/* The fill. Element i of input `role` is
 *     +-m * 2^-scale,  m = 1 + ((h >> 32) * range[role] >> 32),  negative where h is odd,
 *     h = mix(mix(seed + G * (role + 1)) + G * i),  mix and G of splitmix64 (Steele, Lea, Flood 2014),
 * and then what set= puts in its place. It is never zero, so that no dropped tap goes unseen. wide-x and wide-w have scale 0
 * and the widest integers with terms * |x| * |w| + |b| < 2^24, so that every partial sum is an exact f32 in any order; real has
 * scale 19 and 20 bits, so that every partial sum is an exact double. */
void tb_fill_f32(const tb_problem *p, int role, uint64_t seed, float *out);
void tb_fill_f64(const tb_problem *p, int role, uint64_t seed, double *out);

#endif
