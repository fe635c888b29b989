/* The arguments of a case of normal: calls of normal_ on one generator.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_CALLS_H
#define TB_CALLS_H

#include "problem.h"

#define TB_CALLS_MAX 32
#define TB_CALL_RANK_MAX 5

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

_Static_assert(sizeof(tb_normal) <= TB_ARGUMENTS_MAX, "a case has room for it");

extern const tb_operator tb_operator_normal;

static inline const tb_normal *tb_normal_of(const tb_case *c) {
  return (const tb_normal *)(const void *)c->arguments;
}
static inline tb_normal *tb_normal_edit(tb_case *c) {
  return (tb_normal *)(void *)c->arguments;
}

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
 * k = 304 * chunk + m, at 16 * (m / 8) + m % 8 one with the low 24 bits k, the radius of a Box-Muller pair of f32, and 8 after
 * it one with the low 24 bits 10368889 * k, its angle. The high 8 bits, which PyTorch does not use, are those of
 * 2654435769 * k. Then come 15 zeros. */
#define TB_STATE_BYTES 5056
void tb_inject_state(uint64_t seed, int64_t chunk, unsigned char state[TB_STATE_BYTES]);

#endif
