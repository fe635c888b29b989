/* What the kernels on Philox share: number i of a call is a function of the seed and of a counter that i determines, so that
 * any thread can make any part of a call.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_COUNTED_H
#define TB_COUNTED_H

#include "elements.h"
#include "isa.h"
#include "narrow.h"
#include "philox_generator.h"

/* Numbers are made, and counters used up, by whole groups. */
#define TB_GROUP 64

/* What a plan begins with. */
typedef struct tb_counted {
  const tenbin_host *host;
  int32_t threads;
} tb_counted;

/* One call: what its numbers are made of. */
typedef struct tb_draw {
  const tenbin_plan *plan; /* the kernel's own */
  uint64_t seed, block;    /* Philox's key, and the counter of the first block */
  int32_t dtype;
  double mean, std;
} tb_draw;

/* Makes the numbers first .. first + count - 1 of a call, in its dtype, side by side. first is a multiple of TB_GROUP. */
typedef void tb_make(const tb_draw *draw, int64_t first, int64_t count, void *numbers);

/* Makes the numbers of whole groups of a call in f32, f16 or bf16, from block `low` on, 4 numbers a block. */
typedef void tb_make_groups(const tb_draw *draw, uint64_t low, int64_t groups, void *numbers);

/* As tb_make, by `make`; of a last group that is not whole, what is wanted is copied. */
void tb_counted_groups(const tb_draw *draw, int64_t first, int64_t count, void *numbers, tb_make_groups *make);

/* A plan of that many bytes, with its tb_counted set; NULL: there is no memory. */
tenbin_plan *tb_counted_plan(const tenbin_problem *problem, const tenbin_host *host, size_t bytes);

void tb_counted_release(tenbin_plan *plan);

/* For streams `any`: f32, f64, f16 and bf16, and the claim is the distribution. */
tenbin_status tb_counted_supports(const tenbin_problem *problem, tenbin_answer *answer);

/* Whether it is one of these dtypes; if not, answer->why says so. */
bool tb_counted_dtype(int32_t dtype, tenbin_answer *answer);

/* The next `blocks` blocks of the call's generator, which are used up by that. */
tb_draw tb_draw_blocks(const tenbin_plan *plan, const tenbin_call *call, uint64_t blocks);

/* Fills the output of the call by `make`, which makes `per_block` numbers of a block; with the host's threads if it is large.
 */
void tb_counted_run(const tenbin_plan *plan, const tenbin_call *call, uint64_t per_block, tb_make *make);

/* Items 0 .. n - 1 by `body`, with the host's threads if the plan has more than one and there is more than one item. */
void tb_counted_parallel(const tenbin_plan *plan, int64_t n, void (*body)(void *arg, int64_t i, int32_t worker), void *arg);

/* What the rows of these kernels have in common. */
#define TB_COUNTED_KERNEL                                                                                                      \
  .struct_size = sizeof(tenbin_kernel), .op = "normal", .alignment = 1, .flags = TENBIN_REENTRANT,                             \
  .release = tb_counted_release, .generator = &tb_philox_generator, .library = tb_isa_library

size_t tb_number_bytes(int32_t dtype);

/* Writes number i, of any of the four dtypes; f16 and bf16 are rounded by way of f32. */
static inline void tb_number_put(int32_t dtype, double value, int64_t i, void *numbers) {
  if (dtype == TENBIN_F64)
    ((double *)numbers)[i] = value;
  else if (dtype == TENBIN_F32)
    ((float *)numbers)[i] = (float)value;
  else
    ((uint16_t *)numbers)[i] = dtype == TENBIN_F16 ? tb_f16((float)value) : tb_bf16((float)value);
}

#endif
