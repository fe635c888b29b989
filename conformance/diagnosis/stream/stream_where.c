/* Conditions on where numbers come from. A number is a word of properties, and equal words are counted together.
 *
 * SPDX-License-Identifier: MIT */
#include "stream_where.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Properties of the case follow those of the position. */
enum {
  OF_F32 = TB_POSITION_FLAGS,
  OF_F64,
  OF_F16,
  OF_BF16,
  OF_HALF,
  NOT_HALF,
  NOT_F64,
  OF_AVX2,
  OF_DEFAULT,
  THREADS,
  PROPERTIES
};
_Static_assert((int)PROPERTIES < 63, "the last bit of a word says that it is there");

/* The simplest first; each continues the word "numbers". */
static const struct {
  int bit;
  const char *phrase;
} properties[] = {
    {OF_F32, "of f32"},
    {OF_F64, "of f64"},
    {OF_F16, "of f16"},
    {OF_BF16, "of bf16"},
    {OF_HALF, "of f16 and bf16"},
    {NOT_HALF, "of f32 and f64"},
    {NOT_F64, "of f32, f16 and bf16"},
    {OF_AVX2, "of stream torch-cpu-avx2"},
    {OF_DEFAULT, "of stream torch-cpu-default"},
    {TB_P_IN_BLOCKS, "drawn in blocks of 16"},
    {TB_P_ONE_BY_ONE, "drawn one by one"},
    {TB_P_COSINE, "that are a pair's cosine"},
    {TB_P_SINE, "that are a pair's sine"},
    {TB_P_SHORT, "of calls of fewer than 16"},
    {TB_P_SIXTEEN, "of calls of exactly 16"},
    {TB_P_ROW_MAJOR, "of row-major calls"},
    {TB_P_TAIL, "of a tail of n % 16"},
    {TB_P_LAST_BLOCK, "of a call's last 16 where n is no multiple of 16"},
    {TB_P_REDRAWN, "before a tail of n % 16 that are drawn again with it"},
    {TB_P_BEFORE_LAST, "before a call's last 16 where n is no multiple of 16"},
    {TB_P_WAITED, "that had waited from an earlier call"},
    {TB_P_LATER_CALL, "of calls that are not the first after seeding"},
    {TB_P_SEEDED_AGAIN, "drawn after seeding again"},
    {TB_P_STRIDED, "of strided calls of 16 and more"},
    {TB_P_GAPLESS, "of permuted calls of 16 and more without gaps"},
    {TB_P_TWISTED, "from the engine's 624th word on"},
    {TB_P_ODD_BLOCK, "of every second block of 16"},
    {TB_P_BEYOND, "beyond the first 65,536 of a call"},
    {TB_P_SEED_NOT_0, "with a seed other than 0"},
    {TB_P_SEED_ABOVE_16, "with a seed that has more than 16 bits among its low 32"},
    {TB_P_SEED_ABOVE_32, "with a seed of more than 32 bits"},
    {TB_P_WITH_MEAN, "with a mean other than 0"},
    {TB_P_WITH_STD, "with a std other than 1"},
    {TB_P_WITH_EITHER, "with a mean other than 0 or a std other than 1"},
    {TB_P_NO_STD, "with a std of 0"},
    {THREADS, "of several threads"},
    {TB_P_ACROSS_BLOCKS, "that had waited while others were drawn in blocks"},
    {TB_P_OTHER_LAW, "that had waited from a call of another mean or std"},
    {TB_P_DROPPED, "drawn after a seeding that has to drop a waiting number"},
    {TB_P_LATER_LAW, "whose mean or std is not that of the first call"},
    {TB_P_AFTER_EMPTY, "of calls right after an empty one"},
    {TB_P_SPARSE, "of calls with a dimension of size 1 whose stride is not row-major order's"},
    {TB_P_NO_RADIUS, "whose pair has a radius of 0"},
    {TB_P_LONG_RADIUS, "whose pair has the longest radius"},
    {TB_P_INFINITE, "that ought to be infinite"},
    {TB_P_NAN, "that ought to be NaN"},
    {TB_P_ZERO, "that ought to be 0"},
    {TB_P_SUBNORMAL, "that ought to be subnormal"},
};
_Static_assert(sizeof properties / sizeof *properties == (size_t)PROPERTIES, "each property has a phrase");

enum { TABLE = 1 << 14 };

struct entry {
  uint64_t word; /* with bit 63; 0: there is none */
  int64_t count[TB_KINDS];
};

struct tb_where {
  struct entry entry[TABLE];
  int used;
  int64_t count[TB_KINDS];
};

tb_where *tb_where_open(void) {
  return calloc(1, sizeof(tb_where));
}

