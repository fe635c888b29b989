/* Where wrong numbers are: conditions on where numbers come from, and on their cases, learnt from all of them.
 *
 * Every number is a word of properties. All that the wrong numbers share is the narrowest condition (a conjunction) that holds
 * of them all; it is exact where no right number has all of that, and then the fewest of its parts that are still exact are
 * sought. The same the other way round gives "all but".
 *
 * SPDX-License-Identifier: MIT */
#include "stream_diagnosis.h"
#include "stream_places.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  OF_F32 = TB_PLACE_FLAGS,
  OF_F64,
  OF_F16,
  OF_BF16,
  OF_HALF,
  NOT_F64,
  OF_AVX2,
  OF_DEFAULT,
  SEED_ABOVE_16,
  SEED_ABOVE_32,
  WITH_MEAN,
  WITH_STD,
  WITH_EITHER,
  MANY,
  THREADS,
  PROPERTIES
};

/* The simplest first, and after "numbers". */
static const struct {
  int bit;
  const char *phrase;
} properties[] = {
    {OF_F32, "of f32"},
    {OF_F64, "of f64"},
    {OF_F16, "of f16"},
    {OF_BF16, "of bf16"},
    {OF_HALF, "of f16 and bf16"},
    {NOT_F64, "of f32, f16 and bf16"},
    {OF_AVX2, "of stream torch-cpu-avx2"},
    {OF_DEFAULT, "of stream torch-cpu-default"},
    {0, "drawn in blocks of 16"},
    {1, "drawn one by one"},
    {2, "that are a pair's cosine"},
    {3, "that are a pair's sine"},
    {5, "of a tail of n % 16"},
    {6, "of a call's last 16 where n is no multiple of 16"},
    {7, "before a call's last 16 where n is no multiple of 16"},
    {8, "of calls of exactly 16"},
    {9, "that had waited from an earlier call"},
    {14, "of calls that are not the first after seeding"},
    {12, "drawn after seeding again"},
    {4, "of strided calls of 16 and more"},
    {15, "beyond the engine's first 624 words"},
    {16, "of every second block of 16"},
    {17, "of the second half of a call"},
    {SEED_ABOVE_16, "with a seed of 2^16 or more"},
    {SEED_ABOVE_32, "with a seed of 2^32 or more"},
    {WITH_MEAN, "with a mean other than 0"},
    {WITH_STD, "with a std other than 1"},
    {WITH_EITHER, "with a mean or std other than 0 and 1"},
    {19, "with a std of 0"},
    {MANY, "of calls of more than 65,536"},
    {THREADS, "of several threads"},
    {10, "that had waited while others were drawn in blocks"},
    {11, "that had waited from a call of another mean or std"},
    {13, "drawn after a seeding that has to drop a waiting number"},
    {18, "whose mean or std is not that of the first call"},
    {20, "of calls with a dimension of size 1 whose stride is not row-major order's"},
    {21, "that ought to be infinite"},
    {22, "that ought to be NaN"},
    {23, "that ought to be 0"},
    {24, "that ought to be subnormal"},
};
enum { TABLE = 1 << 16 };
_Static_assert(sizeof properties / sizeof *properties == PROPERTIES, "each property has a phrase");

struct entry {
  uint64_t key; /* properties, and bit 63: the entry is in use */
  int64_t count[2];
};

struct tb_evidence {
  struct entry entry[TABLE];
  int used;
  int64_t count[2]; /* right, wrong */
};

static const uint64_t in_use = UINT64_C(1) << 63;

tb_evidence *tb_evidence_open(void) {
  return calloc(1, sizeof(tb_evidence));
}

void tb_evidence_close(tb_evidence *e) {
  free(e);
}

/* A word that finds no room is not counted: no two thirds of the table have been seen to fill. */
static void count(tb_evidence *e, uint64_t key, bool wrong) {
  uint64_t at = (key * UINT64_C(0x9e3779b97f4a7c15)) >> 48;
  while (e->entry[at].key != 0 && e->entry[at].key != (key | in_use))
    at = (at + 1) % TABLE;
  if (e->entry[at].key == 0) {
    if (e->used == TABLE * 2 / 3)
      return;
    e->used++;
    e->entry[at].key = key | in_use;
  }
  e->entry[at].count[wrong]++;
  e->count[wrong]++;
}

static uint64_t bit(int i, bool is) {
  return is ? UINT64_C(1) << i : 0;
}

