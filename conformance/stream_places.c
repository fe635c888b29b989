/* The places of PyTorch's CPU streams: the two paths, pairs, waiting numbers and words, as reference/normal_reference.c has
 * them, without the numbers.
 *
 * SPDX-License-Identifier: MIT */
#include "stream_places.h"

#include "normal_reference.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 16, MT_WORDS = 624 };

/* The generator's part. */
struct walk {
  const tb_problem *p;
  tb_place *place;
  int64_t at;      /* the call's first number */
  int64_t calls;   /* so far */
  int64_t words;   /* drawn since seeding */
  int64_t waiting; /* the index of the cosine whose sine waits; -1: none does */
  bool crossed;    /* blocks were drawn while it waited */
  bool first;      /* no call since seeding */
  bool again;      /* seeded more than once */
  bool dropped;    /* the last seeding dropped a waiting number */
};

static void begin(struct walk *w, bool again) {
  w->dropped = again && w->waiting >= 0;
  w->again = again;
  w->waiting = -1;
  w->words = 0;
  w->first = true;
}

static bool half_type(const tb_problem *p) {
  return p->c.dtype == TENBIN_F16 || p->c.dtype == TENBIN_BF16;
}

/* The number of words that one uniform number takes. */
static int64_t words_each(const tb_problem *p) {
  return p->c.dtype == TENBIN_F64 ? 2 : 1;
}

static uint32_t twisted(const struct walk *w, int64_t words_before) {
  return w->words + words_before >= MT_WORDS ? TB_TWISTED : 0;
}

static void one_block(struct walk *w, int64_t from, int64_t words_before, uint32_t flags) {
  for (int64_t j = 0; j < BLOCK; j++) {
    tb_place *q = &w->place[w->at + from + j];
    q->flags &= ~(uint32_t)(TB_COSINE | TB_SINE | TB_TWISTED | TB_ODD_BLOCK);
    q->flags |= flags | (j < BLOCK / 2 ? TB_COSINE : TB_SINE);
    q->flags |= twisted(w, words_before + (j % (BLOCK / 2) + BLOCK / 2 + 1) * words_each(w->p) - 1);
    q->partner = w->at + from + (j + BLOCK / 2) % BLOCK;
  }
}

static void in_blocks(struct walk *w, int64_t n) {
  const int64_t rest = n % BLOCK, each = words_each(w->p);
  int64_t words = 0;
  for (int64_t i = 0; i + BLOCK <= n; i += BLOCK, words += BLOCK * each)
    one_block(w, i, words, TB_IN_BLOCKS | (i / BLOCK % 2 ? TB_ODD_BLOCK : 0));
  if (rest) {
    words += half_type(w->p) ? 0 : rest * each;
    one_block(w, n - BLOCK, words, TB_IN_BLOCKS | TB_LAST_BLOCK);
    words += BLOCK * each;
    for (int64_t i = 0; i < n; i++)
      w->place[w->at + i].flags |= i < n - BLOCK ? TB_BEFORE_LAST : i >= n - rest ? TB_TAIL : 0;
  }
  w->words += words;
  w->crossed = true;
}

/* index[m]: which number of the call lies at place m of memory's order. */
static void one_by_one(struct walk *w, int64_t n, const int64_t *index) {
  for (int64_t m = 0; m < n; m++) {
    const int64_t here = w->at + index[m];
    tb_place *q = &w->place[here];
    q->flags |= TB_ONE_BY_ONE;
    if (w->waiting < 0) {
      q->flags |= TB_COSINE | twisted(w, 3);
      q->partner = -1;
      w->waiting = here;
      w->words += 4;
      w->crossed = false;
      continue;
    }
    tb_place *cosine = &w->place[w->waiting];
    q->flags |= TB_SINE | (cosine->flags & TB_TWISTED);
    if (cosine->call != q->call) {
      q->flags |= TB_WAITED | (w->crossed ? TB_ACROSS_BLOCKS : 0);
      q->flags |= cosine->mean != q->mean || cosine->std != q->std ? TB_OTHER_LAW : 0;
    }
    q->partner = w->waiting;
    cosine->partner = here;
    w->waiting = -1;
  }
}

