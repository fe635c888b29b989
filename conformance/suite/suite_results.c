/* The results of a kernel on a whole suite.
 *
 * SPDX-License-Identifier: MIT */
#include "suite_results.h"

#include "memory.h"
#include "rowset.h"

#include <string.h>

static bool counts(tb_verdict v) {
  return v != TB_V_UNSUPPORTED && v != TB_V_KNOWN && v != TB_V_NOT_RUN && v != TB_V_NOT_JUDGED && v != TB_V_UNTRUSTED;
}

void tb_suite_results_take(void *arg, const tb_suite_group *group, const tb_chunk *chunk, const tb_case_result *results) {
  tb_suite_results *s = arg;
  s->chunk = tb_room(s->chunk, s->chunks, sizeof *s->chunk);
  tb_chunk_results *one = &s->chunk[s->chunks++];
  *one = (tb_chunk_results){group, *chunk, tb_need(malloc((size_t)chunk->cases)),
                            tb_need(malloc((size_t)chunk->cases * sizeof *one->signature))};
  for (int i = 0; i < chunk->cases; i++) {
    const tb_case_result *r = &results[i];
    one->verdict[i] = (unsigned char)r->verdict;
    one->signature[i] = r->signature;
    if (!counts(r->verdict))
      continue;
    s->cases++;
    if (r->verdict != TB_V_PASSED) {
      s->failed = tb_room(s->failed, (int)s->failing, sizeof *s->failed);
      s->failed[s->failing++] = tb_need(strdup(r->text));
    }
  }
}

void tb_suite_results_list(tb_suite_results *s) {
  char text[TB_TEXT_MAX];
  int64_t failing = 0, cases = 0;
  s->kept = tb_need(calloc((size_t)s->cases + 1, sizeof *s->kept));
  for (int k = 0; k < s->chunks; k++) {
    const tb_chunk_results *c = &s->chunk[k];
    for (int i = 0; i < c->chunk.cases; i++) {
      const tb_verdict verdict = (tb_verdict)c->verdict[i];
      if (!counts(verdict))
        continue;
      tb_chunk_text(c->group, &c->chunk, i, text);
      s->kept[cases++] = (tb_kept_result){.text = tb_need(strdup(text)),
                                          .failed = verdict == TB_V_PASSED ? NULL : s->failed[failing++],
                                          .group = c->group,
                                          .verdict = verdict,
                                          .signature = c->signature[i]};
    }
  }
}

void tb_suite_results_free(tb_suite_results *s) {
  for (int64_t i = 0; s->kept && i < s->cases; i++)
    free(s->kept[i].text);
  for (int64_t i = 0; i < s->failing; i++)
    free(s->failed[i]);
  for (int i = 0; i < s->chunks; i++) {
    free(s->chunk[i].verdict);
    free(s->chunk[i].signature);
  }
  free(s->kept);
  free(s->failed);
  free(s->chunk);
  *s = (tb_suite_results){0};
}