void tb_where_close(tb_where *w) {
  free(w);
}

static uint64_t bit(int i, bool is) {
  return (uint64_t)is << i;
}

uint64_t tb_where_case(const tb_problem *p) {
  const int32_t dtype = p->c.dtype;
  const bool is_default = strcmp(tb_normal_of(&p->c)->stream, "torch-cpu-default") == 0;
  const bool half = dtype == TENBIN_F16 || dtype == TENBIN_BF16;
  return bit(OF_F32, dtype == TENBIN_F32) | bit(OF_F64, dtype == TENBIN_F64) | bit(OF_F16, dtype == TENBIN_F16) |
         bit(OF_BF16, dtype == TENBIN_BF16) | bit(OF_HALF, half) | bit(NOT_HALF, !half) | bit(NOT_F64, dtype != TENBIN_F64) |
         bit(OF_AVX2, !is_default) | bit(OF_DEFAULT, is_default) | bit(THREADS, p->c.threads > 1);
}

/* A word that finds no room is left out: the committed cases have a few thousand. */
void tb_where_add(tb_where *w, uint64_t of_case, const tb_position *q, tb_position_kind kind) {
  const uint64_t word = of_case | q->flags | bit(63, true);
  uint64_t at = (word * UINT64_C(0x9e3779b97f4a7c15)) >> 50;
  while (w->entry[at].word != 0 && w->entry[at].word != word)
    at = (at + 1) % TABLE;
  if (w->entry[at].word == 0) {
    if (w->used == TABLE / 3 * 2)
      return;
    w->used++;
    w->entry[at].word = word;
  }
  w->entry[at].count[kind]++;
  w->count[kind]++;
}

/* The words there are, side by side. */
struct words {
  int n;
  const struct entry *entry[TABLE];
};

static int64_t having(const struct words *words, uint64_t condition, tb_position_kind kind) {
  int64_t n = 0;
  for (int i = 0; i < words->n; i++)
    if ((words->entry[i]->word & condition) == condition)
      n += words->entry[i]->count[kind];
  return n;
}

static uint64_t property(int i) {
  return bit(properties[i].bit, true);
}

struct search {
  struct words words;
  tb_position_kind with, other;
  int64_t own;     /* numbers of the kind */
  int64_t lacking; /* so many of them need not have it */
  int64_t strays;  /* the fewest so far */
  uint64_t best;
  int parts, part[PROPERTIES]; /* properties that so many have, and that distinguish any numbers */
};

static void try(struct search *s, uint64_t condition) {
  const int64_t missing = s->own - having(&s->words, condition, s->with);
  if (missing > s->lacking)
    return;
  const int64_t strays = missing + having(&s->words, condition, s->other);
  if (strays < s->strays) {
    s->strays = strays;
    s->best = condition;
  }
}

static void search(struct search *s) {
  for (int a = 0; a < s->parts; a++)
    try(s, property(s->part[a]));
  for (int a = 0; a < s->parts && s->strays > 0; a++)
    for (int b = a + 1; b < s->parts; b++)
      try(s, property(s->part[a]) | property(s->part[b]));
  for (int a = 0; a < s->parts && s->strays > 0; a++)
    for (int b = a + 1; b < s->parts; b++)
      for (int c = b + 1; c < s->parts; c++)
        try(s, property(s->part[a]) | property(s->part[b]) | property(s->part[c]));
}

void tb_where_learn(const tb_where *w, tb_position_kind with, double tolerance, tb_condition_found *out) {
  struct search *s = calloc(1, sizeof *s);
  if (!s)
    abort();
  s->with = with;
  s->other = with == TB_WRONG ? TB_RIGHT : TB_WRONG;
  s->own = w->count[with];
  s->lacking = (int64_t)(tolerance * (double)s->own);
  s->strays = w->count[s->other];
  for (int i = 0; i < TABLE; i++)
    if (w->entry[i].count[TB_RIGHT] > 0 || w->entry[i].count[TB_WRONG] > 0)
      s->words.entry[s->words.n++] = &w->entry[i];
  for (int i = 0; i < PROPERTIES; i++)
    if (having(&s->words, property(i), with) >= s->own - s->lacking &&
        having(&s->words, property(i), s->other) < w->count[s->other])
      s->part[s->parts++] = i;
  search(s);
  *out = (tb_condition_found){.with = with, .count = {w->count[TB_RIGHT], w->count[TB_WRONG]}, .strays = s->strays};
  size_t used = 0;
  for (int i = 0; i < PROPERTIES; i++)
    if (s->best & property(i))
      used += (size_t)snprintf(out->text + used, sizeof out->text - used, "%s%s", used ? ", " : "", properties[i].phrase);
  free(s);
}
