/* What a kernel did in a whole suite.
 *
 * SPDX-License-Identifier: MIT */
#include "survey.h"

#include <stdlib.h>
#include <string.h>

static void *need(void *memory) {
  if (!memory)
    abort();
  return memory;
}

void tb_survey_take(void *arg, const tb_suite_group *group, const tb_chunk *chunk, const tb_case_result *results) {
  tb_survey *s = arg;
  char text[TB_TEXT_MAX];
  for (int i = 0; i < chunk->cases; i++) {
    const tb_case_result *r = &results[i];
    if (r->verdict == TB_V_UNSUPPORTED || r->verdict == TB_V_NOT_RUN || r->verdict == TB_V_UNTRUSTED)
      continue;
    if (s->cases == s->capacity) {
      s->capacity = s->capacity ? 2 * s->capacity : 1024;
      s->seen = need(realloc(s->seen, (size_t)s->capacity * sizeof *s->seen));
    }
    tb_chunk_text(group, chunk, i, text);
    tb_seen *one = &s->seen[s->cases++];
    *one = (tb_seen){.text = need(strdup(text)), .index = chunk->first + i, .group = group, .verdict = r->verdict};
    if (r->verdict != TB_V_PASSED) {
      one->failed = need(strdup(r->text ? r->text : text));
      s->failing++;
    }
  }
}

void tb_survey_free(tb_survey *s) {
  for (int64_t i = 0; i < s->cases; i++) {
    free(s->seen[i].text);
    free(s->seen[i].failed);
  }
  free(s->seen);
  *s = (tb_survey){0};
}
