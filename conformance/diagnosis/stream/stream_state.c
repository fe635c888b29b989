/* A generator's saved state, field by field.
 *
 * SPDX-License-Identifier: MIT */
#include "stream_state.h"

#include "dtype.h"
#include "torch_state.h"

#include <inttypes.h>
#include <string.h>

static void report_words(const tb_torch_state *a, const tb_torch_state *b, tb_sentences *out) {
  int words = 0, first = -1;
  for (int i = 0; i < TB_STATE_WORDS; i++)
    if (a->mt[i] != b->mt[i]) {
      words++;
      first = first < 0 ? i : first;
    }
  if (words > 0)
    tb_sentences_add(out,
                     "%d of the state's 624 words differ, the first is mt[%d]: it is 0x%" PRIx64 " and ought to be 0x%" PRIx64,
                     words, first, a->mt[first], b->mt[first]);
}

static void report_fields(const tb_torch_state *a, const tb_torch_state *b, tb_sentences *out) {
  if (a->seed != b->seed)
    tb_sentences_add(out, "`seed` is %" PRIu64 " and ought to be %" PRIu64, a->seed, b->seed);
  if (a->left != b->left)
    tb_sentences_add(out,
                     "`left`, at byte 8, is %d and ought to be %d: one more than the words that are left before the next twist",
                     a->left, b->left);
  if (a->seeded != b->seeded)
    tb_sentences_add(out, "`seeded`, at byte 12, is %d and ought to be %d", a->seeded, b->seeded);
  if (a->next != b->next)
    tb_sentences_add(out, "`next`, at byte 16, is %" PRIu64 " and ought to be %" PRIu64 ": the index of the next word", a->next,
                     b->next);
  report_words(a, b, out);
  if (a->normal_is_valid != b->normal_is_valid ||
      tb_number_bits(TENBIN_F64, &a->normal_y, 0) != tb_number_bits(TENBIN_F64, &b->normal_y, 0))
    tb_sentences_add(
        out,
        "the number that waits, a double at byte 5024 (`normal_y`) and whether there is one at 5040 (`normal_is_valid`), is "
        "%.17g and %d, and ought to be %.17g and %d",
        a->normal_y, a->normal_is_valid, b->normal_y, b->normal_is_valid);
}

void tb_state_report(const tb_problem *p, const unsigned char *got, const unsigned char *want, tb_sentences *out) {
  tb_torch_state a, b;
  for (int i = 0; i < tb_normal_of(&p->c)->calls; i++, got += TB_STATE_BYTES, want += TB_STATE_BYTES) {
    const int before = out->count;
    size_t at = 0;
    while (at < TB_STATE_BYTES && got[at] == want[at])
      at++;
    if (at == TB_STATE_BYTES)
      continue;
    memcpy(&a, got, sizeof a);
    memcpy(&b, want, sizeof b);
    report_fields(&a, &b, out);
    if (out->count == before)
      tb_sentences_add(out, "the first byte that differs is byte %zu of the state", at);
    return;
  }
}