static uint64_t of_case(const tb_problem *p) {
  const int32_t dtype = p->c.dtype;
  const bool is_default = strcmp(p->c.normal.stream, "torch-cpu-default") == 0, half = dtype == TENBIN_F16 || dtype == TENBIN_BF16;
  return bit(OF_F32, dtype == TENBIN_F32) | bit(OF_F64, dtype == TENBIN_F64) | bit(OF_F16, dtype == TENBIN_F16) |
         bit(OF_BF16, dtype == TENBIN_BF16) | bit(OF_HALF, half) | bit(NOT_F64, dtype != TENBIN_F64) | bit(OF_AVX2, !is_default) | bit(OF_DEFAULT, is_default) |
         bit(SEED_ABOVE_16, p->c.seed >> 16 != 0) | bit(SEED_ABOVE_32, p->c.seed >> 32 != 0) | bit(THREADS, p->c.threads > 1);
}

static uint64_t of_number(const tb_place *q) {
  return q->flags | bit(WITH_MEAN, q->mean != 0) | bit(WITH_STD, q->std != 1) | bit(WITH_EITHER, q->mean != 0 || q->std != 1) |
         bit(MANY, q->n > 65536);
}

void tb_evidence_add(tb_evidence *e, const tb_problem *p, const double *want, const bool *wrong) {
  tb_place *place = malloc(((size_t)p->kept + 1) * sizeof *place);
  if (!place)
    abort();
  const uint64_t shared = of_case(p);
  if (tb_stream_places(p, want, place))
    for (int64_t i = 0; i < p->kept; i++)
      count(e, shared | of_number(&place[i]), wrong && wrong[i]);
  free(place);
}

/* The numbers of one side that have all of a condition. */
static int64_t having(const tb_evidence *e, uint64_t condition, bool wrong) {
  int64_t n = 0;
  for (int i = 0; i < TABLE; i++)
    if (e->entry[i].key && (e->entry[i].key & condition) == condition)
      n += e->entry[i].count[wrong];
  return n;
}

static uint64_t property(int i) {
  return UINT64_C(1) << properties[i].bit;
}

/* Of the conditions with up to three parts that all numbers of one side have, the first that the fewest of the other do. */
static uint64_t narrowest(const tb_evidence *e, bool side, int64_t *strays) {
  uint64_t shared = ~in_use, best = 0;
  int part[PROPERTIES], parts = 0;
  for (int i = 0; i < TABLE; i++)
    if (e->entry[i].count[side] > 0)
      shared &= e->entry[i].key;
  *strays = e->count[!side];
  for (int i = 0; i < PROPERTIES; i++)
    if (shared & property(i) && having(e, property(i), !side) < e->count[!side])
      part[parts++] = i;
  for (int size = 1; size <= 3 && *strays > 0; size++)
    for (int a = 0; a < parts; a++)
      for (int b = size > 1 ? a + 1 : a; b < (size > 1 ? parts : a + 1); b++)
        for (int c = size > 2 ? b + 1 : b; c < (size > 2 ? parts : b + 1); c++) {
          const uint64_t condition = property(part[a]) | property(part[b]) | property(part[c]);
          const int64_t left = having(e, condition, !side);
          if (left < *strays) {
            *strays = left;
            best = condition;
          }
        }
  return best;
}

static void phrase(uint64_t condition, char *out, size_t size) {
  size_t used = 0;
  *out = 0;
  for (int i = 0; i < PROPERTIES; i++)
    if (condition & property(i))
      used += (size_t)snprintf(out + used, size - used, "%s%s", used ? ", " : "", properties[i].phrase);
}

void tb_evidence_where(const tb_evidence *e, tb_where *out) {
  int64_t right_strays, wrong_strays;
  char text[300];
  *out = (tb_where){.wrong = e->count[true], .right = e->count[false], .exact = true};
  if (out->wrong == 0 || out->right == 0) {
    snprintf(out->text, sizeof out->text, "%s number is wrong", out->wrong == 0 ? "no" : "every");
    return;
  }
  const uint64_t condition = narrowest(e, true, &right_strays), others = narrowest(e, false, &wrong_strays);
  out->exact = right_strays == 0 || wrong_strays == 0;
  if (right_strays == 0 || (!out->exact && condition)) {
    phrase(condition, text, sizeof text);
    out->misclassified = right_strays;
    if (out->exact)
      snprintf(out->text, sizeof out->text, "wrong are exactly the numbers %s", text);
    else
      snprintf(out->text, sizeof out->text,
               "all wrong numbers are among those %s, of which %" PRId64 " are wrong and %" PRId64 " right", text, out->wrong,
               right_strays);
  } else if (wrong_strays == 0) {
    phrase(others, text, sizeof text);
    snprintf(out->text, sizeof out->text, "right are exactly the numbers %s", text);
  } else {
    out->misclassified = out->right;
    snprintf(out->text, sizeof out->text, "%" PRId64 " numbers are wrong, and they share nothing", out->wrong);
  }
}
