/* The positions of numbers in PyTorch's CPU streams: the two paths, pairs, waiting numbers and words, as in
 * reference/normal/normal_reference.c, without the numbers.
 *
 * SPDX-License-Identifier: MIT */
#include "stream_positions.h"

#include "dtype.h"
#include "normal_reference.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 16, MT_WORDS = 624, CHUNK = 65536 };

/* The state of the generator. */
struct walk {
  const tb_problem *p;
  tb_position *position;
  uint64_t seed;
  tenbin_normal_args law; /* of the case's first call */
  int64_t at;             /* the call's first number */
  int64_t calls;          /* so far */
  int64_t seedings;       /* so far */
  int64_t words;          /* drawn since seeding */
  int64_t waiting;        /* the index of the cosine whose sine waits; -1: none does */
  bool crossed;           /* blocks were drawn while it waited */
  bool first;             /* no call since seeding */
  bool again;             /* seeded more than once */
  bool dropped;           /* a seeding dropped a waiting number */
  bool empty;             /* the last call was */
};

static uint64_t flag(tb_position_flag f, bool is) {
  return (uint64_t)is << f;
}

static void begin(struct walk *w, bool again) {
  w->dropped = w->dropped || (again && w->waiting >= 0);
  w->again = again;
  w->seedings += again;
  w->waiting = -1;
  w->words = 0;
  w->first = true;
}

/* Of a pair whose last word has so many of its call before it. */
static uint64_t twisted(const struct walk *w, int64_t words_before) {
  return flag(TB_P_TWISTED, w->words + words_before >= MT_WORDS - 1);
}

/* Numbers from .. from + 15 of the call; what an earlier block has set is overwritten. */
static void one_block(struct walk *w, int64_t from, int64_t words_before, int64_t each, uint64_t flags) {
  const uint64_t old = flag(TB_P_COSINE, true) | flag(TB_P_SINE, true) | flag(TB_P_TWISTED, true) | flag(TB_P_ODD_BLOCK, true);
  for (int64_t j = 0; j < BLOCK; j++) {
    tb_position *q = &w->position[w->at + from + j];
    q->flags = (q->flags & ~old) | flags | flag(j < BLOCK / 2 ? TB_P_COSINE : TB_P_SINE, true) |
               twisted(w, words_before + (j % (BLOCK / 2) + BLOCK / 2 + 1) * each - 1);
    q->partner = w->at + from + (j + BLOCK / 2) % BLOCK;
  }
}

static void in_blocks(struct walk *w, int64_t n) {
  const bool half = w->p->c.dtype == TENBIN_F16 || w->p->c.dtype == TENBIN_BF16;
  const int64_t rest = n % BLOCK, each = w->p->c.dtype == TENBIN_F64 ? 2 : 1; /* words of a uniform number */
  int64_t words = 0;
  for (int64_t i = 0; i + BLOCK <= n; i += BLOCK, words += BLOCK * each)
    one_block(w, i, words, each, flag(TB_P_IN_BLOCKS, true) | flag(TB_P_ODD_BLOCK, i / BLOCK % 2));
  if (rest) {
    words += half ? 0 : rest * each;
    one_block(w, n - BLOCK, words, each, flag(TB_P_IN_BLOCKS, true) | flag(TB_P_LAST_BLOCK, true));
    words += BLOCK * each;
    for (int64_t i = 0; i < n; i++)
      w->position[w->at + i].flags |= flag(i < n - BLOCK ? TB_P_BEFORE_LAST : i >= n - rest ? TB_P_TAIL : TB_P_REDRAWN, true);
  }
  w->words += words;
  w->crossed = true;
}

/* index[m]: which number of the call comes m-th in memory. */
static void one_by_one(struct walk *w, int64_t n, const int64_t *index) {
  for (int64_t m = 0; m < n; m++) {
    const int64_t here = w->at + index[m];
    tb_position *q = &w->position[here];
    q->flags |= flag(TB_P_ONE_BY_ONE, true);
    if (w->waiting < 0) {
      q->flags |= flag(TB_P_COSINE, true) | twisted(w, 3);
      w->waiting = here;
      w->words += 4;
      w->crossed = false;
      continue;
    }
    tb_position *cosine = &w->position[w->waiting];
    const bool waited = cosine->call != q->call;
    q->flags |= flag(TB_P_SINE, true) | flag(TB_P_TWISTED, tb_position_is(cosine, TB_P_TWISTED)) | flag(TB_P_WAITED, waited) |
                flag(TB_P_ACROSS_BLOCKS, waited && w->crossed) |
                flag(TB_P_OTHER_LAW, waited && (cosine->mean != q->mean || cosine->std != q->std));
    q->partner = w->waiting;
    cosine->partner = here;
    w->waiting = -1;
  }
}

/* Whether a tensor is row-major, whatever the strides of dimensions of size 1; or whether one of those would be another. */
static bool row_major(const tenbin_desc *d) {
  int64_t stride = 1;
  for (int i = d->rank - 1; i >= 0; stride *= d->size[i--])
    if (d->size[i] != 1 && d->stride[i] != stride)
      return false;
  return true;
}

static bool sparse(const tenbin_desc *d) {
  int64_t stride = 1;
  for (int i = d->rank - 1; i >= 0; stride *= d->size[i--])
    if (d->size[i] == 1 && d->stride[i] != stride)
      return true;
  return false;
}