/* Row-major index i of each place in memory's order. */
static void order(const tenbin_desc *d, int64_t n, int64_t *index) {
  int64_t weight[TENBIN_RANK_MAX], at[TENBIN_RANK_MAX] = {0};
  for (int i = 0; i < d->rank; i++) {
    weight[i] = d->size[i] != 1;
    for (int k = 0; k < d->rank; k++)
      if (d->size[k] != 1 && (d->stride[k] < d->stride[i] || (d->stride[k] == d->stride[i] && k > i)))
        weight[i] *= d->size[k];
  }
  for (int64_t e = 0; e < n; e++) {
    int64_t place = 0;
    for (int i = 0; i < d->rank; i++)
      place += at[i] * weight[i];
    index[place] = e;
    for (int i = d->rank - 1; i >= 0 && ++at[i] == d->size[i]; i--)
      at[i] = 0;
  }
}

/* Whether a dimension of size 1 has a stride that row-major order would not give it. */
static bool sparse(const tenbin_desc *d) {
  int64_t stride = 1;
  for (int i = d->rank - 1; i >= 0; i--) {
    if (d->size[i] == 1 && d->stride[i] != stride)
      return true;
    stride *= d->size[i];
  }
  return false;
}

static uint32_t call_flags(const struct walk *w, const tenbin_desc *d, const tenbin_normal_args *a) {
  const tb_normal *normal = &w->p->c.normal;
  const int64_t n = tb_desc_elements(d);
  int first = 0;
  while (normal->call[first].kind != TB_DRAW)
    first++;
  const tenbin_normal_args law = tb_call_args(normal, &normal->call[first]);
  uint32_t flags = (w->again ? TB_SEEDED_AGAIN : 0) | (w->dropped ? TB_DROPPED : 0) | (w->first ? 0 : TB_LATER_CALL) | (a->std == 0 ? TB_NO_STD : 0) |
                   (n == BLOCK ? TB_SIXTEEN : 0) | (sparse(d) ? TB_SPARSE : 0);
  if (n >= BLOCK && !tb_normal_by_blocks(d))
    flags |= TB_STRIDED;
  if (a->mean != law.mean || a->std != law.std)
    flags |= TB_LATER_LAW;
  return flags;
}

static void draw(struct walk *w, int item) {
  const tb_call *call = &w->p->c.normal.call[item];
  const tenbin_desc d = tb_call_desc(call, w->p->c.dtype);
  const tenbin_normal_args a = tb_call_args(&w->p->c.normal, call);
  const int64_t n = tb_call_numbers(call);
  const uint32_t flags = call_flags(w, &d, &a);
  int64_t *index = malloc(((size_t)n + 1) * sizeof *index);
  if (!index)
    abort();
  order(&d, n, index);
  for (int64_t m = 0; m < n; m++)
    w->place[w->at + index[m]] = (tb_place){.flags = flags | (m >= (n + 1) / 2 ? TB_SECOND_HALF : 0),
                                            .item = item,
                                            .call = w->calls,
                                            .begin = w->at,
                                            .n = n,
                                            .memory = m,
                                            .partner = -1,
                                            .mean = a.mean,
                                            .std = a.std};
  if (tb_normal_by_blocks(&d))
    in_blocks(w, n);
  else
    one_by_one(w, n, index);
  free(index);
  w->at += n;
  w->calls++;
  w->first = w->first && n == 0;
}

/* The least number of each dtype that is not subnormal. */
static double least_normal(int32_t dtype) {
  return dtype == TENBIN_F64 ? 0x1p-1022 : dtype == TENBIN_F16 ? 0x1p-14 : 0x1p-126;
}

static void flag_values(const tb_problem *p, const double *want, tb_place *out) {
  for (int64_t i = 0; i < p->kept; i++) {
    const double y = want[i];
    out[i].flags |= isnan(y)                                 ? TB_NAN
                    : isinf(y)                               ? TB_INFINITE
                    : y == 0                                 ? TB_ZERO
                    : fabs(y) < least_normal(p->c.dtype) ? TB_SUBNORMAL
                                                             : 0;
  }
}

bool tb_stream_places(const tb_problem *p, const double *want, tb_place *out) {
  const tb_normal *n = &p->c.normal;
  struct walk w = {.p = p, .place = out, .waiting = -1};
  if (strncmp(n->stream, "torch-cpu-", 10) != 0 || p->kept != p->drawn)
    return false;
  for (int64_t s = 0; s < n->seeds; s++) {
    begin(&w, s > 0);
    for (int64_t k = 0; k < n->repeat; k++)
      for (int i = 0; i < n->calls; i++)
        if (n->call[i].kind == TB_DRAW) {
          draw(&w, i);
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