/* Whether the elements lie side by side. */
static bool gapless(const tenbin_desc *d) {
  int64_t last = 0;
  for (int i = 0; i < d->rank; i++)
    last += (d->size[i] - 1) * d->stride[i];
  return last == tb_desc_elements(d) - 1;
}

static uint64_t call_flags(const struct walk *w, const tenbin_desc *d, const tenbin_normal_args *a) {
  const int64_t n = tb_desc_elements(d);
  const bool dense = row_major(d), strided = n >= BLOCK && !dense;
  return flag(TB_P_SEEDED_AGAIN, w->again) | flag(TB_P_DROPPED, w->dropped) | flag(TB_P_LATER_CALL, !w->first) |
         flag(TB_P_AFTER_EMPTY, w->empty) | flag(TB_P_ROW_MAJOR, dense) | flag(TB_P_STRIDED, strided) |
         flag(TB_P_GAPLESS, strided && gapless(d)) | flag(TB_P_SPARSE, sparse(d)) | flag(TB_P_SHORT, n < BLOCK) |
         flag(TB_P_SIXTEEN, n == BLOCK) | flag(TB_P_WITH_MEAN, a->mean != 0) | flag(TB_P_WITH_STD, a->std != 1) |
         flag(TB_P_WITH_EITHER, a->mean != 0 || a->std != 1) | flag(TB_P_NO_STD, a->std == 0) |
         flag(TB_P_LATER_LAW, a->mean != w->law.mean || a->std != w->law.std) | flag(TB_P_SEED_NOT_0, w->seed != 0) |
         flag(TB_P_SEED_ABOVE_16, (uint32_t)w->seed >> 16 != 0) | flag(TB_P_SEED_ABOVE_32, w->seed >> 32 != 0);
}

static void draw(struct walk *w, const tb_call *call) {
  const tenbin_desc d = tb_call_desc(call, w->p->c.dtype);
  const tenbin_normal_args a = tb_call_args(tb_normal_of(&w->p->c), call);
  const int64_t n = tb_call_numbers(call);
  if (w->calls == 0)
    w->law = a;
  const uint64_t flags = call_flags(w, &d, &a);
  int64_t *memory = malloc((2 * (size_t)n + 1) * sizeof *memory), *index = memory + n;
  if (!memory)
    abort();
  tb_normal_order(&d, memory);
  for (int64_t i = 0; i < n; i++) {
    index[memory[i]] = i;
    w->position[w->at + i] = (tb_position){.flags = flags | flag(TB_P_BEYOND, memory[i] >= CHUNK),
                                           .seeding = w->seedings,
                                           .call = w->calls,
                                           .begin = w->at,
                                           .n = n,
                                           .memory = memory[i],
                                           .partner = -1,
                                           .mean = a.mean,
                                           .std = a.std};
  }
  if (tb_normal_by_blocks(&d))
    in_blocks(w, n);
  else
    one_by_one(w, n, index);
  free(memory);
  w->at += n;
  w->calls++;
  w->first = w->first && n == 0;
  w->empty = n == 0;
}

/* The radius of a pair, where both of its numbers still stand, and the dtype is fine enough to show it. */
static bool radius(const tb_problem *p, const double *want, const tb_position *position, int64_t i, double *r) {
  const tb_position *q = &position[i];
  const int64_t k = q->partner;
  if (k < 0 || position[k].partner != i || !(q->std > 64 * tb_number_ulp(p->c.dtype, q->mean)) || !isfinite(q->mean))
    return false;
  *r = hypot((want[i] - q->mean) / q->std, (want[k] - position[k].mean) / position[k].std);
  return true;
}

static void flag_values(const tb_problem *p, const double *want, tb_position *position) {
  const double least = p->c.dtype == TENBIN_F64 ? 0x1p-1022 : p->c.dtype == TENBIN_F16 ? 0x1p-14 : 0x1p-126;
  const double longest = sqrt(46 * log(2)) - 0.02; /* of u = 1 - 2^-23, and what f16 and bf16 leave of it */
  for (int64_t i = 0; i < p->kept; i++) {
    const double y = want[i];
    double r;
    position[i].flags |= flag(TB_P_NAN, isnan(y)) | flag(TB_P_INFINITE, isinf(y)) | flag(TB_P_ZERO, y == 0) |
                         flag(TB_P_SUBNORMAL, y != 0 && fabs(y) < least);
    if (isnan(y) && isinf(position[i].std) && isfinite(position[i].mean))
      position[i].flags |= flag(TB_P_NO_RADIUS, true);
    else if (radius(p, want, position, i, &r))
      position[i].flags |= flag(TB_P_NO_RADIUS, r == 0) | flag(TB_P_LONG_RADIUS, r > longest);
  }
}

bool tb_stream_positions(const tb_problem *p, const double *want, tb_position *out) {
  const tb_normal *n = tb_normal_of(&p->c);
  struct walk w = {.p = p, .position = out, .waiting = -1};
  if (strncmp(n->stream, "torch-cpu-", 10) != 0 || p->kept != p->drawn)
    return false;
  for (int64_t s = 0; s < n->seeds; s++) {
    w.seed = p->c.seed + (uint64_t)s;
    begin(&w, s > 0);
    for (int64_t k = 0; k < n->repeat; k++)
      for (int i = 0; i < n->calls; i++)
        if (n->call[i].kind == TB_DRAW) {
          draw(&w, &n->call[i]);
        } else if (n->call[i].kind == TB_RESEED) {
          begin(&w, true);
        } else {
          w.waiting = -1;
          w.words = 0;
        }
  }
  flag_values(p, want, out);
  return true;
}
